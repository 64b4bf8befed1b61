"""The people behind a chat: who they are, one more, another name, one less, and one behind another chat, too."""

from clinic.errors import ClinicError, NotFound
from clinic.views import PatientView
from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.steps.booked import register
from flows.steps.otp import NO_NUMBER, send
from flows.steps.person import NEW
from flows.table import STAY, Step
from flows.talk import Talk
from flows.words.name import read_person
from flows.words.pick import pick


async def ask(talk: Talk) -> Question:
    """The one who writes stands first."""
    for name in ("person", "self", "name", "birth_date", "patient"):
        talk.choices.pop(name, None)
    people = sorted((await talk.chat()).patients, key=lambda person: not person.is_self)
    options = tuple(Option(each.id, each.name, talk.say("this_is_you") if each.is_self else "") for each in people)
    text = talk.say("ask_people" if people else "no_people")
    return Question(text, options, (Option("add", talk.say("add_person")), Option("book", talk.say("book_visit"))))


async def answer(talk: Talk, said: Said) -> str | None:
    """A name of the household may be typed."""
    people = (await talk.chat()).patients
    option = said.option or pick(said.text, [(each.id, each.name) for each in people])
    if option == "add" or said.command == "other_person":
        if any(each.is_self for each in people):
            talk.choices["self"] = "no"
        return "new"
    if option == "book":
        return "book"
    if any(each.id == option for each in people):
        talk.choices["person"] = str(option)
        return "one"
    return None


PEOPLE = Step("people", ask, answer, revisited=True)


async def add(talk: Talk) -> str:
    """Written down now: who is added here is meant to stay. Somebody of the same name is there already."""
    name = talk.choices.get("name", "")
    if talk.choices.get("patient") == NEW and not _named(await _people(talk), name):
        await register(talk)
        talk.note("person_added", name=name)
        talk.look_again()
    else:
        talk.note("person_there")
    forget(talk.choices, "self")
    return "done"


async def _people(talk: Talk) -> tuple[PatientView, ...]:
    return (await talk.chat()).patients


def _named(people: tuple[PatientView, ...], name: str) -> bool:
    return any(_plain(each.name) == _plain(name) for each in people)


def _plain(name: str) -> str:
    return "".join(name.casefold().split())


ADDING = Step("adding", add, needs=("patient",))


async def _one(talk: Talk) -> PatientView | None:
    return next((each for each in await _people(talk) if each.id == talk.choices["person"]), None)


async def ask_one(talk: Talk) -> Question | str:
    """What can be done about one of them."""
    person = await _one(talk)
    if person is None:
        talk.note("person_gone")
        return "list"
    options = (
        Option("rename", talk.say("rename_person")),
        Option("share", talk.say("share_person")),
        Option("remove", talk.say("remove_person")),
        Option("book", talk.say("book_visit")),
        Option("list", talk.say("all_people")),
    )
    return Question(talk.say("ask_person", name=person.name), options)


async def answer_one(talk: Talk, said: Said) -> str | None:
    """A visit for them begins with the person known."""
    if said.option == "book":
        talk.brings = {"patient": talk.choices["person"]}
    return said.option or None


ONE = Step("one", ask_one, answer_one, needs=("person",), revisited=True)


def _out(talk: Talk) -> tuple[Option, ...]:
    """Back to everybody, for who thinks better of it."""
    return (Option("list", talk.say("all_people")),)


async def ask_name(talk: Talk) -> Question | str:
    """As it is now, and as it should be."""
    person = await _one(talk)
    return Question(talk.say("ask_new_name", name=person.name), _out(talk)) if person else "list"


async def answer_name(talk: Talk, said: Said) -> str | None:
    """Whatever can be a name."""
    if said.option == "list":
        return "list"
    name, _ = read_person(said.text, talk.language, talk.now.date())
    if name is None:
        return None
    talk.choices["name"] = name
    return "next"


def a_name(talk: Talk, text: str) -> bool:
    """Whether a text can be one."""
    return read_person(text, talk.language, talk.now.date())[0] is not None


NAME = Step("name", ask_name, answer_name, needs=("person",), gives="name", revisited=True, own_words=a_name)


async def rename(talk: Talk) -> str:
    """Two of one household do not get the same name by it."""
    name, person = talk.choices.pop("name"), talk.choices["person"]
    others = tuple(each for each in await _people(talk) if each.id != person)
    if _named(others, name):
        talk.note("person_there")
        return "done"
    try:
        await talk.desk.rename(person, name, talk.now)
    except NotFound:
        talk.note("person_gone")
        return "done"
    talk.note("person_renamed", name=name)
    talk.look_again()
    return "done"


RENAMING = Step("renaming", rename, needs=("person", "name"))


async def ask_remove(talk: Talk) -> Question | str:
    """What it means: the clinic keeps the record, and visits that are booked stay booked."""
    person = await _one(talk)
    if person is None:
        return "list"
    ahead = await talk.desk.visits_of(person.id, talk.now)
    text = talk.say("remove_sure", name=person.name)
    if ahead:
        text = f"{text} {talk.say('remove_visits', n=ahead)}"
    return Question(text, (Option("yes", talk.say("yes_remove")), Option("keep", talk.say("no_keep"))))


async def answer_remove(_talk: Talk, said: Said) -> str | None:
    """A plain "no" keeps."""
    if said.option == "yes" or said.command == "yes":
        return "yes"
    return "keep" if said.option == "keep" or said.command == "no" else None


REMOVE = Step("remove", ask_remove, answer_remove, needs=("person",), revisited=True)


async def remove(talk: Talk) -> str:
    """Done twice it counts once."""
    person = await _one(talk)
    await talk.desk.remove(talk.choices["person"], talk.now)
    talk.note("person_removed", name=person.name if person else "")
    talk.look_again()
    return "done"


REMOVING = Step("removing", remove, needs=("person",))


async def ask_number(talk: Talk) -> Question | str:
    """Of the telephone that may book for them, too; its holder has to agree."""
    person = await _one(talk)
    return Question(talk.say("ask_share_number", name=person.name), _out(talk)) if person else "list"


async def answer_number(talk: Talk, said: Said) -> str | None:
    """Typed, or a contact that is shared. The number stays with the code: no session keeps it."""
    if said.command == NO_NUMBER:
        return "keep"
    if said.option == "list":
        return "list"
    number = said.phone or said.text
    if not any(letter.isdecimal() for letter in number):
        return None
    match await send(talk, f"share:{talk.choices['person']}", number):
        case "":
            return "next"
        case "no_way_to_send":
            return "no_code"
        case "too_many_codes":
            talk.note("code_too_many")
        case _:
            talk.note("number_wrong")
    return STAY


def a_number(_talk: Talk, text: str) -> bool:
    """Seven digits are no sentence."""
    return sum(letter.isdecimal() for letter in text) >= 7


NUMBER = Step("number", ask_number, answer_number, needs=("person",), takes_contact=True, own_words=a_number)


async def share(talk: Talk) -> str:
    """The other's holder has agreed by the code."""
    try:
        number = await talk.desk.share(talk.choices["person"], talk.now)
    except ClinicError as refusal:
        if refusal.code not in ("code_needed", "not_found", "too_many_chats", "patient_merged"):
            raise
        talk.note("not_shared")
        return "done"
    talk.note("person_shared", number=number)
    return "done"


SHARING = Step("sharing", share, needs=("person",))
