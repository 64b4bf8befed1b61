"""A form filled in on the phone, against an endpoint written with pywa's own encryption."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from conftest import Simulator, eventually, simulating  # type: ignore[import-not-found]
from form_server import DAYS, KEYS, OTHER_KEYS, FormServer, answers, booking, client, form_server
from pywa.types.flows import (
    CheckboxGroup,
    CompleteAction,
    DataSource,
    FlowCategory,
    FlowCompletion,
    FlowJSON,
    Footer,
    Layout,
    NavigateAction,
    Next,
    Screen,
    ScreenData,
    TextBody,
    TextInput,
)
from pywa_async import WhatsApp
from pywa_async.types import FlowButton
from pywa_async.types.flows import FlowActionType

Json = dict[str, Any]
USER = "919876500001"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[FormServer]:
    async with form_server() as running:
        yield running


@contextlib.asynccontextmanager
async def offered(simulator: Simulator, server: FormServer) -> AsyncIterator[WhatsApp]:
    """pywa's client; the form is published and sent, and nothing was asked yet."""
    async with client(simulator) as made:
        await simulator.phone(USER, "text", text="hi")
        await made.set_business_public_key(KEYS[1])
        category = [FlowCategory.APPOINTMENT_BOOKING]
        flow = await made.create_flow("B", category, endpoint_uri=server.url, flow_json=booking(), publish=True)
        server.requests.clear()
        server.tries = 0
        choose = FlowButton("Book", flow_id=flow.id, flow_token="t1", flow_action_type=FlowActionType.DATA_EXCHANGE)
        await made.send_message(f"+{USER}", "Book here", buttons=choose)
        yield made


@pytest_asyncio.fixture
async def wa(simulator: Simulator, server: FormServer) -> AsyncIterator[WhatsApp]:
    async with offered(simulator, server) as made:
        yield made


class Form:
    """A form on the phone."""

    def __init__(self, simulator: Simulator, shown: Json) -> None:
        self.simulator, self.shown = simulator, shown

    @property
    def components(self) -> dict[str, Json]:
        """By name, else by type."""
        return {each.get("name", each["type"]): each for each in self.shown["components"]}

    async def do(self, action: str, **body: Any) -> Json:
        answer = await self.simulator.http.post(f"/phone/forms/{self.shown['id']}/{action}", json=body)
        assert answer.status_code == 200, answer.text
        self.shown = answer.json()
        return self.shown

    async def put(self, name: str, value: Any) -> Json:
        return await self.do("put", name=name, value=value)

    async def tap(self, name: str = "Footer") -> Json:
        return await self.do("act", key=self.components[name]["key"])


async def opened(simulator: Simulator) -> Form:
    return Form(simulator, await simulator.phone(USER, "form"))


async def at_confirmation(simulator: Simulator) -> Form:
    form = await opened(simulator)
    await form.put("doctor", "nair")
    await form.tap()
    await form.put("day", "2026-12-24")
    await form.tap()
    return form


async def test_a_booking_from_the_first_screen_to_the_reply(
    simulator: Simulator, wa: WhatsApp, server: FormServer
) -> None:
    form = await opened(simulator)
    assert (form.shown["screen"], form.shown["title"], form.shown["can_go_back"]) == (
        "DOCTOR",
        "Choose a doctor",
        False,
    )
    assert form.components["TextHeading"]["text"] == "Hello"
    assert [each["title"] for each in form.components["doctor"]["data-source"]] == ["Dr Rao", "Dr Nair"]
    assert "TextBody" not in form.components
    await form.put("doctor", "rao")
    assert form.components["TextBody"]["text"] == "Dr Rao speaks Hindi."
    await form.tap()
    assert (form.shown["screen"], form.components["day"]["unavailable-dates"]) == ("DAY", ["2026-12-25"])
    await form.put("day", "2026-12-24")
    await form.tap()
    assert [each["text"] for each in form.shown["components"] if each["type"] == "TextBody"] == [
        "On 2026-12-24",
        "Fee: 500",
    ]
    await form.put("name", "Asha")
    assert form.components["Footer"]["enabled"] is False
    assert (await form.tap())["state"] == "open"
    await form.put("agreed", True)
    assert (await form.tap())["state"] == "done"
    assert server.asked == ["INIT", "data_exchange", "data_exchange", "data_exchange"]
    assert server.requests[0] == {"version": "4.0", "action": "INIT", "screen": "", "data": {}, "flow_token": "t1"}
    assert server.requests[1]["data"] == {"doctor": "rao"}
    message = (await simulator.bot.until(lambda bot: bot.messages[1:]))[0]
    reply = message["interactive"]["nfm_reply"]
    assert (message["type"], reply["name"], reply["body"]) == ("interactive", "flow", "Sent")
    assert json.loads(reply["response_json"]) == {"flow_token": "t1", "name": "Asha"}
    sent = next(bubble for bubble in await simulator.transcript(USER) if bubble["kind"] == "flow")
    assert message["context"]["id"] == sent["id"]
    untyped: Any = wa
    completion = FlowCompletion.from_update(untyped, simulator.bot.posts[-1])
    assert (completion.token, completion.response) == ("t1", {"name": "Asha"})


async def test_an_iphone_leaves_the_token_out(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    await simulator.control("PATCH", f"people/{USER}", drops_flow_token=True)
    form = await at_confirmation(simulator)
    await form.put("name", "Asha")
    await form.put("agreed", True)
    await form.tap()
    message = (await simulator.bot.until(lambda bot: bot.messages[1:]))[0]
    assert json.loads(message["interactive"]["nfm_reply"]["response_json"]) == {"name": "Asha"}


async def test_what_is_filled_in_wrongly_is_said_and_not_sent(
    simulator: Simulator, wa: WhatsApp, server: FormServer
) -> None:
    form = await opened(simulator)
    await form.tap()
    assert form.components["doctor"]["error"] == "This field is required."
    assert not form.shown["ready"]
    await form.put("doctor", "nair")
    assert "error" not in form.components["doctor"]
    await form.tap()
    for day in ("2026-12-25", "2027-01-01", "tomorrow"):
        await form.put("day", day)
        await form.tap()
        assert form.components["day"]["error"] == "This day cannot be chosen.", day
    assert server.asked == ["INIT", "data_exchange"]


async def test_back_asks_again_where_the_screen_wants_it(
    simulator: Simulator, wa: WhatsApp, server: FormServer
) -> None:
    form = await at_confirmation(simulator)
    await form.do("back")
    assert (form.shown["screen"], form.components["day"]["value"]) == ("DAY", "2026-12-24")
    assert server.asked == ["INIT", "data_exchange", "data_exchange"]
    await form.do("back")
    assert (form.shown["screen"], form.components["doctor"]["value"]) == ("DOCTOR", "nair")
    assert server.requests[-1]["action"] == "BACK"
    assert (await form.do("back"))["state"] == "closed"


async def test_a_link_leads_on_without_the_endpoint(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    form = await opened(simulator)
    await form.put("doctor", "nair")
    await form.tap("EmbeddedLink")
    assert form.components["TextBody"]["text"] == "You chose nair"
    assert (await form.tap())["state"] == "done"
    message = (await simulator.bot.until(lambda bot: bot.messages[1:]))[0]
    reply = json.loads(message["interactive"]["nfm_reply"]["response_json"])
    assert reply == {"flow_token": "t1", "stopped": True}
    assert server.asked == ["INIT"]


async def test_a_notice_keeps_the_screen(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    form = await at_confirmation(simulator)
    server.answer = lambda _: {"screen": "CONFIRM", "data": {"error_message": "Just taken.", "fee": 100}}
    await form.put("name", "Asha")
    await form.put("agreed", True)
    await form.tap()
    assert (form.shown["state"], form.shown["said"], form.shown["screen"]) == ("open", "Just taken.", "CONFIRM")
    assert [each["text"] for each in form.shown["components"] if each["type"] == "TextBody"][1] == "Fee: 200"
    assert form.components["name"]["value"] == "Asha"


WRONG_ANSWERS = {
    "an unknown screen": ({"screen": "NOWHERE", "data": {}}, "invalid-screen-transition"),
    "a screen that is not the first": ({"screen": "DAY", "data": DAYS}, "invalid-screen-transition"),
    "data left out": ({"screen": "DOCTOR", "data": {"greeting": "Hi"}}, "payload-schema-error"),
    "data of another type": (
        {"screen": "DOCTOR", "data": {"greeting": 1, "doctors": []}},
        "payload-schema-error",
    ),
    "no choices": ({"screen": "DOCTOR", "data": {"greeting": "Hi", "doctors": []}}, "payload-schema-error"),
    "a title that is too long": (
        {"screen": "DOCTOR", "data": {"greeting": "Hi", "doctors": [{"id": "1", "title": "x" * 31}]}},
        "payload-schema-error",
    ),
    "an empty heading": (
        {"screen": "DOCTOR", "data": {"greeting": " ", "doctors": [{"id": "1", "title": "x"}]}},
        "payload-schema-error",
    ),
    "no screen": ({"data": {}}, "payload-schema-error"),
    "an end at the beginning": ({"screen": "SUCCESS", "data": {}}, "payload-schema-error"),
}


@pytest.mark.parametrize(("wrong", "key"), WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
async def test_the_endpoint_is_told_what_the_phone_could_not_use(
    simulator: Simulator, wa: WhatsApp, server: FormServer, wrong: Json, key: str
) -> None:
    server.answer = lambda request: answers({}) if "error" in request["data"] else wrong
    form = await opened(simulator)
    assert (form.shown["state"], form.shown["said"]) == ("failed", "Something went wrong. Try again later.")
    notice = await eventually(lambda: server.requests[1:] and server.requests[1])
    assert (notice["action"], notice["flow_token"], notice["data"]["error"]) == ("INIT", "t1", key)
    assert notice["data"]["error_message"]

    async def acknowledged() -> Any:
        return (await simulator.control("GET", "flows"))["notices"]

    assert (await eventually(acknowledged))[0]["acknowledged"] is True


async def test_an_old_key_is_fetched_anew_once(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    await (await opened(simulator)).do("close")
    server.private_key = OTHER_KEYS[0]
    await wa.set_business_public_key(OTHER_KEYS[1])
    tries = server.tries
    form = await opened(simulator)
    assert (form.shown["state"], server.tries - tries) == ("open", 2)
    server.private_key = KEYS[0]
    tries = server.tries
    assert (await opened(simulator)).shown["state"] == "failed"
    assert server.tries - tries == 2


@pytest.mark.parametrize("sealed", [True, False])
async def test_a_token_that_is_spent_disables_the_button(
    simulator: Simulator, wa: WhatsApp, server: FormServer, sealed: bool
) -> None:
    server.status, server.said, server.sealed = 427, "This time was booked already.", sealed
    form = await opened(simulator)
    assert (form.shown["state"], form.shown["said"]) == ("failed", "This time was booked already.")
    bubble = (await simulator.transcript(USER))[-1]
    assert bubble["flow"]["disabled"] is True
    tries = server.tries
    assert (await opened(simulator)).shown["said"] == "This form is no longer available."
    assert server.tries == tries


@pytest.mark.parametrize("status", [432, 500, 302])
async def test_other_answers_are_errors(simulator: Simulator, wa: WhatsApp, server: FormServer, status: int) -> None:
    server.status = status
    form = await opened(simulator)
    assert (form.shown["state"], form.shown["said"]) == ("failed", "Something went wrong. Try again later.")
    assert server.tries == 1


async def test_a_silent_endpoint_is_asked_twice(bots_url: str, server: FormServer) -> None:
    async def asleep(_: Json) -> Json:
        await asyncio.sleep(1.5)
        return {}

    server.answer = asleep
    async with simulating(bots_url, flow_timeout=1) as hasty, offered(hasty, server):
        form = await opened(hasty)
    assert form.shown["state"] == "failed"
    assert server.asked == ["INIT", "INIT"]


async def test_a_form_without_an_endpoint(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    wish = ScreenData(key="wish", example="x")
    name = TextInput(name="name", label="Name")
    marks = [DataSource(id=str(mark), title=f"Mark {mark}") for mark in range(3)]
    several = CheckboxGroup(name="marks", label="Marks", data_source=marks, max_selected_items=2)
    first = NavigateAction(next=Next(name="SECOND"), payload={"wish": name.ref})
    done = CompleteAction(payload={"marks": several.ref, "wish": wish.ref, "again": name.ref_in("FIRST")})
    document = FlowJSON(
        version="7.3",
        screens=[
            Screen(id="FIRST", title="1", layout=Layout(children=[name, Footer(label="On", on_click_action=first)])),
            Screen(
                id="SECOND",
                title="2",
                terminal=True,
                data=[wish],
                layout=Layout(children=[TextBody(text=wish.ref), several, Footer(label="Send", on_click_action=done)]),
            ),
        ],
    )
    flow = await wa.create_flow("Static", [FlowCategory.SURVEY], flow_json=document, publish=True)
    assert flow.success, flow.validation_errors
    start = FlowActionType.NAVIGATE
    ask = FlowButton("Tell us", flow_id=flow.id, flow_action_type=start, flow_action_screen="FIRST")
    await wa.send_message(f"+{USER}", "How was it?", buttons=ask)
    form = await opened(simulator)
    await form.put("name", "Good")
    await form.tap()
    assert form.components["TextBody"]["text"] == "Good"
    await form.put("marks", ["0", "1", "2"])
    await form.tap()
    assert form.components["marks"]["error"] == "Choose between 0 and 2."
    await form.put("marks", ["0", "2"])
    assert (await form.tap())["state"] == "done"
    message = (await simulator.bot.until(lambda bot: bot.messages[1:]))[0]
    reply = json.loads(message["interactive"]["nfm_reply"]["response_json"])
    assert reply == {"flow_token": "unused", "marks": ["0", "2"], "wish": "Good", "again": "Good"}
    assert server.tries == 0


async def test_a_form_is_opened_from_a_template(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    flow = (await wa.get_flows())[0].id
    buttons = [{"type": "FLOW", "text": "Book", "flow_id": flow, "flow_action": "data_exchange"}]
    parts = [{"type": "BODY", "text": "Time for your next visit."}, {"type": "BUTTONS", "buttons": buttons}]
    await simulator.template("recall", components=parts)
    given = {"type": "button", "sub_type": "flow", "index": "0"}
    given["parameters"] = [{"type": "action", "action": {"flow_token": "t2"}}]  # type: ignore[assignment]
    template = {"name": "recall", "language": {"code": "en"}, "components": [given]}
    assert (await simulator.send(USER, type="template", template=template)).status_code == 200
    form = await opened(simulator)
    assert (form.shown["screen"], server.requests[-1]["flow_token"]) == ("DOCTOR", "t2")


async def test_nothing_to_open(simulator: Simulator) -> None:
    answer = await simulator.http.post(f"/phone/{USER}/form", json={})
    assert answer.status_code == 409
    assert (await simulator.http.post("/phone/forms/1/act", json={"key": "x"})).status_code == 409


async def test_flows_survive_a_restart(simulator: Simulator, wa: WhatsApp, server: FormServer) -> None:
    from simulator.network import Network
    from simulator.snapshot import dump, load

    network = Network(simulator.app.state.network.config)
    load(network, json.loads(json.dumps(dump(simulator.app.state.network))))
    assert [flow.status for flow in network.world.flows.values()] == ["PUBLISHED"]
    assert network.flows.key_holder("200000000000001") == "100000000000001"
