{{ staged('verification') }}
