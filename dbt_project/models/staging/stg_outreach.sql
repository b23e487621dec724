{{ staged('outreach') }}
