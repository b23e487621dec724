{% set columns = {
    'kode_sls': 'sls_code',
    'kode_sls_lama': 'former_code',
    'nama_sls': 'sls_name',
    'nama_provinsi': 'province_name',
    'nama_kabkota': 'regency_name',
    'nama_kecamatan': 'district_name',
    'nama_kelurahan': 'village_name',
    'kode_kemendagri': 'kemendagri_code',
    'zona': 'zone',
    'target_kk': 'target_households',
    'target_penduduk': 'target_people',
    'luas_km2': 'surface_km2',
    'vintage': 'vintage',
} %}

with

records as {{ computed_once() }} (
    {{ loaded_records('area', columns) }}
),

typed as {{ computed_once() }} (
    select
        records.*,
        {{ typed_values('area', columns) }}
    from records
),

keyed as (
    select
        typed.*,
        {{ natural_key('area') }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest('area') }} as is_latest,
        sls_code,
        former_code,
        sls_name,
        province_name,
        regency_name,
        district_name,
        village_name,
        kemendagri_code,
        zone,
        target_households,
        target_people,
        surface_km2,
        vintage,
        substr(sls_code, 1, 2) as province_code,
        substr(sls_code, 1, 4) as regency_code,
        substr(sls_code, 1, 7) as district_code,
        substr(sls_code, 1, 10) as village_code,
        natural_key,
        {{ value_issues('area', columns) }} as value_issues
    from keyed
)

select * from final
