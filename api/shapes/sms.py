"""The number from which a practice's text messages leave, as it is entered and shown."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from api.shapes import Change, Shape
from api.shapes.channels import AccountSid, AuthToken, CheckOut, SharedKey
from clinic.sms_sender import SmsSender

SmsNumber = Annotated[
    str,
    Field(
        max_length=40, pattern=r"^\+[1-9]([ ().-]{0,2}[0-9]){6,14}$", examples=["+15550000001"],
        description="A number of the account's that can send text messages, with its country code.",
    ),
]  # fmt: skip


class SmsSenderIn(Change):
    """A number at Twilio for text messages; it need not be one that patients write to on WhatsApp."""

    sender: SmsNumber
    account_sid: AccountSid
    auth_token: AuthToken | None = Field(
        None, repr=False, description="Leave it out to keep the one that is stored. Sealed, never shown again."
    )
    shared_key: SharedKey | None = Field(
        None, repr=False, description="Where your account signs webhooks with one; empty: it does not."
    )

    def facts(self) -> dict[str, Any]:
        """As it is kept; what was left out stays."""
        number = f"+{''.join(filter(str.isdigit, self.sender))}"
        secrets = {"access_token": self.auth_token, "shared_key": self.shared_key}
        told = {name: value for name, value in secrets.items() if value is not None}
        return {"number": number, "account": self.account_sid} | told


class SmsSenderOut(Shape):
    """The number from which text messages leave. Its auth token and its shared key are never shown."""

    id: str
    version: int
    provider: Literal["twilio"] = "twilio"
    sender: str = Field(examples=["+15550000001"])
    account_sid: str
    check: CheckOut
    in_use: bool = Field(
        False, description="The practice's `notify_by` names `sms`: without that nothing is sent from here."
    )

    @classmethod
    def of(cls, record: SmsSender, *, in_use: bool = False) -> Self:
        """Without its secrets."""
        return cls(
            id=record.id, version=record.version, sender=record.number, account_sid=record.account,
            check=CheckOut.of(record.check), in_use=in_use,
        )  # fmt: skip
