{{ staged('officer') }}
