"""The parts that a whole desk consists of: how each is started and how it tells that it is ready."""

import sys
from dataclasses import dataclass

from opdesk.probe import free_port
from opdesk.settings import Settings


@dataclass(frozen=True)
class Part:
    """One process. A port of 0 means: any free one, chosen anew at each start."""

    name: str
    command: tuple[str, ...]
    port_setting: str
    port: int
    ready: str = "/ready"


def parts_of(settings: Settings, *, simulator: bool) -> list[Part]:
    """The parts of ``opdesk up``, in the order of their start; ``opdesk demo`` has the simulator before them."""
    ports = {
        "simulator": settings.simulator_port,
        "bot": settings.bot_port,
        "worker": settings.worker_port or 0,
        "scheduler": settings.scheduler_port or 0,
        "api": settings.api_port,
    }
    return [_part(name, port) for name, port in ports.items() if simulator or name != "simulator"]


def _part(name: str, port: int) -> Part:
    return Part(name, (sys.executable, "-m", "opdesk", name), f"OPDESK_{name.upper()}_PORT", port)


def port_for(part: Part) -> int:
    """The port of this start."""
    return part.port or free_port()
