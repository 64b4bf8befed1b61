"""Names and dates of birth as patients write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.words.name import EARLIEST_BIRTH, read_person
from flows.words.table import LANGUAGES

TODAY = date(2026, 11, 23)
BORN = date(1985, 3, 14)

BOTH = {
    "en": [
        ("Asha Rao, 14/03/1985", "Asha Rao"),
        ("Asha Rao 14 March 1985", "Asha Rao"),
        ("my name is asha rao, born on 14 march 1985", "Asha Rao"),
        ("ASHA RAO born March 14, 1985", "Asha Rao"),
        ("I am Dr. John O'Brien-Smith, dob 14.3.85", "Dr. John O'Brien-Smith"),
        ("14-03-1985 Asha Rao", "Asha Rao"),
        ("Asha Rao 1985-03-14", "Asha Rao"),
        ("Asha Rao 03/14/1985", "Asha Rao"),
        ("Asha Rao 14031985", "Asha Rao"),
        ("Asha Rao 14 3 1985", "Asha Rao"),
        ("Name: Asha Rao DOB: 14-03-1985", "Asha Rao"),
        ("Hello, my name is Asha Rao. I was born on the 14th of March 1985.", "Asha Rao"),
        ("Asha Rao, 14 mar 85, 9876543210", "Asha Rao"),
        ("my daughter's name is Asha Rao, 14/3/1985", "Asha Rao"),
        ("Asha Rao\n14/3/1985", "Asha Rao"),
        ("Asha Rao ۱۴/۳/۱۹۸۵", "Asha Rao"),
    ],
    "hi": [
        ("मेरा नाम आशा राव है, 14 मार्च 1985", "आशा राव"),
        ("मैं आशा राव हूँ, जन्म तिथि १४/३/१९८५", "आशा राव"),
        ("आशा राव 14/03/1985", "आशा राव"),
        ("मेरी बेटी का नाम आशा राव है, जन्म 14 मार्च 1985 को हुआ", "आशा राव"),
        ("mera naam asha rao hai aur janm tithi 14 march 1985", "Asha Rao"),
        ("Asha Rao janm 14-3-1985", "Asha Rao"),
    ],
    "ar": [
        ("اسمي محمد أحمد، ١٤ مارس ١٩٨٥", "محمد أحمد"),
        ("أنا فاطمة الزهراء وتاريخ ميلادي 14/3/1985", "فاطمة الزهراء"),
        ("محمد علي مواليد 1985/3/14", "محمد علي"),
        ("الاسم: محمد أحمد، تاريخ الميلاد: 14/03/1985", "محمد أحمد"),
        ("محمد أحمد 14 آذار 1985", "محمد أحمد"),
        ("ana ismi Ahmed Ali, 14/3/1985", "Ahmed Ali"),
    ],
    "es": [
        ("Me llamo José María de la Cruz, nacido el 14 de marzo de 1985", "José María de la Cruz"),
        ("soy ana lópez, 14/03/1985", "Ana López"),
        ("María García 14-3-85", "María García"),
        ("Hola, mi nombre es María García y nací el 14 de marzo de 1985", "María García"),
    ],
    "pt": [
        ("meu nome é João da Silva, nasci em 14 de março de 1985", "João da Silva"),
        ("MARIA DE SOUZA 14/03/1985", "Maria de Souza"),
        ("Sou a Ana Souza, data de nascimento 14/03/85", "Ana Souza"),
    ],
    "fr": [
        ("je m'appelle Jean-Luc Dupont, né le 14 mars 1985", "Jean-Luc Dupont"),
        ("Zoé Lefèvre 14/03/1985", "Zoé Lefèvre"),
        ("Bonjour, je suis Zoé Lefèvre, née le 14 mars 1985", "Zoé Lefèvre"),
    ],
}
NAME_ONLY = [
    ("en", "Asha", "Asha"),
    ("en", "this is Asha", "Asha"),
    ("en", "asha rao", "Asha Rao"),
    ("en", "McDonald Ng", "McDonald Ng"),
    ("en", "mary-jane o'neil", "Mary-Jane O'Neil"),
    ("en", "Mr. A. K. Gupta", "Mr. A. K. Gupta"),
    ("en", "Will Smith", "Will Smith"),
    ("en", "May Lee", "May Lee"),
    ("en", "Salam Khan", "Salam Khan"),
    ("en", "hello I am Asha Rao", "Asha Rao"),
    ("en", "Asha Rao, thanks", "Asha Rao"),
    ("en", "Asha Rao thanks", "Asha Rao"),
    ("en", "my daughter Asha Rao", "Asha Rao"),
    ("en", "Asha Rao +91 98765 43210", "Asha Rao"),
    ("en", "\u2068Asha Rao\u2069", "Asha Rao"),
    ("en", "आशा राव", "आशा राव"),
    ("en", "Asha Rao 31/02/1985", "Asha Rao"),
    ("en", "Asha Rao 00/00/0000", "Asha Rao"),
    ("en", "Asha Rao 14/03/2030", "Asha Rao"),
    ("en", "Asha Rao 14/03/1885", "Asha Rao"),
    ("hi", "मैं सुनीता देवी हूँ", "सुनीता देवी"),
    ("hi", "main Ramesh Kumar bol raha hoon", "Ramesh Kumar"),
    ("ar", "انا محمد", "محمد"),
    ("es", "Ana", "Ana"),
    ("pt", "Ana Souza", "Ana Souza"),
    ("fr", "c'est Zoé Lefèvre", "Zoé Lefèvre"),
]
NO_NAME = [
    *[
        ("en", said)
        for said in ("", " ", "?", "123", "9876543210", "👍", "a", "aa", "Asha?", "what is the price?", "hello")
    ],
    *[
        ("en", said)
        for said in ("yes", "no", "menu", "skip", "tomorrow", "I don't know", "I want an appointment", "asdf1")
    ],
    *[
        ("en", said)
        for said in ("someone else", "a@b.org", "https://x.org", "one two three four five six seven eight nine")
    ],
    *[("en", said) for said in ("Asha " * 60, "room 12 main street", "my name is", "how much does it cost")],
    *[("hi", said) for said in ("नमस्ते", "मुझे डॉक्टर को दिखाना है", "क्या फीस है", "haan ji", "mujhe appointment chahiye")],
    *[("ar", said) for said in ("مرحبا", "كم السعر", "أريد موعد", "نعم", "؟")],
    *[("es", said) for said in ("hola", "quiero una cita", "cuánto cuesta", "no sé", "gracias")],
    *[("pt", said) for said in ("oi", "quero marcar consulta", "quanto custa", "não sei", "obrigada")],
    *[
        ("fr", said)
        for said in ("bonjour", "je voudrais un rendez-vous", "combien ça coûte", "je ne sais pas", "merci")
    ],
]
BIRTHS = [
    ("en", "14/03/1985", BORN),
    ("en", "14 march 85", BORN),
    ("en", "born 14.03.1985", BORN),
    ("en", "1 Jan 10", date(2010, 1, 1)),
    ("en", "23/11/2026", TODAY),
    ("en", "24/11/2026", None),
    ("en", "29 feb 1900", None),
    ("en", "14 foo 1985", None),
    ("hi", "14 मार्च 1985", BORN),
    ("hi", "५ मई १९९०", date(1990, 5, 5)),
    ("ar", "٥ مايو ١٩٩٠", date(1990, 5, 5)),
    ("ar", "5 تشرين الثاني 1990", date(1990, 11, 5)),
    ("es", "5 de mayo de 1990", date(1990, 5, 5)),
    ("pt", "5 de maio de 1990", date(1990, 5, 5)),
    ("fr", "je suis née le 1er mai 1990", date(1990, 5, 1)),
]


@pytest.mark.parametrize(
    ("language", "said", "name"), [(language, *row) for language, row_list in BOTH.items() for row in row_list]
)
def test_name_and_birth_date(language: str, said: str, name: str) -> None:
    assert read_person(said, language, TODAY) == (name, BORN)


@pytest.mark.parametrize(("language", "said", "name"), NAME_ONLY)
def test_a_name_without_a_believable_date(language: str, said: str, name: str) -> None:
    assert read_person(said, language, TODAY) == (name, None)


@pytest.mark.parametrize(("language", "said"), NO_NAME)
def test_not_a_name(language: str, said: str) -> None:
    assert read_person(said, language, TODAY) == (None, None)


@pytest.mark.parametrize(("language", "said", "born"), BIRTHS)
def test_a_birth_date_alone(language: str, said: str, born: date | None) -> None:
    assert read_person(said, language, TODAY)[1] == born


@given(st.text(max_size=250), st.sampled_from([*LANGUAGES, "xx"]))
def test_any_text_is_a_person_or_not_but_never_fails(text: str, language: str) -> None:
    name, born = read_person(text, language, TODAY)
    assert name is None or len(name) >= 2
    assert born is None or EARLIEST_BIRTH <= born <= TODAY


@given(
    st.dates(EARLIEST_BIRTH, TODAY),
    st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d%m%Y"]),
)
def test_every_written_date_is_read_day_first(born: date, pattern: str) -> None:
    assert read_person(f"Asha Rao {born.strftime(pattern)}", "en", TODAY) == ("Asha Rao", born)
