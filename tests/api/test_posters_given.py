"""Staff print posters, put QR codes on screens and links on web sites: for their clinics, and without asking twice."""

from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import httpx
import pypdfium2
import pytest
import zxingcpp
from office import Office
from PIL import Image

from clinic.channel import Channel
from clinic.place import Clinic
from clinic.record import new_id
from clinic.start_code import code_of


async def gives_number(office: Office, shown: str = "+15550000001") -> Channel:
    """A number that patients may dial."""
    channel = Channel(
        tenant_id=office.tenant_id, phone_number_id=new_id(), waba_id="w", access_token="t", display_phone_number=shown
    )
    await Channel.of(office.tenant_id).insert(channel)
    return channel


def text_of(url: str) -> str:
    (text,) = parse_qs(urlsplit(url).query)["text"]
    return text


def scanned(png: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(png)).convert("L"))
    return str(found.text)


def page(answer: httpx.Response) -> pypdfium2.PdfPage:
    (only,) = pypdfium2.PdfDocument(answer.content)
    return only


async def test_the_links_of_a_clinic(office: Office) -> None:
    clinic, desk = office.practice.clinic, office.as_("receptionist")
    assert (await desk.get(f"/clinics/{clinic.id}/links")).json() == {"items": []}
    channel = await gives_number(office)
    items = (await desk.get(f"/clinics/{clinic.id}/links")).json()["items"]
    assert {each["kind"] for each in items} == {"clinic", "check_in", "service", "doctor"}
    assert {each["number"]["channel_id"] for each in items} == {channel.id}
    (doctor,) = [each for each in items if each["id"] == office.practice.doctors[0].id]
    assert f"(#{code_of(office.tenant_id, 'doctor', doctor['id'])})" in doctor["text"]
    assert text_of(doctor["url"]) == doctor["text"]
    arabic = (await desk.get(f"/clinics/{clinic.id}/links", params={"language": "ar"})).json()["items"]
    assert {each["language"] for each in arabic} == {"ar"}
    assert (await desk.get(f"/clinics/{clinic.id}/links", params={"language": "tlh"})).status_code in (404, 422)


async def test_a_code_is_the_link_and_is_not_sent_twice(office: Office) -> None:
    url, desk = f"/clinics/{office.practice.clinic.id}/qr", office.as_("receptionist")
    refused = await desk.get(url)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_number")
    channel = await gives_number(office)
    png = await desk.get(url, params={"format": "png", "kind": "doctor", "of": office.practice.doctors[0].id})
    assert (png.status_code, png.headers["content-type"]) == (200, "image/png")
    assert png.headers["cache-control"] == "private, no-cache"
    assert scanned(png.content).startswith("https://wa.me/15550000001?text=")
    svg = await desk.get(url, params={"channel_id": channel.id})
    assert svg.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in svg.content
    again = await desk.get(url, headers={"If-None-Match": svg.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", svg.headers["etag"])
    assert png.headers["etag"] != svg.headers["etag"]
    other = await desk.get(url, params={"language": "fr"}, headers={"If-None-Match": svg.headers["etag"]})
    assert other.status_code == 200


async def test_a_poster_is_drawn_anew_when_the_clinic_changes(office: Office) -> None:
    clinic, desk = office.practice.clinic, office.as_("manager")
    await gives_number(office)
    url = f"/clinics/{clinic.id}/poster"
    first = await desk.get(url, params={"size": "a5", "language": "hi"})
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    assert page(first).get_size() == pytest.approx((419.53, 595.28), abs=0.01)
    known = {"If-None-Match": first.headers["etag"]}
    assert (await desk.get(url, params={"size": "a5", "language": "hi"}, headers=known)).status_code == 304
    assert (await desk.get(url, params={"size": "a4", "language": "hi"}, headers=known)).status_code == 200
    assert (await desk.patch(f"/clinics/{clinic.id}", json={"name": "Newer Clinic"})).is_success
    changed = await desk.get(url, params={"size": "a5", "language": "hi"}, headers=known)
    assert changed.status_code == 200
    assert "Newer Clinic" in page(changed).get_textpage().get_text_range()
    check_in = await desk.get(url, params={"kind": "check_in"})
    assert "Scan to say that you are here" in page(check_in).get_textpage().get_text_range()


async def test_a_name_that_cannot_be_printed_is_said_to_be(office: Office) -> None:
    await gives_number(office)
    await Clinic.of(office.tenant_id).change({"_id": office.practice.clinic.id}, {"$set": {"name": "漢字"}})
    answer = await office.as_("owner").get(f"/clinics/{office.practice.clinic.id}/poster")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_font")


@pytest.mark.parametrize("path", ["links", "qr", "poster"])
async def test_nobody_sees_those_of_another_clinic(office: Office, path: str) -> None:
    await gives_number(office)
    mine, url = office.practice.clinic.id, f"/clinics/{office.practice.clinic.id}/{path}"
    assert (await office.client(office.token("receptionist", clinic_id=mine)).get(url)).status_code == 200
    assert (await office.client(office.token("receptionist", clinic_id=new_id())).get(url)).status_code == 404
    assert (await office.client(office.token("owner", tenant_id=new_id())).get(url)).status_code == 404
    assert (await office.as_("owner").get(f"/clinics/{new_id()}/{path}")).status_code == 404


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"kind": "doctor"}, 404),
        ({"kind": "service", "of": "nobody"}, 404),
        ({"channel_id": "nobody"}, 404),
        ({"kind": "party"}, 422),
        ({"of": "\x00"}, 422),
        ({"size": "a3"}, 422),
        ({"language": "x" * 100}, 422),
    ],
)
async def test_what_is_refused(office: Office, params: dict[str, str], status: int) -> None:
    await gives_number(office)
    answer = await office.as_("owner").get(f"/clinics/{office.practice.clinic.id}/poster", params=params)
    assert answer.status_code == status, answer.text
