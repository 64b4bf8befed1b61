"""The patient's own copy of their data, behind a link that they asked for in the chat.

Looking at the link shows a button only: what previews links, or scans them, opens nothing. The button opens it once."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from clinic import clock, data_link, personal_data
from clinic.errors import NotFound

WORDS = Path(__file__).with_name("my_data_words.toml")
HEADERS = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex", "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
}  # fmt: skip
STYLE = "body{font-family:sans-serif;max-width:50em;margin:2em auto;padding:0 1em;line-height:1.5}" \
    "table{border-collapse:collapse;margin-bottom:1em}td{border:1px solid #ccc;padding:.2em .6em;vertical-align:top}" \
    "button{font-size:1.1em;padding:.6em 1.2em}pre{overflow:auto}"  # fmt: skip
RIGHT_TO_LEFT = frozenset({"ar"})
Copy = Mapping[str, list[dict[str, Any]]]


async def look(request: Request) -> Response:
    """A button, as long as the link is good."""
    try:
        link = await data_link.look(_token(request), clock.now())
    except NotFound:
        return _gone()
    words = words_of(link.language)
    button = f"<form method=post><p>{escape(words['before'])}</p><button>{escape(words['open'])}</button></form>"
    return HTMLResponse(page(link.language, button), headers=HEADERS)


async def show(request: Request) -> Response:
    """Everything, once."""
    now = clock.now()
    try:
        link = await data_link.open_once(_token(request), now)
        copy = await personal_data.copy_of(link, now)
    except NotFound:
        return _gone()
    named = {**HEADERS, "Content-Disposition": 'inline; filename="my-data.html"'}
    return HTMLResponse(page(link.language, written(copy, link.language)), headers=named)


def _token(request: Request) -> str:
    return str(request.path_params["token"])[:200]


PATH = f"{personal_data.PAGE.rstrip('/')}/{{token}}"
ROUTES = [Route(PATH, look), Route(PATH, show, methods=["POST"])]


def _gone() -> Response:
    """In every language: whose it was is not known."""
    lines = "".join(f"<p lang={language}>{escape(words_of(language)['gone'])}</p>" for language in _words())
    return HTMLResponse(page("en", lines), status_code=404, headers=HEADERS)


def page(language: str, body: str) -> str:
    """A whole page, which loads nothing from anywhere."""
    known, words = language if language in _words() else "en", words_of(language)
    direction = "rtl" if known in RIGHT_TO_LEFT else "ltr"
    return (
        f'<!doctype html><html lang="{known}" dir="{direction}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(words["title"])}</title>'
        f"<style>{STYLE}</style><h1>{escape(words['title'])}</h1>{body}</html>"
    )


def written(copy: Copy, language: str) -> str:
    """A heading and tables for each kind, and all of it once more for programs."""
    words = words_of(language)
    parts = [f"<h2>{escape(words[title])}</h2>{_tables(rows) or _plain(words)}" for title, rows in copy.items()]
    machine = escape(json.dumps(copy, ensure_ascii=False, indent=1))
    return "".join([*parts, f"<details><summary>{escape(words['machine'])}</summary><pre>{machine}</pre></details>"])


def _plain(words: Mapping[str, str]) -> str:
    return f"<p>{escape(words['nothing'])}</p>"


def _tables(rows: list[dict[str, Any]]) -> str:
    return "".join(f"<table>{''.join(_line(*item) for item in row.items())}</table>" for row in rows)


def _line(name: str, value: Any) -> str:
    return f"<tr><td>{escape(name.replace('_', ' '))}</td><td><bdi>{_told(value)}</bdi></td></tr>"


def _told(value: Any) -> str:
    match value:
        case list():
            return "<br>".join(_told(each) for each in value)
        case dict():
            return ", ".join(f"{escape(str(name))}: {_told(each)}" for name, each in value.items())
    return escape(str(value))


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(WORDS.read_text())


def words_of(language: str) -> Mapping[str, str]:
    """The words of a language, or English."""
    return _words().get(language) or _words()["en"]
