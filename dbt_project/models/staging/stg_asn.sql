{{ staged('asn') }}
