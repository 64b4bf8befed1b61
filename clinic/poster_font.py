"""The letters of posters: FiraGO for the scripts of the chat's languages, else Noto fonts that the system has."""

import unicodedata
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pymupdf_fonts  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from clinic.errors import ClinicError

FAMILY = "FiraGO"
OURS = {"": "figo", "B": "figbo"}  # by style, as the package names them
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", str(Path.home() / ".local/share/fonts"))


class NoFont(ClinicError):
    """No font here has the letters of a name on the poster: install the Noto fonts on the machine that serves the API
    (Debian and Ubuntu: fonts-noto-core), or write the name in another script."""

    code = "no_font"


@cache
def files() -> dict[str, Path]:
    """The font's files by style, unpacked once a process and removed at its end."""
    found = {style: Path(_folder().name) / f"{FAMILY}{style}.ttf" for style in OURS}
    for style, path in found.items():
        path.write_bytes(_bytes(style))
    return found


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="opdesk-fonts-")


def writable(text: str) -> str:
    """The text without pictures and other signs that the font lacks, such as emoji."""
    return "".join(each for each in text if ord(each) in _known() or unicodedata.category(each)[0] in "LMN").strip()


def others(text: str) -> list[Path]:
    """The system's fonts for letters that ours lacks. Raises ``NoFont``."""
    lacking = {each for each in text if ord(each) not in _known() and unicodedata.category(each)[0] in "LMN"}
    return [_system(script) for script in sorted({unicodedata.name(each, "").split(" ")[0] for each in lacking})]


@cache
def _known() -> frozenset[int]:
    return frozenset(TTFont(BytesIO(_bytes("")), lazy=True).getBestCmap())


@cache
def _bytes(style: str) -> bytes:
    content: bytes = pymupdf_fonts.myfont(OURS[style])
    return content


def _system(script: str) -> Path:
    for folder in FOLDERS:
        if found := sorted(Path(folder).rglob(f"NotoSans{script.capitalize()}-Regular.ttf")):
            return found[0]
    raise NoFont
