"""What a check of somebody's words found: a code, how bad it is, where it is, and a sentence that says what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]  # an error would be refused; a warning is for the author to weigh


@dataclass(frozen=True, slots=True)
class Finding:
    """``place`` is the field: "body", "header", "footer", "buttons", "buttons.0", "name", ..."""

    code: str
    severity: Severity
    place: str
    says: str


def units(text: str) -> int:
    """The length as Meta counts it, in UTF-16 units: most emoji count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def refused(findings: Iterable[Finding]) -> bool:
    """Whether any of them must be mended first."""
    return any(each.severity == "error" for each in findings)


def faults(findings: Iterable[Finding]) -> dict[str, list[dict[str, str]]]:
    """The errors as a refusal tells them: each place and its fault."""
    return {"errors": [{"field": each.place, "fault": each.says} for each in findings if each.severity == "error"]}
