"""What the words of a message are evidence for: each known phrase once, the longest first, with what was negated."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from flows.understanding.spelling import meant, parted
from flows.understanding.table import Kinds, dangers, index
from flows.words.plain import WORD, plain

MAX_LENGTH, MAX_WORDS = 600, 80
_TOKEN = re.compile(rf"{WORD}|\d+|[,.;!?؟،؛।\n]")
# "dont" is written as often as "don't".
_CONTRACTED = {
    **{word: (word[:-1], "t") for word in (
        "dont", "cant", "wont", "isnt", "arent", "didnt", "doesnt", "couldnt", "wouldnt", "shouldnt", "hasnt", "havent"
    )},
    "im": ("i", "m"), "ive": ("i", "ve"), "id": ("i", "d"), "whats": ("what", "s"), "wheres": ("where", "s"),
    "whens": ("when", "s"), "its": ("it", "s"), "thats": ("that", "s"), "lets": ("let", "s"), "jai": ("j", "ai"),
    "jaimerais": ("j", "aimerais"), "cest": ("c", "est"), "jsuis": ("je", "suis"),
}  # fmt: skip
# What is written short, by language.
_SHORT: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {"u": ("you",), "r": ("are",), "ur": ("your",), "wanna": ("want", "to"), "hw": ("how",)},
    "es": {"q": ("que",), "k": ("que",), "x": ("por",), "xa": ("para",), "d": ("de",), "pa": ("para",)},
    "pt": {"q": ("que",), "vc": ("voce",), "vcs": ("voces",), "oq": ("o", "que"), "p": ("para",), "pq": ("porque",),
           "c": ("com",), "eh": ("e",), "to": ("estou",), "hrs": ("horas",)},
    "fr": {"pr": ("pour",), "ac": ("avec",), "g": ("j", "ai"), "jvoudrais": ("je", "voudrais"), "qd": ("quand",),
           "jdois": ("je", "dois"), "jpeux": ("je", "peux"), "qq": ("quelque",), "vs": ("vous",), "ds": ("dans",)},
}  # fmt: skip
STOPS = frozenset(",.;!?؟،؛।\n")
# The last words of a phrase with which another may begin: "cita para" and "para mi".
_LEADING = frozenset(["para", "pra", "pour", "for", "com", "con", "avec", "with"])
# What "not" may belong to.
_VERBS = frozenset(
    ["cancel", "move", "book", "come", "stop", "human", "message", "see", "subscribe", "confirmed", "yes"]
)
_WISHES = frozenset(["want", "need"])
_REACH, _BACK, _WISHED = 5, 3, 4  # words


class Hit(NamedTuple):
    """A phrase that was said: its kinds, and the words [at, end)."""

    kinds: Kinds
    at: int
    end: int
    said: str


class Heard(NamedTuple):
    """A message as words, corrected, and the phrases among them."""

    typed: tuple[str, ...]
    words: tuple[str, ...]
    hits: tuple[Hit, ...]
    kinds: frozenset[str]


def tokens(text: str) -> list[str]:
    """The words, numbers and stops of a text. Long messages are cut."""
    return _TOKEN.findall(plain(text[:MAX_LENGTH]))


def hear(tokens: Iterable[str], language: str, names: frozenset[str] = frozenset()) -> Heard:
    """The evidence in a message, read in ``language``; ``names`` are never corrected."""
    typed: list[str] = []
    short = _SHORT.get(language, {})
    for token in tokens:
        known = short.get(token) or _CONTRACTED.get(token)
        typed.extend(known or ((token,) if token in STOPS else parted(token, language)))
    typed = typed[:MAX_WORDS]
    words = [word if word in names else meant(word, language) for word in typed]
    hits = _hits(words, typed, language)
    return Heard(tuple(typed), tuple(words), tuple(hits), _kinds(hits, words) | _danger(hits, words))


def _danger(hits: list[Hit], words: list[str]) -> Kinds:
    """An emergency is heard also inside of other phrases, unless they say that it is none."""
    for at, word in enumerate(words):
        for phrase in dangers().get(word, ()):
            end = at + len(phrase)
            if tuple(words[at:end]) == phrase and not any(
                hit.at <= at and end <= hit.end and "harmless" in hit.kinds for hit in hits
            ):
                return frozenset(["emergency"])
    return frozenset()


def _hits(words: list[str], typed: list[str], language: str) -> list[Hit]:
    found, known, at = [], index(language), 0
    while at < len(words):
        for phrase, kinds in known.get(words[at], ()):
            end = at + len(phrase)
            if tuple(words[at:end]) == phrase:
                found.append(Hit(kinds, at, end, " ".join(typed[at:end])))
                at = end - (len(phrase) > 1 and phrase[-1] in _LEADING)
                break
        else:
            at += 1
    return found


def _kinds(hits: list[Hit], words: list[str]) -> frozenset[str]:
    """All kinds said; "not_cancel" instead of "cancel" where it was negated each time."""
    negated = {hit for said in hits if said.kinds & {"not", "not_after"} for hit in _belongs_to(said, hits, words)}
    found: set[str] = {"my_visit"} if _own_visit(hits) else set()
    for hit in hits:
        if hit in negated:
            found.update(f"not_{kind}" if kind in _VERBS | _WISHES else kind for kind in hit.kinds)
        else:
            found.update(hit.kinds)
    return frozenset(found)


def _own_visit(hits: list[Hit]) -> bool:
    """ "My appointment", rather than "an appointment for my wife"."""
    if any({"my", "visit"} <= hit.kinds for hit in hits):
        return True
    mine = [hit for hit in hits if "my" in hit.kinds]
    visits = [hit for hit in hits if "visit" in hit.kinds]
    return any(0 <= visit.at - own.end <= 1 or own.at == visit.end for own in mine for visit in visits)


def _belongs_to(negation: Hit, hits: list[Hit], words: list[str]) -> list[Hit]:
    """What a "not" negates: in some languages what stands before it, else the nearest verb behind it."""
    if "not_after" in negation.kinds:
        before = [hit for hit in hits if hit.end <= negation.at and negation.at - hit.end < _BACK]
        verbs = [hit for hit in before if _may(hit, _VERBS) and _joined(hit.end, negation.at, words)]
        if verbs:
            return verbs[-1:]
    behind = [
        hit for hit in hits if negation.end <= hit.at < negation.end + _REACH and _joined(negation.end, hit.at, words)
    ]
    verb = next((hit for hit in behind if _may(hit, _VERBS)), None)
    wish = next((hit for hit in behind if _may(hit, _WISHES)), None)
    if verb and wish and verb.at >= wish.end + _WISHED:
        verb = None
    meant = verb or wish
    return [
        hit
        for hit in behind
        if meant and (hit is meant or (hit.kinds & meant.kinds & _VERBS and hit.at <= meant.end + 1))
    ]


def _may(hit: Hit, kinds: frozenset[str]) -> bool:
    return not hit.kinds.isdisjoint(kinds)


def _joined(start: int, end: int, words: list[str]) -> bool:
    return STOPS.isdisjoint(words[start:end])
