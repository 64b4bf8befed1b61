"""The form's button as it leaves for Meta, and the list that goes at once where Meta refuses it."""

from typing import Any

import httpx
import orjson
import pytest
from pywa.types import FlowButton
from pywa.types.flows import FlowActionType
from pywa_async.client import WhatsApp

from bot.channels.cloud import REST, Cloud, form_wire, wire
from bot.channels.directory import Number
from bot.channels.errors import SendError
from bot.channels.http import Answer, Http
from bot.envelope import Outgoing
from clinic.views import Sender
from flows.reply import Form, Option, Reply

PERSON = Sender("IN.134", "919800000001")
FORM = Form("Tap the button, or write.", "Choose a time", 7)
LIST = Reply("Which clinic?", tuple(Option(f"7:c{n}", f"Clinic {n}") for n in range(5)), "Choose", form=FORM)
REPLY = Outgoing("o.1", "tenant", "1", PERSON, LIST, "c", 0.0)
NUMBER = Number("tenant", "channel", "100000000000009", "token", form="300000000000001")


async def by_pywa() -> dict[str, Any]:
    """What pywa posts for the same button."""
    posted: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posted.append(orjson.loads(request.content))
        return httpx.Response(200, json={"messages": [{"id": "wamid.1"}], "contacts": [{"input": "x", "wa_id": "1"}]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as session:
        pywa = WhatsApp(phone_id="1", token="t", session=session)
        button = FlowButton(
            FORM.button, flow_id=NUMBER.form, flow_token="t.7", flow_action_type=FlowActionType.DATA_EXCHANGE
        )
        await pywa.send_message(f"+{PERSON.wa_id}", FORM.text, buttons=button, tracker="o.1")
    return posted[0]


async def test_the_json_is_the_one_that_pywa_sends() -> None:
    assert form_wire(FORM, NUMBER.form, "t.7", PERSON, "o.1") == await by_pywa()


class Wire(Http):
    """Connections that answer as they are told to."""

    def __init__(self, *codes: int) -> None:
        super().__init__("http://nowhere")
        self.codes, self.posted = list(codes), list[dict[str, Any]]()

    async def post(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.posted.append(orjson.loads(body))
        if self.codes and (code := self.codes.pop(0)):
            return Answer(400, orjson.dumps({"error": {"code": code, "message": "no"}}))
        return Answer(200, b'{"messages": [{"id": "wamid.1"}]}')

    @property
    def kinds(self) -> list[str]:
        return [each["interactive"]["type"] for each in self.posted]


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def cloud(http: Http, clock: Time | None = None) -> Cloud:
    return Cloud(http, lambda reply: f"token of {reply.id}", clock or Time())


async def test_a_published_form_is_sent() -> None:
    http = Wire()
    await cloud(http).send(NUMBER, REPLY)
    assert http.kinds == ["flow"]
    assert http.posted[0]["interactive"]["action"]["parameters"]["flow_token"] == "token of o.1"


async def test_a_number_without_a_form_sends_the_list() -> None:
    http = Wire()
    await cloud(http).send(Number("tenant", "channel", "1", "token"), REPLY)
    await Cloud(http).send(NUMBER, REPLY)
    assert http.kinds == ["list", "list"]
    assert http.posted[0] == wire(LIST, PERSON, "o.1")


@pytest.mark.parametrize("code", [132068, 132069, 131009, 100])
async def test_where_the_form_is_refused_the_list_goes_at_once(code: int) -> None:
    http, clock = Wire(code), Time()
    channel = cloud(http, clock)
    assert await channel.send(NUMBER, REPLY) == "wamid.1"
    await channel.send(NUMBER, REPLY)
    assert http.kinds == ["flow", "list", "list"]
    clock.now += REST + 1
    await channel.send(NUMBER, REPLY)
    assert http.kinds[-1] == "flow"


@pytest.mark.parametrize("code", [131026, 130429, 190])
async def test_what_is_not_about_the_form_is_not_tried_as_a_list(code: int) -> None:
    http = Wire(code)
    with pytest.raises(SendError):
        await cloud(http).send(NUMBER, REPLY)
    assert http.kinds == ["flow"]


async def test_a_refusal_of_the_list_too_is_told() -> None:
    http = Wire(132068, 131026)
    with pytest.raises(SendError) as error:
        await cloud(http).send(NUMBER, REPLY)
    assert error.value.code == 131026


def test_the_button_and_its_words_are_within_the_limits() -> None:
    long = Form("x" * 3000, "a button with far too many words on it", 1)
    assert (len(long.text), len(long.button)) == (1024, 20)
