"""Everything that the simulator remembers: people, chats, templates, and who is listening."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from simulator.clock import Clock
from simulator.config import Config, Number
from simulator.errors import Json, Refusal, unknown_object
from simulator.flow import Flow
from simulator.judgement import Judgement
from simulator.people import Message, Person
from simulator.template import Template
from simulator.twilio_content import Content

FREE_SERVICE_MESSAGES = 1000  # delivered free-form messages a month and number, since October 2026
FILES = 256  # kept
REMEMBERED = 100_000  # message ids, for statuses, taps and reactions


@dataclass
class MediaFile:
    """A file that was ``uploaded``, or one that a person sent, and the number that has it; ``at`` is Unix seconds."""

    id: str
    waba_id: str
    number_id: str
    mime_type: str
    content: bytes
    at: float
    uploaded: bool = False


@dataclass
class World:
    """One simulator's memory."""

    config: Config
    clock: Clock = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    chats: dict[tuple[str, str], list[Message]] = field(default_factory=dict)  # (number, person) -> bubbles
    templates: dict[str, Template] = field(default_factory=dict)
    deleted: dict[str, float] = field(default_factory=dict)  # "waba/name/language" -> when
    delivered: dict[str, int] = field(default_factory=dict)  # "number/month" -> free-form messages delivered
    media: "OrderedDict[str, MediaFile]" = field(default_factory=OrderedDict)
    subscribed: dict[str, str] = field(default_factory=dict)  # waba -> overridden callback address
    flows: dict[str, Flow] = field(default_factory=dict)
    public_keys: dict[str, str] = field(default_factory=dict)  # number -> PEM, for the endpoints of Flows
    contents: dict[str, Content] = field(default_factory=dict)  # Twilio's templates, by SID
    unsubscribed: set[tuple[str, str]] = field(default_factory=set)  # (SMS sender, person) after a STOP
    judged: dict[str, Judgement] = field(default_factory=dict)  # numbers, where it is not as at first
    _messages: "OrderedDict[str, Message]" = field(default_factory=OrderedDict)
    _by_user_id: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = Clock(self.config.clock_file)
        self.numbers: dict[str, Number] = {number.id: number for number in self.config.all_numbers()}

    # who

    def meet(self, key: str, name: str = "") -> Person:
        """The person with that number or user name; a stranger is introduced."""
        person = self.people.get(key)
        if person is None:
            wa_id = key if key.isdecimal() else hidden_number(key)
            username = None if key.isdecimal() else key
            person = Person(key, name or key, wa_id, username=username, numberless=username is not None)
            self.add_person(person)
        return person

    def add_person(self, person: Person) -> None:
        """Remember a person under the key and under every business's id for them."""
        self.people[person.key] = person
        for number in self.numbers.values():
            self._by_user_id[person.user_id(number)] = person

    def by_user_id(self, bsuid: str, number: Number) -> Person | None:
        """Whom a business means by an id of its own; another business's id is unknown."""
        person = self._by_user_id.get(bsuid)
        return person if person and person.user_id(number) == bsuid else None

    # what was said

    def chat(self, number_id: str, key: str) -> list[Message]:
        """The bubbles between a number and a person, oldest first."""
        return self.chats.get((number_id, key), [])

    def remember(self, message: Message) -> None:
        """Keep a bubble, forgetting the oldest beyond the limit."""
        bubbles = self.chats.setdefault((message.number, message.user), [])
        bubbles.append(message)
        if len(bubbles) > self.config.messages_per_chat:
            del bubbles[: len(bubbles) - self.config.messages_per_chat]
        self._messages[message.id] = message
        if len(self._messages) > REMEMBERED:
            self._messages.popitem(last=False)

    def message(self, id: str | None) -> Message | None:
        """A bubble by its wamid."""
        return self._messages.get(id) if id else None

    # what belongs to whom

    def number(self, id: str, token: str, method: str = "post") -> Number:
        """The number, if the token may use it; else the same answer as for one that does not exist."""
        number = self.numbers.get(id)
        if number is None or token not in number.tokens:
            raise unknown_object(id, method)
        return number

    def waba(self, id: str, token: str, method: str = "get") -> list[Number]:
        """The numbers of an account, if the token may use it."""
        numbers = [number for number in self.numbers.values() if number.waba_id == id and token in number.tokens]
        if not numbers:
            raise unknown_object(id, method)
        return numbers

    def check_token(self, token: str) -> None:
        """Refuse a token that belongs to nobody."""
        if not any(token in number.tokens for number in self.numbers.values()):
            raise Refusal(190)

    def template(self, waba_id: str, name: str, language: str) -> Template | None:
        """The account's template of that name in that language."""
        return next(
            (
                template
                for template in self.templates.values()
                if (template.waba_id, template.name, template.language) == (waba_id, name, language)
            ),
            None,
        )

    def keep_media(self, file: MediaFile) -> None:
        """Keep a file; only the last ones."""
        self.media[file.id] = file
        if len(self.media) > FILES:
            self.media.popitem(last=False)

    def judgement(self, number_id: str) -> Judgement:
        """How Meta judges a number."""
        return self.judged.get(number_id, Judgement())

    def price(self, number: Number, content: Json) -> Json:
        """What a delivered message costs: service messages are free for the first thousand of a month."""
        category = str(content.get("template", {}).get("category", "service")).lower()
        kind = "regular"
        if category == "service":
            month = f"{number.id}/{datetime.fromtimestamp(self.clock.now(), UTC):%Y-%m}"
            self.delivered[month] = self.delivered.get(month, 0) + 1
            kind = "free_customer_service" if self.delivered[month] <= FREE_SERVICE_MESSAGES else "regular"
        return {"billable": kind == "regular", "pricing_model": "PMP", "type": kind, "category": category}


def hidden_number(username: str) -> str:
    """The number behind a user name, which nobody is told."""
    return "1555" + str(sum(ord(letter) * 31**index for index, letter in enumerate(username)) % 10**7).zfill(7)
