"""Structured logs: JSON in containers and files, readable lines in a terminal; personal data is masked by construction.

Our own events are key-value pairs: private keys are masked whole, and long runs of digits wherever they stand. Records
of libraries keep their template but not its arguments, and an exception keeps its place but not its words: both may
quote what a patient wrote.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from opdesk.errors import Trouble

MASK = "***"
FRAMES = 6  # of a traceback that are told
PRIVATE = frozenset(
    """text body caption content title message reply replies choice options payload raw url params parameters
    name first_name last_name profile_name patient_name username birth_date email address latitude longitude
    phone number wa_id user_id from from_ to recipient
    password token access_token secret authorization""".split()  # noqa: SIM905 -- a list of words is read, not parsed
)
DIGITS = re.compile(r"\b[0-9a-f]{24}\b|\+?\d{7,}|\+\d[\d\s().-]{6,}\d")  # a record's id stays readable
SPEAKING = (OSError, Trouble, ImportError, AttributeError, NameError)  # whose words come from machines, not patients
TRUSTED = ("uvicorn", "opdesk")  # libraries whose arguments are addresses, ports and our own names
QUIET = (
    "fontTools",
    "fpdf",
    "httpx",
    "httpcore",
    "pywa",
    "pymongo",
    "twilio",
    "rq",
    "redis",
    "asyncio",
    "transitions",
    "aiohttp.access",
    "mail.log",
)


def mask_text(value: str) -> str:
    """``value`` without anything that could be a phone number."""
    return DIGITS.sub(lambda hit: hit[0] if len(hit[0]) == 24 and not hit[0].isdigit() else MASK, value)


def mask(value: Any) -> Any:
    """``value`` as it may be shown, however deep it goes."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if abs(value) < 1_000_000_000 else MASK
        case str():
            return mask_text(value)
        case Mapping():
            return {str(key): MASK if key in PRIVATE else mask(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [mask(inner) for inner in value]
        case _:
            return mask_text(str(value))


def mask_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The last processor before a line is written."""
    bookkeeping = {key: event.pop(key) for key in ("_record", "_from_structlog") if key in event}
    return {**mask(event), **bookkeeping}


def _frames(trace: TracebackType | None) -> str:
    """The last few, innermost at the end; a path begins at its package."""
    places = traceback.extract_tb(trace)[-FRAMES:]
    return " > ".join(f"{'/'.join(Path(each.filename).parts[-2:])}:{each.lineno} {each.name}" for each in places)


def describe(error: BaseException) -> str:
    """What kind of error and where; its words only where no patient can have written them."""
    said = f": {error}" if isinstance(error, SPEAKING) else ""
    cause = error.__cause__ or error.__context__
    because = f" because {describe(cause)}" if cause is not None else ""
    return f"{type(error).__name__}{said} at {_frames(error.__traceback__)}{because}"


def place_error(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """``exc_info`` becomes ``error``: a kind and a place."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else sys.exc_info()[1]
    if info and error is not None:
        event["error"] = describe(error)
    return event


def keep_template(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A library's record: the first line of its template; with arguments only from the trusted."""
    record: logging.LogRecord = event["_record"]
    if not record.name.startswith(TRUSTED):
        event["event"] = str(record.msg).partition("\n")[0]
    event.pop("positional_args", None)
    event["logger"] = record.name
    return event


def _json(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def configure(process: str, *, as_json: bool | None = None) -> None:
    """Set up this process's logs on stderr; ``as_json`` unset: JSON unless stderr is a terminal."""
    readable = sys.stderr.isatty() if as_json is None else not as_json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        place_error,
    ]
    show: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(timestamp_key="at") if readable else structlog.processors.JSONRenderer(_json)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, keep_template],
        processors=[mask_event, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _stamp(process), show],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    _route(handler)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _stamp(process: str) -> structlog.typing.Processor:
    def stamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {"process": process, **event}

    return stamp


def _route(handler: logging.Handler) -> None:
    """The standard library's logging goes through ``handler`` too, and libraries stay quiet below a warning."""
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in list(logging.root.manager.loggerDict):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(logging.NOTSET)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
