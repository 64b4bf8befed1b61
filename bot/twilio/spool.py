"""What Twilio brought while Redis was away, on disk: it delivers once, and what is answered 200 must not be lost.

Lines of JSON in a file of this process, each safe on the disk before its webhook is answered. A file whose process has
died is taken over by the next one that looks: the operating system tells by its lock.
"""

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import structlog

from clinic.record import new_id

LARGEST = 64 * 1024 * 1024  # bytes of one file; then webhooks are refused, and Twilio turns to the fallback address
NAMED = "*.jsonl"

log = structlog.get_logger()


class SpoolFull(Exception):
    """There is no more room."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A webhook as it came."""

    path: str
    query: str
    headers: dict[str, str]
    body: str
    at: float  # POSIX

    def to_json(self) -> bytes:
        """One line."""
        return orjson.dumps(self) + b"\n"


Take = Callable[[Spooled], Awaitable[None]]


@dataclass(slots=True)
class _File:
    """Locked as long as it is open. It is only appended to, and read by place, so that both can go on at once."""

    path: Path
    number: int  # of the open file

    @classmethod
    def made(cls, folder: Path) -> "_File":
        """A new one. It has its name when it has its lock, else another process might take it for an orphan."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{new_id()}.jsonl"
        made = cls(path, os.open(path.with_suffix(".new"), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600))
        fcntl.flock(made.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.with_suffix(".new").rename(path)
        directory = os.open(folder, os.O_RDONLY)
        os.fsync(directory)  # the name, too
        os.close(directory)
        return made

    @classmethod
    def orphaned(cls, path: Path) -> "_File | None":
        """One that nobody has any more, locked now; None: somebody has it, or just had."""
        try:
            found = cls(path, os.open(path, os.O_RDWR))
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(found.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found.close()
            return None
        return found

    def append(self, line: bytes) -> None:
        """Returns when the disk has the whole line; else it has none of it. Raises ``OSError``, ``SpoolFull``."""
        size = os.fstat(self.number).st_size
        if size + len(line) > LARGEST:
            raise SpoolFull
        try:
            if os.write(self.number, line) < len(line):
                raise OSError("the disk took a part of the line")
            os.fsync(self.number)
        except OSError:
            os.truncate(self.number, size)
            raise

    def read(self, at: int) -> tuple[list[Spooled], int]:
        """What stands from there on, and where it ends. A line cut by a crash was never answered."""
        data = os.pread(self.number, LARGEST, at)
        lines = data[: data.rfind(b"\n") + 1]
        return [found for line in lines.splitlines() if (found := _webhook(line))], at + len(lines)

    def unlink(self) -> None:
        """All of it is taken; it may have been by another process, right before it was locked."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of it: whoever looks next takes it over."""
        os.close(self.number)


@dataclass(slots=True)
class Spool:
    """The files of one folder; ``waiting`` tells whether anything is still to be taken that came before what comes
    now: in our file, or one that was left behind."""

    folder: Path
    waiting: bool = False
    _file: _File | None = field(default=None, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.waiting = any(self.folder.glob(NAMED))

    async def add(self, webhook: Spooled) -> None:
        """Keep it; returns when the disk has it. Raises ``OSError``, ``SpoolFull``."""
        async with self._lock:
            await asyncio.to_thread(self._append, webhook.to_json())
            self.waiting = True

    async def drain(self, take: Take) -> int:
        """Hand over all there is, in its order, dead processes' first; how many. What ``take`` raises stops it, and all
        of that file comes again: taking twice does no harm."""
        taken = 0
        with ExitStack() as opened:
            orphans = await asyncio.to_thread(self._orphans)
            for orphan in orphans:
                opened.callback(orphan.close)
            for orphan in orphans:
                taken += (await _hand_over(orphan, 0, take))[0]
                await asyncio.to_thread(orphan.unlink)
        return taken + await self._drain_own(take)

    async def _drain_own(self, take: Take) -> int:
        """What comes meanwhile is not held up, but for the moment in which the file ends."""
        taken = at = 0
        if self._file is not None:
            taken, at = await _hand_over(self._file, 0, take)
        async with self._lock:
            if self._file is not None:
                taken += (await _hand_over(self._file, at, take))[0]
                await asyncio.to_thread(self._file.unlink)
            self.close()
        return taken

    def close(self) -> None:
        """Let go of our file: whoever looks next takes it over."""
        if self._file is not None:
            self._file.close()
        self._file, self.waiting = None, False

    def _append(self, line: bytes) -> None:
        if self._file is None:
            self._file = _File.made(self.folder)
        self._file.append(line)

    def _orphans(self) -> list[_File]:
        """Files of processes that are no more, locked now."""
        ours = self._file.path if self._file else None
        found = (_File.orphaned(path) for path in sorted(self.folder.glob(NAMED)) if path != ours)
        return [file for file in found if file]


async def _hand_over(file: _File, at: int, take: Take) -> tuple[int, int]:
    """All from that place on: how many, and where the last ended."""
    taken = 0
    while (read := await asyncio.to_thread(file.read, at))[1] > at:
        webhooks, at = read
        for webhook in webhooks:
            await take(webhook)
            taken += 1
    return taken, at


def _webhook(line: bytes) -> Spooled | None:
    try:
        return Spooled(**orjson.loads(line))
    except (orjson.JSONDecodeError, TypeError):
        log.error("a spooled webhook cannot be read", bytes=len(line))
        return None
