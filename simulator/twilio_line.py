"""Between Twilio and the phones: what becomes of a message, and which webhooks are posted for it."""

import asyncio
from typing import TYPE_CHECKING

from simulator import ids
from simulator.config import Number
from simulator.errors import Json
from simulator.people import Message, Person
from simulator.twilio_account import Account, is_whatsapp
from simulator.twilio_courier import TwilioCourier
from simulator.twilio_errors import failure, final_status
from simulator.twilio_webhooks import VERSION, inbound, said_by, sid, status
from simulator.world import MediaFile

if TYPE_CHECKING:
    from simulator.network import Network

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START = frozenset({"START", "YES", "UNSTOP"})


class Line:
    """Twilio's part of the network."""

    def __init__(self, network: "Network") -> None:
        self.network = network
        self.courier = TwilioCourier(network.config, network.dice)
        self.accounts = {account.sid: account for account in network.config.accounts}
        self.root = ""  # where this simulator is reached
        self._free: dict[str, float] = {}  # sender -> when it has sent what waits

    # the business speaks

    def follow(self, account: Account, message: Message) -> None:
        """Send a message when its turn has come: so many a second for each sender."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._free.get(message.number, 0.0))
        self._free[message.number] = turn + 1 / account.per_second
        self.network.follow(message, turn - now)

    def fails(self, message: Message, person: Person) -> Json | None:
        """Why a message does not reach the phone, if it does not."""
        told: Json = message.twilio or {}
        found: Json | None = told.get("fails")
        if found is None and not person.reachable:
            found = failure(63024 if is_whatsapp(message.number) else 30003)
        if found is None or final_status(found["code"]) == "undelivered":  # it went out, and did not arrive
            told["sent"] = self.network.clock.now()
        return found and dict(found)

    def told(self, number: Number, person: Person, message: Message) -> None:
        """A message has moved on: call its address, if it named one."""
        told: Json = message.twilio or {}
        told["updated"] = self.network.clock.now()
        if told.get("callback"):
            account = self.accounts[number.waba_id]
            parameters = status(account, number, person, message, told["updated"])
            self.courier.status(told["callback"], account.token, parameters)

    # a person speaks

    def received(self, number: Number, person: Person, message: Message, wire: Json) -> None:
        """Post what a person sent."""
        account = self.accounts[number.waba_id]
        files: dict[str, str] = {}

        def media_url(part: Json) -> str:
            name = sid("ME")
            files[name] = str(part.get("id") or self._card(number, part["vcard"]))
            return f"{self.root}/{VERSION}/Accounts/{account.sid}/Messages/{message.id}/Media/{name}"

        said = said_by(wire, number, media_url)
        if said is None:
            return  # Twilio does not pass it on
        message.twilio = {
            "body": said.get("Body", ""),
            "files": len(files),
            "media": files,
            "service": account.service_of(number.id),
            "updated": message.at,
            "sent": message.at,
        }
        if not is_whatsapp(number.id):
            self._opt(number, person, said.get("Body", ""))
        self._post(account, number, person, message, said)

    def _post(self, account: Account, number: Number, person: Person, message: Message, said: dict[str, str]) -> None:
        def arrived() -> None:
            if message.status == "sent":
                message.status = "delivered"
                self.network.show(message, "status")

        parameters = inbound(account, number, person, message, said)
        self.courier.message(f"{number.id}/{person.key}", account.token, parameters, arrived)

    def _opt(self, number: Number, person: Person, words: str) -> None:
        """By SMS, STOP and START act at Twilio itself."""
        word, pair = words.strip().upper(), (number.id, person.key)
        if word in STOP:
            self.network.world.unsubscribed.add(pair)
        elif word in START:
            self.network.world.unsubscribed.discard(pair)

    def _card(self, number: Number, contact: Json) -> str:
        name, phone = contact["name"]["formatted_name"], contact["phones"][0]["phone"]
        lines = ("BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"TEL;TYPE=CELL:{phone}", "END:VCARD", "")
        content = "\r\n".join(lines).encode()
        file = MediaFile(ids.object_id(), number.waba_id, number.id, "text/vcard", content, self.network.clock.now())
        self.network.world.keep_media(file)
        return file.id
