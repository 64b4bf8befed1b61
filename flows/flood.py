"""Who writes far too much in a short time is told so once, and not answered for a while. An emergency always is, and so
is who wants no more messages."""

from flows.hearing import hear
from flows.inbound import Kind
from flows.reply import Reply
from flows.steps import aside
from flows.talk import Talk
from flows.words.command import command

MOST = 40  # messages a minute, taps aside
SILENCE = 5 * 60  # seconds
HEARD = frozenset({"stop", "forget_me"})  # always


async def hush(talk: Talk) -> list[Reply] | None:
    """What is said in place of an answer, mostly nothing; None: this is no flood."""
    said, now = talk.inbound, talk.now.timestamp()
    flooding = said.rate > MOST
    if (not flooding and now >= talk.session.hushed) or said.of_staff or said.kind is Kind.CHOICE:
        return None
    heard = await hear(talk) if said.kind is Kind.TEXT else talk.heard
    if heard.intent == "emergency":
        return [Reply(await aside.alarm(talk))]
    if heard.intent in HEARD or command(said.text, talk.language) in HEARD:
        return None
    told = now < talk.session.hushed
    if flooding or not told:
        talk.session.hushed = now + SILENCE
    return [] if told else [Reply(talk.say("too_fast", number=await aside.service(talk)))]
