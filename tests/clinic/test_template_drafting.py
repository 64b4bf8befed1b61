"""Templates as a practice writes them: drafts, versions and the way back, handing in, and the provider's news."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic import drafting, template_news
from clinic.coverage import MISSING, coverage
from clinic.edited import Stale
from clinic.errors import NotFound
from clinic.record import new_id
from clinic.template import APPROVED, DRAFT, PENDING, Template, Words, approved, ours, shown, starter
from clinic.template_alarm import alarm
from clinic.template_sample import samples_of
from clinic.template_version import difference, versions

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ACCOUNT = "200000000000001"
BODY = "Hello {{patient}}, we see you on {{date}} at {{time}}. Until then."


async def drafted(tenant: str, body: str = BODY, **more: Any) -> Template:
    words = ours("reminder", "en").model_copy(update={"body": body})
    return await drafting.create(tenant, "reminder", "en", words, "ann", NOW, **more)


async def approve(template: Template, at: datetime = NOW, event: str = APPROVED, **more: Any) -> bool:
    value = {"event": event, "message_template_name": template.name, "message_template_language": template.language}
    return await template_news.heard(template.tenant_id, ACCOUNT, "message_template_status_update", value | more, at)


async def test_every_wording_is_kept_with_its_author_and_difference(database: object) -> None:
    tenant = new_id()
    draft = await drafted(tenant)
    _, second = await drafting.rewrite(tenant, draft.id, {"body": BODY + " Bye."}, "ben", LATER, draft.version)
    assert (second.number, second.author, second.edited_at) == (2, "ben", LATER)
    found = await versions(second)
    assert [(each.number, each.author, each.at) for each in found] == [(2, "ben", LATER), (1, "ann", NOW)]
    assert difference(found[1].words, found[0].words) == ["body", f"- {BODY}", f"+ {BODY} Bye."]
    await drafting.rewrite(tenant, draft.id, {"body": BODY + " Bye."}, "cleo", LATER, None)
    assert len(await versions(second)) == 2  # nothing changed


async def test_back_to_an_earlier_wording_is_one_more_version(database: object) -> None:
    tenant = new_id()
    draft = await drafted(tenant)
    await drafting.rewrite(tenant, draft.id, {"body": BODY + " Bye.", "buttons": []}, "ben", LATER, None)
    after = await drafting.back(tenant, draft.id, 1, "cleo", LATER)
    assert (after.id, after.number, after.words()) == (draft.id, 3, draft.words())
    with pytest.raises(NotFound):
        await drafting.back(tenant, draft.id, 9, "cleo", LATER)


async def test_who_has_not_seen_the_latest_changes_nothing(database: object) -> None:
    tenant = new_id()
    draft = await drafted(tenant)
    await drafting.rewrite(tenant, draft.id, {"footer": "Bye"}, "ben", LATER, 1)
    with pytest.raises(Stale):
        await drafting.rewrite(tenant, draft.id, {"footer": "Hi"}, "cleo", LATER, 1)
    assert len(await versions(draft)) == 2


async def test_what_was_handed_in_stays_and_is_revised_beside(database: object) -> None:
    tenant = new_id()
    first = await drafting.hand_in(tenant, (await drafted(tenant)).id, NOW)
    assert first.status == PENDING
    with pytest.raises(drafting.HandedIn):
        await drafting.rewrite(tenant, first.id, {"footer": "Bye"}, "ben", LATER, None)
    with pytest.raises(drafting.HandedIn):
        await drafting.hand_in(tenant, first.id, NOW)
    with pytest.raises(drafting.InUse):
        await drafting.discard(tenant, first.id)
    draft = await drafting.revise(tenant, first.id, "ben", LATER)
    assert (draft.name, draft.number, draft.family, draft.words()) == (
        f"{first.name}_v2", 2, first.family, first.words(),
    )  # fmt: skip
    assert (await drafting.revise(tenant, first.id, "cleo", LATER)).id == draft.id
    assert (await drafting.discard(tenant, draft.id)).id == draft.id


async def test_an_approved_revision_takes_over_and_a_paused_one_gives_back(database: object) -> None:
    tenant = new_id()
    first = await drafting.hand_in(tenant, (await drafted(tenant)).id, NOW)
    assert await approve(first)
    draft = await drafting.revise(tenant, first.id, "ben", LATER)
    await drafting.rewrite(tenant, draft.id, {"footer": "Bye"}, "ben", LATER, None)
    second = await drafting.hand_in(tenant, draft.id, LATER)

    async def speaking() -> str:
        found = await approved(tenant, "reminder", ["en"])
        return found.name if found else ""

    assert await speaking() == first.name  # while the new words are in review
    assert await approve(second, LATER)
    assert await speaking() == second.name
    assert await approve(second, LATER, "PAUSED", other_info={"title": "FIRST_PAUSE"})
    assert await speaking() == first.name
    paused = await Template.of(tenant).get(second.id)
    assert (paused.paused_until, paused.pauses) == (LATER + timedelta(hours=3), 1)
    assert "2027-01-04 05:05" in alarm(paused)
    assert await approve(second, LATER + timedelta(hours=3), "REINSTATED")
    again = await Template.of(tenant).get(second.id)
    assert (await speaking(), again.paused_until, alarm(again)) == (second.name, None, "")


async def test_words_that_would_be_refused_are_not_handed_in(database: object) -> None:
    tenant = new_id()
    draft = await drafted(tenant, body="{{shoe_size}}")
    with pytest.raises(drafting.NotSubmittable, match="shoe_size") as refused:
        await drafting.hand_in(tenant, draft.id, NOW)
    assert {"body"} <= {each["field"] for each in refused.value.told["errors"]}
    assert (await Template.of(tenant).get(draft.id)).status == DRAFT


async def test_names_with_the_provider_are_free_or_refused(database: object) -> None:
    tenant = new_id()
    await drafted(tenant, name="mine")
    with pytest.raises(drafting.NameTaken):
        await drafted(tenant, name="mine")
    assert [(await drafted(tenant)).name for _ in range(3)] == [
        "appointment_reminder", "appointment_reminder_v2", "appointment_reminder_v3",
    ]  # fmt: skip
    with pytest.raises(NotFound):
        await drafting.create(tenant, "party", "en", Words(body="x"), "ann", NOW)


async def test_another_practice_has_no_such_template(database: object) -> None:
    tenant, other = new_id(), new_id()
    draft = await drafted(tenant)
    for wanted in (
        drafting.revise(other, draft.id, "eve", NOW),
        drafting.rewrite(other, draft.id, {"body": "x"}, "eve", NOW, None),
        drafting.hand_in(other, draft.id, NOW),
        drafting.back(other, draft.id, 1, "eve", NOW),
        drafting.discard(other, draft.id),
    ):
        with pytest.raises(NotFound):
            await wanted
    assert not await approve(draft.model_copy(update={"tenant_id": other}))


NEWS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("approved", "message_template_status_update", {"event": "APPROVED"}, {"status": "APPROVED"}),
    ("refused", "message_template_status_update",
     {"event": "REJECTED", "reason": "PROMOTIONAL", "rejection_info": {"recommendation": "Leave it out."}},
     {"status": "REJECTED", "reason": "PROMOTIONAL: Leave it out."}),
    ("second pause", "message_template_status_update", {"event": "PAUSED", "other_info": {"title": "SECOND_PAUSE"}},
     {"status": "PAUSED", "reason": "SECOND_PAUSE", "paused_until": LATER + timedelta(hours=6), "pauses": 1}),
    ("disabled", "message_template_status_update", {"event": "DISABLED", "other_info": {"title": "DISABLED"}},
     {"status": "DISABLED", "reason": "DISABLED"}),
    ("flagged goes on", "message_template_status_update", {"event": "FLAGGED"}, {"status": "APPROVED"}),
    ("low quality", "message_template_quality_update", {"new_quality_score": "RED"}, {"quality": "RED"}),
    ("dearer", "template_category_update", {"new_category": "MARKETING"}, {"billed_as": "MARKETING"}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected"), [row[1:] for row in NEWS], ids=[row[0] for row in NEWS])
async def test_the_provider_is_heard(
    database: object, field: str, value: dict[str, Any], expected: dict[str, Any]
) -> None:
    tenant = new_id()
    template = await drafting.hand_in(tenant, (await drafted(tenant)).id, NOW)
    about = {"message_template_name": template.name, "message_template_language": "en"}
    assert await template_news.heard(tenant, ACCOUNT, field, about | value, LATER)
    stored = await Template.of(tenant).get(template.id)
    assert {name: getattr(stored, name) for name in expected} == expected
    assert stored.version > template.version
    assert not await template_news.heard(tenant, ACCOUNT, field, about | value, LATER)  # told twice


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_update", {"event": "X"}),
        ("message_template_status_update", {"event": "DANCING"}),
        ("message_template_status_update", {"event": None}),
        ("message_template_status_update", {"event": "APPROVED", "message_template_name": 7}),
        ("message_template_status_update", {"event": "APPROVED", "message_template_name": "unknown"}),
        ("message_template_quality_update", {"new_quality_score": "PURPLE"}),
        ("template_category_update", {"new_category": {"a": 1}}),
    ],
)
async def test_what_makes_no_sense_changes_nothing(database: object, field: str, value: dict[str, Any]) -> None:
    tenant = new_id()
    template = await drafting.hand_in(tenant, (await drafted(tenant)).id, NOW)
    about = {"message_template_name": template.name, "message_template_language": "en"}
    assert not await template_news.heard(tenant, ACCOUNT, field, about | value, LATER)
    assert await Template.of(tenant).get(template.id) == template


async def test_late_news_do_not_undo_later_ones(database: object) -> None:
    tenant = new_id()
    template = await drafting.hand_in(tenant, (await drafted(tenant)).id, NOW)
    assert await approve(template, LATER, "DISABLED")
    assert not await approve(template, LATER - timedelta(minutes=1))
    assert (await Template.of(tenant).get(template.id)).status == "DISABLED"


async def test_a_draft_has_no_news(database: object) -> None:
    draft = await drafted(new_id())
    assert not await approve(draft)


def test_where_it_is_missing_the_patient_is_told_in_another_language(database: object) -> None:
    have = [
        starter("t", "reminder", "en"),
        starter("t", "reminder", "hi", status="PAUSED"),
        starter("t", "offer", "pt", status=DRAFT),
    ]
    cells = {(each.purpose, each.language): each for each in coverage(have, ["en", "hi", "pt"])}
    told = {key: (cell.status, cell.falls_back_to) for key, cell in cells.items() if key[0] in ("reminder", "offer")}
    assert told == {
        ("reminder", "en"): (APPROVED, ""), ("reminder", "hi"): ("PAUSED", "en"), ("reminder", "pt"): (MISSING, "en"),
        ("offer", "en"): (MISSING, ""), ("offer", "hi"): (MISSING, ""), ("offer", "pt"): (DRAFT, ""),
    }  # fmt: skip
    assert cells["reminder", "hi"].template_id == have[1].id


def test_a_newer_wording_under_way_is_told(database: object) -> None:
    speaking = starter("t", "reminder", "en")
    newer = speaking.model_copy(update={"id": "b", "status": PENDING, "number": 2})
    (cell,) = [each for each in coverage([newer, speaking], ["en"]) if each.purpose == "reminder"]
    assert (cell.status, cell.template_id, cell.waiting) == (APPROVED, speaking.id, True)


def test_numbered_and_named_variables_are_filled_alike() -> None:
    named = Words(body="Hello {{patient}}, at {{time}} then.", header="{{clinic}}")
    numbered = Words(body="Hello {{2}}, at {{1}} then.", parameters=["time", "patient"], header="{{clinic}}")
    values = samples_of("reminder", "en")
    assert shown(named, values) == shown(numbered, values)
    assert shown(named, values).body == "Hello Meera Iyer, at 9:00 am then."
    assert (named.names(named.body), numbered.names(numbered.body)) == (["patient", "time"], ["time", "patient"])
    assert (named.numbered(named.body), numbered.numbered(numbered.body)) == (
        "Hello {{1}}, at {{2}} then.", "Hello {{2}}, at {{1}} then.",
    )  # fmt: skip
