"""What patients do with messages that come unasked: tap a button, soon or late, or nothing at all."""

from datetime import timedelta

from opdesk.play.people import Patient
from opdesk.play.phones import Bubble, Phones
from opdesk.play.talking import CANCEL, LOOK, MOVE, talk

HESITATION = (0, 0, 10, 30, 60, 180)  # minutes
AIMS = {"move": MOVE, "otherday": MOVE, "later": MOVE, "cancel": CANCEL}
# chances of each answer; "" is silence. What is not named here is answered with any of its buttons.
ANSWERS: dict[str, dict[str, int]] = {
    "visit": {"come": 60, "keep": 30, "first": 60, "second": 20, "third": 10, "call": 5},
    "offer": {"yes": 60, "no": 20, "stop": 5},
    "mark": {"5": 60, "3": 25, "1": 15},
    "household": {"come": 80, "move": 20},
}


def reaction(patient: Patient, letter: Bubble) -> tuple[str, timedelta] | None:
    """The button that they will tap, and after how long; None: they leave it."""
    if not letter.options or patient.dice.random() < patient.careless:
        return None
    buttons = {payload: _liking(patient, payload) for payload, _ in letter.options}
    button = patient.dice.choices(list(buttons), list(buttons.values()))[0]
    return button, timedelta(minutes=patient.dice.choice(HESITATION))


def _liking(patient: Patient, button: str) -> float:
    kind, action, *_ = [*button.split("."), ""]
    if kind == "visit" and action in ("move", "cancel"):
        return 100 * patient.fickle
    return ANSWERS.get(kind, {}).get(action, 10)


async def react(phones: Phones, patient: Patient, letter: Bubble, button: str) -> tuple[str, bool]:
    """Tap it, and finish what it begins; what it was, and whether it came about."""
    kind, action, *_ = [*button.split("."), ""]
    aim = AIMS.get(action, LOOK) if kind == "visit" else LOOK
    came = await talk(phones, patient, aim, await phones.tap(letter, button))
    return (aim.name if aim is not LOOK else f"{kind} {action}"), came
