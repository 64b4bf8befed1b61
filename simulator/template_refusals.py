"""What Meta answers to a template that it will not take. Its codes stand in ``error_subcode``, under code 100."""

from simulator.errors import Refusal

# subcode -> (title, message) that a person reads
USER: dict[int, tuple[str, str]] = {
    2388019: ("Message template limit exceeded", "You have exceeded the maximum number of message templates."),
    2388023: (
        "Message template language is being deleted",
        "Content can't be added in this language while the existing content is being deleted. Try again in 30 days.",
    ),
    2388024: ("Content in this language already exists", "There is already content in this language for the template."),
    2388040: ("Character limit exceeded", "A field in your template has exceeded the maximum character limit."),
    2388043: ('Message template "components" param is missing expected field(s)', "A component is missing a field."),
    2388047: ("Message header format incorrect", "Your message header contains invalid formatting."),
    2388060: (
        "Button format is incorrect",
        "Buttons can't have any variables, newlines, emojis or formatting characters (example: bold, italics).",
    ),
    2388072: ("Message body format incorrect", "Your message body contains invalid formatting."),
    2388073: ("Message footer format incorrect", "Your message footer contains invalid formatting."),
    2388293: (
        "Parameters words ratio exceeds limit",
        "This template has too many variables for its length. Reduce them or make the message longer.",
    ),
    2388299: (
        "Leading or trailing params not allowed",
        "Variables can't be at the start or end of the template.",
    ),
}


def refused(subcode: int, said: str | None = None) -> Refusal:
    """The answer for one of the codes above; ``said`` tells more than the table."""
    title, message = USER[subcode]
    return Refusal(100, message="Invalid parameter", subcode=subcode, user=(title, said or message))


def invalid(title: str, said: str) -> Refusal:
    """An answer of Meta that has no code of its own."""
    return Refusal(100, message="Invalid parameter", user=(title, said))
