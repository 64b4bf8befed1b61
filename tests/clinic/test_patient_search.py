"""Patients are found as reception types them: other scripts, other spellings, slips of the finger, ends of numbers."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from clinic import name_word, phone, registry
from clinic.appointment import Appointment
from clinic.name_word import NameWord, like
from clinic.patient import Patient
from clinic.patient_keys import keys
from clinic.patient_search import likeness, search
from clinic.record import new_id, to_mongo
from clinic.spelling import words

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
# name, phone, day of birth, reference in another system
PEOPLE: list[tuple[str, str, date | None, str]] = [
    ("Anil Sharma", "+919820011223", date(1980, 5, 17), "H-1001"),
    ("अनिल वर्मा", "+919820011224", date(1981, 1, 1), ""),
    ("Meera Iyer", "+919820011225", None, ""),
    ("लक्ष्मी नारायणन", "+919820011226", None, ""),
    ("فاطمة الزهراء", "+201001234567", date(1990, 2, 3), ""),
    ("محمد حسن", "+201001234568", None, ""),
    ("Khadija Al Mansouri", "+212612345678", None, ""),
    ("José Muñoz García", "+34612345678", date(1975, 8, 19), "ES/77 8"),
    ("María Rodríguez", "+34612345679", None, ""),
    ("João da Conceição", "+351912345678", None, ""),
    ("Gonçalo Araújo", "+351912345679", None, ""),
    ("François Lefèvre", "+33612345678", None, ""),
    ("Chloé Dubois", "+33612345679", None, ""),
    ("Dr. J. O'Brien", "+353871234567", None, ""),
    ("王伟", "+8613812345678", None, ""),
    ("Siobhan Chaudhary", "+447700900123", None, ""),
    ("Ali", "+447700900124", None, ""),
    ("Li Na", "", None, ""),
]

FOUND = [
    ("anil sharma", "Anil Sharma"),
    ("SHARMA, Anil", "Anil Sharma"),
    ("अनिल शर्मा", "Anil Sharma"),
    ("Anil Shrma", "Anil Sharma"),
    ("Anil Sarma", "Anil Sharma"),
    ("Amil Sharma", "Anil Sharma"),
    ("Anil Shatma", "Anil Sharma"),
    ("anil sha", "Anil Sharma"),
    ("a sharma", "Anil Sharma"),
    ("shar", "Anil Sharma"),
    ("Anil Verma", "अनिल वर्मा"),
    ("Anil Varma", "अनिल वर्मा"),
    ("meera", "Meera Iyer"),
    ("Mira Iyar", "Meera Iyer"),
    ("मीरा अय्यर", "Meera Iyer"),
    ("Laxmi Narayanan", "लक्ष्मी नारायणन"),
    ("Lakshmi", "लक्ष्मी नारायणन"),
    ("Fatima Al Zahra", "فاطمة الزهراء"),
    ("fatima", "فاطمة الزهراء"),
    ("Mohammed Hassan", "محمد حسن"),
    ("Muhamad Hasan", "محمد حسن"),
    ("خديجة المنصوري", "Khadija Al Mansouri"),
    ("kadija mansouri", "Khadija Al Mansouri"),
    ("Jose Munoz", "José Muñoz García"),
    ("garcia jose", "José Muñoz García"),
    ("Jsoe Munoz", "José Muñoz García"),
    ("Maria Rodriguez", "María Rodríguez"),
    ("Maria Rodrigues", "María Rodríguez"),
    ("Rodrigez", "María Rodríguez"),
    ("Joao Conceicao", "João da Conceição"),
    ("Concecao", "João da Conceição"),
    ("goncalo araujo", "Gonçalo Araújo"),
    ("Francois Lefevre", "François Lefèvre"),
    ("Fransois Lefebre", "François Lefèvre"),
    ("chloe duboi", "Chloé Dubois"),
    ("obrien", "Dr. J. O'Brien"),
    ("O’Brian", "Dr. J. O'Brien"),
    ("Wang Wei", "王伟"),
    ("Choudhury", "Siobhan Chaudhary"),
    ("Siobhan Choudhary", "Siobhan Chaudhary"),
    ("علي", "Ali"),
    ("ali", "Ali"),
    ("Li Na", "Li Na"),
    ("9820011223", "Anil Sharma"),
    ("+91 98200 11223", "Anil Sharma"),
    ("098200-11223", "Anil Sharma"),
    ("00919820011223", "Anil Sharma"),
    ("1223", "Anil Sharma"),
    ("٩٨٢٠٠١١٢٢٣", "Anil Sharma"),
    ("+34 (612) 345-679", "María Rodríguez"),
    ("h1001", "Anil Sharma"),
    ("H-1001", "Anil Sharma"),
    ("ES 778", "José Muñoz García"),
    ("1990-02-03", "فاطمة الزهراء"),
    ("K7P-4QX", "Meera Iyer"),
    ("k7p4qx", "Meera Iyer"),
]


@pytest_asyncio.fixture(scope="session")
async def tenant_id(database: Any) -> str:
    """A practice with these patients, and a visit of one of them."""
    tenant_id = new_id()
    for name, number, born, reference in PEOPLE:
        patient = Patient(
            tenant_id=tenant_id, name=name, phones=[number] if number else [], birth_date=born, request_id=new_id(),
            external_reference=reference or None, created_at=NOW,
        )  # fmt: skip
        await registry.register(patient)
        if name == "Meera Iyer":
            visit = Appointment(
                tenant_id=tenant_id, reference="K7P-4QX", request_id="1", clinic_id="c", doctor_id="d",
                service_id="s", patient_id=patient.id, start=NOW, end=NOW,
            )  # fmt: skip
            await Appointment.of(tenant_id).insert(visit)
    return tenant_id


@pytest.mark.parametrize(("typed", "name"), FOUND)
async def test_who_is_meant_comes_first(tenant_id: str, typed: str, name: str) -> None:
    found = await search(tenant_id, typed)
    assert [each.row["name"] for each in found][:1] == [name]


@pytest.mark.parametrize(
    "typed", ["", " ", "zzzzzz", "Xqwerty Zxcvb", "0000", "99999999999", "-", "٭", "\x00", '{"$gt": ""}']
)
async def test_who_is_not_there_is_not_found(tenant_id: str, typed: str) -> None:
    assert await search(tenant_id, typed) == []


async def test_another_practice_finds_nobody(tenant_id: str) -> None:
    for typed in ("Anil Sharma", "9820011223", "H-1001", "K7P-4QX", "Anli Shrama", "1990-02-03"):
        assert await search(new_id(), typed) == []


async def test_a_corrected_name_and_number_are_found_and_the_old_ones_are_not(database: Any) -> None:
    tenant_id = new_id()
    patient = Patient(tenant_id=tenant_id, name="Asha Roy", phones=["+919820000001"], request_id="1", created_at=NOW)
    await registry.register(patient)
    await registry.edit(tenant_id, patient.id, {"name": "Vikram Bose", "phones": ["+919820099999"]})
    for typed in ("Vikram Bose", "Vikram Bsoe", "bose", "99999"):
        assert [each.row["_id"] for each in await search(tenant_id, typed)] == [patient.id], typed
    for typed in ("Asha Roy", "0000001"):
        assert await search(tenant_id, typed) == []


async def test_a_common_name_costs_no_more_than_a_rare_one(database: Any) -> None:
    """A thousand of one name: a few are shown, quickly; with the first name the right one is there."""
    tenant_id = new_id()
    rows = [
        to_mongo(Patient(tenant_id=tenant_id, name=f"{first} Sharma", request_id=f"{n}{first}", created_at=NOW))
        for first in ("Anil", "Zubin", "Kavita", "Priya") for n in range(100)
    ]  # fmt: skip
    rare = Patient(tenant_id=tenant_id, name="Quentin Sharma", request_id="rare", created_at=NOW)
    await Patient.of(tenant_id).insert_rows([*rows, to_mongo(rare)])
    await name_word.learn(tenant_id, [row["name"] for row in [*rows, to_mongo(rare)]])
    assert len(await search(tenant_id, "sharma", limit=20)) == 20
    assert [each.row["_id"] for each in await search(tenant_id, "Qentin Sharma", limit=1)] == [rare.id]


async def test_words_are_kept_once(tenant_id: str) -> None:
    rows = await NameWord.of(tenant_id).rows()
    assert len({(row["letters"], row["sound"]) for row in rows}) == len(rows)


@given(st.text(max_size=120))
def test_any_text_has_keys_and_fits_itself(name: str) -> None:
    found = keys("id", name, [name], date(2000, 1, 1), name)
    assert len(found) == len(set(found)) <= 40
    assert likeness(name, name) in (0.0, 1.0)


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_has_its_bounds(one: str, other: str) -> None:
    assert -1 <= likeness(one, other) <= 1
    assert all(0 <= like(a, b) <= 1 for a in words(one) for b in words(other))


@pytest.mark.parametrize(
    ("typed", "region", "kept"),
    [
        ("98200 11223", "IN", "+919820011223"),
        ("+44 20 7946 0018", "IN", "+442079460018"),
        ("0044 20 7946 0018", "GB", "+442079460018"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("98200 11223", "", None),
        ("ring me", "IN", None),
        ("", "IN", None),
        ("12", "IN", None),
        ("+" + "9" * 400, "", None),
    ],
)
def test_numbers_are_kept_in_one_form(typed: str, region: str, kept: str | None) -> None:
    assert phone.e164(typed, region) == kept


@given(st.text(max_size=60))
def test_no_text_breaks_a_number(typed: str) -> None:
    phone.e164(typed, "IN")
    assert phone.digits_of(typed) == "" or phone.digits_of(typed).isascii()
