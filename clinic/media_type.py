"""What a file is, by its content alone: what its sender or the provider says of it is not believed."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import puremagic

MEGABYTE = 1024 * 1024
HEIF = (b"heic", b"heix", b"heim", b"heis", b"mif1")
MP4 = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"MSNV", b"dash", b"M4V ")
OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A type that is kept: the ending for its name, and those by which puremagic must know it, too."""

    ending: str
    endings: frozenset[str]


def _known(ending: str, *others: str) -> Known:
    return Known(ending, frozenset((ending, *others)))


ALLOWED: Mapping[str, Known] = {
    "image/jpeg": _known(".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": _known(".png"),
    "image/webp": _known(".webp"),
    "image/gif": _known(".gif"),
    "image/heif": _known(".heic", ".heif"),
    "audio/ogg": _known(".ogg", ".oga", ".opus"),
    "audio/mp4": _known(".m4a", ".mp4", ".f4a"),
    "audio/mpeg": _known(".mp3", ".mpga"),
    "audio/aac": _known(".aac"),
    "audio/amr": _known(".amr"),
    "video/mp4": _known(".mp4", ".m4v"),
    "video/3gpp": _known(".3gp", ".3ga", ".3gpp"),
    "application/pdf": _known(".pdf"),
    **dict(zip(OFFICE.values(), (_known(".docx"), _known(".xlsx"), _known(".pptx")), strict=True)),
}
VIDEO = frozenset({"video/mp4", "video/3gpp"})
BY_KIND: Mapping[str, frozenset[str]] = {
    "image": frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/heif"}),
    "sticker": frozenset({"image/webp"}),
    "audio": frozenset(name for name in ALLOWED if name.startswith("audio/")) | VIDEO,  # the same boxes hold both
    "video": VIDEO,
    "document": frozenset(ALLOWED),
}
MOST: Mapping[str, int] = {
    "image": 10 * MEGABYTE,
    "sticker": 1 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 20 * MEGABYTE,
    "document": 25 * MEGABYTE,
}  # bytes


def type_of(content: bytes, kind: str) -> str:
    """The file's MIME type, where it is one that is kept of messages of this kind; else empty. Two readers must agree:
    ours and puremagic's."""
    found = _signed(content)
    agreed = found in BY_KIND.get(kind, ()) and ALLOWED[found].endings & _endings(content)
    return found if agreed else ""


def ending_of(content_type: str) -> str:
    """Such as ``.pdf``."""
    known = ALLOWED.get(content_type)
    return known.ending if known else ""


def _endings(content: bytes) -> frozenset[str]:
    try:
        return frozenset(each.extension.lower() for each in puremagic.magic_string(content))
    except (puremagic.PureError, ValueError):  # of nothing at all; of an empty file
        return frozenset()


def _signed(content: bytes) -> str:
    """The type whose signature the file begins with; empty for none of ours."""
    match content[:4], content[4:8], content[8:12]:
        case b"\x89PNG", b"\r\n\x1a\n", _:
            return "image/png"
        case b"RIFF", _, b"WEBP":
            return "image/webp"
        case b"GIF8", _, _ if content[4:6] in (b"7a", b"9a"):
            return "image/gif"
        case _, b"ftyp", brand:
            return _boxed(brand)
        case b"OggS", _, _ if any(name in content[:128] for name in (b"OpusHead", b"\x01vorbis", b"Speex   ")):
            return "audio/ogg"
        case b"%PDF", start, _ if start.startswith(b"-"):
            return "application/pdf"
        case b"PK\x03\x04", _, _:
            return _office(content)
    return next((name for start, name in STARTS if content.startswith(start)), "")


STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    *((start, "audio/mpeg") for start in (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")),
    *((start, "audio/aac") for start in (b"\xff\xf1", b"\xff\xf9")),
)


def _boxed(brand: bytes) -> str:
    """Of an ISO base media file, by its brand."""
    if brand in HEIF:
        return "image/heif"
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    if brand in MP4:
        return "video/mp4"
    return "video/3gpp" if brand.startswith(b"3g") else ""


def _office(content: bytes) -> str:
    """A document of an office program, without macros. Only the list of its parts is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, UnicodeDecodeError):
        return ""
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return ""
    return next((name for part, name in OFFICE.items() if part in names), "")
