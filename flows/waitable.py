"""Where a patient may be put on the waitlist: as soon as it is known for whom and for what."""

from flows.reply import Option
from flows.session import HOME
from flows.talk import Talk

WAITED_FOR = ("clinic", "service", "doctor", "patient")


def wait_option(talk: Talk) -> list[Option]:
    """The way to the waitlist, where it is known what for."""
    known = talk.session.flow == HOME and all(name in talk.choices for name in WAITED_FOR)
    return [Option("wait", talk.say("wait_for_time"))] if known else []
