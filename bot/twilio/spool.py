"""What Twilio brought while Redis was away, on disk: it delivers once, and what is answered 200 must not be lost.

Lines of JSON in a file of this process, each safe on the disk before its webhook is answered. A file whose process has
died is taken over by the next one that looks: the operating system tells by its lock.
"""

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import orjson
import structlog

from clinic.record import new_id

LARGEST = 64 * 1024 * 1024  # bytes of one file; then webhooks are refused, and Twilio turns to the fallback address

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


@dataclass(slots=True)
class Spool:
    """The files of one folder; ``waiting`` tells whether anything in ours is still to be taken."""

    folder: Path
    waiting: bool = False
    _file: IO[bytes] | None = field(default=None, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def add(self, webhook: Spooled) -> None:
        """Keep it; returns when the disk has it. Raises ``OSError``, ``SpoolFull``."""
        async with self._lock:
            await asyncio.to_thread(self._append, webhook.to_json())
            self.waiting = True

    async def drain(self, take: Callable[[Spooled], Awaitable[None]]) -> int:
        """Hand over all there is, in its order, dead processes' first; how many. What ``take`` raises stops it, and all
        of that file comes again: taking twice does no harm."""
        taken = 0
        for orphan in await asyncio.to_thread(self._orphans):
            with orphan:
                taken += await self._hand_over(orphan, take)
                await asyncio.to_thread(Path(orphan.name).unlink)
        async with self._lock:
            if self._file is not None:
                taken += await self._hand_over(self._file, take)
                await asyncio.to_thread(Path(self._file.name).unlink)
                self.close()
        return taken

    def close(self) -> None:
        """Let go of our file: whoever looks next takes it over."""
        if self._file is not None:
            self._file.close()
        self._file, self.waiting = None, False

    async def _hand_over(self, file: IO[bytes], take: Callable[[Spooled], Awaitable[None]]) -> int:
        taken = 0
        for webhook in await asyncio.to_thread(lambda: list(_read(file))):
            await take(webhook)
            taken += 1
        return taken

    def _append(self, line: bytes) -> None:
        file = self._file = self._file or self._own()
        size = file.seek(0, os.SEEK_END)
        if size + len(line) > LARGEST:
            raise SpoolFull
        try:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise

    def _own(self) -> IO[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / f"{new_id()}.jsonl").open("w+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder = os.open(self.folder, os.O_RDONLY)
        os.fsync(folder)  # its name, too
        os.close(folder)
        return file

    def _orphans(self) -> list[IO[bytes]]:
        """Files of processes that are no more, locked now."""
        found: list[IO[bytes]] = []
        for path in sorted(self.folder.glob("*.jsonl")):
            if self._file is not None and path.name == Path(self._file.name).name:
                continue
            try:
                file = path.open("r+b", buffering=0)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            found.append(file)
        return found


def _read(file: IO[bytes]) -> Iterator[Spooled]:
    """Its lines; the last may have been cut by a crash, and was then never answered."""
    file.seek(0)
    for line in file.read().splitlines():
        try:
            yield Spooled(**orjson.loads(line))
        except (orjson.JSONDecodeError, TypeError):
            log.error("a spooled webhook cannot be read", bytes=len(line))
