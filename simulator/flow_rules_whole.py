"""What Meta finds wrong with a Flow JSON as a whole: names, terminal screens, routes, footers, and what is bound."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from simulator.errors import Json
from simulator.flow_components import BRANCHES, COMPONENTS, PER_SCREEN, SCREENS, kind_of
from simulator.flow_expression import REFERENCE, references
from simulator.flow_findings import Findings, Path
from simulator.flow_walk import Found, Screen, actions, branches, following, navigated, screens

WANTED = {"array": "array", "boolean": "boolean", "text": "string", "range": "string"}


def check(findings: Findings, document: Json) -> None:
    """All rules that look beyond one component. Each component has passed its own."""
    all_screens = screens(document)
    _check_names(findings, all_screens)
    _check_terminal(findings, all_screens)
    has_endpoint = "data_api_version" in document
    for screen in all_screens:
        _check_counts(findings, screen)
        _check_footers(findings, screen)
        _check_inputs(findings, screen)
        _check_bindings(findings, screen, {each.id: each for each in all_screens})
        _check_actions(findings, screen, {each.id: each for each in all_screens}, has_endpoint)
    _check_routes(findings, document, all_screens)


def _check_names(findings: Findings, all_screens: list[Screen]) -> None:
    for screen in all_screens:
        if screen.id.casefold() == "success":
            said = "Screen id cannot be 'success' since it is a reserved keyword."
            findings.add("SCREEN_ID_IS_RESERVED_KEYWORD", said, (*screen.path, "id"))
    for name, count in Counter(screen.id for screen in all_screens).items():
        if count > 1:
            findings.add("DUPLICATE_SCREEN_IDS", f"Duplicate screen id found: {name}.", ("screens",))
    if len(all_screens) > SCREENS:
        said = f"Maximum number of screens allowed per Flow is {SCREENS} but found {len(all_screens)}."
        findings.add("MAX_SCREENS_NUMBER", said, ("screens",))


def _check_terminal(findings: Findings, all_screens: list[Screen]) -> None:
    terminal = [screen for screen in all_screens if screen.body.get("terminal")]
    if not terminal:
        findings.add("MISSING_TERMINAL_SCREEN", "Terminal screen is required but not provided.", ("screens",))
    elif not any(screen.body.get("success", True) for screen in terminal):
        said = "At least one terminal screen must have property 'success' set as true."
        findings.add("INVALID_PROPERTY_VALUE", said, ("screens",))
    for screen in terminal:
        if not any(found.type == "Footer" for found in screen.components()):
            said = f"Footer component is missing on terminal screens: {screen.id}."
            findings.add("MISSING_FOOTER_ON_TERMINAL_SCREEN", said, screen.path)


def _check_counts(findings: Findings, screen: Screen) -> None:
    found = screen.components()
    if len(found) > COMPONENTS:
        said = f"Maximum number of components allowed per screen is {COMPONENTS} but found {len(found)}."
        findings.add("MAX_ALLOWED_COMPONENTS_PER_SCREEN", said, screen.path)
    counted = Counter(each.type for each in found if not set(each.inside) & {"If", "Switch"})
    for name, (code, most) in PER_SCREEN.items():
        if counted[name] > most:
            said = f"Maximum number of {name} allowed per screen is {most} but found {counted[name]}."
            findings.add(code, said, screen.path)


def _check_footers(findings: Findings, screen: Screen) -> None:
    """A footer in one branch is in all of them, and then in none of the places around."""
    for found in screen.components():
        ways = [_has_footer(branch) for _, branch in branches(found.component)]
        if found.type == "If" and any(ways) and not (len(ways) == 2 and all(ways)):
            said = "Missing Footer inside one of the 'If' component branches."
            findings.add("MISSING_FOOTER_IN_IF_ELSE_BRANCHES", said, found.path)
        if found.type == "Switch" and any(ways) and not all(ways):
            said = "Footer component must be present in all switch cases if it exists in one of the cases."
            findings.add("MISSING_FOOTER_IN_SWITCH_BRANCHES", said, found.path)
    outside = [found for found in screen.components() if found.type == "Footer" and not _branched(found)]
    inside = [found for found in screen.components() if found.type == "Footer" and _branched(found)]
    if outside and inside:
        said = "Maximum number of Footer component allowed per screen is 1."
        findings.add("MORE_THAN_ONE_FOOTER", said, outside[0].path)


def _branched(found: Found) -> bool:
    return bool({"If", "Switch"} & set(found.inside))


def _has_footer(branch: Any) -> bool:
    return any(isinstance(each, dict) and each.get("type") == "Footer" for each in branch or ())


def _check_inputs(findings: Findings, screen: Screen) -> None:
    for name, count in Counter(str(found.component["name"]) for found in screen.inputs()).items():
        if count > 1:
            said = f"Duplicate name found for Form components: {name}."
            findings.add("DUPLICATE_FORM_COMPONENT_NAMES", said, screen.path)
    if any(found.type == "Form" for found in screen.components()):
        for found in screen.inputs():
            if "Form" not in found.inside:
                said = f"Component '{found.type}' is not allowed outside Form when Form component is present."
                findings.add("COMPONENTS_OUTSIDE_FORM", said, found.path)
    for found in screen.inputs():
        least, most = found.component.get("min-selected-items"), found.component.get("max-selected-items")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            said = f"min-selected-items cannot be greater than max-selected-items for {found.type}."
            findings.add("MIN_VALUE_GREATER_THAN_MAX", said, found.path)


def _check_bindings(findings: Findings, screen: Screen, by_id: dict[str, Screen]) -> None:
    for found, path, name, value in _properties(screen):
        in_action = any(str(part).endswith("-action") for part in path)
        for reference in references(value):
            said = _missing(reference, screen, by_id)
            if said:
                code = "INVALID_ON_CLICK_ACTION_PAYLOAD" if in_action else "INVALID_SCREEN_DYNAMIC_DATA"
                findings.add(code, said, path)
        _check_bound_type(findings, found, name, value, screen, path)


def _properties(screen: Screen) -> Iterator[tuple[Found, Path, str, Any]]:
    """Every property of every component but the components within."""
    for found in screen.components():
        for name, value in found.component.items():
            if name not in ("children", "then", "else", "cases"):
                yield found, (*found.path, name), name, value


def _missing(reference: str, screen: Screen, by_id: dict[str, Screen]) -> str:
    """What is wrong with the name of a value; nothing, where it is known."""
    first, *rest = reference.split(".")
    expression = f"${{{reference}}}"
    if first == "screen" and len(rest) > 2:
        if rest[0] == screen.id:
            return f"Global dynamic data '{expression}' is invalid since '{screen.id}' represents current screen."
        if rest[0] not in by_id:
            return f"Global dynamic data '{expression}' is invalid since '{rest[0]}' is missing in the Flow JSON."
        return _missing(".".join(rest[1:]), by_id[rest[0]], {})
    if first == "data" and rest:
        known = rest[0] in screen.data
        return "" if known else f"Missing dynamic data '{expression}' in the data model for screen {screen.id}."
    if first == "form" and rest:
        known = rest[0] in screen.names()
        return "" if known else f"Missing Form component {expression} for screen '{screen.id}'."
    return f"Missing dynamic data '{expression}' in the screen data model."


def _check_bound_type(findings: Findings, found: Found, name: str, value: Any, screen: Screen, path: Path) -> None:
    whole = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    parts = whole.group(1).split(".") if whole else []
    schema = screen.data.get(parts[1]) if len(parts) == 2 and parts[0] == "data" else None
    wanted = WANTED.get(kind_of(found.type, name))
    if schema is None or wanted is None:
        return
    if schema["type"] != wanted and not (wanted == "string" and schema["type"] in ("object", "number")):
        said = f"Expected '{whole.group(0) if whole else value}' to be of type '{wanted}'."
        findings.add("INVALID_SCREEN_DYNAMIC_DATA", said, path)
    if name == "data-source" and schema["type"] == "array":
        items = schema["items"].get("properties") if isinstance(schema["items"], dict) else None
        for needed in sorted({"id", "title"}.difference(items if isinstance(items, dict) else ())):
            said = f"Data model schema is invalid for '{value}'. Missing schema for {needed}."
            findings.add("INVALID_SCREEN_DYNAMIC_DATA", said, path)


def _check_actions(findings: Findings, screen: Screen, by_id: dict[str, Screen], has_endpoint: bool) -> None:
    if screen.body.get("refresh_on_back") and not has_endpoint:
        said = "Property 'refresh_on_back' can be true only when property 'data_api_version' is set."
        findings.add("INVALID_PROPERTY_VALUE", said, (*screen.path, "refresh_on_back"))
    for found in screen.components():
        for path, _, action in actions(found):
            if action["name"] == "data_exchange" and not has_endpoint:
                said = "The property 'data_api_version' is required for data_exchange action."
                findings.add("MISSING_REQUIRED_PROPERTY", said, path)
            if action["name"] == "complete" and not screen.body.get("terminal"):
                said = "On-click-action 'complete' can only be configured on a terminal screen."
                findings.add("INVALID_COMPLETE_ACTION", said, path)
            if action["name"] == "navigate":
                _check_navigate(findings, screen, action, by_id, path)


def _check_navigate(findings: Findings, screen: Screen, action: Json, by_id: dict[str, Screen], path: Path) -> None:
    name = action["next"]["name"]
    if name == screen.id:
        said = f"Same screen navigation is not allowed. Loop detected at [{name}]."
        findings.add("INVALID_NAVIGATE_ACTION_NEXT_SCREEN_NAME", said, path)
    elif name not in by_id:
        findings.add("INVALID_NAVIGATE_ACTION_NEXT_SCREEN_NAME", f"Unknown screen ids found: [{name}].", path)
    else:
        _check_handed_over(findings, action.get("payload", {}), by_id[name], path)


def _check_handed_over(findings: Findings, payload: Json, target: Screen, path: Path) -> None:
    if payload and "data" not in target.body:
        said = f"No data model is defined in the next screen '{target.id}'."
        findings.add("INVALID_NAVIGATE_ACTION_PAYLOAD", said, path)
        return
    extra, absent = sorted(payload.keys() - target.data.keys()), sorted(target.data.keys() - payload.keys())
    if extra:
        said = f"Following fields are missing in the next screen's data model: [{', '.join(extra)}]."
        findings.add("INVALID_NAVIGATE_ACTION_PAYLOAD", said, path)
    if absent:
        fields = ", ".join(absent)
        said = f"Following fields are expected in the next screen's data model but missing in payload: [{fields}]."
        findings.add("INVALID_NAVIGATE_ACTION_PAYLOAD", said, path)


def _check_routes(findings: Findings, document: Json, all_screens: list[Screen]) -> None:
    def wrong(said: str) -> None:
        findings.add("INVALID_ROUTING_MODEL", said, ("routing_model",))

    ways, known = following(document), {screen.id for screen in all_screens}
    if "routing_model" in document:
        _check_model(wrong, document, ways, known)
        for screen in all_screens:
            for name in set(navigated(screen)) - set(ways.get(screen.id, [])) - {screen.id}:
                wrong(f"Missing direct route from screen '{screen.id}' to screen '{name}' in the routing model.")
    for name, after in ways.items():
        if len(after) > BRANCHES:
            wrong(f"Number of branches exceeds the max limit of {BRANCHES} for screen: {name}.")
        for each in after:
            if name in ways.get(each, []):
                wrong(f"Backward route [{each}->{name}] to forward route [{name}->{each}] is not allowed.")
    _check_connected(wrong, ways, known)


def _check_model(wrong: Any, document: Json, ways: dict[str, list[str]], known: set[str]) -> None:
    if not isinstance(document["routing_model"], dict):
        wrong("Expected routing_model to be an object.")
        return
    absent = sorted(known - ways.keys())
    if absent:
        wrong(f"Following screens are missing in the routing model: {', '.join(absent)}.")
    unknown = sorted((ways.keys() | {name for after in ways.values() for name in after}) - known)
    if unknown:
        wrong(f"Invalid screens found in the routing model: {', '.join(unknown)}.")


def _check_connected(wrong: Any, ways: dict[str, list[str]], known: set[str]) -> None:
    first = sorted(known - {name for after in ways.values() for name in after})
    if not first:
        wrong("No entry screen found in the routing model. Expected a screen with no inbound edges.")
        return
    if looping := _loop(ways, known):
        wrong(f"Loop detected in the routing model for screens: {', '.join(looping)}.")
    linked = {name for name, after in ways.items() if after} | {name for after in ways.values() for name in after}
    if lonely := sorted(known - linked) if len(known) > 1 else []:
        wrong(f"Following screens are not connected with the rest of the screens: {', '.join(lonely)}.")


def _loop(ways: dict[str, list[str]], known: set[str]) -> list[str]:
    """The screens that nobody leaves for good: what is left when ends are taken away one after the other."""
    left = {name: set(ways.get(name, ())) & known for name in known}
    while ends := [name for name, after in left.items() if not after]:
        for name in ends:
            del left[name]
        left = {name: after - set(ends) for name, after in left.items()}
    return sorted(left)
