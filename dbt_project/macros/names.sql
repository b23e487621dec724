{#
    A name as it is compared: capital letters in today's spelling and single spaces, without titles, forms of address and
    degrees, the many spellings of a first MUHAMMAD written out. Most names are plain: one cheap test finds those.

    A title is taken off only where another word is left: a man whose name is HAJI keeps it. What follows a comma is taken
    off only where it is a degree; else it is a part of the name (LIM, SIOE LIONG). An alias and a patronymic stay, behind
    the words ALIAS, BIN and BINTI; a baby that has no name yet becomes BAYI and what is written of the mother; a number
    behind a name (of twins) becomes Roman. Letters of other scripts stay. Nothing but titles, or a word for "missing", is
    null.
#}
{% macro name_key(name) -%}
    {%- set plain = "upper(" ~ name ~ ")" -%}
    {%- set letters = "replace(upper(" ~ plain_letters(name) ~ "), '(K)', '')" -%}
    {%- set undegreed = replace_matches(replace_matches(letters, '[ .]*,[ .]*(' ~ degrees('[. ]*') ~ ')([ .,]+(' ~ degrees('[. ]*') ~ '))*[ .,]*$', ''), '((^| )(' ~ degrees('[.] ?') ~ ')[.,]*)+$', '') -%}
    {%- set alive = replace_matches(replace_matches(undegreed, '[ (]+ALM(H|ARHUM|ARHUMAH)?[.) ]*$', ''), '^[( ]*ALM(H|ARHUM|ARHUMAH)?[.) ]+', '') -%}
    {%- set numbered = "replace(replace(replace(replace(replace(replace(" ~ alive ~ ", '(', ' ALIAS '), '@', ' ALIAS '), '1', ' I '), '2', ' II '), '3', ' III '), '4', ' IV ')" -%}
    {%- set words = "trim(" ~ replace_matches(numbered, not_a_letter(), ' ') ~ ")" -%}
    {%- set baby = replace_matches(words, '^(BY|BBL|BAYI|BELUM (ADA |DIBERI )?(NAMA|BERNAMA))( (NY|NYONYA|IBU|BU|NN|TN|BPK|BAPAK|DARI|DR))*( |$)', 'BAYI ') -%}
    {%- set untitled = replace_matches(baby, '^((' ~ titles() | join('|') ~ ') )+', '') -%}
    {%- set linked = replace_matches(replace_matches(untitled, ' (ALIAS|ALS|AKA|A K A|DIPANGGIL) ', ' ALIAS '), ' (BINTI|BINTE|BINTIE|BNTI|BT|BTE) ', ' BINTI ') -%}
    {%- set muhammad = replace_matches(linked, '^(M|MD|MHD|MUH|MUHD|MUCH|MOH|MOCH|MUHAMAD|MUHAMMAD|MUHAMMED|MOHAMAD|MOHAMMAD|MOHAMED|MOHAMMED|MOCHAMAD|MOCHAMMAD|MUCHAMAD|MUCHAMMAD) ', 'MUHAMMAD ') -%}
    {%- set siti = replace_matches(replace_matches(muhammad, '^(ST|STI|SITTI) ', 'SITI '), '^(ABD|ABDL) ', 'ABDUL ') -%}
    case
        when
            {{ matches(plain, '^[A-Z]{4,}( [A-Z]+)*$') }}
            and not {{ matches(plain, '^(MU|MO|BAYI |BELUM |PROF |SITTI |HAJJ?I |HAJJAH |H?TUAN |NYONYA |NONA |SAUDAR|BAPAK |ALMARHUM|RADEN|USTA|KYAI |KI[AY]+I |PDT |DRG |DRH |KRMT |GKR |BRAY |NULL$|NIHIL$|NONE$|KOSONG$|TIDAK |TANPA |UNKNOWN)') }}
            and not {{ matches(plain, ' (ALIAS|ALS|AKA|A K A|DIPANGGIL|BINTI|BINTE|BINTIE|BNTI|BT|BTE|ALMH?|ALMARHUM|ALMARHUMAH)( |$)') }}
            then {{ todays_spelling(plain) }}
        else nullif(trim({{ todays_spelling(replace_matches(siti, '^(' ~ no_names() | join('|') ~ ')$', '')) }}), '')
    end
{%- endmacro %}

{# Capital letters in today's spelling, what sounds alike in one way: SOEPARMAN is SUPARMAN, DJOJO and JOYO are YOYO, ACHMAD is AHMAD. #}
{% macro todays_spelling(letters) -%}
    {%- set spelled = namespace(text=letters) -%}
    {%- for old, new in [('OE', 'U'), ('OO', 'U'), ('TJ', 'C'), ('DJ', 'Y'), ('J', 'Y'), ('CH', 'H'), ('KH', 'H')] -%}
        {%- set spelled.text = "replace(" ~ spelled.text ~ ", '" ~ old ~ "', '" ~ new ~ "')" -%}
    {%- endfor -%}
    {{ spelled.text }}
{%- endmacro %}

{# Forms of address, of the pilgrimage, of learning and of Javanese nobility, before a name. Balinese NYOMAN, GUSTI, IDA BAGUS and Buginese ANDI are names. #}
{% macro titles() -%}
    {{ return([
        'TN', 'TUAN', 'NY', 'NYONYA', 'NN', 'NONA', 'SDR', 'SDRI', 'SAUDARA', 'SAUDARI', 'BP', 'BPK', 'BAPAK', 'PAK', 'IBU', 'BU',
        'ALM', 'ALMH', 'ALMARHUM', 'ALMARHUMAH',
        'H', 'HJ', 'HJH', 'HAJI', 'HAJJI', 'HAJJAH', 'KH', 'K H', 'KYAI', 'KIAI', 'KIYAI', 'UST', 'USTAD', 'USTADZ', 'USTADZAH', 'USTAZ', 'PDT',
        'PROF', 'DR', 'DRS', 'DRA', 'DRG', 'DRH', 'IR', 'NS', 'APT',
        'R', 'RR', 'R R', 'RA', 'R A', 'RM', 'R M', 'R NGT', 'RNGT', 'R AY', 'R AJ', 'RADEN', 'RADEN MAS', 'RADEN AJENG', 'RADEN AYU', 'RADEN RORO',
        'RADEN RARA', 'RADEN NGANTEN', 'RADEN NGABEHI', 'RADEN PANJI', 'KRT', 'KRMT', 'KRA', 'KRAT', 'KPH', 'GPH', 'GKR', 'BRM', 'BRAY',
    ]) }}
{%- endmacro %}

{# What stands in place of a name, as a pattern each. #}
{% macro no_names() -%}
    {{ return([
        'NULL', 'NIHIL', 'NONE', 'NAN', 'N ?A', 'X+', 'KOSONG', 'UNKNOWN', 'NO ?NAME', 'MR X', 'MRS X', 'T ?A', 'T ?T', 'TIDAK (ADA|TAHU|DIKETAHUI)( NAMA)?',
        'TDK (ADA|TAHU)', 'TANPA NAMA', 'TN', 'NY', 'NN', 'NONA', 'SDR', 'SDRI', 'BPK', 'BAPAK', 'IBU', 'ALMH?', 'H', 'HJ', 'KH', 'UST', 'PROF', 'DR', 'DRS',
        'DRA', 'DRG', 'DRH', 'IR', 'NS', 'APT', 'RR', 'RNGT', 'KRT', 'KRMT', 'ALIAS',
    ]) }}
{%- endmacro %}

{# A pattern of academic degrees and offices, their pieces with `between` in between; where something has to be, degrees of one piece are left out. #}
{% macro degrees(between) -%}
    {%- set known = [
        'S H', 'S HI?', 'S SY', 'S E', 'S E I', 'S EI', 'S E SY', 'S T', 'S T P', 'S TP', 'S PD', 'S PD I', 'S PD SD', 'S PDI', 'S KOM', 'S SI', 'S SI T', 'S SIT',
        'S SOS', 'S SOS I', 'S AG', 'S IP', 'S I P', 'S IKOM', 'S I KOM', 'S KEP', 'S KEP NS', 'S KED', 'S KG', 'S K M', 'S KM', 'S PSI', 'S PT', 'S P',
        'S PI', 'S HUT', 'S SN', 'S S', 'S AP', 'S A P', 'S AB', 'S STAT', 'S ST', 'S S T', 'S ST PI', 'S STP', 'S TR [A-Z]+', 'S FARM', 'S HUM', 'S TH',
        'S TH I', 'S FIL', 'S FIL I', 'S MN', 'S AK', 'S AKUN', 'S PAR', 'S TRP', 'S KEB', 'S GZ', 'S ARS', 'S DS', 'S MAT', 'S OR', 'S PORT', 'S IN',
        'SH', 'SE', 'ST', 'SPD', 'SPDI', 'SKOM', 'SSI', 'SSOS', 'SAG', 'SIP', 'SKM', 'SKEP', 'SP', 'SS', 'SPSI', 'SPT', 'SST', 'SSTP', 'STP', 'SSN',
        'M H', 'M HI?', 'M E', 'M E I', 'M EI', 'M M', 'M T', 'M PD', 'M PD I', 'M PDI', 'M SI', 'M KOM', 'M AG', 'M A', 'M KES', 'M KEP', 'M KN', 'M HUM', 'M SC',
        'M SN', 'M AP', 'M A P', 'M IP', 'M IKOM', 'M I KOM', 'M PSI', 'M ENG', 'M PAR', 'M AK', 'M FARM', 'M BIOMED', 'M P', 'M PI', 'M P H', 'M PH', 'M B A',
        'M PHIL', 'M LIS', 'M STAT', 'M KEB', 'M GIZI', 'M ED', 'M EC DEV', 'M TH', 'M DIV', 'M ARS', 'M DS', 'M OR', 'M S', 'M TR [A-Z]+',
        'MH', 'MM', 'MT', 'MPD', 'MSI', 'MKOM', 'MAG', 'MA', 'MKES', 'MKN', 'MHUM', 'MSC', 'MBA', 'MPH', 'MAP', 'ME', 'MENG', 'MSN', 'MPSI',
        'A MD', 'A MD [A-Z]+', 'A M D', 'A MA', 'A MA PD', 'AMD', 'AMD [A-Z]+', 'AMA', 'AMK', 'A MK', 'AM KEB', 'A P', 'A PI', 'A PT', 'A PTNH',
        'B A', 'BA', 'B SC', 'BSC', 'B E', 'B ENG', 'B ED', 'B BA', 'BBA', 'B COM', 'B HK', 'B AC', 'BE', 'L C', 'LC',
        'D R', 'DR', 'DRS', 'DRA', 'IR', 'PROF', 'PH D', 'PHD', 'D EA', 'DEA', 'D SC', 'D ED', 'DBA',
        'SP [A-Z]+', 'SP[A-Z]{1,4}', 'NS', 'APT', 'AK', 'CA', 'C A', 'CPA', 'C P A', 'BKP', 'QIA', 'GR', 'NERS', 'PSI', 'PSIKOLOG', 'MARS', 'FINASIM',
        'H', 'HJ', 'R', 'RR', 'ALM', 'ALMH', 'ALMARHUM', 'ALMARHUMAH',
    ] -%}
    {%- set found = [] -%}
    {%- for degree in known if between == '[. ]*' or ' ' in degree -%}{%- do found.append(degree | replace(' ', between)) -%}{%- endfor -%}
    {{ return(found | join('|')) }}
{%- endmacro %}

{# Apostrophes and invisible characters taken out, accents and full width made plain; every letter of another script stays. #}
{% macro plain_letters(text) -%}
    {{ return(adapter.dispatch('plain_letters')("translate(" ~ text ~ ", '''\u2019\u2018\u02bc\u02bb\u2032\uff07`\u00b4\u200b\u200c\u200d\u2060\ufeff\u00ad', '')")) }}
{%- endmacro %}

{% macro default__plain_letters(text) -%}
    case
        when {{ text }} ~ '[^ -~]'
            then translate(regexp_replace(normalize({{ text }}, nfkd), '[\u0300-\u036f\u064b-\u0652\u0640]', '', 'g'), '{{ "\u0110\u0111\u0141\u0142\u00d8\u00f8\u0131" }}', 'DdLlOoi')
        else {{ text }}
    end
{%- endmacro %}

{% macro duckdb__plain_letters(text) -%}
    translate(strip_accents({{ text }}), '{{ "\u0110\u0111\u0141\u0142\u00d8\u00f8\u0131" }}', 'DdLlOoi')
{%- endmacro %}

{# Spark cannot take letters apart: these have one plain letter in them (Unicode's NFKD); marks may stand alone, too. #}
{% macro spark__plain_letters(text) -%}
    case
        when {{ text }} rlike '[^ -~]' then translate(
            regexp_replace({{ text }}, '[\u0300-\u036f\u064b-\u0652\u0640]', ''),
            'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžſƠơƯưǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜǞǟǠǡǦǧǨǩǪǫǬǭǰǴǵǸǹǺǻȀȁȂȃȄȅȆȇȈȉȊȋȌȍȎȏȐȑȒȓȔȕȖȗȘșȚțȞȟȦȧȨȩȪȫȬȭȮȯȰȱȲȳḀḁḂḃḄḅḆḇḈḉḊḋḌḍḎḏḐḑḒḓḔḕḖḗḘḙḚḛḜḝḞḟḠḡḢḣḤḥḦḧḨḩḪḫḬḭḮḯḰḱḲḳḴḵḶḷḸḹḺḻḼḽḾḿṀṁṂṃṄṅṆṇṈṉṊṋṌṍṎṏṐṑṒṓṔṕṖṗṘṙṚṛṜṝṞṟṠṡṢṣṤṥṦṧṨṩṪṫṬṭṮṯṰṱṲṳṴṵṶṷṸṹṺṻṼṽṾṿẀẁẂẃẄẅẆẇẈẉẊẋẌẍẎẏẐẑẒẓẔẕẖẗẘẙẛẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹ！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～{{ "\u0110\u0111\u0141\u0142\u00d8\u00f8\u0131" }}',
            'AAAAAACEEEEIIIINOOOOOUUUUYaaaaaaceeeeiiiinooooouuuuyyAaAaAaCcCcCcCcDdEeEeEeEeEeGgGgGgGgHhIiIiIiIiIJjKkLlLlLlNnNnNnOoOoOoRrRrRrSsSsSsSsTtTtUuUuUuUuUuUuWwYyYZzZzZzsOoUuAaIiOoUuUuUuUuUuAaAaGgKkOoOojGgNnAaAaAaEeEeIiIiOoOoRrRrUuUuSsTtHhAaEeOoOoOoOoYyAaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwysAaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy       ()  ,-. 0123456789      @ABCDEFGHIJKLMNOPQRSTUVWXYZ      abcdefghijklmnopqrstuvwxyz    DdLlOoi'
        )
        else {{ text }}
    end
{%- endmacro %}

{# Whatever is neither a capital letter nor a letter of another script. #}
{% macro not_a_letter() -%}
    {{ return('[^A-Z\u00c0-\u1fff\u2c00-\u2fff\u3040-\ufffd]+') }}
{%- endmacro %}
