"""What the people in the pictures do: patients on the simulator's phones, staff through the API, and time passing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from clinic.demo_staff import PASSWORD

Json = dict[str, Any]
ZONE = ZoneInfo("Asia/Kolkata")
RECEPTION, MANAGER, OWNER = (f"{role}@demo.opdesk.test" for role in ("reception", "manager", "owner"))
PATIENCE = 90.0  # seconds for an answer or a letter: letters wait for a worker's tick
NEWS = 62.0  # seconds until the bot looks a number up again
BANDRA = {"latitude": 19.0556, "longitude": 72.8305, "name": "Asha Clinic Bandra"}
SHARMA, NAIR = "demo-doctor-1", "demo-doctor-2"
VISIT = {"service_id": "demo-service-1", "clinic_id": "demo-clinic-1"}


class Silence(Exception):
    """Nobody answered."""


@dataclass
class Town:
    """A demo, its patients' phones and its desk."""

    phones: httpx.Client
    api: httpx.Client
    monday: datetime = field(init=False)

    def __post_init__(self) -> None:
        now = self._now()
        self.monday = (now + timedelta(days=7 - now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.phones.get("/control/clock").json()["now"], ZONE)

    def moment(self, day: int, clock: str) -> datetime:
        """A time of the week, by the clinics' clocks; Monday is 0."""
        hour, minute = map(int, clock.split(":"))
        return self.monday + timedelta(days=day, hours=hour, minutes=minute)

    def wait_until(self, day: int, clock: str) -> None:
        """Let the time pass, and sign in again: sessions are short."""
        ahead = (self.moment(day, clock) - self._now()).total_seconds()
        self.phones.post("/control/clock", json={"seconds": ahead}).raise_for_status()

    # patients

    def meet(self, user: str, name: str, language: str) -> None:
        """Hand somebody a phone."""
        self.phones.post("/phone/people", json={"user": user, "name": name, "language": language}).raise_for_status()

    def chat(self, user: str) -> list[Json]:
        """The bubbles on a phone."""
        messages: list[Json] = self.phones.get(f"/phone/{user}/messages").json()["messages"]
        return messages

    def do(self, user: str, *deeds: str | Json) -> None:
        """Words are typed, "#words" taps the latest option that has the words in it, a place is shared; each is
        answered before the next."""
        for deed in deeds:
            before = len(self.chat(user))
            self._act(user, deed)
            self._wait(f"an answer to {deed!r}", lambda before=before: len(self.chat(user)) >= before + 2)  # type: ignore[misc]

    def say(self, user: str, text: str) -> None:
        """Type something that nobody but a person answers."""
        self.phones.post(f"/phone/{user}/text", json={"text": text}).raise_for_status()

    def _act(self, user: str, deed: str | Json) -> None:
        if isinstance(deed, dict):
            action, body = "location", deed
        elif deed.startswith("#"):
            action, body = "tap", self._option(user, deed[1:])
        else:
            action, body = "text", {"text": deed}
        self.phones.post(f"/phone/{user}/{action}", json=body).raise_for_status()

    def _option(self, user: str, words: str) -> Json:
        for bubble in reversed(self.chat(user)):
            for option in bubble.get("options") or ():
                if words in option["title"]:
                    return {"id": option["id"], "message": bubble["id"]}
        raise Silence(f"nothing to tap with {words!r}")

    def tap_in(self, user: str, template: str, words: str) -> None:
        """A button of the latest letter of that template, however old."""
        letter = next(each for each in reversed(self.chat(user)) if _name(each) == template)
        option = next(each for each in letter["options"] if words in each["title"])
        before = len(self.chat(user))
        body = {"id": option["id"], "message": letter["id"]}
        self.phones.post(f"/phone/{user}/tap", json=body).raise_for_status()
        self._wait(f"an answer to {words!r}", lambda: len(self.chat(user)) >= before + 2)

    def letter(self, user: str, template: str) -> None:
        """Wait until that template has come."""
        self._wait(template, lambda: any(_name(each) == template for each in self.chat(user)))

    def hear(self, user: str, words: str) -> None:
        """Wait until the latest bubble says so."""
        self._wait(words, lambda: words in (self.chat(user)[-1].get("text") or ""))

    @contextmanager
    def seen(self, user: str) -> Iterator[list[str]]:
        """The ids of the bubbles that come meanwhile."""
        before, ids = len(self.chat(user)), list[str]()
        yield ids
        ids += [each["id"] for each in self.chat(user)[before:]]

    def _wait(self, what: str, done: Any) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise Silence(f"no {what} within {PATIENCE:.0f} seconds")
            time.sleep(0.1)

    def approved(self) -> None:
        """Wait until nothing that is sent unasked has to wait for a review."""
        told = lambda: self.phones.get("/control/templates").json()["templates"]  # noqa: E731
        self._wait("approval", lambda: told() and all(each["status"] == "APPROVED" for each in told()))

    def published(self) -> None:
        """Wait until a form can be sent."""
        told = lambda: self.phones.get("/control/flows").json()["flows"]  # noqa: E731
        self._wait("form", lambda: any(each["status"] == "PUBLISHED" for each in told()))

    # staff

    def ask(self, method: str, path: str, email: str = RECEPTION, **body: Any) -> Json:
        """Something that staff do; signed in anew each time, since hours pass in between."""
        signed = self.api.post("/auth/login", json={"email": email, "password": PASSWORD}).raise_for_status().json()
        headers = {"Authorization": f"Bearer {signed['access_token']}"}
        answer = self.api.request(method, path, json=body or None, headers=headers)
        if answer.is_error:
            raise Silence(f"{method} {path}: {answer.text}")
        found: Json = answer.json()
        return found

    def visit_of(self, name: str) -> str:
        """The id of the patient's visit."""
        path = f"/appointments?from={_iso(self.monday)}&to={_iso(self.monday + timedelta(days=14))}&limit=200"
        visits = self.ask("GET", path)["items"]
        return next(str(each["id"]) for each in visits if each["patient_name"] == name and each["status"] == "booked")

    def conversation_of(self, name: str) -> str:
        """The id of the patient's conversation; new ones are on the list after some seconds."""
        found: list[str] = []

        def listed() -> bool:
            chats = self.ask("GET", "/conversations?limit=200")["items"]
            found.extend(each["id"] for each in chats if each["name"] == name)
            return bool(found)

        self._wait(f"conversation of {name}", listed)
        return found[0]

    def at_the_door(self, move: str) -> None:
        """One press in Dr Nair's queue, on whoever is called or inside."""
        if move == "call-next":
            self.ask("POST", "/queue/call-next", doctor_id=NAIR)
            return
        stands = {"start": "called", "finish": "with_doctor"}[move]
        places = self.ask("GET", f"/queue?doctor_id={NAIR}")["items"]
        entry = next(each["id"] for each in places if each["status"] == stands)
        self.ask("POST", f"/queue/{entry}/{move}")


def _name(bubble: Json) -> str:
    return str((bubble.get("template") or {}).get("name", ""))


def _iso(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


ASHA, MARIA, FATIMA, MEERA, RAVI = "919812300001", "34600123003", "966500123004", "919812300005", "919812300006"


def three_book(town: Town) -> None:
    """Side by side, in English, Spanish and Arabic."""
    town.meet(ASHA, "Asha", "en")
    town.meet(MARIA, "María", "es")
    town.meet(FATIMA, "فاطمة", "ar")
    town.do(ASHA, "hi", "#English", "#Yes", "Asha Rao, 14 March 1985", "#Bandra", "#Consultation", "#Sharma")
    town.do(ASHA, "tomorrow evening", "#", "#Yes", "thank you")
    town.do(MARIA, "hola", "#", "María López, 2 mayo 1979", "#Andheri", "#Consultation", "#Siddiqui")
    town.do(MARIA, "mañana a las 11", "#")
    town.do(FATIMA, "مرحبا", "#", "فاطمة علي، 3/9/1991", "#Andheri", "#Consultation", "#", "غدا مساء", "#")


def moves(town: Town) -> list[str]:
    """Asha finds that Wednesday is better."""
    with town.seen(ASHA) as ids:
        town.do(ASHA, "reschedule", "wednesday 6 pm", "#Yes, move")
    return ids[:-1]


def is_reminded(town: Town) -> list[str]:
    """Then the clinic moves her visit, and she taps a button of the old reminder."""
    town.wait_until(1, "18:01")
    with town.seen(ASHA) as ids:
        town.letter(ASHA, "appointment_reminder")
        town.ask("POST", f"/appointments/{town.visit_of('Asha Rao')}/move", start=_iso(town.moment(3, "10:00")))
        town.letter(ASHA, "appointment_moved")
        town.tap_in(ASHA, "appointment_reminder", "Cancel")
    return ids


def waits(town: Town) -> list[str]:
    """Meera finds no time; then somebody cancels."""
    taken = {"doctor_id": NAIR, **VISIT, "patient": {"name": "Sunil Mehta"}}
    visit = town.ask("POST", "/appointments", **taken, start=_iso(town.moment(3, "10:00")))
    town.meet(MEERA, "Meera", "en")
    town.do(MEERA, "hi", "#English", "#Yes", "Meera Iyer, 2 May 1990", "#Bandra", "#Consultation", "#Nair")
    town.do(MEERA, "#Another day", "#Wait for", "#Any day", "#Morning")
    with town.seen(MEERA) as ids:
        town.do(MEERA, "#")
        town.ask("POST", f"/appointments/{visit['id']}/cancel", reason="The patient called.")
        town.letter(MEERA, "slot_offer")
        town.tap_in(MEERA, "slot_offer", "Yes")
    return ids[1:]


def queues(town: Town) -> list[str]:
    """Two are before Meera."""
    town.wait_until(2, "09:46")
    town.letter(MEERA, "appointment_reminder")
    town.wait_until(3, "08:01")
    town.letter(MEERA, "appointment_soon")
    town.wait_until(3, "09:12")
    for name, first in (("Kiran Shah", {}), ("Leela Das", {"priority": 1, "reason": "With a baby."})):
        town.ask("POST", "/queue/walk-ins", doctor_id=NAIR, **VISIT, patient={"name": name}, **first)
    with town.seen(MEERA) as ids:
        town.wait_until(3, "09:14")
        town.at_the_door("call-next")
        town.at_the_door("start")
        town.wait_until(3, "09:43")
        town.letter(MEERA, "time_to_leave")
        town.wait_until(3, "09:55")
        town.do(MEERA, "I am here", BANDRA)
        for move in ("finish", "call-next", "start"):
            town.at_the_door(move)
        town.wait_until(3, "10:18")
        town.letter(MEERA, "you_are_next")
        town.at_the_door("finish")
        town.at_the_door("call-next")
        town.letter(MEERA, "please_come_in")
    return ids


def is_asked(town: Town) -> list[str]:
    """How it was."""
    town.at_the_door("start")
    town.wait_until(3, "10:40")
    with town.seen(MEERA) as ids:
        town.at_the_door("finish")
        town.wait_until(3, "11:11")
        town.letter(MEERA, "visit_satisfaction")
        town.do(MEERA, "#Very good", "Dr Nair answered all my questions")
    return ids


def loses_the_doctor(town: Town) -> list[str]:
    """Ravi's doctor will be away."""
    town.meet(RAVI, "Ravi", "en")
    town.do(RAVI, "hi", "#English", "#Yes", "Ravi Kumar, 8 August 1972", "#Bandra", "#Consultation", "#Sharma")
    town.do(RAVI, "saturday 6 pm", "#Yes")
    town.letter(RAVI, "appointment_confirmed")
    away = {"start": town.moment(5, "00:00").isoformat(), "end": town.moment(6, "00:00").isoformat()}
    with town.seen(RAVI) as ids:
        town.ask("POST", "/leaves", MANAGER, doctor_id=SHARMA, **away)
        town.letter(RAVI, "doctor_away")
        town.do(RAVI, "#Time 2")
    return ids


def asks_a_person(town: Town) -> list[str]:
    """Somebody at the desk writes, then hands back."""
    path = f"/conversations/{town.conversation_of('Ravi')}"
    with town.seen(RAVI) as ids:
        town.do(RAVI, "person")
        town.ask("POST", f"{path}/take")
        for words, answer in (
            ("Hello Ravi, this is Farah at the desk. How can I help?", "Shall I bring my old reports?"),
            ("Yes, please. Those of this year are enough.", "Thank you"),
        ):
            town.ask("POST", f"{path}/messages", text=words)
            town.hear(RAVI, words)
            town.say(RAVI, answer)
        town.ask("POST", f"{path}/hand-back")
        town.hear(RAVI, "assistant")
    return ids


def gets_a_form(town: Town) -> None:
    """The practice likes forms; Asha comes again, and her next visit is asked for with one."""
    town.ask("PATCH", "/tenant", OWNER, booking_form=True)
    town.published()
    time.sleep(NEWS)
    town.do(ASHA, "hello")
    time.sleep(1)
    town.do(ASHA, "I need another appointment")
