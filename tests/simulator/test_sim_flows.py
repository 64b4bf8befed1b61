"""Flows through the Graph API, with pywa's own client: created, checked, published, sent, watched."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from conftest import NUMBER, TOKEN, WABA, Simulator  # type: ignore[import-not-found]
from form_server import KEYS, FormServer, booking, client, form_server
from pywa.types.flows import FlowCategory, FlowStatus
from pywa_async import WhatsApp, errors
from pywa_async.types import FlowButton
from pywa_async.types.flows import FlowActionType

USER = "919876500001"
CATEGORY = [FlowCategory.APPOINTMENT_BOOKING]


@pytest_asyncio.fixture
async def server() -> AsyncIterator[FormServer]:
    async with form_server() as running:
        yield running


@pytest_asyncio.fixture
async def wa(simulator: Simulator) -> AsyncIterator[WhatsApp]:
    """pywa's client; the person has just written."""
    async with client(simulator) as made:
        await simulator.phone(USER, "text", text="hi")
        yield made


async def published(wa: WhatsApp, server: FormServer) -> str:
    """The id of a published booking form."""
    await wa.set_business_public_key(KEYS[1])
    flow = await wa.create_flow("Booking", CATEGORY, endpoint_uri=server.url, flow_json=booking())
    assert flow.success, flow.validation_errors
    await wa.publish_flow(flow.id)
    return str(flow.id)


def changes(simulator: Simulator) -> list[dict[str, Any]]:
    """The webhooks of the field ``flows``."""
    return [value for value in simulator.bot.values if "flow_id" in value]


def button(flow_id: str, **settings: Any) -> FlowButton:
    action = {"flow_token": "tok-1", "flow_action_type": FlowActionType.DATA_EXCHANGE}
    return FlowButton("Choose a time", flow_id=flow_id, **{**action, **settings})


async def test_a_flow_is_created_uploaded_published_and_retired(
    simulator: Simulator, wa: WhatsApp, server: FormServer
) -> None:
    assert await wa.set_business_public_key(KEYS[1])
    created = await wa.create_flow("Booking", CATEGORY, endpoint_uri=server.url)
    uploaded = await wa.update_flow_json(created.id, booking())
    assert uploaded.success
    assert not uploaded.validation_errors
    draft = await wa.get_flow(created.id)
    assert (draft.status, draft.json_version, draft.data_api_version) == (FlowStatus.DRAFT, "7.3", "4.0")
    assert draft.endpoint_uri == server.url
    await wa.publish_flow(created.id)
    assert server.asked == ["ping"]
    assert [flow.status for flow in await wa.get_flows()] == [FlowStatus.PUBLISHED]
    assert (await wa.get_flow(created.id)).health_status["can_send_message"] == "AVAILABLE"
    assert [asset.name for asset in await wa.get_flow_assets(created.id)] == ["flow.json"]
    with pytest.raises(errors.FlowDeletingError):
        await wa.delete_flow(created.id)
    with pytest.raises(errors.FlowUpdatingError):
        await wa.update_flow_json(created.id, booking())
    await wa.deprecate_flow(created.id)
    with pytest.raises(errors.FlowDeprecatingError):
        await wa.deprecate_flow(created.id)
    told = await simulator.bot.until(lambda bot: len(changes(simulator)) > 1 and changes(simulator))
    assert [(each["old_status"], each["new_status"]) for each in told] == [
        ("DRAFT", "PUBLISHED"),
        ("PUBLISHED", "DEPRECATED"),
    ]


async def test_a_name_is_unique_and_a_draft_can_go(simulator: Simulator, wa: WhatsApp) -> None:
    first = await wa.create_flow("Booking", CATEGORY)
    with pytest.raises(errors.WhatsAppError, match="Invalid parameter"):
        await wa.create_flow("Booking", CATEGORY)
    await wa.update_flow_metadata(first.id, name="Other", endpoint_uri="https://clinic.example/form")
    await wa.create_flow("Booking", CATEGORY)
    assert await wa.delete_flow(first.id)
    assert [flow.name for flow in await wa.get_flows()] == ["Booking"]


async def test_nothing_is_published_that_cannot_work(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    async def refused(said: str, flow_id: str) -> None:
        with pytest.raises(errors.FlowPublishingError) as refusal:
            await wa.publish_flow(flow_id)
        assert refusal.value.raw["error_user_title"] == said

    empty = await wa.create_flow("Empty", CATEGORY)
    await refused("Publishing Flow with validation errors", empty.id)
    flow = await wa.create_flow("Booking", CATEGORY, flow_json=booking())
    await refused("Publishing without specifying endpoint_uri is forbidden", flow.id)
    await wa.update_flow_metadata(flow.id, endpoint_uri=server.url)
    await refused("Missing Flows Signed Public Key", flow.id)
    await wa.set_business_public_key(KEYS[1])
    server.status = 500
    await refused("Endpoint Not Available", flow.id)
    server.status = 200
    await wa.publish_flow(flow.id)
    await refused("Publishing Flow in invalid state", flow.id)


@pytest.mark.parametrize("pem", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", KEYS[0]])
async def test_a_key_is_an_rsa_key_of_2048_bits(simulator: Simulator, pem: str) -> None:
    answer = await simulator.graph("POST", f"{NUMBER}/whatsapp_business_encryption", {"business_public_key": pem})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    known = await simulator.graph("GET", f"{NUMBER}/whatsapp_business_encryption")
    assert known.json() == {"data": [{"business_public_key_signature_status": "MISMATCH"}]}


async def test_a_key_comes_as_a_form_too(simulator: Simulator) -> None:
    path, headers = f"/v26.0/{NUMBER}/whatsapp_business_encryption", {"Authorization": f"Bearer {TOKEN}"}
    stored = await simulator.http.post(path, data={"business_public_key": KEYS[1]}, headers=headers)
    assert stored.json() == {"success": True}
    known = (await simulator.http.get(path, headers=headers)).json()["data"][0]
    assert known == {"business_public_key": KEYS[1], "business_public_key_signature_status": "VALID"}


def changed(**at: Any) -> str:
    """The booking form with one value changed: a path with dots, ``None`` takes it away."""
    document = json.loads(booking().to_json())
    for path, value in at.items():
        *way, last = path.split("__")
        place: Any = document
        for part in way:
            place = (
                place[int(part)]
                if part.isdecimal()
                else place[part.replace("_", "-") if part != "routing_model" else part]
            )
        if value is None:
            del place[last]
        else:
            place[last] = value
    return json.dumps(document, indent=2)


FIRST = "screens__0__layout__children"
WRONG = {
    "an unknown component": (changed(**{f"{FIRST}__0__type": "Headline"}), "INVALID_PROPERTY_VALUE"),
    "an unknown property": (changed(**{f"{FIRST}__0__colour": "red"}), "INVALID_PROPERTY_KEY"),
    "a label that is too long": (changed(**{f"{FIRST}__1__label": "x" * 31}), "MAX_CHARS_REQUIRED"),
    "no version": (changed(version=None), "MISSING_FLOW_JSON_VERSION"),
    "an old version": (changed(version="1.0"), "UNSUPPORTED_FLOW_JSON_VERSION"),
    "no routing model": (changed(routing_model=None), "MISSING_REQUIRED_PROPERTY"),
    "no endpoint": (changed(data_api_version=None), "MISSING_REQUIRED_PROPERTY"),
    "a screen that is not routed": (changed(routing_model={"DOCTOR": ["DAY"], "DAY": []}), "INVALID_ROUTING_MODEL"),
    "a way back": (
        changed(routing_model={"DOCTOR": ["DAY", "ABOUT"], "DAY": ["CONFIRM"], "CONFIRM": ["DAY"], "ABOUT": []}),
        "INVALID_ROUTING_MODEL",
    ),
    "unbound data": (changed(screens__0__data={}), "INVALID_SCREEN_DYNAMIC_DATA"),
    "data of another type": (
        changed(screens__0__data__doctors={"type": "string", "__example__": "x"}),
        "INVALID_SCREEN_DYNAMIC_DATA",
    ),
    "no terminal screen": (
        changed(screens__1__terminal=None, screens__1__success=None, screens__3__terminal=None),
        "MISSING_TERMINAL_SCREEN",
    ),
    "complete before the end": (
        changed(screens__1__terminal=None, screens__1__success=None),
        "INVALID_COMPLETE_ACTION",
    ),
    "a reserved name": (changed(screens__1__id="SUCCESS"), "SCREEN_ID_IS_RESERVED_KEYWORD"),
    "digits in a name": (changed(screens__1__id="ABOUT1"), "PATTERN_MISMATCH"),
    "a condition without a value": (changed(**{f"{FIRST}__2__condition": "1 == 1"}), "INVALID_PROPERTY_VALUE"),
    "a broken condition": (changed(**{f"{FIRST}__2__condition": "(${form.doctor} == "}), "INVALID_PROPERTY_VALUE"),
    "text around a binding": (changed(**{f"{FIRST}__0__text": "Hi ${data.greeting}"}), "PATTERN_MISMATCH"),
    "no JSON": ("{", "INVALID_FLOW_JSON"),
    "nesting without end": ("[" * 5000, "INVALID_FLOW_JSON"),
    "no object": ("[]", "INVALID_PROPERTY_TYPE"),
}


@pytest.mark.parametrize(("text", "code"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_with_a_flow_json(strict: Simulator, text: str, code: str) -> None:
    async with client(strict) as wa:
        flow = await wa.create_flow(f"Wrong {abs(hash(text))}", CATEGORY)
        uploaded = await wa.update_flow_json(flow.id, text)
        found = uploaded.validation_errors or ()
        assert code in [error.error for error in found], found
        assert all(error.message and error.line_start <= error.line_end for error in found)
        with pytest.raises(errors.FlowPublishingError):
            await wa.publish_flow(flow.id)


async def test_an_error_names_its_line(strict: Simulator) -> None:
    text = changed(**{f"{FIRST}__0__type": "Headline"})
    async with client(strict) as wa:
        flow = await wa.create_flow("Line", CATEGORY, flow_json=text)
    error = (flow.validation_errors or ())[0]
    line = text.splitlines()[error.line_start - 1]
    assert line[error.column_start - 1 : error.column_end - 1] == '"Headline"'


async def test_a_flow_is_sent_and_shown(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    flow = await published(wa, server)
    await wa.send_message(f"+{USER}", "Book here, or just write.", buttons=button(flow), tracker="o.1")
    bubble = (await simulator.transcript(USER))[-1]
    assert (bubble["kind"], bubble["button"], bubble["text"]) == ("flow", "Choose a time", "Book here, or just write.")
    assert bubble["flow"]["token"] == "tok-1"


REFUSED = {
    "a long label": {"flow_cta": "x" * 21},
    "an emoji": {"flow_cta": "Book 📅"},
    "another version": {"flow_message_version": "2"},
    "no version": {"flow_message_version": None},
    "an unknown Flow": {"flow_id": "1"},
    "a Flow twice": {"flow_name": "Booking"},
    "draft mode": {"mode": "draft"},
    "an unknown mode": {"mode": "test"},
    "an unknown action": {"flow_action": "open"},
    "a payload for the endpoint": {"flow_action_payload": {"screen": "DOCTOR"}},
    "no first screen": {"flow_action": "navigate"},
    "an unknown screen": {"flow_action": "navigate", "flow_action_payload": {"screen": "NOWHERE"}},
    "empty data": {"flow_action": "navigate", "flow_action_payload": {"screen": "DOCTOR", "data": {}}},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
async def test_what_a_message_with_a_flow_must_say(
    simulator: Simulator, wa: WhatsApp, server: FormServer, change: dict[str, Any]
) -> None:
    parameters = {
        "flow_message_version": "3",
        "flow_id": await published(wa, server),
        "flow_token": "t",
        "flow_cta": "Book",
        "flow_action": "data_exchange",
    }
    right = {"type": "flow", "body": {"text": "x"}, "action": {"name": "flow", "parameters": parameters}}
    assert (await simulator.send(USER, type="interactive", interactive=right)).status_code == 200
    wrong = {**right, "action": {"name": "flow", "parameters": {**parameters, **change}}}
    answer = await simulator.send(USER, type="interactive", interactive=wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) in ((400, 131009), (400, 131008))


async def test_throttled_ten_an_hour_and_blocked_none(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    flow = await published(wa, server)
    await simulator.control("POST", f"flows/{flow}", status="THROTTLED")
    for _ in range(10):
        await wa.send_message(f"+{USER}", "Book", buttons=button(flow))
    with pytest.raises(errors.FlowThrottled):
        await wa.send_message(f"+{USER}", "Book", buttons=button(flow))
    await simulator.control("POST", "clock", seconds=3601)
    await wa.send_message(f"+{USER}", "Book", buttons=button(flow))
    await simulator.control("POST", f"flows/{flow}", status="BLOCKED")
    with pytest.raises(errors.FlowBlocked):
        await wa.send_message(f"+{USER}", "Book", buttons=button(flow))
    told = await simulator.bot.until(lambda bot: len(changes(simulator)) == 3 and changes(simulator))
    assert [each["new_status"] for each in told] == ["PUBLISHED", "THROTTLED", "BLOCKED"]
    form = await simulator.phone(USER, "form")
    assert (form["state"], form["said"]) == ("failed", "This form cannot be opened.")


async def test_a_sick_endpoint_is_throttled_then_blocked_and_let_go(
    simulator: Simulator, wa: WhatsApp, server: FormServer
) -> None:
    flow = await published(wa, server)
    server.status = 500
    for _ in range(12):
        await simulator.control("POST", f"flows/{flow}/check")
    states = [each["new_status"] for each in changes(simulator) if each["event"] == "FLOW_STATUS_CHANGE"]
    await simulator.bot.until(lambda bot: len(changes(simulator)) >= 5)
    states = [each["new_status"] for each in changes(simulator) if each["event"] == "FLOW_STATUS_CHANGE"]
    assert states == ["PUBLISHED", "THROTTLED", "BLOCKED"]
    alerts = {each["event"]: each for each in changes(simulator) if "alert_state" in each}
    assert alerts["ENDPOINT_ERROR_RATE"]["threshold"] == 50
    assert alerts["ENDPOINT_ERROR_RATE"]["errors"][0]["error_type"] == "UNEXPECTED_HTTP_STATUS_CODE"
    assert alerts["ENDPOINT_AVAILABILITY"]["threshold"] == 90
    server.status = 200
    await simulator.control("POST", "clock", seconds=3700)
    for _ in range(2):
        shown = await simulator.control("POST", f"flows/{flow}/check")
    assert shown["status"] == "PUBLISHED"
    told = await simulator.bot.until(
        lambda bot: [v for v in changes(simulator) if v.get("alert_state") == "DEACTIVATED"]
    )
    assert {each["event"] for each in told} >= {"ENDPOINT_ERROR_RATE"}


@pytest.mark.parametrize("event", ["ENDPOINT_ERROR_RATE", "ENDPOINT_LATENCY", "ENDPOINT_AVAILABILITY"])
async def test_alerts_on_demand(simulator: Simulator, wa: WhatsApp, server: FormServer, event: str) -> None:
    flow = await published(wa, server)
    await simulator.control("POST", f"flows/{flow}/alert", event=event)
    told = await simulator.bot.until(lambda bot: [v for v in changes(simulator) if v["event"] == event])
    assert (told[0]["flow_id"], told[0]["alert_state"]) == (flow, "ACTIVATED")


async def test_another_account_sees_nothing(simulator: Simulator, wa: WhatsApp) -> None:
    flow = await wa.create_flow("Booking", CATEGORY)
    for method, path in (("GET", flow.id), ("POST", f"{flow.id}/publish"), ("DELETE", flow.id)):
        answer = await simulator.graph(method, path, token="other-access-token")
        assert answer.json()["error"]["error_subcode"] == 33
    assert (await simulator.graph("GET", f"{WABA}/flows", token="other-access-token")).status_code == 400
