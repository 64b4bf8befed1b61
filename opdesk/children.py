"""Child processes that end with us: asked politely first, killed when they do not listen, and never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with(parent: int) -> Callable[[], None] | None:
    """What a child runs before its program, so that the kernel ends it even when we are killed with -9 (Linux only)."""
    if _libc is None:
        return None
    libc = _libc

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died between the fork and the request
            os._exit(1)

    return ask_kernel


def start(
    command: Sequence[str | Path], log: Path, *, folder: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own (a Ctrl-C in the terminal reaches only us), its output appended to
    ``log``. Call from the main thread: the kernel ends the child together with the thread that made it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 -- our own programs, no shell
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=env,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )


def stop(processes: Iterable[subprocess.Popen[bytes]], seconds: float = 10) -> None:
    """Ask all of them to end, together; what has not ended within ``seconds`` is killed."""
    alive = [process for process in processes if process.poll() is None]
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + seconds
    for process in alive:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
