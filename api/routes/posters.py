"""What hangs at a clinic's door: links that begin a booking or a check-in, their QR codes, posters to print."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Response

from api.house import Now
from api.routing import desk_router
from api.shapes import SHAPE_OF_ID, Id
from api.shapes.hours import Language
from api.shapes.links import LinkKind, LinkList, LinkOut
from api.staff import Staff, may
from clinic import poster, qr
from clinic.channel import Channel
from clinic.deep_link import NoNumber, Number, link_to, links_of, numbers_of, spoken_at
from clinic.directory import Directory, fresh_directory
from clinic.errors import NotFound

router = desk_router("/clinics", "clinics")
TYPES: dict[str, tuple[str, Callable[[str], bytes]]] = {"svg": ("image/svg+xml", qr.svg), "png": ("image/png", qr.png)}
AGAIN = {"Cache-Control": "private, no-cache"}  # it may be kept, but is asked for again
PDF = "application/pdf"


def _files(*types: str) -> dict[int | str, dict[str, Any]]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        200: {"description": "The file itself.", "content": dict.fromkeys(types, binary)},
        304: {"description": "It is what you have already: the ETag of If-None-Match still holds."},
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a link begins with. ``language`` empty: the clinic's first, and on posters all of them."""

    kind: LinkKind
    of: str
    language: str
    channel_id: str


async def _wanted(
    kind: Annotated[LinkKind, Query(description="What it begins with.")] = "clinic",
    of: Annotated[
        str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$", description="The service's or the doctor's id.")
    ] = "",
    language: Annotated[Language | None, Query(description="Else the clinic's own.")] = None,
    channel_id: Annotated[
        str | None, Query(description="The number to write to; else the practice's first.", **SHAPE_OF_ID)
    ] = None,
) -> Wanted:
    return Wanted(kind, of, language or "", channel_id or "")


Asks = Annotated[Wanted, Depends(_wanted)]
Known = Annotated[
    str | None, Header(alias="If-None-Match", max_length=200, description="The ETag of the file that you have.")
]


@router.get("/{id}/links")
async def list_clinic_links(
    id: Id,
    staff: Annotated[Staff, may("clinics:read")],
    language: Annotated[Language | None, Query(description="Else all of the clinic's.")] = None,
) -> LinkList:
    """Links for the web site, mails and social media that open WhatsApp and begin at the clinic, at its check-in, at
    each service and each doctor that can be booked there, for each number of the practice."""
    staff.require("clinics:read", id)
    directory = await fresh_directory(staff.tenant_id)
    spoken = [language] if language else spoken_at(directory, directory.clinic(id))
    found = links_of(directory, id, await _numbers(staff), spoken)
    return LinkList(items=[LinkOut.of(each) for each in found])


@router.get("/{id}/qr", response_class=Response, responses=_files(*(each for each, _ in TYPES.values())))
async def get_clinic_qr(
    id: Id,
    staff: Annotated[Staff, may("clinics:read")],
    wanted: Asks,
    format: Annotated[Literal["svg", "png"], Query(description="For print, or for the screen.")] = "svg",
    known: Known = None,
) -> Response:
    """One of those links as a QR code, with the white border that cameras need. `no_number`: the practice has no
    WhatsApp number yet."""
    directory, number = await _at(id, staff, wanted)
    language = wanted.language or spoken_at(directory, directory.clinic(id))[0]
    link = link_to(directory, id, wanted.kind, wanted.of, number, language)
    media_type, draw = TYPES[format]
    return await _file(sha256(link.url.encode()).hexdigest()[:32], known, media_type, lambda: draw(link.url))


@router.get("/{id}/poster", response_class=Response, responses=_files(PDF))
async def get_clinic_poster(
    id: Id,
    staff: Annotated[Staff, may("clinics:read")],
    wanted: Asks,
    now: Now,
    size: Annotated[Literal["a4", "a5"], Query(description="Of the paper.")] = "a4",
    known: Known = None,
) -> Response:
    """A poster to print: the clinic's name in the practice's colour, "scan to book" in the clinic's languages, the QR
    code, the number, address and opening hours. `no_font`: a name is in letters that this installation cannot print."""
    directory, number = await _at(id, staff, wanted)
    about = poster.About(wanted.kind, wanted.of, wanted.language, size)
    sheet = poster.sheet_of(directory, id, about, number, now)
    answer = await _file(poster.tag(sheet), known, PDF, lambda: poster.pdf(sheet))
    answer.headers["Content-Disposition"] = f'inline; filename="poster-{size}.pdf"'
    return answer


async def _at(id: str, staff: Staff, wanted: Wanted) -> tuple[Directory, Number]:
    staff.require("clinics:read", id)
    directory = await fresh_directory(staff.tenant_id)
    directory.clinic(id)
    numbers = await _numbers(staff)
    if not numbers:
        raise NoNumber
    named = (each for each in numbers if each.channel_id == wanted.channel_id)
    number = next(named, None) if wanted.channel_id else numbers[0]
    if number is None:
        raise NotFound
    return directory, number


async def _numbers(staff: Staff) -> list[Number]:
    return numbers_of(await Channel.of(staff.tenant_id).find(sort=[("_id", 1)]))


async def _file(tag: str, known: str | None, media_type: str, draw: Callable[[], bytes]) -> Response:
    """The file, or nothing where the caller has it; drawn aside, since it takes a while."""
    headers = {**AGAIN, "ETag": f'"{tag}"'}
    if known and tag in known:
        return Response(status_code=304, headers=headers)
    return Response(await asyncio.to_thread(draw), media_type=media_type, headers=headers)
