"""What staff do in a week: they check patients in, call them, call back, and look after those whose doctor is ill."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from opdesk.play.desk import Json, StaffApi

EARLY = 20  # minutes by which patients come before their time, at most
PATIENCE = timedelta(minutes=25)  # after which somebody who has not come is a no-show
VISIT = timedelta(minutes=10)  # with the doctor
AROUND = timedelta(hours=3)
TO_COME = ("booked", "arrived", "checked-in")
AHEAD = timedelta(days=6)


@dataclass
class Reception:
    """The desk of a practice; the dice say who does not come."""

    api: StaffApi
    dice: random.Random
    told: Counter[str] = field(default_factory=Counter)
    ill: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)  # doctors, from when until when
    _comes: dict[str, datetime | None] = field(default_factory=dict)

    async def work(self, now: datetime) -> None:
        """One round at the desk; who is called is told so, and goes in by ``go_in``."""
        await asyncio.gather(self._at_the_door(now), self._call_back(), self._look_after(now))

    async def _at_the_door(self, now: datetime) -> None:
        visits = await self.api.listed("/appointments", from_=_iso(now - AROUND), to=_iso(now + AROUND))
        booked = (each for each in visits if each["status"] == "booked")
        for visit in sorted(booked, key=lambda each: (each["start"], each["doctor_id"])):
            await self._expect(visit, now)
        await self._call_in(now)

    async def _expect(self, visit: Json, now: datetime) -> None:
        key, start = f"{visit['id']} {visit['start']}", datetime.fromisoformat(visit["start"])
        if key not in self._comes:
            missing = self.dice.random() < 0.08
            early = timedelta(minutes=self.dice.randrange(EARLY))
            self._comes[key] = None if missing else start - early
        comes = self._comes[key]
        if comes is None:
            if now >= start + PATIENCE and await self.api.ask("POST", f"/appointments/{visit['id']}/no-show"):
                self.told["no-shows"] += 1
        elif now >= comes and await self.api.ask("POST", f"/appointments/{visit['id']}/check-in"):
            self.told["checked in"] += 1

    async def _call_in(self, now: datetime) -> None:
        places = await self.api.listed("/queue")
        doctors = sorted({place["doctor_id"] for place in places})
        theirs = ([each for each in places if each["doctor_id"] == doctor_id] for doctor_id in doctors)
        await asyncio.gather(*(self._call_next(*each, now) for each in zip(doctors, theirs, strict=True)))

    async def _call_next(self, doctor_id: str, places: list[Json], now: datetime) -> None:
        inside = [each for each in places if each["status"] == "with_doctor"]
        for each in inside:
            if datetime.fromisoformat(each["started_at"]) + VISIT > now:
                return
            if await self.api.ask("POST", f"/queue/{each['id']}/finish"):
                self.told["seen"] += 1
        if any(each["status"] in ("waiting", "called") for each in places):
            await self.api.ask("POST", "/queue/call-next", {"doctor_id": doctor_id})

    async def go_in(self) -> None:
        """Those who were called."""
        called = [place["id"] for place in await self.api.listed("/queue") if place["status"] == "called"]
        await asyncio.gather(*(self.api.ask("POST", f"/queue/{each}/start") for each in called))

    async def _call_back(self) -> None:
        for card in await self.api.listed("/callbacks", claimed="nobody"):
            path = f"/callbacks/{card['id']}"
            if await self.api.ask("POST", f"{path}/claim"):
                await self.api.ask("POST", f"{path}/outcomes", {"outcome": "reached"})
                await self.api.ask("POST", f"{path}/resolve", {"resolution": "helped"})
                self.told["called back"] += 1

    async def enter_leave(self, doctor_id: str, since: datetime, until: datetime) -> int:
        """A doctor will be away; how many visits that hits."""
        leave = {"doctor_id": doctor_id, "start": _iso(since), "end": _iso(until), "reason": "Ill."}
        entered = await self.api.ask("POST", "/leaves", leave)
        self.ill[doctor_id] = (since, until)
        return len(entered.get("visits", []))

    async def _look_after(self, now: datetime) -> None:
        """Those who have not chosen another time by the day itself are moved, or told that it cannot be."""
        for doctor_id, (since, until) in self.ill.items():
            if not since <= now <= until:
                continue
            hit = await self.api.listed("/appointments", from_=_iso(now), to=_iso(until), doctor_id=doctor_id)
            for visit in hit:
                if visit["status"] in TO_COME:
                    await self._elsewhere(visit, until)

    async def _elsewhere(self, visit: Json, after: datetime) -> None:
        asked = {name: visit[name] for name in ("doctor_id", "service_id", "clinic_id")}
        free: list[Any] = await self.api.listed("/slots", from_=_iso(after), to=_iso(after + AHEAD), **asked)
        if free:
            moved = await self.api.ask("POST", f"/appointments/{visit['id']}/move", {"start": free[0]["start"]})
            self.told["moved by staff"] += bool(moved)
        else:
            gone = await self.api.ask("POST", f"/appointments/{visit['id']}/cancel", {"reason": "The doctor is ill."})
            self.told["cancelled by staff"] += bool(gone)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
