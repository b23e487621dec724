{{ staged('control_total') }}
