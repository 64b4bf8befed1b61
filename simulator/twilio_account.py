"""What the simulator stands in for on Twilio's side: accounts, their senders, and how numbers are written."""

import re
from dataclasses import dataclass

WHATSAPP = "whatsapp:"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Sender:
    """An address that an account sends from: ``whatsapp:+...`` or, for SMS, ``+...``; and the name that phones show."""

    address: str
    name: str


@dataclass(frozen=True)
class Account:
    """One account. Its ``services`` (messaging services) each have some of its senders."""

    sid: str
    token: str
    senders: tuple[Sender, ...] = ()
    services: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (service SID, its senders' addresses)
    per_second: int = 80  # messages of one sender; what is more waits its turn
    calls_per_second: int = 200  # REST calls; what is more is answered 429
    countries: tuple[str, ...] = ()  # SMS may go to numbers that begin so; to all, if none is named
    verified: tuple[str, ...] | None = None  # a trial account may send SMS to these numbers only

    def sender(self, address: str) -> Sender | None:
        """The sender of that address."""
        return next((sender for sender in self.senders if sender.address == address), None)

    def service(self, sid: str) -> tuple[str, ...] | None:
        """The addresses of a messaging service."""
        return dict(self.services).get(sid)

    def service_of(self, address: str) -> str | None:
        """The messaging service that a sender is in."""
        return next((sid for sid, addresses in self.services if address in addresses), None)


DEMO_ACCOUNTS = (
    Account(
        "ACdemo",
        "demo-twilio-token",
        (
            Sender("whatsapp:+15550000001", "Asha Clinics (Twilio)"),
            Sender("+15550000001", "Asha Clinics (SMS)"),
        ),
        services=(("MGdemo", ("whatsapp:+15550000001", "+15550000001")),),
    ),
    Account("ACother", "other-twilio-token", (Sender("whatsapp:+15550000002", "Other Clinic (Twilio)"),)),
)


def is_whatsapp(address: str) -> bool:
    """Whether an address is one of WhatsApp; else it is one of SMS."""
    return address.startswith(WHATSAPP)


def digits(address: str) -> str:
    """The number in an address, without plus and prefix."""
    return address.removeprefix(WHATSAPP).lstrip("+")
