"""Keeps all parts of a desk running on one machine: starts them, waits for them, starts a crashed one again."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opdesk import children
from opdesk.errors import Trouble
from opdesk.house import Tail, log_of
from opdesk.parts import Part, port_for
from opdesk.probe import is_ready
from opdesk.screen import Screen

START_PATIENCE = 60.0  # seconds until a part must be ready
STOP_PATIENCE = 10.0  # seconds until a part that was asked to end is killed
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds before a crashed part starts again; doubles
FIRST_TO_STOP = "bot"
STEADY = 60.0  # seconds after which a part counts as healthy again


@dataclass
class Running:
    """One part and its present process."""

    part: Part
    log: Path
    tail: Tail
    process: subprocess.Popen[bytes]
    port: int
    since: float
    crashes: int = 0
    again_at: float = 0.0  # when a crashed part starts again; 0: it runs


@dataclass
class Supervisor:
    """Call from the main thread only (see ``children.start``)."""

    parts: Sequence[Part]
    folder: Path
    environment: Mapping[str, str]
    host: str
    screen: Screen
    clock: Callable[[], float] = time.monotonic
    running: list[Running] = field(default_factory=list)
    tells: bool = True  # what parts complain of, as soon as they do

    def start(self) -> None:
        """Start all parts together, then wait for each. Raises ``Trouble`` when one does not become ready."""
        for part in self.parts:
            log = log_of(self.folder, part.name)
            tail = Tail(log)
            process, port = self._launch(part, log)
            self.running.append(Running(part, log, tail, process, port, self.clock()))
        for one in self.running:
            with self.screen.step(f"{one.part.name} on port {one.port}"):
                self._wait(one)

    def _launch(self, part: Part, log: Path) -> tuple[subprocess.Popen[bytes], int]:
        port = port_for(part)
        environment = {**os.environ, **self.environment, part.port_setting: str(port)}
        return children.start(part.command, log, env=environment), port

    def _wait(self, one: Running) -> None:
        deadline = self.clock() + START_PATIENCE
        while self.clock() < deadline:
            if one.process.poll() is not None:
                raise Trouble(self._why(one))
            if is_ready(self.host, one.port, one.part.ready):
                return
            time.sleep(0.05)
        raise Trouble(f"The {one.part.name} did not become ready in {START_PATIENCE:.0f} seconds: {one.log} says why.")

    def _why(self, one: Running) -> str:
        said = one.tail()
        return said[-1] if said else f"The {one.part.name} ended while starting: {one.log} says why."

    def look(self) -> None:
        """One round: show what parts complain of, and start again what has ended."""
        for one in self.running:
            for line in one.tail():
                if self.tells:
                    self.screen.say(f"{one.part.name}: {line}  ({one.log})")
            if one.again_at:
                self._start_again(one)
            elif one.process.poll() is not None:
                self._note_crash(one)

    def _note_crash(self, one: Running) -> None:
        one.crashes = 0 if self.clock() - one.since > STEADY else one.crashes
        wait = min(FIRST_WAIT * 2**one.crashes, LONGEST_WAIT)
        one.crashes, one.again_at = one.crashes + 1, self.clock() + wait
        self.screen.say(
            f"{one.part.name} ended unexpectedly ({how(one.process.returncode)}); starting it again in {wait:g} s."
        )

    def _start_again(self, one: Running) -> None:
        if self.clock() < one.again_at:
            return
        one.process, one.port = self._launch(one.part, one.log)
        one.since, one.again_at = self.clock(), 0.0
        self.screen.say(f"{one.part.name} runs again on port {one.port}.")

    def stop(self) -> None:
        """End the bot, so that nothing new is accepted, then all others."""
        for group in (True, False):
            children.stop(
                [one.process for one in self.running if (one.part.name == FIRST_TO_STOP) is group], STOP_PATIENCE
            )


def how(code: int) -> str:
    """How a process ended."""
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
