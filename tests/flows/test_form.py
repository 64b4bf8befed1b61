"""Booking by WhatsApp's form: when it is offered, what its screens show, how it ends, and what goes wrong meanwhile."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from fake_desk import CENTRE, DOCTORS, SERVICES, ZONE, FakeDesk, returning
from form_phone import FormPhone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from player import Player

from flows.form.answer import Asked, Filled, Over, Screen, answer
from flows.form.choice import read_completion
from flows.form.screens import BUTTON, DESCRIPTION, HEADING, LABEL, ORDER, TITLE
from flows.inbound import Kind
from flows.reply import Reply
from flows.session import Session
from flows.slots import read_slot
from flows.texts import languages, say


def at_a_form(language: str = "en", **more: object) -> Player:
    """A patient who is known, and a practice that likes forms."""
    desk = returning(FakeDesk(booking_form=True, **more), language)  # type: ignore[arg-type]
    desk.known = replace(desk.known, last_visit=None)
    return Player(desk)


async def offered(player: Player) -> Reply:
    await player.text("hi")
    return await player.tap("me")


async def opened(player: Player) -> FormPhone:
    await offered(player)
    phone = FormPhone(player)
    await phone.open()
    return phone


async def test_who_is_known_gets_the_form_with_the_first_question() -> None:
    player = at_a_form()
    reply = await offered(player)
    assert reply.form is not None
    assert "list" in reply.form.text
    assert reply.options, "a channel without forms shows the question itself"
    assert player.session.step == "clinic"


async def test_a_practice_that_does_not_like_forms_shows_none() -> None:
    player = Player(returning(FakeDesk()))
    await player.text("hi")
    assert (await player.tap("me")).form is None


async def test_who_is_new_is_asked_as_ever() -> None:
    player = Player(FakeDesk(booking_form=True))
    await player.text("hi")
    while not player.desk.booked:
        reply = await (player.first() if player.replies[-1].options else player.text("Asha Verma"))
        assert reply.form is None
        assert player.count < 20


async def test_who_said_a_time_in_words_is_not_shown_a_form() -> None:
    player = at_a_form()
    await player.text("I need to see Dr Sharma tomorrow at 5 pm")
    while not player.desk.booked and player.count < 12:
        assert all(reply.form is None for reply in player.replies)
        await player.first()


async def test_a_whole_booking() -> None:
    player = at_a_form()
    phone = await opened(player)
    await phone.fill(clinic="centre")
    await phone.fill(service="follow-up", doctor="nair")
    await phone.fill(day=phone.data["first"])
    await phone.fill(slot=phone.data["slots"][2]["id"])
    assert phone.path == list(ORDER)
    assert "Dr Priya Nair" in phone.data["summary"]
    assert "Follow-up" in phone.data["summary"]
    assert isinstance(await phone.fill(), Filled)
    [reply] = await phone.send()
    [visit] = player.desk.booked.values()
    assert (visit.doctor.id, visit.service.id, visit.clinic.id) == ("nair", "follow-up", "centre")
    assert visit.reference in reply.text
    assert player.session.step == "booked"


async def test_a_form_that_is_sent_twice_books_once() -> None:
    player = at_a_form()
    await offered(player)
    phone = FormPhone(player)
    await phone.fill_in()
    await phone.send()
    [again] = await phone.send()
    assert len(player.desk.booked) == 1
    assert again.text.startswith(say("en", "form_late"))


async def test_the_same_message_run_twice_says_the_same() -> None:
    player = at_a_form()
    await offered(player)
    phone = FormPhone(player)
    await phone.fill_in()
    before, count = player.session, player.count
    [once] = await phone.send()
    player.session, player.count = before, count
    [twice] = await phone.send()
    assert once == twice
    assert len(player.desk.booked) == 1


async def test_a_used_form_cannot_be_opened_again() -> None:
    player = at_a_form()
    await offered(player)
    phone = FormPhone(player)
    await phone.fill_in()
    await phone.send()
    assert await phone.ask("INIT") == Over(say("en", "form_over"))


async def test_the_chat_has_gone_on() -> None:
    player = at_a_form()
    phone = await opened(player)
    await phone.fill(clinic="centre")
    await player.tap("garden")
    assert isinstance(await phone.fill(service="consultation", doctor="nair"), Over)


async def test_a_question_in_between_leaves_the_form_open() -> None:
    player = at_a_form()
    phone = await opened(player)
    await player.text("what does it cost?")
    assert player.session.step == "clinic"
    await phone.fill_in()
    await phone.send()
    assert len(player.desk.booked) == 1


async def test_a_person_has_the_conversation() -> None:
    player = at_a_form()
    phone = await opened(player)
    await player.send(Kind.TAKE, by="ann", hold=1800)
    assert isinstance(await phone.ask("INIT"), Over)


@pytest.mark.parametrize("word", ["list", "hm", "xyzzy"])
async def test_the_usual_list_is_one_word_away(word: str) -> None:
    player = at_a_form()
    await offered(player)
    reply = await player.text(word)
    assert reply.form is None
    assert reply.options
    assert not reply.text.startswith("Sorry")
    assert player.session.misses == 0
    assert "didn" not in reply.text


async def test_what_is_typed_still_counts() -> None:
    player = at_a_form()
    await offered(player)
    await player.text("Whitefield")
    assert player.session.choices["clinic"] == "garden"


async def test_somebody_was_faster_between_the_last_two_screens() -> None:
    player = at_a_form()
    phone = await opened(player)
    while phone.screen != "CONFIRM":
        await phone.first()
    player.desk.taken.add(read_slot(phone.data["slot"]).start)
    found = await phone.fill()
    assert isinstance(found, Screen)
    assert found.name == "CONFIRM"
    assert found.data["error_message"] == say("en", "form_taken_back")
    taken = phone.data["slot"]
    phone.screen = "SLOT"  # back, by the phone's own arrow: what it knew then
    again = await phone.fill(slot=taken)
    assert isinstance(again, Screen)
    assert taken not in [each["id"] for each in again.data["slots"]]
    await phone.first()
    assert isinstance(await phone.fill(), Filled)


async def test_a_time_that_is_taken_while_choosing_gives_way_to_fresh_ones() -> None:
    player = at_a_form()
    phone = await opened(player)
    while phone.screen != "SLOT":
        await phone.first()
    slot = phone.data["slots"][0]["id"]
    player.desk.taken.add(read_slot(slot).start)
    found = await phone.fill(slot=slot)
    assert isinstance(found, Screen)
    assert found.name == "SLOT"
    assert found.data["error_message"] == say("en", "form_taken")
    assert slot not in [each["id"] for each in found.data["slots"]]


async def test_somebody_holds_the_time() -> None:
    player = at_a_form()
    phone = await opened(player)
    while phone.screen != "SLOT":
        await phone.first()
    slot = phone.data["slots"][0]["id"]
    player.desk.held.add(read_slot(slot).start)
    found = await phone.fill(slot=slot)
    assert isinstance(found, Screen)
    assert found.data["error_message"] == say("en", "form_taken")


@pytest.mark.parametrize("how", ["taken", "snatched", "held"])
async def test_a_time_that_went_between_form_and_chat_is_chosen_anew(how: str) -> None:
    player = at_a_form()
    await offered(player)
    phone = FormPhone(player)
    await phone.fill_in()
    slot = read_slot(phone.choice.split(" ")[-1])
    getattr(player.desk, how).add(slot.start)
    [reply] = await phone.send()
    assert not player.desk.booked
    assert player.session.step == "time"
    assert reply.options
    assert reply.form is None
    await player.first()
    await player.tap("yes")
    assert len(player.desk.booked) == 1


async def test_all_else_is_skipped_where_there_is_one_choice() -> None:
    desk = FakeDesk(booking_form=True, places=(CENTRE,), offered=(SERVICES[0],), left={"nair", "rao"})
    player = Player(returning(desk))
    await player.text("hi")
    await player.tap("me")
    phone = FormPhone(player)
    await phone.open()
    assert phone.path == ["DATE_FIRST"]
    assert phone.data["clinic"] == "centre"
    assert phone.data["doctor"] == "sharma"


async def test_the_same_as_last_time_begins_with_the_day() -> None:
    player = Player(returning(FakeDesk(booking_form=True)))
    await player.text("hi")
    await player.tap("same")
    phone = FormPhone(player)
    await phone.open()
    assert phone.path == ["DATE_FIRST"]


async def test_any_doctor_is_told_beside_each_time() -> None:
    phone = await opened(at_a_form())
    await phone.fill(clinic="centre")
    await phone.fill(service="consultation", doctor=phone.data["doctors"][0]["id"])
    await phone.first()
    assert phone.screen == "SLOT"
    assert {each["description"] for each in phone.data["slots"]} <= {doctor.name for doctor in DOCTORS}
    await phone.first()
    await phone.first()
    await phone.send()
    assert len(phone.player.desk.booked) == 1


async def test_another_service_shows_its_doctors_at_once() -> None:
    phone = await opened(at_a_form())
    await phone.fill(clinic="centre")
    found = await phone.fill(service="health-check", look="doctors")
    assert isinstance(found, Screen)
    assert found.name == "DOCTOR"
    assert found.data["service"] == "health-check"


async def test_a_doctor_without_a_free_time() -> None:
    phone = await opened(at_a_form(away={"nair"}))
    await phone.fill(clinic="centre")
    found = await phone.fill(service="consultation", doctor="nair")
    assert isinstance(found, Screen)
    assert found.name == "DOCTOR"
    assert found.data["error_message"] == say("en", "form_nothing")


async def test_nothing_free_at_all() -> None:
    desk = FakeDesk(booking_form=True, places=(CENTRE,), offered=(SERVICES[0],), left={"nair", "rao"}, away={"sharma"})
    player = Player(returning(desk))
    await player.text("hi")
    player.session = replace(
        player.session, step="time", asked=5,
        choices={
            "patient": "asha", "clinic": "centre", "service": "consultation", "doctor": "sharma", "form": "5:time"
        },
    )  # fmt: skip
    assert await FormPhone(player, "5").ask("INIT") == Over(say("en", "no_slots_any"))


async def test_a_day_that_has_filled_up() -> None:
    player = at_a_form()
    phone = await opened(player)
    while phone.screen != "DATE":
        await phone.first()
    first = phone.data["first"]
    player.desk.taken.update(
        start for start in player.desk._starts(player.now) if start.astimezone(ZONE).date() == date.fromisoformat(first)
    )
    found = await phone.fill(day=first)
    assert isinstance(found, Screen)
    assert found.name == "DATE"
    assert found.data["error_message"] == say("en", "form_day_full")
    assert first not in (found.data["first"], *found.data["closed"])


async def test_a_day_that_has_filled_up_while_its_times_are_shown() -> None:
    player = at_a_form()
    phone = await opened(player)
    while phone.screen != "SLOT":
        await phone.first()
    chosen = date.fromisoformat(phone.data["day"])
    player.desk.taken.update(
        start for start in player.desk._starts(player.now) if start.astimezone(ZONE).date() == chosen
    )
    assert await phone.first() == Over(say("en", "form_over")), "the days cannot be shown again: the chat goes on"


async def test_days_without_a_free_time_are_closed() -> None:
    phone = await opened(at_a_form())
    while phone.screen != "DATE":
        await phone.first()
    sundays = [day for day in phone.data["closed"] if date.fromisoformat(day).weekday() == 6]
    assert sundays == phone.data["closed"]
    assert phone.data["first"] < sundays[0] < phone.data["last"]


async def test_a_clinic_that_closed_while_the_form_was_open() -> None:
    player = at_a_form()
    phone = await opened(player)
    await phone.fill(clinic="centre")
    player.desk.places = tuple(each for each in player.desk.places if each.id != "centre")
    found = await phone.fill(service="consultation", doctor="nair")
    assert isinstance(found, Over), "no screen behind the present one can be gone back to"


async def test_whom_it_is_for_has_left_the_chat_meanwhile() -> None:
    player = at_a_form()
    phone = await opened(player)
    while phone.screen != "CONFIRM":
        await phone.first()
    player.desk.known = replace(player.desk.known, patients=())
    assert await phone.fill() == Over(say("en", "form_over"))


async def test_opened_hours_later_it_shows_what_is_free_now() -> None:
    player = at_a_form()
    await offered(player)
    player.now += timedelta(hours=9)
    phone = FormPhone(player)
    await phone.fill_in()
    assert read_slot(phone.choice.split(" ")[-1]).start > player.now
    await phone.send()
    assert len(player.desk.booked) == 1


async def test_half_filled_and_left_the_chat_goes_on() -> None:
    player = at_a_form()
    phone = await opened(player)
    await phone.fill(clinic="centre")
    player.now += timedelta(minutes=45)
    reply = await player.text("hello")
    assert player.session.step == "resume", reply.text
    await player.first()
    while not player.desk.booked:
        await player.first()
        assert player.count < 15


async def test_words_come_in_every_language_within_the_limits() -> None:
    for language in languages():
        phone = await opened(at_a_form(language))
        while not phone.choice:
            await check_limits(phone)
            await phone.first()


async def check_limits(phone: FormPhone) -> None:
    def units(text: str) -> int:
        return len(text.encode("utf-16-le")) // 2

    data = phone.data
    assert 0 < units(data["heading"]) <= HEADING
    assert 0 < units(data["button"]) <= BUTTON
    labels = [value for name, value in data.items() if name.endswith("label")]
    assert all(0 < units(label) <= LABEL for label in labels)
    rows = [each for value in data.values() if isinstance(value, list) for each in value if isinstance(each, dict)]
    assert all(0 < units(each["title"]) <= TITLE and units(each.get("description", "")) <= DESCRIPTION for each in rows)
    assert all(each.get("description") != "" for each in rows)


async def test_right_to_left() -> None:
    phone = await opened(at_a_form("ar"))
    while phone.screen != "CONFIRM":
        await phone.first()
    assert phone.data["heading"] == say("ar", "form_confirm")
    assert "\u2068" in phone.data["summary"], "Latin names stand isolated in Arabic words"


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from(["centre", "nair", "any_doctor"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["clinic", "service", "doctor", "day", "slot", "look", "x"])


@given(
    form=st.sampled_from(["1", "2", "3", "", "x"]),
    action=st.sampled_from(["INIT", "BACK", "data_exchange", "navigate", "?"]),
    screen=st.sampled_from([*ORDER, "DATE_FIRST", "DOCTOR_FIRST", "", "SUCCESS", "x"]),
    data=st.dictionaries(NAMES, anything, max_size=6),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_comes_has_an_answer(form: str, action: str, screen: str, data: dict[str, object]) -> None:
    player = at_a_form()
    await offered(player)
    asked = Asked(str(player.session.asked) if form == "2" else form, action, screen, data)
    found = await answer(player.session, asked, player.desk, player.now)
    assert isinstance(found, Screen | Filled | Over)
    if isinstance(found, Screen):
        assert found.name.removesuffix("_FIRST") in ORDER
        assert found.data["heading"]
        assert ORDER.index(found.name.removesuffix("_FIRST")) >= (
            ORDER.index(screen) if screen in ORDER and action == "data_exchange" else 0
        )


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_whatever_comes_back_is_read_or_not(line: str) -> None:
    found = read_completion(line)
    assert found is None or set(found[1]) == {"clinic", "service", "doctor", "slot"}


@pytest.mark.parametrize(
    "line", ["", "7", "7 centre consultation nair", "7 centre consultation nair soon", "7 a b c 20260101T0000.x.d"]
)
async def test_what_is_no_form_of_ours_is_not_understood(line: str) -> None:
    player = at_a_form()
    await offered(player)
    [reply] = await player.send(Kind.FORM, choice=line)
    assert reply.options
    assert not player.desk.booked


async def test_a_form_in_a_chat_that_is_forgotten() -> None:
    player = at_a_form()
    await offered(player)
    phone = FormPhone(player)
    await phone.fill_in()
    player.session = Session()
    [reply] = await phone.send()
    assert say("en", "form_late") in reply.text
    assert not player.desk.booked


async def test_choices_that_are_not_offered_are_refused_in_the_chat_too() -> None:
    """What a phone sends is believed no more than a tap."""
    player = at_a_form()
    await offered(player)
    asked = player.session.asked
    slot = "20261123T0330.15.nair"
    for clinic, service in (("nowhere", "consultation"), ("centre", "surgery")):
        before = player.session
        [reply] = await player.send(Kind.FORM, choice=f"{asked} {clinic} {service} nair {slot}")
        assert not player.desk.booked
        assert reply.options
        player.session = before
