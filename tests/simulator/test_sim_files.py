"""Files speak as with Graph: an id for days, an address for minutes, bytes for the token's owner only."""

import base64
import hashlib
from typing import Any

import httpx
import pytest
from conftest import NUMBER, TOKEN, Simulator  # type: ignore[import-not-found]

from simulator.samples import MIME, sample

ASHA = "919876500001"
OWN = {"Authorization": f"Bearer {TOKEN}"}


async def sent(simulator: Simulator, kind: str = "image", **more: Any) -> dict[str, Any]:
    """What the webhook tells of a file."""
    await simulator.phone(ASHA, "media", type=kind, **more)
    message = await simulator.bot.until(lambda bot: bot.messages and bot.messages[-1])
    return dict(message[kind])


async def node(simulator: Simulator, id: str, query: str = "", token: str = TOKEN) -> httpx.Response:
    return await simulator.graph("GET", f"{id}{query}", token=token)


@pytest.mark.parametrize("kind", MIME)
async def test_the_webhook_the_node_and_the_bytes_agree(kind: str, simulator: Simulator) -> None:
    part = await sent(simulator, kind)
    mime, content = sample(kind)
    told = (await node(simulator, part["id"], f"?phone_number_id={NUMBER}")).json()
    assert told["messaging_product"] == "whatsapp"
    assert part["mime_type"] == told["mime_type"] == mime
    digest = hashlib.sha256(content)
    assert (base64.b64decode(part["sha256"]), told["sha256"]) == (digest.digest(), digest.hexdigest())
    assert told["file_size"] == len(content)
    assert part.get("voice") == (True if kind == "audio" else None)
    for url in (part["url"], told["url"]):
        assert (await simulator.http.get(url, headers=OWN)).content == content


async def test_the_bytes_are_for_the_tokens_owner_only(simulator: Simulator) -> None:
    url = (await node(simulator, (await sent(simulator))["id"])).json()["url"]
    assert (await simulator.http.get(url)).status_code == 401
    other = await simulator.http.get(url, headers={"Authorization": "Bearer other-access-token"})
    assert (other.status_code, other.json()["error"]["code"]) == (400, 100)


async def test_an_address_is_good_for_five_minutes(simulator: Simulator) -> None:
    part = await sent(simulator)
    url = (await node(simulator, part["id"])).json()["url"]
    await simulator.control("POST", "clock", seconds=290)
    assert (await simulator.http.get(url, headers=OWN)).status_code == 200
    await simulator.control("POST", "clock", seconds=20)
    for old in (url, part["url"]):
        assert (await simulator.http.get(old, headers=OWN)).status_code == 404
    fresh = (await node(simulator, part["id"])).json()["url"]
    assert (await simulator.http.get(fresh, headers=OWN)).status_code == 200


@pytest.mark.parametrize("change", [("ext=", "ext=9"), ("hash=", "hash=0"), ("mid=", "mid=1"), ("ext=", "ext=x")])
async def test_an_address_cannot_be_made_up(change: tuple[str, str], simulator: Simulator) -> None:
    url = (await node(simulator, (await sent(simulator))["id"])).json()["url"]
    assert (await simulator.http.get(url.replace(*change), headers=OWN)).status_code == 404


async def test_a_persons_file_is_known_for_a_week_an_uploaded_one_for_thirty_days(simulator: Simulator) -> None:
    part = await sent(simulator)
    upload = await simulator.http.post(
        f"/v26.0/{NUMBER}/media", headers=OWN, files={"file": ("a.png", sample("image")[1], "image/png")},
        data={"messaging_product": "whatsapp"},
    )  # fmt: skip
    assert upload.status_code == 200, upload.text
    for days, found in ((6, (200, 200)), (2, (400, 200)), (23, (400, 400))):
        await simulator.control("POST", "clock", seconds=days * 24 * 3600)
        answers = [await node(simulator, each) for each in (part["id"], upload.json()["id"])]
        assert tuple(answer.status_code for answer in answers) == found
    assert answers[0].json()["error"]["error_subcode"] == 33


async def test_another_numbers_file_is_not_found(simulator: Simulator) -> None:
    part = await sent(simulator)
    assert (await node(simulator, part["id"], "?phone_number_id=100000000000002")).status_code == 400
    assert (await node(simulator, part["id"], token="other-access-token")).status_code == 400


async def test_a_phone_sends_files_of_ones_own(simulator: Simulator) -> None:
    content = b"%PDF-1.4 mine"
    query = {"type": "document", "filename": "mine.pdf", "caption": "look"}
    answer = await simulator.http.put(
        f"/phone/{ASHA}/file", params=query, content=content, headers={"Content-Type": "application/pdf"}
    )
    assert answer.status_code == 200
    message = await simulator.bot.until(lambda bot: bot.messages and bot.messages[0])
    part = message["document"]
    assert (part["filename"], part["caption"], part["mime_type"]) == ("mine.pdf", "look", "application/pdf")
    shown = await simulator.http.get(f"/phone/media/{part['id']}")
    assert (shown.content, shown.headers["x-content-type-options"]) == (content, "nosniff")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await simulator.http.put(f"/phone/{ASHA}/file", content=b"")).status_code == 422
    assert (await simulator.http.get("/phone/media/none")).status_code == 404
    bubble = (await simulator.transcript(ASHA))[0]
    assert bubble["media"] == {"type": "document", "id": part["id"], "filename": "mine.pdf"}
