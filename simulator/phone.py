"""``/phone``: what a person does on the phone, for the page, the terminal and tests. See ``/docs``."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from simulator import incoming, window
from simulator.config import Number
from simulator.errors import Json
from simulator.graph import root_of
from simulator.incoming import Sent
from simulator.network import Network
from simulator.people import Message, Person

Kind = Literal["image", "audio", "video", "document", "sticker"]
APART = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
LARGEST = 100_000_000  # bytes: WhatsApp takes no more


class Action(BaseModel):
    """Anything done on a phone, towards one business number (the first, if none is named)."""

    model_config = ConfigDict(extra="forbid")
    number: str = ""


class Text(Action):
    """A typed message, perhaps in answer to another."""

    text: str = Field(min_length=1, max_length=65536)
    reply_to: str | None = None


class Tap(Action):
    """A button or row, by its id; of ``message``, else of the last message that shows it."""

    id: str
    message: str | None = None


class Place(Action):
    """A pin."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str | None = None
    address: str | None = None


class Media(Action):
    """A file: a sample of its kind. ``PUT /phone/{user}/file`` sends one of your own."""

    type: Kind = "image"
    caption: str = ""
    filename: str = "report.pdf"


class Reaction(Action):
    """An emoji on a bubble; empty takes it back."""

    message: str
    emoji: str = ""


class Card(Action):
    """A shared contact; the own one, if nothing is given."""

    name: str = ""
    phone: str = ""


class Unsupported(Action):
    """Something that the Cloud API does not carry: a poll, an edit, ..."""

    what: str = "poll"


class Raw(Action):
    """Any message object of the wire; id, time and sender are added."""

    message: dict[str, Any]


class NewPerson(BaseModel):
    """A phone. ``user`` is the number's digits; or a user name, for somebody who shows no number."""

    model_config = ConfigDict(extra="forbid")
    user: str = Field(pattern=r"^\+?[A-Za-z0-9._]{3,35}$")
    name: str = ""
    language: str = "en"
    numberless: bool | None = None


def router(network: Network) -> APIRouter:
    """All routes under ``/phone``."""

    async def reached(request: Request) -> None:
        network.twilio.root = root_of(request)

    routes = APIRouter(prefix="/phone", tags=["phone"], dependencies=[Depends(reached)])
    _directory(routes, network)
    _writing(routes, network)
    _sharing(routes, network)
    return routes


def _number(network: Network, action: Action) -> Number:
    number = network.world.numbers.get(action.number or network.config.numbers[0].id)
    if number is None:
        raise HTTPException(404, f"There is no business number {action.number!r}.")
    return number


def _shown(network: Network, person: Person) -> Json:
    open_at = [
        number for number, at in person.last_seen.items() if window.is_open(at, network.clock.now())
    ]  # where free text may be sent
    return {"user": person.key, **asdict(person), "window_open": open_at}


def _directory(routes: APIRouter, network: Network) -> None:
    @routes.get("/people")
    async def people() -> Json:
        """Everybody with a phone, and the business numbers that can be written to."""
        numbers = [
            {
                "id": number.id,
                "name": number.verified_name,
                "phone": number.display_phone_number,
                "provider": number.provider,
                "sms": incoming.is_sms(number),
            }
            for number in network.world.numbers.values()
        ]
        return {"people": [_shown(network, person) for person in network.world.people.values()], "numbers": numbers}

    @routes.post("/people")
    async def add_person(new: NewPerson) -> Json:
        """Hand somebody a phone, or change the name and language of somebody who has one."""
        person = network.world.meet(new.user.lstrip("+"), new.name)
        person.name, person.language = new.name or person.name, new.language
        if new.numberless is not None:
            person.numberless = new.numberless
        network.changed = True
        network.stream.tell("person", _shown(network, person))
        return _shown(network, person)

    @routes.get("/stream")
    async def stream() -> StreamingResponse:
        """Server-sent events: ``message``, ``status``, ``typing``, ``person``, ``clock``, ``faults``, ``refused``."""
        events: AsyncIterator[str] = network.stream.listen()
        return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @routes.get("/media/{id}")
    async def shown_file(id: str) -> Response:
        """A file as the phones show it."""
        kept = network.world.media.get(id)
        if kept is None:
            raise HTTPException(404, "The phone has this file no more.")
        return Response(kept.content, media_type=kept.mime_type, headers=APART)

    @routes.get("/{user}/messages")
    async def messages(user: str, number: str = "") -> Json:
        """The chat of a person with one number."""
        bubbles = network.world.chat(number or network.config.numbers[0].id, user.lstrip("+"))
        return {"messages": [message.shown() for message in bubbles]}


def _who(network: Network) -> Any:
    def person(user: str) -> Person:
        return network.world.meet(user.lstrip("+"))

    return Annotated[Person, Depends(person)]


def _writing(routes: APIRouter, network: Network) -> None:
    who: Any = _who(network)

    @routes.post("/{user}/text")
    async def text(person: who, action: Text) -> Json:
        """Type a message."""
        return _done(incoming.text(network, person, _number(network, action), action.text, action.reply_to))

    @routes.post("/{user}/tap")
    async def tap(person: who, action: Tap) -> Json:
        """Tap a button or a row."""
        try:
            return _done(incoming.tap(network, person, _number(network, action), action.id, action.message))
        except incoming.NotShown as problem:
            raise HTTPException(409, str(problem)) from None

    @routes.post("/{user}/reaction")
    async def reaction(person: who, action: Reaction) -> Json:
        """React to a bubble."""
        number = _number(network, action)
        return _done(incoming.reaction(network, person, number, action.message, action.emoji))

    @routes.post("/{user}/unsupported")
    async def unsupported(person: who, action: Unsupported) -> Json:
        """Send what the Cloud API reports as unsupported."""
        return _done(incoming.unsupported(network, person, _number(network, action), action.what))

    @routes.post("/{user}/raw")
    async def raw(person: who, action: Raw) -> Json:
        """Send any wire message, also of types that do not exist yet."""
        return _done(incoming.raw(network, person, _number(network, action), action.message))


def _sharing(routes: APIRouter, network: Network) -> None:
    who: Any = _who(network)

    @routes.post("/{user}/location")
    async def location(person: who, action: Place) -> Json:
        """Send a pin."""
        place = action.model_dump(exclude={"number"}, exclude_none=True)
        return _done(incoming.location(network, person, _number(network, action), place))

    @routes.post("/{user}/media")
    async def media(person: who, action: Media, request: Request) -> Json:
        """Send a picture, a voice message, a file: a sample."""
        sent = Sent(action.type, root_of(request), action.caption, action.filename)
        return _done(incoming.media(network, person, _number(network, action), sent))

    @routes.put("/{user}/file")
    async def file(
        person: who, request: Request, type: Kind = "document", caption: str = "", filename: str = "", number: str = ""
    ) -> Json:
        """Send a file of your own: the body as it is, its type as the header says."""
        content = await _within(request, LARGEST)
        mime = request.headers.get("content-type", "application/octet-stream")
        sent = Sent(type, root_of(request), caption, filename, mime, content)
        return _done(incoming.media(network, person, _number(network, Action(number=number)), sent))

    @routes.post("/{user}/contacts")
    async def contacts(person: who, action: Card) -> Json:
        """Share a contact."""
        name, phone = action.name or person.name, action.phone or f"+{person.wa_id}"
        return _done(incoming.contacts(network, person, _number(network, action), name, phone))


async def _within(request: Request, most: int) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            raise HTTPException(413, "WhatsApp takes no larger file.")
    if not content:
        raise HTTPException(422, "The file is empty.")
    return bytes(content)


def _done(message: Message) -> Json:
    return {"id": message.id, "at": message.at}
