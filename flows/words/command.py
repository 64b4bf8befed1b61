"""The words that mean the same at every step: "menu", "wapas", "ayuda", "موظف"."""

from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from flows.words.plain import emoji, phrase
from flows.words.table import LANGUAGES, everywhere, merged, read_as

COMMANDS = (
    *("menu", "back", "restart", "help", "human", "language", "greeting", "yes", "no", "more"),
    *("any_doctor", "me", "other_person", "thanks"),
    *("appointments", "come", "move", "cancel", "where", "here", "people"),
    *("stop", "start", "my_data", "forget_me"),
)
EMOJI = {"👍": "yes", "👌": "yes", "✅": "yes", "✔": "yes", "👎": "no", "❌": "no", "👋": "greeting", "🙏": "thanks"}
MAX_WORDS = 12
_SHORTEST = 5  # letters of a word that may hold a typing mistake
_LONG = 9  # two mistakes
# A word one letter away from a command is still a word of its own; most are names.
_NAMES = frozenset([
    "salma", "selma", "salim", "helen", "helena", "helia", "holly", "humam", "mercy", "merche", "marco", "hayat",
    "cancer",
])  # fmt: skip


@cache
def _table(language: str) -> dict[str, str]:
    """phrase -> command: the chat's own language is right where two disagree."""
    known = dict(merged((*read_as(language), *LANGUAGES), "commands"))
    for words, meaning in tuple(known.items()):
        bare = without_politeness(words)
        if " " in bare:  # one word that is left ("good afternoon") may be an answer
            known.setdefault(bare, meaning)
    return known


@cache
def _correctable(language: str) -> tuple[str, ...]:
    own = merged(read_as(language), "commands")
    return tuple(known for known in own if len(known) >= _SHORTEST and len(known.split()) <= 6)


@lru_cache(1024)
def _as_long(language: str, length: int, allowed: int) -> tuple[str, ...]:
    """Those that so few mistakes can make as long."""
    return tuple(known for known in _correctable(language) if abs(len(known) - length) <= allowed)


def command(text: str, language: str) -> str | None:
    """The command (one of ``COMMANDS``) that the whole message is, politeness and typing mistakes aside; else None."""
    said = phrase(text)
    if not said:
        return EMOJI.get(emoji(text)[:1])
    if said.count(" ") >= MAX_WORDS:
        return None
    return _meaning(said, language)


@lru_cache(2048)
def _meaning(said: str, language: str) -> str | None:
    table = _table(language)
    bare = without_politeness(said)
    if exact := table.get(said) or table.get(bare):
        return exact
    near = (table.get(_corrected(words, language)) for words in dict.fromkeys((bare or said, said)))
    return next(filter(None, near), None)


def _corrected(said: str, language: str) -> str:
    """The command that was mistyped, or nothing. The first letter is right even in haste."""
    if len(said) < _SHORTEST or said in _NAMES:
        return ""
    allowed = 1 if len(said) < _LONG else 2
    choices = _as_long(language, len(said), allowed)
    best = process.extract(said, choices, scorer=OSA.distance, score_cutoff=allowed, limit=3)
    hits = {_table(language)[known] for known, *_ in best if known[0] == said[0]}
    return next((known for known, *_ in best if known[0] == said[0]), "") if len(hits) == 1 else ""


@cache
def _polite() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The phrases by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for words in everywhere("polite", "words"):
        first, *rest = words.split()
        found.setdefault(first, []).append((first, *rest))
    return {first: tuple(sorted(rows, key=len, reverse=True)) for first, rows in found.items()}


def without_politeness(said: str) -> str:
    """A phrase without the words that change nothing: "please", "I would like", "por favor"."""
    polite, row, kept, at = _polite(), said.split(), list[str](), 0
    while at < len(row):
        length = next((len(words) for words in polite.get(row[at], ()) if words == (*row[at : at + len(words)],)), 0)
        if not length:
            kept.append(row[at])
        at += length or 1
    return " ".join(kept)
