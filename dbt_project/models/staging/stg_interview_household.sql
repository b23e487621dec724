{{ staged('interview_household') }}
