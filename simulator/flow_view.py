"""A screen as the phone shows it: bindings resolved, branches taken, what is invisible left out, limits watched."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator import flow_values
from simulator.errors import Json
from simulator.flow_components import FILLED, INPUTS, LONGEST, OPTION_LONGEST, OPTIONS, too_long
from simulator.flow_expression import Malformed, Scope, evaluate, resolve, shown
from simulator.flow_findings import written
from simulator.flow_walk import Screen, branches

KEPT_RAW = frozenset({"on-click-action", "on-select-action", "on-unselect-action", "children", "then", "else", "cases"})


@dataclass
class View:
    """One screen, resolved. ``components`` are in their order, each with a ``key`` that stays its own."""

    screen: Screen
    components: list[Json] = field(default_factory=list)

    def inputs(self) -> list[Json]:
        """Those that take something in."""
        return [component for component in self.components if component["type"] in INPUTS]

    def at(self, key: str) -> Json | None:
        """The component of that key."""
        return next((component for component in self.components if component["key"] == key), None)

    def named(self, name: str) -> Json | None:
        """The field of that name."""
        return next((component for component in self.inputs() if component.get("name") == name), None)


def look(screen: Screen, scope: Scope) -> View:
    """The screen with what it was given and what was put in."""
    layout = screen.body.get("layout") or {}
    children = layout.get("children") or []
    return View(screen, list(_shown(children, (*screen.path, "layout", "children"), scope, {})))


def _shown(children: Any, path: tuple[str | int, ...], scope: Scope, form: Json) -> Iterator[Json]:
    for index, component in enumerate(children):
        place = (*path, index)
        kind = component["type"]
        if kind == "Form":
            yield from _shown(component["children"], (*place, "children"), scope, component)
        elif kind in ("If", "Switch"):
            for name, branch in branches(component):
                if _taken(component, kind, name[-1], scope):
                    yield from _shown(branch, (*place, *name), scope, form)
        else:
            ready = _ready(component, scope, form)
            if ready.get("visible", True) is not False:
                yield {**ready, "key": written(place)}


def _taken(component: Json, kind: str, branch: str | int, scope: Scope) -> bool:
    if kind == "Switch":
        return shown(resolve(component.get("value"), scope)) == branch
    try:
        holds = bool(evaluate(str(component.get("condition", "")), scope))
    except Malformed:
        holds = False
    return branch == ("then" if holds else "else")


def _ready(component: Json, scope: Scope, form: Json) -> Json:
    ready = {name: value if name in KEPT_RAW else _resolved(value, scope) for name, value in component.items()}
    if component["type"] in INPUTS:
        _from_form(ready, "init-value", _resolved(form.get("init-values"), scope))
        _from_form(ready, "error-message", _resolved(form.get("error-messages"), scope))
        ready["value"] = scope.form.get(str(component["name"]), flow_values.empty(component["type"]))
    return ready


def _from_form(ready: Json, name: str, values: Any) -> None:
    if isinstance(values, dict) and ready["name"] in values:
        ready[name] = values[ready["name"]]


def _resolved(value: Any, scope: Scope) -> Any:
    try:
        return resolve(value, scope)
    except Malformed:
        return None


def broken(view: View) -> str:
    """The first limit of Meta's that what was given to a screen breaks; nothing, where all is well."""
    return next(filter(None, (_broken(component) for component in view.components)), "")


def _broken(component: Json) -> str:
    kind = str(component["type"])
    for name in (name for each, name in LONGEST if each == kind and name in component):
        text = component[name]
        longest = too_long(component, name, text) if isinstance(text, str) else None
        if longest is not None:
            return f"{kind} '{name}' has more than {longest} characters: {str(text)[:60]}"
    if kind in FILLED and not shown(component.get("text")).strip():
        return f"{kind} 'text' is empty."
    return _broken_choice(component, kind) if kind in OPTIONS else ""


def _broken_choice(component: Json, kind: str) -> str:
    offered = component.get("data-source")
    least, most = OPTIONS[kind]
    if not isinstance(offered, list) or not least <= len(offered) <= most:
        count = len(offered) if isinstance(offered, list) else "no list of"
        return f"{kind} '{component.get('name')}' has {count} options, {least} to {most} are allowed."
    if len({option.get("id") for option in flow_values.options(component)}) != len(offered):
        return f"{kind} '{component.get('name')}' has options with the same id."
    for option in flow_values.options(component):
        for name, longest in OPTION_LONGEST.items():
            if len(str(option.get(name, ""))) > longest:
                return f"{kind} '{component.get('name')}': an option's {name} has more than {longest} characters."
    return ""
