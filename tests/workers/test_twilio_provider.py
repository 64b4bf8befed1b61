"""Twilio as the workers' provider, by the real package on the strict simulator: templates made, reviewed and sent,
files fetched, numbers looked at."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from promises import SECRET_KEY, Practice
from twilio.rest import Client
from twilio_house import ACCOUNT, ASHA, SENDER, TOKEN, TwilioHouse, number_at_twilio, until

from bot.channels.directory import Number
from bot.channels.errors import Action, SendError
from bot.channels.twilio import Twilio as Speaker
from bot.channels.twilio import base
from clinic.purpose import LANGUAGES, PURPOSES
from clinic.template import Template, TemplateButton, starter
from clinic.template_sample import samples_of
from clinic.views import Sender
from workers.letter import composed
from workers.provider import Letter, TooLarge
from workers.providers import Providers
from workers.submission import as_pywa
from workers.twilio import Twilio
from workers.twilio_template import content_of, filling

TO = Sender(ASHA, ASHA)
pytestmark = pytest.mark.usefixtures("database")


@pytest_asyncio.fixture
async def provider(house: TwilioHouse) -> AsyncIterator[Twilio]:
    made = speaker(house)
    yield made
    await made.close()


def speaker(house: TwilioHouse, token: str = TOKEN, address: str = SENDER) -> Twilio:
    number = Number("tenant", "channel", address, token, provider="twilio", account=ACCOUNT)
    return Twilio(Speaker(house.url, house.address), number)


def template(purpose: str = "reminder", language: str = "en", **more: Any) -> Template:
    return starter("tenant", purpose, language, **more)


def letter_of(made: Template, sid: str, **words: str) -> Letter:
    values = samples_of(made.purpose, "en") | words
    taps = [f"visit.{each.action}.a1.1" if each.action else "" for each in made.buttons]
    known = made.model_copy(update={"accounts": {ACCOUNT: made.at("").model_copy(update={"id": sid})}})
    return composed("n.p1.1", TO, known, values, taps, ACCOUNT)


async def approved(provider: Twilio, made: Template) -> str:
    await provider.create_template(made)

    async def told() -> str:
        found = (await provider.templates()).get((made.name, made.language))
        assert found is None or found.status != "REJECTED", found
        return found.id if found and found.status == "APPROVED" else ""

    return str(await until(told))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_of_ours_are_approved_and_read_as_they_were_written(house: TwilioHouse, language: str) -> None:
    provider = speaker(house)
    made = [template(purpose, language) for purpose in PURPOSES]
    for each in made:
        assert (await provider.create_template(each)).status == "PENDING"

    async def reviewed() -> Any:
        found = await provider.templates()
        return found if {told.status for told in found.values()} == {"APPROVED"} else None

    known = await until(reviewed)
    for each in made:
        told = known[each.name, each.language]
        assert told.category == each.category
        if each.category == "AUTHENTICATION":
            continue
        await provider.send_template(letter_of(each, told.id))
        said = (await house.bubbles())[-1]
        assert said["text"] == each.said(each.body, samples_of(each.purpose, "en")), each.purpose
        options = [(option["title"], option["id"]) for option in said.get("options", [])]
        assert options == [(button.text, f"visit.{button.action}.a1.1") for button in each.buttons]
    await provider.close()


BUTTONS = {
    "a link with an end of its own": [TemplateButton(kind="url", text="Map", value="https://asha.example/{{reference}}")],
    "a fixed link and a telephone": [
        TemplateButton(kind="url", text="Map", value="https://asha.example/map"),
        TemplateButton(kind="phone_number", text="Call", value="+15550000101"),
    ],
    "a reply and a link": [
        TemplateButton(text="I will come", action="come"),
        TemplateButton(kind="url", text="Map", value="https://asha.example/{{reference}}"),
    ],
    "a long reply": [TemplateButton(text="I will come, thank you", action="come")],
    "a reply that does nothing, and one that does": [
        TemplateButton(text="Thanks"), TemplateButton(text="I will come", action="come"),
    ],
    "a code": [TemplateButton(kind="copy_code", text="Copy", value="ABC123")],
    "none": [],
}  # fmt: skip


@pytest.mark.parametrize("name", BUTTONS)
@pytest.mark.parametrize(("header", "footer"), [("", ""), ("Visit {{reference}} soon", "Asha Clinics")])
async def test_every_kind_of_template_is_taken_and_filled(
    provider: Twilio, house: TwilioHouse, name: str, header: str, footer: str
) -> None:
    made = template(buttons=BUTTONS[name], header=header, footer=footer)
    sid = await approved(provider, made)
    letter = letter_of(made, sid, reference="K7P-4QX")
    await provider.send_template(letter)
    said = (await house.bubbles())[-1]
    assert said["text"] == made.said(made.body, samples_of("reminder", "en") | {"reference": "K7P-4QX"})
    assert said.get("header", {}).get("text", "") == header.replace("{{reference}}", "K7P-4QX")
    assert said.get("footer", "") == footer
    shown = {
        each["title"]: each.get("url") or each.get("id") for each in [*said.get("links", []), *said.get("options", [])]
    }
    for button in made.buttons:
        expected = {
            "url": button.value.replace("{{reference}}", "K7P-4QX"), "phone_number": f"tel:{button.value}",
            "copy_code": shown[button.text],
            "quick_reply": f"visit.{button.action}.a1.1" if button.action else button.text,
        }  # fmt: skip
        assert shown[button.text] == expected[button.kind]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_both_providers_are_given_the_same_words_and_as_many_values(purpose: str) -> None:
    made = (
        template(purpose, header="Visit {{practice}}") if PURPOSES[purpose].category == "UTILITY" else template(purpose)
    )
    content = content_of(made)
    if made.category == "UTILITY":
        parts = {part["type"]: part for part in json.loads(as_pywa(made).to_json())["components"]}
        assert content.part["body"] == parts["BODY"]["text"]
        assert filling(letter_of(made, "HX")).keys() == content.samples.keys()
    assert all(content.samples.values())


async def test_a_code_goes_as_whatsapps_own_template(provider: Twilio, house: TwilioHouse) -> None:
    made = template("one_time_code")
    sid = await approved(provider, made)
    letter = Letter(TO, made.name, "en", (), "n.c.1", code="482913", account=ACCOUNT, template_id=sid, ttl_seconds=300)
    await provider.send_template(letter)
    said = (await house.bubbles())[-1]
    assert said["text"].startswith("*482913* is your verification code")
    assert said["footer"] == "This code expires in 5 minutes."
    assert said["links"][0]["code"] == "482913"


async def test_the_status_comes_back_with_the_outbox_id(provider: Twilio, house: TwilioHouse) -> None:
    made = template()
    sid = await provider.send_template(letter_of(made, await approved(provider, made)))
    await until(
        lambda: [form["MessageStatus"] for form in house.statuses if form["MessageSid"] == sid][-1:] == ["read"]
    )


async def test_an_empty_fact_is_no_reason_to_refuse_the_message(provider: Twilio, house: TwilioHouse) -> None:
    made = template(header="For {{reference}} only")
    letter = letter_of(made, await approved(provider, made), reference="", clinic="Hill \n  Road")
    await provider.send_template(letter)
    said = (await house.bubbles())[-1]
    assert (said["header"]["text"], "at Hill Road:" in said["text"]) == ("For - only", True)


async def test_a_refusal_and_its_reason(provider: Twilio) -> None:
    await provider.create_template(template(body="{{patient}}, come on {{date}}"))

    async def refused() -> Any:
        told = (await provider.templates()).get(("appointment_reminder", "en"))
        return told if told and told.status == "REJECTED" else None

    assert "start or end" in (await until(refused)).reason


async def test_what_was_made_and_not_handed_in_is_not_made_twice(provider: Twilio, house: TwilioHouse) -> None:
    """A worker may die between the two calls."""
    made = template()
    content = content_of(made)
    body = {"friendly_name": made.name, "language": "en", "types": content.types, "variables": content.samples}
    answer = await house.http.post(f"{house.url}/v1/Content", json=body, auth=(ACCOUNT, TOKEN))
    assert await provider.templates() == {}
    told = await provider.create_template(made)
    assert told.id == answer.json()["sid"]
    assert len(await house.contents()) == 1


async def test_other_words_that_were_never_handed_in_are_not_taken_for_them(
    provider: Twilio, house: TwilioHouse
) -> None:
    body = {"friendly_name": "appointment_reminder", "language": "en", "types": {"twilio/text": {"body": "Other."}}}
    answer = await house.http.post(f"{house.url}/v1/Content", json=body, auth=(ACCOUNT, TOKEN))
    await provider.templates()
    assert (await provider.create_template(template())).id != answer.json()["sid"]


@pytest.mark.parametrize(("said", "means"), [("paused", "PAUSED"), ("disabled", "DISABLED"), ("pending", "PENDING")])
async def test_what_became_of_it_since(provider: Twilio, house: TwilioHouse, said: str, means: str) -> None:
    made = template()
    sid = await approved(provider, made)
    await house.control(f"twilio/contents/{sid}", status=said)
    assert (await provider.templates())[made.name, "en"].status == means


async def test_without_content_nothing_is_sent_and_it_is_tried_again_soon(provider: Twilio) -> None:
    with pytest.raises(SendError) as refused:
        await provider.send_template(letter_of(template(), ""))
    assert (refused.value.action, refused.value.retryable) == (Action.HALT_TEMPLATE, True)


async def test_a_pause_cannot_be_ended_here(provider: Twilio) -> None:
    assert await provider.unpause(template()) is False


async def test_the_number_is_shown_where_the_account_has_it(house: TwilioHouse) -> None:
    good, strange, locked = speaker(house), speaker(house, address="whatsapp:+15559999999"), speaker(house, "wrong")
    assert await good.shown_number() == "+15550000001"
    for each, action in ((strange, Action.PERMANENT), (locked, Action.HALT)):
        with pytest.raises(SendError) as refused:
            await each.shown_number()
        assert refused.value.action is action


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (20429, Action.SLOW),
        (63038, Action.RETRY),
        (20500, Action.RETRY),
        (21211, Action.PERMANENT),
        (63007, Action.HALT),
    ],
)
async def test_a_refusal_at_once_means_what_the_table_says(
    provider: Twilio, house: TwilioHouse, code: int, action: Action
) -> None:
    made = template()
    sid = await approved(provider, made)
    await house.http.patch(f"{house.url}/control/faults", json={"fail_code": code, "fail_next": 1})
    with pytest.raises(SendError) as refused:
        await provider.send_template(letter_of(made, sid))
    assert (refused.value.code, refused.value.action) == (code, action)


# files


async def sent_file(house: TwilioHouse, content: bytes = b"%PDF-1.4 " + b"x" * 2000) -> str:
    """The id under which the bot keeps a file that a patient has sent."""
    query = {"number": SENDER, "filename": "report.pdf"}
    headers = {"content-type": "application/pdf"}
    answer = await house.http.put(f"{house.url}/phone/{ASHA}/file", params=query, content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    client = base(Client(ACCOUNT, TOKEN), house.url)

    def found() -> str:
        [message] = client.messages.list(to=SENDER, limit=1)
        [media] = client.messages(message.sid).media.list()
        return f"{message.sid}-{media.sid}"

    return await asyncio.to_thread(found)


async def test_a_file_is_fetched(provider: Twilio, house: TwilioHouse) -> None:
    media_id = await sent_file(house)
    assert (await provider.file(media_id, 10_000)).content.startswith(b"%PDF-1.4 x")
    with pytest.raises(TooLarge):
        await provider.file(media_id, 1_000)


@pytest.mark.parametrize("media_id", ["SM1-ME1", "nothing", "../x-y", "SM1-ME1/../.."])
async def test_a_file_that_is_not_there_is_gone_for_good(provider: Twilio, media_id: str) -> None:
    with pytest.raises(SendError) as refused:
        await provider.file(media_id, 1_000)
    assert refused.value.action is Action.PERMANENT


async def test_the_token_stays_with_twilio(house: TwilioHouse) -> None:
    """The bytes lie elsewhere: whoever keeps them is not told the account's token."""
    from aiohttp import web

    seen: list[str | None] = []

    async def bytes_(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("authorization"))
        return web.Response(body=b"bytes")

    async def leads_on(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("authorization"))
        raise web.HTTPTemporaryRedirect(
            f"http://127.0.0.1:{port}/elsewhere" if request.path.endswith("ME1") else "http://127.0.0.2/x"
        )

    app = web.Application()
    app.router.add_get("/elsewhere", bytes_)
    app.router.add_get("/2010-04-01/{rest:.*}", leads_on)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    provider = Twilio(
        Speaker(f"http://127.0.0.1:{port}", ""), Number("t", "c", SENDER, "secret", provider="twilio", account=ACCOUNT)
    )
    assert (await provider.file("SM1-ME1", 100)).content == b"bytes"
    assert seen[0] is not None
    assert seen[1] is None
    with pytest.raises(SendError) as refused:
        await provider.file("SM1-ME2", 100)
    assert refused.value.detail == "a file at an open address"
    await runner.cleanup()


async def test_each_number_speaks_through_its_own_provider(clinic: Practice, house: TwilioHouse) -> None:
    channel = await number_at_twilio(clinic)
    providers = Providers("http://127.0.0.1:1", SECRET_KEY, house.url, house.address)
    kinds = [type(await providers(clinic.id, each)).__name__ for each in (clinic.channel_id, channel.id, "gone")]
    assert kinds == ["Graph", "Twilio", "Graph"]
    assert await providers(clinic.id, channel.id) is await providers(clinic.id, channel.id)
    await providers.close()
