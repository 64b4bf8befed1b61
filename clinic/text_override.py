"""The bot's own texts in a practice's own words: by key and language, checked as templates are before they are kept."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pymongo import IndexModel

from clinic import news
from clinic.edited import edit
from clinic.errors import ClinicError, NotFound
from clinic.finding import Finding, faults, refused
from clinic.practice_record import PracticeRecord
from clinic.text_lint import lint_text
from clinic.views import Texts, TextView

Catalogue = Mapping[str, Mapping[str, TextView]]  # by language and key


class TextOverride(PracticeRecord):
    """The practice's words in place of ours."""

    language: str
    key: str
    forms: list[str]
    author: str = ""
    edited_at: datetime | None = None

    class Settings:
        name = "text_overrides"
        indexes = [IndexModel([("tenant_id", 1), ("language", 1), ("key", 1)], name="one_per_text", unique=True)]


def by_language(overrides: Iterable[TextOverride]) -> Texts:
    """As conversations look them up."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for each in overrides:
        found.setdefault(each.language, {})[each.key] = tuple(each.forms)
    return found


class NotSayable(ClinicError):
    """The chat could not say it like this: mend what the detail names."""

    code = "not_sayable"

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__(" ".join(each.says for each in findings))
        self.told = faults(findings)


async def own_text(tenant_id: str, language: str, key: str) -> TextOverride | None:
    """The practice's words, if it has some of its own."""
    return await TextOverride.of(tenant_id).find_one({"language": language, "key": key})


async def override(
    tenant_id: str, ours: TextView, language: str, forms: list[str], author: str, now: datetime, seen: int | None = None
) -> tuple[TextOverride | None, TextOverride]:
    """Say it so from now on; the practice's words before, if there were some, and after. Raises ``NotSayable``,
    ``Stale``."""
    if refused(findings := lint_text(ours, forms, language)):
        raise NotSayable(findings)
    door = TextOverride.of(tenant_id)
    told = {"forms": forms, "author": author, "edited_at": now}
    fresh = TextOverride(tenant_id=tenant_id, language=language, key=ours.key, **told)
    before = None
    if not await door.insert_new(fresh):
        stored = await own_text(tenant_id, language, ours.key)
        before, fresh = await edit(door, stored.id if stored else fresh.id, told, seen)
    await _tell(tenant_id, language, ours.key)
    return before, fresh


async def restore(tenant_id: str, language: str, key: str) -> TextOverride:
    """Say it in our words again; what the practice said. Raises ``NotFound`` where it had no words of its own."""
    stored = await own_text(tenant_id, language, key)
    if stored is None or not await TextOverride.of(tenant_id).delete({"_id": stored.id}):
        raise NotFound
    await _tell(tenant_id, language, key)
    return stored


async def _tell(tenant_id: str, language: str, key: str) -> None:
    await news.tell(tenant_id, "text.changed", f"{key}.{language}")
