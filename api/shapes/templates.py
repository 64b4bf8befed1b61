"""Templates, their versions, findings, previews and trials as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from api.shapes import Change, OtherId, Shape, Text
from clinic.channel import Channel
from clinic.finding import Finding
from clinic.template import Template, TemplateButton, Words
from clinic.template_alarm import alarm
from clinic.template_version import TemplateVersion, difference

Purpose = Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$", examples=["reminder"])]
Code = Annotated[str, Field(max_length=10, pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$", examples=["pt_BR"])]
Body = Annotated[Text, Field(max_length=4096, examples=["Hello {{patient}}, we expect you on {{date}} at {{time}}."])]
Line = Annotated[Text, Field(max_length=1024)]
Number = Annotated[int, Field(ge=1, le=1_000_000, examples=[3])]


class ButtonShape(Change):
    """A button: a quick reply does its `action`; of the others `value` is the address, number or code."""

    kind: Literal["quick_reply", "url", "phone_number", "copy_code", "request_contact_info"] = "quick_reply"
    text: Annotated[Text, Field(max_length=200, examples=["I will come"])]
    action: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_]*$", examples=["come"])] = ""
    value: Annotated[Text, Field(max_length=4000)] = ""


class WordsChange(Change):
    """The words to change. A variable is the name of a parameter in double braces."""

    body: Body | None = None
    header: Line | None = None
    footer: Line | None = None
    buttons: list[ButtonShape] | None = Field(None, max_length=20)
    parameters: list[Annotated[Text, Field(max_length=40)]] | None = Field(
        None, max_length=30, description="What numbered variables mean; leave it out and use names."
    )
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"] | None = None
    ttl_seconds: int | None = Field(
        None, ge=1, le=10**7, description="For how long WhatsApp may try to deliver.", examples=[7200]
    )


class WordsIn(WordsChange):
    """What a template says, to be checked without keeping it."""

    purpose: Purpose
    language: Code
    name: Annotated[Text, Field(max_length=600)] = ""

    def words(self, base: Words) -> Words:
        """The base with what was given."""
        return changed(base, self)


class NewTemplate(WordsIn):
    """A draft. What is left out is taken from our own words for the purpose in that language."""

    purpose: Purpose = Field(examples=["reminder"])
    language: Code = Field(examples=["en"])


class BackIn(Change):
    """The version to return to."""

    number: Number


class TrialIn(Change):
    """The telephone to send it to."""

    phone_id: OtherId


class NewTrialPhone(Change):
    """A telephone of the staff's."""

    number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+919876543210"])]
    label: Annotated[Text, Field(max_length=60)] = Field("", examples=["Front desk"])


class TrialPhoneOut(Shape):
    """A telephone to which templates may be tried out."""

    id: str
    number: str
    label: str
    added_by: str
    at: datetime


class TrialOut(Shape):
    """One try, and how it went."""

    id: str
    template_id: str
    phone_id: str
    asked_by: str
    status: Literal["queued", "accepted", "failed"]
    error: str
    at: datetime
    ended_at: datetime | None


class FindingOut(Shape):
    """Something that WhatsApp would refuse (`error`) or that you should weigh (`warning`)."""

    code: str = Field(examples=["variable_last"])
    severity: Literal["error", "warning"]
    place: str = Field(examples=["body"])
    says: str = Field(examples=["A message cannot end with a variable: put words after it."])


class CheckedOut(BaseModel):
    """All that was found; without an error it may be submitted."""

    findings: list[FindingOut]
    submittable: bool


class SampleOut(Shape):
    """The message as a patient reads it."""

    header: str
    body: str
    footer: str
    buttons: list[str]


class ButtonOut(Shape):
    """A button."""

    kind: str
    text: str
    action: str
    value: str


class StandingOut(Shape):
    """What one of the practice's accounts says of a template; it is sent from numbers of accounts that approved it."""

    account: str = Field(examples=["200000000000001"], description="Meta's business account, or Twilio's account.")
    id: str = Field(description="The account's own for it; at Twilio the content's (`HX...`).")
    status: str = Field(examples=["APPROVED"])
    reason: str
    status_at: datetime | None
    quality: str = Field(examples=["GREEN"])
    billed_as: str
    paused_until: datetime | None
    pauses: int


class TemplateOut(Shape):
    """A message in one language. `status` is WhatsApp's word for it, or DRAFT; of several accounts the best, and
    `accounts` has each one's. `alarm` says what is wrong."""

    id: str
    version: int
    purpose: str
    channel: str
    language: str
    name: str
    body: str
    header: str
    footer: str
    buttons: list[ButtonOut]
    parameters: list[str]
    category: str
    ttl_seconds: int | None
    status: str = Field(examples=["APPROVED"])
    reason: str
    status_at: datetime | None
    submitted_at: datetime | None
    quality: str = Field(examples=["GREEN"])
    billed_as: str = Field(description="The category that WhatsApp has put it into, where that is another.")
    paused_until: datetime | None
    pauses: int
    family: str = Field(description="Shared by all revisions of one template.")
    number: int = Field(description="The version of its words.")
    author: str
    edited_at: datetime | None
    accounts: list[StandingOut] = []
    alarm: str = ""
    findings: list[FindingOut] = []

    @classmethod
    def of(cls, record: Template, findings: list[Finding] | None = None) -> Self:
        """With its alarm, and what a check found."""
        told = [{"account": account, **each.model_dump()} for account, each in record.accounts.items()]
        shown = super().of(record.model_copy(update={"accounts": told}))
        shown.alarm = alarm(record)
        shown.findings = [FindingOut.of(each) for each in findings or ()]
        return shown


class VersionOut(BaseModel):
    """One saved wording, and in which lines it differs from the one before."""

    number: int
    author: str
    at: datetime | None
    body: str
    header: str
    footer: str
    buttons: list[ButtonOut]
    difference: list[str] = Field(examples=[["body", "- Hello.", "+ Hello {{patient}}."]])

    @classmethod
    def shown(cls, version: TemplateVersion, before: TemplateVersion | None) -> Self:
        """Compared with the one before it."""
        words = version.words
        return cls(
            number=version.number, author=version.author, at=version.at, body=words.body, header=words.header,
            footer=words.footer, buttons=[ButtonOut.of(each) for each in words.buttons],
            difference=difference(before.words, words) if before else [],
        )  # fmt: skip


class PurposeOut(BaseModel):
    """What a template may be for, which facts it may and must tell, and our own words for it."""

    name: str
    parameters: list[str]
    required: list[str]
    samples: dict[str, str]
    actions: list[str]
    category: str
    ttl_seconds: int
    ours: SampleOut


class AccountOut(BaseModel):
    """One of the practice's accounts, and the numbers that patients write to there."""

    account: str = Field(examples=["200000000000001"])
    provider: Literal["cloud", "twilio"]
    numbers: list[str] = Field(examples=[["+1 555 000 0101"]])

    @classmethod
    def of_channels(cls, channels: list[Channel]) -> list[Self]:
        """Each account once, in the order of its first number."""
        found: dict[str, Self] = {}
        for each in channels:
            known = found.setdefault(each.waba_id, cls(account=each.waba_id, provider=each.provider, numbers=[]))
            known.numbers.append(each.display_phone_number or each.phone_number_id)
        return list(found.values())


class AtOut(Shape):
    """How a purpose stands in a language with one account."""

    account: str
    status: str = Field(examples=["APPROVED", "MISSING"])
    falls_back_to: str


class CellOut(Shape):
    """How a purpose stands in a language; of several accounts the best, and `accounts` has each one's."""

    purpose: str
    language: str
    status: str = Field(examples=["APPROVED", "MISSING"])
    template_id: str
    falls_back_to: str = Field(description="The language in which patients are told instead; empty: not at all.")
    waiting: bool = Field(description="A newer wording is being written or reviewed.")
    accounts: list[AtOut]


class CoverageOut(BaseModel):
    """Every purpose in every language of the practice."""

    languages: list[str]
    accounts: list[AccountOut] = Field(description="A patient is told from the number they wrote to, by its account.")
    cells: list[CellOut]


def changed(base: Words, change: WordsChange) -> Words:
    """The words with those fields that were sent."""
    return Words.model_validate(base.model_dump() | given_words(change))


def given_words(change: WordsChange) -> dict[str, object]:
    """The fields of the words that were sent; an empty one of these is none."""
    sent = change.model_dump(exclude_unset=True, include=set(Words.model_fields))
    if sent.get("buttons") is not None:
        sent["buttons"] = [TemplateButton(**each).model_dump() for each in sent["buttons"]]
    return {name: value for name, value in sent.items() if value is not None or name == "ttl_seconds"}
