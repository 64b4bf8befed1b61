"""The components of Flow JSON and their limits, as data: what each may say, since which version, and how long.

From Meta's "Components" and "Flow JSON" pages, versions 4.0 to 7.3.
"""

from simulator.errors import Json

VERSIONS = ("4.0", "5.0", "5.1", "6.0", "6.1", "6.2", "6.3", "7.0", "7.1", "7.2", "7.3")
PUBLISHED_FROM = 6.0  # older ones are frozen: a draft may have them, nothing is published with them
DATA_API = ("3.0", "4.0")
SCREENS, BRANCHES, COMPONENTS, NESTED_IFS = 100, 10, 50, 3
PER_SCREEN = {
    "Footer": ("MAX_FOOTER_PER_SCREEN", 1),
    "EmbeddedLink": ("MAX_EMBEDDED_LINK_PER_SCREEN", 2),
    "Image": ("MAX_IMAGE_PER_SCREEN", 3),
    "OptIn": ("MAX_OPT_IN_PER_SCREEN", 5),
    "NavigationList": ("MAX_NAVIGATION_LIST_PER_SCREEN", 2),
}

# component -> (required properties, other properties)
PROPERTIES: dict[str, tuple[str, str]] = {
    "TextHeading": ("text", "visible"),
    "TextSubheading": ("text", "visible"),
    "TextBody": ("text", "visible font-weight strikethrough markdown"),
    "TextCaption": ("text", "visible font-weight strikethrough markdown"),
    "RichText": ("text", "visible"),
    "TextInput": (
        "name label",
        "input-type pattern required min-chars max-chars helper-text enabled visible init-value error-message "
        "label-variant",
    ),
    "TextArea": (
        "name label",
        "required max-length helper-text enabled visible init-value error-message label-variant",
    ),
    "CheckboxGroup": (
        "name label data-source",
        "description min-selected-items max-selected-items required visible enabled init-value error-message "
        "media-size on-select-action on-unselect-action",
    ),
    "RadioButtonsGroup": (
        "name label data-source",
        "description required visible enabled init-value error-message media-size on-select-action on-unselect-action",
    ),
    "ChipsSelector": (
        "name label data-source",
        "description min-selected-items max-selected-items required visible enabled init-value error-message "
        "on-select-action on-unselect-action",
    ),
    "Dropdown": (
        "name label data-source",
        "required visible enabled init-value error-message on-select-action on-unselect-action",
    ),
    "DatePicker": (
        "name label",
        "min-date max-date unavailable-dates helper-text enabled required visible init-value error-message "
        "on-select-action",
    ),
    "CalendarPicker": (
        "name label",
        "title description helper-text required visible enabled mode min-date max-date unavailable-dates include-days "
        "min-days max-days on-select-action init-value error-message",
    ),
    "OptIn": (
        "name label",
        "required visible init-value on-click-action on-select-action on-unselect-action",
    ),
    "EmbeddedLink": ("text on-click-action", "visible"),
    "NavigationList": ("name list-items", "label description media-size on-click-action visible"),
    "Footer": ("label on-click-action", "left-caption center-caption right-caption enabled"),
    "Image": ("src", "width height scale-type aspect-ratio alt-text visible"),
    "PhotoPicker": (
        "name label",
        "description photo-source max-file-size-kb min-uploaded-photos max-uploaded-photos enabled visible "
        "error-message",
    ),
    "DocumentPicker": (
        "name label",
        "description max-file-size-kb min-uploaded-documents max-uploaded-documents allowed-mime-types enabled "
        "visible error-message",
    ),
    "ImageCarousel": ("images", "aspect-ratio scale-type visible"),
    "If": ("condition then", "else"),
    "Switch": ("value cases", ""),
    "Form": ("name children", "init-values error-messages"),
}
SINCE = {
    "RichText": 5.1,
    "CalendarPicker": 6.1,
    "NavigationList": 6.2,
    "ChipsSelector": 6.3,
    "ImageCarousel": 7.1,
    "open_url": 6.0,
    "update_data": 6.0,
}
CHOICES = frozenset({"CheckboxGroup", "RadioButtonsGroup", "ChipsSelector", "Dropdown"})
SEVERAL = frozenset({"CheckboxGroup", "ChipsSelector"})
INPUTS = CHOICES | {"TextInput", "TextArea", "DatePicker", "CalendarPicker", "OptIn", "PhotoPicker", "DocumentPicker"}

# what a property is; what is not here is a text
KINDS = {
    **dict.fromkeys(("visible", "enabled", "required", "strikethrough", "markdown"), "boolean"),
    **dict.fromkeys(("data-source", "unavailable-dates", "include-days", "images", "list-items"), "array"),
    **dict.fromkeys(("then", "else", "children"), "components"),
    **dict.fromkeys(("on-click-action", "on-select-action", "on-unselect-action"), "action"),
    **dict.fromkeys(
        ("min-selected-items", "max-selected-items", "min-days", "max-days", "width", "height", "aspect-ratio"),
        "number",
    ),
    **dict.fromkeys(("min-uploaded-photos", "max-uploaded-photos", "max-file-size-kb"), "number"),
    **dict.fromkeys(("min-uploaded-documents", "max-uploaded-documents", "allowed-mime-types"), "any"),
    **dict.fromkeys(("min-chars", "max-chars", "max-length", "init-value", "error-messages", "init-values"), "any"),
    "cases": "cases",
    "condition": "condition",
}
# (component, property) -> kind, where it differs from the line above
KINDS_OF = {
    ("RichText", "text"): "texts",
    ("TextBody", "text"): "texts",
    ("TextCaption", "text"): "texts",
    ("CalendarPicker", "label"): "range",
    ("CalendarPicker", "helper-text"): "range",
    ("CalendarPicker", "error-message"): "range",
    ("CalendarPicker", "required"): "any",
}
ENUMS = {
    "font-weight": ("bold", "italic", "bold_italic", "normal"),
    "input-type": ("text", "number", "email", "password", "passcode", "phone"),
    "mode": ("single", "range"),
    "scale-type": ("cover", "contain"),
    "media-size": ("regular", "large"),
    "label-variant": ("large",),
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# (component, property) -> the longest text, in characters
LONGEST = {
    ("TextHeading", "text"): 80,
    ("TextSubheading", "text"): 80,
    ("TextBody", "text"): 4096,
    ("TextCaption", "text"): 409,
    ("TextInput", "label"): 20,
    ("TextInput", "helper-text"): 80,
    ("TextInput", "error-message"): 30,
    ("TextArea", "label"): 20,
    ("TextArea", "helper-text"): 80,
    ("CheckboxGroup", "label"): 30,
    ("CheckboxGroup", "description"): 300,
    ("RadioButtonsGroup", "label"): 30,
    ("RadioButtonsGroup", "description"): 300,
    ("ChipsSelector", "label"): 80,
    ("ChipsSelector", "description"): 300,
    ("Dropdown", "label"): 20,
    ("DatePicker", "label"): 40,
    ("DatePicker", "helper-text"): 80,
    ("DatePicker", "error-message"): 80,
    ("CalendarPicker", "title"): 80,
    ("CalendarPicker", "description"): 300,
    ("CalendarPicker", "label"): 40,
    ("CalendarPicker", "helper-text"): 80,
    ("CalendarPicker", "error-message"): 80,
    ("OptIn", "label"): 120,
    ("EmbeddedLink", "text"): 25,
    ("Footer", "label"): 35,
    ("Footer", "left-caption"): 15,
    ("Footer", "center-caption"): 15,
    ("Footer", "right-caption"): 15,
    ("NavigationList", "label"): 80,
    ("NavigationList", "description"): 300,
}
FILLED = frozenset({"TextHeading", "TextSubheading", "TextBody", "TextCaption", "EmbeddedLink"})  # never blank
OPTIONS = {"CheckboxGroup": (1, 20), "RadioButtonsGroup": (1, 20), "ChipsSelector": (2, 20), "Dropdown": (1, 200)}
OPTION_KEYS = frozenset({"id", "title", "description", "metadata", "enabled", "image", "alt-text", "color"}) | {
    "on-select-action",
    "on-unselect-action",
}
OPTION_LONGEST = {"title": 30, "description": 300, "metadata": 20}

# action -> (required properties, other properties)
ACTIONS: dict[str, tuple[str, str]] = {
    "navigate": ("next", "payload"),
    "data_exchange": ("", "payload"),
    "complete": ("", "payload"),
    "open_url": ("url", ""),
    "update_data": ("payload", ""),
}
# (component, property) -> the actions that may stand there
ALLOWED_ACTIONS = {
    ("Footer", "on-click-action"): ("complete", "data_exchange", "navigate"),
    ("EmbeddedLink", "on-click-action"): ("data_exchange", "navigate", "open_url", "update_data"),
    ("OptIn", "on-click-action"): ("data_exchange", "navigate", "open_url"),
    ("NavigationList", "on-click-action"): ("data_exchange", "navigate"),
    ("DatePicker", "on-select-action"): ("data_exchange",),
    ("CalendarPicker", "on-select-action"): ("data_exchange",),
}
ON_SELECT = ("data_exchange", "update_data")


def kind_of(component: str, name: str) -> str:
    """What a component's property is."""
    return KINDS_OF.get((component, name)) or KINDS.get(name, "text")


def actions_of(component: str, name: str) -> tuple[str, ...]:
    """The actions that may stand under a component's property."""
    return ALLOWED_ACTIONS.get((component, name), ON_SELECT)


def too_long(component: Json, name: str, text: str) -> int | None:
    """The limit that a text breaks, if it breaks one."""
    kind = component.get("type")
    if name == "label" and component.get("label-variant"):
        return None  # a large label may take several lines
    longest = LONGEST.get((str(kind), name))
    return longest if longest is not None and len(text) > longest else None
