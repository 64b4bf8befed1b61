"""The business speaks: a body of ``POST /messages`` is checked, accepted and shown on the phone, or refused."""

from simulator import authentication, flow_message, ids, metrics, sending, template, window
from simulator.config import Number
from simulator.errors import Json, Refusal
from simulator.fields import text_of
from simulator.network import Network
from simulator.people import Message, Person


def handle(network: Network, number: Number, body: Json) -> Json:
    """A message, or a mark that one was read (perhaps with the typing indicator). The answer, or a refusal."""
    sending.check_product(body)
    if "status" in body:
        return _mark_read(network, number, body)
    recipient = sending.read_recipient(body)
    kind = sending.read_kind(body)
    content = _content(network, number, kind, body, recipient)
    context, callback_data = sending.read_context(body), sending.read_callback_data(body)
    person = _person(network, number, recipient)
    now = network.clock.now()
    window.check(kind, person.last_seen.get(number.id), now)
    network.rates.check(
        number.id, person.key, network.dice.faults.throttle or number.per_second, network.clock.running()
    )
    if not recipient.has_plus:
        metrics.NO_PLUS.inc()
    message = Message(
        ids.wamid(person.wa_id, from_user=False),
        number.id,
        person.key,
        "out",
        now,
        content,
        context=context,
        callback_data=callback_data,
    )
    _deliver(network, message)
    return _answer(number, person, recipient, message, kind)


def _content(network: Network, number: Number, kind: str, body: Json, to: sending.Recipient) -> Json:
    content = sending.read_content(kind, body)
    if "flow" in content:
        return content | {"flow": _aimed(network, number, content["flow"])}
    if kind == "template":
        name, language = template.address(content)
        found = template.check_status(network.world.template(number.waba_id, name, language), name, language)
        if found.category == "AUTHENTICATION":
            authentication.check_recipient(by_number=bool(to.number))
        filled = template.fill(found, content)
        return filled | ({"flow": _aimed(network, number, filled["flow"])} if "flow" in filled else {})
    if kind == "reaction" and network.world.message(content["reaction"]["message"]) is None:
        raise Refusal(131009, "The message to react to does not exist")
    return content


def _aimed(network: Network, number: Number, opens: Json) -> Json:
    return flow_message.aimed(network.world, number.waba_id, opens, network.clock.now())


def _person(network: Network, number: Number, recipient: sending.Recipient) -> Person:
    if recipient.bsuid:
        person = network.world.by_user_id(recipient.bsuid, number)
        if person is None:
            raise Refusal(131026, "Message Undeliverable.")
        return person
    if recipient.number == "".join(filter(str.isdecimal, number.display_phone_number)):
        raise Refusal(131021, "Recipient phone number cannot be the same as the sender phone number")
    return network.world.meet(recipient.number)


def _deliver(network: Network, message: Message) -> None:
    if message.content["kind"] == "reaction":
        _react(network, message)
    network.keep(message)
    network.follow(message)


def _react(network: Network, message: Message) -> None:
    target = network.world.message(message.content["reaction"]["message"])
    if target is not None:
        target.reaction = message.content["reaction"]["emoji"]
        network.show(target, "status")


def _answer(number: Number, person: Person, recipient: sending.Recipient, message: Message, kind: str) -> Json:
    contact: Json = {"input": recipient.written, "user_id": person.user_id(number)}
    if not person.numberless:
        contact["wa_id"] = person.wa_id
    answer: Json = {"id": message.id}
    if kind == "template":
        answer["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [answer]}


def _mark_read(network: Network, number: Number, body: Json) -> Json:
    if body["status"] != "read":
        raise Refusal(100, message=f'(#100) Param status must be one of {{READ}} - got "{body["status"]}".')
    message = network.world.message(text_of(body, "message_id", "message_id"))
    if message is None or message.direction != "in" or message.number != number.id:
        raise Refusal(131009, "The message to mark as read does not exist")
    show_read(network, message)
    if body.get("typing_indicator") is not None:
        _check_typing(body["typing_indicator"])
        network.stream.tell("typing", {"user": message.user, "number": number.id})
    return {"success": True}


def show_read(network: Network, message: Message) -> None:
    for bubble in network.world.chat(message.number, message.user):
        if bubble.direction == "in" and bubble.status != "read" and bubble.at <= message.at:
            bubble.status = "read"
            network.show(bubble, "status")


def _check_typing(indicator: object) -> None:
    if not isinstance(indicator, dict) or indicator.get("type") != "text":
        raise Refusal(100, message="(#100) Param typing_indicator['type'] must be one of {TEXT}.")
