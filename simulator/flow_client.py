"""A form that a person has open, the phone's part of a Flow: its screens, what is put in, what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any

from simulator import flow_values
from simulator.config import Number
from simulator.errors import Json
from simulator.flow import Flow, fitting
from simulator.flow_components import SEVERAL
from simulator.flow_expression import Scope, resolve
from simulator.flow_view import View, broken, look
from simulator.people import Message, Person

GENERIC = "Something went wrong. Try again later."
NOT_SERVED = "This form cannot be opened."
EXPIRED = "This form is no longer available."


@dataclass
class Page:
    """A screen on the pile, with what it was given, what was put in, and what the fields began with."""

    id: str
    data: Json
    form: Json = field(default_factory=dict)
    begun: Json = field(default_factory=dict)


@dataclass
class Opened:
    """``state`` is open, done, failed or closed; ``said`` is what the phone says about it, or a notice on a screen."""

    id: str
    flow: Flow
    message: Message
    person: Person
    number: Number
    token: str
    pages: list[Page] = field(default_factory=list)
    left: dict[str, Page] = field(default_factory=dict)  # screens that were gone back from
    state: str = "open"
    said: str = ""
    url: str = ""
    wrong: Json = field(default_factory=dict)  # field -> what is wrong with it
    sent: Json | None = None

    @property
    def page(self) -> Page:
        """What is on top."""
        return self.pages[-1]

    def scope(self) -> Scope:
        """What the expressions of the screen on top may name."""
        others = {page.id: Scope(page.data, page.form) for page in (*self.left.values(), *self.pages)}
        return Scope(self.page.data, self.page.form, others)

    def view(self) -> View:
        """The screen on top, resolved."""
        screen = self.flow.screen(self.page.id)
        assert screen is not None  # noqa: S101 (only known screens come on the pile)
        return look(screen, self.scope())

    # moving

    def show(self, name: str, data: Json) -> str:
        """Come to a screen with what it is given: forward, back or the same anew. What is wrong with it, or nothing."""
        screen = self.flow.screen(name)
        if screen is None:
            return f"There is no screen {name}."
        same = bool(self.pages) and self.page.id == name
        known = {key: value for key, value in data.items() if key in screen.data}
        known = {**self.page.data, **known} if same else known
        absent = sorted(screen.data.keys() - known.keys())
        if absent:
            return f"Screen {name} was not given: {', '.join(absent)}."
        odd = sorted(key for key, value in known.items() if not fitting(screen.data[key], value))
        if odd:
            return f"Screen {name} was given values of another type: {', '.join(odd)}."
        self._come_to(name, known)
        self._begin()
        return broken(self.view())

    def _come_to(self, name: str, data: Json) -> None:
        if any(page.id == name for page in self.pages):
            while self.page.id != name:
                self._leave()
            self.page.data = data
            return
        page = self.left.pop(name, None) or Page(name, data)
        page.data = data
        self.pages.append(page)

    def _leave(self) -> None:
        page = self.pages.pop()
        self.left[page.id] = page

    def back(self) -> None:
        """To the screen before."""
        self._leave()

    def _begin(self) -> None:
        """Fill the fields with what they begin with, where that is new; drop what is not offered any more."""
        for component in self.view().inputs():
            name = str(component["name"])
            first = flow_values.begun(component, component.get("init-value"))
            if name not in self.page.form or self.page.begun.get(name) != first:
                self.page.form[name] = self.page.begun[name] = first
            self.page.form[name] = flow_values.still_possible(component, self.page.form[name])

    # filling in

    def put(self, name: str, value: Any) -> Json | None:
        """Put something into a field; the action that follows from it."""
        component = self.view().named(name)
        if component is None or component.get("enabled", True) is False:
            return None
        before, self.page.form[name] = self.page.form.get(name), flow_values.begun(component, value)
        self.wrong.pop(name, None)
        return _chosen_action(component, before, self.page.form[name])

    def check(self) -> bool:
        """Whether everything that is shown is filled in as it must be."""
        self.wrong = {}
        for component in self.view().inputs():
            said = flow_values.wrong(component, component["value"])
            if said:
                self.wrong[str(component["name"])] = said
        return not self.wrong

    def payload(self, action: Json) -> Json:
        """What an action hands over."""
        payload = resolve(action.get("payload") or {}, self.scope())
        return payload if isinstance(payload, dict) else {}

    # ending

    def fail(self, said: str = GENERIC) -> None:
        """It cannot go on."""
        self.state, self.said = "failed", said

    def shown(self) -> Json:
        """What the page and the terminal draw."""
        around: Json = {"id": self.id, "message": self.message.id, "state": self.state, "said": self.said}
        if self.state != "open":
            return around
        view = self.view()
        ready = all(flow_values.is_filled(each["value"]) for each in view.inputs() if each.get("required") is True)
        return around | {
            "screen": self.page.id,
            "title": resolve(view.screen.body.get("title", ""), self.scope()),
            "can_go_back": len(self.pages) > 1,
            "ready": ready,
            "url": self.url,
            "components": [self._drawn(component) for component in view.components],
        }

    def _drawn(self, component: Json) -> Json:
        drawn = {name: value for name, value in component.items() if not name.endswith("-action")}
        drawn["acts"] = "on-click-action" in component
        error = self.wrong.get(str(component.get("name", "")))
        return drawn | ({"error": error} if error else {})


def _chosen_action(component: Json, before: Any, value: Any) -> Json | None:
    """The action of the choice that was made (its own, else the component's), or of the one that was taken back."""
    if component["type"] in SEVERAL:
        taken = [each for each in before or () if each not in value]
        made = [each for each in value if each not in (before or ())]
    else:
        taken, made = [before] if before and not value else [], [value] if value else []
    offered = {option.get("id"): option for option in flow_values.options(component)}
    for chosen, name in [(each, "on-select-action") for each in made] + [
        (each, "on-unselect-action") for each in taken
    ]:
        action = offered.get(chosen, {}).get(name) or component.get(name)
        if isinstance(action, dict):
            return action
    return None
