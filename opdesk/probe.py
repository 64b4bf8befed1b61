"""Looking at ports from outside, with the standard library alone: health checks run this every few seconds."""

import http.client
import socket


def free_port() -> int:
    """A port nobody listens on just now; another process may still be faster, so callers try again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(host: str, port: int, page: str = "/ready") -> bool:
    """Whether a process serves there and its stores answer."""
    link = http.client.HTTPConnection(reachable(host), port, timeout=2)
    try:
        link.request("GET", page)
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def reachable(host: str) -> str:
    """The address at which this machine reaches a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
