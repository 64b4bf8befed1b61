"""Templates: what patients are sent unasked. Drafted, checked, tried out, handed in, and watched."""

from datetime import timedelta
from typing import Annotated, Any

import structlog
from fastapi import Query
from redis.exceptions import RedisError

from api.etag import Tag
from api.house import House, InHouse, Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.templates import (
    AccountOut,
    BackIn,
    CellOut,
    CheckedOut,
    CoverageOut,
    FindingOut,
    NewTemplate,
    PurposeOut,
    SampleOut,
    TemplateOut,
    TrialIn,
    TrialOut,
    VersionOut,
    WordsChange,
    WordsIn,
    given_words,
)
from api.staff import Staff, may
from clinic import drafting, trial
from clinic.channel import Channel
from clinic.coverage import coverage
from clinic.errors import NotFound
from clinic.facts import visit_facts
from clinic.finding import refused
from clinic.job import SEND_TRIAL, SUBMIT_TEMPLATES, UNPAUSE_TEMPLATE
from clinic.paging import page
from clinic.purpose import LANGUAGES, PURPOSES, language_of
from clinic.template import Template, Words, ours, shown
from clinic.template_lint import lint
from clinic.template_sample import samples_of
from clinic.template_version import versions
from clinic.trial import Trial
from clinic.visit import appointment_view

router = desk_router("/templates", "templates")
Read = Annotated[Staff, may("templates:read")]
Update = Annotated[Staff, may("templates:update")]
PurposeAsked = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]*$", examples=["reminder"])]
CodeAsked = Annotated[str, Query(max_length=10, pattern=r"^([a-z]{2,3}(_[A-Z]{2})?)?$", examples=["en"])]
StatusAsked = Annotated[str, Query(max_length=20, pattern=r"^[A-Z_]*$", examples=["APPROVED"])]


@router.get("")
async def list_templates(
    staff: Read, asked: Asked, purpose: PurposeAsked = "", language: CodeAsked = "", status: StatusAsked = ""
) -> Page[TemplateOut]:
    """The templates of the practice: drafts, those in review, those that are sent, and those that no longer are."""
    wanted = {"purpose": purpose, "language": language, "status": status}
    query = {name: value for name, value in wanted.items() if value}
    found, following = await page(Template.of(staff.tenant_id), query, cursor=asked.cursor, limit=asked.limit)
    return Page(items=[TemplateOut.of(each) for each in found], next=following)


@router.get("/purposes")
async def list_template_purposes(_: Read, language: CodeAsked = "en") -> Page[PurposeOut]:
    """What templates may be for, with the facts that each may tell and our own words in a language."""
    spoken = language_of(language)
    return Page(items=[_purpose(name, spoken) for name in PURPOSES], next=None)


@router.get("/coverage")
async def get_template_coverage(staff: Read) -> CoverageOut:
    """Which purposes can be told in which of the practice's languages, and what happens where one cannot."""
    languages = (await staff.directory()).tenant.languages
    accounts = AccountOut.of_channels(await Channel.of(staff.tenant_id).find(sort=[("_id", 1)]))
    templates = await Template.of(staff.tenant_id).find()
    cells = coverage(templates, languages, [each.account for each in accounts])
    return CoverageOut(languages=languages, accounts=accounts, cells=[CellOut.of(each) for each in cells])


@router.post("/check")
async def check_words(words: WordsIn, _: Read) -> CheckedOut:
    """Check words against WhatsApp's rules without keeping them."""
    purpose = PURPOSES.get(words.purpose)
    name = words.name or (purpose.template if purpose else "")
    return _checked(words.words(Words(body="")), words.purpose, name, words.language)


@router.post("", status_code=201)
async def create_template(
    new: NewTemplate, staff: Annotated[Staff, may("templates:create")], tag: Tag, now: Now
) -> TemplateOut:
    """Begin a template as a draft, from our own words where you give none."""
    if new.purpose not in PURPOSES:
        raise NotFound
    spoken = new.language.split("_")[0]
    base = ours(new.purpose, spoken) if spoken in LANGUAGES else Words(body="")
    words = new.words(base)
    template = await drafting.create(staff.tenant_id, new.purpose, new.language, words, staff.user_id, now, new.name)
    return _answer(staff, template, tag, {}, template.words().model_dump())


@router.post("/missing", status_code=201)
async def draft_missing_templates(staff: Annotated[Staff, may("templates:create")], now: Now) -> Page[TemplateOut]:
    """Make drafts from our own words for each purpose and language of the practice that has no template yet."""
    made = await drafting.fill_gaps(staff.tenant_id, (await staff.directory()).tenant.languages, staff.user_id, now)
    for each in made:
        staff.touched("templates", each.id, {}, {"name": each.name, "language": each.language})
    return Page(items=[TemplateOut.of(each) for each in made], next=None)


@router.get("/{id}")
async def get_template(id: Id, staff: Read, tag: Tag) -> TemplateOut:
    """One template, with what a check of it finds."""
    template = await Template.of(staff.tenant_id).get(id)
    tag.set(template.version)
    return TemplateOut.of(template, drafting.check(template))


@router.patch("/{id}")
async def edit_template(id: Id, change: WordsChange, staff: Update, tag: Tag, now: Now) -> TemplateOut:
    """Change a draft. What was submitted stays as it is: revise it."""
    before, after = await drafting.rewrite(staff.tenant_id, id, given_words(change), staff.user_id, now, tag.version)
    return _answer(staff, after, tag, before.words().model_dump(), after.words().model_dump())


@router.delete("/{id}")
async def delete_template(id: Id, staff: Annotated[Staff, may("templates:delete")]) -> TemplateOut:
    """Delete a draft, or one that WhatsApp has refused or disabled. Its versions are kept."""
    template = await drafting.discard(staff.tenant_id, id)
    staff.touched("templates", id, {"name": template.name, "language": template.language}, {})
    return TemplateOut.of(template)


@router.get("/{id}/versions")
async def list_template_versions(id: Id, staff: Read) -> Page[VersionOut]:
    """Every saved wording of the template and its revisions, the latest first, with author, time and difference."""
    found = await versions(await Template.of(staff.tenant_id).get(id))
    before = [*found[1:], None]
    return Page(items=[VersionOut.shown(*pair) for pair in zip(found, before, strict=True)], next=None)


@router.post("/{id}/revise", status_code=201)
async def revise_template(id: Id, staff: Update, tag: Tag, now: Now) -> TemplateOut:
    """Begin a revision: a draft beside the template, which goes on until the draft is approved. One at a time: asked
    again, the draft that there is."""
    draft = await drafting.revise(staff.tenant_id, id, staff.user_id, now)
    return _answer(staff, draft, tag, {}, {"family": draft.family, "name": draft.name})


@router.post("/{id}/back")
async def restore_template_version(id: Id, to: BackIn, staff: Update, tag: Tag, now: Now) -> TemplateOut:
    """Let the draft, or a new revision, say again what an earlier version said."""
    draft = await drafting.back(staff.tenant_id, id, to.number, staff.user_id, now)
    return _answer(staff, draft, tag, {}, {"restored": to.number, "draft": draft.id})


@router.get("/{id}/preview")
async def preview_template(
    id: Id,
    staff: Read,
    appointment_id: Annotated[
        str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$", description="A visit whose facts to tell.")
    ] = "",
) -> SampleOut:
    """The template as a patient would read it: with sample facts, or with those of a visit that you may see."""
    template = await Template.of(staff.tenant_id).get(id)
    values = samples_of(template.purpose, language_of(template.language))
    if appointment_id:
        values |= await _facts(staff, appointment_id, template.language)
    return SampleOut.of(shown(template.words(), values))


@router.post("/{id}/submit")
async def submit_template(
    id: Id, staff: Annotated[Staff, may("templates:approve")], house: InHouse, tag: Tag, now: Now
) -> TemplateOut:
    """Hand a draft in to WhatsApp for review, which takes minutes to a day. Refused while a check finds errors."""
    template = await drafting.hand_in(staff.tenant_id, id, now, tag.version)
    await _ask(house, SUBMIT_TEMPLATES, staff.tenant_id)
    return _answer(staff, template, tag, {"status": "DRAFT"}, {"status": template.status})


@router.post("/{id}/unpause", status_code=202)
async def unpause_template(
    id: Id, staff: Annotated[Staff, may("templates:approve")], house: InHouse, tag: Tag
) -> TemplateOut:
    """Ask WhatsApp to end the pause of a template, five minutes after it began or later. A new template that was paused
    while it was sent for the first times waits for this; a pause for low quality ends by itself. `status` tells
    soon what WhatsApp said. At Twilio it cannot be ended."""
    template = await drafting.paused(staff.tenant_id, id)
    await house.jobs.ask(UNPAUSE_TEMPLATE, staff.tenant_id, id)  # no tick would find it
    return _answer(staff, template, tag, {}, {"unpause": "asked"})


@router.post("/{id}/trials", status_code=201)
async def try_template(
    id: Id, wanted: TrialIn, staff: Annotated[Staff, may("templates:update")], house: InHouse, now: Now
) -> TrialOut:
    """Send an approved template, with sample facts, to one of the practice's trial telephones."""
    asked = await trial.ask(staff.tenant_id, id, wanted.phone_id, staff.user_id, now, now - timedelta(days=1))
    await _ask(house, SEND_TRIAL, staff.tenant_id, asked.id)
    staff.touched("trials", asked.id, {}, {"template": id, "phone": wanted.phone_id})
    return TrialOut.of(asked)


@router.get("/{id}/trials")
async def list_template_trials(id: Id, staff: Read, asked: Asked) -> Page[TrialOut]:
    """How its tries went, the latest first."""
    await Template.of(staff.tenant_id).get(id)
    found, following = await page(
        Trial.of(staff.tenant_id), {"template_id": id}, sort="at", descending=True, cursor=asked.cursor,
        limit=asked.limit,
    )  # fmt: skip
    return Page(items=[TrialOut.of(each) for each in found], next=following)


def _answer(staff: Staff, template: Template, tag: Tag, was: dict[str, Any], now: dict[str, Any]) -> TemplateOut:
    staff.touched("templates", template.id, was, now)
    tag.set(template.version)
    return TemplateOut.of(template, drafting.check(template))


def _checked(words: Words, purpose: str, name: str, language: str) -> CheckedOut:
    findings = lint(words, purpose, name, language)
    return CheckedOut(findings=[FindingOut.of(each) for each in findings], submittable=not refused(findings))


def _purpose(name: str, language: str) -> PurposeOut:
    purpose, samples = PURPOSES[name], samples_of(name, language)
    return PurposeOut(
        name=name,
        parameters=list(purpose.parameters),
        required=sorted(purpose.required),
        samples=samples,
        actions=list(purpose.actions),
        category=purpose.category,
        ttl_seconds=purpose.ttl,
        ours=SampleOut.of(shown(ours(name, language), samples)),
    )


async def _facts(staff: Staff, appointment_id: str, code: str) -> dict[str, str]:
    """Of a visit that the asker may see. Raises ``NotFound``."""
    view = await appointment_view(staff.tenant_id, appointment_id)
    staff.require("appointments:read", view.clinic.id)
    staff.touched("appointments", appointment_id)
    return visit_facts((await staff.directory()).tenant.name, view, code)


async def _ask(house: House, job: str, *ids: str) -> None:
    """What the queue does not take now, the workers' timetable finds."""
    try:
        await house.jobs.ask(job, *ids)
    except (RedisError, OSError) as error:
        structlog.get_logger().warning("job not asked", job=job, error=type(error).__name__)
