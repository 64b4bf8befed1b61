"""What leaves for Meta: the JSON that pywa would send, over connections that are kept; and what answers mean."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from pywa.types import Button, Section, SectionList, SectionRow
from pywa_async.client import WhatsApp

from bot.channels import graph
from bot.channels.cloud import Cloud, recipient, wire
from bot.channels.errors import Action, SendError
from bot.channels.http import Http, NotReached
from bot.envelope import Outgoing
from clinic.views import Sender
from flows.reply import Option, Reply
from opdesk.stores import free_port
from tests.bot.world import NUMBER

PHONE, BSUID = Sender("IN.134", "919800000001"), Sender("US.13491208655302741918")
YES, NO = Option("1.yes", "Yes, book it ✓"), Option("1.no", "Another time")
ROWS = tuple(Option(f"2.{n}", f"Dr No {n}", "Dentist" if n % 2 else "") for n in range(10))
REPLIES = {
    "text": Reply("Good morning! https://clinic.example"),
    "buttons": Reply("Shall I book it?", (YES, NO)),
    "list": Reply("Which doctor?", ROWS, "Doctors"),
    "right to left": Reply("أي طبيب؟", ROWS[:4], "الأطباء"),
    "location": Reply("Where are you?", ask_location=True),
    "contact": Reply("Which number is yours?", ask_contact=True),
}


async def by_pywa(reply: Reply, to: str) -> dict[str, Any]:
    """What pywa posts for the same reply."""
    posted: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posted.append(orjson.loads(request.content))
        return httpx.Response(200, json={"messages": [{"id": "wamid.1"}], "contacts": [{"input": to, "wa_id": "1"}]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as session:
        pywa = WhatsApp(phone_id="1", token="t", session=session)
        if reply.ask_location:
            await pywa.request_location(to, reply.text, tracker="o.1")
        elif reply.ask_contact:
            await pywa.request_contact_info(to, reply.text, tracker="o.1")
        elif reply.as_buttons:
            buttons = [Button(option.title, callback_data=option.id) for option in reply.options]
            await pywa.send_message(to, reply.text, buttons=buttons, tracker="o.1")
        elif reply.options:
            rows = [SectionRow(o.title, callback_data=o.id, description=o.description) for o in reply.options]
            menu = SectionList(reply.menu, sections=[Section(reply.menu, rows)])
            await pywa.send_message(to, reply.text, buttons=menu, tracker="o.1")
        else:
            await pywa.send_message(to, reply.text, tracker="o.1")
    return posted[0]


@pytest.mark.parametrize("to", [PHONE, BSUID], ids=["phone", "user id"])
@pytest.mark.parametrize("name", REPLIES)
async def test_the_json_is_the_one_that_pywa_sends(name: str, to: Sender) -> None:
    expected = await by_pywa(REPLIES[name], f"+{to.wa_id}" if to.wa_id else to.user_id)
    assert wire(REPLIES[name], to, "o.1") == expected


@pytest.mark.parametrize(
    ("to", "named"),
    [
        (Sender("IN.1", "919800000001"), {"to": "+919800000001"}),
        (Sender("919800000001", "+919800000001"), {"to": "+919800000001"}),
        (Sender("IN.1"), {"recipient": "IN.1"}),
    ],
)
def test_to_whom_it_goes(to: Sender, named: dict[str, str]) -> None:
    assert recipient(to) == named


@dataclass
class Meta:
    """A server that answers as it is told, and remembers. An answer of ``b""`` hangs up, None says nothing."""

    port: int = 0
    answers: list[bytes | None] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.asked.append(head + await reader.readexactly(length))
                said = self.answers.pop(0) if self.answers else http(200, {"messages": [{"id": "wamid.9"}]})
                if said is None:
                    continue
                if not said:
                    return
                for piece in (said[:20], said[20:]):
                    writer.write(piece)
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


def http(status: int, body: Any, *headers: str) -> bytes:
    """An answer as a server writes it."""
    said = body if isinstance(body, bytes) else orjson.dumps(body)
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(said)}", *headers, "", ""]
    return "\r\n".join(head).encode() + said


@pytest_asyncio.fixture
async def meta() -> AsyncIterator[Meta]:
    made = Meta()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


Open = Callable[..., Cloud]


@pytest_asyncio.fixture
async def cloud() -> AsyncIterator[Open]:
    """Opens clouds, and hangs up for them."""
    opened: list[Http] = []

    def open_one(port: int, **settings: Any) -> Cloud:
        opened.append(Http(f"http://127.0.0.1:{port}", **settings))
        return Cloud(opened[-1])

    yield open_one
    for each in opened:
        await each.close()
    await asyncio.sleep(0)


REPLY = Outgoing("o.1", "tenant", NUMBER.phone_number_id, PHONE, REPLIES["text"], "c", 0.0)


async def test_a_reply_is_posted_with_the_numbers_own_token(meta: Meta, cloud: Open) -> None:
    sender = cloud(meta.port)
    assert await sender.send(NUMBER, REPLY) == "wamid.9"
    head, _, body = meta.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v26.0/100000000000009/messages HTTP/1.1\r\n")
    assert b"Authorization: Bearer access-token\r\n" in head
    assert orjson.loads(body) == wire(REPLY.reply, PHONE, "o.1")


async def test_typing_marks_the_message_as_read(meta: Meta, cloud: Open) -> None:
    meta.answers = [http(200, {"success": True})]
    await cloud(meta.port).typing(NUMBER, "wamid.in")
    assert orjson.loads(meta.asked[0].partition(b"\r\n\r\n")[2]) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.in",
        "typing_indicator": {"type": "text"},
    }


@pytest.mark.parametrize(
    ("answer", "action", "code"),
    [
        (http(400, {"error": {"code": 131047, "message": "m"}}), Action.TEMPLATE, 131047),
        (http(401, {"error": {"code": 190, "message": "m"}}), Action.HALT, 190),
        (http(500, b"<html>"), Action.RETRY, 0),
        (http(503, b""), Action.RETRY, 0),
        (http(302, b"", "Location: http://127.0.0.1/"), Action.RETRY, 0),
        (b"HTTP/1.1 what?\r\n\r\n", Action.AMBIGUOUS, 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Action.AMBIGUOUS, 0),
        (b"", Action.AMBIGUOUS, 0),
        (None, Action.AMBIGUOUS, 0),
    ],
    ids=["window", "token", "html", "empty", "redirect", "no http", "half", "hung up", "silence"],
)
async def test_what_an_answer_means(meta: Meta, cloud: Open, answer: bytes | None, action: Action, code: int) -> None:
    meta.answers = [answer]
    with pytest.raises(SendError) as failed:
        await cloud(meta.port, timeout=0.3).send(NUMBER, REPLY)
    assert (failed.value.action, failed.value.code) == (action, code)
    assert await cloud(meta.port).send(NUMBER, REPLY) == "wamid.9"


async def test_where_nobody_listens_nothing_was_sent(cloud: Open) -> None:
    with pytest.raises(SendError) as failed:
        await cloud(free_port()).send(NUMBER, REPLY)
    assert failed.value.action is Action.RETRY


@pytest.mark.parametrize("said", [{}, [], {"messages": []}, {"messages": [{}]}, b"not json"])
async def test_accepted_in_words_that_we_do_not_know_is_accepted(meta: Meta, cloud: Open, said: Any) -> None:
    meta.answers = [http(200, said)]
    assert await cloud(meta.port).send(NUMBER, REPLY) == ""


async def test_connections_are_kept(meta: Meta, cloud: Open) -> None:
    sender = cloud(meta.port)
    for _ in range(20):
        await sender.send(NUMBER, REPLY)
    assert meta.connections == 1
    await asyncio.gather(*(sender.send(NUMBER, REPLY) for _ in range(20)))
    assert meta.connections <= 20


async def test_there_are_never_more_connections_than_allowed(meta: Meta, cloud: Open) -> None:
    sender = cloud(meta.port, limit=3)
    wamids = await asyncio.gather(*(sender.send(NUMBER, REPLY) for _ in range(50)))
    assert wamids == ["wamid.9"] * 50
    assert meta.connections == 3


async def test_a_broken_connection_makes_room_for_another(meta: Meta, cloud: Open) -> None:
    sender = cloud(meta.port, limit=1)
    meta.answers = [b""]
    results = await asyncio.gather(*(sender.send(NUMBER, REPLY) for _ in range(5)), return_exceptions=True)
    assert [result for result in results if result == "wamid.9"] == ["wamid.9"] * 4
    assert meta.connections == 2


async def test_a_connection_that_the_server_closed_while_it_rested_is_not_used(meta: Meta, cloud: Open) -> None:
    meta.answers = [http(200, {"messages": [{"id": "a"}]}, "Connection: close")]
    sender = cloud(meta.port)
    assert await sender.send(NUMBER, REPLY) == "a"
    assert await sender.send(NUMBER, REPLY) == "wamid.9"
    assert meta.connections == 2


async def test_an_answer_in_chunks_and_a_continue_before_it(meta: Meta, cloud: Open) -> None:
    body = orjson.dumps({"messages": [{"id": "chunked"}]})
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    meta.answers = [head + chunks]
    assert await cloud(meta.port).send(NUMBER, REPLY) == "chunked"


async def test_one_who_stops_waiting_takes_no_other_ones_answer(meta: Meta, cloud: Open) -> None:
    meta.answers = [None]
    sender = cloud(meta.port, limit=1)
    task = asyncio.create_task(sender.send(NUMBER, REPLY))
    await asyncio.sleep(0.05)
    task.cancel()
    assert await sender.send(NUMBER, REPLY) == "wamid.9"
    assert meta.connections == 2


async def test_a_header_cannot_be_smuggled_in(meta: Meta, cloud: Open) -> None:
    http = cloud(meta.port).http
    with pytest.raises(ValueError, match="header"):
        await http.post("/x", {"Authorization": "Bearer a\r\nX: y"}, b"")
    assert meta.asked == []


async def test_a_server_that_cannot_be_reached_in_time() -> None:
    http = Http("http://127.0.0.1:1", connect_timeout=0.2)
    with pytest.raises(NotReached):
        await http.post("/x", {}, b"")
    await http.close()


@asynccontextmanager
async def pywa_at(base: str) -> AsyncIterator[WhatsApp]:
    pywa = graph.client(base, "token", phone_number_id="55")
    yield pywa
    await graph.close(pywa)


async def test_pywa_speaks_to_the_server_that_is_set(meta: Meta) -> None:
    meta.answers = [http(200, {"messages": [{"id": "wamid.p"}], "contacts": [{"input": "1", "wa_id": "1"}]})]
    async with pywa_at(f"http://127.0.0.1:{meta.port}") as pywa:
        sent = await graph.call(pywa.send_message("+919800000001", "hi"))
    assert sent.id == "wamid.p"
    assert meta.asked[0].startswith(b"POST /v26.0/55/messages HTTP/1.1")


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (http(400, {"error": {"code": 132001, "message": "m"}}, "Content-Type: application/json"), Action.PERMANENT),
        (http(400, {"error": {"code": 131056, "message": "m"}}, "Content-Type: application/json"), Action.PAIR),
        (b"", Action.AMBIGUOUS),
    ],
)
async def test_pywas_errors_become_ours(meta: Meta, answer: bytes, action: Action) -> None:
    meta.answers = [answer]
    async with pywa_at(f"http://127.0.0.1:{meta.port}") as pywa:
        with pytest.raises(SendError) as failed:
            await graph.call(pywa.send_message("+919800000001", "hi"))
    assert failed.value.action is action


async def test_pywa_cannot_reach_anybody() -> None:
    async with pywa_at(f"http://127.0.0.1:{free_port()}") as pywa:
        with pytest.raises(SendError) as failed:
            await graph.call(pywa.send_message("+919800000001", "hi"))
    assert failed.value.action is Action.RETRY
