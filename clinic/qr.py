"""QR codes, for the screen and for print: black on white, with the quiet zone that readers need."""

from io import BytesIO

import segno

QUIET = 4  # modules of white around it, as ISO/IEC 18004 asks for
ERROR = "M"  # at least 15% of it may be dirty or torn; more where that costs no size

Rows = tuple[tuple[bool, ...], ...]


def svg(text: str) -> bytes:
    """As a picture of any size."""
    return _saved(text, "svg", scale=10, dark="#000", light="#fff")


def png(text: str, scale: int = 16) -> bytes:
    """As a picture of ``scale`` pixels for each module."""
    return _saved(text, "png", scale=scale)


def modules(text: str) -> Rows:
    """The code without its quiet zone: true is black."""
    return tuple(tuple(map(bool, row)) for row in _code(text).matrix)


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error=ERROR)


def _saved(text: str, kind: str, **how: object) -> bytes:
    out = BytesIO()
    _code(text).save(out, kind=kind, border=QUIET, **how)
    return out.getvalue()
