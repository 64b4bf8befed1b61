"""One table says of every kind of document what of a person is in it; a kind without a row would be forgotten."""

from pathlib import Path

from clinic.documents import DOCUMENTS
from clinic.erasure import Scope
from clinic.erasure_work import is_covered
from clinic.indexed import rides
from clinic.personal_kinds import KINDS, name_of
from clinic.purpose import ASKED_FOR, PURPOSES

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
FULL = Scope(**{name: ["x"] for name in Scope.model_fields})


def test_every_kind_of_document_has_a_row() -> None:
    assert {each.__name__ for each in DOCUMENTS} == {each.__name__ for each in KINDS}


def test_every_row_leads_to_something_and_says_why() -> None:
    assert [each.__name__ for each in KINDS if not is_covered(each)] == []
    assert [each.__name__ for each, kind in KINDS.items() if not kind.why] == []


def test_every_row_is_found_by_an_index() -> None:
    queries = [(kind, query) for kind, row in KINDS.items() if row.find for query in row.find(FULL)]
    assert queries
    for kind, query in queries:
        assert rides(kind, {**query, "tenant_id": "t"}), (kind.__name__, query)


def test_an_empty_scope_asks_for_nothing() -> None:
    """Never for all of a practice."""
    assert [query for row in KINDS.values() if row.find for query in row.find(Scope())] == []


def test_the_page_tells_of_every_kind_and_of_every_purpose_that_is_asked_for() -> None:
    page = PAGE.read_text()
    rows = {name_of(each): kind for each, kind in KINDS.items() if kind.fate != "none"}
    for name, kind in rows.items():
        assert f"| `{name}` | {kind.fate} | {kind.why} |" in page, name
    asked = sorted(name for name, each in PURPOSES.items() if each.asked_for)
    assert "Asked for: " + ", ".join(f"`{name}`" for name in asked) + "." in page
    assert set(PURPOSES) >= ASKED_FOR
