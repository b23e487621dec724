{{ staged('interview_person') }}
