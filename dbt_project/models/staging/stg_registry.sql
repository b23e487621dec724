{{ staged('registry') }}
