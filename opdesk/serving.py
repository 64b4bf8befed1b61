"""Serve an ASGI app until a signal, so that what was opened around it is closed after its last request."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import Any

import structlog
import uvicorn

from opdesk.errors import Trouble


def listen(host: str, port: int, setting: str) -> socket.socket:
    """The listening socket, or ``Trouble`` naming the setting by which to choose another port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(2048)
    except OSError as error:
        door.close()
        raise Trouble(
            f"Port {port} on {host} cannot be used ({error.strerror}): stop what listens there, "
            f"or set {setting} to another port."
        ) from None
    door.setblocking(False)
    return door


class Server(uvicorn.Server):
    """uvicorn that leaves signals to us: its own way raises them again before our stores are closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: Any, door: socket.socket) -> None:
    """Serve ``app`` on ``door`` until SIGTERM or SIGINT, then finish the requests at hand."""
    config = uvicorn.Config(
        app, loop="none", http="httptools", access_log=False, log_config=None, timeout_graceful_shutdown=5,
        proxy_headers=False, server_header=False, date_header=False,  # each costs every webhook, none is used
    )  # fmt: skip
    server = Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    host, port = door.getsockname()[:2]
    structlog.get_logger().info("serving", host=host, port=port)
    await server.serve(sockets=[door])
