{% set columns = {
    'id_kiriman': 'submission_id',
    'no_urut': 'line_no',
    'nik': 'nik',
    'nama': 'name',
    'hub': 'relationship',
    'jk': 'sex',
    'tempat_lahir': 'birth_place',
    'tgl_lahir': 'birth_date',
    'wn': 'citizenship',
    'suku': 'ethnicity',
    'agama': 'religion',
    'bahasa': 'language',
    'kawin': 'marital_status',
    'kegiatan': 'activity',
    'pekerjaan': 'occupation',
    'status_kerja': 'employment_status',
    'ijazah': 'education',
    'lama_tinggal': 'months_of_stay',
    'ada_di_alamat': 'residence',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('online_person', columns) }}
),

files_with_lost_digits as (
    {{ files_with_lost_digits() }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        files_with_lost_digits.has_lost_digits,
        {{ typed_values('online_person', columns) }}
    from records
    left join files_with_lost_digits
        on records.file_id = files_with_lost_digits.file_id
),

keyed as (
    select
        typed.*,
        {{ natural_key('online_person') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('online_person') }} as is_latest,
        submission_id,
        line_no,
        nik,
        name,
        relationship,
        sex,
        birth_place,
        birth_date,
        citizenship,
        ethnicity,
        religion,
        language,
        marital_status,
        activity,
        occupation,
        employment_status,
        education,
        months_of_stay,
        residence,
        natural_key,
        {{ value_issues('online_person', columns) }} as value_issues
    from keyed
)

select * from final
