"""What a template message looks like on its way to Meta: the JSON that pywa would send, whatever is filled in."""

from dataclasses import replace
from typing import Any, cast

import httpx
import orjson
import pytest
from pywa_async.client import WhatsApp
from pywa_async.types.templates import (
    AuthenticationBody,
    BodyText,
    CopyCodeOTPButton,
    HeaderText,
    QuickReplyButton,
    TemplateLanguage,
    URLButton,
)

from clinic.views import Sender
from workers.provider import Letter
from workers.template_wire import wire

PHONE, BSUID = Sender("IN.134", "919800000001"), Sender("US.13491208655302741918")
PLAIN = Letter(PHONE, "visit_booked", "en", (), "n.1.1")
LETTERS = {
    "nothing to fill in": PLAIN,
    "words": replace(PLAIN, parameters=("Meera", "Dr Rao", "شكرا ✓")),
    "header": replace(PLAIN, parameters=("Meera",), header="Asha Clinic"),
    "header alone": replace(PLAIN, header="Asha Clinic"),
    "buttons": replace(PLAIN, parameters=("Meera",), buttons=("visit.come.1.0", "", "visit.cancel.1.0")),
    "links": replace(PLAIN, buttons=("", "visit.come.1.0"), links={0: "K7P%204QX", 2: "x"}),
    "code": replace(PLAIN, template="one_time_code", language="pt_BR", code="482913"),
}


def filling(letter: Letter) -> list[Any] | None:
    """The same in pywa's words."""
    if letter.code:
        return [AuthenticationBody.params(otp=letter.code), CopyCodeOTPButton.params(otp=letter.code)]
    header, body = cast("Any", HeaderText.params), cast("Any", BodyText.params)  # its hints ask for the wrong types
    parts: list[Any] = [header(letter.header)] if letter.header else []
    parts += [body(*letter.parameters)] if letter.parameters else []
    taps = [(at, payload) for at, payload in enumerate(letter.buttons) if payload]
    parts += [QuickReplyButton.params(callback_data=payload, index=at) for at, payload in taps]
    parts += [URLButton.params(url_variable=end, index=at) for at, end in letter.links.items()]
    return parts or None


async def by_pywa(letter: Letter) -> Any:
    """What pywa posts for it."""
    posted: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posted.append(orjson.loads(request.content))
        return httpx.Response(200, json={"messages": [{"id": "wamid.1"}], "contacts": [{"input": "1", "wa_id": "1"}]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as session:
        to = f"+{letter.to.wa_id}" if letter.to.wa_id else letter.to.user_id
        await WhatsApp(phone_id="1", token="t", session=session).send_template(
            to, letter.template, TemplateLanguage(letter.language), filling(letter), tracker=letter.outbox_id
        )
    return posted[0]


@pytest.mark.parametrize("to", [PHONE, BSUID], ids=["phone", "user id"])
@pytest.mark.parametrize("name", LETTERS)
async def test_the_json_is_the_one_that_pywa_sends(name: str, to: Sender) -> None:
    letter = replace(LETTERS[name], to=to)
    assert orjson.loads(orjson.dumps(wire(letter))) == await by_pywa(letter)
