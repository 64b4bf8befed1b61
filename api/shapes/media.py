"""What patients sent besides words, as staff see it before they fetch it."""

from datetime import datetime

from pydantic import Field

from api.shapes import Shape
from clinic.media import Kind, Media, Scan, Status

WHY = {
    "due": "It is being fetched from WhatsApp: look again in a minute.",
    "infected": "The virus scanner found something in it: it was not kept. Ask for a photo instead.",
    "gone": "WhatsApp has it no more, and it could not be fetched in time: ask the patient to send it again.",
    "discarded": "It is being removed.",
    "removed": "It was removed, since the practice keeps files for a limited time or was asked to forget them.",
}
REFUSED = {
    "too_large": "It is larger than what is kept: ask for a smaller one, or for a photo.",
    "wrong_type": "It is none of the kinds of files that are kept: ask for a photo or a PDF.",
    "altered": "What WhatsApp gave is not what the patient sent: ask for it again.",
    "too_many": "The chat has sent more files in a day than are kept: ask which one matters.",
}
SCANNER_AWAY = "It is here, but the virus scanner does not answer: it can be opened once it has looked."


class MediaOut(Shape):
    """A file of a message. Where `status` is `kept` its content is at
    `GET /conversations/{conversation_id}/media/{id}`."""

    id: str = Field(examples=["67a1b2c3d4e5f60718293a4b"])
    kind: Kind
    voice: bool = Field(description="Recorded in the chat.")
    filename: str = Field(examples=["report.pdf"], description="For saving it; made safe.")
    status: Status
    reason: str = Field(examples=[""], description="Why it is not there, and what to do, in a sentence.")
    content_type: str = Field(examples=["application/pdf"], description="Found in the file itself; empty until then.")
    size: int = Field(examples=[48213], description="Bytes.")
    scan: Scan | None = Field(description="What the virus scanner said; `not_scanned` where none is connected.")
    sent_at: datetime

    @classmethod
    def shown(cls, file: Media) -> "MediaOut":
        """As it stands just now."""
        return cls(
            id=file.id, kind=file.kind, voice=file.voice, filename=file.download_name, status=file.status,
            reason=_why(file), content_type=file.content_type, size=file.size, scan=file.scan, sent_at=file.sent_at,
        )  # fmt: skip


def _why(file: Media) -> str:
    if file.status == "due" and file.stored:
        return SCANNER_AWAY if file.error else WHY["due"]
    return REFUSED.get(file.reason, "") if file.status == "refused" else WHY.get(file.status, "")
