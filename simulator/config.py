"""What the simulator stands in for: the numbers, the tokens, the bot's address and the pace of things."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from simulator.twilio_account import DEMO_ACCOUNTS, Account


@dataclass(frozen=True)
class Number:
    """A business phone number, the account it belongs to and the tokens that may speak for it."""

    id: str
    waba_id: str
    display_phone_number: str
    verified_name: str
    tokens: frozenset[str]
    per_second: int = 80  # Meta's default throughput; 1,000 after the upgrade
    provider: str = "cloud"  # or twilio; the id is then the sender's address


DEMO_NUMBERS = (
    Number("100000000000001", "200000000000001", "+1 555 000 0101", "Asha Clinics", frozenset({"demo-access-token"})),
    Number(
        "100000000000002",
        "200000000000002",
        "+1 555 000 0102",
        "Other Clinic",
        frozenset({"demo-access-token", "other-access-token"}),
    ),
)


@dataclass(frozen=True)
class Config:
    """All settings of one simulator. Seconds everywhere; a pace of 0 means at once, a limit of 0 means none."""

    webhook_url: str = "http://127.0.0.1:8000/webhooks/cloud"
    app_secret: str = "demo-app-secret"  # noqa: S105 (the fixed secret of the demo)
    verify_token: str = "demo-verify-token"  # noqa: S105
    numbers: tuple[Number, ...] = field(default=DEMO_NUMBERS)
    handshake: bool = False  # verify the bot's address at start, as Meta does when it is saved
    snapshot: Path | None = None  # chats survive a restart in this file
    pair_burst: int = 45
    pair_seconds: float = 6.0
    review_seconds: float = 1.0  # until a template is approved
    sent_seconds: float = 0.05
    delivered_seconds: float = 0.25
    read_seconds: float = 0.6
    retry_seconds: float = 1.0  # first delay after a webhook that was not answered 200; doubles
    retry_longest: float = 60.0
    webhook_timeout: float = 10.0
    waiting_most: int = 20_000  # webhooks kept for another try
    messages_per_chat: int = 500  # kept for the page and the transcript
    clock_file: Path | None = None  # where others read how far the clock is ahead: eight bytes, a little-endian double
    mail_port: int | None = None  # where mails are taken for the mailbox page; None: nowhere
    seed: int | None = None  # of the faults' dice
    accounts: tuple[Account, ...] = DEMO_ACCOUNTS  # at Twilio
    public_url: str = ""  # what the bot calls itself; the endpoints of Flows under it are reached where webhooks go
    flow_timeout: float = 10.0  # for an endpoint's answer
    flow_ping_seconds: float = 60.0  # between two looks whether the endpoints of Flows are there; 0: never
    twilio_url: str = "http://127.0.0.1:8000/webhooks/twilio"
    twilio_fallback_url: str = "http://127.0.0.1:8000/webhooks/twilio/fallback"
    twilio_public_url: str = ""  # scheme and host in Twilio's signatures, where they are others than we post to
    twilio_connect_seconds: float = 5.0
    twilio_read_seconds: float = 15.0
    twilio_total_seconds: float = 15.0  # all tries of one address together

    def all_numbers(self) -> tuple[Number, ...]:
        """Everything that a phone can write to: Meta's numbers, then Twilio's senders."""
        return self.numbers + tuple(
            Number(sender.address, account.sid, _spaced(sender.address), sender.name, frozenset(), provider="twilio")
            for account in self.accounts
            for sender in account.senders
        )


def _spaced(address: str) -> str:
    digits = address.rpartition("+")[2]
    return f"+{digits[:-10]} {digits[-10:-7]} {digits[-7:-4]} {digits[-4:]}"


def from_env() -> Config:
    """The settings of ``python -m simulator``, from the environment that ``opdesk`` uses too."""
    env = os.environ.get
    port = env("OPDESK_BOT_PORT", "8000")
    folder = env("OPDESK_DATA_DIR")
    pace = float(env("OPDESK_SIMULATOR_PACE", "1"))
    return Config(
        sent_seconds=Config.sent_seconds * pace,
        delivered_seconds=Config.delivered_seconds * pace,
        read_seconds=Config.read_seconds * pace,
        webhook_url=env("OPDESK_SIMULATOR_WEBHOOK_URL", f"http://127.0.0.1:{port}/webhooks/cloud"),
        app_secret=env("OPDESK_WHATSAPP_APP_SECRET", Config.app_secret),
        verify_token=env("OPDESK_WHATSAPP_VERIFY_TOKEN", Config.verify_token),
        handshake=True,
        public_url=env("OPDESK_PUBLIC_URL", ""),
        clock_file=Path(moved) if (moved := env("OPDESK_CLOCK_FILE")) else None,
        mail_port=int(env("OPDESK_SIMULATOR_MAIL_PORT", "0")) or None,
        snapshot=Path(folder) / "simulator.json" if folder else None,
        twilio_url=env("OPDESK_SIMULATOR_TWILIO_URL", f"http://127.0.0.1:{port}/webhooks/twilio#rc=3&rp=all"),
        twilio_fallback_url=f"http://127.0.0.1:{port}/webhooks/twilio/fallback",
        twilio_public_url=env("OPDESK_PUBLIC_URL", ""),
    )
