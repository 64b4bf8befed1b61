"""What patients sent besides words: fetched by staff, each time written into the audit."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Response

from api.house import InHouse
from api.routes.conversations import chat_of
from api.routing import desk_router
from api.shapes import Id
from api.staff import Staff, may
from clinic.errors import NotFound
from clinic.media import Media, MediaNotKept

router = desk_router("/conversations", "conversations")
BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file itself, for saving.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
# It comes from a stranger's telephone: no browser shall show it, run it or keep it. Every answer says nosniff already.
SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "none",
}


@router.get("/{id}/media/{media_id}", response_class=Response, responses=BYTES)
async def get_conversation_media(
    id: Id, media_id: Id, staff: Annotated[Staff, may("conversations:read")], house: InHouse
) -> Response:
    """A voice message, picture or document of the conversation, whole and as an attachment. `media_not_kept`: the
    messages of the conversation say why."""
    chat = await chat_of(staff, id)
    file = await Media.of(staff.tenant_id).get(media_id)
    if file.chat_id != chat.id:
        raise NotFound
    if house.vault is None or not file.readable:
        raise MediaNotKept
    content = await house.vault.get(staff.tenant_id, file.id)
    staff.touched("media", file.id)
    return Response(content, media_type="application/octet-stream", headers={**SAFE, **_as_attachment(file)})


def _as_attachment(file: Media) -> dict[str, str]:
    """The name in both spellings of RFC 6266."""
    name = file.download_name
    plain = f"{file.kind}-{file.id[:8]}.{name.rpartition('.')[2]}"
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}
