"""A form (a WhatsApp Flow) in the terminal: screen by screen, one field after the other, answered in text."""

import re
from collections.abc import Callable
from typing import Any

import httpx

Json = dict[str, Any]
SEVERAL = ("CheckboxGroup", "ChipsSelector")
CHOICES = (*SEVERAL, "RadioButtonsGroup", "Dropdown")
INPUTS = (*CHOICES, "TextInput", "TextArea", "DatePicker", "CalendarPicker", "OptIn")
YES, NO = ("y", "yes", "1", "true"), ("n", "no", "0", "false")
HELP = "(a form: answer each question; - leaves one as it is, /back and /close do what they say)"
HINTS = {"DatePicker": "YYYY-MM-DD", "CalendarPicker": "YYYY-MM-DD", "OptIn": "yes or no"}


class TerminalForm:
    """An open form. ``answer`` takes a line and gives the lines to print; ``over`` once it is left."""

    def __init__(self, http: httpx.AsyncClient, view: Json) -> None:
        self.http, self.view, self.asked = http, view, 0
        self.over = False

    @classmethod
    async def opened(cls, http: httpx.AsyncClient, user: str, message: str, number: str) -> "TerminalForm":
        """Tap the button of a message. Raises ``httpx.HTTPStatusError`` where there is none."""
        answer = await http.post(f"/phone/{user}/form", json={"message": message, "number": number})
        return cls(http, answer.raise_for_status().json())

    def begun(self) -> list[str]:
        """The first lines."""
        return [HELP, *self._arrived()] if self.view["state"] == "open" else self._ended()

    async def answer(self, line: str) -> list[str]:
        """Act on one line."""
        if line == "/close":
            return await self._do("close")
        if line == "/back":
            return await self._do("back")
        component = self._question()
        if component is None:
            return await self._chosen_action(line)
        if line == "-":
            self.asked += 1
            return self._prompt()
        value = READ.get(component["type"], _text)(component, line)
        if value is None:
            return [f"  ! {line} is none of the answers.", *self._prompt()]
        return await self._put(component, value)

    async def _put(self, component: Json, value: Any) -> list[str]:
        if value == component["value"]:
            self.asked += 1
            return self._prompt()
        screen = self.view["screen"]
        await self._post("put", name=component["name"], value=value)
        if self.view["state"] != "open":
            return self._ended()
        if self.view["screen"] != screen:
            return self._arrived()
        self.asked = next((at for at, each in enumerate(self._fields()) if each["name"] == component["name"]), -1) + 1
        return [*self._notice(), *self._prompt()]

    async def _chosen_action(self, line: str) -> list[str]:
        ways = self._ways()
        number = re.fullmatch(r"\[?(\d+)\]?", line)
        at = int(number.group(1)) - 1 if number else 0 if line.casefold() in ("", *YES) else -1
        if not 0 <= at < len(ways):
            return [f"  ! {line} is none of the answers.", *self._prompt()]
        screen = self.view["screen"]
        await self._post("act", key=ways[at]["key"])
        if self.view["state"] != "open":
            return self._ended()
        wrong = [f"  ! {each['label']}: {each['error']}" for each in self._fields() if each.get("error")]
        if self.view["screen"] != screen or not wrong:
            return self._arrived()
        self.asked = next(at for at, each in enumerate(self._fields()) if each.get("error"))
        return [*wrong, *self._prompt()]

    async def _do(self, action: str) -> list[str]:
        await self._post(action)
        return self._ended() if self.view["state"] != "open" else self._arrived()

    async def _post(self, action: str, **body: Any) -> None:
        answer = await self.http.post(f"/phone/forms/{self.view['id']}/{action}", json=body)
        self.view = answer.raise_for_status().json()

    # what is printed

    def _arrived(self) -> list[str]:
        """A screen from its top."""
        self.asked = 0
        words = [line for each in self.view["components"] for line in _words(each)]
        return [f"== {self.view['title']} ==", *words, *self._notice(), *self._prompt()]

    def _notice(self) -> list[str]:
        return [f"  ! {self.view['said']}"] if self.view["said"] else []

    def _ended(self) -> list[str]:
        self.over = True
        if self.view["state"] == "failed":
            return [f"! {self.view['said']}"]
        return ["(form sent)"] if self.view["state"] == "done" else ["(form closed)"]

    def _fields(self) -> list[Json]:
        return [each for each in self.view["components"] if each["type"] in INPUTS and each.get("enabled") is not False]

    def _question(self) -> Json | None:
        fields = self._fields()
        return fields[self.asked] if self.asked < len(fields) else None

    def _ways(self) -> list[Json]:
        """What can be tapped: the footer first."""
        ways = [each for each in self.view["components"] if each["type"] in ("Footer", "EmbeddedLink")]
        return sorted(
            (each for each in ways if each.get("enabled") is not False), key=lambda each: each["type"] != "Footer"
        )

    def _prompt(self) -> list[str]:
        component = self._question()
        if component is None:
            ways = [f"  [{at}] {each.get('label') or each.get('text')}" for at, each in enumerate(self._ways(), 1)]
            return ways or ["  (nothing to tap: /back or /close)"]
        return _asked(component)


def _words(component: Json) -> list[str]:
    text = component.get("text") if component["type"].startswith(("Text", "Rich")) else None
    lines = text if isinstance(text, list) else str(text).splitlines() if text else []
    return [str(line) for line in lines]


def _asked(component: Json) -> list[str]:
    hint = HINTS.get(component["type"], "numbers, with commas" if component["type"] in SEVERAL else "")
    now = next((each["title"] for each in _options(component) if each["id"] == component["value"]), component["value"])
    marks = [hint, "" if component.get("required") is True else "optional", _span(component)]
    marks += [f"now {now}"] if isinstance(now, str) and now else []
    around = ", ".join(filter(None, marks))
    lines = [f"  {component['label']}{f' ({around})' if around else ''}:"]
    for at, option in enumerate(_options(component), 1):
        details = " · ".join(filter(None, (option.get("description"), option.get("metadata"))))
        lines.append(f"  [{at}] {option['title']}{f' ({details})' if details else ''}")
    return lines


def _span(component: Json) -> str:
    first, last = component.get("min-date"), component.get("max-date")
    closed = component.get("unavailable-dates") or []
    return (f"{first} to {last}" if first and last else "") + (f" without {', '.join(closed)}" if closed else "")


def _options(component: Json) -> list[Json]:
    return [option for option in component.get("data-source", ()) if option.get("enabled") is not False]


def _text(_: Json, line: str) -> Any:
    return line


def _choice(component: Json, line: str) -> Any:
    offered = _options(component)
    if number := re.fullmatch(r"\[?(\d+)\]?", line):
        at = int(number.group(1)) - 1
        return offered[at]["id"] if 0 <= at < len(offered) else None
    return next((option["id"] for option in offered if option["title"].casefold() == line.casefold()), None)


def _several(component: Json, line: str) -> Any:
    chosen = [_choice(component, part.strip()) for part in line.split(",")]
    return None if None in chosen else chosen


def _yes_or_no(_: Json, line: str) -> Any:
    word = line.casefold()
    return True if word in YES else False if word in NO else None


READ: dict[str, Callable[[Json, str], Any]] = {
    "RadioButtonsGroup": _choice,
    "Dropdown": _choice,
    "CheckboxGroup": _several,
    "ChipsSelector": _several,
    "OptIn": _yes_or_no,
}
