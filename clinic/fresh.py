"""Answers that may be a moment old: loaded once, however many ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from clinic.clock import elapsing

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT = 4000  # answers, before old ones are thrown out; then half as many, where all are still good


@dataclass(frozen=True, slots=True)
class _Answer(Generic[V]):
    task: asyncio.Task[V]
    since: float


class Fresh(Generic[K, V]):
    """Keeps what ``load`` answers for some ``seconds``, in this process. ``clock`` only counts them; ``lasting`` says
    how many, once an answer has come."""

    def __init__(
        self,
        load: Callable[[K], Awaitable[V]],
        seconds: float,
        clock: Callable[[], float] = elapsing,
        lasting: Callable[[V], float] | None = None,
    ) -> None:
        self._load, self._seconds, self._clock, self._lasting = load, seconds, clock, lasting
        self._answers: dict[K, _Answer[V]] = {}

    async def get(self, key: K) -> V:
        """The answer, not older than that. A load that fails is not kept."""
        answer = self._answers.get(key)
        if answer is None or not self._good(answer):
            answer = self._ask(key)
        try:
            return await asyncio.shield(answer.task)  # one asker who gives up must not fail the others
        except Exception:
            self.forget(key)
            raise

    def known(self, key: K) -> V | None:
        """The answer if it has come and is still good."""
        answer = self._answers.get(key)
        return answer.task.result() if answer and _has_come(answer.task) and self._good(answer) else None

    def forget(self, key: K) -> None:
        """Ask again next time."""
        self._answers.pop(key, None)

    def _good(self, answer: _Answer[V]) -> bool:
        lasts = self._lasting(answer.task.result()) if self._lasting and _has_come(answer.task) else self._seconds
        return 0 <= self._clock() - answer.since < lasts  # a clock that was moved back keeps nothing longer

    def _ask(self, key: K) -> _Answer[V]:
        if len(self._answers) >= KEPT:
            good = [(other, answer) for other, answer in self._answers.items() if self._good(answer)]
            self._answers = dict(good[-(KEPT // 2) :])  # strangers may ask for as many names as they like
        answer = self._answers[key] = _Answer(asyncio.ensure_future(self._run(key)), self._clock())
        return answer

    async def _run(self, key: K) -> V:
        return await self._load(key)


def _has_come(task: asyncio.Task[V]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
