"""Meta's limits for templates, and the sentence for each way of breaking them."""

import re

from clinic.finding import Finding, Severity

BODY, HEADER, FOOTER = 1024, 60, 60  # UTF-16 units
BUTTONS, LABEL, SHOWN_LABEL, SHOWN_BUTTONS = 10, 25, 20, 3
URL, PHONE, CODE = 2000, 20, 15
COUNTS = {"quick_reply": 10, "url": 2, "phone_number": 1, "copy_code": 1, "request_contact_info": 1}
EMOJI_MOST = 10
WORDS_PER_VARIABLE = 2
TTL = {"UTILITY": (30, 43_200), "MARKETING": (43_200, 2_592_000), "AUTHENTICATION": (30, 900)}  # seconds

NAME = re.compile(r"[a-z0-9_]{1,512}")
EMOJI = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf]")
UNPRINTED = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf*_~`\n]")  # in headers and on buttons
ADJACENT = re.compile(r"\}\}\s*\{\{")
RUN = re.compile(r"\n{3,}|\t| {5,}")
ADDRESS = re.compile(r"https?://[^\s/]+\S*")
NUMBER = re.compile(r"\+?[0-9]{5,19}")

_CODES = """
af sq ar ar_AE ar_EG ar_LB ar_MA ar_QA az be_BY bg bn bn_IN ca zh_CN zh_HK zh_TW hr cs da de de_AT de_CH el
en en_AE en_AU en_CA en_GB en_GH en_IE en_IN en_JM en_MY en_NZ en_QA en_SG en_UG en_US en_ZA
es es_AR es_CL es_CO es_CR es_DO es_EC es_ES es_HN es_MX es_PA es_PE es_UY et fa fi fil
fr fr_BE fr_CA fr_CH fr_CI fr_MA ga gu ha he hi hu id it ja ka kk kn ko ky_KG lo lt lv mk ml mr ms nb
nl nl_BE pa pl prs_AF ps_AF pt_BR pt_PT ro ru rw_RW si_LK sk sl sr sv sw ta te th tr uk ur uz vi zu
"""
LANGUAGES = frozenset(_CODES.split())

SAYS: dict[str, tuple[Severity, str]] = {
    "purpose": ("error", "There is no purpose “{purpose}”: choose one of the list."),
    "name_format": ("error", "A name has small letters a to z, digits and underscores, 512 at most."),
    "language": ("error", "WhatsApp has no templates in “{language}”: use one of its codes, such as en, hi or pt_BR."),
    "ttl_range": ("error", "The time to deliver lies between {least} and {most} seconds for this category."),
    "category_authentication": ("error", "One-time codes have a template of their own: choose utility."),
    "category_code": ("error", "A one-time code goes out as authentication: choose that category."),
    "code_fixed": ("error", "WhatsApp has words of its own for one-time codes, with a button to copy: leave them so."),
    "category_marketing": (
        "warning",
        "Marketing costs more and is not delivered to everybody: what tells of a visit is utility.",
    ),
    "category_risk": (
        "warning",
        "“{word}” sounds like advertising, and a mixed message counts as marketing: take it out.",
    ),
    "sensitive": (
        "error",
        "“{word}”: identity and card numbers, passwords and health have no place in a chat: ask in person.",
    ),
    "body_missing": ("error", "Write what the message says: it needs a body."),
    "too_long": ("error", "It has {count} characters and {most} fit: shorten it."),
    "filled_long": ("error", "Filled with ordinary names it is longer than {most} characters: shorten it."),
    "body_breaks": ("error", "Use one empty line at most, no tabs, and no more than four spaces in a row."),
    "emoji_many": ("error", "It has {count} emoji and {most} are allowed: take some out."),
    "variable_first": ("error", "A message cannot begin with a variable: put a word, such as a greeting, before it."),
    "variable_last": ("error", "A message cannot end with a variable: put words after it."),
    "variable_adjacent": ("error", "Two variables stand side by side: put a word between them."),
    "variable_ratio": ("error", "{count} variables are too many for so few words: write more, or keep to {most}."),
    "variable_malformed": ("error", "A variable is two braces, a name, two braces: {{{{date}}}}. Close each one."),
    "variable_mixed": ("error", "Use names or numbers for all variables, not both."),
    "variable_numbering": ("error", "Number the variables 1, 2, 3 and so on without gaps."),
    "placeholder_unknown": ("error", "There is no “{name}” for this purpose. Use one of: {known}."),
    "placeholder_missing": ("error", "The patient must learn “{name}”: put {{{{{name}}}}} into the text."),
    "example_missing": ("error", "“{name}” has no example, and the reviewers want one."),
    "header_markup": ("error", "A header has no emoji, no line breaks and none of * _ ~ `: take them out."),
    "header_variables": ("error", "A header has one variable at most."),
    "footer_variable": ("error", "A footer has no variables: write the words themselves."),
    "footer_breaks": ("error", "A footer is a single line."),
    "buttons_many": ("error", "There are {count} buttons and {most} are allowed."),
    "buttons_hidden": (
        "warning",
        "More than three buttons hide behind “See all options”, and desktops show none: keep to three.",
    ),
    "button_kind_many": ("error", "There are {count} buttons of the kind {kind} and {most} are allowed."),
    "buttons_order": ("error", "Quick replies stand together, before or after all other buttons."),
    "buttons_same": ("error", "Two buttons have the same words: give each its own."),
    "button_missing": ("error", "Write what stands on the button."),
    "button_long": ("error", "A button has {most} characters at most, this one {count}: shorten it."),
    "button_cut": ("warning", "Some phones show {most} characters of a button and cut the rest: this one has {count}."),
    "button_markup": ("error", "A button has no variables, emoji, line breaks and none of * _ ~ `: take them out."),
    "button_action": ("error", "A tap cannot do “{action}” for this purpose. Use one of: {known}."),
    "button_idle": ("warning", "A tap on it does nothing but send its words: choose what it does."),
    "action_missing": ("warning", "No button does “{action}”: the patient will have to write instead."),
    "url_format": ("error", "Write a full web address that begins with https://."),
    "url_long": ("error", "The address has {count} characters and {most} fit."),
    "url_variable": ("error", "A web address can have one variable, at its very end."),
    "phone_format": ("error", "Write the number in its international form, at most 20 characters: +912255500001."),
    "code_length": ("error", "A code to copy has 1 to {most} characters."),
}  # fmt: skip


def found(code: str, place: str, **facts: object) -> Finding:
    """A breach of one of the rules above."""
    severity, says = SAYS[code]
    return Finding(code, severity, place, says.format(**facts))
