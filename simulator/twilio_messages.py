"""Message resources: one, a page of many by filters, and the files in one."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from simulator.errors import Json
from simulator.network import Network
from simulator.people import Message
from simulator.twilio_account import Account
from simulator.twilio_errors import TwilioRefusal
from simulator.twilio_webhooks import VERSION, address_of, rfc2822, word
from simulator.world import MediaFile

PAGE, LARGEST = 50, 1000


def shown(network: Network, account: Account, message: Message) -> Json:
    """A message as the API tells it."""
    told: Json = message.twilio or {}
    number, person = network.world.numbers[message.number], network.world.people[message.user]
    sides = {"from": number.id, "to": address_of(number, person)}
    if message.direction == "in":
        sides = {"from": sides["to"], "to": number.id}
    uri = f"/{VERSION}/Accounts/{account.sid}/Messages/{message.id}"
    error: Json = message.error or {}
    return {
        "account_sid": account.sid,
        "api_version": VERSION,
        "body": told.get("body", ""),
        "date_created": rfc2822(message.at),
        "date_sent": rfc2822(told["sent"]) if told.get("sent") else None,
        "date_updated": rfc2822(told.get("updated", message.at)),
        "direction": "inbound" if message.direction == "in" else "outbound-api",
        "error_code": error.get("code"),
        "error_message": error.get("message"),
        **sides,
        "messaging_service_sid": told.get("service"),
        "num_media": str(told.get("files", 0)),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.id,
        "status": word(message),
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "uri": f"{uri}.json",
    }


def find(network: Network, account: Account, sid: str, path: str) -> Message:
    """The account's message of that SID."""
    message = network.world.message(sid)
    if message is None or message.twilio is None or message.user not in network.world.people:
        raise TwilioRefusal(20404, path)
    if network.world.numbers[message.number].waba_id != account.sid:
        raise TwilioRefusal(20404, path)
    return message


def listed(network: Network, account: Account, path: str, query: Mapping[str, str]) -> Json:
    """A page of the account's messages, the newest first."""
    size = page_size(query)
    rows = list(_matching(network, account, query))
    rows.sort(key=lambda row: row[0].at, reverse=True)
    start = _start([message for message, _ in rows], query)
    page, more = rows[start : start + size], len(rows) > start + size
    number = page_number(query)
    kept = {name: value for name, value in query.items() if name not in ("Page", "PageToken", "PageSize")}

    def uri(page_number: int, **token: str) -> str:
        return f"{path}?{urlencode({**kept, 'PageSize': size, 'Page': page_number, **token})}"

    return {
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, PageToken=f"PA{page[-1][0].id}") if more else None,
        "previous_page_uri": uri(number - 1) if number else None,
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + len(page) - 1 if page else 0,
        "uri": uri(number),
        "messages": [row for _, row in page],
    }


def page_number(query: Mapping[str, str]) -> int:
    """Which page is asked for, from 0."""
    written = query.get("Page", "")
    return int(written) if written.isdecimal() and len(written) < 9 else 0


def page_size(query: Mapping[str, str]) -> int:
    """How many rows a page shall have: 50, and 1,000 at most."""
    written = query.get("PageSize", "")
    if written and (not written.isdecimal() or len(written) > 4 or not 1 <= int(written) <= LARGEST):
        raise TwilioRefusal(20001, f"PageSize must be between 1 and {LARGEST}")
    return int(written or PAGE)


def _start(messages: list[Message], query: Mapping[str, str]) -> int:
    """After the message that the token names, whatever has come before it since."""
    last = query.get("PageToken", "").removeprefix("PA")
    places = [place for place, message in enumerate(messages) if message.id == last]
    if last and not places:
        raise TwilioRefusal(20001, "Invalid PageToken")
    return places[0] + 1 if places else 0


def _matching(network: Network, account: Account, query: Mapping[str, str]) -> Iterator[tuple[Message, Json]]:
    since, until = _span(query)
    for (number, _), bubbles in network.world.chats.items():
        if network.world.numbers[number].waba_id != account.sid:
            continue
        for message in reversed(bubbles):
            sent = (message.twilio or {}).get("sent")
            if message.twilio is None or not _within(sent, since, until):
                continue
            row = shown(network, account, message)
            if query.get("To", row["to"]) == row["to"] and query.get("From", row["from"]) == row["from"]:
                yield message, row


def _within(sent: float | None, since: float | None, until: float | None) -> bool:
    if since is None and until is None:
        return True
    return sent is not None and (since is None or int(sent) >= since) and (until is None or int(sent) <= until)


def _span(query: Mapping[str, str]) -> tuple[float | None, float | None]:
    """``DateSent`` is a day, ``DateSent>`` from then on, ``DateSent<`` until then; a day or a moment, in UTC."""
    if day := query.get("DateSent"):
        start = _moment(day)
        return start.timestamp(), (start + timedelta(days=1, seconds=-1)).timestamp()
    since, until = query.get("DateSent>"), query.get("DateSent<")
    return _moment(since).timestamp() if since else None, _moment(until).timestamp() if until else None


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise TwilioRefusal(20001, "DateSent must be a date as YYYY-MM-DD or a time in ISO 8601") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# files


def media(network: Network, account: Account, message: Message, sid: str, path: str) -> Json:
    """A file of a message as the API tells it."""
    file = media_file(network, message, sid, path)
    return {
        "account_sid": account.sid,
        "content_type": file.mime_type.partition(";")[0],
        "date_created": rfc2822(message.at),
        "date_updated": rfc2822(message.at),
        "parent_sid": message.id,
        "sid": sid,
        "uri": f"/{VERSION}/Accounts/{account.sid}/Messages/{message.id}/Media/{sid}.json",
    }


def media_file(network: Network, message: Message, sid: str, path: str) -> MediaFile:
    """The file itself, while it is kept."""
    file = network.world.media.get((message.twilio or {}).get("media", {}).get(sid, ""))
    if file is None:
        raise TwilioRefusal(20404, path)
    return file


def media_list(network: Network, account: Account, message: Message, path: str) -> Json:
    """All files of a message."""
    sids = [sid for sid, file in (message.twilio or {}).get("media", {}).items() if file in network.world.media]
    return {
        "media_list": [media(network, account, message, sid, path) for sid in sids],
        "page": 0,
        "page_size": PAGE,
        "start": 0,
        "end": max(len(sids) - 1, 0),
        "uri": path,
        "first_page_uri": path,
        "next_page_uri": None,
        "previous_page_uri": None,
    }
