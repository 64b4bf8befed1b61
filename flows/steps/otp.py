"""A one-time code: sent where the practice asks for one, typed or pasted here, and on to what was to be done.

Each place that may ask has a step of its own, so that the table says where it leads. Nobody without a known number is
kept from anything: they may share it, or go on without."""

import re
import unicodedata
from collections.abc import Callable

from clinic.errors import ClinicError
from clinic.views import CodeView
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.table import STAY, Step
from flows.talk import Talk

MINUTES = 5  # for which a code is good
APART = re.compile(r"(?<=\d)[\s.\-\u2010-\u2015]+(?=\d)")
SIX = re.compile(r"(?<!\d)\d{6}(?!\d)")
REFUSALS = frozenset({"too_many_codes", "no_way_to_send", "bad_phone"})
SAYS = {"spent": "code_spent", "expired": "code_expired", "undeliverable": "code_undeliverable"}
NO_NUMBER = "no"  # the choice of who goes on without sharing one

About = Callable[[Talk], str]


def digits_in(text: str) -> str:
    """The six digits of a code, in any script and however they are spaced; empty where there are none, or several."""
    plain = "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)
    found = set(SIX.findall(APART.sub("", plain)))
    return found.pop() if len(found) == 1 else ""


def has_digits(_talk: Talk, text: str) -> bool:
    """A code is never a sentence."""
    return bool(digits_in(text))


def code_step(name: str, about: About) -> Step:
    """The step before something that a code may be asked for."""

    async def ask(talk: Talk) -> Question | str:
        return await _ask(talk, about(talk))

    async def answer(talk: Talk, said: Said) -> str | None:
        return await _answer(talk, said, about(talk))

    return Step(name, ask, answer, takes_contact=True, own_words=has_digits)


async def _ask(talk: Talk, about: str) -> Question | str:
    view = await talk.desk.identity(about, talk.now)
    if view.state == "none":
        refusal = await send(talk, about)
        if refusal == "too_many_codes":
            return Question(talk.say("code_too_many"), (Option("human", talk.say("talk_to_person")),))
        if refusal:
            return "no_code"
        view = await talk.desk.identity(about, talk.now)
    if view.state in ("fine", "right"):
        return "next"
    if view.state == "no_number":
        if talk.choices.get("number") == NO_NUMBER:
            return "next"
        return Question(talk.say("ask_own_number"), ask_contact=True)
    return _question(talk, view)


def _question(talk: Talk, view: CodeView) -> Question:
    if view.state == "live":
        text = talk.say("ask_code", number=view.number, minutes=MINUTES)
    else:
        text = talk.say(SAYS[view.state])
    return Question(text, (Option("new_code", talk.say("new_code")), Option("human", talk.say("talk_to_person"))))


async def send(talk: Talk, about: str, number: str = "") -> str:
    """Ask for a new code; the refusal's code, empty where it is on its way."""
    try:
        await talk.desk.send_code(talk.inbound.id, about, talk.language, talk.now, number)
    except ClinicError as refusal:
        if refusal.code not in REFUSALS:
            raise
        if refusal.code == "no_way_to_send":
            talk.why = "no_code"
            talk.note("code_no_way")
        return refusal.code
    return ""


async def _answer(talk: Talk, said: Said, about: str) -> str | None:
    if digits := digits_in(said.text):
        return await _tried(talk, about, digits)
    if said.option == "new_code":
        return await _again(talk, about)
    if talk.session.options:
        return None
    return await _number(talk, said)


async def _tried(talk: Talk, about: str, digits: str) -> str:
    """The words of the message are not kept: the code stands in them."""
    talk.session.hidden = talk.inbound.id
    view = await talk.desk.try_code(talk.inbound.id, about, digits, talk.now)
    if view.state == "right":
        talk.look_again()
        return "next"
    if view.state == "live":
        talk.note("code_wrong", n=view.left)
    return STAY


async def _again(talk: Talk, about: str) -> str:
    refusal = await send(talk, about)
    if refusal == "no_way_to_send":
        return "no_code"
    talk.note("code_too_many" if refusal else "code_sent_again")
    return STAY


async def _number(talk: Talk, said: Said) -> str | None:
    """Shared by WhatsApp's own button it is the patient's; else they go on without one."""
    if said.command == "no":
        talk.choices["number"] = NO_NUMBER
        return "next"
    if not said.phone or not talk.inbound.own_phone:
        return None
    if not await talk.desk.share_number(talk.inbound.id, said.phone, talk.now):
        talk.note("number_elsewhere")
        talk.choices["number"] = NO_NUMBER
    talk.look_again()
    return STAY


CODE_TO_CANCEL = code_step("cancel_code", lambda _: "cancel")
CODE_TO_MOVE = code_step("move_code", lambda _: "move")
CODE_TO_BOOK = code_step("book_code", lambda _: "book")
CODE_TO_DATA = code_step("data_code", lambda _: "data")
CODE_TO_SHARE = code_step("share_code", lambda talk: f"share:{talk.choices['person']}")
