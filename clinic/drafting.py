"""How a practice writes its templates: drafts, edits, back to earlier words, handing in.

Only a draft may be changed. What was handed in is revised: a draft beside it, of the same family, under a name of its
own with the provider.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from clinic import news
from clinic.channel import Channel
from clinic.coverage import MISSING, coverage
from clinic.edited import Stale, edit
from clinic.errors import ClinicError, NotFound
from clinic.finding import Finding, faults, refused
from clinic.purpose import LANGUAGES, PURPOSES, code_of
from clinic.template import DRAFT, PAUSED, PENDING, Template, Words, ours
from clinic.template_lint import lint
from clinic.template_version import remember, version

SERIES = re.compile(r"_v\d+$")
DISCARDABLE = (DRAFT, "REJECTED", "DISABLED")
AFTER_ALL = "\U0010ffff"  # beyond whatever a name goes on with
ATTEMPTS = 20  # names that others may take at the same moment


class HandedIn(ClinicError):
    """This template is with WhatsApp and stays as it is: revise it, which makes a draft beside it."""

    code = "handed_in"


class NotPaused(ClinicError):
    """Only a template that WhatsApp has paused can be sent again by this: this one is not."""

    code = "not_paused"


class EndsByItself(ClinicError):
    """Twilio has no way to end a pause: it ends by itself. Revise the template, and hand in words that are liked."""

    code = "pause_ends_by_itself"


class InUse(ClinicError):
    """WhatsApp has approved this template, or is looking at it: only drafts and refused ones are deleted."""

    code = "in_use"


class NameTaken(ClinicError):
    """There is a template of that name in that language: choose another name, or revise that one."""

    code = "name_taken"


class NotSubmittable(ClinicError):
    """WhatsApp would refuse this template: mend what `errors` says first."""

    code, status = "not_submittable", 409

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        said = " ".join(each.says for each in findings if each.severity == "error")
        super().__init__(f"WhatsApp would refuse this template. {said}")
        self.told = faults(findings)


def check(template: Template) -> list[Finding]:
    """What is wrong with it."""
    return lint(template.words(), template.purpose, template.name, template.language)


async def create(
    tenant_id: str, purpose: str, language: str, words: Words, author: str, now: datetime, name: str = ""
) -> Template:
    """A first draft for a purpose in one of the provider's languages, under the first name that is free, or ``name``.
    Raises ``NameTaken``, ``NotFound`` for an unknown purpose."""
    if purpose not in PURPOSES:
        raise NotFound
    template = Template(
        tenant_id=tenant_id, purpose=purpose, name=name or PURPOSES[purpose].template, language=language, status=DRAFT,
        author=author, edited_at=now, created_at=now, **words.model_dump(),
    )  # fmt: skip
    if name:
        if not await Template.of(tenant_id).insert_new(template):
            raise NameTaken
    else:
        template = await _under_a_free_name(template)
    await _kept(template, "drafted")
    return template


async def fill_gaps(tenant_id: str, languages: Sequence[str], author: str, now: datetime) -> list[Template]:
    """Drafts of ours for every purpose and language of the chat that has no template at all."""
    cells = coverage(await Template.of(tenant_id).find(), [each for each in languages if each in LANGUAGES])
    missing = [cell for cell in cells if cell.status == MISSING]
    return [
        await create(tenant_id, cell.purpose, code_of(cell.language), ours(cell.purpose, cell.language), author, now)
        for cell in missing
    ]


async def rewrite(
    tenant_id: str, id: str, changes: Mapping[str, Any], author: str, now: datetime, seen: int | None
) -> tuple[Template, Template]:
    """Change a draft's words; it before and after. Raises ``HandedIn``, ``Stale``, ``NotFound``."""
    door = Template.of(tenant_id)
    before = await door.get(id)
    if before.status != DRAFT:
        raise HandedIn
    if seen is not None and seen != before.version:
        raise Stale(before)
    await remember(before)  # also where whoever wrote it was interrupted
    if all(before.model_dump()[name] == value for name, value in changes.items()):
        return before, before
    told = {**changes, "number": before.number + 1, "author": author, "edited_at": now}
    was, after = await edit(door, id, told, before.version)
    await _kept(after, "changed")
    return was, after


async def revise(tenant_id: str, id: str, author: str, now: datetime) -> Template:
    """The draft of the template's family: the one that there is, or a new one with the template's words."""
    return await _draft(await Template.of(tenant_id).get(id), author, now)


async def back(tenant_id: str, id: str, number: int, author: str, now: datetime) -> Template:
    """Let the family's draft say again what version ``number`` said. Raises ``NotFound``."""
    template = await Template.of(tenant_id).get(id)
    words = (await version(template, number)).words
    draft = await _draft(template, author, now)
    _, after = await rewrite(tenant_id, draft.id, words.model_dump(), author, now, None)
    return after


async def hand_in(tenant_id: str, id: str, now: datetime, seen: int | None = None) -> Template:
    """Send a draft on its way to the provider; whoever asks wakes a worker, and if nobody does, the timetable finds it.
    Raises ``NotSubmittable``, ``HandedIn``, ``Stale``, ``NotFound``."""
    door = Template.of(tenant_id)
    draft = await door.get(id)
    if draft.status != DRAFT:
        raise HandedIn
    if refused(findings := check(draft)):
        raise NotSubmittable(findings)
    await remember(draft)
    told = {"status": PENDING, "submitted_at": now}
    _, after = await edit(door, id, told, draft.version if seen is None else seen)
    await _tell(after, "submitted")
    return after


async def paused(tenant_id: str, id: str) -> Template:
    """One whose pause may be ended. Raises ``NotPaused``, ``EndsByItself``, ``NotFound``."""
    template = await Template.of(tenant_id).get(id)
    if not template.paused_anywhere:
        raise NotPaused
    where = {each.provider for each in await Channel.of(tenant_id).find() if template.at(each.waba_id).status == PAUSED}
    if where == {"twilio"}:
        raise EndsByItself
    return template


async def discard(tenant_id: str, id: str) -> Template:
    """Delete a draft, or what the provider has refused for good. Raises ``InUse``, ``NotFound``."""
    template = await Template.of(tenant_id).get(id)
    if not await Template.of(tenant_id).delete({"_id": id, "status": {"$in": list(DISCARDABLE)}}):
        raise InUse
    await _tell(template, "deleted")
    return template


async def _draft(template: Template, author: str, now: datetime) -> Template:
    members = await Template.of(template.tenant_id).find({"family": template.family})
    if found := _drafted(members):
        return found
    latest = max((each.number for each in members), default=template.number)
    draft = Template(
        tenant_id=template.tenant_id, purpose=template.purpose, channel=template.channel, language=template.language,
        name=template.name, family=template.family, number=max(latest, template.number) + 1, status=DRAFT,
        author=author, edited_at=now, created_at=now, **template.words().model_dump(),
    )  # fmt: skip
    await remember(template)
    made = await _under_a_free_name(draft)
    if made is draft:
        await _kept(draft, "drafted")
    return made


def _drafted(members: Iterable[Template]) -> Template | None:
    return next((each for each in members if each.status == DRAFT), None)


async def _under_a_free_name(template: Template) -> Template:
    """Store it as ``name``, or ``name_v2``, ...: the provider keeps a name in a language for one text. Where somebody
    else was faster to draft for the family, theirs. Raises ``NameTaken``."""
    door, plain = Template.of(template.tenant_id), SERIES.sub("", template.name)
    for _ in range(ATTEMPTS):
        rows = await door.rows({"name": {"$gte": plain, "$lt": plain + AFTER_ALL}})
        taken = {str(row["name"]) for row in rows if row["language"] == template.language}
        names = (plain, *(f"{plain}_v{series}" for series in range(2, len(taken) + 3)))
        template.name = next(name for name in names if name not in taken)
        if await door.insert_new(template):
            return template
        if theirs := _drafted(await door.find({"family": template.family})):
            return theirs
    raise NameTaken


async def _kept(template: Template, what: str) -> None:
    await remember(template)
    await _tell(template, what)


async def _tell(template: Template, what: str) -> None:
    await news.tell(template.tenant_id, f"template.{what}", template.id, purpose=template.purpose)
