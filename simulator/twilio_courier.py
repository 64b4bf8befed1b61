"""Carries Twilio's webhooks: once, again where the connection failed, then to the fallback address, then never more."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit, urlunsplit
from xml.etree import ElementTree

import aiohttp
from yarl import URL

from simulator import metrics
from simulator.config import Config
from simulator.faults import Dice
from simulator.twilio_webhooks import Parameters, sid, sign

NO_CONNECTION, BAD_STATUS, BAD_XML, BAD_TYPE = 11205, 11200, 12100, 12300
POLICIES = frozenset({"ct", "rt", "4xx", "5xx", "all"})
LIMITS = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}  # of the overrides
TWIML = ("text/xml", "application/xml", "text/html")
AFTER_ANOTHER = 1.0  # seconds that a message waits for the one before it, at most


@dataclass
class Addresses:
    """What is configured at Twilio: where messages go, where they go if that fails, and how all of it is signed."""

    url: str
    fallback: str = ""
    public: str = ""  # scheme and host that signatures name, where the world sees another address than we post to
    algorithm: str = "HMAC_SHA1"
    status: str = ""  # of the senders; a message that names an address of its own goes there
    shared_key: str = ""  # signs in place of the account's token, with HMAC_SHA256

    def signed(self, url: str) -> str:
        """The address as the signature has it."""
        return _at(self.public, url) if self.public else url

    def reached(self, url: str) -> str:
        """Where we post to: an address of the public host is one of the bot that we know."""
        is_public = self.public and urlsplit(url)[:2] == urlsplit(self.public)[:2]
        return _at(self.url, url) if is_public else url


def _at(host: str, url: str) -> str:
    """The same address at another scheme and host."""
    return urlunsplit((*urlsplit(host)[:2], *urlsplit(url)[2:]))


@dataclass(frozen=True)
class Patience:
    """Seconds to connect, to read and in all; how often to try again, and after which failures."""

    connect: float
    read: float
    total: float
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    def again_after(self, problem: "Problem") -> bool:
        """Whether the failure is one of those that are tried again."""
        return "all" in self.policy or problem.kind in self.policy


@dataclass(frozen=True)
class Problem:
    """Why a delivery failed: Twilio's code, and the kind of it that the retry policy names."""

    code: int
    kind: str
    words: str


def patience(config: Config, url: str) -> Patience:
    """The usual patience, with the overrides in the fragment of the address."""
    given = dict(parse_qsl(urldefrag(url).fragment))
    asked = {name: _within(name, given[name]) for name in LIMITS if given.get(name, "").isdecimal()}
    policy = frozenset(given.get("rp", "ct").split(",")) & POLICIES
    return Patience(
        asked["ct"] / 1000 if "ct" in asked else config.twilio_connect_seconds,
        asked["rt"] / 1000 if "rt" in asked else config.twilio_read_seconds,
        asked["tt"] / 1000 if "tt" in asked else config.twilio_total_seconds,
        asked.get("rc", 1),
        policy or frozenset({"ct"}),
    )


def _within(name: str, value: str) -> int:
    least, most = LIMITS[name]
    return min(max(int(value), least), most)


class TwilioCourier:
    """The way out. Nothing is kept: what neither address took is lost, and only the list of messages still has it."""

    def __init__(self, config: Config, dice: Dice) -> None:
        self.config, self.dice = config, dice
        self.addresses = Addresses(config.twilio_url, config.twilio_fallback_url, config.twilio_public_url)
        self.lost = 0
        self.last_problem = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._before: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connections."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))

    async def stop(self) -> None:
        """Drop what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def message(self, lane: str, key: str, parameters: Parameters, arrived: Callable[[], None] = lambda: None) -> None:
        """Deliver a message of a person: in the order of its chat, as far as the bot answers."""
        if self.dice.chance(self.dice.faults.lose_messages):
            self._lose("dropped by a fault")
            return
        for _ in range(2 if self.dice.chance(self.dice.faults.duplicate) else 1):
            held = self._held()
            before = None if held else self._before.get(lane)
            task = self._spawn(self._in_turn(before, held, key, parameters, arrived))
            self._before[lane] = task
            task.add_done_callback(lambda done: self._forget(lane, done))

    def _forget(self, lane: str, done: "asyncio.Task[None]") -> None:
        if self._before.get(lane) is done:
            del self._before[lane]

    def status(self, url: str, key: str, parameters: Parameters) -> None:
        """Deliver a status callback: in no promised order, and to no fallback."""
        if self.dice.chance(self.dice.faults.lose_statuses):
            metrics.WEBHOOKS.labels("lost").inc()
            return
        for _ in range(2 if self.dice.chance(self.dice.faults.duplicate) else 1):
            self._spawn(self._status(self._held(), url, key, parameters))

    def _held(self) -> float:
        faults = self.dice.faults
        if not self.dice.chance(faults.reorder):
            return faults.delay
        return faults.delay + self.dice.random.uniform(0.1, 1) * faults.reorder_seconds

    async def _in_turn(
        self,
        before: "asyncio.Task[None] | None",
        held: float,
        key: str,
        parameters: Parameters,
        arrived: Callable[[], None],
    ) -> None:
        if before:
            await asyncio.wait({before}, timeout=AFTER_ANOTHER)
        await asyncio.sleep(held)
        problem = await self._deliver(self.addresses.url, key, parameters)
        if problem and self.addresses.fallback:
            told = {"ErrorCode": str(problem.code), "ErrorUrl": urldefrag(self.addresses.url).url}
            problem = await self._deliver(self.addresses.fallback, key, parameters | told)
        if problem:
            self._lose(problem.words)
        else:
            arrived()

    async def _status(self, held: float, url: str, key: str, parameters: Parameters) -> None:
        await asyncio.sleep(held)
        problem = await self._deliver(url, key, parameters)
        if problem:
            self._lose(problem.words)

    def _lose(self, why: str) -> None:
        self.lost += 1
        self.last_problem = why
        metrics.WEBHOOKS.labels("lost").inc()

    async def _deliver(self, url: str, key: str, parameters: Parameters) -> Problem | None:
        """One address, with its retries, within its time. None where it was taken."""
        limits = patience(self.config, url)
        ends = time.monotonic() + limits.total
        token = sid("")
        problem = None
        for _ in range(limits.retries + 1):
            left = ends - time.monotonic()
            if left <= 0:
                break
            problem = await self._post(url, key, parameters, limits, left, token)
            metrics.WEBHOOKS.labels("refused" if problem else "accepted").inc()
            if problem is None or not limits.again_after(problem):
                break
        return problem

    async def _post(
        self, url: str, key: str, parameters: Parameters, limits: Patience, left: float, token: str
    ) -> Problem | None:
        assert self._session is not None  # noqa: S101 (started)
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=limits.connect, sock_read=limits.read)
        target = URL(self.addresses.reached(urldefrag(url).url), encoded=True)  # byte for byte, as it is signed
        try:
            async with self._session.post(
                target,
                data=urlencode(parameters).encode(),
                headers=self._headers(url, key, parameters, token),
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                return _judge(answer.status, answer.content_type, await answer.text(errors="replace"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            return Problem(NO_CONNECTION, "ct", f"no connection: {type(problem).__name__}")
        except TimeoutError:
            return Problem(NO_CONNECTION, "rt", "no answer in time")
        except aiohttp.ClientError as problem:
            return Problem(NO_CONNECTION, "ct", f"the connection broke: {type(problem).__name__}")

    def _headers(self, url: str, key: str, parameters: Parameters, token: str) -> dict[str, str]:
        addresses = self.addresses
        signing = addresses.shared_key or key
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": token,
            "X-Twilio-Signature": sign(signing, addresses.signed(url), parameters, addresses.algorithm),
        }
        if addresses.algorithm != "HMAC_SHA1":
            name = f"webhooks_sharedkey_{secrets.token_hex(4)}"
            headers["X-Twilio-Webhooks-Signature-Settings"] = f"key={name},algorithm={addresses.algorithm}"
        return headers

    def _spawn(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _judge(status: int, kind: str, body: str) -> Problem | None:
    """Whether an answer is one that Twilio can go on with: 2xx, and nothing, TwiML or plain words in it."""
    if not 200 <= status < 300:
        return Problem(BAD_STATUS, f"{status // 100}xx", f"answered {status}")
    if not body.strip() or kind == "text/plain":
        return None
    if kind not in TWIML:
        return Problem(BAD_TYPE, "4xx", f"answered with {kind}")
    try:
        root = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", body))  # noqa: S314 (the bot's own answer)
    except ElementTree.ParseError:
        return Problem(BAD_XML, "4xx", "answered with XML that cannot be read")
    return None if root.tag == "Response" else Problem(BAD_XML, "4xx", f"answered with <{root.tag}>")
