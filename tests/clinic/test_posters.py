"""A printed poster: its code is read again by a scanner, its letters are in the file, its paper has the right size."""

import re
from contextlib import closing
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from practice import NOW, Practice

from clinic import poster, qr
from clinic.deep_link import Number, words
from clinic.desk import FrontDesk
from clinic.directory import Directory, fresh_directory
from clinic.opening_hours import OpeningHours
from clinic.opening_told import opening_told
from clinic.poster_font import NoFont, others, writable
from clinic.poster_page import SMALL, Page
from clinic.poster_sheet import Sheet
from clinic.record import new_id
from clinic.views import Sender, StartView

NUMBER = Number("n", "918041234567", "+91 80 4123 4567")
LONG = "https://wa.me/918041234567?text=" + "%D8%A3" * 60


def rendered(pdf: bytes, scale: float = 1.5) -> Any:
    """The page as a picture."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return document[0].render(scale=scale).to_pil()


def scanned(picture: Any) -> str:
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


async def directory(practice: Practice, tenant: dict[str, Any] | None = None, **clinic: Any) -> Directory:
    """The practice with other facts."""
    known = await fresh_directory(practice.id)
    own = practice.clinic.model_copy(update=clinic)
    return known.changed(tenant=known.tenant.model_copy(update=tenant or {}), clinics={own.id: own})


def sheet(known: Directory, practice: Practice, now: datetime = NOW, **about: Any) -> Sheet:
    return poster.sheet_of(known, practice.clinic.id, poster.About(**about), NUMBER, now)


@pytest.mark.parametrize("size", ["a4", "a5"])
@pytest.mark.parametrize("language", sorted(words()))
async def test_a_poster_scans_in_every_language_and_size(practice: Practice, size: poster.Size, language: str) -> None:
    drawn = poster.pdf(sheet(await directory(practice), practice, size=size, language=language))
    (url,) = {scanned(rendered(drawn, scale)) for scale in (1.0, 3.0)}  # from afar, and near
    assert url.startswith("https://wa.me/918041234567?text=")
    (page,) = pypdfium2.PdfDocument(drawn)
    assert page.get_size() == pytest.approx({"a4": (595.28, 841.89), "a5": (419.53, 595.28)}[size], abs=0.01)
    names = re.findall(rb"/FontName /(\S+)", drawn)
    assert len(set(names)) == len(names) == drawn.count(b"/FontFile2 ") >= 2  # every letter comes along


async def test_a_damaged_poster_still_scans(practice: Practice) -> None:
    picture = rendered(poster.pdf(sheet(await directory(practice), practice)), 3.0)
    wide, tall = picture.size
    picture.paste((255, 255, 255), (int(wide * 0.45), int(tall * 0.48), int(wide * 0.52), int(tall * 0.53)))
    assert scanned(picture).startswith("https://wa.me/")


@pytest.mark.parametrize("kind", ["doctor", "service", "check_in"])
async def test_a_poster_for_one_thing_begins_there(practice: Practice, kind: Any) -> None:
    of = {"doctor": practice.doctors[0].id, "service": practice.services[0].id}.get(kind, "")
    made = sheet(await directory(practice), practice, kind=kind, id=of)
    url = scanned(rendered(poster.pdf(made)))
    desk = FrontDesk(practice.id, Sender(new_id()))
    (text,) = parse_qs(urlsplit(url).query)["text"]
    if kind == "check_in":
        assert made.scan[0][1] == words()["en"]["scan_check_in"]
        assert await desk.at_door(text) == practice.clinic.id
        return
    assert await desk.start_in(text) == StartView(**{f"{kind}_id": of})
    assert made.subject == {"doctor": "Dr 0", "service": "30 minutes"}[kind]


async def test_what_a_poster_says(practice: Practice) -> None:
    hours = [OpeningHours(days=["MO", "TU", "WE", "TH", "FR"], hours=[("09:00", "12:00"), ("17:00", "19:00")])]
    own = {"name": "Asha Practice", "languages": ["hi", "en", "ar"]}
    known = await directory(practice, own, opening_hours=hours, name="आशा क्लिनिक")
    made = sheet(known, practice)
    assert [language for language, _ in made.scan] == ["hi", "en", "ar"]
    assert (made.practice, made.clinic, made.colour) == ("Asha Practice", "आशा क्लिनिक", poster.COLOUR)
    assert made.hours == (("सोमवार–शुक्रवार", "9:00 am–12:00 pm, 5:00 pm–7:00 pm"),)
    text = pypdfium2.PdfDocument(poster.pdf(made))[0].get_textpage().get_text_range()
    assert "+91 80 4123 4567" in text
    assert "Scan to book on WhatsApp" in text
    branded = known.tenant.branding.model_copy(update={"colour": "#ff8800"})
    assert sheet(await directory(practice, {"branding": branded, "name": "Clinic"}), practice).practice == ""
    orange = sheet(await directory(practice, {"branding": branded}), practice)
    assert rendered(poster.pdf(orange)).getpixel((80, 120)) == (255, 136, 0)
    assert poster.tag(orange) != poster.tag(made)
    assert poster.pdf(made) is poster.pdf(sheet(known, practice))  # drawn once


async def test_opening_hours_are_told_in_the_order_of_the_week_there(practice: Practice) -> None:
    known = await directory(practice)  # daily from nine to one, as the doctors are there
    holiday = NOW + timedelta(days=1)
    await practice.close(holiday, holiday + timedelta(days=1))
    assert opening_told(known, practice.clinic.id, "en", NOW) == [("Every day", "9:00\xa0am–1:00\xa0pm")]
    assert opening_told(await fresh_directory(practice.id), practice.clinic.id, "en", NOW) == [
        ("Every day", "9:00\xa0am–1:00\xa0pm")
    ]
    two = [OpeningHours(days=["SA", "SU"], hours=[("20:00", "02:00")])]
    there = await directory(practice, opening_hours=two, country="AE")
    assert [days for days, _ in opening_told(there, practice.clinic.id, "ar", NOW)] == ["السبت، الأحد"]
    assert (
        opening_told(await directory(practice, opening_hours=two), practice.clinic.id, "fr", NOW)[0][0]
        == "Samedi, dimanche"
    )


async def test_letters_are_shaped_beside_those_of_another_script(practice: Practice) -> None:
    with closing(Page(sheet(await directory(practice), practice))) as page:
        check_widths(page)


def check_widths(page: Page) -> None:
    alone, beside = page.wide("स्कैन", SMALL, False), page.wide("WhatsApp स्कैन", SMALL, False)
    assert beside == pytest.approx(page.wide("WhatsApp ", SMALL, False) + alone, abs=0.01)
    assert alone < page.wide("सकन", SMALL, False)  # half a letter
    joined, apart = page.wide("ببب", SMALL, True), 3 * page.wide("ب", SMALL, True)
    assert joined < apart


def test_names_in_letters_that_no_font_has_are_refused_and_pictures_left_out() -> None:
    assert writable("🦷 Smile Clinic") == "Smile Clinic"
    assert others("Clínica São José عيادة क्लिनिक") == []
    with pytest.raises(NoFont):
        others("漢字")


@pytest.mark.parametrize("text", ["https://wa.me/1?text=a", LONG])
def test_a_code_on_the_screen_has_its_quiet_zone(text: str) -> None:
    picture = Image.open(BytesIO(qr.png(text, scale=4)))
    assert scanned(picture.convert("L")) == text
    border = 4 * qr.QUIET
    edge = picture.convert("L").crop((0, 0, picture.width, border))
    assert edge.getextrema() == (255, 255)
    assert qr.svg(text).startswith(b"<?xml")
    assert picture.width == 4 * (len(qr.modules(text)) + 2 * qr.QUIET)


async def test_long_names_stay_on_the_paper(practice: Practice) -> None:
    long = "The International Multispeciality Hospital and Research Centre of Greater Bengaluru "
    known = await directory(
        practice, {"languages": sorted(words()), "name": long.upper()}, name=long.strip(), address=long * 3,
    )  # fmt: skip
    for size in ("a4", "a5"):
        assert scanned(rendered(poster.pdf(sheet(known, practice, size=size)), 2.0)).startswith("https://wa.me/")
