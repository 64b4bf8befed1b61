"""The business speaks through Twilio: the form of ``POST Messages.json``, checked, taken, and shown on the phone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from simulator import window
from simulator.config import Number
from simulator.errors import Json, Refusal
from simulator.limits import units
from simulator.network import Network
from simulator.people import Message, Person
from simulator.sending import BSUID
from simulator.twilio_account import E164, WHATSAPP, Account, digits, is_whatsapp
from simulator.twilio_content import Content, check_values, fill, read_variables
from simulator.twilio_errors import AT_ONCE, FailsLater, TwilioRefusal, failure, translated
from simulator.twilio_types import BY_SMS, KINDS, check_filled, kind_of
from simulator.twilio_webhooks import sid

LONGEST = 1600
MOST_FILES = 10
NUMBERED = re.compile(r"[^\w\n]*(\d{1,2})[^\w\n]+(\S.*)")


@dataclass(frozen=True)
class Form:
    """The fields of a form; each may come several times."""

    fields: dict[str, list[str]]

    def one(self, name: str) -> str:
        """The field's value; empty where it was not given."""
        return (self.fields.get(name) or [""])[-1]

    def all(self, name: str) -> list[str]:
        """All values of the field that say something."""
        return [value for value in self.fields.get(name, []) if value]


def send(network: Network, account: Account, form: Form) -> Message:
    """Take a message, or refuse it. What the channel will find wrong is known at once and told in a status."""
    to = _to(form)
    number = _from(network, account, form, to)
    content, given = _content(network, account, form)
    body, files = form.one("Body"), form.all("MediaUrl")
    _check_words(body, files, content)
    _check_callback(form.one("StatusCallback"))
    person = _person(network, number, to)
    _check_recipient(network, account, number, person, to)
    later: FailsLater | None = None
    try:
        shown = _shown(network, number, person, content, given, body, files)
        _check_pair(network, number, person)
    except FailsLater as problem:
        later, shown = problem, {"kind": "text", "text": body or "…"}
    if later and network.dice.faults.at_once:
        raise TwilioRefusal(later.code)
    return _take(network, account, number, person, form, shown, later)


# who


def _to(form: Form) -> str:
    to = form.one("To").strip()
    if not to:
        raise TwilioRefusal(21604)
    if is_whatsapp(to) and BSUID.fullmatch(to.removeprefix(WHATSAPP)):
        return to
    number = re.sub(r"[\s().-]", "", to.removeprefix(WHATSAPP))
    if not E164.fullmatch(number if number.startswith("+") else f"+{number}"):
        raise TwilioRefusal(21211, to)
    return (WHATSAPP if is_whatsapp(to) else "") + "+" + number.lstrip("+")


def _from(network: Network, account: Account, form: Form, to: str) -> Number:
    address = form.one("From").strip()
    service = form.one("MessagingServiceSid").strip()
    if service:
        address = _of_service(account, service, to, address)
    if not address:
        raise TwilioRefusal(21603)
    if is_whatsapp(address) != is_whatsapp(to):
        raise TwilioRefusal(21910)
    if not E164.fullmatch(address.removeprefix(WHATSAPP)):
        raise TwilioRefusal(21212, address)
    if account.sender(address) is None:
        raise TwilioRefusal(63007) if is_whatsapp(address) else TwilioRefusal(21606, address)
    return network.world.numbers[address]


def _of_service(account: Account, service: str, to: str, wanted: str) -> str:
    addresses = account.service(service)
    if addresses is None:
        raise TwilioRefusal(21701, service)
    fitting = [address for address in addresses if is_whatsapp(address) == is_whatsapp(to)]
    if not fitting:
        raise TwilioRefusal(21703, service)
    return wanted or fitting[0]


def _person(network: Network, number: Number, to: str) -> Person:
    plain = to.removeprefix(WHATSAPP)
    if plain.startswith("+"):
        return network.world.meet(digits(to))
    person = network.world.by_user_id(plain, number)
    if person is None:
        raise TwilioRefusal(21211, to)
    return person


def _check_recipient(network: Network, account: Account, number: Number, person: Person, to: str) -> None:
    if digits(number.id) == person.wa_id:
        raise TwilioRefusal(21211, to)
    if is_whatsapp(number.id):
        return
    if account.countries and not digits(to).startswith(account.countries):
        raise TwilioRefusal(21408, to)
    if account.verified is not None and to not in account.verified:
        raise TwilioRefusal(21608, to)
    if (number.id, person.key) in network.world.unsubscribed:
        raise TwilioRefusal(21610)


# what


def _content(network: Network, account: Account, form: Form) -> tuple[Content | None, dict[str, str]]:
    written = form.one("ContentVariables")
    if not form.one("ContentSid"):
        if written:
            raise TwilioRefusal(21654)
        return None, {}
    content = network.world.contents.get(form.one("ContentSid"))
    if content is None or content.account_sid != account.sid:
        raise TwilioRefusal(21655)
    return content, read_variables(written)


def _check_words(body: str, files: list[str], content: Content | None) -> None:
    if content is None and not body.strip() and not files:
        raise TwilioRefusal(21619)
    if units(body) > LONGEST:
        raise TwilioRefusal(21617)
    if len(files) > MOST_FILES:
        raise TwilioRefusal(21623)
    for url in files:
        if not _is_url(url):
            raise TwilioRefusal(21620, url)


def _check_callback(url: str) -> None:
    if url and not _is_url(url):
        raise TwilioRefusal(21609, url)


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _shown(
    network: Network,
    number: Number,
    person: Person,
    content: Content | None,
    given: dict[str, str],
    body: str,
    files: list[str],
) -> Json:
    """What the phone shows; or why the channel does not take it."""
    is_open = window.is_open(person.last_seen.get(number.id), network.clock.now())
    if content is not None:
        return _of_content(number, content, given, is_open=is_open)
    if is_whatsapp(number.id) and not is_open:
        raise FailsLater(63016)
    if files:
        if is_whatsapp(number.id) and len(files) > 1:
            raise FailsLater(63005, "WhatsApp takes one file in a message")
        return {"kind": "media", "text": body, "media": {"type": kind_of(files[0]), "link": files[0]}}
    return {"kind": "text", "text": body, **numbered(body)}


def _of_content(number: Number, content: Content, given: dict[str, str], *, is_open: bool) -> Json:
    if not is_whatsapp(number.id):
        name = next((name for name in BY_SMS if name in content.types), None)
        if name is None:
            raise FailsLater(63005, "no type of this template can go by SMS")
        part = fill(content, content.types[name], given)
        return KINDS[name].show(part)
    name = next(name for name in KINDS if name in content.types)
    check_values(content.types[name], given)
    _check_window(name, content, is_open=is_open)
    part = fill(content, _with_code(name, content.types[name]), given)
    check_filled(name, part, approved=content.approved)
    return KINDS[name].show(part) | _template(content)


def _with_code(name: str, part: Json) -> Json:
    return part | {"code": "{{1}}"} if name == "whatsapp/authentication" else part


def _check_window(name: str, content: Content, *, is_open: bool) -> None:
    kind, status = KINDS[name], (content.approval or {}).get("status")
    if status in ("paused", "disabled") and not (is_open and kind.in_session):
        raise FailsLater(63027, f"the template is {status}")
    if content.approved and kind.opens:
        return
    if not is_open:
        raise FailsLater(63016)
    if not kind.in_session:
        raise FailsLater(63005, f"{name} needs WhatsApp's approval")


def _template(content: Content) -> Json:
    if not content.approved or not content.approval:
        return {}
    named = {"name": content.approval["name"], "language": content.language, "category": content.approval["category"]}
    return {"template": named}


def numbered(body: str) -> Json:
    """The choices of a text whose lines are numbered 1, 2, 3: to be answered with the number."""
    found = [match for line in body.splitlines() if (match := NUMBERED.fullmatch(line))]
    if len(found) < 2 or [int(match[1]) for match in found] != list(range(1, len(found) + 1)):
        return {}
    return {"numbered": [{"id": match[1], "title": match[2].strip()} for match in found]}


def _check_pair(network: Network, number: Number, person: Person) -> None:
    """WhatsApp's own limit for one number and one person."""
    if not is_whatsapp(number.id):
        return
    try:
        network.rates.check(number.id, person.key, 0, network.clock.running())
    except Refusal as refusal:
        raise FailsLater(translated(refusal.code), refusal.details or "") from None


# done


def _take(
    network: Network,
    account: Account,
    number: Number,
    person: Person,
    form: Form,
    shown: Json,
    later: FailsLater | None,
) -> Message:
    now = network.clock.now()
    prefix = "MM" if shown["kind"] == "media" else "SM"
    message = Message(sid(prefix), number.id, person.key, "out", now, shown | _channel(number))
    message.twilio = {
        "callback": form.one("StatusCallback"),
        "service": form.one("MessagingServiceSid") or None,
        "body": form.one("Body") or str(shown.get("text") or ""),
        "files": len(form.all("MediaUrl")),
        "updated": now,
        "sent": None,
        "fails": failure(later.code, later.details) if later else None,
    }
    network.keep(message)
    network.twilio.follow(account, message)
    return message


def _channel(number: Number) -> Json:
    return {} if is_whatsapp(number.id) else {"sms": True}


def at_once(network: Network) -> Callable[[Message], None] | None:
    """The faults of sends: a refusal now, or (as a function of the message) one that comes in a status."""
    try:
        if network.dice.before_send():
            raise TwilioRefusal(20500)
    except Refusal as refusal:
        code = translated(refusal.code)
        if code in AT_ONCE or network.dice.faults.at_once:
            raise TwilioRefusal(code) from None
        return lambda message: _doom(message, code)
    return None


def _doom(message: Message, code: int) -> None:
    if message.twilio is not None:
        message.twilio["fails"] = failure(code)
