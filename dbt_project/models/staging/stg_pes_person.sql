{{ staged('pes_person') }}
