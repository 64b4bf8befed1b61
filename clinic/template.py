"""A message that the provider has approved, so that it may be sent at any time."""

from typing import Literal

from pymongo import IndexModel

from clinic.record import TenantRecord


class Template(TenantRecord):
    """``parameters`` names what fills ``{{1}}``, ``{{2}}``, ... of ``body``, in this order."""

    name: str
    language: str
    body: str
    parameters: list[str] = []
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"] = "UTILITY"
    status: str = "APPROVED"  # as the provider says

    class Settings:
        name = "templates"
        indexes = [IndexModel([("tenant_id", 1), ("name", 1), ("language", 1)], unique=True)]


async def approved(tenant_id: str, name: str, languages: list[str]) -> Template | None:
    """The approved template in the first of the languages that has one. The provider knows some languages only with a
    country (``pt_BR``): they serve the language without one, too."""
    stored = await Template.of(tenant_id).find({"name": name, "status": "APPROVED"}, sort=[("language", 1)])
    exact = {each.language: each for each in stored}
    found = {each.language.split("_")[0]: each for each in reversed(stored)} | exact
    return next((found[language] for language in languages if language in found), None)
