"""The API while Redis or the database is stopped and started again: a problem that says when to come back, nothing half
done, and well again by itself."""

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from live import LiveDesk, live_desk

BACK = 30.0  # seconds within which the API must be well again


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LiveDesk]:
    with live_desk(tmp_path) as live:
        yield live


def wish(client: httpx.Client) -> dict[str, str]:
    """Somebody new, and a free time."""
    doctor = client.get("/doctors").json()["items"][0]
    place = {
        "doctor_id": doctor["id"],
        "clinic_id": client.get("/clinics").json()["items"][0]["id"],
        "service_id": doctor["service_ids"][0],
    }
    now = datetime.now(UTC)
    days = {"from": (now + timedelta(days=1)).isoformat(), "to": (now + timedelta(days=6)).isoformat()}
    slot = client.get("/slots", params=place | days).json()["items"][0]
    patient = client.post("/patients", json={"name": "Outage Example"}).json()
    return place | {"patient_id": patient["id"], "start": slot["start"]}


def repeated(client: httpx.Client, wanted: dict[str, str], key: dict[str, str]) -> httpx.Response:
    """Ask as a good client does: again after 503, with the same key."""
    deadline = time.monotonic() + BACK
    while True:
        answer = client.post("/appointments", json=wanted, headers=key)
        if answer.status_code != 503 or time.monotonic() > deadline:
            return answer
        time.sleep(0.3)


@pytest.mark.parametrize("store", ["redis", "mongo"])
def test_an_outage_is_told_and_passes(desk: LiveDesk, store: str) -> None:
    headers = {"Authorization": f"Bearer {desk.token('reception')}"}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    with httpx.Client(base_url=desk.address, headers=headers, timeout=20) as client:
        wanted = wish(client)
        desk.kill(store)
        for _ in range(2):
            away = client.post("/appointments", json=wanted, headers=key)
            assert (away.status_code, away.json()["code"]) == (503, "store_away")
            assert int(away.headers["retry-after"]) > 0
        desk.revive(store)
        booked = repeated(client, wanted, key)
        assert booked.status_code == 201, booked.text
        again = client.post("/appointments", json=wanted, headers=key)
        assert again.json()["id"] == booked.json()["id"]
        found = client.get("/appointments", params={"patient_id": wanted["patient_id"]})
        assert [each["id"] for each in found.json()["items"]] == [booked.json()["id"]]
