"""Flows as a service of the network: what phones do with them, what endpoints are asked, what businesses are told."""

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from simulator import ids, incoming
from simulator.errors import Json
from simulator.flow import LIVE, OPENED, Flow
from simulator.flow_client import EXPIRED, GENERIC, NOT_SERVED, Opened
from simulator.flow_endpoint import Answer, Endpoint, Keys
from simulator.flow_health import Health, Measured
from simulator.people import Message, Person
from simulator.webhooks import field_change

if TYPE_CHECKING:
    from simulator.network import Network

FORMS = 500  # open at a time
DONE = "SUCCESS"


class FlowService:
    """Everything about Flows that runs."""

    def __init__(self, network: "Network") -> None:
        self.network = network
        self.endpoint = Endpoint(network.config, Keys(network.world.public_keys))
        self.health: dict[str, Health] = {}
        self.opened: OrderedDict[str, Opened] = OrderedDict()
        self.notices: deque[Json] = deque(maxlen=100)  # errors that endpoints were told of
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to watch the endpoints."""
        await self.endpoint.start()
        if self.network.config.flow_ping_seconds:
            self._spawn(self._watch())

    async def stop(self) -> None:
        """Drop what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.endpoint.stop()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # the state of a Flow

    def set_status(self, flow: Flow, status: str) -> None:
        """Give a Flow another state and tell the business."""
        before, flow.status = flow.status, status
        if before == status:
            return
        said = f"Flow {flow.name} changed status from {before} to {status}"
        self.tell(flow, {"event": "FLOW_STATUS_CHANGE", "message": said, "old_status": before, "new_status": status})

    def tell(self, flow: Flow, value: Json) -> None:
        """A webhook of the field ``flows``."""
        self.network.changed = True
        value = {**value, "flow_id": flow.id}
        self.network.courier.send(f"flow/{flow.id}", field_change(flow.waba_id, "flows", value))
        self.network.stream.tell("flow", {"id": flow.id, "name": flow.name, "status": flow.status})

    def measure(self, flow: Flow, seconds: float, problem: str = "", *, ping: bool = False) -> None:
        """Count one request; alert the business and change the state, where that is due."""
        if flow.status not in LIVE:
            return
        now = self.network.clock.now()
        health = self.health.setdefault(flow.id, Health())
        health.measured.append(Measured(now, seconds, problem, ping))
        self.review(flow)

    def review(self, flow: Flow) -> None:
        """Alerts and the state, by what was measured until now."""
        now, health = self.network.clock.now(), self.health.setdefault(flow.id, Health())
        for value in health.alerts(flow.id, now):
            self.tell(flow, value)
        self.set_status(flow, health.state(flow.status, now))

    async def check(self, flow: Flow) -> Answer:
        """Ask the endpoint whether it is there."""
        number = self.key_holder(flow.waba_id)
        answer = await self.endpoint.ping(flow.endpoint_uri, number, flow.data_api_version)
        self.measure(flow, answer.seconds, answer.problem, ping=True)
        return answer

    def key_holder(self, waba_id: str) -> str:
        """A number of the account that has a public key; empty where none has."""
        numbers = [number.id for number in self.network.config.numbers if number.waba_id == waba_id]
        return next((number for number in numbers if self.network.world.public_keys.get(number)), "")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.network.config.flow_ping_seconds)
            for flow in list(self.network.world.flows.values()):
                if flow.status in LIVE and flow.has_endpoint and flow.endpoint_uri:
                    await self.check(flow)

    # what a phone does

    async def open(self, person: Person, message: Message) -> Opened:
        """Tap the button of a message with a Flow."""
        asked = message.content["flow"]
        flow = self.network.world.flows.get(asked["id"])
        number = self.network.world.numbers[message.number]
        form = Opened(ids.object_id(), flow or GONE, message, person, number, asked["token"])
        self.opened[form.id] = form
        if len(self.opened) > FORMS:
            self.opened.popitem(last=False)
        if asked.get("disabled"):
            form.fail(EXPIRED)
        elif flow is None or not (flow.status in OPENED or (flow.status == "DRAFT" and asked["mode"] == "draft")):
            form.fail(NOT_SERVED)
        elif asked["action"] == "navigate":
            self._begin_at(form, asked)
        else:
            await self._exchange(form, "INIT", "", {})
        return form

    def _begin_at(self, form: Opened, asked: Json) -> None:
        if asked["screen"] not in form.flow.entries() or form.show(asked["screen"], asked["data"]):
            form.fail(NOT_SERVED)

    async def put(self, form: Opened, name: str, value: Any) -> None:
        """Put something into a field."""
        form.said = form.url = ""
        action = form.put(name, value)
        if action is not None:
            await self._perform(form, action)

    async def act(self, form: Opened, key: str) -> None:
        """Tap the footer, or a link."""
        form.said = form.url = ""
        component = form.view().at(key)
        action = component.get("on-click-action") if component else None
        if component is None or action is None or component.get("enabled", True) is False:
            return
        if component["type"] != "Footer" or form.check():
            await self._perform(form, action)

    async def back(self, form: Opened) -> None:
        """The arrow at the top."""
        form.said, form.wrong = "", {}
        if len(form.pages) < 2:
            form.state = "closed"
        elif form.view().screen.body.get("refresh_on_back"):
            await self._exchange(form, "BACK", form.page.id, {})
        else:
            form.back()

    async def _perform(self, form: Opened, action: Json) -> None:
        await PERFORM[action["name"]](self, form, action)

    async def _navigate(self, form: Opened, action: Json) -> None:
        if form.show(action["next"]["name"], form.payload(action)):
            form.fail()

    async def _data_exchange(self, form: Opened, action: Json) -> None:
        await self._exchange(form, "data_exchange", form.page.id, form.payload(action))

    async def _complete(self, form: Opened, action: Json) -> None:
        self._finish(form, {"flow_token": form.token, **form.payload(action)})

    async def _open_url(self, form: Opened, action: Json) -> None:
        form.url = str(action.get("url", ""))

    async def _update_data(self, form: Opened, action: Json) -> None:
        if form.show(form.page.id, form.payload(action)):
            form.fail()

    # asking the endpoint

    async def _exchange(self, form: Opened, action: str, screen: str, data: Json) -> None:
        payload = self._payload(form, action, screen, data)
        flow = form.flow
        answer = await self.endpoint.ask(flow.endpoint_uri, form.person.key, form.number.id, payload)
        problem, said = answer.problem, answer.said
        if not problem:
            problem, said = self._arrived(form, action, answer.body)
            if problem:
                self._notify(form, payload, problem, said)
        elif problem == "response-decryption-error":
            self._notify(form, payload, problem, said)
        if problem:
            self._failed(form, problem, said)
        self.measure(flow, answer.seconds, "" if problem == "token" else problem)

    def _payload(self, form: Opened, action: str, screen: str, data: Json) -> Json:
        version = form.flow.data_api_version
        return {"version": version, "action": action, "screen": screen, "data": data, "flow_token": form.token}

    def _arrived(self, form: Opened, action: str, body: Json) -> tuple[str, str]:
        """Show what the endpoint answered; else what is wrong with it: Meta's key and a sentence."""
        screen, data = body.get("screen"), body.get("data")
        if not isinstance(screen, str) or not isinstance(data, dict):
            return "payload-schema-error", "The answer has no screen, or no data."
        if screen == DONE:
            return self._ended(form, action, data)
        said = self._wrong_way(form, action, screen)
        if said:
            return "invalid-screen-transition", said
        said = form.show(screen, data)
        notice = data.get("error_message")
        form.said = notice if isinstance(notice, str) else ""
        return ("payload-schema-error", said) if said else ("", "")

    def _wrong_way(self, form: Opened, action: str, screen: str) -> str:
        flow = form.flow
        if flow.screen(screen) is None:
            return f"There is no screen {screen} in the Flow."
        if action == "INIT":
            first = screen in flow.entries()
            return "" if first else f"The first screen [{screen}] has incoming nodes in the routing model."
        allowed = flow.leads(form.page.id, screen)
        return "" if allowed else f"Screen transition to {screen} is invalid. Please check your routing model."

    def _ended(self, form: Opened, action: str, data: Json) -> tuple[str, str]:
        response = data.get("extension_message_response")
        params = response.get("params") if isinstance(response, dict) else None
        if action == "INIT" or not isinstance(params, dict) or not params.get("flow_token"):
            return "payload-schema-error", "SUCCESS without extension_message_response.params.flow_token."
        self._finish(form, params)
        return "", ""

    def _failed(self, form: Opened, problem: str, said: str) -> None:
        self.network.stream.tell("refused", {"code": problem, "said": said or problem, "number": form.number.id})
        if problem != "token":
            form.fail(GENERIC)
            return
        form.message.content["flow"]["disabled"] = True
        self.network.show(form.message, "status")
        form.fail(said or EXPIRED)

    def _notify(self, form: Opened, payload: Json, problem: str, said: str) -> None:
        """Tell the endpoint what the phone could not use."""
        notice = {**payload, "data": {"error": problem, "error_message": said}}
        self._spawn(self._send_notice(form, notice))

    async def _send_notice(self, form: Opened, notice: Json) -> None:
        answer = await self.endpoint.ask(form.flow.endpoint_uri, form.person.key, form.number.id, notice)
        data = answer.body.get("data")
        acknowledged = isinstance(data, dict) and data.get("acknowledged") is True
        self.notices.append({"flow": form.flow.id, **notice["data"], "acknowledged": acknowledged})

    def _finish(self, form: Opened, response: Json) -> None:
        """Close the form and send what was filled in, as a message of the person."""
        kept = {name: value for name, value in response.items() if name != "flow_token"}
        sent = kept if form.person.drops_flow_token else response
        reply = {"name": "flow", "body": "Sent", "response_json": json.dumps(sent)}
        shown = {"kind": "form", "text": "Sent", "response": kept}
        part = {"type": "nfm_reply", "nfm_reply": reply}
        context = incoming.quote(form.number, form.person, form.message)
        incoming.say(self.network, form.person, form.number, "interactive", part, shown, context)
        form.state, form.sent = "done", sent


GONE = Flow("", "", "", [], 0.0, status="DEPRECATED")
PERFORM: dict[str, Callable[[FlowService, Opened, Json], Awaitable[None]]] = {
    "navigate": FlowService._navigate,
    "data_exchange": FlowService._data_exchange,
    "complete": FlowService._complete,
    "open_url": FlowService._open_url,
    "update_data": FlowService._update_data,
}
