{% set columns = {
    'nik': 'nik',
    'no_kk': 'family_card_no',
    'nama_lengkap': 'name',
    'tmpt_lhr': 'birth_place',
    'tgl_lhr': 'birth_date',
    'jk': 'sex',
    'shdk': 'relationship',
    'stat_kwn': 'marital_status',
    'agama': 'religion',
    'pddk_akh': 'education',
    'jenis_pkrjn': 'occupation',
    'alamat': 'address',
    'no_rt': 'rt',
    'no_rw': 'rw',
    'kode_wilayah': 'kemendagri_code',
    'semester': 'semester',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('registry', columns) }}
),

files_with_lost_digits as (
    {{ files_with_lost_digits() }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        files_with_lost_digits.has_lost_digits,
        {{ typed_values('registry', columns) }}
    from records
    left join files_with_lost_digits
        on records.file_id = files_with_lost_digits.file_id
),

keyed as (
    select
        typed.*,
        {{ natural_key('registry') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('registry') }} as is_latest,
        nik,
        family_card_no,
        name,
        birth_place,
        birth_date,
        sex,
        relationship,
        marital_status,
        religion,
        education,
        occupation,
        address,
        rt,
        rw,
        kemendagri_code,
        semester,
        natural_key,
        {{ value_issues('registry', columns) }} as value_issues
    from keyed
)

select * from final
