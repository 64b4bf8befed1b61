"""What lies between a business and its patients' phones: one memory, one clock, one way out."""

import asyncio
from collections.abc import Callable

from simulator.config import Config, Number
from simulator.courier import Courier
from simulator.errors import ERRORS, Json, Refusal
from simulator.faults import Dice
from simulator.flow_service import FlowService
from simulator.people import Message, Person
from simulator.rates import Rates
from simulator.stream import Stream
from simulator.twilio_line import Line
from simulator.webhooks import message_change, status_change
from simulator.world import World

RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}
NOT_REACHED = (
    "Message Undeliverable. Unable to deliver message. The recipient phone number may not be a WhatsApp number, or has "
    "not accepted the terms of service."
)


class Network:
    """The running simulator, apart from its HTTP routes."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.world = World(config)
        self.clock = self.world.clock
        self.dice = Dice(config.seed)
        self.rates = Rates(config.pair_burst, config.pair_seconds)
        self.stream = Stream()
        self.courier = Courier(config, self.clock, self.dice)
        self.twilio = Line(self)
        self.flows = FlowService(self)
        self.changed = False  # since the last snapshot
        self._stopped = False

    def stop(self) -> None:
        """Forget the statuses still to come."""
        self._stopped = True
        self.stream.close()

    def keep(self, message: Message, event: str = "message") -> None:
        """Remember a bubble and show it."""
        self.world.remember(message)
        self.show(message, event)

    def show(self, message: Message, event: str = "message") -> None:
        """Tell the pages of a new or changed bubble."""
        self.changed = True
        self.stream.tell(event, message.shown())

    def post_message(self, number: Number, person: Person, message: Message, wire: Json) -> None:
        """A webhook for something that a person did; two ticks, once the bot has it."""
        if number.provider == "twilio":
            self.twilio.received(number, person, message, wire)
            return

        def arrived() -> None:
            if message.status == "sent":
                message.status = "delivered"
                self.show(message, "status")

        self.courier.send(_lane(number, person), message_change(number, person, wire), arrived=arrived)

    # statuses of what the business sent

    def follow(self, message: Message, waits: float = 0.0) -> None:
        """Let a message become sent, delivered and read, as the person's phone allows; perhaps after a wait."""
        self._after(waits + self.config.sent_seconds, message, self._sent)

    def _after(self, seconds: float, message: Message, step: Callable[[Message], None]) -> None:
        asyncio.get_running_loop().call_later(seconds, self._step, step, message)

    def _step(self, step: Callable[[Message], None], message: Message) -> None:
        if not self._stopped and message.user in self.world.people:
            step(message)

    def _sent(self, message: Message) -> None:
        person, number = self.world.people[message.user], self.world.numbers[message.number]
        if number.provider == "twilio":
            message.error = self.twilio.fails(message, person)
            if message.error:
                self.advance(message, "failed")
                return
        elif not person.reachable:
            self.fail(message, Refusal(131026, NOT_REACHED))
            return
        elif late := self.dice.faults.fail_late:
            self.fail(message, Refusal(late, ERRORS.get(late, (400, "Unknown error"))[1]))
            return
        else:
            message.priced_as = self.world.price(number, message.content)
        self.advance(message, "sent")
        if person.online:
            self._after(self.config.delivered_seconds, message, self._delivered)

    def _delivered(self, message: Message) -> None:
        person = self.world.people[message.user]
        if not person.online:
            return
        self.advance(message, "delivered")
        if person.reads and not message.content.get("sms"):
            self._after(self.config.read_seconds, message, self._read)

    def _read(self, message: Message) -> None:
        self.advance(message, "read")

    def catch_up(self, person: Person) -> None:
        """The phone is back, or shows receipts again: what waited goes on."""
        for (_, key), bubbles in self.world.chats.items():
            for message in bubbles if key == person.key else ():
                if message.direction == "out" and message.status == "sent" and person.online:
                    self._after(self.config.delivered_seconds, message, self._delivered)

    def fail(self, message: Message, refusal: Refusal) -> None:
        """The message does not reach the phone."""
        message.error = refusal.in_status()
        self.advance(message, "failed")

    def advance(self, message: Message, status: str) -> None:
        """Move a message on, never back, and tell the business and the pages."""
        if RANK[status] <= RANK[message.status]:
            return
        message.status = status
        number, person = self.world.numbers[message.number], self.world.people[message.user]
        if number.provider == "twilio":
            self.twilio.told(number, person, message)
        else:
            change = status_change(number, person, message, status, self.clock.now())
            self.courier.send(_lane(number, person), change, status=True)
        self.show(message, "status")


def _lane(number: Number, person: Person) -> str:
    return f"{number.id}/{person.key}"
