"""What the API answers about itself, and how it refuses."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
import pytest_asyncio
from fastapi import HTTPException, Query
from office import Office

from clinic.errors import NotFound, SlotTaken, UnscopedQuery


@pytest_asyncio.fixture
async def client(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    @office.app.get("/refuse/{what}")
    async def refuse(what: str, number: Annotated[int, Query()] = 1) -> None:
        raise {
            "taken": SlotTaken(),
            "unknown": NotFound(),
            "ours": UnscopedQuery("Meera's words"),
            "bug": KeyError("Meera's words"),
            "http": HTTPException(401, "log in first", {"WWW-Authenticate": "Bearer"}),
        }[what]

    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status", "code", "detail"),
    [
        ("/refuse/taken", 409, "slot_taken", "Somebody else was faster."),
        ("/refuse/unknown", 404, "not_found", "There is no such record here."),
        ("/refuse/ours", 500, "unscoped_query", "Something went wrong on our side."),
        ("/refuse/bug", 500, "failed", "Something went wrong on our side."),
        ("/refuse/http", 401, "unauthorized", "log in first"),
        ("/nowhere", 404, "not_found", "There is no such address: /docs lists all that there are."),
    ],
)
async def test_every_refusal_is_a_problem(
    client: httpx.AsyncClient, path: str, status: int, code: str, detail: str
) -> None:
    answer = await client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status
    told = answer.json()
    assert (told["status"], told["code"], told["detail"], told["type"]) == (status, code, detail, "about:blank")
    assert "Meera" not in answer.text


async def test_a_challenge_keeps_its_header(client: httpx.AsyncClient) -> None:
    assert (await client.get("/refuse/http")).headers["www-authenticate"] == "Bearer"


async def test_malformed_input_names_the_field_and_not_the_value(client: httpx.AsyncClient) -> None:
    answer = await client.get("/refuse/taken", params={"number": "Meera"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.number"
    assert "Meera" not in answer.text


async def test_lists_that_come_whole_take_a_page_too(office: Office) -> None:
    whole = {"limit": "200", "cursor": ""}
    assert (await office.as_("owner").get("/queue", params=whole)).status_code == 200
    assert (await office.as_("owner").get("/me", params=whole)).status_code == 422


async def test_a_parameter_that_there_is_not_is_said_to_be_none(office: Office) -> None:
    answer = await office.as_("owner").get("/queue", params={"doctor": "Meera", "date": "2027-01-04"})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["field"] == "query.doctor"
    assert fault["fault"].endswith("clinic_id, date, doctor_id")
    assert "Meera" not in answer.text
    none = (await office.as_("owner").get("/me", params={"x": "1"})).json()["errors"][0]["fault"]
    assert none.endswith("There are: none")


async def test_a_method_that_an_address_does_not_take_is_answered_with_those_it_takes(office: Office) -> None:
    answer = await office.as_("owner").put("/patients")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.json()["detail"] == "This address does not take this method. It takes: GET, POST."
    one = await office.as_("owner").put("/patients/p1")
    assert (one.status_code, one.headers["allow"]) == (405, "GET, PATCH")


@pytest.mark.parametrize(
    ("body", "field", "fault"),
    [
        (b"{bad", "body", "Not JSON, from character 1 on: "),
        (b'{"name": "x", "tags": [""]}', "body.tags.0", "Should have 1 characters or more"),
        (b'{"name": "x", "birth_date": "2199-01-01"}', "body.birth_date", "Value error, a day that has come"),
        (b'{"name": "x", "phone": "1"}', "body.phone", "Extra inputs are not permitted"),
    ],
)
async def test_what_is_wrong_is_said_for_whoever_wrote_the_request(
    office: Office, body: bytes, field: str, fault: str
) -> None:
    client = office.as_("receptionist")
    answer = await client.post("/patients", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert (told["field"], told["fault"][: len(fault)]) == (field, fault)


async def test_health_readiness_and_metrics(client: httpx.AsyncClient, office: Office) -> None:
    assert (await client.get("/health")).json() == {"status": "alive"}
    assert (await client.get("/ready")).status_code == 200
    office.missing.append("mongo")
    away = await client.get("/ready")
    assert (away.status_code, away.json()) == (503, {"status": "waiting", "missing": ["mongo"]})
    assert "python_info" in (await client.get("/metrics")).text


async def test_the_api_describes_itself(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/openapi.json")).json()["info"]["title"] == "OPDesk"
    assert (await client.get("/docs")).status_code == 200
