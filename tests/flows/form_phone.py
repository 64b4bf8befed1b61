"""The phone's side of the booking form: opens it, fills it in screen by screen, and sends what it ended with."""

from dataclasses import dataclass, field
from typing import Any

from player import Player

from flows.form.answer import Asked, Filled, Over, Screen, answer
from flows.inbound import Kind
from flows.reply import Reply


@dataclass
class FormPhone:
    """One opened form of a player's chat. ``path`` is the way of screens so far."""

    player: Player
    form: str = ""
    screen: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    choice: str = ""

    async def open(self) -> Screen | Filled | Over:
        """Tap the button of the last bubble that has one."""
        button = next(reply.form for reply in reversed(self.player.replies) if reply.form)
        self.form = str(button.asked)
        return await self.ask("INIT")

    async def ask(self, action: str, screen: str = "", data: dict[str, Any] | None = None) -> Screen | Filled | Over:
        """One request to the endpoint, and what it makes of the phone."""
        player = self.player
        found = await answer(player.session, Asked(self.form, action, screen, data or {}), player.desk, player.now)
        match found:
            case Screen(name, shown):
                self.screen, self.data = name, shown
                self.path.append(name)
            case Filled(choice):
                self.choice = choice
        return found

    async def fill(self, **fields: str) -> Screen | Filled | Over:
        """Choose on this screen, and go on. Hidden values go along, as the form's own JSON says."""
        hidden = {name: self.data[name] for name in ("clinic", "service", "doctor", "day", "slot") if name in self.data}
        return await self.ask("data_exchange", self.screen, {**hidden, **fields})

    async def first(self) -> Screen | Filled | Over:
        """The first choice of whatever is shown."""
        data = self.data
        match self.screen.removesuffix("_FIRST"):
            case "CLINIC":
                return await self.fill(clinic=data["clinics"][0]["id"])
            case "DOCTOR":
                return await self.fill(service=data["service"], doctor=data["doctors"][-1]["id"])
            case "DATE":
                return await self.fill(day=data["first"])
            case "SLOT":
                return await self.fill(slot=data["slots"][0]["id"])
        return await self.fill()

    async def fill_in(self) -> None:
        """All of it, always the first choice."""
        await self.open()
        while not self.choice:
            assert not isinstance(await self.first(), Over)
            assert len(self.path) < 9, "the form leads round in a circle"

    async def send(self) -> list[Reply]:
        """The message that WhatsApp sends for the patient when the form ends."""
        return await self.player.send(Kind.FORM, choice=self.choice)
