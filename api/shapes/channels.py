"""WhatsApp numbers: what is entered for one at Meta's Cloud API and for one at Twilio, and what is shown of them."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from api.shapes import Change, Shape
from api.shapes.hours import Phone
from clinic.channel import Provider
from clinic.errors import Impossible
from clinic.numbers import whatsapp_address

Digits = Annotated[str, Field(pattern=r"^[0-9]{5,25}$", examples=["100000000000001"])]
SECRET: dict[str, Any] = {
    "min_length": 1, "pattern": r"^[!-~]+$", "json_schema_extra": {"writeOnly": True},
}  # fmt: skip
Token = Annotated[
    str, Field(max_length=1000, examples=["EAAG..."], description="Stored sealed, never shown again.", **SECRET)
]
AuthToken = Annotated[
    str,
    Field(
        max_length=200, examples=["0123456789abcdef0123456789abcdef"], **SECRET,
        description="The account's primary auth token: it signs Twilio's webhooks. Stored sealed, never shown again.",
    ),
]  # fmt: skip
AccountSid = Annotated[
    str,
    Field(
        pattern=r"^AC[0-9A-Za-z]{1,32}$",
        examples=["AC0123456789abcdef0123456789abcdef"],
        description="Twilio's account, or the subaccount that the sender is in.",
    ),
]
Sender = Annotated[
    str,
    Field(
        max_length=60, pattern=r"^(whatsapp:)?\+[1-9]([ ().-]{0,2}[0-9]){6,14}$", examples=["+15550000001"],
        description="The number with its country code; `whatsapp:+15550000001`, as Twilio writes it, is the same.",
    ),
]  # fmt: skip
SharedKey = Annotated[
    str,
    Field(
        max_length=200, pattern=r"^[!-~]*$", examples=["a-long-secret"],
        json_schema_extra={"writeOnly": True},
        description="Where your account signs webhooks with a shared key (HMAC-SHA256); empty: it does not.",
    ),
]  # fmt: skip
PerSecond = Annotated[int, Field(ge=1, le=1000, description="The provider's limit.")]

# What is entered, by the name under which it is kept.
NAMES: Mapping[Provider, Mapping[str, str]] = {
    "cloud": {"phone_number_id": "phone_number_id", "waba_id": "waba_id", "access_token": "access_token"},
    "twilio": {
        "sender": "phone_number_id", "account_sid": "waba_id", "auth_token": "access_token", "shared_key": "shared_key",
    },
}  # fmt: skip
OF_ANY = {name: name for name in ("provider", "display_phone_number", "messages_per_second")}


class NewCloudChannel(Change):
    """A number at Meta's Cloud API."""

    provider: Literal["cloud"] = "cloud"
    phone_number_id: Digits = Field(description="Meta's id of the number, not the number itself.")
    waba_id: Digits = Field(description="Meta's id of the WhatsApp business account.", examples=["200000000000001"])
    access_token: Token = Field(repr=False)
    display_phone_number: Phone | None = None
    messages_per_second: PerSecond | None = None

    def facts(self) -> dict[str, Any]:
        """As it is kept."""
        return _kept("cloud", self.given())


class NewTwilioChannel(Change):
    """A WhatsApp sender at Twilio."""

    provider: Literal["twilio"]
    sender: Sender
    account_sid: AccountSid
    auth_token: AuthToken = Field(repr=False)
    shared_key: SharedKey = Field("", repr=False)
    display_phone_number: Phone | None = Field(None, description="As patients read it; else the sender.")
    messages_per_second: PerSecond | None = None

    def facts(self) -> dict[str, Any]:
        """As it is kept."""
        given = _kept("twilio", self.given())
        address = whatsapp_address(self.sender)
        return {"display_phone_number": address.removeprefix("whatsapp:")} | given | {"phone_number_id": address}


def _provider(body: Any) -> str:
    """Whose number it is; whoever names nobody means Meta's."""
    given = body.get("provider", "cloud") if isinstance(body, dict) else getattr(body, "provider", "cloud")
    return given if isinstance(given, str) else ""


NewChannel = Annotated[
    Annotated[NewCloudChannel, Tag("cloud")] | Annotated[NewTwilioChannel, Tag("twilio")], Discriminator(_provider)
]


class ChannelChange(Change):
    """The fields to change; a number keeps its provider, and has only that one's fields. A changed number is looked at
    again."""

    waba_id: Digits | None = Field(None, description="Meta's.")
    access_token: Token | None = Field(None, repr=False, description="Meta's.")
    account_sid: AccountSid | None = Field(None, description="Twilio's.")
    auth_token: AuthToken | None = Field(
        None, repr=False, description="Twilio's: the new one, as soon as it is the primary one."
    )
    shared_key: SharedKey | None = Field(
        None, repr=False, description="Twilio's; empty or null: webhooks are signed without."
    )
    display_phone_number: Phone | None = None
    messages_per_second: PerSecond | None = None

    def facts(self, provider: Provider) -> dict[str, Any]:
        """As it is kept. Raises ``Impossible`` for another provider's fields."""
        given, own = self.given(), NAMES[provider]
        if strange := sorted(given.keys() - own.keys() - OF_ANY.keys()):
            raise Impossible(f"a number at {SAID[provider]} has no {' and no '.join(strange)}: it has {', '.join(own)}")
        return _kept(provider, given)


SAID: Mapping[Provider, str] = {"cloud": "Meta", "twilio": "Twilio"}


def _kept(provider: Provider, given: Mapping[str, Any]) -> dict[str, Any]:
    """Null, where something must be, is as if it had not been said."""
    names = {**NAMES[provider], **OF_ANY}
    return {names[name]: value for name, value in given.items() if value is not None or name == "shared_key"}


class CheckOut(Shape):
    """What the provider said when it was last asked. `pending`: the answer is still under way; look again. `detail`
    says what to do, also where the number is `ok` but its webhooks go elsewhere."""

    status: Literal["pending", "ok", "refused", "unreachable"]
    detail: str
    at: dt.datetime | None


class _ChannelOut(Shape):
    """What is shown of every number."""

    id: str
    version: int
    display_phone_number: str
    messages_per_second: int
    check: CheckOut
    webhook_url: str = Field(
        "", description="Where the provider sends its webhooks.", examples=["https://desk.example/webhooks/cloud"]
    )
    webhook_hint: str = Field("", description="What to enter where, at the provider.")


class CloudChannelOut(_ChannelOut):
    """A number at Meta's Cloud API. Its access token is never shown."""

    provider: Literal["cloud"]
    phone_number_id: str
    waba_id: str


class TwilioChannelOut(_ChannelOut):
    """A WhatsApp sender at Twilio. Its auth token and its shared key are never shown."""

    provider: Literal["twilio"]
    sender: str = Field(examples=["whatsapp:+15550000001"])
    account_sid: str
    status_url: str = Field("", description="Where Twilio tells what became of messages.")
    fallback_url: str = Field("", description="Where Twilio turns if the first address fails.")
    signed_by: list[Literal["auth_token", "shared_key"]] = Field(
        ["auth_token"], description="By what a webhook may prove that it is Twilio's."
    )


ChannelOut = Annotated[CloudChannelOut | TwilioChannelOut, Field(discriminator="provider")]
