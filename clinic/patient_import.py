"""A list of patients on its way into the registry: stored in parts, so that whoever works on it may be killed at any
moment and another goes on; no row ever becomes two patients."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal

from pydantic import BaseModel
from pymongo import IndexModel

from clinic import audit, indexed, name_word, news, patient_keys
from clinic.patient import Patient
from clinic.patient_csv import Read
from clinic.patient_line import Line
from clinic.record import TenantRecord, to_mongo

PART = 200  # rows that are stored together
TOLD = 1000  # faults and known patients that are kept of one import, each
ACTION = "import_patient"
Known = dict[int, str]  # row: the id of the patient who is there already


class RowFault(BaseModel):
    """What is wrong with a row; ``row`` as a spreadsheet counts them, the heading being 1."""

    row: int
    column: str
    fault: str


class Outcome(BaseModel):
    """What became of a part."""

    created: int
    known: dict[str, str] = {}  # row: the id of the patient who was there already


class PatientImport(TenantRecord):
    """``outcomes`` by part: those that are there are done."""

    by: str  # a user's id
    at: datetime
    encoding: str
    separator: str
    columns: dict[str, str]
    total: int  # rows that can be read
    parts: int
    faulty: int
    faults: list[RowFault] = []
    outcomes: dict[str, Outcome] = {}
    worked_at: datetime  # last
    status: Literal["waiting", "done"] = "waiting"
    request_id: str

    class Settings:
        name = "patient_imports"
        indexes = [
            IndexModel([("tenant_id", 1), ("status", 1)]),
            IndexModel([("tenant_id", 1), ("request_id", 1)], unique=True),
            IndexModel([("status", 1), ("worked_at", 1)]),  # of all practices
        ]


class ImportPart(TenantRecord):
    """Rows that wait; emptied when they are patients."""

    import_id: str
    number: int
    rows: list[dict[str, Any]]

    class Settings:
        name = "patient_import_parts"
        indexes = [IndexModel([("tenant_id", 1), ("import_id", 1), ("number", 1)], unique=True)]


async def accept(tenant_id: str, read: Read, by: str, request_id: str, now: datetime) -> PatientImport:
    """Keep what was read; the same request keeps it once. The import itself comes last: until then there is none."""
    imports = PatientImport.of(tenant_id)
    kept = PatientImport(
        id=_id(f"{tenant_id} import {request_id}"), tenant_id=tenant_id, by=by, at=now, encoding=read.encoding,
        separator=read.separator, columns=_storable(read.columns), total=len(read.lines),
        parts=-(-len(read.lines) // PART), faulty=len({fault.row for fault in read.faults}), worked_at=now,
        faults=[RowFault(**asdict(fault)) for fault in read.faults[:TOLD]], request_id=request_id,
        status="waiting" if read.lines else "done",
    )  # fmt: skip
    for number in range(kept.parts):
        rows = [_row(line) for line in read.lines[number * PART : (number + 1) * PART]]
        part = ImportPart(
            id=_id(f"{kept.id} {number}"), tenant_id=tenant_id, import_id=kept.id, number=number, rows=rows
        )
        await ImportPart.of(tenant_id).insert_new(part)
    if not await imports.insert_new(kept):
        return await imports.get(kept.id)
    return kept


async def work(tenant_id: str, id: str, now: datetime) -> bool:
    """Do the next part; whether more is to be done. Two at once do no harm. Raises ``NotFound``."""
    found = await PatientImport.of(tenant_id).get(id)
    number = next((number for number in range(found.parts) if str(number) not in found.outcomes), None)
    if number is not None:
        outcome = await _do(found, number, now)
        kept = {f"outcomes.{number}": outcome.model_dump(), "worked_at": now}
        undone = {"_id": id, f"outcomes.{number}": {"$exists": False}}
        await PatientImport.of(tenant_id).change(undone, {"$set": kept})
        await ImportPart.of(tenant_id).change({"import_id": id, "number": number}, {"$set": {"rows": []}})
        if len(found.outcomes) + 1 < found.parts:
            return True
    if await PatientImport.of(tenant_id).change({"_id": id, "status": "waiting"}, {"$set": {"status": "done"}}):
        await news.tell(tenant_id, "import.done", id)
    return False


async def unfinished(tenant_id: str, before: datetime) -> list[str]:
    """Imports on which nobody has worked since then."""
    waiting = {"status": "waiting", "worked_at": {"$lt": before}}
    return [row["_id"] for row in await indexed.found(PatientImport.of(tenant_id), waiting)]


async def known(tenant_id: str, lines: Sequence[Line], but: str = "") -> Known:
    """Which of the rows are of patients who are there already: by the reference, or by the name together with the
    number or the day of birth. ``but``: an import whose own patients do not count."""
    keys = list(dict.fromkeys(key for line in lines for key in _keys(line)))
    fields = ("name", "birth_date", "phones", "external_reference", "request_id")
    rows = await Patient.of(tenant_id).rows({"keys": {"$in": keys}}, fields) if keys else []
    others = [row for row in rows if not but or not row["request_id"].startswith(_request(but, ""))]
    by_mark = {mark: row["_id"] for row in others for mark in _marks_of(row)}
    found = {line.row: next((by_mark[mark] for mark in _marks(line) if mark in by_mark), "") for line in lines}
    return {row: patient_id for row, patient_id in found.items() if patient_id}


async def _do(found: PatientImport, number: int, now: datetime) -> Outcome:
    part = await ImportPart.of(found.tenant_id).find_one({"import_id": found.id, "number": number})
    lines = [_line(row) for row in part.rows] if part else []
    there = await known(found.tenant_id, lines, found.id)
    rows = [to_mongo(_patient(found, line, now)) for line in lines if line.row not in there]
    await name_word.learn(found.tenant_id, [row["name"] for row in rows])
    # Before the patients: a part that is done twice may be told twice, but nobody appears untold.
    await audit.append(found.tenant_id, [_entry(found, row["_id"], now) for row in rows])
    refused = await Patient.of(found.tenant_id).insert_rows(rows) if rows else []
    lost = await _lost(found.tenant_id, refused)
    there |= {line.row: lost[_patient_id(found.id, line)] for line in lines if _patient_id(found.id, line) in lost}
    return Outcome(created=len(lines) - len(there), known={str(row): each for row, each in there.items()})


async def _lost(tenant_id: str, refused: Sequence[str]) -> dict[str, str]:
    """Of those refused the ones that are not there from an earlier attempt: somebody else took the reference just
    now."""
    if not refused:
        return {}
    own = {row["_id"] for row in await Patient.of(tenant_id).rows({"_id": {"$in": list(refused)}}, ("_id",))}
    return {each: "" for each in refused if each not in own}


def _patient(found: PatientImport, line: Line, now: datetime) -> Patient:
    return Patient(
        id=_patient_id(found.id, line), tenant_id=found.tenant_id, name=line.name, birth_date=line.birth_date,
        phones=list(line.phones), external_reference=line.reference or None, language=line.language,
        tags=list(line.tags), request_id=_request(found.id, str(line.row)), created_at=now,
    )  # fmt: skip


def _entry(found: PatientImport, patient_id: str, now: datetime) -> audit.Entry:
    return audit.Entry(now, found.by, ACTION, "patients", patient_id, {"import_id": [None, found.id]})


def _request(import_id: str, row: str) -> str:
    return f"import:{import_id}:{row}"


def _patient_id(import_id: str, line: Line) -> str:
    return _id(_request(import_id, str(line.row)))


def _id(text: str) -> str:
    """The same wherever it is made, in the shape of the others."""
    return sha256(text.encode()).hexdigest()[:24]


def _keys(line: Line) -> list[str]:
    keys = [patient_keys.reference_key(line.reference)] if line.reference else []
    keys += [patient_keys.phone_key(number.lstrip("+")) for number in line.phones]
    return keys + ([patient_keys.born_key(line.name, line.birth_date)] if line.birth_date else [])


def _marks(line: Line) -> list[str]:
    born = line.birth_date.isoformat() if line.birth_date else ""
    return list(_identities(line.name, born, line.phones, line.reference))


def _marks_of(row: dict[str, Any]) -> list[str]:
    facts = (row.get("birth_date", ""), row.get("phones", ()), row.get("external_reference", ""))
    return list(_identities(row["name"], *facts))


def _identities(name: str, born: str, phones: Iterable[str], reference: str) -> Iterable[str]:
    """What two records of one patient share; an exact name only, since nobody is asked."""
    same_name = patient_keys.same_name(name)
    if reference:
        yield f"reference {reference}"
    if born:
        yield f"{same_name} {born}"
    yield from (f"{same_name} {number}" for number in phones)


def _row(line: Line) -> dict[str, Any]:
    return {**asdict(line), "birth_date": line.birth_date.isoformat() if line.birth_date else ""}


def _line(row: dict[str, Any]) -> Line:
    born = date.fromisoformat(row["birth_date"]) if row["birth_date"] else None
    several = {name: tuple(row[name]) for name in ("phones", "tags")}
    return Line(**{**row, **several, "birth_date": born})


def _storable(columns: Any) -> dict[str, str]:
    """A field's name is no place for a dot."""
    return {title.replace(".", " ").replace("$", " ").replace("\x00", " "): kind for title, kind in columns.items()}
