"""``python -m simulator``: Meta's stand-in and the patients' phones, on one port."""

import os

import uvicorn

from simulator.app import create_app
from simulator.config import from_env


def main() -> None:
    """Serve until interrupted."""
    host, port = os.environ.get("OPDESK_HOST", "127.0.0.1"), int(os.environ.get("OPDESK_SIMULATOR_PORT", "8090"))
    # open event streams must not hold up the end
    uvicorn.run(create_app(from_env()), host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
