"""How long and how many: Meta's limits on every part of a message and of a template, as data."""

from dataclasses import dataclass

from simulator.errors import Refusal


@dataclass(frozen=True)
class Length:
    """Characters allowed in one text, counted in UTF-16 units, with the sentence that Meta answers beyond them."""

    longest: int
    details: str
    shortest: int = 1

    def check(self, text: str) -> None:
        """Refuse a text that is too long or too short."""
        if not self.shortest <= units(text) <= self.longest:
            raise Refusal(131009, self.details.format(shortest=self.shortest, longest=self.longest))


def units(text: str) -> int:
    """The length as Meta counts it: an emoji beyond the basic plane counts twice."""
    return len(text.encode("utf-16-le")) // 2


def _between(what: str, longest: int, shortest: int = 1) -> Length:
    return Length(longest, what + " length invalid. Min length: {shortest}, Max length: {longest}", shortest)


def _most(what: str, longest: int) -> Length:
    return Length(longest, what + " is too long. Max length: {longest}", 0)


TEXT_BODY = 4096
CALLBACK_DATA = 512

BUTTONS_BODY = _between("Message body", 1024)
LIST_BODY = _between("Message body", 4096)
HEADER = _between("Header text", 60)
FOOTER = _between("Footer text", 60)
BUTTONS = 3
BUTTON_TITLE = _between("Button title", 20)
BUTTON_ID = _between("Button id", 256)
LIST_BUTTON = _between("Button label", 20)
SECTIONS = 10
SECTION_TITLE = _between("Section title", 24)
ROWS = 10
ROW_TITLE = _between("Row title", 24)
ROW_DESCRIPTION = _most("Row description", 72)
ROW_ID = _between("Row id", 200)
FLOW_CTA = _between("Flow CTA", 20)
FLOW_TOKEN = 1024
LINK_LABEL = _between("Display text", 20)
LINK_URL = _between("Url", 2000)
CAPTION = _most("Caption", 1024)
FILENAME = _most("Filename", 240)

TEMPLATE_HEADER = 60
TEMPLATE_BODY = 1024
TEMPLATE_FOOTER = 60
TEMPLATE_BUTTONS = 10
TEMPLATE_BUTTON_TEXT = 25
TEMPLATE_URL = 2000
TEMPLATE_CODE = 20
TEMPLATES_PER_ACCOUNT = 250
TEMPLATE_PAYLOAD = 256
# buttons of one kind in one template
TEMPLATE_BUTTON_COUNTS = {
    "QUICK_REPLY": 10,
    "URL": 2,
    "PHONE_NUMBER": 1,
    "COPY_CODE": 1,
    "FLOW": 1,
    "REQUEST_CONTACT_INFO": 1,
}
