"""``/phone``: what a person does with a form (a Flow), for the page, the terminal and tests. See ``/docs``."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from simulator.errors import Json
from simulator.flow_client import Opened
from simulator.network import Network
from simulator.people import Message


class Opening(BaseModel):
    """The message whose button is tapped; else the last one of the chat (with the first number) that has a form."""

    model_config = ConfigDict(extra="forbid")
    message: str = ""
    number: str = ""


class Put(BaseModel):
    """What a field holds now: a text, a choice's id, several ids, or yes or no."""

    model_config = ConfigDict(extra="forbid")
    name: str
    value: str | bool | list[str]


class Tapped(BaseModel):
    """The ``key`` of the footer or link that is tapped."""

    model_config = ConfigDict(extra="forbid")
    key: str


def router(network: Network) -> APIRouter:
    """All routes of forms."""
    routes = APIRouter(prefix="/phone", tags=["phone"])

    @routes.post("/{user}/form")
    async def open_form(user: str, opening: Opening) -> Json:
        """Tap the button of a message with a form: its first screen, or why it does not open."""
        person = network.world.meet(user.lstrip("+"))
        number = opening.number or network.config.numbers[0].id
        message = _message(network.world.chat(number, person.key), opening.message)
        return (await network.flows.open(person, message)).shown()

    @routes.post("/forms/{id}/put")
    async def put(id: str, put: Put) -> Json:
        """Put something into a field."""
        form = _open(network, id)
        await network.flows.put(form, put.name, put.value)
        return form.shown()

    @routes.post("/forms/{id}/act")
    async def act(id: str, tapped: Tapped) -> Json:
        """Tap the footer, or a link."""
        form = _open(network, id)
        await network.flows.act(form, tapped.key)
        return form.shown()

    @routes.post("/forms/{id}/back")
    async def back(id: str) -> Json:
        """To the screen before; from the first one out of the form."""
        form = _open(network, id)
        await network.flows.back(form)
        return form.shown()

    @routes.post("/forms/{id}/close")
    async def close(id: str) -> Json:
        """Leave the form: nothing is sent, and the endpoint is not told."""
        form = network.flows.opened.pop(id, None)
        if form is None:
            raise HTTPException(404, "There is no such form.")
        form.state = "closed" if form.state == "open" else form.state
        return form.shown()

    return routes


def _message(chat: list[Message], id: str) -> Message:
    for message in reversed(chat):
        if "flow" in message.content and id in ("", message.id):
            return message
    raise HTTPException(409, "No message in this chat has a form.")


def _open(network: Network, id: str) -> Opened:
    form = network.flows.opened.get(id)
    if form is None or form.state != "open":
        raise HTTPException(409, "This form is not open.")
    return form
