"""Looks for viruses by asking a clamd, the daemon of ClamAV, which reads the file from the connection (INSTREAM).

https://docs.clamav.net/manual/Usage/Scanning.html, ``man clamd``: ``zINSTREAM`` and a zero byte, then parts, each after
its length as four bytes in network order, then a length of zero; the answer is ``stream: OK``,
``stream: <name> FOUND`` or an error.
"""

import asyncio
import struct
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

PART = 64 * 1024  # bytes
PATIENCE = 30.0  # seconds for one file
LONGEST = 1024  # bytes of an answer


class ScannerAway(Exception):
    """The scanner did not say what it found: ask again later."""


class Scanner(Protocol):
    """Whether there is a virus in a file."""

    async def infected(self, content: bytes) -> bool:
        """Raises ``ScannerAway``."""


@dataclass(frozen=True)
class Clamd:
    """At ``host:port``, or at the socket ``path`` where there is one."""

    host: str = ""
    port: int = 3310
    path: str = ""

    async def infected(self, content: bytes) -> bool:
        """Ask it. Raises ``ScannerAway``, also where it refuses to look."""
        try:
            async with asyncio.timeout(PATIENCE):
                said = await self._ask(content)
        except (OSError, TimeoutError) as error:
            raise ScannerAway(type(error).__name__) from error
        if said.endswith(" FOUND"):
            return True
        if said != "stream: OK":
            raise ScannerAway("it answered neither yes nor no")
        return False

    async def _ask(self, content: bytes) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), PART):
                part = content[start : start + PART]
                writer.write(struct.pack("!I", len(part)) + part)
                await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
            said = await reader.read(LONGEST)
        finally:
            writer.close()
        return said.rstrip(b"\0\n").decode("utf-8", "replace")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.path:
            return await asyncio.open_unix_connection(self.path)
        return await asyncio.open_connection(self.host, self.port)


def clamd(address: str) -> Clamd:
    """From ``tcp://host:3310`` or ``unix:/run/clamav/clamd.ctl``. Raises ``ValueError`` for anything else."""
    parts = urlsplit(address)
    if parts.scheme == "tcp" and parts.hostname:
        return Clamd(parts.hostname, parts.port or Clamd.port)
    if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
        return Clamd(path=parts.path)
    raise ValueError("tcp://host:3310 or unix:/path/of/the/socket")
