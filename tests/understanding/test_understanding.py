"""Whole sentences: the fixed rules of reading in every language, a floor under the corpus, and any text at all."""

import time
from datetime import UTC, date, datetime
from datetime import time as clock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.understanding import corpus, wrong_facts
from flows.understanding import Known, Understood, understand, warm
from flows.understanding.table import rules, table
from flows.understanding.understood import Intent
from flows.words.table import LANGUAGES, phrases
from opdesk.understand import KNOWN, shown

NOW = datetime(2027, 3, 10, 10, tzinfo=ZoneInfo("Asia/Kolkata"))
INTENTS = set(Intent.__args__)  # type: ignore[attr-defined]

# said | intent | day, or first..last | time, or from-to (open ends left out)
ROWS = {
    "en": """
        friday morning | book | 2027-03-12 | 06:00-12:00
        wednesday afternoon | book | 2027-03-17 | 12:00-17:00
        tomorrow evening | book | 2027-03-11 | 17:00-21:00
        next week | book | 2027-03-15..2027-03-21 |
        tomorrow after 5 | book | 2027-03-11 | 17:00-
        tomorrow at 10 | book | 2027-03-11 | 10:00-10:00
        tomorrow at 3 | book | 2027-03-11 | 15:00-15:00
        tomorrow at 7 | book | 2027-03-11 |
        on the 5th | book | 2027-04-05 |
        on 20 march before 11 | book | 2027-03-20 | -11:00
        move my appointment from monday to thursday | move | 2027-03-11 |
        cancel my appointment on friday | cancel | 2027-03-12 |
        tomorrow between 3 and 5 | book | 2027-03-11 | 15:00-17:00
        day after tomorrow from 10 to 12 | book | 2027-03-12 | 10:00-12:00
        monday to wednesday | book | 2027-03-15..2027-03-17 |
        this weekend | book | 2027-03-13..2027-03-14 |
        in 3 days | book | 2027-03-13 |
        a week from tuesday | book | 2027-03-23 |
        tomorrow 8 pm | book | 2027-03-11 | 20:00-20:00
        2027-03-25 at 16:30 | book | 2027-03-25 | 16:30-16:30
        I can't come on monday | cancel | 2027-03-15 |
        I don't want to cancel, I want to come on friday instead | move | 2027-03-12 |
        can't do friday, is monday possible | book | 2027-03-15 |
        can I come on thursday at 6 pm instead | move | 2027-03-11 | 18:00-18:00
    """,
    "hi": """
        शुक्रवार सुबह | book | 2027-03-12 | 06:00-12:00
        बुधवार दोपहर | book | 2027-03-17 | 12:00-17:00
        कल शाम को | book | 2027-03-11 | 17:00-21:00
        अगले हफ्ते | book | 2027-03-15..2027-03-21 |
        कल 5 बजे के बाद | book | 2027-03-11 | 17:00-
        कल 10 बजे | book | 2027-03-11 | 10:00-10:00
        कल तीन बजे | book | 2027-03-11 | 15:00-15:00
        कल 7 बजे | book | 2027-03-11 |
        5 तारीख को | book | 2027-04-05 |
        20 मार्च को 11 बजे से पहले | book | 2027-03-20 | -11:00
        मेरी अपॉइंटमेंट सोमवार से गुरुवार कर दो | move | 2027-03-11 |
        शुक्रवार की अपॉइंटमेंट रद्द कर दो | cancel | 2027-03-12 |
        kal 3 se 5 baje ke beech | book | 2027-03-11 | 15:00-17:00
        parso 10 se 12 baje | book | 2027-03-12 | 10:00-12:00
        somvar se budhvar | book | 2027-03-15..2027-03-17 |
        3 din baad | book | 2027-03-13 |
        kal raat 8 baje | book | 2027-03-11 | 20:00-20:00
        meri appointment somvar se guruvar kar do | move | 2027-03-11 |
        main somvar ko nahi aa sakta | cancel | 2027-03-15 |
        cancel nahi karna hai, friday ko badal do | move | 2027-03-12 |
        कल सुबह ८ बजे | book | 2027-03-11 | 08:00-08:00
        agle hafte lekin somvar nahi | book | 2027-03-15..2027-03-21 |
    """,
    "es": """
        viernes por la mañana | book | 2027-03-12 | 06:00-12:00
        miércoles por la tarde | book | 2027-03-17 | 12:00-17:00
        mañana por la noche | book | 2027-03-11 | 17:00-21:00
        la próxima semana | book | 2027-03-15..2027-03-21 |
        mañana después de las 5 | book | 2027-03-11 | 17:00-
        mañana a las 10 | book | 2027-03-11 | 10:00-10:00
        mañana a las 3 | book | 2027-03-11 | 15:00-15:00
        mañana a las 7 | book | 2027-03-11 |
        el 5 | book | 2027-04-05 |
        el 20 de marzo antes de las 11 | book | 2027-03-20 | -11:00
        cambiar mi cita del lunes al jueves | move | 2027-03-11 |
        cancelar mi cita del viernes | cancel | 2027-03-12 |
        mañana entre las 3 y las 5 | book | 2027-03-11 | 15:00-17:00
        pasado mañana de 10 a 12 | book | 2027-03-12 | 10:00-12:00
        de lunes a miércoles | book | 2027-03-15..2027-03-17 |
        este fin de semana | book | 2027-03-13..2027-03-14 |
        en 3 días | book | 2027-03-13 |
        mañana a las 8 de la noche | book | 2027-03-11 | 20:00-20:00
        25/03 a las 16:30 | book | 2027-03-25 | 16:30-16:30
        no puedo ir el lunes | cancel | 2027-03-15 |
        no quiero cancelar, quiero cambiarla al viernes | move | 2027-03-12 |
        la próxima semana pero no el lunes | book | 2027-03-15..2027-03-21 |
        borra mi cita del lunes | cancel | 2027-03-15 |
    """,
    "ar": """
        الجمعة الصبح | book | 2027-03-12 | 06:00-12:00
        الأربعاء بعد الظهر | book | 2027-03-17 | 12:00-17:00
        بكرة مساء | book | 2027-03-11 | 17:00-21:00
        الأسبوع القادم | book | 2027-03-15..2027-03-21 |
        بكرة بعد الساعة 5 | book | 2027-03-11 | 17:00-
        غدا الساعة 10 | book | 2027-03-11 | 10:00-10:00
        غدا الساعة ٣ | book | 2027-03-11 | 15:00-15:00
        غدا الساعة ٧ | book | 2027-03-11 |
        يوم 5 | book | 2027-04-05 |
        ٢٠ مارس قبل الساعة ١١ | book | 2027-03-20 | -11:00
        غير موعدي من الاثنين إلى الخميس | move | 2027-03-11 |
        الغي موعدي يوم الجمعة | cancel | 2027-03-12 |
        غدا بين الساعة 3 و 5 | book | 2027-03-11 | 15:00-17:00
        بعد بكرة من 10 الى 12 | book | 2027-03-12 | 10:00-12:00
        من الاثنين إلى الأربعاء | book | 2027-03-15..2027-03-17 |
        بعد ٣ أيام | book | 2027-03-13 |
        بكرة الساعة 8 مساء | book | 2027-03-11 | 20:00-20:00
        مش هقدر اجي يوم الاثنين | cancel | 2027-03-15 |
        لا أريد إلغاء الموعد، أريد تغييره إلى الجمعة | move | 2027-03-12 |
        3ayez a7gez bukra el sob7 | book | 2027-03-11 | 06:00-12:00
        bukra ba3d el sa3a 5 | book | 2027-03-11 | 17:00-
        3ayza a8ayar el ma3ad lel khamis | move | 2027-03-11 |
        الأسبوع القادم لكن مش الاثنين | book | 2027-03-15..2027-03-21 |
    """,
    "pt": """
        sexta de manhã | book | 2027-03-12 | 06:00-12:00
        quarta à tarde | book | 2027-03-17 | 12:00-17:00
        amanhã à noite | book | 2027-03-11 | 17:00-21:00
        semana que vem | book | 2027-03-15..2027-03-21 |
        amanhã depois das 5 | book | 2027-03-11 | 17:00-
        amanhã às 10 | book | 2027-03-11 | 10:00-10:00
        amanhã às 3 | book | 2027-03-11 | 15:00-15:00
        amanhã às 7 | book | 2027-03-11 |
        dia 5 | book | 2027-04-05 |
        20 de março antes das 11 | book | 2027-03-20 | -11:00
        mudar minha consulta de segunda para quinta | move | 2027-03-11 |
        cancelar minha consulta de sexta | cancel | 2027-03-12 |
        amanhã entre as 3 e as 5 | book | 2027-03-11 | 15:00-17:00
        depois de amanhã das 10 às 12 | book | 2027-03-12 | 10:00-12:00
        de segunda a quarta | book | 2027-03-15..2027-03-17 |
        neste fim de semana | book | 2027-03-13..2027-03-14 |
        daqui a 3 dias | book | 2027-03-13 |
        amanhã às 8 da noite | book | 2027-03-11 | 20:00-20:00
        não posso ir na segunda | cancel | 2027-03-15 |
        não quero cancelar, quero mudar para sexta | move | 2027-03-12 |
        semana que vem menos segunda | book | 2027-03-15..2027-03-21 |
    """,
    "fr": """
        vendredi matin | book | 2027-03-12 | 06:00-12:00
        mercredi après-midi | book | 2027-03-17 | 12:00-17:00
        demain soir | book | 2027-03-11 | 17:00-21:00
        la semaine prochaine | book | 2027-03-15..2027-03-21 |
        demain après 17h | book | 2027-03-11 | 17:00-
        demain à 10h | book | 2027-03-11 | 10:00-10:00
        demain à 3h | book | 2027-03-11 | 15:00-15:00
        demain à 7h | book | 2027-03-11 |
        le 5 | book | 2027-04-05 |
        le 20 mars avant 11h | book | 2027-03-20 | -11:00
        déplacer mon rdv de lundi à jeudi | move | 2027-03-11 |
        annuler mon rdv de vendredi | cancel | 2027-03-12 |
        demain entre 15h et 17h | book | 2027-03-11 | 15:00-17:00
        après-demain de 10h à 12h | book | 2027-03-12 | 10:00-12:00
        de lundi à mercredi | book | 2027-03-15..2027-03-17 |
        ce week-end | book | 2027-03-13..2027-03-14 |
        dans 3 jours | book | 2027-03-13 |
        demain à 8h du soir | book | 2027-03-11 | 20:00-20:00
        je ne peux pas venir lundi | cancel | 2027-03-15 |
        je ne veux pas annuler, je veux le déplacer à vendredi | move | 2027-03-12 |
        la semaine prochaine mais pas lundi | book | 2027-03-15..2027-03-21 |
    """,
}


def rows() -> list[tuple[str, str, str, str, str]]:
    lines = [(language, line) for language, block in ROWS.items() for line in block.strip().splitlines()]
    return [(language, *(cell.strip() for cell in line.split("|"))) for language, line in lines]  # type: ignore[misc]


def times(said: Understood) -> str:
    moments = [moment.strftime("%H:%M") if moment else "" for moment in (said.time_from, said.time_to)]
    return "-".join(moments) if any(moments) else ""


def days(said: Understood) -> str:
    if not said.date_from:
        return ""
    return str(said.date_from) if said.date_from == said.date_to else f"{said.date_from}..{said.date_to}"


@pytest.mark.parametrize(("language", "text", "intent", "day", "hours"), rows())
def test_the_rules_of_reading_hold_in_every_language(
    language: str, text: str, intent: str, day: str, hours: str
) -> None:
    said = understand(text, language, NOW, KNOWN)
    assert (said.intent, days(said), times(said)) == (intent, day, hours)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "tomorrow at 7"),
        ("hi", "कल 8 बजे"),
        ("es", "a las 7"),
        ("ar", "غدا الساعة ٨"),
        ("pt", "às 8"),
        ("fr", "à 7h"),
    ],
)
def test_seven_and_eight_are_asked(language: str, text: str) -> None:
    said = understand(text, language, NOW)
    assert said.unsure == "half"
    assert said.time_from is said.time_to is None


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("monday 24 november", ("monday", "24 november")),
        ("tomorrow friday", ("tomorrow", "friday")),
        ("in the morning at 5 pm", ("in the morning", "5 pm")),
    ],
)
def test_what_cannot_both_be_true_is_named(text: str, both: tuple[str, str]) -> None:
    said = understand(text, "en", NOW)
    assert said.contradiction == both
    assert said.unsure == "date"


@pytest.mark.parametrize("text", ["wednesday 24 november", "tomorrow thursday", "in the evening at 5 pm"])
def test_what_agrees_is_no_contradiction(text: str) -> None:
    assert understand(text, "en", NOW).contradiction is None


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
@pytest.mark.parametrize(
    "text",
    [
        *("chest pain", "I can't breathe", "behosh ho gaye", "बेहोश है", "no puede respirar", "me duele el pecho"),
        *("ألم في صدري", "mesh 2ader atnafes", "não consigo respirar", "infarto", "il ne respire plus"),
    ],
)  # fmt: skip
def test_an_emergency_is_heard_in_every_chat(language: str, text: str) -> None:
    assert understand(text, language, NOW).intent == "emergency"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "bleeding gums appointment next week"),
        ("en", "it's not an emergency but I need an appointment"),
        ("es", "no es una emergencia, quiero una cita"),
        ("fr", "mes gencives saignent, un rdv la semaine prochaine"),
    ],
)
def test_what_is_no_emergency_is_a_visit(language: str, text: str) -> None:
    assert understand(text, language, NOW).intent == "book"


def test_several_facts_in_one_sentence() -> None:
    said = understand("dr sharma tomorrow after 5 for my son", "en", NOW, KNOWN)
    assert (said.intent, said.doctor, said.for_whom, days(said), times(said)) == (
        "book", "demo-doctor-1", "son", "2027-03-11", "17:00-",
    )  # fmt: skip
    assert {"sharma", "son", "tomorrow"} <= set(" ".join(said.because).split())


@pytest.mark.parametrize("name", ["Sharma", "sharmaa", "शर्मा", "شارما", "dr charma"])
def test_a_doctor_is_known_in_other_scripts_and_with_mistakes(name: str) -> None:
    known = Known(doctors=(("s", "Dr Anil Sharma", "Dentist"), ("n", "Dr Priya Nair", "Dentist")))
    assert understand(f"doctor {name}" if name.isascii() else name, "en", NOW, known).doctor in ("s", "")
    assert understand("Dr Sharma", "en", NOW, known).doctor == "s"


def test_a_specialty_leads_to_its_only_doctor_and_else_stays_one() -> None:
    assert understand("I need a skin doctor", "en", NOW, KNOWN).doctor == "demo-doctor-4"
    said = understand("I need a dentist", "en", NOW, KNOWN)
    assert (said.doctor, said.specialty) == ("", "dentist")


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("es", "para mí", "me"),
        ("es", "quiero una cita para mi", "me"),
        ("es", "una cita para mi mamá", "mother"),
        ("es", "una cita para mi amigo", "friend"),
    ],
)
def test_for_me_is_not_for_my(language: str, text: str, meant: str) -> None:
    said = understand(text, language, NOW)
    assert (said.intent, said.for_whom) == ("book", meant)


def test_one_of_the_house_is_known_by_name() -> None:
    known = Known(household=(("p1", "Asha Rao"), ("p2", "Vikram Rao")))
    assert understand("appointment for Vikram tomorrow", "en", NOW, known).patient == "p2"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_is_understood(language: str) -> None:
    """A floor: three intents in a hundred may be missed, five in Hindi and Arabic, which are written in two scripts."""
    warm()
    lines = list(corpus("corpus", language))
    answers = [(line, shown(understand(line["text"], language, NOW, KNOWN))) for line in lines]
    missed = [line["text"] for line, answer in answers if answer["intent"] != line["intent"]]
    wrong = [line["text"] for line, answer in answers if wrong_facts(line, answer)]
    assert len(missed) <= len(lines) * (0.06 if language in ("hi", "ar") else 0.03), missed
    assert len(wrong) <= len(lines) * (0.12 if language == "ar" else 0.06), wrong


def valid(said: Understood) -> None:
    assert said.intent in INTENTS
    assert 0 <= said.confidence <= 1
    assert (said.date_from is None) == (said.date_to is None)
    if said.date_from and said.date_to:
        assert said.date_from <= said.date_to
    if said.time_from and said.time_to:
        assert said.time_from <= said.time_to
    assert said.unsure in ("", "intent", "half", "doctor", "date")


words = st.sampled_from(sorted({word for _, text, *_ in rows() for word in text.split()}))
moments = st.dates(date(2020, 1, 1), date(2090, 1, 1)).map(lambda day: datetime.combine(day, clock(9), UTC))


@settings(deadline=None)
@given(
    st.text(max_size=200) | st.lists(words, max_size=15).map(" ".join), st.sampled_from([*LANGUAGES, "", "xx"]), moments
)
def test_any_text_is_read_and_the_answer_is_valid(text: str, language: str, now: datetime) -> None:
    valid(understand(text, language, now, KNOWN))


@pytest.mark.parametrize(
    "text", ["a" * 10_000, "1 " * 5_000, "not " * 2_500, "من " * 3_333, "monday to " * 1_000, "\x00" * 10_000]
)
def test_a_very_long_message_stays_quick(text: str) -> None:
    warm()
    start = time.thread_time()
    valid(understand(text, "en", NOW, KNOWN))
    assert time.thread_time() - start < 0.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_has_the_same_lists_and_every_rule_its_evidence(language: str) -> None:
    english, own = table("en"), table(language)
    assert set(own) == set(english)
    assert set(own["evidence"]) == set(english["evidence"])
    said = {
        "my_visit",
        "when_said",
        "doctor_said",
        "whom_said",
        "ordinal_said",
        "two_days",
        "short",
        "alone",
        "strange",
    }
    said |= {"specialty", "language_name", *own["evidence"]}
    asked = {kind.removeprefix("not_") for rule in rules() for kind in rule.needs | rule.without}
    assert asked <= said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_evidence_has_words(language: str) -> None:
    may_be_empty = {"turn", "stray", "not_after"}
    for kind, listed in table(language)["evidence"].items():
        assert kind in may_be_empty or any(phrases(listed)), kind
