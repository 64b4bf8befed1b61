"""The door: a greeting where there is reason for one, then straight to the first thing that is still to be asked."""

from flows.table import Step
from flows.talk import Talk


async def ask(talk: Talk) -> str:
    """Never a question of its own."""
    if talk.greets:
        talk.greets = False
        await greet(talk)
    return "next"


async def greet(talk: Talk) -> None:
    """A patient who is known by name, anybody else in the name of the practice."""
    own = next((patient for patient in (await talk.chat()).patients if patient.is_self), None)
    if own:
        talk.noted.insert(0, ("welcome_back", {"name": own.name.split()[0]}))
    else:
        talk.noted.insert(0, ("hello", {"practice": (await talk.tenant()).name}))


START = Step("start", ask)
