{{ staged('area') }}
