"""Lists of patients as other systems write them, and as nobody should."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import patient_csv
from clinic.patient_csv import NotAList, TooManyRows, decoded, plain, safe, written
from clinic.patient_line import Reader

TODAY = date(2027, 1, 4)
INDIA = Reader("IN", "dmy", TODAY)


def read(text: str | bytes, reader: Reader = INDIA) -> patient_csv.Read:
    return patient_csv.read(text if isinstance(text, bytes) else text.encode(), reader)


def test_a_plain_list() -> None:
    found = read("Name,Mobile,DOB,UHID,Tags\nMeera Joshi,98200 12345,17/05/1980,H-1,vip; wheelchair\n")
    (line,) = found.lines
    assert (line.name, line.phones, line.birth_date) == ("Meera Joshi", ("+919820012345",), date(1980, 5, 17))
    assert (line.reference, line.tags, line.row) == ("H-1", ("vip", "wheelchair"), 2)
    assert (found.encoding, found.separator, found.faults) == ("utf-8", ",", [])
    assert found.columns == {
        "Name": "name",
        "Mobile": "phone",
        "DOB": "birth_date",
        "UHID": "reference",
        "Tags": "tags",
    }


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("name;phone", "Meera Joshi;9820012345"),
        ("name\tphone", "Meera Joshi\t9820012345"),
        ("Full Name|Contact Number", "Meera Joshi|+91 98200 12345"),
        ("First Name,Last Name,Phone No.", "Meera,Joshi,9820012345"),
        ("Apellidos,Nombre propio,Teléfono", "Joshi,Meera,9820012345"),
        ("Nom,Téléphone portable,Tél", "Meera Joshi,,9820012345"),
        ("नाम,मोबाइल", "Meera Joshi,9820012345"),
        ("الاسم,الجوال", "Meera Joshi,9820012345"),
        ('"name","phone"', '"Meera Joshi","9820012345"'),
        ("name,phone,unknown,", "Meera Joshi,9820012345,x,y,z"),
        ("name,phone,mobile", "Meera Joshi,9820012345,098200 12345"),
    ],
)
def test_usual_headings_and_separators(heading: str, row: str) -> None:
    (line,) = read(f"{heading}\r\n{row}\r\n").lines
    assert (line.name, line.phones) == ("Meera Joshi", ("+919820012345",))


LATIN = "name,phone\nJosé Muñoz,+34612345678\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (LATIN.encode(), "utf-8"),
        (LATIN.encode("utf-8-sig"), "utf-8-sig"),
        (LATIN.encode("latin-1"), "latin-1"),
        (LATIN.encode("utf-16"), "utf-16"),
    ],
)
def test_usual_encodings(content: bytes, encoding: str) -> None:
    found = read(content)
    assert (found.lines[0].name, found.encoding) == ("José Muñoz", encoding)


def test_a_broken_place_is_its_own_rows_fault() -> None:
    lines = ["name", *(f"José {word}" for word in ("Uno", "Dos", "Tres", "Cuatro"))]
    content = "\n".join(lines).encode().replace("José Tres".encode(), b"Jos\xe9 Tres")
    found = read(content)
    assert [line.row for line in found.lines] == [2, 3, 5]
    assert [(fault.row, fault.column) for fault in found.faults] == [(4, "name")]
    assert "UTF-8" in found.faults[0].fault


FAULTY = [
    ("Meera,17/13/1980,", ["birth_date"]),
    ("Meera,31.02.1980,", ["birth_date"]),
    ("Meera,soon,", ["birth_date"]),
    ("Meera,2027-01-05,", ["birth_date"]),
    ("Meera,1810-01-01,", ["birth_date"]),
    ("Meera,5/17/80,", ["birth_date"]),
    ("Meera,99999999999999999999-1-1,", ["birth_date"]),
    ("Meera,,ring me", ["phone"]),
    ("Meera,,12", ["phone"]),
    (",,", []),  # an empty row is none
    (",1980-05-17,", ["name"]),
    ("...,x,y", ["name", "birth_date", "phone"]),
    ("x" * 121 + ",,", ["name"]),
    ("a\x00b,,", ["name"]),
]


@pytest.mark.parametrize(("row", "columns"), FAULTY)
def test_all_that_is_wrong_with_a_row_is_told(row: str, columns: list[str]) -> None:
    found = read(f"name,dob,phone\n{row}\nAnil Sharma,1980-05-17,9820012345\n")
    assert [fault.column for fault in found.faults] == columns
    assert {fault.row for fault in found.faults} <= {2}
    assert [line.name for line in found.lines] == ["Anil Sharma"]
    assert all(fault.fault.endswith(".") for fault in found.faults)


@pytest.mark.parametrize(
    ("order", "cell", "born"),
    [
        ("dmy", "05/06/1980", date(1980, 6, 5)),
        ("mdy", "05/06/1980", date(1980, 5, 6)),
        ("mdy", "1980-06-05", date(1980, 6, 5)),
        ("dmy", "1980-06-05T00:00:00", date(1980, 6, 5)),
        ("dmy", "5.6.1980", date(1980, 6, 5)),
        ("ymd", "1980/6/5", date(1980, 6, 5)),
        ("dmy", "05/06/1980 00:00", date(1980, 6, 5)),
    ],
)
def test_dates(order: Any, cell: str, born: date) -> None:
    assert read(f"name,dob\nA B,{cell}\n", Reader("", order, TODAY)).lines[0].birth_date == born


def test_the_same_patient_twice_in_a_file_counts_once() -> None:
    found = read("name,phone,id\nA B,9820012345,\na b,098200 12345,\nA B,9820012345,H1\nC D,,H1\n")
    assert [line.row for line in found.lines] == [2, 4]
    assert [(fault.row, "row 2" in fault.fault or "row 4" in fault.fault) for fault in found.faults] == [
        (3, True),
        (5, True),
    ]


@pytest.mark.parametrize("content", ["", "\n\n", "phone,dob\n1,2\n", "98200 12345\n", ",,,\n", "\x00"])
def test_what_is_no_list_is_refused(content: str) -> None:
    with pytest.raises(NotAList):
        read(content)


def test_a_list_may_be_too_long() -> None:
    with pytest.raises(TooManyRows):
        read("name\n" + "A B\n" * 20_001)


def test_an_open_quotation_mark_is_told() -> None:
    found = read('name,phone\n"Meera,9820012345\n' + "x" * 140_000 + "\nAnil Sharma,\n")
    assert found.faults
    assert not any(line.name.startswith("Meera") for line in found.lines)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read(b"name,phone,dob,tags\n" + content)
    except NotAList:
        decoded(content)


@pytest.mark.parametrize("cell", ["=1+1", "+919820012345", "-2", "@x", "\tx", "'=1", "'", "plain", ""])
def test_no_cell_is_a_formula_and_comes_back_as_it_was(cell: str) -> None:
    assert not safe(cell).startswith(("=", "+", "-", "@", "\t"))
    assert plain(safe(cell)) == cell


@given(
    st.lists(st.tuples(st.from_regex(r"[A-Za-zéñ=+@' -]{1,20}x", fullmatch=True)), min_size=1, max_size=5, unique=True)
)
def test_what_is_written_can_be_read(rows: list[tuple[str]]) -> None:
    found = read(written([("name",), *rows]))
    names = [" ".join(name.split()) for (name,) in rows]
    assert [line.name for line in found.lines] == [
        name for at, name in enumerate(names) if name.casefold() not in [each.casefold() for each in names[:at]]
    ]
