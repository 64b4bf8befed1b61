"""The way of mails out of the house: one SMTP server, spoken to anew for each mail, since there are few."""

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib

PATIENCE = 20.0  # seconds
PORTS = {"smtp": 587, "smtps": 465}
LOCAL = ("127.0.0.1", "::1", "localhost")


class NotSent(Exception):
    """The server did not take it. ``for_good``: it never will."""

    def __init__(self, why: str, *, for_good: bool) -> None:
        super().__init__(why)
        self.for_good = for_good


@dataclass(frozen=True)
class Post:
    """``url``: ``smtp://user:password@host:port``, or ``smtps`` for TLS from the first byte; with ``smtp`` the
    connection is made private as soon as the server can, and a password is never told to one that cannot."""

    url: str = field(repr=False)
    sender: str
    console_url: str
    secret_key: str = field(repr=False)

    async def send(self, message: EmailMessage) -> None:
        """Raises ``NotSent``."""
        try:
            async with _server(self.url, self._domain) as server:
                await server.send_message(message, sender=self.sender)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = {each.code for each in error.recipients}
            raise NotSent("recipient refused", for_good=all(code >= 500 for code in codes)) from None
        except aiosmtplib.SMTPDataError as error:
            raise NotSent(f"refused {error.code}", for_good=error.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise NotSent(type(error).__name__, for_good=False) from None

    async def greet(self) -> None:
        """Whether the server answers and lets us in. Raises ``NotSent``."""
        try:
            async with _server(self.url, self._domain):
                return
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise NotSent(type(error).__name__, for_good=False) from None

    def letter(self, to: str, subject: str, body: str, now: datetime) -> EmailMessage:
        """A plain mail."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Date"], message["Message-ID"] = format_datetime(now), make_msgid(domain=self._domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body)
        return message

    @property
    def _domain(self) -> str:
        return self.sender.rpartition("@")[2] or "opdesk.invalid"


def _server(url: str, local_hostname: str) -> aiosmtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or LOCAL[0]
    private = True if parts.username and host not in LOCAL else None  # None: where the server offers it
    at_once = parts.scheme == "smtps"
    return aiosmtplib.SMTP(
        hostname=host, port=parts.port or PORTS.get(parts.scheme, 25), timeout=PATIENCE, local_hostname=local_hostname,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=at_once, start_tls=False if at_once else private,
    )  # fmt: skip
