"""What the chat says: one bubble, within the limits of the channels by construction.

The limits are WhatsApp's (see ``docs/architecture.md``): a body with options 1,024 characters, without 4,096; ten
options; an option's title 24, its description 72, its id 200; a link's label 20. Longer is shortened here, so that no
provider ever refuses a reply.
"""

from dataclasses import dataclass

MAX_OPTIONS = 10
MAX_BUTTONS = 3
TITLE, BUTTON, DESCRIPTION, BODY, TEXT = 24, 20, 72, 1024, 4096


def shorten(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` UTF-16 units (as Meta counts), the end replaced by an ellipsis."""
    text = text.strip()
    if len(text) * 2 <= limit or (len(text) <= limit and text.isascii()):
        return text
    if len(text.encode("utf-16-le")) // 2 <= limit:
        return text
    cut = text.encode("utf-16-le")[: (limit - 1) * 2].decode("utf-16-le", "ignore")
    return cut.rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to tap. ``id`` comes back in ``Inbound.choice``."""

    id: str
    title: str
    description: str = ""

    def __post_init__(self) -> None:
        if (title := shorten(self.title, TITLE)) is not self.title:
            object.__setattr__(self, "title", title)
        if self.description and (description := shorten(self.description, DESCRIPTION)) is not self.description:
            object.__setattr__(self, "description", description)


@dataclass(frozen=True, slots=True)
class Form:
    """A form by which the question may be answered, for channels that have forms: what stands above its button, and the
    number of the question."""

    text: str
    button: str
    asked: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", shorten(self.text, BODY))
        object.__setattr__(self, "button", shorten(self.button, BUTTON))


@dataclass(frozen=True, slots=True)
class Reply:
    """One bubble. Options become reply buttons where they fit (three, short, without descriptions), else a list that
    opens with ``menu``. ``ask_location`` shows WhatsApp's own location button instead, ``ask_contact`` the one by which
    somebody tells their number."""

    text: str
    options: tuple[Option, ...] = ()
    menu: str = ""
    ask_location: bool = False
    ask_contact: bool = False
    form: Form | None = None  # in place of the whole bubble, where the channel has a form to show

    def __post_init__(self) -> None:
        if len(self.options) > MAX_OPTIONS:
            raise ValueError(f"a reply takes {MAX_OPTIONS} options at most: page them ({len(self.options)} given)")
        limit = BODY if self.options or self.ask_location or self.ask_contact else TEXT
        object.__setattr__(self, "text", shorten(self.text, limit))
        object.__setattr__(self, "menu", shorten(self.menu, BUTTON))

    @property
    def as_buttons(self) -> bool:
        """Whether the options fit WhatsApp's reply buttons, whose titles must differ."""
        titles = {option.title for option in self.options}
        return 0 < len(self.options) == len(titles) <= MAX_BUTTONS and all(
            not option.description and len(option.title.encode("utf-16-le")) // 2 <= BUTTON for option in self.options
        )
