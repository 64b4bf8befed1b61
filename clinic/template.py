"""A message that the provider must approve before it may be sent at any time: one text in one language.

What was handed in stays as it is. An edit is a draft beside it, of the same ``family``, which takes over once it is
approved; if the provider pauses it, the last approved one speaks again.
"""

import re
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field
from pymongo import IndexModel

from clinic.edited import Edited
from clinic.kept import Kept
from clinic.purpose import PURPOSES, Category, code_of, purpose_of
from clinic.standing import Standing

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
DRAFT, PENDING, APPROVED, PAUSED = "DRAFT", "PENDING", "APPROVED", "PAUSED"
FINAL = (DRAFT, APPROVED, "REJECTED", "DISABLED")  # the provider has nothing under way

ButtonKind = Literal["quick_reply", "url", "phone_number", "copy_code", "request_contact_info"]
Channel = Literal["whatsapp"]


class TemplateButton(BaseModel):
    """``action`` says what a tap on a quick reply does; ``value`` is the address, number or code of the others."""

    kind: ButtonKind = "quick_reply"
    text: str
    action: str = ""
    value: str = ""


class Words(BaseModel):
    """What it says. A variable is ``{{name of a parameter}}``, or a number: then ``parameters`` says which is which."""

    body: str
    header: str = ""
    footer: str = ""
    buttons: list[TemplateButton] = []
    parameters: list[str] = []
    category: Category = "UTILITY"
    ttl_seconds: int | None = None  # for how long the provider may try to deliver

    def words(self) -> "Words":
        """The words alone."""
        return Words.model_validate(self.model_dump(include=set(Words.model_fields)))

    def names(self, text: str) -> list[str]:
        """The parameters that fill the text's variables, each once, in the order in which they are given to the
        provider. A number beyond ``parameters`` is its own name."""
        found = variables(text)
        if not found or not all(name.isdecimal() for name in found):
            return found
        numbers = sorted({int(name) for name in found})
        return [self.parameters[n - 1] if 0 < n <= len(self.parameters) else str(n) for n in numbers]

    def numbered(self, text: str) -> str:
        """The text as the provider gets it: its variables as numbers."""
        found = variables(text)
        if all(name.isdecimal() for name in found):
            return text
        return VARIABLE.sub(lambda match: f"{{{{{found.index(match[1]) + 1}}}}}", text)

    def said(self, text: str, values: Mapping[str, str]) -> str:
        """The text with its variables filled; one without a value stays as it is."""

        def value(found: re.Match[str]) -> str:
            (name,) = self.names(found[0]) or [""]
            return values.get(name, found[0])

        return VARIABLE.sub(value, text)


class Template(Words, Edited):
    """``status`` is the provider's word for it, or DRAFT; where the practice has several accounts, the word of the one
    where it stands best (``accounts`` has each one's). ``number`` counts the words of the family."""

    purpose: str = ""
    channel: Channel = "whatsapp"
    name: str
    language: str  # the provider's code
    status: str = APPROVED
    reason: str = ""  # of a refusal or pause, as the provider says
    status_at: datetime | None = None  # by the provider's news: what is older than that changes nothing
    submitted_at: datetime | None = None
    quality: str = "UNKNOWN"  # GREEN, YELLOW, RED
    billed_as: str = ""  # the category that the provider has put it into, where that is another
    paused_until: datetime | None = None
    pauses: int = 0
    accounts: dict[str, Standing] = {}  # by the account's id; none in what was stored before there were several
    reviewed: bool = False  # an account has a review under way, also where another has ended its own
    family: str = ""
    number: int = 1
    author: str = ""
    edited_at: datetime | None = None
    created_at: datetime | None = None

    counts_changes: ClassVar[bool] = True

    class Settings:
        name = "templates"
        indexes = [
            IndexModel([("tenant_id", 1), ("name", 1), ("language", 1)], unique=True),
            IndexModel([("tenant_id", 1), ("purpose", 1)]),
            IndexModel([("tenant_id", 1), ("family", 1), ("number", 1)]),
            IndexModel([("status", 1), ("name", 1)]),  # of all practices
            IndexModel([("reviewed", 1)], partialFilterExpression={"reviewed": True}),
            IndexModel(
                [("tenant_id", 1), ("family", 1)],
                name="one_draft",
                unique=True,
                partialFilterExpression={"status": DRAFT},
            ),
        ]

    @classmethod
    async def changed(cls, tenant_id: str) -> None:
        """What is kept of a practice's templates is asked for again."""
        APPROVALS.forget(tenant_id)

    def model_post_init(self, context: Any, /) -> None:
        """What was stored before there were purposes is known by its name."""
        super().model_post_init(context)
        self.purpose = self.purpose or next((each.name for each in PURPOSES.values() if each.template == self.name), "")
        self.family = self.family or self.id

    def at(self, account: str) -> Standing:
        """How it stands with that account. What was stored before there were several knows of one, whichever that is;
        without a name, how it stands as a whole."""
        if self.accounts and account:
            return self.accounts.get(account, Standing())
        return Standing(id="", **self.model_dump(include=set(Standing.model_fields) - {"id"}))

    @property
    def paused_anywhere(self) -> bool:
        """Whether an account has paused it."""
        return self.status == PAUSED or bool(self.accounts_with(PAUSED))

    def accounts_with(self, status: str) -> Set[str]:
        """The accounts that say this of it."""
        return {account for account, each in self.accounts.items() if each.status == status}


def variables(text: str) -> list[str]:
    """The names or numbers between double braces, each once, in order."""
    return list(dict.fromkeys(VARIABLE.findall(text)))


def ours(purpose: str, language: str) -> Words:
    """Our own words for a purpose, in a language of the chat. Raises ``KeyError``."""
    meant = PURPOSES[purpose]
    buttons = [TemplateButton(text=button.text, action=button.action) for button in meant.buttons(language)]
    return Words(body=meant.body(language), buttons=buttons, category=meant.category, ttl_seconds=meant.ttl)


def starter(tenant_id: str, purpose: str, language: str, **more: Any) -> Template:
    """Our template for a purpose, as a practice begins with it. Raises ``KeyError``."""
    name, code = PURPOSES[purpose].template, code_of(language)
    own = {"id": f"{tenant_id}-template-{name}-{code}", "tenant_id": tenant_id, "name": name, "language": code}
    return Template(purpose=purpose, **own, **ours(purpose, language).model_dump() | more)


async def approved(tenant_id: str, purpose: str, codes: Iterable[str], account: str = "") -> Template | None:
    """The template that this account has approved (without a name: any) in the first of the languages that has one; of
    several the latest words. The provider knows some languages only with a country (``pt_BR``): they serve the
    language without one, too. None is said only of this moment: what exists may be some seconds old."""
    wanted, asked = list(codes), (purpose, account)
    found = _first(wanted, await APPROVALS.get(tenant_id, asked))
    return found or _first(wanted, await APPROVALS.again(tenant_id, asked))


def _first(wanted: Iterable[str], found: Mapping[str, Template]) -> Template | None:
    return next((found[code] for code in wanted if code in found), None)


async def _approvals(tenant_id: str, asked: tuple[str, str]) -> Mapping[str, Template]:
    """Of a purpose what an account has approved, by language."""
    (purpose, account), door = asked, Template.of(tenant_id)
    meant = purpose_of(purpose)
    named = await door.find({"purpose": purpose})
    unnamed = await door.find({"name": meant.template if meant else purpose})  # see model_post_init
    return _by_code(purpose, [*named, *unnamed], account)


APPROVALS: Kept[tuple[str, str], Mapping[str, Template]] = Kept(_approvals)


def _by_code(purpose: str, stored: Iterable[Template], account: str) -> dict[str, Template]:
    """Of those for the purpose what is approved, by each language that it serves."""
    fitting = [each for each in stored if each.purpose == purpose and each.at(account).status == APPROVED]
    exact = {each.language: each for each in sorted(fitting, key=lambda each: (each.language, each.number))}
    return {code.split("_")[0]: exact[code] for code in sorted(exact, reverse=True)} | exact


class Sample(BaseModel):
    """A template as a patient sees it."""

    header: str = ""
    body: str
    footer: str = ""
    buttons: list[str] = Field(default_factory=list)


def shown(words: Words, values: Mapping[str, str]) -> Sample:
    """The words with those values."""
    header, body = (words.said(text, values) for text in (words.header, words.body))
    return Sample(header=header, body=body, footer=words.footer, buttons=[button.text for button in words.buttons])
