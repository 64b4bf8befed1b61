"""The drawing of a poster: laid out on an A4 page in points and scaled to its paper; the QR code in vectors.

Nothing stands within 12 mm of the edge, which office printers leave white.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from fpdf import FPDF
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont

from clinic import qr
from clinic.poster_font import FAMILY, files, others, writable
from clinic.poster_sheet import Sheet

A4_WIDTH, A4_HEIGHT = 595.28, 841.89
MARGIN = 36.0
WIDTH = A4_WIDTH - 2 * MARGIN
INK, GREY, WHITE = "#111827", "#4b5563", "#ffffff"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
LINE = 1.3  # of the size of the letters
CODE_MOST, CODE_FRAME, CODE_CORNER = 380.0, 3.0, 14.0
OVERLAP = 0.02  # of a module: no white hairs between them
SMALLEST = 0.6  # of a size, down to which letters shrink before a line is broken
SHRINK = 0.96
FEW = 3  # languages that have room for large letters
DEVANAGARI = ((0x0900, 0x097F), (0x1CD0, 0x1CFF), (0x200C, 0x200D), (0xA8E0, 0xA8FF))
REST = ((0x0020, 0x08FF), (0x0980, 0x1CCF), (0x1D00, 0x200B), (0x200E, 0xA8DF), (0xA900, 0x1FFFF))
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)  # the same poster is the same file


@dataclass(frozen=True, slots=True)
class Style:
    """Letters: their size on an A4 page, and how they look."""

    size: float
    bold: bool = False
    colour: str = INK


NAME, PRACTICE, SUBJECT = Style(36, bold=True), Style(15), Style(26, bold=True)
SCAN, SCAN_TOO, SCAN_MANY = Style(32, bold=True), Style(20), Style(15)
HOW, NUMBER, SMALL, SMALL_BOLD = Style(14, colour=GREY), Style(30, bold=True), Style(12.5), Style(12.5, bold=True)


def draw(sheet: Sheet) -> bytes:
    """The PDF. Raises ``NoFont``."""
    with closing(Page(sheet)) as page:
        return _drawn(page)


def _drawn(page: "Page") -> bytes:
    top = _scan(page, _head(page, MARGIN) + 20)
    with page.unseen():
        tall = _foot(page, 0)
    foot = A4_HEIGHT - MARGIN - tall
    _code(page, top + 10, foot - 12)
    _foot(page, foot)
    return bytes(page.pdf.output())


class Page:
    """The paper, measured as if it were A4. Each method answers with where the next thing may stand."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self.scale, self.seen = sheet, sheet.width / A4_WIDTH, True
        self.rtl = sheet.language in RIGHT_TO_LEFT
        self.pdf = FPDF(unit="pt", format=(sheet.width, sheet.height))
        self.pdf.set_creation_date(UNDATED)
        self.pdf.set_title(f"{sheet.clinic}: {sheet.scan[0][1]}")
        self.pdf.set_lang(sheet.language)
        self.pdf.set_auto_page_break(False)
        self.pdf.c_margin = 0
        self.pdf.add_page()
        self._learn_letters()

    def _learn_letters(self) -> None:
        """A run of letters is shaped by the rules of one script, and fpdf begins a new one where the font changes: so
        Devanagari counts as a font of its own, or "WhatsApp पर" would be shaped as Latin."""
        sheet, too = self.sheet, f"{FAMILY} Devanagari"
        found = others("".join((sheet.practice, sheet.clinic, sheet.subject, sheet.address)))
        for style, path in files().items():
            self.pdf.add_font(FAMILY, style, path, unicode_range=REST)
            self.pdf.add_font(too, style, path, unicode_range=DEVANAGARI)
            # Two parts of one font must not share its name: printers keep fonts by it.
            self.pdf.fonts[f"{too.lower()}{style}"].name += "Devanagari"
        for path in found:
            self.pdf.add_font(path.stem, "", path)
        self.pdf.set_fallback_fonts([too, *(path.stem for path in found)], exact_match=False)

    def close(self) -> None:
        """Let go of the fonts' files."""
        for font in self.pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Lay out without drawing."""
        self.seen = False
        try:
            yield
        finally:
            self.seen = True

    def write(self, y: float, text: str, style: Style, *, rtl: bool | None = None, across: float = WIDTH) -> float:
        """Centred lines, as large as the style says or as fits. ``rtl``: as the text begins, where it is not told."""
        said = writable(text)
        if not said:
            return y
        size, room = style.size, across * self.scale
        while self._lines(said, replace(style, size=size), rtl, room) > 1 and size > style.size * SMALLEST:
            size *= SHRINK
        self.pdf.set_xy((A4_WIDTH - across) / 2 * self.scale, y * self.scale)
        line = size * LINE * self.scale
        tall = self.pdf.multi_cell(room, line, said, align="C", dry_run=not self.seen, output="HEIGHT")
        return y + cast("float", tall) / self.scale

    def _lines(self, text: str, style: Style, rtl: bool | None, room: float) -> int:
        self._letters(style, rtl)
        return len(cast("list[str]", self.pdf.multi_cell(room, text=text, dry_run=True, output="LINES")))

    def wide(self, text: str, style: Style, rtl: bool) -> float:
        """How wide a line is."""
        self._letters(style, rtl)
        return self.pdf.get_string_width(text) / self.scale

    def cell(self, x: float, y: float, text: str, style: Style, *, rtl: bool, align: str, across: float) -> None:
        """One line in a column."""
        self._letters(style, rtl)
        if self.seen:
            self.pdf.set_xy(x * self.scale, y * self.scale)
            self.pdf.cell(across * self.scale, style.size * LINE * self.scale, text, align=align)

    def box(self, x: float, y: float, wide: float, tall: float, colour: str, corner: float = 0) -> None:
        """A filled rectangle."""
        if self.seen:
            self.pdf.set_fill_color(colour)
            x, y, wide, tall, corner = (each * self.scale for each in (x, y, wide, tall, corner))
            self.pdf.rect(x, y, wide, tall, style="F", round_corners=bool(corner), corner_radius=corner)

    def _letters(self, style: Style, rtl: bool | None) -> None:
        self.pdf.set_font(FAMILY, "B" if style.bold else "", style.size * self.scale)
        self.pdf.set_text_color(style.colour)
        way = None if rtl is None else TextDirection.RTL if rtl else TextDirection.LTR
        self.pdf.set_text_shaping(True, direction=way)


def _head(page: Page, y: float) -> float:
    """The clinic's name on the practice's colour."""
    sheet, pad = page.sheet, 20.0
    ink = WHITE if _dark(sheet.colour) else INK
    across = WIDTH - 2 * pad

    def names(top: float) -> float:
        if sheet.practice:
            top = page.write(top, sheet.practice, replace(PRACTICE, colour=ink), across=across) + 6
        return page.write(top, sheet.clinic, replace(NAME, colour=ink), across=across)

    with page.unseen():
        tall = names(0)
    page.box(MARGIN, y, WIDTH, tall + 2 * pad, sheet.colour, CODE_CORNER)
    names(y + pad + 3)  # letters stand low in their lines
    return y + tall + 2 * pad


def _dark(colour: str) -> bool:
    """Whether white letters are easier to read on it than black ones (WCAG's relative luminance)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179


def _scan(page: Page, y: float) -> float:
    """Whom or what it is for, and what to do, in each language."""
    y = page.write(y, page.sheet.subject, replace(SUBJECT, colour=INK))
    (first, said), *more = page.sheet.scan
    y = page.write(y, said, SCAN, rtl=first in RIGHT_TO_LEFT)
    y += 4
    for language, too in more:
        y = page.write(y, too, SCAN_TOO if len(more) < FEW else SCAN_MANY, rtl=language in RIGHT_TO_LEFT)
    return y


def _code(page: Page, top: float, bottom: float) -> None:
    """As large as there is room for, on white, within a frame of the practice's colour."""
    rows = qr.modules(page.sheet.url)
    outer = min(bottom - top, CODE_MOST)
    x, y = (A4_WIDTH - outer) / 2, (top + bottom - outer) / 2
    page.box(x, y, outer, outer, page.sheet.colour, CODE_CORNER)
    inner = outer - 2 * CODE_FRAME
    page.box(x + CODE_FRAME, y + CODE_FRAME, inner, inner, WHITE, CODE_CORNER - CODE_FRAME)
    module = inner / (len(rows) + 2 * qr.QUIET)
    left, above = x + CODE_FRAME + qr.QUIET * module, y + CODE_FRAME + qr.QUIET * module
    for down, row in enumerate(rows):
        for at, length in _runs(row):
            page.box(
                left + at * module,
                above + down * module,
                (length + OVERLAP) * module,
                (1 + OVERLAP) * module,
                "#000000",
            )


def _runs(row: tuple[bool, ...]) -> Iterator[tuple[int, int]]:
    """Where black begins, and how long it lasts."""
    start = 0
    for at, black in enumerate((*row, False)):
        if not black:
            if at > start:
                yield start, at - start
            start = at + 1


def _foot(page: Page, y: float) -> float:
    """How it is done, the number, where the clinic is and when it is open."""
    sheet, rtl = page.sheet, page.rtl
    y = page.write(y, sheet.how, HOW, rtl=rtl, across=WIDTH * 0.86) + 14
    y = page.write(y, sheet.or_write, SMALL, rtl=rtl)
    y = page.write(y, sheet.number, NUMBER, rtl=False) + 10
    page.box(MARGIN, y, WIDTH, 1.5, sheet.colour)
    y = page.write(y + 12, sheet.address, SMALL)
    if not sheet.hours:
        return y
    return _hours(page, page.write(y + 10, sheet.hours_title, SMALL_BOLD, rtl=rtl) + 3)


def _hours(page: Page, y: float) -> float:
    """Two columns that meet in the middle; the days on the side on which reading begins."""
    gap, rtl = 16.0, page.rtl
    days = max(page.wide(each, SMALL, rtl) for each, _ in page.sheet.hours) + 2
    hours = max(page.wide(each, SMALL, rtl) for _, each in page.sheet.hours) + 2
    style = replace(SMALL, size=SMALL.size * min(1, (WIDTH - gap) / (days + hours)))
    days, hours = days * style.size / SMALL.size, hours * style.size / SMALL.size
    left = (A4_WIDTH - days - gap - hours) / 2
    at_days, at_hours = (left + hours + gap, left) if rtl else (left, left + days + gap)
    align = "R" if rtl else "L"
    for day, told in page.sheet.hours:
        page.cell(at_days, y, day, style, rtl=rtl, align=align, across=days)
        page.cell(at_hours, y, told, style, rtl=rtl, align=align, across=hours)
        y += style.size * LINE
    return y
