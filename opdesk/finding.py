"""One line of ``opdesk check``."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. Without advice all is well; a warning does not fail the check."""

    what: str
    advice: str = ""
    warning: bool = False

    def __str__(self) -> str:
        mark = "ok  " if not self.advice else "warn" if self.warning else "FAIL"
        return f"{mark}  {self.what}{': ' if self.advice else ''}{self.advice}"


def told(found: Iterable[Finding]) -> int:
    """Print them; 1 if something is not right."""
    listed = list(found)
    for finding in listed:
        print(finding)
    return int(any(finding.advice and not finding.warning for finding in listed))
