"""What a form of Twilio's means, row by row; and that any form at all means something."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.payload import Received, Unreadable
from bot.twilio.form import message_of, read_form, status_of
from flows.inbound import Kind
from tests.bot.twilio_world import SENDER, form, told

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(fields: dict[str, str]) -> Any:
    return message_of(read_form(urlencode(fields).encode()), NOW)


ROWS: list[tuple[dict[str, str], dict[str, Any]]] = [
    (form("hola ñ 👍"), {"kind": Kind.TEXT, "text": "hola ñ 👍"}),
    (form(""), {"kind": Kind.TEXT, "text": ""}),
    (form("Move", ButtonText="Move", ButtonPayload="visit.move.1.0", MessageType="button"),
     {"kind": Kind.CHOICE, "text": "Move", "choice": "visit.move.1.0"}),
    (form("Dr Rao", ListTitle="Dr Rao", ListId="3:d1", MessageType="interactive"),
     {"kind": Kind.CHOICE, "text": "Dr Rao", "choice": "3:d1"}),
    (form("", Latitude="19.05", Longitude="72.83", MessageType="location"),
     {"kind": Kind.LOCATION, "latitude": 19.05, "longitude": 72.83}),
    (form("", Latitude="north", Longitude="72.83", MessageType="location"), {"kind": Kind.OTHER}),
    (form("", Latitude="119.05", Longitude="72.83", MessageType="location"), {"kind": Kind.OTHER}),
    (form("my report", NumMedia="1", MediaContentType0="image/jpeg",
          MediaUrl0="https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", MessageType="image"),
     {"kind": Kind.MEDIA, "text": "my report"}),
    (form("", MessageType="novelty"), {"kind": Kind.OTHER}),
    (form("2", OriginalRepliedMessageSid="SMold"), {"kind": Kind.TEXT, "text": "2", "replies_to": "SMold"}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "means"), ROWS)
def test_what_it_means(fields: dict[str, str], means: dict[str, Any]) -> None:
    found = read(fields)
    assert isinstance(found, Received)
    assert {name: getattr(found.inbound, name) for name in means} == means
    assert (found.inbound.id, found.phone_number_id, found.inbound.at) == (fields["MessageSid"], SENDER, NOW)


@pytest.mark.parametrize(
    ("fields", "user_id", "wa_id"),
    [
        ({}, "911", "911"),
        ({"ExternalUserId": "whatsapp:IN.abc"}, "IN.abc", "911"),
        ({"ExternalUserId": "whatsapp:IN.abc", "WaId": "", "From": "whatsapp:IN.abc"}, "IN.abc", ""),
        ({"WaId": ""}, "911", "911"),
    ],
)
def test_who_wrote(fields: dict[str, str], user_id: str, wa_id: str) -> None:
    sender = read(form(**fields)).sender
    assert (sender.user_id, sender.wa_id, sender.profile_name) == (user_id, wa_id, "Asha")


@pytest.mark.parametrize("name", ["MessageSid", "To"])
def test_without_id_or_number_it_is_looked_at_by_an_operator(name: str) -> None:
    assert isinstance(read(form(**{name: ""})), Unreadable)


def test_more_than_we_read_is_kept() -> None:
    assert orjson.loads(read(form(Forwarded="true", Novelty="")).raw)["form"]["Forwarded"] == "true"
    assert read(form()).raw == b""


def test_a_file_is_told_of_as_the_cloud_api_does() -> None:
    (fields, _) = next(row for row in ROWS if "MediaUrl0" in row[0])
    raw = orjson.loads(read(fields).raw)
    assert (raw["type"], raw["image"]) == ("image", {"id": "MM1-ME1", "mime_type": "image/jpeg"})
    assert "type" not in orjson.loads(read(fields | {"MediaUrl0": "https://elsewhere.example/x"}).raw)


@pytest.mark.parametrize(
    ("name", "ours"),
    [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("undelivered", "failed"), ("failed", "failed"),
     ("canceled", "failed"), ("queued", ""), ("sending", ""), ("novelty", "")],
)  # fmt: skip
def test_what_became_of_a_message(name: str, ours: str) -> None:
    found = status_of(read_form(urlencode(told("SM1", name, ErrorCode="63016")).encode()), "o.1.c.x.0", NOW)
    assert (found.status if found else "") == ours
    if found:
        assert (found.wamid, found.outbox_id, found.code) == ("SM1", "o.1.c.x.0", 63016 if ours == "failed" else 0)


@given(st.dictionaries(st.sampled_from(sorted({*form(), *told("SM1", "sent"), "Latitude", "MediaUrl0"})), st.text()))
def test_any_form_means_something(fields: dict[str, str]) -> None:
    body = urlencode(fields, errors="replace").encode()
    assert isinstance(message_of(read_form(body), NOW), Received | Unreadable)
    status_of(read_form(body), "", NOW)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form(body: bytes) -> None:
    message_of(read_form(body), NOW)
