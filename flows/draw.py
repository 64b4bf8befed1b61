"""Draw the conversations from their tables: ``python -m flows.draw`` writes ``docs/flows.md``."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from flows.conversations import CONVERSATIONS
from flows.table import Flow

PAGE = Path(__file__).parent.parent / "docs" / "flows.md"

HEAD = """# What a patient can say, and what happens next

Drawn from the tables in `flows/` by `python -m flows.draw`; a test keeps this page equal to them.
A step that has nothing to ask (one clinic, a known name, a chosen time) makes its move by itself, so a patient sees
only the questions that are still open.
"""

ANYTIME = """
At any time, whatever was asked:

| move | leads to |
|---|---|
{rows}
"""

TAIL = """
`back` leads to the question before, along the way that the patient came; `missing` is made where a step lacks a choice
that it needs; `lost` follows the third misunderstanding in a row.
"""


def edges(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """(from, to, move) of every move that belongs to a step."""
    for move, sources, target in flow.moves:
        for source in [sources] if isinstance(sources, str) else sources:
            if source != "*":
                yield source, str(target), str(move)


def exits(flow: Flow) -> list[str]:
    """The steps of other conversations to which a step of this one leads."""
    return sorted({target for _, target, _ in edges(flow)} & set(flow.exits))


def arrows(flow: Flow) -> list[str]:
    """Mermaid's lines, with the moves between the same two steps on one arrow."""
    order = {name: n for n, name in enumerate([*flow.steps, *flow.exits])}
    rows = sorted(edges(flow), key=lambda edge: (order[edge[0]], order[edge[1]]))
    return [
        f"    {source} --> {target.replace('.', '_')}: {', '.join(move for _, _, move in group)}"
        for (source, target), group in groupby(rows, lambda edge: edge[:2])
    ]


def drawn(flow: Flow) -> str:
    """One flow: its diagram, and the moves that can be made anywhere."""
    others = [f'    state "{name.replace(".", ": ")}" as {name.replace(".", "_")}' for name in exits(flow)]
    diagram = "\n".join(["```mermaid", "stateDiagram-v2", *others, f"    [*] --> {flow.start}", *arrows(flow), "```"])
    rows = "\n".join(f"| {move} | {target} |" for move, sources, target in flow.moves if sources == "*")
    return f"\n## {flow.name.capitalize()}\n\n{diagram}\n{ANYTIME.format(rows=rows)}"


def page() -> str:
    """All flows."""
    return HEAD + "".join(map(drawn, CONVERSATIONS.values())) + TAIL


def main(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(page())


if __name__ == "__main__":
    main()
