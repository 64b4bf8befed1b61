"""What Flow JSON computes: ``${data.x}``, ``${form.x}``, ``${screen.S.data.x}`` and expressions between backticks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

REFERENCE = re.compile(r"\$\{([^}]*)\}")
TOKEN = re.compile(
    r"\s*(?:(?P<reference>\$\{[^}]*\})|(?P<text>'(?:\\.|[^'\\])*')|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>true|false)\b|(?P<sign>==|!=|>=|<=|&&|\|\||[-+*/%!<>()]))"
)


class Malformed(ValueError):
    """An expression that nobody can read; the message says why."""


@dataclass
class Scope:
    """What a screen's expressions may name. ``screens`` has the data and form of the other screens, by id."""

    data: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    screens: dict[str, "Scope"] = field(default_factory=dict)

    def value(self, reference: str) -> Any:
        """What ``data.a.b``, ``form.x`` or ``screen.S.data.x`` stands for; None where nothing does."""
        first, *rest = reference.split(".")
        if first == "screen" and rest:
            other = self.screens.get(rest[0])
            return other.value(".".join(rest[1:])) if other else None
        found: Any = {"data": self.data, "form": self.form}.get(first)
        for name in rest:
            found = found.get(name) if isinstance(found, dict) else None
        return found


def resolve(value: Any, scope: Scope) -> Any:
    """A property as the person sees it: references and expressions replaced, in objects and lists, too."""
    if isinstance(value, dict):
        return {key: resolve(each, scope) for key, each in value.items()}
    if isinstance(value, list):
        return [resolve(each, scope) for each in value]
    return _resolve_text(value, scope) if isinstance(value, str) else value


def _resolve_text(text: str, scope: Scope) -> Any:
    whole = REFERENCE.fullmatch(text)
    if whole:
        return scope.value(whole.group(1))
    return evaluate(text[1:-1], scope) if is_expression(text) else text


def is_expression(text: str) -> bool:
    """Whether a property is an expression: it stands between backticks."""
    return len(text) > 1 and text[0] == text[-1] == "`"


def references(value: Any) -> Iterator[str]:
    """Everything that a property names."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, str):
        yield from REFERENCE.findall(value)


def evaluate(text: str, scope: Scope) -> Any:
    """The value of an expression (without its backticks); what stands side by side is joined to one text."""
    parts = _Reader(text, scope).parts()
    return parts[0] if len(parts) == 1 else "".join(map(shown, parts))


def shown(value: Any) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _divided(left: float, right: float) -> float:
    return left / right if right else 0.0


# from what binds least to what binds most
LEVELS: tuple[dict[str, Callable[[Any, Any], Any]], ...] = (
    {"||": lambda left, right: bool(left) or bool(right)},
    {"&&": lambda left, right: bool(left) and bool(right)},
    {"==": lambda left, right: left == right, "!=": lambda left, right: left != right},
    {
        ">": lambda left, right: _number(left) > _number(right),
        ">=": lambda left, right: _number(left) >= _number(right),
        "<": lambda left, right: _number(left) < _number(right),
        "<=": lambda left, right: _number(left) <= _number(right),
    },
    {
        "+": lambda left, right: _whole(_number(left) + _number(right)),
        "-": lambda left, right: _whole(_number(left) - _number(right)),
    },
    {
        "*": lambda left, right: _whole(_number(left) * _number(right)),
        "/": lambda left, right: _whole(_divided(_number(left), _number(right))),
        "%": lambda left, right: _whole(_number(left) % (_number(right) or 1)),
    },
)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value


class _Reader:
    """Reads and computes in one go, from left to right."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.tokens, self.scope, self.at = _tokens(text), scope, 0

    def parts(self) -> list[Any]:
        parts = [self.level(0)]
        while self.at < len(self.tokens):
            parts.append(self.level(0))
        return parts

    def level(self, depth: int) -> Any:
        if depth == len(LEVELS):
            return self.single()
        left = self.level(depth + 1)
        while (operator := LEVELS[depth].get(self.sign())) is not None:
            self.at += 1
            left = operator(left, self.level(depth + 1))
        return left

    def sign(self) -> str:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        return text if kind == "sign" else ""

    def single(self) -> Any:
        if self.at >= len(self.tokens):
            raise Malformed("Missing operand after last operator.")
        kind, text = self.tokens[self.at]
        self.at += 1
        return self.signed(text) if kind == "sign" else READ[kind](text, self.scope)

    def signed(self, sign: str) -> Any:
        if sign == "!":
            return not self.single()
        if sign == "-":
            return -_number(self.single())
        if sign != "(":
            raise Malformed(f"Wrong positioning of operator '{sign}'.")
        inner = self.level(0)
        if self.sign() != ")":
            raise Malformed("Missing closing parenthesis.")
        self.at += 1
        return inner


READ: dict[str, Callable[[str, Scope], Any]] = {
    "reference": lambda text, scope: scope.value(text[2:-1]),
    "text": lambda text, _: re.sub(r"\\(.)", r"\1", text[1:-1]),
    "number": lambda text, _: float(text) if "." in text else int(text),
    "word": lambda text, _: text == "true",
}


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise Malformed(f"Unexpected character '{text[at:].strip()[:1]}' found at column {at + 1}.")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        at = found.end()
    if not tokens:
        raise Malformed("Expected to contain at least one operand.")
    return tokens
