"""Odd documents and odd answers: the simulator refuses them, and never breaks."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from form_server import DAYS, DOCTORS, booking, every_part  # type: ignore[import-not-found]
from hypothesis import given, settings
from hypothesis import strategies as some

from simulator.flow import Flow
from simulator.flow_client import Opened
from simulator.flow_expression import Malformed, Scope, evaluate, resolve
from simulator.flow_rules import check
from simulator.people import Message, Person

FORMS = [json.loads(form.to_json()) for form in (booking(), every_part())]
ODD = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.text(max_size=8)
    | some.sampled_from(["${data.x}", "`", "If"]),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from places(each, (*path, key))


def with_other(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with something else in one place."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


@settings(max_examples=400, deadline=None)
@given(some.data())
def test_any_document_is_judged(data: some.DataObject) -> None:
    form = data.draw(some.sampled_from(FORMS))
    for _ in range(data.draw(some.integers(1, 2))):
        form = with_other(form, data.draw(some.sampled_from(list(places(form)))), data.draw(ODD))
    document, errors = check(json.dumps(form))
    assert isinstance(document, dict)
    for error in errors:
        assert error["line_start"] <= error["line_end"]
        assert error["error"].replace("_", "").isalpha()


@settings(max_examples=200, deadline=None)
@given(some.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    assert check(text)[1]


def test_the_forms_of_the_tests_are_right() -> None:
    assert [check(json.dumps(form))[1] for form in FORMS] == [[], []]


def opened() -> Opened:
    """A form with nothing shown yet."""
    document, _ = check(json.dumps(FORMS[0]))
    message = Message("m", "n", "p", "out", 0, {})
    untyped: Any = None
    return Opened("f", Flow("1", "2", "B", [], 0, document=document), message, Person("p", "P", "1"), untyped, "t")


GIVEN = {"DOCTOR": {"greeting": "Hi", "doctors": DOCTORS}, "DAY": DAYS, "CONFIRM": {"summary": "S", "fee": 1}}


@settings(max_examples=300, deadline=None)
@given(some.data())
def test_any_answer_is_shown_or_refused(data: some.DataObject) -> None:
    form, screen = opened(), data.draw(some.sampled_from(sorted(GIVEN)))
    answer = GIVEN[screen]
    answer = with_other(answer, data.draw(some.sampled_from(list(places(answer)))), data.draw(ODD))
    if form.show(screen, answer if isinstance(answer, dict) else {}):
        return
    for name in ("doctor", "day", "name", "agreed"):
        form.put(
            name, data.draw(some.text(max_size=5) | some.booleans() | some.lists(some.text(max_size=3), max_size=2))
        )
    form.check()
    assert form.shown()["screen"] == screen


SCOPE = Scope({"n": 5, "yes": True, "who": "Asha"}, {"city": "London"}, {"S": Scope({"x": {"y": "deep"}})})
EXPRESSIONS = {
    "${data.n} > 4 && !(${form.city} == 'Paris')": True,
    "${data.n} >= 5 || ${data.none}": True,
    "${data.yes} == true": True,
    "${form.city} != 'London'": False,
    "1 + ${data.n} * 2 - 4 / 8": 10.5,
    "${data.n} % 3": 2,
    "${data.n} / 0": 0,
    "-${data.n} + 7": 2,
    "(1 + 2) * 3": 9,
    "'Hello ' ${data.who} '!'": "Hello Asha!",
    "'It\\'s ' ${data.n}": "It's 5",
    "${screen.S.data.x.y}": "deep",
}


@pytest.mark.parametrize(("text", "value"), EXPRESSIONS.items())
def test_expressions(text: str, value: Any) -> None:
    assert evaluate(text, SCOPE) == value


@pytest.mark.parametrize("text", ["", "(", "1 +", "&& 1", "'open", "1 = 1", "foo", ")", "${data.n"])
def test_broken_expressions(text: str) -> None:
    with pytest.raises(Malformed):
        evaluate(text, SCOPE)


def test_bindings_in_everything() -> None:
    bound = {"a": ["${data.n}", "`${data.n} + 1`"], "b": "plain ${data.n}", "c": "${screen.NO.data.x}"}
    assert resolve(bound, SCOPE) == {"a": [5, 6], "b": "plain ${data.n}", "c": None}
