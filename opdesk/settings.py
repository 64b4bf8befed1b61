"""What an operator may set, from the environment (``OPDESK_...``); the table is in ``docs/operating.md``."""

import json
from pathlib import Path
from typing import Self

from pydantic import PositiveFloat, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from clinic.rates import Rates, read_rates
from clinic.vault import Vault
from opdesk.errors import Trouble
from workers.scanner import clamd

GRAPH = "https://graph.facebook.com"
TWILIO = "https://api.twilio.com"
WHY = {
    "whatsapp_app_secret": "it proves that webhooks come from Meta: copy it from the app's settings",
    "whatsapp_verify_token": "it answers Meta's subscription handshake: choose any phrase and enter it on both sides",
    "secret_key": "it signs tokens and seals stored credentials: make one with `openssl rand -hex 32` and keep it",
    "mongo_url": "no embedded store runs in the data folder: set it, or start `opdesk up` first",
    "redis_url": "no embedded store runs in the data folder: set it, or start `opdesk up` first",
}


class Settings(BaseSettings):
    """Empty means: not set. Ports that are ``None`` are any free port, told in the log."""

    model_config = SettingsConfigDict(env_prefix="OPDESK_", env_ignore_empty=True, extra="ignore")

    mongo_url: str = ""
    redis_url: str = ""
    queue_url: str = ""
    data_dir: Path = Path(".opdesk")
    graph_url: str = GRAPH
    twilio_url: str = TWILIO
    twilio_poll_seconds: PositiveFloat = 60  # between two looks for messages that never came from there
    whatsapp_app_secret: SecretStr = SecretStr("")
    whatsapp_verify_token: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    public_url: str = ""
    fallback_url: str = ""  # another way to the bot, by which Twilio brings what the public one did not take
    host: str = "127.0.0.1"
    bot_port: int = 8000
    api_port: int = 8080
    simulator_port: int = 8090
    worker_port: int | None = None
    scheduler_port: int | None = None
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = ""
    console_url: str = ""
    rates: Path | None = None  # a file of what the provider charges for messages (clinic/rates.py)
    media_dir: Path | None = None  # where patients' files are kept, sealed
    scanner: str = ""  # a clamd, which looks for viruses in them
    simulator_mail_port: int | None = None
    simulator_pace: PositiveFloat | None = None  # how long its ticks take, as a share of the usual
    clock_file: Path | None = None  # holds how far a demo's clock is ahead; its processes share it
    api_rate: PositiveFloat = 50  # requests a second of one user; of one address twice as many
    trusted_proxies: str = ""  # addresses or networks of proxies that may say whom they speak for
    cors_origins: str = ""  # other sites whose pages may call the API, separated by commas

    @field_validator("scanner")
    @classmethod
    def _is_a_clamd(cls, address: str) -> str:
        if address:
            clamd(address)
        return address

    @field_validator("rates")
    @classmethod
    def _is_of_rates(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_rates(path)
        return path

    @classmethod
    def load(cls, **given: object) -> Self:
        """The settings of this process: ``given`` wins over the environment, the environment over the defaults; the
        stores of an ``opdesk demo`` or ``up`` that runs in the data folder stand in for those not set.

        Raises ``Trouble``."""
        try:
            settings = cls(**given)  # type: ignore[arg-type]
        except ValidationError as error:
            wrong = error.errors(include_input=False)[0]
            name = str(wrong["loc"][0]).upper() if wrong["loc"] else "?"
            raise Trouble(f"OPDESK_{name} is not right: {wrong['msg'].lower()}. Correct it and start again.") from None
        return settings._with_running_stores()

    def _with_running_stores(self) -> Self:
        running = read_stores(self.data_dir)
        found = {name: url for name, url in running.items() if name in STORES and not getattr(self, name)}
        settings = self.model_copy(update=found)
        return settings.model_copy(update={"queue_url": settings.queue_url or settings.redis_url})

    def require(self, *names: str) -> None:
        """Raises ``Trouble`` naming the first of ``names`` that is not set."""
        for name in names:
            value = getattr(self, name)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                raise Trouble(f"OPDESK_{name.upper()} is not set; {WHY[name]}.")

    @property
    def address(self) -> str:
        """The address under which the world reaches the bot, without a slash at the end."""
        return (self.public_url or f"http://127.0.0.1:{self.bot_port}").rstrip("/")

    @property
    def fallback(self) -> str:
        """The address under which Twilio reaches the bot when the public one fails, without a slash at the end."""
        return self.fallback_url.rstrip("/") or self.address

    @property
    def console(self) -> str:
        """The address under which staff reach the console, without a slash at the end."""
        return (self.console_url or f"http://127.0.0.1:{self.api_port}").rstrip("/")

    @property
    def message_rates(self) -> Rates:
        """What the provider charges for messages, as the operator wrote it down."""
        return read_rates(self.rates) if self.rates else Rates()

    @property
    def vault(self) -> Vault:
        """Where patients' files are kept."""
        return Vault(self.media_dir or self.data_dir / "media", self.secret_key.get_secret_value())

    @property
    def mails(self) -> bool:
        """Whether mails to staff can be sent."""
        return bool(self.smtp_url.get_secret_value() and self.mail_from)

    def environment(self) -> dict[str, str]:
        """These settings as a child process reads them."""
        shown = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in shown.items()
        }
        return {f"OPDESK_{name.upper()}": str(value) for name, value in plain.items() if value not in ("", None)}


STORES = ("mongo_url", "redis_url", "queue_url")


def read_stores(folder: Path) -> dict[str, str]:
    """The addresses of the stores that a running ``opdesk demo`` or ``up`` has announced in its data folder."""
    try:
        return dict(json.loads((folder / "stores.json").read_text()))
    except (OSError, ValueError):
        return {}
