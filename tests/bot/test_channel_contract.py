"""What every channel owes the bot, whichever provider is behind it: the same tests, in front of both."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.channels.directory import Provider
from bot.channels.errors import RULES, Action, SendError
from clinic.views import Sender
from flows.inbound import Kind
from flows.reply import BODY, TEXT, Option, Reply
from flows.texts import catalogue_path, languages
from tests.bot.both_providers import NUMBERS, Side, both
from tests.bot.twilio_world import ASHA

YES, NO = Option("1:yes", "Yes, book it ✓"), Option("1:no", "Another time")
ROWS = tuple(Option(f"2:{n}", f"Dr No {n} 🙂", "Dentist, 800 m" if n % 2 else "") for n in range(10))
WORDS = [
    "hola ñ",
    "नमस्ते, आपका स्वागत है",
    "أهلا بك (٣) في العيادة",
    "👍🏽" * 40,
    "a  b\tc",
    "{{1}} {name} %s & <b>",
    "1. x\n2. y",
]


@pytest_asyncio.fixture(scope="module")
async def sides(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[Provider, Side]]:
    async with both(tmp_path_factory.mktemp("spool"), pair_burst=0) as found:
        for side in found.values():
            await side.phone("text", text="hi")
        yield found


@pytest_asyncio.fixture(params=list(NUMBERS))
async def side(request: pytest.FixtureRequest, sides: dict[Provider, Side]) -> AsyncIterator[Side]:
    found = sides[request.param]
    yield found
    await found.desk.http.delete("/control/faults")


async def last(side: Side) -> dict[str, Any]:
    """The newest bubble of the desk."""
    return (await side.bubbles())[-1]


def choices(bubble: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What can be tapped: id, title, description."""
    return [(each["id"], each["title"], each.get("description") or "") for each in bubble.get("options", [])]


@pytest.mark.parametrize("words", WORDS)
async def test_words_arrive_as_they_were_said(side: Side, words: str) -> None:
    await side.send(Reply(words))
    assert (await last(side))["text"] == words


async def test_a_long_text_arrives_whole_in_pieces_with_ids_of_their_own(side: Side) -> None:
    told = "\n".join(f"{n}. Bring this along 🙂 and that, on day {n}." for n in range(400))
    reply = Reply(told)
    before = len(await side.bubbles())
    sent = [await side.send(piece) for piece in side.channel.pieces(side.number, reply)]
    shown = [bubble["text"] for bubble in (await side.bubbles())[before:]]
    assert "\n".join(shown) == reply.text
    assert len({mark for mark, _ in sent}) == len({wamid for _, wamid in sent}) == len(shown)
    for mark, wamid in sent:
        await side.until(lambda mark=mark: any(each.status == "read" for each in side.heard.statuses(mark)))
        assert {each.wamid for each in side.heard.statuses(mark)} == {wamid}


@pytest.mark.parametrize("length", [1599, 1600, 1601, TEXT, TEXT + 1])
@pytest.mark.parametrize("letter", ["x", "😀", "x ", "न\n"])
async def test_at_the_edges_of_what_a_text_may_be(side: Side, letter: str, length: int) -> None:
    for piece in side.channel.pieces(side.number, Reply(letter * (length // len(letter)))):
        await side.send(piece)


@pytest.mark.parametrize("options", [(YES,), (YES, NO), (YES, NO, Option("1:x", "ب 😀"))])
async def test_buttons_are_tapped(side: Side, options: tuple[Option, ...]) -> None:
    _, wamid = await side.send(Reply("Shall I book it?\n\nDr Rao, 10:15", options))
    assert (await last(side))["text"] == "Shall I book it?\n\nDr Rao, 10:15"
    for option in options:
        said = await side.phone("tap", id=option.id)
        assert (said.kind, said.choice, said.text, said.replies_to) == (Kind.CHOICE, option.id, option.title, wamid)


@pytest.mark.parametrize("count", [1, 4, 10])
async def test_a_list_is_opened_and_a_row_tapped(side: Side, count: int) -> None:
    rows = ROWS[-count:]
    _, wamid = await side.send(Reply("Which doctor?", rows, "Doctors"))
    assert choices(await last(side)) == [(row.id, row.title, row.description) for row in rows]
    said = await side.phone("tap", id=rows[-1].id)
    assert (said.kind, said.choice, said.text, said.replies_to) == (Kind.CHOICE, rows[-1].id, rows[-1].title, wamid)


@pytest.mark.parametrize("wish", [{"ask_location": True}, {"ask_contact": True}])
async def test_what_is_asked_for_is_asked(side: Side, wish: dict[str, bool]) -> None:
    await side.send(Reply("Where are you now?", **wish))  # type: ignore[arg-type]
    assert (await last(side))["text"] == "Where are you now?"
    said = await side.phone("location", latitude=19.05, longitude=72.83)
    assert (said.kind, said.latitude, said.longitude) == (Kind.LOCATION, 19.05, 72.83)


async def test_what_comes_in_is_understood(side: Side) -> None:
    assert (await side.phone("text", text="नमस्ते 🙂\n2")).text == "नमस्ते 🙂\n2"
    file = await side.phone("media", type="image", caption="my report")
    assert (file.kind, file.text) == (Kind.MEDIA, "my report")


async def test_bubbles_arrive_in_their_order(side: Side) -> None:
    before = len(await side.bubbles())
    for n in range(6):
        await side.send(Reply(f"{n}", (YES,) if n % 2 else ()))
    assert [bubble["text"] for bubble in (await side.bubbles())[before:]] == [f"{n}" for n in range(6)]


async def test_typing_marks_as_read(side: Side) -> None:
    said = await side.phone("text", text="anybody there?")
    await side.channel.typing(side.number, said.id)
    shown = await side.desk.bubbles(number=side.number.phone_number_id)
    assert next(each for each in shown if each["id"] == said.id)["status"] == "read"


async def test_our_own_id_comes_back_with_each_status(side: Side) -> None:
    for reply in (Reply("hello"), Reply("Book?", (YES, NO)), Reply("Who?", ROWS, "Doctors")):
        mark, wamid = await side.send(reply)
        await side.until(lambda mark=mark: len(side.heard.statuses(mark)) >= 3)
        told = side.heard.statuses(mark)
        assert {each.status for each in told} == {"sent", "delivered", "read"}
        assert {(each.wamid, each.phone_number_id) for each in told} == {(wamid, side.number.phone_number_id)}


async def test_who_shows_no_number_is_answered(side: Side) -> None:
    sender, said = await side.person("text", "sofia.lima", text="oi")
    assert (sender.wa_id, said.text) == ("", "oi")
    for reply in (Reply("olá"), Reply("Marco?", (YES, NO))):
        await side.send(reply, sender)
    assert [bubble["text"] for bubble in await side.bubbles("sofia.lima")] == ["olá", "Marco?"]
    assert (await side.phone("tap", "sofia.lima", id=YES.id)).choice == YES.id


async def test_who_shows_a_number_has_one_identity_on_both(sides: dict[Provider, Side]) -> None:
    """By number and by the business's own id; the accounts are two, so these ids are."""
    senders = [(await side.person("text", text="hi"))[0] for side in sides.values()]
    assert {sender.wa_id for sender in senders} == {ASHA}
    assert all(sender.user_id.startswith("IN.") for sender in senders)


# what goes wrong

# Meta's code, which the simulator translates for Twilio: what it means on each side
MEANT: dict[int, set[Action]] = {
    131047: {Action.TEMPLATE},
    131026: {Action.PERMANENT},
    131051: {Action.PERMANENT},
    131031: {Action.HALT},
    131042: {Action.HALT},
    131045: {Action.HALT},
    130429: {Action.SLOW},
    131056: {Action.PAIR, Action.SLOW},
    80007: {Action.RETRY, Action.SLOW},
    131000: {Action.RETRY},
    131016: {Action.RETRY},
    131049: {Action.RETRY},
}


async def outcome(side: Side, reply: Reply) -> tuple[Action, float]:
    """What a failure means, whether it is said at once or in a status."""
    try:
        mark, _ = await side.send(reply)
    except SendError as error:
        return error.action, error.rule.delay
    await side.until(lambda: any(each.status == "failed" for each in side.heard.statuses(mark)))
    code = next(each.code for each in side.heard.statuses(mark) if each.status == "failed")
    return RULES[code].action, RULES[code].delay


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("code", MEANT)
async def test_what_an_error_means(side: Side, code: int, at_once: bool) -> None:
    await side.desk.fault(fail_next=1, fail_code=code, at_once=at_once)
    action, delay = await outcome(side, Reply("hello"))
    assert action in MEANT[code]
    assert delay > 0
    assert (await side.send(Reply("again")))[1], "it was that one alone"


async def test_outside_the_window_only_a_template_goes(side: Side) -> None:
    assert await outcome_to(side, "4915550009999") is Action.TEMPLATE


async def outcome_to(side: Side, user: str) -> Action:
    """The same for somebody who never wrote."""
    try:
        mark, _ = await side.send(Reply("hello"), Sender(user, user))
    except SendError as error:
        return error.action
    await side.until(lambda: any(each.status == "failed" for each in side.heard.statuses(mark)))
    return RULES[side.heard.statuses(mark)[-1].code].action


async def test_a_wrong_token_halts_the_number(side: Side) -> None:
    with pytest.raises(SendError) as failed:
        await side.send(Reply("hello"), token="wrong")
    assert failed.value.action is Action.HALT


async def test_a_gateway_that_answers_nonsense(side: Side) -> None:
    await side.desk.fault(html_next=1)
    with pytest.raises(SendError) as failed:
        await side.send(Reply("hello"))
    assert (failed.value.action, failed.value.code) == (Action.RETRY, 0)


async def test_too_fast_is_told_with_a_wait(side: Side) -> None:
    await side.desk.fault(throttle=2)

    async def crowd() -> None:
        for n in range(6):
            await side.send(Reply(f"{n}"))

    with pytest.raises(SendError) as failed:
        await crowd()
    assert (failed.value.action, failed.value.rule.delay > 0) == (Action.SLOW, True)


async def test_a_lost_answer_leaves_it_open_and_a_status_tells(side: Side) -> None:
    await side.desk.fault(drop_next=1)
    with pytest.raises(SendError) as failed:
        await side.send(Reply("it arrived"))
    assert failed.value.action is Action.AMBIGUOUS
    mark = f"o.0.chat.{side.provider}.{side.serial}"
    await side.until(lambda: side.heard.statuses(mark))
    assert side.heard.statuses(mark)[0].wamid == (await last(side))["id"]


async def test_an_answer_that_comes_too_late_leaves_it_open(side: Side) -> None:
    await side.desk.fault(slow=2.5)
    with pytest.raises(SendError) as failed:
        await side.send(Reply("it arrived late"))
    assert failed.value.action is Action.AMBIGUOUS
    assert (await last(side))["text"] == "it arrived late"


# anything that the flows can say

TITLES = st.text(min_size=1, max_size=30).map(str.strip).filter(bool)


def bubbles(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Reply]:
    """Bubbles of any shape; every option has an id and a title of its own, as the flows give them."""
    options = st.lists(st.tuples(TITLES, st.text(max_size=90)), max_size=10, unique_by=lambda each: each[0])
    return st.builds(
        lambda text, options, menu, wish: Reply(
            text, tuple(Option(f"7:{n}", *option) for n, option in enumerate(options)), menu, **wish
        ),
        texts, options, TITLES, st.sampled_from(({}, {}, {}, {"ask_location": True}, {"ask_contact": True})),
    )  # fmt: skip


def catalogue() -> list[str]:
    """Every text of every language."""
    found: list[str] = []
    for language in languages():
        with catalogue_path(language).open("rb") as source:
            for entry in filter(lambda entry: entry.id, read_po(source, locale=language)):
                found += [entry.string] if isinstance(entry.string, str) else list(entry.string)
    return [text for text in found if text.strip()]


SAID = st.one_of(
    st.sampled_from(catalogue()), st.text(min_size=1, max_size=200), st.text(min_size=BODY - 9, max_size=BODY + 9)
).filter(lambda text: any(letter.isprintable() and not letter.isspace() for letter in text))


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")  # a side is long to tell
@settings(
    max_examples=40, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(reply=bubbles(SAID))
async def test_nothing_that_can_be_said_is_refused(side: Side, reply: Reply) -> None:
    for piece in side.channel.pieces(side.number, reply):
        try:
            mark, wamid = await side.send(piece)
        except SendError as error:
            raise AssertionError(f"{error}: {piece!r}") from None
        await side.until(lambda mark=mark: side.heard.statuses(mark))
        assert [each.status for each in side.heard.statuses(mark) if each.status == "failed"] == []
        bubble = next(each for each in await side.bubbles() if each["id"] == wamid)
        if not (reply.ask_location or reply.ask_contact):
            assert [each[0] for each in choices(bubble)] == [option.id for option in reply.options]
