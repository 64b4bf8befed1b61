"""``/health``, ``/ready`` and ``/metrics`` for processes that serve nothing else: the worker and the scheduler."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from opdesk.errors import Trouble

Answer = tuple[int, str, bytes]


def as_json(code: int, **facts: object) -> Answer:
    """A small JSON answer."""
    return code, "application/json", json.dumps(facts).encode()


class HealthServer:
    """Serves on its own thread; ``ready`` names what does not answer, and is empty when all is well."""

    def __init__(self, host: str, port: int | None, ready: Callable[[], list[str]]) -> None:
        pages: dict[str, Callable[[], Answer]] = {
            "/health": lambda: as_json(200, status="alive"),
            "/ready": lambda: self._ready(ready()),
            "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest()),
        }
        try:
            self._server = ThreadingHTTPServer((host, port or 0), handler(pages))
        except OSError as error:
            raise Trouble(f"Port {port} on {host} cannot be used ({error.strerror}): choose another one.") from None
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    @staticmethod
    def _ready(missing: list[str]) -> Answer:
        return as_json(503, status="waiting", missing=missing) if missing else as_json(200, status="ready")

    def __enter__(self) -> "HealthServer":
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def handler(pages: dict[str, Callable[[], Answer]]) -> type[BaseHTTPRequestHandler]:
    """A request handler that answers these pages and nothing else, without an access log."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, kind, body = page() if page else as_json(404, status="unknown")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: probes come every few seconds."""

    return Handler
