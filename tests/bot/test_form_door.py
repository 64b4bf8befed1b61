"""The booking form's endpoint, asked as a phone asks: each code of WhatsApp's, keys that change, a whole booking."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
import structlog
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from bench.phone_cipher import Sealed, seal, signed
from bot.content import content_of
from bot.envelope import Outgoing, who
from bot.form import token
from bot.form.door import PATH, FormDoor
from bot.ids import chat_key
from bot.lanes import Lanes
from bot.pipeline import Coalesced
from bot.receive import Message, Receive, Send, say
from clinic import clock
from clinic.booking_form import BITS, BookingForm, new_key
from clinic.views import Sender
from flows.conversations import CONVERSATIONS
from flows.form.screens import ORDER
from flows.inbound import Inbound, Kind
from flows.reply import Reply
from flows.session import Session
from flows.texts import say as say_text
from flows.turn import turn
from tests.flows.fake_desk import FakeDesk, returning

SECRET, KEY = "app-secret", "secret-key"
PERSON = Sender("IN.77", "919800000077", "Asha", "channel")
CHAT = chat_key("demo", PERSON.user_id)


async def beyond(scope: Message, receive: Receive, send: Send) -> None:
    """The rest of the bot."""
    await say(send, 200, b"the rest")


@dataclass
class Desk:
    """The form's endpoint, one patient's chat at a practice that likes forms, and the keys."""

    redis: "Redis"
    lanes: Lanes
    desk: FakeDesk
    client: httpx.AsyncClient
    form: BookingForm
    session: Session = field(default_factory=Session)
    keys: tuple[str, ...] = ()
    asked: int = 0
    count: int = 0

    async def turn(self, kind: Kind, **fields: Any) -> Reply:
        """A message in the chat."""
        self.count += 1
        inbound = Inbound(f"m{self.count}", clock.now(), kind, **fields)
        self.session, [reply] = await turn(CONVERSATIONS, self.session, inbound, self.desk, clock.now())
        await self.keep()
        return reply

    async def keep(self, person: Sender = PERSON, tenant: str = "demo") -> None:
        """The session as the bot leaves it in Redis."""
        place = f"{{s{self.lanes.shard(CHAT)}}}:chat:{CHAT}"
        kept = {"session": self.session.to_json(), "who": who(tenant, person)}
        await self.redis.hset(place, mapping=kept)  # type: ignore[arg-type]

    def token(self, **changed: Any) -> str:
        return token.make(KEY, CHAT, changed.get("asked", self.session.asked), changed.get("since", _now()))

    async def send(self, sealed: Sealed, path: str = "", **headers: str) -> httpx.Response:
        given = signed(sealed.body, SECRET) | headers
        return await self.client.post(path or f"{PATH}demo/{self.form.id}", content=sealed.body, headers=given)

    async def ask(self, said: Any, code: int = 200, raw: bytes | None = None) -> Any:
        """One request of the phone; the answer, read."""
        sealed = seal(said, self.form.public_key(KEY), raw=raw)
        answer = await self.send(sealed)
        assert answer.status_code == code, answer.content
        return sealed.read(answer.content)

    async def screen(self, action: str, screen: str = "", data: dict[str, Any] | None = None, code: int = 200) -> Any:
        said = {"version": "4.0", "action": action, "screen": screen, "data": data or {}, "flow_token": self.token()}
        return await self.ask(said, code)


def _now() -> float:
    return clock.now().timestamp()


@pytest_asyncio.fixture
async def desk(redis: "Redis") -> AsyncIterator[Desk]:
    lanes = Lanes(Coalesced(redis), 2)
    fake = returning(FakeDesk(booking_form=True))
    fake.known = replace(fake.known, last_visit=None)
    form = BookingForm.model_construct(
        id="f1", tenant_id="demo", waba_id="1", private_key=new_key(KEY), previous_key="", key_made_at=clock.now()
    )
    made: list[Desk] = []

    async def find(tenant: str, id: str) -> tuple[str, ...]:
        return made[0].form.keys(KEY, clock.now()) if (tenant, id) == ("demo", "f1") else ()

    door = FormDoor(beyond, SECRET.encode(), KEY, find, lanes, lambda _tenant, _person: fake)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://bot") as client:
        made.append(Desk(redis, lanes, fake, client, form))
        await made[0].turn(Kind.TEXT, text="hi")
        await made[0].turn(Kind.CHOICE, choice=f"{made[0].session.asked}:me")
        yield made[0]


async def test_ping(desk: Desk) -> None:
    assert await desk.ask({"version": "4.0", "action": "ping"}) == {"data": {"status": "active"}}


async def test_a_booking_from_the_button_to_the_chat(desk: Desk) -> None:
    shown = await desk.screen("INIT")
    way = [shown["screen"]]
    while shown["screen"] != "SUCCESS":
        shown = await desk.screen("data_exchange", shown["screen"], _first(shown))
        way.append(shown["screen"])
    assert way == [*ORDER, "SUCCESS"]
    params = shown["data"]["extension_message_response"]["params"]
    assert params["flow_token"]
    assert "Dr " in params["text"]
    response = orjson.dumps(params).decode()
    reply = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": response}}
    facts = content_of({"type": "interactive", "interactive": reply})
    assert facts["kind"] is Kind.FORM
    await desk.turn(**facts)
    assert len(desk.desk.booked) == 1
    assert await desk.screen("INIT", code=427) == {"error_msg": say_text("en", "form_over")}


def _first(shown: dict[str, Any]) -> dict[str, Any]:
    """The first choice of every list of a screen, and what it hides."""
    data = shown["data"]
    known = {name: data[name] for name in ("clinic", "service", "doctor", "day", "slot") if name in data}
    lists = {"clinics": "clinic", "doctors": "doctor", "slots": "slot"}
    known |= {name: data[rows][0]["id"] for rows, name in lists.items() if rows in data}
    return known | ({"day": data["first"]} if "first" in data else {})


def _reply(response: Any) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": response}}}


@pytest.mark.parametrize(
    ("response", "choice"),
    [
        ('{"flow_token": "t", "choice": "1 a b c d"}', "1 a b c d"),
        ('{"choice": "1 a b c d"}', "1 a b c d"),  # as some iPhones send it
        ('{"choice": 7}', ""), ("[]", ""), ("{", ""), ("", ""), ("null", ""),
        (orjson.dumps({"choice": "x" * 2000}).decode(), ""),
    ],
)  # fmt: skip
def test_the_message_that_ends_a_form(response: str, choice: str) -> None:
    assert content_of(_reply(response)) == {"kind": Kind.FORM} | ({"choice": choice} if choice else {})


def test_who_reads_the_chat_sees_what_was_chosen() -> None:
    facts = content_of(_reply('{"choice": "1 a b c d", "text": "Follow-up with Dr Nair"}'))
    assert facts["text"] == "Follow-up with Dr Nair"


def test_a_form_without_a_response_is_still_a_form() -> None:
    assert content_of(_reply(None))["kind"] is Kind.FORM


async def test_a_wrong_signature_is_432(desk: Desk) -> None:
    sealed = seal({"action": "ping"}, desk.form.public_key(KEY))
    for wrong in ("", "sha256=", "sha256=" + "0" * 64, signed(sealed.body + b" ", SECRET)["x-hub-signature-256"]):
        assert (await desk.send(sealed, **{"x-hub-signature-256": wrong})).status_code == 432


async def test_what_no_key_opens_is_421(desk: Desk) -> None:
    stranger = new_key(KEY)
    sealed = seal({"action": "ping"}, desk.form.model_copy(update={"private_key": stranger}).public_key(KEY))
    assert (await desk.send(sealed)).status_code == 421


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"x", b'{"encrypted_flow_data": 1, "encrypted_aes_key": {}, "initial_vector": []}'],
)
async def test_what_is_no_request_at_all_is_421(desk: Desk, body: bytes) -> None:
    assert (await desk.send(Sealed(body, b"", b""))).status_code == 421


async def test_touched_on_its_way_it_is_421(desk: Desk) -> None:
    envelope = orjson.loads(seal({"action": "ping"}, desk.form.public_key(KEY)).body)
    for name, value in envelope.items():
        other = "A" if value[5] != "A" else "B"
        touched = orjson.dumps(envelope | {name: value[:5] + other + value[6:]})
        assert (await desk.send(Sealed(touched, b"", b""))).status_code == 421, name


async def test_changed_keys(desk: Desk) -> None:
    """The old one is good for a day; the new one at once, although the old ones are remembered for a while."""
    before = desk.form
    await desk.ask({"action": "ping"})
    desk.form = before.model_copy(
        update={"private_key": new_key(KEY), "previous_key": before.private_key, "key_made_at": clock.now()}
    )
    assert await desk.ask({"action": "ping"}) == {"data": {"status": "active"}}
    sealed = seal({"action": "ping"}, before.public_key(KEY))
    assert (await desk.send(sealed)).status_code == 200
    later = desk.form.key_made_at + timedelta(days=1, seconds=1)
    assert len(desk.form.keys(KEY, later)) == 1


def test_keys_are_as_whatsapp_wants_them() -> None:
    form = BookingForm.model_construct(private_key=new_key(KEY), previous_key="", key_made_at=datetime.now(UTC))
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public = load_pem_public_key(form.public_key(KEY).encode())
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == BITS == 2048
    assert "PRIVATE" not in form.private_key


async def test_a_form_that_is_none_of_ours_is_404(desk: Desk) -> None:
    sealed = seal({"action": "ping"}, desk.form.public_key(KEY))
    for path in ("demo/f2", "other/f1", "", "demo", "demo/f1/x"):
        assert (await desk.send(sealed, f"{PATH}{path}")).status_code == 404


async def test_other_addresses_go_on_to_the_bot(desk: Desk) -> None:
    assert (await desk.client.get("/health")).content == b"the rest"


async def test_only_posts_and_only_short_ones(desk: Desk) -> None:
    assert (await desk.client.get(f"{PATH}demo/f1")).status_code == 405
    assert (await desk.send(Sealed(b"x" * 70_000, b"", b""))).status_code == 413


@pytest.mark.parametrize("action", ["INIT", "data_exchange", "navigate"])
async def test_an_error_notice_is_acknowledged_and_counted(desk: Desk, action: str) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("opdesk_form_requests_total", {"outcome": "notice"}) or 0.0

    before = counted()
    data = {"error": "response-decryption-failed", "error_message": "Asha Verma 919800000077"}
    with structlog.testing.capture_logs() as logs:
        answer = await desk.ask({"version": "4.0", "action": action, "flow_token": desk.token(), "data": data})
    assert answer == {"data": {"acknowledged": True}}
    assert counted() == before + 1
    assert "Asha" not in str(logs)


async def test_the_token_of_an_earlier_question_is_427(desk: Desk) -> None:
    said = {"action": "INIT", "flow_token": desk.token(asked=desk.session.asked - 1)}
    assert await desk.ask(said, 427) == {"error_msg": say_text("en", "form_over")}


async def test_an_old_token_is_427_in_the_patients_language(desk: Desk) -> None:
    desk.session.language = "ar"
    await desk.keep()
    said = {"action": "INIT", "flow_token": desk.token(since=_now() - token.GOOD - 1)}
    assert await desk.ask(said, 427) == {"error_msg": say_text("ar", "form_over")}


@pytest.mark.parametrize("forged", ["", "x", "...", f"{CHAT}.2.99999999999.", f"{CHAT}.2.99999999999.AAAA", "é" * 300])
async def test_a_token_that_is_not_ours_is_427(desk: Desk, forged: str) -> None:
    assert await desk.ask({"action": "INIT", "flow_token": forged}, 427) == {"error_msg": say_text("en", "form_over")}


async def test_a_token_of_another_installation_is_427(desk: Desk) -> None:
    stranger = token.make("another secret", CHAT, desk.session.asked, _now())
    await desk.ask({"action": "INIT", "flow_token": stranger}, 427)


async def test_a_chat_of_another_practice_is_427(desk: Desk) -> None:
    """Also where somebody sends one practice's token to another one's form."""
    await desk.keep(tenant="other")
    await desk.screen("INIT", code=427)


async def test_a_chat_that_is_forgotten_is_427(desk: Desk) -> None:
    shown = desk.token()
    await desk.redis.flushdb()
    await desk.ask({"action": "INIT", "flow_token": shown}, 427)


def test_a_token_tells_nothing_about_who_it_is_for() -> None:
    made = token.make(KEY, CHAT, 7, 1.0)
    assert PERSON.user_id not in made
    assert PERSON.wa_id not in made
    assert len(made) < 120


def test_the_token_is_made_of_the_reply() -> None:
    from flows.reply import Form
    from opdesk.forms import tokens

    reply = Reply("Which clinic?", form=Form("Fill in", "Choose", 7))
    outgoing = Outgoing("o.1", "demo", "1", PERSON, reply, "c", 1000.0)
    assert token.read(KEY, tokens(KEY)(outgoing), 1000.0 + token.GOOD - 1) == (CHAT, "7")
    assert token.read(KEY, tokens(KEY)(outgoing), 1000.0 + token.GOOD) == (CHAT, "")
    assert Outgoing.from_json(outgoing.to_json()) == outgoing


async def test_right_to_left_words_arrive_whole(desk: Desk) -> None:
    desk.session.language = "ar"
    await desk.keep()
    shown = await desk.screen("INIT")
    assert shown["data"]["heading"] == say_text("ar", "form_clinic")


async def test_the_desk_is_away(desk: Desk) -> None:
    desk.desk.broken = True
    sealed = seal({"action": "INIT", "flow_token": desk.token()}, desk.form.public_key(KEY))
    assert (await desk.send(sealed)).status_code == 503


async def test_no_line_of_the_log_names_the_patient(desk: Desk) -> None:
    with structlog.testing.capture_logs() as logs:
        await desk.screen("INIT")
        await desk.ask({"action": "INIT", "flow_token": "x"}, 427)
        desk.desk.broken = True
        await desk.send(seal({"action": "INIT", "flow_token": desk.token()}, desk.form.public_key(KEY)))
    assert all(each not in str(logs) for each in (PERSON.user_id, PERSON.wa_id, "Asha"))


async def test_many_at_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.screen("INIT") for _ in range(20)))
    assert {each["screen"] for each in answers} == {"CLINIC"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
some_request = st.fixed_dictionaries(
    {},
    optional={
        "version": anything,
        "action": st.sampled_from(["INIT", "BACK", "data_exchange", "navigate", "ping"]) | anything,
        "screen": st.sampled_from([*ORDER, "DOCTOR_FIRST", "DATE_FIRST"]) | anything,
        "data": anything,
        "flow_token": st.just("good") | anything,
    },
)


@given(said=some_request | anything)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_a_phone_says_has_an_answer_of_whatsapps(desk: Desk, said: Any) -> None:
    if isinstance(said, dict) and said.get("flow_token") == "good":
        said = said | {"flow_token": desk.token()}
    sealed = seal(said, desk.form.public_key(KEY))
    answer = await desk.send(sealed)
    assert answer.status_code in (200, 427)
    found = sealed.read(answer.content)
    assert isinstance(found.get("error_msg"), str) if answer.status_code == 427 else found["data"]


@given(raw=st.binary(max_size=80))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_bytes_that_are_no_json_are_never_our_failure(desk: Desk, raw: bytes) -> None:
    sealed = seal(None, desk.form.public_key(KEY), raw=raw)
    assert (await desk.send(sealed)).status_code in (200, 421, 427)
