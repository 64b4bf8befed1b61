"""What a template has said: every wording that was ever saved, with its author, and how two of them differ."""

import difflib
from datetime import datetime

from pymongo import IndexModel

from clinic.errors import NotFound
from clinic.record import TenantRecord
from clinic.template import Template, Words


class TemplateVersion(TenantRecord):
    """One saved wording of a family; ``number`` counts them."""

    family: str
    number: int
    author: str = ""
    at: datetime | None = None
    words: Words

    class Settings:
        name = "template_versions"
        indexes = [IndexModel([("tenant_id", 1), ("family", 1), ("number", 1)], name="one_per_number", unique=True)]


async def remember(template: Template) -> None:
    """Keep the template's present wording, if it is not kept yet."""
    version = TemplateVersion(
        id=f"{template.family}.{template.number}",
        tenant_id=template.tenant_id,
        family=template.family,
        number=template.number,
        author=template.author,
        at=template.edited_at,
        words=template.words(),
    )
    await TemplateVersion.of(template.tenant_id).insert_new(version)


async def versions(template: Template) -> list[TemplateVersion]:
    """All wordings of the template's family, the latest first."""
    await remember(template)
    return await TemplateVersion.of(template.tenant_id).find({"family": template.family}, sort=[("number", -1)])


async def version(template: Template, number: int) -> TemplateVersion:
    """One of them. Raises ``NotFound``."""
    await remember(template)
    query = {"family": template.family, "number": number}
    found = await TemplateVersion.of(template.tenant_id).find_one(query)
    if found is None:
        raise NotFound
    return found


def difference(was: Words, now: Words) -> list[str]:
    """What changed, in the lines of a unified difference: field by field, without those that stayed."""
    lines: list[str] = []
    for name in Words.model_fields:
        before, after = (_lines(each, name) for each in (was, now))
        if before != after:
            lines += [name, *(line for line in difflib.ndiff(before, after) if line[0] in "+-")]
    return lines


def _lines(words: Words, name: str) -> list[str]:
    value = words.model_dump()[name]
    if name == "buttons":
        return [" ".join(part for part in (b.kind, b.action, b.text, b.value) if part) for b in words.buttons]
    if isinstance(value, list):
        return [", ".join(value)] if value else []
    return str(value).splitlines() if value not in ("", None) else []
