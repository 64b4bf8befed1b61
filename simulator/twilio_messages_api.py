"""Calls about messages, their files, and the account."""

import asyncio
import hashlib

from starlette.responses import RedirectResponse, Response

from simulator import files, metrics, outgoing, twilio_messages, twilio_sending
from simulator.errors import Json
from simulator.graph import BrokenConnection, root_of
from simulator.twilio_account import is_whatsapp
from simulator.twilio_call import Call, Handler, answer, form_of
from simulator.twilio_errors import TwilioRefusal
from simulator.twilio_webhooks import VERSION

ACCOUNTS = f"/{VERSION}/Accounts"


async def _send(call: Call) -> Response:
    """A send may be refused by a fault, be slow, or lose its answer."""
    network, form = call.network, await form_of(call.request)
    if network.dice.faults.html_next:
        network.dice.before_send()
        metrics.SENDS.labels("502").inc()
        return Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")
    doom = twilio_sending.at_once(network)
    message = twilio_sending.send(network, call.account, form)
    if doom:
        doom(message)
    metrics.SENDS.labels("ok").inc()
    body = twilio_messages.shown(network, call.account, message)
    if network.dice.faults.slow:
        await asyncio.sleep(network.dice.faults.slow)
    return BrokenConnection() if network.dice.drops() else answer(body, 201)


async def _list(call: Call) -> Response:
    return answer(twilio_messages.listed(call.network, call.account, call.path, dict(call.request.query_params)))


async def _message(call: Call) -> Response:
    message = twilio_messages.find(call.network, call.account, call.part("sid"), call.path)
    return answer(twilio_messages.shown(call.network, call.account, message))


async def _media_list(call: Call) -> Response:
    message = twilio_messages.find(call.network, call.account, call.part("sid"), call.path)
    return answer(twilio_messages.media_list(call.network, call.account, message, call.path))


async def _media(call: Call) -> Response:
    """What is known of a file; without ``.json``, the way to an address that is good for a few minutes."""
    message = twilio_messages.find(call.network, call.account, call.part("sid"), call.path)
    name = call.part("media")
    if name.endswith(".json"):
        node = twilio_messages.media(call.network, call.account, message, name.removesuffix(".json"), call.path)
        return answer(node)
    file = twilio_messages.media_file(call.network, message, name, call.path)
    query = files.address("", file, call.network.clock.now()).partition("?")[2]
    return RedirectResponse(f"{root_of(call.request)}/twilio/files?{query}", 307)


async def _typing(call: Call) -> Response:
    """Mark a message as read, and those before it, and show that somebody writes."""
    form = await form_of(call.request)
    if form.one("channel") != "whatsapp":
        raise TwilioRefusal(20001, "channel must be whatsapp")
    message = twilio_messages.find(call.network, call.account, form.one("messageId"), call.path)
    if message.direction != "in" or message.content.get("sms"):
        raise TwilioRefusal(20001, "messageId must be a message that was received on WhatsApp")
    outgoing.show_read(call.network, message)
    call.network.stream.tell("typing", {"user": message.user, "number": message.number})
    return answer({"success": True})


async def _account_node(call: Call) -> Response:
    uri = f"{ACCOUNTS}/{call.account.sid}"
    return answer(
        {
            "sid": call.account.sid,
            "friendly_name": call.account.sid,
            "status": "active",
            "type": "Trial" if call.account.verified is not None else "Full",
            "owner_account_sid": call.account.sid,
            "subresource_uris": {"messages": f"{uri}/Messages.json"},
            "uri": f"{uri}.json",
        }
    )


async def _numbers(call: Call) -> Response:
    """The account's numbers for text messages."""
    path, wanted = call.path, call.request.query_params.get("PhoneNumber", "")
    addresses = [each.address for each in call.account.senders if not is_whatsapp(each.address)]
    rows = [_number(call, address) for address in addresses if wanted in address]
    whole = {"first_page_uri": path, "next_page_uri": None, "previous_page_uri": None, "page": 0, "page_size": 50}
    return answer({**whole, "start": 0, "end": max(len(rows) - 1, 0), "uri": path, "incoming_phone_numbers": rows})


def _number(call: Call, address: str) -> Json:
    return {
        "sid": f"PN{hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()}",
        "account_sid": call.account.sid,
        "phone_number": address,
        "friendly_name": address,
        "capabilities": {"sms": True, "mms": False, "voice": True, "fax": False},
        "status": "in-use",
    }


PATHS: dict[str, dict[str, Handler]] = {
    ACCOUNTS + "/{account}/IncomingPhoneNumbers.json": {"GET": _numbers},
    ACCOUNTS + "/{account}.json": {"GET": _account_node},
    ACCOUNTS + "/{account}/Messages.json": {"GET": _list, "POST": _send},
    ACCOUNTS + "/{account}/Messages/{sid}.json": {"GET": _message},
    ACCOUNTS + "/{account}/Messages/{sid}/Media.json": {"GET": _media_list},
    ACCOUNTS + "/{account}/Messages/{sid}/Media/{media}": {"GET": _media},
    "/v2/Indicators/Typing.json": {"POST": _typing},
}
