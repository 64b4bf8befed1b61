"""Days and times as patients write them, on Monday 23 November 2026."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.words.table import LANGUAGES
from flows.words.when import When, read_when

MONDAY = date(2026, 11, 23)

# said | day, or first..last | time, or from..to (open ends left out)
ROWS = {
    "en": """
        today                               | 23 Nov         |
        tomorrow                            | 24 Nov         |
        Tomorow?                            | 24 Nov         |
        day after tomorrow                  | 25 Nov         |
        monday                              | 30 Nov         |
        tuesday                             | 24 Nov         |
        wensday                             | 25 Nov         |
        next friday                         | 27 Nov         |
        friday next week                    | 4 Dec          |
        next week                           | 30 Nov..6 Dec  |
        this week                           | 23 Nov..29 Nov |
        the weekend                         | 28 Nov..29 Nov |
        next weekend                        | 5 Dec..6 Dec   |
        next month                          | 1 Dec..31 Dec  |
        this month                          | 23 Nov..30 Nov |
        in december                         | 1 Dec..31 Dec  |
        in may                              | 1 May..31 May  |
        november                            | 23 Nov..30 Nov |
        next day                            | 24 Nov         |
        in 3 days                           | 26 Nov         |
        two days later                      | 25 Nov         |
        in a week                           | 30 Nov         |
        in 2 weeks                          | 7 Dec          |
        next 3 days                         | 24 Nov..26 Nov |
        12 dec                              | 12 Dec         |
        dec 12th                            | 12 Dec         |
        the first of december               | 1 Dec          |
        12/12                               | 12 Dec         |
        12.12.                              | 12 Dec         |
        12-12                               | 12 Dec         |
        12-12-26                            | 12 Dec         |
        2026-12-12                          | 12 Dec         |
        12/25                               | 25 Dec         |
        12 december 2027                    | 12 Dec 2027    |
        december 12, 2027                   | 12 Dec 2027    |
        22 nov                              | 22 Nov 2027    |
        23 nov                              | 23 Nov         |
        the 12th                            | 12 Dec         |
        24                                  | 24 Nov         |
        31                                  | 31 Dec         |
        12 to 14 dec                        | 12 Dec..14 Dec |
        friday 27                           | 27 Nov         |
        monday 24 december 2026             | 24 Dec         |
        tuesday to thursday                 | 24 Nov..26 Nov |
        friday - monday                     | 27 Nov..30 Nov |
        monday - wednesday                  | 30 Nov..2 Dec  |
        tuesday or wednesday                | 24 Nov..25 Nov |
        after friday                        | 28 Nov..4 Dec  |
        from friday                         | 27 Nov..3 Dec  |
        before friday                       | 23 Nov..26 Nov |
        before tuesday                      | 23 Nov         |
        before today                        | 23 Nov         |
        monday 5 pm                         | 30 Nov         | 17:00..17:00
        5pm tomorrow                        | 24 Nov         | 17:00..17:00
        tomorrow 10                         | 24 Nov         | 10:00..10:00
        tomorrow, 10 please                 | 24 Nov         | 10:00..10:00
        can I come tomorrow at half past 4  | 24 Nov         | 16:30..16:30
        quarter to five                     |                | 16:45..16:45
        5.30 p.m.                           |                | 17:30..17:30
        17:30                               |                | 17:30..17:30
        5:30                                |                | 17:30..17:30
        17:30 pm                            |                | 17:30..17:30
        12 pm                               |                | 12:00..12:00
        12 am                               |                | 00:00..00:00
        at noon                             |                | 12:00..12:00
        at 12                               |                | 12:00..12:00
        5                                   |                | 17:00..17:00
        11                                  |                | 11:00..11:00
        at 7                                |                | 07:00..07:00
        at 8 in the evening                 |                | 20:00..20:00
        8 pm                                |                | 20:00..20:00
        9 in the morning                    |                | 09:00..09:00
        17 o'clock                          |                | 17:00..17:00
        this evening                        | 23 Nov         | 17:00..21:00
        tonight                             | 23 Nov         | 17:00..21:00
        friday morning                      | 27 Nov         | 06:00..12:00
        in the afternoon                    |                | 12:00..17:00
        morning or afternoon                |                | 06:00..17:00
        after 5                             |                | 17:00..
        tomorrow after 10 in the morning    | 24 Nov         | 10:00..12:00
        tomorrow evening after 6            | 24 Nov         | 18:00..
        5 pm or later                       |                | 17:00..
        from 3                              |                | 15:00..
        before 11                           |                | ..11:00
        before 11 in the morning            |                | 06:00..11:00
        between 4 and 6                     |                | 16:00..18:00
        4-6 pm                              |                | 16:00..18:00
        9-11                                |                | 09:00..11:00
        11 to 1 pm                          |                | 11:00..13:00
        10 to 8                             |                | 10:00..20:00
        10:00 to 2                          |                | 10:00..14:00
        anything but friday, maybe saturday | 28 Nov         |
        not the morning, evening            |                | 17:00..21:00
    """,
    "hi": """
        आज                                 | 23 Nov         |
        कल                                 | 24 Nov         |
        परसों सुबह                          | 25 Nov         | 06:00..12:00
        सोमवार शाम 5 बजे                    | 30 Nov         | 17:00..17:00
        रविवार को सुबह ११ बजे                | 29 Nov         | 11:00..11:00
        कल सुबह साढ़े दस बजे                  | 24 Nov         | 10:30..10:30
        पौने पाँच बजे                        |                | 16:45..16:45
        डेढ़ बजे                             |                | 13:30..13:30
        5 बजे के बाद                        |                | 17:00..
        दस बजे से पहले                      |                | ..10:00
        4 से 6 बजे                          |                | 16:00..18:00
        4 और 6 के बीच                       |                | 16:00..18:00
        अगले हफ्ते                          | 30 Nov..6 Dec  |
        इस हफ़्ते                            | 23 Nov..29 Nov |
        अगले महीने                          | 1 Dec..31 Dec  |
        तीन दिन बाद                         | 26 Nov         |
        3 दिन में                           | 26 Nov         |
        15 तारीख को                        | 15 Dec         |
        25 दिसम्बर                          | 25 Dec         |
        सोमवार नहीं मंगलवार                  | 24 Nov         |
        kal shaam 5 baje                   | 24 Nov         | 17:00..17:00
        parso subah                        | 25 Nov         | 06:00..12:00
        aaj dopahar 2 baje                 | 23 Nov         | 14:00..14:00
        somvar ko                          | 30 Nov         |
        agle hafte                         | 30 Nov..6 Dec  |
        shukravar ko shaam 4 se 6 baje     | 27 Nov         | 16:00..18:00
        saade chaar baje                   |                | 16:30..16:30
        5 baje ke baad                     |                | 17:00..
        11 baje se pehle                   |                | ..11:00
        3 din baad                         | 26 Nov         |
        kal nahi, parso                    | 25 Nov         |
        do baje                            |                | 14:00..14:00
        sham 7 baje                        |                | 19:00..19:00
        12 tareekh                         | 12 Dec         |
        monday ko 5 baje                   | 30 Nov         | 17:00..17:00
    """,
    "ar": """
        اليوم                              | 23 Nov         |
        غداً                               | 24 Nov         |
        بكرة الساعة ٥                       | 24 Nov         | 17:00..17:00
        بعد غد صباحا                        | 25 Nov         | 06:00..12:00
        الخميس                             | 26 Nov         |
        يوم الخميس                         | 26 Nov         |
        للخميس                             | 26 Nov         |
        والجمعة                            | 27 Nov         |
        يوم الاثنين القادم                   | 30 Nov         |
        مساء الاثنين                        | 30 Nov         | 17:00..21:00
        الأسبوع القادم                      | 30 Nov..6 Dec  |
        هذا الأسبوع                         | 23 Nov..29 Nov |
        بعد ٣ أيام                          | 26 Nov         |
        بعد أسبوع                          | 30 Nov         |
        يوم ٢٥                             | 25 Nov         |
        ٢٥ ديسمبر                          | 25 Dec         |
        من الاثنين إلى الأربعاء               | 30 Nov..2 Dec  |
        السبت أو الأحد                      | 28 Nov..29 Nov |
        الساعة الخامسة مساء                 |                | 17:00..17:00
        الساعة ٣ ونص                       |                | 15:30..15:30
        الساعة ٥ إلا ربع                    |                | 16:45..16:45
        الساعة ١٧:٣٠                       |                | 17:30..17:30
        5 م                                |                | 17:00..17:00
        10 ص                               |                | 10:00..10:00
        بعد الساعة ٥                        |                | 17:00..
        قبل الساعة ١١                       |                | ..11:00
        بين ٤ و ٦                          |                | 16:00..18:00
        بكرا العصر                         | 24 Nov         | 12:00..17:00
        الخميس بعد الظهر                    | 26 Nov         | 12:00..17:00
        الليلة                             | 23 Nov         | 17:00..21:00
        ليس الاثنين، الثلاثاء                | 24 Nov         |
        bukra                              | 24 Nov         |
        ba3d bukra                         | 25 Nov         |
        el khamis el sa3a 5                | 26 Nov         | 17:00..17:00
        bokra el sobh                      | 24 Nov         | 06:00..12:00
        el gom3a 3asr                      | 27 Nov         | 12:00..17:00
    """,
    "es": """
        hoy                                | 23 Nov         |
        mañana                             | 24 Nov         |
        mañna                              | 24 Nov         |
        pasado mañana a las 4 y media      | 25 Nov         | 16:30..16:30
        mañana por la tarde                | 24 Nov         | 12:00..17:00
        mañana por la mañana               | 24 Nov         | 06:00..12:00
        lunes a las 5                      | 30 Nov         | 17:00..17:00
        el lunes que viene por la tarde    | 30 Nov         | 12:00..17:00
        miercoles                          | 25 Nov         |
        el próximo jueves                  | 26 Nov         |
        jueves 17:30                       | 26 Nov         | 17:30..17:30
        martes 24 a las 9                  | 24 Nov         | 09:00..09:00
        la próxima semana                  | 30 Nov..6 Dec  |
        esta semana                        | 23 Nov..29 Nov |
        el fin de semana                   | 28 Nov..29 Nov |
        el lunes de la próxima semana      | 30 Nov         |
        dentro de 3 días                   | 26 Nov         |
        el 24                              | 24 Nov         |
        el 12 de diciembre a las 10        | 12 Dec         | 10:00..10:00
        primero de enero                   | 1 Jan 2027     |
        de martes a viernes                | 24 Nov..27 Nov |
        el lunes no puedo, el martes       | 24 Nov         |
        esta tarde                         | 23 Nov         | 12:00..17:00
        hoy a la noche                     | 23 Nov         | 17:00..21:00
        5 de la tarde                      |                | 17:00..17:00
        al mediodía                        |                | 12:00..12:00
        seis menos cuarto                  |                | 17:45..17:45
        5 y 30                             |                | 17:30..17:30
        después de las 5                   |                | 17:00..
        a partir de las 5                  |                | 17:00..
        antes de las 11                    |                | ..11:00
        entre las 4 y las 6                |                | 16:00..18:00
        de 4 a 6                           |                | 16:00..18:00
        tomorrow                           | 24 Nov         |
    """,
    "pt": """
        hoje à noite                       | 23 Nov         | 17:00..21:00
        amanhã                             | 24 Nov         |
        amanhã de manhã                    | 24 Nov         | 06:00..12:00
        depois de amanhã à tarde           | 25 Nov         | 12:00..17:00
        segunda às 17h                     | 30 Nov         | 17:00..17:00
        quinta-feira às 5 e meia           | 26 Nov         | 17:30..17:30
        sexta de manhã                     | 27 Nov         | 06:00..12:00
        próxima terça                      | 24 Nov         |
        terça ou quarta                    | 24 Nov..25 Nov |
        semana que vem                     | 30 Nov..6 Dec  |
        essa semana                        | 23 Nov..29 Nov |
        fim de semana                      | 28 Nov..29 Nov |
        mês que vem                        | 1 Dec..31 Dec  |
        daqui a 3 dias                     | 26 Nov         |
        dia 12                             | 12 Dec         |
        dia 24 às 15h                      | 24 Nov         | 15:00..15:00
        24 de dezembro                     | 24 Dec         |
        amanhã às 10h30                    | 24 Nov         | 10:30..10:30
        às 9                               |                | 09:00..09:00
        3 da tarde                         |                | 15:00..15:00
        meio-dia                           |                | 12:00..12:00
        ao meio dia e meia                 |                | 12:30..12:30
        depois das 17h                     |                | 17:00..
        a partir das 17h                   |                | 17:00..
        antes das 11                       |                | ..11:00
        das 16 às 18                       |                | 16:00..18:00
        entre 14h e 16h                    |                | 14:00..16:00
    """,
    "fr": """
        aujourd'hui                        | 23 Nov         |
        demain matin                       | 24 Nov         | 06:00..12:00
        demain à 9h                        | 24 Nov         | 09:00..09:00
        après-demain vers 17 h             | 25 Nov         | 17:00..17:00
        jeudi 17h30                        | 26 Nov         | 17:30..17:30
        lundi soir                         | 30 Nov         | 17:00..21:00
        lundi prochain                     | 30 Nov         |
        mecredi                            | 25 Nov         |
        la semaine prochaine               | 30 Nov..6 Dec  |
        lundi de la semaine prochaine      | 30 Nov         |
        le week-end                        | 28 Nov..29 Nov |
        dans deux semaines                 | 7 Dec          |
        dans 3 jours                       | 26 Nov         |
        le 12 décembre à 10h               | 12 Dec         | 10:00..10:00
        1er décembre                       | 1 Dec          |
        le 24                              | 24 Nov         |
        vendredi 27 à 10h                  | 27 Nov         | 10:00..10:00
        du mardi au jeudi                  | 24 Nov..26 Nov |
        cet après-midi                     | 23 Nov         | 12:00..17:00
        ce soir                            | 23 Nov         | 17:00..21:00
        mercredi à dix heures et demie     | 25 Nov         | 10:30..10:30
        dix-sept heures                    |                | 17:00..17:00
        six heures moins le quart          |                | 17:45..17:45
        midi                               |                | 12:00..12:00
        après 17h                          |                | 17:00..
        jeudi à partir de 16h              | 26 Nov         | 16:00..
        avant 11h                          |                | ..11:00
        entre 16h et 18h                   |                | 16:00..18:00
        de 16h à 18h                       |                | 16:00..18:00
    """,
}
NOTHING = {
    "en": [
        *("", "hi", "yes", "Dr Sharma", "Dr May", "may I come", "I am 45 years old", "my number is 9876543210"),
        *(
            "not monday",
            "in 2 hours",
            "since 3 days",
            "30/02",
            "31/31",
            "25:00",
            "👍",
            "...",
            "99",
            "first",
            "29 feb 2027",
        ),
    ],
    "hi": ["नमस्ते", "डॉक्टर शर्मा", "मुझे बुखार है", "koi bhi doctor", "2 log"],
    "ar": ["مرحبا", "دكتور أحمد", "ليس الاثنين", "شكرا"],
    "es": ["hola", "doctora García", "no sé", "2 personas"],
    "pt": ["oi", "doutora Maria", "na sexta não posso", "3 pessoas"],
    "fr": ["bonjour", "docteur Martin", "pas lundi", "deux personnes"],
}


MONTHS = {"Jan": 1, "May": 5, "Nov": 11, "Dec": 12}


def rows() -> list[tuple[str, str, str, str]]:
    lines = [(language, line) for language, table in ROWS.items() for line in table.strip().splitlines()]
    return [(language, *(cell.strip() for cell in line.split("|"))) for language, line in lines]  # type: ignore[misc]


def as_day(text: str) -> date | None:
    match text.split():
        case [day, month]:
            found = date(2026, MONTHS[month], int(day))
            return found if found >= MONDAY else found.replace(year=2027)
        case [day, month, year]:
            return date(int(year), MONTHS[month], int(day))
    return None


def as_time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


def expected(days: str, times: str) -> When:
    first, _, last = days.partition("..")
    start, _, end = times.partition("..")
    return When(as_day(first), as_day(last), as_time(start), as_time(end))


@pytest.mark.parametrize(("language", "said", "days", "times"), rows())
def test_when(language: str, said: str, days: str, times: str) -> None:
    assert read_when(said, language, MONDAY) == expected(days, times)


@pytest.mark.parametrize(("language", "said"), [(language, said) for language in NOTHING for said in NOTHING[language]])
def test_no_day_and_no_time(language: str, said: str) -> None:
    assert read_when(said, language, MONDAY) is None


def test_each_language_has_enough_rows() -> None:
    assert {language: len(table.strip().splitlines()) >= 25 for language, table in ROWS.items()} == dict.fromkeys(
        LANGUAGES, True
    )


@pytest.mark.parametrize("said", ["kal shaam 5 baje", "सोमवार", "bukra", "الخميس", "tomorrow 5 pm"])
@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_english_hindi_and_arabic_are_read_in_every_chat(language: str, said: str) -> None:
    assert read_when(said, language, MONDAY) is not None


def test_an_exact_time_is_told_from_a_stretch() -> None:
    exact, stretch = read_when("5 pm", "en", MONDAY), read_when("after 5", "en", MONDAY)
    assert exact is not None
    assert stretch is not None
    assert exact.exact
    assert not stretch.exact


@pytest.mark.parametrize("offset", range(14))
def test_a_weekday_is_the_next_one_whatever_today_is(offset: int) -> None:
    today = MONDAY + timedelta(days=offset)
    when = read_when("friday", "en", today)
    assert when is not None
    assert when.day is not None
    assert when.day.weekday() == 4
    assert 1 <= (when.day - today).days <= 7


@pytest.mark.parametrize(
    ("today", "last"), [(date(2026, 11, 28), date(2026, 11, 29)), (date(2026, 11, 29), date(2026, 11, 29))]
)
def test_on_the_weekend_the_weekend_is_what_is_left_of_it(today: date, last: date) -> None:
    when = read_when("weekend", "en", today)
    assert when is not None
    assert (when.day, when.day_to) == (today, last)


WORDS = (
    "tomorrow next week monday 5 17 31 pm after before between and to - in days 12/12 baje ke baad कल बजे بعد الساعة ٥ "
    "not , h30 9h de la tarde às e meia et demie prochain semaine dec 2026 99 0 24:00 12th from until half past"
)
words = st.sampled_from(WORDS.split())


@given(
    st.lists(words, max_size=12), st.sampled_from([*LANGUAGES, "", "xx"]), st.dates(date(2020, 1, 1), date(2090, 1, 1))
)
def test_any_row_of_words_is_read_or_not_but_never_fails(row: list[str], language: str, today: date) -> None:
    when = read_when(" ".join(row), language, today)
    if when:
        assert when != When()
        assert not (when.day_to and (not when.day or when.day_to < when.day))
        assert not (when.time_from and when.time_to and when.time_to < when.time_from)


@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
def test_any_text_is_read_or_not_but_never_fails(text: str, language: str) -> None:
    read_when(text, language, MONDAY)
