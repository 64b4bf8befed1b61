"""A list of patients as other systems export it: any usual encoding, separator, heading and way to write a date."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from clinic.errors import ClinicError
from clinic.patient_line import Fault, Line, Reader
from clinic.spelling import words

ROWS = 20_000  # of one file
SEPARATORS = ",;\t|"
SEVERAL = ("phone", "tags")  # may stand in several columns
HEADINGS = {
    "name": "name fullname patientname patient nombre nom nome naam isim नाम الاسم",
    "first_name": "firstname givenname forename prenom prenome primernombre nombrepropio",
    "last_name": "lastname surname familyname apellido apellidos nomdefamille sobrenome",
    "birth_date": "birthdate dateofbirth dob born birthday fechadenacimiento nacimiento datedenaissance "
    "datadenascimento जन्मतिथि تاريخالميلاد",
    "phone": "phone phonenumber mobile mobilenumber mobileno phoneno contact contactnumber cell telephone tel whatsapp "
    "telefono movil celular telemovel portable numero फोन मोबाइल الهاتف الجوال",
    "reference": "reference externalreference patientid id mrn uhid fileno filenumber recordnumber chartnumber "
    "patientno numerodehistoria dossier",
    "language": "language lang idioma langue lingua",
    "tags": "tags labels groups etiquetas",
}


class NotAList(ClinicError):
    """The file has no heading with a name in it: the first line must name the columns, one of them `name`."""

    code, status = "not_a_list", 422


class TooManyRows(ClinicError):
    """The file has more rows than can be imported at once: split it into files of at most 20,000."""

    code, status = "too_many_rows", 422


@dataclass(frozen=True, slots=True)
class Read:
    """All that could be read: ``columns`` says which heading was taken for what."""

    encoding: str
    separator: str
    columns: Mapping[str, str]
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(content: bytes, reader: Reader) -> Read:
    """Every row, or what is wrong with it. Raises ``NotAList``, ``TooManyRows``."""
    text, encoding = decoded(content)
    heading = text.partition("\n")[0]
    separator = max(SEPARATORS, key=heading.count)
    rows = _rows(text, separator)
    titles = next((row for _, row in rows if isinstance(row, list)), [])
    columns = {place: kind for place, title in enumerate(titles) if (kind := _kind(title))}
    if not {"name", "first_name"} & set(columns.values()):
        raise NotAList
    found = Read(encoding, separator, {titles[place].strip()[:60]: kind for place, kind in columns.items()})
    first: dict[Any, int] = {}
    for count, (number, row) in enumerate(rows):
        if count >= ROWS:
            raise TooManyRows
        line, faults = (None, [row]) if isinstance(row, Fault) else reader.line(number, _cells(row, columns))
        if line and (before := first.setdefault(line.identity, number)) != number:
            line, faults = None, [Fault(number, "", f"It is the same patient as in row {before}.")]
        found.faults.extend(faults)
        found.lines.extend([line] if line else [])
    return found


def decoded(content: bytes) -> tuple[str, str]:
    """The text and its encoding. Mostly UTF-8 with a broken place stays UTF-8, and the place shows in its row."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace"), encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        special = [line for line in content.splitlines() if not line.isascii()]
        good = sum(map(_is_utf8, special))
        if good * 2 > len(special):
            return content.decode("utf-8", "replace"), "utf-8"
        return content.decode("latin-1"), "latin-1"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str] | Fault]]:
    """Rows that are not empty, with their number."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, Fault(number, "", "The row cannot be read: is a quotation mark missing?")
            continue
        if any(cell.strip() for cell in row):
            yield number, row


def _kind(title: str) -> str:
    key = "".join(word.letters for word in words(title))
    return next((kind for kind, known in KINDS.items() if key and key in known), "")


KINDS = {
    kind: {"".join(word.letters for word in words(title)) for title in titles.split()}
    for kind, titles in HEADINGS.items()
}


def _cells(row: list[str], columns: Mapping[int, str]) -> dict[str, str]:
    """By kind; several columns of numbers or tags are one."""
    cells: dict[str, str] = {}
    for place, kind in columns.items():
        cell = plain(row[place].strip()) if place < len(row) else ""
        cells[kind] = f"{cells[kind]};{cell}" if kind in SEVERAL and kind in cells else cells.get(kind) or cell
    return cells


RISKY = ("=", "+", "-", "@", "\t", "\r", "'")


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


def plain(cell: str) -> str:
    """The cell as it was before ``safe``."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RISKY) else cell


def written(rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV, every cell safe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()
