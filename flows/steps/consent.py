"""Whether we may write to the patient: asked once for each wording, and never a condition for booking."""

from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import Step
from flows.talk import Talk


async def ask(talk: Talk) -> Question | str:
    """Not again within one conversation, even after a "no"; and who said STOP is not asked until they say START."""
    tenant, chat = await talk.tenant(), await talk.chat()
    if "consent" in talk.choices or chat.stopped or chat.consent_version == tenant.consent_version:
        return "next"
    options = (Option("yes", talk.say("consent_yes")), Option("no", talk.say("consent_no")))
    return Question(talk.say("ask_consent", practice=tenant.name), options)


async def answer(talk: Talk, said: Said) -> str | None:
    """The wording's version is recorded with the answer."""
    if said.option not in ("yes", "no"):
        return None
    given = said.option == "yes"
    await talk.desk.record_consent((await talk.tenant()).consent_version, given, talk.now)
    talk.choices["consent"] = said.option
    if not given:
        talk.note("consent_refused")
    return "next"


CONSENT = Step("consent", ask, answer)
