"""Everything that can be made to go wrong, and the dice that decide when."""

from random import Random

from pydantic import BaseModel, ConfigDict, Field

from simulator.errors import ERRORS, Refusal

Chance = Field(default=0.0, ge=0, le=1)
Count = Field(default=0, ge=0)


class Faults(BaseModel):
    """The switches. Chances are 0 to 1, ``*_next`` counts down, ``*_every`` hits each n-th send; seconds."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    duplicate: float = Chance  # webhooks posted twice
    reorder: float = Chance  # webhooks held back, so that later ones overtake them
    reorder_seconds: float = Field(default=1.0, ge=0, le=60)  # for how long at most
    delay: float = Field(default=0.0, ge=0, le=3600)  # every webhook is late
    lose_statuses: float = Chance  # statuses that never come
    lose_messages: float = Chance  # Twilio's webhooks of messages that never come
    at_once: bool = False  # Twilio refuses at once what it else reports in a status
    batch: int = Field(default=1, ge=1, le=1000)  # webhooks in one POST
    fail_code: int = 131000  # what the failing sends are answered
    fail_next: int = Count
    fail_every: int = Count
    fail_late: int = Field(default=0, ge=0)  # the code with which what was taken fails in its status; 0: nothing does
    html_next: int = Count  # sends answered 502 by something that is not the Graph API
    slow: float = Field(default=0.0, ge=0, le=600)  # the answer to a send comes late
    drop_next: int = Count  # sends that are accepted, but whose connection breaks before the answer
    drop_every: int = Count
    throttle: float | None = Field(default=None, gt=0)  # messages a second instead of the number's own limit


class Dice:
    """Decides, by chance (seeded) or by count, whether a fault happens now."""

    def __init__(self, seed: int | None = None) -> None:
        self.faults = Faults()
        self.random = Random(seed)
        self._sends = 0

    def chance(self, probability: float) -> bool:
        """True with that probability; certain at 1, never at 0."""
        return probability > 0 and self.random.random() < probability

    def before_send(self) -> bool:
        """Count a send; refuse it where a failure is due. True where it shall be answered by a broken gateway."""
        self._sends += 1
        if self._countdown("html_next"):
            return True
        if self._countdown("fail_next") or self._every(self.faults.fail_every):
            raise Refusal(self.faults.fail_code, ERRORS.get(self.faults.fail_code, (400, "Unknown error"))[1])
        return False

    def drops(self) -> bool:
        """Whether the connection of an accepted send breaks."""
        return self._countdown("drop_next") or self._every(self.faults.drop_every)

    def _countdown(self, name: str) -> bool:
        left: int = getattr(self.faults, name)
        if left:
            setattr(self.faults, name, left - 1)
        return left > 0

    def _every(self, nth: int) -> bool:
        return nth > 0 and self._sends % nth == 0
