"""What may happen to a patient in the queue: one table. What is not in it is refused, with the reason."""

from typing import Literal, get_args

from clinic.errors import ClinicError

Status = Literal["waiting", "called", "with_doctor", "done", "missed", "parked"]
Move = Literal[
    "call", "recall", "start", "finish", "skip", "park", "return", "reopen", "transfer", "reorder", "priority"
]  # fmt: skip
STATUSES: tuple[Status, ...] = get_args(Status)
NAMES: tuple[Move, ...] = get_args(Move)

# Each row is a move, each column a status before it; the cell is the status after it.
TABLE = """
          waiting      called       with_doctor  done         missed   parked
call      called       -            -            -            -        -
recall    -            called       -            -            called   -
start     with_doctor  with_doctor  -            -            -        -
finish    -            -            done         -            -        -
skip      missed       missed       -            -            -        -
park      parked       parked       -            -            -        -
return    -            waiting      waiting      -            waiting  waiting
reopen    -            -            -            with_doctor  -        -
transfer  waiting      waiting      -            -            waiting  waiting
reorder   waiting      -            -            -            -        -
priority  waiting      called       -            -            missed   parked
"""

WHY: dict[Status, str] = {
    "waiting": "the patient is waiting: call them, or let them go in",
    "called": "the patient has been called: let them go in, call again, or send them back",
    "with_doctor": "the patient is with the doctor: finish the visit, or send them back",
    "done": "the visit is over: reopen it first",
    "missed": "the patient was not there when called: call again, or return them to the queue",
    "parked": "the patient is set aside: return them to the queue first",
}


class MoveRefused(ClinicError):
    """This cannot happen to a patient in that status."""

    code = "move_refused"

    def __init__(self, move: str, status: Status) -> None:
        super().__init__(f"`{move}` is not possible now: {WHY[status]}.")
        self.move, self.patient_status = move, status


def _read_table(text: str) -> dict[tuple[str, str], Status]:
    heading, *rows = (line.split() for line in text.strip().splitlines())
    cells = ((row[0], status, cell) for row in rows for status, cell in zip(heading, row[1:], strict=True))
    known = {status: status for status in STATUSES}
    return {(move, status): known[cell] for move, status, cell in cells if cell in known}


MOVES = _read_table(TABLE)


def after(move: Move, status: Status) -> Status:
    """The status after the move. Raises ``MoveRefused``."""
    if (move, status) not in MOVES:
        raise MoveRefused(move, status)
    return MOVES[move, status]


def possible(status: Status) -> list[Move]:
    """What may happen to a patient in that status."""
    return [move for move in NAMES if (move, status) in MOVES]


def as_markdown() -> str:
    """The table as it stands in docs/queue.md."""
    heading = f"| | {' | '.join(f'`{status}`' for status in STATUSES)} |"
    rows = (f"| `{move}` | {' | '.join(_cell(move, status) for status in STATUSES)} |" for move in NAMES)
    return "\n".join([heading, "|---|" + "---|" * len(STATUSES), *rows])


def _cell(move: Move, status: Status) -> str:
    return f"`{MOVES[move, status]}`" if (move, status) in MOVES else "·"


def as_mermaid() -> str:
    """The same as a drawing. Moves that leave the status as it is are left out."""
    lines = (f"    {before} --> {to}: {move}" for (move, before), to in MOVES.items() if before != to)
    return "\n".join(["stateDiagram-v2", "    [*] --> waiting: check-in or walk-in", *lines, "    done --> [*]"])
