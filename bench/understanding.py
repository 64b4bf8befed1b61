"""How well sentences are understood, and how fast: `python -m bench.understanding` measures on the corpus and
writes the tables of docs/understanding.md. ``--held-out``: also on what was set aside; ``--errors``: list misses."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flows.understanding import understand, warm
from opdesk.understand import KNOWN, shown

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "tests" / "understanding"
PAGE = ROOT / "docs" / "understanding.md"
NOW = datetime(2027, 3, 10, 10, tzinfo=ZoneInfo("Asia/Kolkata"))
FACTS = ("date_from", "date_to", "time_from", "time_to", "doctor", "for_whom", "ordinal")
LANGUAGES = ("en", "hi", "es", "ar", "pt", "fr")
Line = dict[str, Any]


@dataclass
class Score:
    """What was right of what was asked."""

    lines: int = 0
    intents: int = 0
    facts: int = 0
    facts_right: int = 0
    whole: int = 0
    by_intent: Counter[str] = field(default_factory=Counter)
    right_by_intent: Counter[str] = field(default_factory=Counter)
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)  # microseconds of the processor's time

    def add(self, line: Line, answer: Line, took: float) -> None:
        """Count one line. A fact is counted where it was said, and where one was found that was not."""
        self.lines += 1
        self.times.append(took)
        right = answer["intent"] == line["intent"]
        self.intents += right
        self.by_intent[line["intent"]] += 1
        self.right_by_intent[line["intent"]] += right
        if not right:
            self.confused[line["intent"], answer["intent"]] += 1
        misses = wrong_facts(line, answer)
        counted = [name for name in FACTS if line.get(name) is not None or answer[name] is not None]
        self.facts += len(counted)
        self.facts_right += len(counted) - len(misses)
        self.whole += right and not misses


def wrong_facts(line: Line, answer: Line) -> list[str]:
    """The names of the facts that differ; names of people are compared without regard to case."""
    return [name for name in FACTS if _plain(line.get(name)) != _plain(answer[name])]


def _plain(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def corpus(part: str, language: str) -> Iterator[Line]:
    """The lines of a part ("corpus" or "held_out") in one language."""
    for line in (CORPUS / part / f"{language}.jsonl").read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def measured(part: str, errors: bool = False) -> dict[str, Score]:
    """The score of each language. Each sentence is read once, its words never met before."""
    warm()
    found = {language: Score() for language in LANGUAGES}
    for language in LANGUAGES:
        for line in corpus(part, language):
            start = time.thread_time()
            understood = understand(line["text"], line["language"], NOW, KNOWN)
            took = (time.thread_time() - start) * 1e6
            answer = shown(understood)
            found[language].add(line, answer, took)
            if errors and (answer["intent"] != line["intent"] or wrong_facts(line, answer)):
                _show(line, answer, understood.confidence)
    return found


def _show(line: Line, answer: Line, confidence: float) -> None:
    wrong = {name: (line.get(name), answer[name]) for name in ("intent", *FACTS) if line.get(name) != answer[name]}
    print(f"{line['language']} {line['text']!r} {wrong} {confidence} {answer['because']}")


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def tables(scores: dict[str, Score]) -> str:
    """The measured figures as Markdown."""
    rows = [
        "| language | sentences | intent right | facts right | all right | median | 99th | slowest |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    rows += [_row(language, score) for language, score in (*scores.items(), ("**all**", _sum(scores)))]
    rows += ["", "| intent | " + " | ".join(scores) + " | all |", "|---|" + "--:|" * (len(scores) + 1)]
    total = _sum(scores)
    for intent in sorted(total.by_intent):
        cells = [_share(score, intent) for score in (*scores.values(), total)]
        rows.append(f"| {intent} | " + " | ".join(cells) + " |")
    rows += ["", "| said | understood as | times |", "|---|---|--:|"]
    rows += [f"| {said} | {heard} | {times} |" for (said, heard), times in total.confused.most_common(15)]
    return "\n".join(rows)


def _row(language: str, score: Score) -> str:
    times = [f"{quantile(score.times, share):.0f} µs" for share in (0.5, 0.99, 1)]
    shares = (
        percent(score.intents, score.lines),
        percent(score.facts_right, score.facts),
        percent(score.whole, score.lines),
    )
    return f"| {language} | {score.lines} | " + " | ".join((*shares, *times)) + " |"


def _share(score: Score, intent: str) -> str:
    return f"{score.right_by_intent[intent]}/{score.by_intent[intent]}" if score.by_intent[intent] else "-"


def _sum(scores: dict[str, Score]) -> Score:
    total = Score()
    for score in scores.values():
        for name in ("lines", "intents", "facts", "facts_right", "whole"):
            setattr(total, name, getattr(total, name) + getattr(score, name))
        total.by_intent += score.by_intent
        total.right_by_intent += score.right_by_intent
        total.confused += score.confused
        total.times += score.times
    return total


def write(part: str, text: str) -> None:
    """Put the tables between the page's marks for that part."""
    start, end = f"<!-- {part} -->", f"<!-- /{part} -->"
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{start}\n{text}\n{end}{after}", "utf-8")


def main(arguments: list[str]) -> None:
    for part in ("corpus", *(["held_out"] if "--held-out" in arguments else [])):
        text = tables(measured(part, "--errors" in arguments))
        print(text)
        if "--no-page" not in arguments:
            write(part, text)


if __name__ == "__main__":
    main(sys.argv[1:])
