"""The mailbox of everybody at once: an SMTP server that keeps what it is given, for the page ``/mailbox``."""

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, Envelope
from fastapi import APIRouter, HTTPException
from starlette.responses import Response

from simulator.errors import Json

HOST = "127.0.0.1"
KEPT = 200  # mails; older ones are forgotten
LARGEST = 1_000_000  # bytes of one mail


@dataclass(frozen=True)
class Letter:
    """One mail, as its reader sees it."""

    id: str
    to: list[str]
    sender: str
    subject: str
    text: str
    at: str


@dataclass
class Mailbox:
    """What has arrived, the newest first."""

    letters: deque[Letter] = field(default_factory=lambda: deque(maxlen=KEPT))
    port: int | None = None
    _number: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def handle_DATA(self, _: object, __: object, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Called by the SMTP server with each mail."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        body = mail.get_body(("plain", "html"))
        text = str(body.get_content()).replace("\r\n", "\n") if body else ""
        letter = Letter(
            id=str(next(self._number)), to=list(envelope.rcpt_tos), sender=str(mail.get("From", "")),
            subject=str(mail.get("Subject", "")), text=text, at=datetime.now(UTC).isoformat(timespec="seconds"),
        )  # fmt: skip
        self.letters.appendleft(letter)
        return "250 Message accepted for delivery"

    @contextlib.asynccontextmanager
    async def taking(self, port: int | None) -> AsyncIterator[None]:
        """Take mails on that port while it runs; without one, none. A port in use costs the mailbox, not the phones."""
        server = await self._listen(port) if port is not None else None
        try:
            yield
        finally:
            if server:
                server.close()

    async def _listen(self, port: int) -> asyncio.Server | None:
        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            return SMTP(self, data_size_limit=LARGEST, enable_SMTPUTF8=True, hostname="mailbox", loop=loop)

        try:
            server = await loop.create_server(protocol, HOST, port)
        except OSError as error:
            logging.getLogger("simulator").warning("no mails are taken: %s", error.strerror)
            return None
        self.port = server.sockets[0].getsockname()[1]
        return server


def router(box: Mailbox) -> APIRouter:
    """What the page asks for."""
    routes = APIRouter(prefix="/mailbox", tags=["mailbox"])

    @routes.get("/letters")
    async def letters(to: str = "") -> Json:
        """All mails, the newest first; with ``to`` those of one address."""
        found = [asdict(letter) for letter in box.letters if not to or to.casefold() in map(str.casefold, letter.to)]
        return {"letters": found, "port": box.port}

    @routes.get("/letters/{id}")
    async def letter(id: str) -> Json:
        """One mail."""
        for each in box.letters:
            if each.id == id:
                return asdict(each)
        raise HTTPException(404, "There is no such mail.")

    @routes.delete("/letters", status_code=204)
    async def clear() -> Response:
        """Forget all mails."""
        box.letters.clear()
        return Response(status_code=204)

    return routes
