"""Walking through a Flow JSON: its screens, its components with their places, its actions and what is bound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.errors import Json
from simulator.flow_components import INPUTS, KINDS
from simulator.flow_findings import Path


@dataclass(frozen=True)
class Found:
    """A component, where it stands, and the types of the components around it."""

    component: Json
    path: Path
    inside: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """Its type as written; empty where it has none."""
        return str(self.component.get("type", ""))


@dataclass(frozen=True)
class Screen:
    """A screen and where it stands."""

    body: Json
    path: Path

    @property
    def id(self) -> str:
        """Its name; empty where it has none."""
        return str(self.body.get("id", ""))

    @property
    def data(self) -> Json:
        """What the screen expects to be given, by name."""
        data = self.body.get("data")
        return data if isinstance(data, dict) else {}

    def components(self) -> list[Found]:
        """All of its components, from the top, also within forms and branches."""
        layout = self.body.get("layout")
        children = layout.get("children") if isinstance(layout, dict) else None
        return list(_all(children, (*self.path, "layout", "children"), ()))

    def inputs(self) -> list[Found]:
        """Those that take something in."""
        return [found for found in self.components() if found.type in INPUTS]

    def names(self) -> set[str]:
        """What ``${form.x}`` may name."""
        return {str(found.component.get("name")) for found in self.inputs()}


def screens(document: Json) -> list[Screen]:
    """The screens of a document, as far as they are objects."""
    listed = document.get("screens")
    listed = listed if isinstance(listed, list) else []
    return [Screen(body, ("screens", index)) for index, body in enumerate(listed) if isinstance(body, dict)]


def _all(children: Any, path: Path, inside: tuple[str, ...]) -> Iterator[Found]:
    for index, child in enumerate(children if isinstance(children, list) else ()):
        if not isinstance(child, dict):
            continue
        found = Found(child, (*path, index), inside)
        yield found
        deeper = (*inside, found.type)
        for name, branch in branches(child):
            yield from _all(branch, (*found.path, *name), deeper)


def branches(component: Json) -> Iterator[tuple[Path, Any]]:
    """The lists of components within a component: a form's children, the ways of an If, the cases of a Switch."""
    for name in ("children", "then", "else"):
        if name in component:
            yield (name,), component[name]
    cases = component.get("cases")
    for name, branch in cases.items() if isinstance(cases, dict) else ():
        yield ("cases", name), branch


def actions(found: Found) -> Iterator[tuple[Path, str, Json]]:
    """Its actions: where, under which property, and what; those of its static choices, too."""
    yield from _actions_in(found.component, found.path)
    for name in ("data-source", "list-items"):
        listed = found.component.get(name)
        for index, option in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(option, dict):
                yield from _actions_in(option, (*found.path, name, index))


def _actions_in(body: Json, path: Path) -> Iterator[tuple[Path, str, Json]]:
    for name, value in body.items():
        if KINDS.get(name) == "action" and isinstance(value, dict):
            yield (*path, name), name, value


def following(document: Json) -> dict[str, list[str]]:
    """Which screens may follow which: the routing model, or what the navigate actions say where there is none."""
    model = document.get("routing_model")
    if isinstance(model, dict):
        return {name: [str(each) for each in after] for name, after in model.items() if isinstance(after, list)}
    return {screen.id: navigated(screen) for screen in screens(document)}


def navigated(screen: Screen) -> list[str]:
    """Where its navigate actions lead."""
    found = [action for each in screen.components() for _, _, action in actions(each)]
    leading = [action.get("next") for action in found if action.get("name") == "navigate"]
    names = [str(after.get("name", "")) for after in leading if isinstance(after, dict)]
    return list(dict.fromkeys(names))


def entries(document: Json) -> set[str]:
    """The screens that a person may begin at: those to which no other leads."""
    ways = following(document)
    return {screen.id for screen in screens(document)} - {name for after in ways.values() for name in after}
