"""A link begins where its code says, whatever becomes of the words around it."""

import pytest
import pytest_asyncio
from hypothesis import example, given
from hypothesis import strategies as st
from practice import DAY, Practice, open_practice

from clinic.check_in_word import folded, word_of
from clinic.deep_link import DeepLink, Number, link_to, links_of, spoken_at, words
from clinic.desk import FrontDesk
from clinic.directory import fresh_directory
from clinic.errors import NotFound
from clinic.place import Clinic
from clinic.record import new_id
from clinic.schedule import Schedule
from clinic.start_code import code_of, start_in
from clinic.views import Sender, StartView

CODES = {code_of("t", part, one): (part, one) for part, one in (("clinic", "c"), ("service", "s"), ("doctor", "d"))}
DOCTOR = next(code for code, (part, _) in CODES.items() if part == "doctor")
NUMBER = Number("n", "918041234567", "+91 80 4123 4567")
DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９")
MARKS = (
    (" #", " "), ("(#", ")"), ("\n", "\n"), ("\u00ab", "\u00bb"), (" \u200f#\u2066", "\u2069 "), ("\uff03", "\uff01"),
    ("/", ","),
)  # fmt: skip
around = st.text(max_size=60).filter(lambda text: not any(code in folded(text) for code in CODES))


@pytest_asyncio.fixture
async def practice(database: object) -> Practice:
    """Two doctors."""
    return await open_practice(doctors=2)


@given(
    before=around,
    after=around,
    how=st.sampled_from([str.upper, str.lower, str.title]),
    digits=st.sampled_from(DIGITS),
    group=st.sampled_from(["", "-", " ", "."]),
    marks=st.sampled_from(MARKS),
)
@example(before="मुझे डॉक्टर शर्मा से मिलना है", after="धन्यवाद", how=str.lower, digits=DIGITS[3], group="", marks=("(#", ")"))
@example(before="7", after="3", how=str.upper, digits=DIGITS[0], group=" ", marks=("(#", ")"))
def test_a_code_is_found_in_any_company(
    before: str, after: str, how: object, digits: str, group: str, marks: tuple[str, str]
) -> None:
    written = how(f"{DOCTOR[:3]}{group}{DOCTOR[3:]}").translate(str.maketrans(DIGITS[0], digits))  # type: ignore[operator]
    assert start_in(CODES, f"{before}{marks[0]}{written}{marks[1]}{after}") == StartView(doctor_id="d")


@given(st.text(max_size=200))
def test_other_texts_begin_nowhere(text: str) -> None:
    assert start_in({}, text.replace("#", "").replace("＃", "").replace("﹟", "")) is None


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("hello", None),
        ("my booking is K7P-4QX", None),  # a visit's reference
        ("call me on 98765 43210, flat #123456", None),
        ("#HELLOO", None),
        ("#K7P4QX", StartView()),  # a code, and nobody's any more
        ("I would like to book (#k7p4qx)", StartView()),
        (f"x{DOCTOR}", None),
        (" ".join(CODES), StartView("c", "s", "d")),
    ],
)
def test_what_is_taken_for_a_code(text: str, begins: StartView | None) -> None:
    assert start_in(CODES, text) == begins


def test_a_code_is_no_word_and_stays_the_same() -> None:
    made = [code_of("t", "doctor", str(number)) for number in range(3000)]
    assert not [code for code in made if code.isalpha() or code.isdigit()]
    assert len(set(made)) == len(made)
    assert code_of("t", "doctor", "d") == DOCTOR == "MT9HD7"  # posters hang for years
    assert len({code_of(tenant, part, "d") for tenant in "tu" for part in ("clinic", "service", "doctor")}) == 6


async def test_the_desk_knows_what_can_be_booked_and_nothing_of_others(practice: Practice) -> None:
    other, closed = await open_practice(), Clinic(
        tenant_id=practice.id, name="Old", address="3", zone="UTC", currency="INR", active=False
    )  # fmt: skip
    await practice.add(closed)
    desk = FrontDesk(practice.id, Sender(new_id()))

    async def begins(tenant: str, part: str, id: str) -> StartView | None:
        return await desk.start_in(f"book (#{code_of(tenant, part, id)})")

    doctor, service = practice.doctors[1].id, practice.services[0].id
    assert await begins(practice.id, "doctor", doctor) == StartView(doctor_id=doctor)
    assert await begins(practice.id, "service", service) == StartView(service_id=service)
    assert await begins(practice.id, "clinic", practice.clinic.id) == StartView(clinic_id=practice.clinic.id)
    assert await begins(practice.id, "clinic", closed.id) == StartView()
    assert await begins(other.id, "doctor", other.doctors[0].id) == StartView()
    assert await desk.start_in(code_of(other.id, "clinic", other.clinic.id)) is None


async def test_every_link_begins_where_it_says_in_every_language(practice: Practice) -> None:
    directory = await fresh_directory(practice.id)
    found = list(links_of(directory, practice.clinic.id, [NUMBER], list(words())))
    assert {(each.kind, each.language) for each in found} == {
        (kind, language) for kind in ("clinic", "service", "doctor", "check_in") for language in words()
    }
    desk = FrontDesk(practice.id, Sender(new_id()))
    for each in found:
        assert each.url.startswith("https://wa.me/918041234567?text=")
        if each.kind == "check_in":
            assert await desk.at_door(each.text) == each.id == practice.clinic.id
            assert await desk.start_in(each.text) is None
            continue
        assert await desk.at_door(each.text) == ""
        assert await desk.start_in(each.text) == StartView(**{f"{each.kind}_id": each.id})


async def test_a_link_at_one_of_several_places_says_which(practice: Practice) -> None:
    garden = Clinic(tenant_id=practice.id, name="Garden", address="4", zone="Asia/Kolkata", currency="INR")
    hours = Schedule(
        tenant_id=practice.id, clinic_id=garden.id, doctor_id=practice.doctors[0].id, rule="FREQ=WEEKLY;BYDAY=SA",
        hours=[("09:00", "12:00")], zone="Asia/Kolkata", valid_from=DAY,
    )  # fmt: skip
    await practice.add(garden, hours)
    directory, desk = await fresh_directory(practice.id), FrontDesk(practice.id, Sender(new_id()))

    def link(doctor: int) -> DeepLink:
        return link_to(directory, practice.clinic.id, "doctor", practice.doctors[doctor].id, NUMBER, "en")

    both = StartView(clinic_id=practice.clinic.id, doctor_id=practice.doctors[0].id)
    assert await desk.start_in(link(0).text) == both
    assert await desk.start_in(link(1).text) == StartView(doctor_id=practice.doctors[1].id)
    with pytest.raises(NotFound):
        link_to(directory, garden.id, "doctor", practice.doctors[1].id, NUMBER, "en")
    with pytest.raises(NotFound):
        link_to(directory, garden.id, "clinic", "", NUMBER, "tlh")


async def test_the_languages_of_a_clinic(practice: Practice) -> None:
    directory = await fresh_directory(practice.id)
    assert spoken_at(directory, practice.clinic.model_copy(update={"languages": ["ta", "ar"]})) == ["ar"]
    assert spoken_at(directory, practice.clinic.model_copy(update={"languages": ["ta"]})) == ["en"]
    assert word_of(practice.clinic) in link_to(directory, practice.clinic.id, "check_in", "", NUMBER, "fr").text
