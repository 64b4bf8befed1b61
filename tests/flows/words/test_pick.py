"""Options by number, by place and by their words, however typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.words.pick import pick

DOCTORS = [
    ("sharma", "Dr Anil Sharma"),
    ("nair", "Dr Priya Nair"),
    ("rao", "Dr Kavita Rao"),
    ("siddiqui", "Dr Imran Siddiqui"),
    ("lopes", "Dr Maria Lopes"),
    ("any", "Any doctor"),
]
SERVICES = [("cleaning", "Cleaning"), ("deep", "Deep cleaning"), ("check", "Check-up"), ("root", "Root canal")]
TIMES = [
    ("a", "5:00 pm, Tue 24 Nov"),
    ("b", "5:30 pm, Tue 24 Nov"),
    ("c", "10:00 am, Wed 25 Nov"),
    ("other", "Another day or time"),
]
BUTTONS = [("yes", "Yes, book it"), ("change", "Change something"), ("no", "No, thank you")]
NAMESAKES = [("a", "Dr Anil Sharma"), ("b", "Dr Sunil Sharma"), ("c", "Dr Anita Rao"), ("d", "Dr Anika Rao")]
HINDI = [("s", "सुबह"), ("d", "दोपहर"), ("e", "शाम")]
ACCENTS = [("m", "Odontología"), ("c", "Cirugía"), ("n", "Niños")]


@pytest.mark.parametrize(
    "said",
    [
        *("2", "२", "٢", "۲", "2.", "2)", "(2)", "#2", " 2 ", "2️⃣", "option 2", "Option two", "no. 2", "number 2"),
        *(
            "2 please",
            "two",
            "second",
            "2nd",
            "the second one",
            "opción 2",
            "opção 2",
            "número dos",
            "la segunda opción",
        ),
        *("विकल्प २", "दो", "दूसरा", "dusra", "doosra wala", "الخيار ٢", "الثاني", "رقم 2", "deuxième", "le deuxième"),
        *("option n° 2", "do", "dos", "segundo"),
    ],
)
def test_by_its_number(said: str) -> None:
    assert pick(said, DOCTORS) == "nair"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sharma", "sharma"),
        ("SHARMA", "sharma"),
        ("Dr. Sharma", "sharma"),
        ("doctor sharma please", "sharma"),
        ("I want to see dr nair", "nair"),
        ("sharam", "sharma"),
        ("shrma", "sharma"),
        ("kavitha", "rao"),
        ("rao ji", "rao"),
        ("dr rao ko dikhana hai", "rao"),
        ("siddiqi", "siddiqui"),
        ("imran", "siddiqui"),
        ("marya", "lopes"),
        ("lop", "lopes"),
        ("Priya  Nair", "nair"),
        ("con la doctora Lopes, por favor", "lopes"),
        ("com a doutora Lopes", "lopes"),
        ("avec le docteur Sharma svp", "sharma"),
        ("शर्मा", "sharma"),
        ("डॉक्टर नायर", "nair"),
        ("मारिया", "lopes"),
        ("شارما", "sharma"),
        ("الدكتور صديقي", "siddiqui"),
        ("any", "any"),
        ("any doctor", "any"),
        ("last", "any"),
        ("the last one", "any"),
        ("anil sharma at clinic", "sharma"),
    ],
)
def test_by_some_of_its_words(said: str, meant: str) -> None:
    assert pick(said, DOCTORS) == meant


@pytest.mark.parametrize(
    ("options", "said", "meant"),
    [
        (SERVICES, "cleaning", "cleaning"),
        (SERVICES, "cleanin please", "cleaning"),
        (SERVICES, "deep", "deep"),
        (SERVICES, "deep cleaning", "deep"),
        (SERVICES, "checkup", "check"),
        (SERVICES, "Check up", "check"),
        (SERVICES, "rootcanal", "root"),
        (TIMES, "5:30", "b"),
        (TIMES, "wed", "c"),
        (TIMES, "10", "c"),
        (TIMES, "10 am", "c"),
        (TIMES, "another day", "other"),
        (BUTTONS, "yes", "yes"),
        (BUTTONS, "book it", "yes"),
        (BUTTONS, "chnage", "change"),
        (BUTTONS, "no thanks", "no"),
        (NAMESAKES, "anil", "a"),
        (NAMESAKES, "anita", "c"),
        (NAMESAKES, "anika rao", "d"),
        (HINDI, "शाम", "e"),
        (HINDI, "दोपहर को", "d"),
        (ACCENTS, "odontologia", "m"),
        (ACCENTS, "CIRUGIA", "c"),
        (ACCENTS, "ninos", "n"),
        ([("x", "2"), ("y", "1")], "1", "y"),
        ([("only", "Main Street")], "main", "only"),
    ],
)
def test_other_lists(options: list[tuple[str, str]], said: str, meant: str) -> None:
    assert pick(said, options) == meant


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (DOCTORS, ""),
        (DOCTORS, "   "),
        (DOCTORS, "0"),
        (DOCTORS, "7"),
        (DOCTORS, "22"),
        (DOCTORS, "-1"),
        (DOCTORS, "2 or 3"),
        (DOCTORS, "option 9"),
        (DOCTORS, "dr"),
        (DOCTORS, "please"),
        (DOCTORS, "👍"),
        (DOCTORS, "x"),
        (DOCTORS, "s"),
        (DOCTORS, "anil or priya"),
        (DOCTORS, "not sharma"),
        (DOCTORS, "शर्मा नहीं"),
        (DOCTORS, "tomorrow evening"),
        (DOCTORS, "how much does it cost"),
        (DOCTORS, "segunda"),
        (DOCTORS, "sharma " * 40),
        (TIMES, "tue"),
        (TIMES, "5 pm"),
        (TIMES, "monday 5 pm"),
        (NAMESAKES, "sharma"),
        (NAMESAKES, "dr rao"),
        (NAMESAKES, "ani"),
        (SERVICES, "not cleaning"),
        ([], "1"),
        ([("a", "Rao"), ("b", "Rao")], "rao"),
        ([("a", ""), ("b", "...")], "rao"),
    ],
)
def test_unsure_is_nothing(options: list[tuple[str, str]], said: str) -> None:
    assert pick(said, options) is None


titles = st.one_of(st.text(max_size=24), st.sampled_from([title for _, title in [*DOCTORS, *SERVICES, *TIMES, *HINDI]]))


@given(st.text(max_size=130), st.lists(st.tuples(st.uuids().map(str), titles), max_size=10))
def test_the_answer_is_one_of_the_options_or_nothing(text: str, options: list[tuple[str, str]]) -> None:
    assert pick(text, options) in {None, *(option for option, _ in options)}


@given(st.integers(1, 10), st.lists(st.text("abcdefgh", min_size=3, max_size=9), min_size=10, max_size=10))
def test_a_number_is_that_option_whatever_the_titles(n: int, titles: list[str]) -> None:
    assert pick(str(n), [(str(place), title) for place, title in enumerate(titles, 1)]) == str(n)


@given(st.sampled_from([*DOCTORS, *SERVICES, *HINDI, *ACCENTS]))
def test_a_whole_title_is_its_option(option: tuple[str, str]) -> None:
    lists = [options for options in (DOCTORS, SERVICES, HINDI, ACCENTS) if option in options]
    assert pick(option[1].upper(), lists[0]) == option[0]
