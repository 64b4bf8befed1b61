"""Asking a Flow's endpoint as phones and Meta's servers do: sealed, signed, in ten seconds, again if need be."""

import contextlib
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import aiohttp

from simulator.config import Config
from simulator.errors import Json
from simulator.flow_secret import NoKey, Secret, Unreadable, seal, unseal
from simulator.webhooks import sign

TRIES = 2
LARGEST = 1_000_000  # bytes of an answer
PROBLEMS = {421: "business-decryption-error", 427: "token", 432: "signature"}


@dataclass(frozen=True)
class Answer:
    """What came back: a body, or the key of a problem (Meta's, or ``token``, ``signature``) and a sentence about it."""

    body: Json
    problem: str = ""
    said: str = ""
    seconds: float = 0.0


class Keys:
    """The public keys of the numbers, and those that phones still have from before."""

    def __init__(self, current: dict[str, str]) -> None:
        self.current = current  # number -> PEM
        self._kept: dict[tuple[str, str], str] = {}

    def known_to(self, phone: str, number_id: str) -> str:
        """The key as a phone knows it, perhaps an old one; empty where there never was one."""
        return self._kept.get((phone, number_id)) or self.fetch(phone, number_id)

    def fetch(self, phone: str, number_id: str) -> str:
        """The present key, kept by the phone from now on."""
        key = self.current.get(number_id, "")
        self._kept[phone, number_id] = key
        return key


class Endpoint:
    """The way to the businesses' endpoints."""

    def __init__(self, config: Config, keys: Keys) -> None:
        self.config, self.keys = config, keys
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.config.flow_timeout))

    async def stop(self) -> None:
        """Close it."""
        if self._session:
            await self._session.close()

    async def ask(self, url: str, phone: str, number_id: str, payload: Json) -> Answer:
        """One question of a phone; after a 421 once more with the key fetched anew."""
        pem = self.keys.known_to(phone, number_id)
        answer = await self._try(url, pem, payload)
        if answer.problem == PROBLEMS[421]:
            answer = await self._try(url, self.keys.fetch(phone, number_id), payload)
        return answer

    async def ping(self, url: str, number_id: str, version: str) -> Answer:
        """Meta's own question whether the endpoint is there; it may not be another body than the one that is right."""
        answer = await self._once(url, self.keys.current.get(number_id, ""), {"version": version, "action": "ping"})
        if not answer.problem and answer.body != {"data": {"status": "active"}}:
            data = answer.body.get("data")
            if not isinstance(data, dict) or data.get("status") != "active":
                return Answer({}, "unexpected_response", f"answered {json.dumps(answer.body)[:200]}", answer.seconds)
        return answer

    def _reached(self, url: str) -> str:
        """The bot's public address need not be known on this machine."""
        public = self.config.public_url.rstrip("/")
        if not public or not url.startswith(f"{public}/"):
            return url
        return urljoin(self.config.webhook_url, url.removeprefix(public))

    async def _try(self, url: str, pem: str, payload: Json) -> Answer:
        answer = Answer({}, "no_http_response_error", "not asked")
        for _ in range(TRIES):
            answer = await self._once(url, pem, payload)
            if answer.problem not in ("no_http_response_error", "timeout_error"):
                break
        return answer

    async def _once(self, url: str, pem: str, payload: Json) -> Answer:
        assert self._session is not None  # noqa: S101 (started)
        try:
            body, secret = seal(pem, payload)
        except NoKey as lacking:
            return Answer({}, "public-key-missing", str(lacking))
        raw, began = json.dumps(body).encode(), time.monotonic()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": sign(self.config.app_secret, raw),
        }
        problem, said = "no_http_response_error", "the connection failed"
        try:
            asking = self._session.post(self._reached(url), data=raw, headers=headers, allow_redirects=False)
            async with asking as response:
                return _read(response.status, await response.read(), secret, time.monotonic() - began)
        except TimeoutError:
            problem, said = "timeout_error", f"no answer within {self.config.flow_timeout:g} seconds"
        except (aiohttp.ClientError, ValueError) as failed:
            said = str(failed) or said
        return Answer({}, problem, said, time.monotonic() - began)


def _read(status: int, content: bytes, secret: Secret, seconds: float) -> Answer:
    if status == 200 and len(content) <= LARGEST:
        try:
            return Answer(unseal(content, secret), seconds=seconds)
        except Unreadable as unreadable:
            return Answer({}, "response-decryption-error", str(unreadable), seconds)
    problem = PROBLEMS.get(status, "unexpected_http_status_code")
    said = _error_message(content, secret) if status == 427 else f"answered {status}"
    return Answer({}, problem, said, seconds)


def _error_message(content: bytes, secret: Secret) -> str:
    """What a 427 wants the person to read: sealed as in Meta's example, or open as in its documentation."""
    body: Any = {}
    with contextlib.suppress(ValueError):
        body = unseal(content, secret) if not content.lstrip().startswith(b"{") else json.loads(content)
    said = body.get("error_msg") if isinstance(body, dict) else None
    return said if isinstance(said, str) else ""
