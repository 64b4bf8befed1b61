"""A booking by form over the whole desk: switched on through the API, published by the worker to the simulator's Meta,
sent by the bot, filled in on a phone that encrypts as WhatsApp does, and booked; then blocked, and lists again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from running_demo import running_demo, until

Json = dict[str, Any]
ASHA = "919800004242"


@dataclass
class Town:
    """A running demo, its owner, and one patient with a phone."""

    api: httpx.Client
    simulator: httpx.Client
    seen: set[str] = field(default_factory=set)
    last: Json = field(default_factory=dict)

    def bubble(self) -> Json:
        """The next one that is no template."""
        self.last = until(self._next, f"a bubble after {self.last.get('text')}")
        self.seen.add(self.last["id"])
        return self.last

    def _next(self) -> Json | None:
        found = self.simulator.get("/control/messages", params={"user": ASHA}).json()["messages"]
        new = (each for each in found if each["direction"] == "out" and each["id"] not in self.seen)
        return next((each for each in new if not each.get("template")), None)

    def text(self, words: str) -> Json:
        """Write."""
        self.simulator.post(f"/phone/{ASHA}/text", json={"text": words}).raise_for_status()
        return self.bubble()

    def tap(self, title: str = "") -> Json:
        """The option with that title, or the first."""
        options = self.last["options"]
        option = next(each for each in options if title in ("", each["title"]))
        tapped = {"id": option["id"], "message": self.last["id"]}
        self.simulator.post(f"/phone/{ASHA}/tap", json=tapped).raise_for_status()
        return self.bubble()

    def form(self) -> Json:
        """The form, or the one, that belongs to the account."""
        items: list[Json] = self.api.get("/booking-forms").json()["items"]
        return items[0] if items else {}

    def opened(self) -> Json:
        """Tap the form's button."""
        shown: Json = self.simulator.post(f"/phone/{ASHA}/form", json={}).json()
        return shown

    def filled(self, shown: Json) -> Json:
        """The first choice of everything on a screen, then its button."""
        form, footer = f"/phone/forms/{shown['id']}", ""
        for part in shown["components"]:
            offered = part.get("data-source") or []
            value = offered[0]["id"] if offered else part.get("min-date")
            if value and not part.get("value"):
                self.simulator.post(f"{form}/put", json={"name": part["name"], "value": value}).raise_for_status()
            footer = part["key"] if part["type"] == "Footer" else footer
        after: Json = self.simulator.post(f"{form}/act", json={"key": footer}).json()
        return after


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with (
        running_demo(tmp_path_factory.mktemp("forms")) as (at_simulator, at_api),
        httpx.Client(base_url=at_api, timeout=30) as api,
        httpx.Client(base_url=at_simulator, timeout=30) as simulator,
    ):
        login = {"email": "owner@demo.opdesk.test", "password": "demo-password"}
        token = api.post("/auth/login", json=login).raise_for_status().json()["access_token"]
        api.headers["Authorization"] = f"Bearer {token}"
        yield Town(api, simulator)


def known(town: Town) -> None:
    """Somebody who has been here: booked once, by chat."""
    town.simulator.post("/phone/people", json={"user": ASHA, "name": "Asha Verma"}).raise_for_status()
    town.text("hello")
    while "booked" not in town.last["text"]:
        if town.last.get("options"):
            town.tap()
        else:
            town.text("Asha Verma")


def test_from_the_owners_switch_to_the_booked_visit_and_back_to_lists(town: Town) -> None:
    town.api.patch("/tenant", json={"booking_form": True}).raise_for_status()
    form = until(lambda: town.form().get("status") == "PUBLISHED" and town.form(), "the form is published")
    assert form["trouble"] == ""
    known(town)
    town.tap("Book another visit")
    town.tap("For me")
    assert town.last["flow"]["id"] == form["flow_id"]

    shown, way = town.opened(), []
    assert shown["state"] == "open", shown["said"]
    while shown["state"] == "open":
        way.append(shown["screen"])
        shown = town.filled(shown)
        assert len(way) < 8, way
    assert way == ["CLINIC", "DOCTOR", "DATE", "SLOT", "CONFIRM"]
    assert shown["state"] == "done"
    assert "Your visit is booked" in town.bubble()["text"]
    again = town.opened()
    assert (again["state"], again["said"]) == ("failed", "This form is no longer open. Please go on in the chat.")

    answer = town.simulator.post(f"/control/flows/{form['flow_id']}", json={"status": "BLOCKED"})
    answer.raise_for_status()
    town.tap("Book another visit")
    town.tap("For me")
    assert "flow" not in town.last or not town.last["flow"]
    assert [each["title"] for each in town.last["options"]] == ["Asha Clinic Bandra", "Asha Clinic Andheri"]
    until(lambda: town.form()["status"] == "BLOCKED", "the webhook is heard")
