"""The audit as the API shows it."""

import json
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from api.shapes import Shape
from clinic.audit import Verdict


class AuditOut(Shape):
    """One entry: who did what to what. `difference` has the value before and after of each changed field; empty: it was
    only read."""

    id: str
    seq: int = Field(examples=[1042])
    at: datetime
    actor: str = Field(description="A user's id, or such as `platform`.")
    action: str = Field(examples=["edit_patient"], description="An operation of this API, or of a worker.")
    kind: str = Field(examples=["patients"])
    entity_id: str
    difference: dict[str, Any] = Field(examples=[{"phones": [["+919820012345"], ["+919820054321"]]}])
    erasure: str | None = Field(
        None, description="Where the person whom it told of was forgotten: the erasure that took `difference` out."
    )
    address: str = Field(examples=["203.0.113.7"])
    correlation_id: str
    outcome: str = Field(examples=["done"])
    prev: str = Field(description="The hash of the entry before.")
    hash: str

    @classmethod
    def stored(cls, row: dict[str, Any]) -> Self:
        """From a stored row. What somebody has tampered with is shown as far as it can be."""
        facts = {name: row[name] for name in cls.model_fields if name in row}
        return cls.model_validate({"address": "", **facts, "id": row["_id"], "difference": _difference(row)})


class VerdictOut(Shape):
    """What verifying found. `broken_at` is the number of the first entry that is not as it was written: `missing`,
    `changed`, or `moved`. `seq` and `hash` are of the last good one: note them outside of this system, and send them
    with the next verification, so that a cut end shows, too."""

    good: bool
    seq: int
    hash: str
    checked: int
    complete: bool = Field(description="False: more follows; ask again with `seq` and `hash`.")
    broken_at: int | None = None
    fault: Literal["missing", "changed", "moved"] | None = None

    @classmethod
    def told(cls, verdict: Verdict) -> Self:
        """As found."""
        return cls(
            good=verdict.broken_at is None, seq=verdict.head.seq, hash=verdict.head.hash, checked=verdict.checked,
            complete=verdict.complete, broken_at=verdict.broken_at, fault=verdict.fault,
        )  # fmt: skip


def _difference(row: dict[str, Any]) -> dict[str, Any]:
    try:
        told = json.loads(row.get("difference", ""))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
