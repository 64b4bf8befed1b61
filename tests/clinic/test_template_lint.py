"""Each of Meta's rules for templates, broken once; and that our own words break none."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.finding import Finding, refused
from clinic.purpose import LANGUAGES, PURPOSES, code_of
from clinic.template import TemplateButton, Words, ours
from clinic.template_lint import lint
from clinic.template_rules import SAYS

GOOD = "Hello {{patient}}, you are booked with {{doctor}} on {{date}} at {{time}}. See you then."


def quick(text: str, action: str = "come") -> TemplateButton:
    return TemplateButton(text=text, action=action)


def link(value: str, text: str = "Map") -> TemplateButton:
    return TemplateButton(kind="url", text=text, value=value)


def check(purpose: str = "confirmation", name: str = "x", language: str = "en", **words: Any) -> list[Finding]:
    return lint(Words(**{"body": GOOD, **words}), purpose, name, language)


TEN = [quick(f"Button {number}") for number in range(11)]

# (code, where, how it is broken); every code of the table is here at least once.
ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("purpose", "purpose", {"purpose": "party"}),
    ("name_format", "name", {"name": "Visit Reminder"}),
    ("name_format", "name", {"name": "x" * 513}),
    ("name_format", "name", {"name": ""}),
    ("language", "language", {"language": "pt"}),
    ("ttl_range", "ttl_seconds", {"ttl_seconds": 29}),
    ("ttl_range", "ttl_seconds", {"ttl_seconds": 43_201}),
    ("ttl_range", "ttl_seconds", {"ttl_seconds": 3600, "category": "MARKETING"}),
    ("category_authentication", "category", {"category": "AUTHENTICATION"}),
    ("category_code", "category", {"purpose": "one_time_code", "body": "{{code}} is your verification code."}),
    ("code_fixed", "body", {"purpose": "one_time_code", "category": "AUTHENTICATION", "body": "Your code: {{code}}."}),
    ("category_marketing", "category", {"category": "MARKETING"}),
    ("category_risk", "body", {"body": GOOD + " Enjoy our special offer today."}),
    ("category_risk", "footer", {"footer": "20% off this week"}),
    ("category_risk", "body", {"language": "fr", "body": GOOD + " Profitez de nos soldes."}),
    ("sensitive", "body", {"body": GOOD + " Please send your passport number."}),
    ("sensitive", "body", {"language": "hi", "body": GOOD + " कृपया आधार नंबर भेजें।"}),
    ("sensitive", "header", {"language": "ar", "header": "أرسل رقم الهوية"}),
    ("body_missing", "body", {"body": " \n "}),
    ("too_long", "body", {"body": GOOD + "x" * 1024}),
    ("too_long", "body", {"body": GOOD + "\U0001f600" * 500}),
    ("too_long", "header", {"header": "x" * 61}),
    ("too_long", "footer", {"footer": "x" * 61}),
    ("filled_long", "body", {"body": GOOD + "x" * (1024 - len(GOOD))}),
    ("filled_long", "header", {"header": "{{clinic}} " + "x" * 49}),
    ("body_breaks", "body", {"body": GOOD + "\n\n\nBye"}),
    ("body_breaks", "body", {"body": GOOD + "\tBye"}),
    ("body_breaks", "body", {"body": GOOD + "     Bye"}),
    ("emoji_many", "body", {"body": GOOD + "\U0001f600" * 11}),
    ("variable_first", "body", {"body": "{{patient}}, " + GOOD}),
    ("variable_last", "body", {"body": GOOD + " It is {{reference}}"}),
    ("variable_last", "body", {"body": GOOD + " It is {{reference}}."}),
    ("variable_adjacent", "body", {"body": GOOD + " At {{clinic}} {{address}} we wait for you."}),
    ("variable_adjacent", "body", {"body": GOOD + " At {{clinic}}{{address}} we wait for you."}),
    ("variable_ratio", "body", {"body": "Hi {{doctor}} on {{date}} at {{time}} bye"}),
    ("variable_malformed", "body", {"body": GOOD + " It is {{reference} for you."}),
    ("variable_malformed", "header", {"header": "{{clinic"}),
    ("variable_mixed", "body", {"body": GOOD + " It is {{1}} for you."}),
    ("variable_numbering", "body", {"body": "You see {{1}} and {{3}} then, all right?", "parameters": ["date"] * 3}),
    ("variable_numbering", "body", {"body": "Well, you see {{0}} then, all right?", "parameters": ["date"]}),
    ("placeholder_unknown", "body", {"body": GOOD + " It is {{shoe_size}} for you."}),
    ("placeholder_unknown", "body", {"body": "Well, you see {{1}} and {{2}} then, all right?", "parameters": ["date"]}),
    ("placeholder_unknown", "body", {"body": GOOD + " Until {{until}} it is yours."}),
    ("placeholder_unknown", "buttons.0", {"buttons": [link("https://x.test/{{shoe_size}}")]}),
    ("placeholder_missing", "body", {"body": "Hello {{patient}}, you see {{doctor}} at {{time}}. Until then."}),
    ("header_markup", "header", {"header": "*Your visit*"}),
    ("header_markup", "header", {"header": "Your visit \U0001f600"}),
    ("header_markup", "header", {"header": "Your\nvisit"}),
    ("header_variables", "header", {"header": "{{clinic}} with {{doctor}}"}),
    ("footer_variable", "footer", {"footer": "Yours, {{practice}}"}),
    ("footer_breaks", "footer", {"footer": "Yours,\nus"}),
    ("buttons_many", "buttons", {"purpose": "reminder", "buttons": TEN}),
    ("buttons_hidden", "buttons", {"purpose": "reminder", "buttons": TEN[:4]}),
    ("button_kind_many", "buttons", {"buttons": [link("https://x.test", str(number)) for number in range(3)]}),
    ("buttons_order", "buttons", {"purpose": "reminder", "buttons": [TEN[0], link("https://x.test"), TEN[1]]}),
    ("buttons_order", "buttons", {"buttons": [link("https://x.test", "a"), TEN[0], link("https://x.test", "b")]}),
    ("buttons_same", "buttons", {"purpose": "reminder", "buttons": [quick("Yes"), quick("Yes ", "move")]}),
    ("button_missing", "buttons.0", {"purpose": "reminder", "buttons": [quick(" ")]}),
    ("button_long", "buttons.0", {"purpose": "reminder", "buttons": [quick("x" * 26)]}),
    ("button_cut", "buttons.0", {"purpose": "reminder", "buttons": [quick("x" * 21)]}),
    ("button_markup", "buttons.0", {"purpose": "reminder", "buttons": [quick("Yes \U0001f600")]}),
    ("button_markup", "buttons.0", {"purpose": "reminder", "buttons": [quick("Yes {{date}}")]}),
    ("button_action", "buttons.0", {"purpose": "reminder", "buttons": [quick("Pay", "pay")]}),
    ("button_idle", "buttons.0", {"purpose": "reminder", "buttons": [quick("Hello", "")]}),
    ("action_missing", "buttons", {"purpose": "reminder", "buttons": [quick("Yes")]}),
    ("url_format", "buttons.0", {"buttons": [link("x.test")]}),
    ("url_format", "buttons.0", {"buttons": [link("https://{{clinic}}")]}),
    ("url_long", "buttons.0", {"buttons": [link("https://x.test/" + "x" * 2000)]}),
    ("url_variable", "buttons.0", {"buttons": [link("https://x.test/{{date}}/map")]}),
    ("url_variable", "buttons.0", {"buttons": [link("https://x.test/{{date}}/{{time}}")]}),
    ("phone_format", "buttons.0", {"buttons": [TemplateButton(kind="phone_number", text="Call", value="call us")]}),
    ("code_length", "buttons.0", {"buttons": [TemplateButton(kind="copy_code", text="", value="x" * 16)]}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "place", "broken"), ROWS, ids=[f"{row[0]}-{at}" for at, row in enumerate(ROWS)])
def test_a_broken_rule_is_named_with_its_place(code: str, place: str, broken: dict[str, Any]) -> None:
    assert (code, place) in {(each.code, each.place) for each in check(**broken)}


def test_every_rule_has_a_row() -> None:
    assert SAYS.keys() - {"example_missing"} == {code for code, _, _ in ROWS}


def test_every_variable_needs_an_example() -> None:
    found = lint(
        Words(body=GOOD), "confirmation", "x", "en", {"patient": "Meera", "doctor": "Dr Rao", "date": "Monday"}
    )
    assert [(each.code, each.place) for each in found] == [("example_missing", "body")]


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"body": "Hello {{1}}, you are with {{2}} on {{3}} at {{4}}, as agreed.",
         "parameters": ["patient", "doctor", "date", "time"]},
        {"header": "{{clinic}}", "footer": "Asha Clinics"},
        {"body": GOOD + "\n\nWe are glad to see you, as always. \U0001f600"},
        {"buttons": [link("https://x.test/visits/{{reference}}")]},
        {"buttons": [TemplateButton(kind="phone_number", text="Call us", value="+912255500001")]},
        {"language": "fr", "body": GOOD + " Nous vous attendons au centre de diagnostic."},
        {"body": GOOD + " It is urgent for nobody; the general practice is on the ground floor."},
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(words: dict[str, Any]) -> None:
    assert check(**words) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_our_own_words_break_no_rule(purpose: str, language: str) -> None:
    assert lint(ours(purpose, language), purpose, PURPOSES[purpose].template, code_of(language)) == []


def test_errors_come_first_and_each_says_what_to_do() -> None:
    found = check(body="{{patient}}", category="MARKETING", buttons=TEN[:4])
    assert refused(found)
    assert [each.severity for each in found] == sorted((each.severity for each in found), key=lambda s: s != "error")
    assert all(each.says and "{" not in each.says.replace("{{", "") for each in found)


pieces = st.sampled_from(
    ["{{", "}}", "{{patient}}", "{{1}}", "{{9}}", "\n\n\n", "\U0001f600", " ", "a", "{", "\ud83d", "0"]
)
texts = st.lists(pieces | st.text(max_size=5), max_size=30).map("".join)
buttons = st.builds(
    TemplateButton,
    kind=st.sampled_from(["quick_reply", "url", "phone_number", "copy_code", "request_contact_info"]),
    text=texts, action=texts, value=texts | texts.map(lambda text: f"https://x.test/{text}"),
)  # fmt: skip
words = st.builds(
    Words, body=texts, header=texts, footer=texts, buttons=st.lists(buttons, max_size=12),
    parameters=st.lists(texts, max_size=3), category=st.sampled_from(["UTILITY", "MARKETING", "AUTHENTICATION"]),
    ttl_seconds=st.none() | st.integers(),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(words, st.sampled_from(sorted(PURPOSES)) | texts, texts, st.sampled_from([*LANGUAGES, "pt_BR"]) | texts)
def test_nothing_that_is_written_makes_it_fall(words: Words, purpose: str, name: str, language: str) -> None:
    for each in lint(words, purpose, name, language):
        assert each.severity in ("error", "warning")
        assert SAYS[each.code][0] == each.severity
