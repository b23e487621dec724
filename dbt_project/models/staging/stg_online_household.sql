{{ staged('online_household') }}
