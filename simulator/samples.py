"""Small files of every kind, made here: a picture that can be seen, a voice message of silence, a page of paper."""

import struct
import zlib
from functools import cache

WIDTH, HEIGHT = 240, 150
OPUS_SILENCE = b"\xf8\xff\xfe"  # one frame of 20 ms
RATE = 48_000  # samples a second, of Opus


@cache
def sample(kind: str) -> tuple[str, bytes]:
    """MIME type and content of a file that a phone might send."""
    make = {"image": picture, "sticker": sticker, "audio": voice, "video": film, "document": page}[kind]
    return MIME[kind], make()


MIME = {
    "image": "image/png",
    "sticker": "image/webp",
    "audio": "audio/ogg; codecs=opus",
    "video": "video/mp4",
    "document": "application/pdf",
}


def picture() -> bytes:
    """A sheet with lines on a table, as PNG."""
    rows = b"".join(b"\0" + b"".join(_pixel(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    head = struct.pack("!IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _pixel(x: int, y: int) -> bytes:
    if not (50 <= x < 190 and 12 <= y < 150):
        return bytes((146, 116 + y // 6, 92))
    if y % 14 < 2 and 62 <= x < 178 - (y * 7) % 50 and y > 24:
        return b"\x35\x4a\x6d"
    return b"\xfa\xf8\xf2"


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))


def voice(seconds: int = 3) -> bytes:
    """Silence, as Opus in Ogg (RFC 7845)."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, RATE, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 9) + b"simulator" + struct.pack("<I", 0)
    pages = [_ogg(0, 0, 2, [head]), _ogg(1, 0, 0, [tags])]
    for number in range(seconds):
        last = 4 if number == seconds - 1 else 0
        pages.append(_ogg(number + 2, (number + 1) * RATE, last, [OPUS_SILENCE] * 50))
    return b"".join(pages)


def _ogg(number: int, position: int, flags: int, packets: list[bytes]) -> bytes:
    """One page: its checksum is reckoned with zeros in its own place."""
    head = b"OggS" + struct.pack("<BBqII", 0, flags, position, 1, number)
    body = bytes([len(packets), *map(len, packets)]) + b"".join(packets)
    return head + struct.pack("<I", _ogg_sum(head + bytes(4) + body)) + body


def _ogg_sum(page: bytes) -> int:
    remainder = 0
    for byte in page:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1) ^ (0x04C11DB7 if remainder & 0x80000000 else 0)
            remainder &= 0xFFFFFFFF
    return remainder


def page() -> bytes:
    """A page with a line of text, as PDF."""
    text = b"BT /F1 18 Tf 60 760 Td (Laboratory report, made for a demo) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
    ]
    written, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return written + end % (len(places) + 1, rows, len(places) + 1, len(written))


def sticker() -> bytes:
    """One pixel, as lossless WebP."""
    data = bytes.fromhex("2f000000000788fd8ffe0722a2ff0100")
    body = b"WEBPVP8L" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def film() -> bytes:
    """The box of an MP4 with nothing in it."""
    head = b"isom" + struct.pack("!I", 512) + b"isomiso2mp41"
    return _box(b"ftyp", head) + _box(b"mdat", b"") + _box(b"moov", _box(b"mvhd", bytes(100)))


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data) + 8) + name + data
