"""Whole lists of patients: taken in from a CSV file, and given out as one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from api.house import InHouse, Now
from api.own_patients import seen_of
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.imports import ImportOut
from api.staff import Staff, may
from clinic import job, paging, patient_csv, patient_import, patient_list, registry
from clinic.errors import ClinicError
from clinic.patient_csv import Read
from clinic.patient_import import PatientImport
from clinic.patient_line import DateOrder, Reader

router = desk_router("/patients", "patients")
COLUMNS = ("name", "birth_date", "phone", "reference", "language", "tags")
PART = 200
CSV: dict[str, Any] = {
    "schema": {"type": "string", "examples": ["name,phone,birth_date\r\nMeera Joshi,9820012345,1980-05-17"]}
}
FORM: dict[str, Any] = {
    "schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
}
BODY = {"requestBody": {"required": True, "content": {"text/csv": CSV, "multipart/form-data": FORM}}}
DRY: dict[int | str, dict[str, Any]] = {200: {"model": ImportOut, "description": "Of a dry run: nothing is stored."}}
STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class NoFile(ClinicError):
    """Send the list as text/csv, or as the field `file` of a form."""

    code, status = "no_file", 422


@router.post("/imports", status_code=201, openapi_extra=BODY, responses=DRY)
async def create_patient_import(
    request: Request,
    house: InHouse,
    staff: Annotated[Staff, may("patients:create")],
    now: Now,
    response: Response,
    dry_run: Annotated[bool, Query(description="Only say what would be done.")] = False,
    date_order: Annotated[DateOrder, Query(description="How dates like 05/06/1980 are written.")] = "dmy",
    clinic_id: Annotated[str, Query(max_length=64, description="In whose country numbers are dialled.")] = "",
) -> ImportOut:
    """Take in patients from a CSV file (5 MB, 20,000 rows). Rows with a fault and patients who are there already are
    left out and told; the others are registered by a worker, `GET /patients/imports/{id}` says how far it is."""
    reader = Reader(registry.region(await staff.directory(), clinic_id), date_order, now.date())
    read = await asyncio.to_thread(patient_csv.read, await _content(request), reader)
    if dry_run:
        response.status_code = 200
        return await _checked(staff, read)
    kept = await patient_import.accept(staff.tenant_id, read, staff.user_id, staff.request_id, now)
    staff.touched("imports", kept.id, {}, {"rows": kept.total})
    await house.jobs.ask(job.IMPORT_PATIENTS, staff.tenant_id, kept.id)
    return ImportOut.kept(kept)


@router.get("/imports")
async def list_patient_imports(staff: Annotated[Staff, may("patients:create")], asked: Asked) -> Page[ImportOut]:
    """All imports, in no order of time."""
    found, following = await paging.page(PatientImport.of(staff.tenant_id), {}, cursor=asked.cursor, limit=asked.limit)
    return Page(items=[ImportOut.kept(each) for each in found], next=following)


@router.get("/imports/{id}")
async def get_patient_import(id: Id, staff: Annotated[Staff, may("patients:create")]) -> ImportOut:
    """How far an import is, and what is wrong with the rows that were left out."""
    return ImportOut.kept(await PatientImport.of(staff.tenant_id).get(id))


@router.get("/export", response_class=StreamingResponse, responses=STREAM)
async def export_patients(staff: Annotated[Staff, may("patients:export")], now: Now) -> StreamingResponse:
    """All patients as CSV in UTF-8, in the form that an import takes. No cell is taken for a formula."""
    staff.touched("patients", "", {}, {"exported": "all"})
    headers = {"Content-Disposition": 'attachment; filename="patients.csv"'}
    return StreamingResponse(_lines(staff, now), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(staff: Staff, now: Now) -> AsyncIterator[str]:
    yield "\ufeff" + patient_csv.written([COLUMNS])  # the mark by which spreadsheets know UTF-8
    cursor: str | None = ""
    while cursor is not None:
        active = {"status": {"$ne": "merged"}}
        rows, cursor = await patient_list.newest(staff.tenant_id, active, cursor, PART, now)
        shown = await seen_of(staff, [row["_id"] for row in rows], "patients:export")
        yield patient_csv.written(_cells(row) for row in rows if row["_id"] in shown)


def _cells(row: dict[str, Any]) -> list[str]:
    several = (";".join(row.get("phones", ())), row.get("external_reference", ""), row.get("language", ""))
    return [row["name"], row.get("birth_date", ""), *several, ";".join(row.get("tags", ()))]


async def _checked(staff: Staff, read: Read) -> ImportOut:
    known: patient_import.Known = {}
    for start in range(0, len(read.lines), PART):
        known |= await patient_import.known(staff.tenant_id, read.lines[start : start + PART])
    return ImportOut.checked(read, known)


async def _content(request: Request) -> bytes:
    """Raises ``NoFile``."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        content = await request.body()
    else:
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get("file")
            content = await file.read() if isinstance(file, UploadFile) else b""
    if not content.strip():
        raise NoFile
    return content
