{{ staged('online_person') }}
