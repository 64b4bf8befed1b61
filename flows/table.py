"""A conversation as a table: its steps and the moves between them. What is not in it cannot happen."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from transitions import Machine

from flows.question import Question
from flows.said import Said
from flows.shown import Shown
from flows.talk import Talk

STAY = "stay"  # no move: the step asks once more

Ask = Callable[[Talk], Awaitable[Question | str]]
Answer = Callable[[Talk, Said], Awaitable[str | None]]
Move = Sequence[str | Sequence[str]]  # move, from (one, several or "*"), to


async def not_answered(_talk: Talk, _said: Said) -> str | None:
    """For steps that never wait for an answer."""
    return None


def any_words(_talk: Talk, _text: str) -> bool:
    """For steps to which whatever is written is an answer."""
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """``ask`` answers with a question or, where there is nothing to ask, with the move to make; ``answer`` with the
    move that the patient's words make, None where they are not understood."""

    name: str
    ask: Ask
    answer: Answer = not_answered
    gives: str = ""  # the choice it makes; who comes back here makes it anew
    needs: tuple[str, ...] = ()  # the choices without which it cannot ask
    revisited: bool = False  # whether "back" leads here
    ends: bool = False  # whether there is no way back from here
    takes_location: bool = False
    takes_contact: bool = False
    takes_time: bool = False  # whether a day or a time is an answer to it
    shows: Callable[[Talk], Awaitable[Shown]] | None = None  # what a yes is to: "but later" is none
    own_words: Callable[[Talk, str], bool] | None = None  # whether a text is an answer in words of the patient's own
    reads: tuple[str, ...] = ()  # the commands that mean an option of its own while it is shown


class Marker:
    """What the shared machine moves: it stands on one step for the length of one call."""

    state: str
    trigger: Callable[[str], bool]


class Flow:
    """Steps and moves, checked when they are put together. The first move that fits counts, so "*" comes last. A target
    such as ``booking.start`` is a step of another conversation."""

    def __init__(self, name: str, steps: Sequence[Step], moves: Sequence[Move]) -> None:
        self.name, self.moves = name, moves
        self.steps = {step.name: step for step in steps}
        self.start = steps[0].name
        self.exits = sorted({str(target) for _, _, target in moves if "." in target})
        self._marker = Marker()
        self._machine = Machine(
            self._marker,
            [*self.steps, *self.exits],
            initial=self.start,
            transitions=[list(move) for move in moves],
            auto_transitions=False,
        )
        self._known: dict[tuple[str, str], str] = {}
        self._ways = {state: frozenset(self._machine.get_triggers(state)) for state in self._machine.states}

    def next(self, step: str, move: str) -> str:
        """Where a move leads. Raises ``transitions.MachineError`` for a move that the table does not have there."""
        known = self._known.get((step, move))
        if known is None:
            self._machine.set_state(step, self._marker)
            self._marker.trigger(move)
            known = self._known[step, move] = self._marker.state
        return known

    def can(self, step: str, move: str) -> bool:
        """Whether the table has the move there."""
        return move in self._ways[step]


Flows = Mapping[str, Flow]  # by name
