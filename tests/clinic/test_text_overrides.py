"""A practice says the chat's texts its own way: what is refused, and that nothing breaks the chat."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.directory import DIRECTORIES, directory_of
from clinic.edited import Stale
from clinic.errors import NotFound
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.text_lint import SAYS, lint_text
from clinic.text_override import NotSayable, TextOverride, override, own_text, restore
from clinic.views import TextView
from flows.catalogue import texts

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
HELLO = TextView("hello", ("Hello, this is {practice}.",), 1024)
BUTTON = TextView("yes_book", ("Yes, book it",), 20)
TIMES = TextView("free_times", ("{n} free time", "{n} free times"), 72)

ROWS = [
    ("forms_count", TIMES, ["{n} slots"]),
    ("forms_count", HELLO, ["Hi {practice}", "Hello {practice}"]),
    ("text_missing", BUTTON, ["  "]),
    ("too_long", BUTTON, ["Yes, please book it now"]),
    ("too_long", BUTTON, ["\U0001f600" * 11]),
    ("too_long", HELLO, ["{practice}" + "x" * 1024]),
    ("text_breaks", BUTTON, ["Yes,\nbook it"]),
    ("text_runs", HELLO, ["Hello.\n\n\n{practice}"]),
    ("placeholder_missing", HELLO, ["Hello, this is us."]),
    ("placeholder_missing", TIMES, ["{n} slot", "many slots"]),
    ("placeholder_unknown", HELLO, ["Hello {patient}, this is {practice}."]),
    ("placeholder_malformed", HELLO, ["Hello {practice"]),
    ("placeholder_malformed", HELLO, ["Hello {practice} {}"]),
    ("placeholder_malformed", HELLO, ["Hello {practice!r}"]),
    ("placeholder_malformed", HELLO, ["Hello {practice:>9}"]),
    ("placeholder_malformed", HELLO, ["Hello {practice.__class__}"]),
    ("sensitive", HELLO, ["{practice}: send your passport number."]),
]


@pytest.mark.parametrize(("code", "ours", "forms"), ROWS, ids=[f"{row[0]}-{at}" for at, row in enumerate(ROWS)])
def test_what_the_chat_could_not_say_is_named(code: str, ours: TextView, forms: list[str]) -> None:
    assert code in {each.code for each in lint_text(ours, forms, "en")}


def test_every_rule_has_a_row() -> None:
    assert {code for code, _, _ in ROWS} == set(SAYS)


def test_all_of_our_own_texts_would_be_taken() -> None:
    wrong = [
        (language, text.key, [each.code for each in found])
        for language, known in texts().items()
        for text in known.values()
        if (found := lint_text(text, text.forms, language))
    ]
    assert wrong == []


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([HELLO, BUTTON, TIMES]), st.lists(st.text(alphabet="{}!:.an \n\\𝄞"), max_size=3))
def test_nothing_that_is_written_makes_it_fall(ours: TextView, forms: list[str]) -> None:
    lint_text(ours, forms, "en")


async def test_own_words_are_kept_and_given_up(database: object) -> None:
    tenant, other = new_id(), new_id()
    before, first = await override(tenant, HELLO, "en", ["Good day, {practice} here."], "ann", NOW)
    assert before is None
    before, second = await override(tenant, HELLO, "en", ["Welcome to {practice}."], "ben", NOW, first.version)
    assert (before and before.forms, second.forms, second.author) == (first.forms, ["Welcome to {practice}."], "ben")
    with pytest.raises(Stale):
        await override(tenant, HELLO, "en", ["Hi from {practice}."], "cleo", NOW, first.version)
    with pytest.raises(NotSayable, match="practice"):
        await override(tenant, HELLO, "en", ["Hi."], "cleo", NOW)
    with pytest.raises(NotFound):
        await restore(other, "en", "hello")
    assert (await restore(tenant, "en", "hello")).forms == second.forms
    assert await own_text(tenant, "en", "hello") is None


async def test_the_directory_brings_them_to_the_chat_of_their_practice_only(database: object) -> None:
    tenant, other = Tenant(id=new_id(), name="One"), Tenant(id=new_id(), name="Two")
    await tenant.add()
    await other.add()
    await override(tenant.id, HELLO, "hi", ["{practice} में स्वागत है।"], "ann", NOW)
    DIRECTORIES.forget(tenant.id)
    assert (await directory_of(tenant.id)).view().texts == {"hi": {"hello": ("{practice} में स्वागत है।",)}}
    assert (await directory_of(other.id)).view().texts == {}
    assert await TextOverride.of(other.id).count() == 0
