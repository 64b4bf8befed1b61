"""Templates as they reach the provider: our own words pass a strict stand-in, edits and pauses find approved words."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from graph_server import GraphServer, refusal
from promises import Practice, template

from bot.channels.errors import Action, Rule, SendError
from clinic import drafting, template_news
from clinic.notification import Notification
from clinic.purpose import LANGUAGES, PURPOSES
from clinic.record import new_id
from clinic.template import APPROVED, DRAFT, Template, TemplateButton, Words, ours, starter
from clinic.trial import Trial, TrialPhone
from clinic.views import Sender
from simulator.template_rules import check_components, check_head
from workers.context import Context
from workers.notifications import deliver
from workers.provider import Letter
from workers.submission import as_pywa
from workers.templates import agree, compare, silenced
from workers.trials import try_out

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)


def wire(made: Template) -> dict[str, Any]:
    """As it goes to the Graph API."""
    return dict(json.loads(as_pywa(made).to_json()))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_the_provider_takes_our_own_words(database: object, purpose: str, language: str) -> None:
    body = wire(starter("t", purpose, language))
    check_head(body)
    check_components(body["components"], named=False, category=body["category"])
    assert body["message_send_ttl_seconds"] == PURPOSES[purpose].ttl


def test_every_component_is_handed_in_with_its_examples(database: object) -> None:
    words = Words(
        body="Hello {{patient}}, we see you on {{date}} at {{time}}. Until then.", header="At {{clinic}}",
        footer="Asha",
        buttons=[
            TemplateButton(text="I will come", action="come"),
            TemplateButton(kind="url", text="Map", value="https://asha.test/{{reference}}"),
            TemplateButton(kind="phone_number", text="Call", value="+912255500001"),
            TemplateButton(kind="copy_code", text="", value="K7P-4QX"),
        ],
    )  # fmt: skip
    body = wire(starter("t", "reminder", "en", **words.model_dump()))
    check_components(body["components"], named=False)
    parts = {part["type"]: part for part in body["components"]}
    assert parts["HEADER"]["text"] == "At {{1}}"
    assert parts["BODY"]["example"]["body_text"] == [["Meera Iyer", "Monday, 4 January 2027", "9:00 am"]]
    assert parts["FOOTER"]["text"] == "Asha"
    assert [button["type"] for button in parts["BUTTONS"]["buttons"]] == [
        "QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE",
    ]  # fmt: skip
    assert parts["BUTTONS"]["buttons"][1]["url"] == "https://asha.test/{{1}}"


async def test_drafts_stay_with_us_until_they_are_handed_in(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    words = ours("reminder", "en")
    draft = await drafting.create(clinic.id, "reminder", "en", words, "ann", NOW)
    await compare(context, clinic.id)
    assert "appointment_reminder" not in {name for name, _ in graph.templates}
    await drafting.hand_in(clinic.id, draft.id, NOW)
    await compare(context, clinic.id)
    assert graph.templates["appointment_reminder", "en"] == "PENDING"
    graph.templates["appointment_reminder", "en"] = APPROVED
    await compare(context, clinic.id)
    assert (await Template.of(clinic.id).get(draft.id)).status == APPROVED


async def test_quality_and_category_come_with_the_comparison(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    graph.templates = {("appointment_confirmed", code): APPROVED for code in ("en", "pt_BR")}
    graph.told = {"category": "MARKETING", "quality_score": {"score": "RED"}}
    await agree(clinic.id, clinic.account, await context.provider(clinic.id, clinic.channel_id))
    stored = await Template.of(clinic.id).find()
    assert {(each.quality, each.billed_as) for each in stored} == {("RED", "MARKETING")}


async def test_what_the_provider_has_refused_or_disabled_is_not_handed_in_again(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    for status in (DRAFT, "REJECTED", "DISABLED", "PAUSED"):
        await Template.of(clinic.id).change_all({}, {"$set": {"status": status}})
        await agree(clinic.id, clinic.account, await context.provider(clinic.id, clinic.channel_id))
    assert graph.created == []


@pytest.mark.parametrize(("code", "status"), [(132015, "PAUSED"), (132016, "DISABLED")])
async def test_a_paused_template_gives_way_to_an_approved_one_of_its_family(
    clinic: Practice, graph: GraphServer, context: Context, code: int, status: str
) -> None:
    newer = template(clinic.id, "en").model_copy(
        update={"id": new_id(), "name": "appointment_confirmed_v2", "number": 2}
    )
    await Template.of(clinic.id).insert(newer)
    promise = await clinic.promise()
    graph.answers.append(refusal(code))
    await deliver([promise.id], context)
    assert (await Template.of(clinic.id).get(newer.id)).status == status
    waiting = await clinic.stored(promise)
    assert waiting.status == "due"
    assert waiting.wake_at is not None
    assert (waiting.wake_at - datetime.now(UTC)).total_seconds() < 10
    await Notification.of(clinic.id).change({"_id": promise.id}, {"$set": {"wake_at": NOW.replace(year=2026)}})
    await deliver([promise.id], context)
    assert [sent["template"]["name"] for sent in graph.sent] == ["appointment_confirmed_v2", "appointment_confirmed"]
    assert (await clinic.stored(promise)).status == "accepted"


async def test_without_an_approved_one_in_the_language_the_practices_first_is_spoken(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    about = {"message_template_name": "appointment_confirmed", "message_template_language": "pt_BR"}
    await template_news.heard(
        clinic.id, f"waba-{clinic.id}", "message_template_status_update", about | {"event": "DISABLED"}, NOW
    )
    await deliver([(await clinic.promise("pt")).id], context)
    assert graph.sent[0]["template"]["language"]["code"] == "en"


async def test_another_refusal_says_nothing_about_the_template(clinic: Practice, context: Context) -> None:
    error = SendError(Rule(Action.PERMANENT), 131026)
    letter = Letter(Sender("1"), "appointment_confirmed", "en", (), "n.1.1")
    assert await silenced(clinic.id, letter, error, NOW) is error
    assert {each.status for each in await Template.of(clinic.id).find()} == {APPROVED}


async def tried(clinic: Practice, **more: Any) -> Trial:
    phone = TrialPhone(tenant_id=clinic.id, number="+919876543210", at=NOW)
    await TrialPhone.of(clinic.id).insert(phone)
    made = starter(clinic.id, "reminder", "en")
    await Template.of(clinic.id).insert(made)
    trial = Trial(tenant_id=clinic.id, template_id=made.id, phone_id=phone.id, at=NOW, **more)
    await Trial.of(clinic.id).insert(trial)
    return trial


async def test_a_try_is_sent_once_with_sample_facts(clinic: Practice, graph: GraphServer, context: Context) -> None:
    trial = await tried(clinic)
    for _ in range(2):
        await try_out(context, clinic.id, trial.id)
    [sent] = graph.sent
    assert (sent["to"], sent["biz_opaque_callback_data"]) == ("+919876543210", f"t.{trial.id}")
    body, *buttons = sent["template"]["components"]
    assert body["parameters"][0]["text"] == "Meera Iyer"
    assert len(buttons) == 3
    stored = await Trial.of(clinic.id).get(trial.id)
    assert (stored.status, stored.wamid) == ("accepted", "wamid.1")


async def test_a_try_that_fails_says_why(clinic: Practice, graph: GraphServer, context: Context) -> None:
    trial = await tried(clinic)
    graph.answers.append(refusal(131026))
    await try_out(context, clinic.id, trial.id)
    stored = await Trial.of(clinic.id).get(trial.id)
    assert (stored.status, stored.error) == ("failed", "permanent 131026")
