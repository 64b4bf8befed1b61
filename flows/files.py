"""Voice messages, pictures and documents: kept for staff and never guessed at. Of several in a row the first is
answered."""

from dataclasses import replace

from flows.inbound import Kind
from flows.question import Question
from flows.reply import Option
from flows.talk import Talk

RUN = 30 * 60.0  # seconds without another one after which a run has ended
CALLED = "handoff"  # the step at which somebody is going to call already


def wants_no_answer(talk: Talk) -> bool:
    """Whether the message is one more file of a run, with no words of its own. Anything else that a patient says ends
    the run."""
    session, said = talk.session, talk.inbound
    if said.kind is not Kind.MEDIA:
        session.kept_at = session.kept_at if said.of_staff else 0.0
        return False
    talk.keeps = talk.now.timestamp() - session.kept_at > RUN
    session.kept_at = talk.now.timestamp()
    return not talk.keeps and not said.text.strip()


def told_of(talk: Talk, question: Question) -> Question:
    """The question of this turn: where a file came, said to be kept, with the offer of a call."""
    if not talk.keeps:
        return question
    if talk.session.step == CALLED:
        talk.note("kept_for_call")
        return question
    if question.ask_location or question.ask_contact or not question.options:
        talk.note("kept_write")
        return question
    talk.note("kept_offer")
    return _with_call(question, Option("human", talk.say("call_me")))


def _with_call(question: Question, call: Option) -> Question:
    """``human`` is understood wherever it is tapped; once is enough."""
    shown = (*question.options, *question.tail)
    if any(call.id == option.id or call.title == option.title for option in shown):
        return question
    return replace(question, tail=(*question.tail, call))
