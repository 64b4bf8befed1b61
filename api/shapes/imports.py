"""Lists of patients on their way into the registry, as the API shows them."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from api.shapes import Shape
from clinic.patient_csv import Read
from clinic.patient_import import TOLD, Known, PatientImport


class RowFaultOut(Shape):
    """What is wrong with a row: it is left out. Rows are counted as a spreadsheet does, the heading being 1."""

    row: int = Field(examples=[17])
    column: str = Field(examples=["phone"])
    fault: str = Field(examples=["That is no telephone number: write it with + and the country code."])


class KnownRow(Shape):
    """A row whose patient is there already: it is left out, too."""

    row: int
    patient_id: str


class ImportOut(Shape):
    """An import. `done` of `total` rows are worked on; the rest follows by itself. At most 1,000 faults and 1,000 known
    patients are listed; `faulty` counts all rows with a fault."""

    id: str | None = Field(None, description="null of a dry run, which is not kept.")
    status: Literal["checked", "waiting", "done"]
    at: datetime | None = None
    by: str = ""
    encoding: str = Field(examples=["utf-8"])
    separator: str = Field(examples=[","])
    columns: dict[str, str] = Field(examples=[{"Full name": "name", "Mobile": "phone"}])
    total: int = Field(description="Rows without a fault.")
    done: int = 0
    created: int = 0
    faulty: int = 0
    faults: list[RowFaultOut] = []
    known: list[KnownRow] = []

    @classmethod
    def checked(cls, read: Read, known: Known) -> Self:
        """A dry run."""
        return cls(
            status="checked", encoding=read.encoding, separator=read.separator, columns=dict(read.columns),
            total=len(read.lines), faulty=len({fault.row for fault in read.faults}),
            faults=[RowFaultOut(**asdict(fault)) for fault in read.faults[:TOLD]],
            known=[KnownRow(row=row, patient_id=each) for row, each in known.items()][:TOLD],
        )  # fmt: skip

    @classmethod
    def kept(cls, found: PatientImport) -> Self:
        """As far as it is."""
        outcomes = found.outcomes.values()
        there = [KnownRow(row=int(row), patient_id=there) for each in outcomes for row, there in each.known.items()]
        created = sum(each.created for each in outcomes)
        return cls(
            id=found.id, status=found.status, at=found.at, by=found.by, encoding=found.encoding,
            separator=found.separator, columns=found.columns, total=found.total, done=created + len(there),
            created=created, faulty=found.faulty, faults=[RowFaultOut.of(each) for each in found.faults],
            known=sorted(there, key=lambda each: each.row)[:TOLD],
        )  # fmt: skip
