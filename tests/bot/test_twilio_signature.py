"""Twilio's signatures at our door: vectors computed by the twilio package, over the address as it was entered there."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from bot.payload import Item, Received
from bot.receive import LARGEST
from tests.bot.twilio_world import TWILIO, form, receiver

FORM = "application/x-www-form-urlencoded"
MESSAGES = "/webhooks/twilio"
Pairs = list[tuple[str, str]]


@dataclass
class Entered:
    """``url``: as it was entered at Twilio; ``public``: the address that we were told; ``asked``: what reaches us after
    the proxies."""

    url: str
    public: str = "https://desk.example"
    asked: str = MESSAGES
    fallback: str = ""


async def answer(
    folder: Path, pairs: Pairs, at: Entered, *, key: str = TWILIO.token, algorithm: str = "", headers: bool = True
) -> tuple[int, list[str]]:
    """How a webhook is answered, and what was understood."""
    taken: list[Item] = []

    async def take(items: list[Item]) -> None:
        taken.extend(items)

    app = receiver(take, folder)
    app.address, app.fallback = at.public, at.fallback
    signature = RequestValidator(key).compute_signature(at.url, MultiDict(pairs), algorithm=algorithm or None)
    told = {"x-twilio-signature": signature, "content-type": f"{FORM}; charset=utf-8"}
    if algorithm:
        told["x-twilio-webhooks-signature-settings"] = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
    if not headers:
        told = {"content-type": FORM}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://10.0.0.7:8000") as client:
        found = await client.post(at.asked, content=urlencode(pairs), headers=told)
    return found.status_code, [item.inbound.text for item in taken if isinstance(item, Received)]


def pairs(*more: tuple[str, str], body: str = "hi") -> Pairs:
    return [*form(body).items(), *more]


PROXIES = {
    "as it is": Entered("https://desk.example/webhooks/twilio"),
    "another host and scheme behind the proxy": Entered("https://desk.example/webhooks/twilio"),
    "a port": Entered("https://desk.example:8443/webhooks/twilio", "https://desk.example:8443"),
    "the scheme's own port, signed with it": Entered("https://desk.example:443/webhooks/twilio"),
    "the scheme's own port, entered and not signed": Entered(
        "https://desk.example/webhooks/twilio", "https://desk.example:443"
    ),
    "a path before ours, which the proxy takes away": Entered(
        "https://a.example/desk/webhooks/twilio", "https://a.example/desk"
    ),
    "a slash at the end": Entered("https://desk.example/webhooks/twilio/", asked=f"{MESSAGES}/"),
    "a query": Entered("https://desk.example/webhooks/twilio?a=%2Fb&c=%20", asked=f"{MESSAGES}?a=%2Fb&c=%20"),
    "a query without a value": Entered("https://desk.example/webhooks/twilio?a", asked=f"{MESSAGES}?a"),
    "plain http": Entered("http://desk.example/webhooks/twilio", "http://desk.example"),
    "the fallback on another host": Entered(
        "https://other.example/webhooks/twilio/fallback", asked=f"{MESSAGES}/fallback", fallback="https://other.example"
    ),
    "the fallback on the same one": Entered(
        "https://desk.example/webhooks/twilio/fallback", asked=f"{MESSAGES}/fallback"
    ),
}


@pytest.mark.parametrize("name", PROXIES)
async def test_the_address_is_the_one_that_was_entered(name: str, tmp_path: Path) -> None:
    assert await answer(tmp_path, pairs(), PROXIES[name]) == (200, ["hi"])


NEEDED = {"MessageSid", "AccountSid", "From", "To"}
FORMS: dict[str, Pairs] = {
    "blank fields": pairs(("MediaUrl0", ""), ("MediaContentType0", ""), ("ButtonText", "")),
    "everything blank": [(name, value if name in NEEDED else "") for name, value in form("").items()],
    "a parameter twice": pairs(("Tag", "b"), ("Tag", "a")),
    "a parameter twice with one value": pairs(("Tag", "a"), ("Tag", "a")),
    "a parameter in another case": pairs(("tag", "1"), ("Tag", "2"), ("TAG", "3")),
    "unknown parameters": pairs(("Novelty", "1"), ("ChannelMetadata", '{"type":"whatsapp","data":{"novelty":[1,{}]}}')),
    "metadata that is no JSON": pairs(("ChannelMetadata", "{{{")),
    "words of every kind": pairs(body="नमस्ते مرحبا ñ 👍🏽\r\n+ & = % # \u0000 \ufeff"),
    "a long text": pairs(body="x" * 4096),
    "an idempotency token and an error": pairs(("ErrorCode", "11205"), ("ErrorUrl", "https://desk.example/x?y=1")),
}


@pytest.mark.parametrize("name", FORMS)
async def test_every_parameter_counts(name: str, tmp_path: Path) -> None:
    given, at = FORMS[name], PROXIES["as it is"]
    status, texts = await answer(tmp_path, given, at)
    assert (status, texts) == (200, [dict(given)["Body"]])


@pytest.mark.parametrize("name", FORMS)
async def test_the_shared_key_signs_by_sha256(name: str, tmp_path: Path) -> None:
    given, at = FORMS[name], PROXIES["as it is"]
    assert (await answer(tmp_path, given, at, key=TWILIO.shared_key, algorithm="HMAC_SHA256"))[0] == 200
    assert (await answer(tmp_path, given, at, key="another", algorithm="HMAC_SHA256"))[0] == 401
    assert (await answer(tmp_path, given, at, key=TWILIO.token, algorithm="HMAC_SHA256"))[0] == 401


async def test_a_shared_key_may_sign_by_sha1_too(tmp_path: Path) -> None:
    at = PROXIES["as it is"]
    assert (await answer(tmp_path, pairs(), at, key=TWILIO.shared_key, algorithm="HMAC_SHA1"))[0] == 200


WRONG = {
    "another path": Entered("https://desk.example/webhooks/twilio/status"),
    "another host": Entered("https://desk.example.evil.example/webhooks/twilio"),
    "another scheme": Entered("http://desk.example/webhooks/twilio"),
    "another port": Entered("https://desk.example:8443/webhooks/twilio"),
    "a slash that we did not get": Entered("https://desk.example/webhooks/twilio/"),
    "a query that we did not get": Entered("https://desk.example/webhooks/twilio?x=1"),
    "a query that was added": Entered("https://desk.example/webhooks/twilio", asked=f"{MESSAGES}?x=1"),
    "a query decoded": Entered("https://desk.example/webhooks/twilio?a=/b", asked=f"{MESSAGES}?a=%2Fb"),
    "a fragment, which is never signed": Entered("https://desk.example/webhooks/twilio#rc=3"),
    "what the bot sees": Entered("http://10.0.0.7:8000/webhooks/twilio"),
    "the fallback's, at the main address": Entered(
        "https://other.example/webhooks/twilio", fallback="https://other.example"
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_another_address_is_not_ours(name: str, tmp_path: Path) -> None:
    assert await answer(tmp_path, pairs(), WRONG[name]) == (401, [])


async def test_without_a_header_nothing_is_taken(tmp_path: Path) -> None:
    assert await answer(tmp_path, pairs(), PROXIES["as it is"], headers=False) == (401, [])


async def test_a_body_that_is_too_long_is_not_even_read(tmp_path: Path) -> None:
    assert await answer(tmp_path, pairs(body="x" * LARGEST), PROXIES["as it is"]) == (413, [])


@pytest.mark.parametrize("changed", ["Body", "MessageSid", "To", "From", "AccountSid"])
async def test_what_was_changed_on_the_way_is_not_twilios(changed: str, tmp_path: Path) -> None:
    given = form("hi")
    signed = RequestValidator(TWILIO.token).compute_signature("https://desk.example/webhooks/twilio", given)

    async def take(items: list[Item]) -> None:
        raise AssertionError(items)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(receiver(take, tmp_path)), base_url="http://b") as http:
        body = urlencode(given | {changed: f"{given[changed]}0"})
        found = await http.post(MESSAGES, content=body, headers={"x-twilio-signature": signed, "content-type": FORM})
    assert found.status_code == 401
