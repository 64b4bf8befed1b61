"""The chat's own texts, in the practice's words where it wants them."""

from typing import Annotated

from fastapi import Query

from api.etag import Tag
from api.house import House, InHouse, Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes.templates import FindingOut
from api.shapes.texts import KeyPath, LanguagePath, TextIn, TextOut, TextPreview
from api.staff import Staff, may
from clinic import text_override
from clinic.directory import DIRECTORIES
from clinic.errors import NotFound
from clinic.finding import refused
from clinic.paging import BadCursor, decode, encode
from clinic.template_sample import text_samples
from clinic.text_lint import lint_text, placeholders
from clinic.text_override import TextOverride
from clinic.views import TextView

router = desk_router("/texts", "texts")
Read = Annotated[Staff, may("texts:read")]


@router.get("")
async def list_texts(
    staff: Read,
    house: InHouse,
    asked: Asked,
    language: Annotated[str, Query(max_length=3, pattern=r"^[a-z]{2,3}$", examples=["en"])] = "en",
    own: Annotated[bool | None, Query(description="Only what the practice says its own way, or only the rest.")] = None,
) -> Page[TextOut]:
    """Every text that the chat can say in a language, in the order of a conversation."""
    stored = {each.key: each for each in await TextOverride.of(staff.tenant_id).find({"language": language})}
    texts = [each for each in house.texts.get(language, {}).values() if own is None or (each.key in stored) == own]
    first = _place(asked.cursor)
    shown = texts[first : first + asked.limit]
    last = first + len(shown)
    return Page(
        items=[_out(each, language, stored.get(each.key)) for each in shown],
        next=encode(last, language) if last < len(texts) else None,
    )


@router.get("/{key}/{language}")
async def get_text(key: KeyPath, language: LanguagePath, staff: Read, house: InHouse, tag: Tag) -> TextOut:
    """One text: ours, and the practice's own."""
    own = await text_override.own_text(staff.tenant_id, language, key)
    tag.set(own.version if own else 0)
    return _out(_ours(house, key, language), language, own)


@router.put("/{key}/{language}")
async def override_text(
    key: KeyPath, language: LanguagePath, wanted: TextIn, staff: Annotated[Staff, may("texts:update")],
    house: InHouse, tag: Tag, now: Now,
) -> TextOut:  # fmt: skip
    """Say it in the practice's words from now on. Every placeholder of ours must stay, and the text must fit where it
    stands."""
    ours = _ours(house, key, language)
    before, after = await text_override.override(
        staff.tenant_id, ours, language, wanted.forms, staff.user_id, now, tag.version
    )
    DIRECTORIES.forget(staff.tenant_id)
    staff.touched("texts", f"{key}.{language}", {"forms": before.forms} if before else {}, {"forms": after.forms})
    tag.set(after.version)
    return _out(ours, language, after)


@router.delete("/{key}/{language}")
async def restore_text(
    key: KeyPath, language: LanguagePath, staff: Annotated[Staff, may("texts:delete")], house: InHouse
) -> TextOut:
    """Go back to our words."""
    ours = _ours(house, key, language)
    gone = await text_override.restore(staff.tenant_id, language, key)
    DIRECTORIES.forget(staff.tenant_id)
    staff.touched("texts", f"{key}.{language}", {"forms": gone.forms}, {})
    return _out(ours, language, None)


@router.post("/{key}/{language}/preview")
async def preview_text(key: KeyPath, language: LanguagePath, wanted: TextIn, _: Read, house: InHouse) -> TextPreview:
    """The words as a patient would read them, with sample facts, and what a check finds. Nothing is kept."""
    findings = lint_text(_ours(house, key, language), wanted.forms, language)
    samples = text_samples(language)
    shown = [] if refused(findings) else [_said(form, samples) for form in wanted.forms]
    return TextPreview(shown=shown, findings=[FindingOut.of(each) for each in findings])


def _ours(house: House, key: str, language: str) -> TextView:
    """Raises ``NotFound``."""
    if (found := house.texts.get(language, {}).get(key)) is None:
        raise NotFound
    return found


def _out(ours: TextView, language: str, own: TextOverride | None) -> TextOut:
    names = sorted(set().union(*map(placeholders, ours.forms)))
    return TextOut(
        id=f"{ours.key}.{language}", key=ours.key, language=language, ours=list(ours.forms),
        own=own.forms if own else None, limit=ours.limit, about=ours.about, placeholders=names,
        version=own.version if own else 0, author=own.author if own else "", edited_at=own.edited_at if own else None,
    )  # fmt: skip


def _said(form: str, samples: dict[str, str]) -> str:
    return form.format(**{name: samples.get(name, name) for name in placeholders(form)})


def _place(cursor: str) -> int:
    """Where the page begins. Raises ``BadCursor``."""
    if not cursor:
        return 0
    match decode(cursor)[0]:
        case int(place) if 0 <= place <= 100_000:
            return place
    raise BadCursor
