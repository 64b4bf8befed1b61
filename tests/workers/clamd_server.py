"""A small stand-in for clamd: reads INSTREAM strictly, and finds EICAR's harmless test virus."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class ClamdServer:
    """``answer`` stands in for its own; ``seen`` are the files that it was given."""

    port: int = 0
    answer: bytes = b""
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One file of one connection."""
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(length)
        self.seen.append(content)
        found = b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in content else b"stream: OK"
        writer.write((self.answer or found) + b"\0")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def clamd_server() -> AsyncIterator[ClamdServer]:
    """Serve one on a free port."""
    own = ClamdServer()
    server = await asyncio.start_server(own.serve, "127.0.0.1", 0)
    own.port = server.sockets[0].getsockname()[1]
    async with server:
        yield own
