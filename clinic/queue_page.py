"""Draws the tables of docs/queue.md: ``python -m clinic.queue_page``."""

import re
from pathlib import Path

from clinic import attendance, queue_moves

PAGE = Path(__file__).parents[1] / "docs" / "queue.md"


def drawn(page: str) -> str:
    """The page with its tables as they are now."""
    parts = {
        "drawing": f"```mermaid\n{queue_moves.as_mermaid()}\n```",
        "moves": queue_moves.as_markdown(),
        "visits": attendance.as_markdown(),
    }
    for name, text in parts.items():
        page = re.sub(rf"(<!-- {name} -->\n).*?(<!-- end -->)", rf"\g<1>{text}\n\g<2>", page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
