"""A bubble in plain words, its options numbered, for where nothing can be tapped: a number is understood as a tap."""

from flows.reply import Reply, shorten

SHORTEST = 200  # UTF-16 units that are left for the text, however long the options are


def numbered(reply: Reply, limit: int) -> str:
    """The whole bubble in at most ``limit`` UTF-16 units; descriptions go first, then the end of the text."""
    full = [_line(n, option.title, option.description) for n, option in enumerate(reply.options, 1)]
    brief = [_line(n, option.title) for n, option in enumerate(reply.options, 1)]
    lines = full if _units("\n".join([reply.text, "", *full])) <= limit else brief
    if not lines:
        return shorten(reply.text, limit)
    options = "\n".join(lines)
    return f"{shorten(reply.text, max(SHORTEST, limit - _units(options) - 2))}\n\n{options}"


def _line(number: int, title: str, description: str = "") -> str:
    return f"{number}. {title}" + (f" ({description})" if description else "")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def parts(text: str, limit: int) -> list[str]:
    """A long text in pieces of at most ``limit`` UTF-16 units, cut between lines where possible, else between words."""
    found, rest = [], text.strip()
    while _units(rest) > limit:
        head = rest.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")
        found_at = (head.rfind(mark) for mark in ("\n\n", "\n", " "))
        at = next((at for at in found_at if at > len(head) // 2), len(head))
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*found, rest] if rest else found
