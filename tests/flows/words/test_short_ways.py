"""What is left out when a sentence is read changes nothing of what is read."""

from collections.abc import Iterable
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from flows.understanding.table import Rule, rules, rules_for
from flows.words.command import without_politeness
from flows.words.grammar import MOVING_RULES, NEEDED, RULES
from flows.words.lexicon import GRAMMAR, SECTIONS
from flows.words.table import everywhere

MADE = "YKASx"  # kinds that the rules add
READ = "ncdzq,-x"  # kinds that are no words of a list
KINDS = sorted({*GRAMMAR.values(), *filter(None, SECTIONS.values()), *MADE, *READ} - {""})
SAID = sorted({kind for rule in rules() for kind in rule.needs | rule.without})


@given(st.text(sorted(set(KINDS) - NEEDED - set(MADE)), max_size=12))
def test_no_rule_fits_where_none_of_the_needed_kinds_was_said(kinds: str) -> None:
    assert not [rule for rule in (*RULES, *MOVING_RULES) if rule.pattern.search(kinds)]


def test_nor_in_any_row_of_three() -> None:
    rows = ("".join(row) for row in product(sorted(set(KINDS) - NEEDED - set(MADE)), repeat=3))
    fitting = [rule.pattern.search for rule in (*RULES, *MOVING_RULES)]
    assert not [row for row in rows for fits in fitting if fits(row)]


def test_every_rule_needs_something() -> None:
    assert all(rule.needs for rule in rules())


@given(st.frozensets(st.sampled_from(SAID), max_size=12))
def test_the_rules_that_hold_are_among_those_that_may(said: frozenset[str]) -> None:
    def holding(some: Iterable[Rule]) -> list[Rule]:
        return [each for each in some if each.needs <= said and each.without.isdisjoint(said)]

    assert holding(rules_for(said)) == holding(rules())


@given(st.lists(st.sampled_from(["doctor", "sharma", *sorted(everywhere("polite", "words"))]), max_size=6))
def test_of_two_polite_phrases_the_longer_is_taken_away(said: list[str]) -> None:
    polite, row, kept = everywhere("polite", "words"), " ".join(said).split(), list[str]()
    while row:
        most = next((n for n in range(len(row), 0, -1) if " ".join(row[:n]) in polite), 0)
        kept += [] if most else row[:1]
        row = row[most or 1 :]
    assert without_politeness(" ".join(said)) == " ".join(kept)
