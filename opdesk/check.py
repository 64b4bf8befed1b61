"""``opdesk check``: is all that is configured reachable and right? One line for each, with what to do."""

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

from pymongo.errors import PyMongoError
from redis import Redis as QueueRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from clinic.demo import DEMO
from clinic.documents import DOCUMENTS
from clinic.tenant import Tenant
from opdesk import mongo_program, product
from opdesk.check_channels import channels
from opdesk.check_numbers import numbers
from opdesk.check_texts import text_senders
from opdesk.demo import SECRETS
from opdesk.errors import Trouble
from opdesk.finding import Finding, told
from opdesk.runtime import Database, Runtime, runtime
from opdesk.settings import Settings
from opdesk.working import post_of
from workers.post import NotSent, Post


def secrets(settings: Settings) -> Iterable[Finding]:
    """Whether each is set, and none is the demo's public one."""
    for name, public in SECRETS.items():
        what, value = f"OPDESK_{name.upper()}", getattr(settings, name).get_secret_value()
        if not value:
            yield Finding(what, "is not set; see docs/operating.md")
        elif value == public:
            yield Finding(what, "is the demo's, which everybody knows: choose your own", warning=True)
        else:
            yield Finding(what)


def public_url(settings: Settings) -> Finding:
    """Providers reach only public HTTPS addresses."""
    if settings.public_url.startswith("https://"):
        return Finding("OPDESK_PUBLIC_URL")
    return Finding("OPDESK_PUBLIC_URL", "is no https:// address: Meta sends webhooks to no other", warning=True)


async def mails(settings: Settings) -> list[Finding]:
    """Whether invitations and new passwords reach anybody, by links that they can open."""
    if (post := post_of(settings)) is None:
        advice = "are not both set: whoever invites is shown the link, and nobody gets a new password by mail"
        return [Finding("OPDESK_SMTP_URL and OPDESK_MAIL_FROM", advice, warning=True)]
    secure = settings.console.startswith("https://")
    advice = "" if secure else "is no https:// address, and links in mails begin with it"
    return [await _mail_server(post), Finding("OPDESK_CONSOLE_URL", advice, warning=True)]


async def _mail_server(post: Post) -> Finding:
    try:
        await post.greet()
    except NotSent as error:
        return Finding("mail server", f"it does not let us in ({error}): check OPDESK_SMTP_URL")
    return Finding("mail server")


def redis_keeps(name: str, settings: dict[str, str]) -> Finding:
    """Whether accepted means stored."""
    wanted = {"appendonly": "yes", "maxmemory-policy": "noeviction"}
    wrong = [f"{key} {value}" for key, value in wanted.items() if settings.get(key, value) != value]
    advice = f"set {' and '.join(wrong)} in its configuration, or accepted messages can be lost" if wrong else ""
    return Finding(f"{name} keeps what it was told", advice)


async def redis_settings(client: "Redis | QueueRedis") -> dict[str, str]:
    """Its configuration, as far as it tells (hosted ones often do not)."""
    try:
        told = client.config_get("appendonly", "maxmemory-policy")
        found = await told if isinstance(told, Awaitable) else told
    except RedisError:
        return {}
    return {_text(key): _text(value) for key, value in found.items()}


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


async def mongo_writes(database: Database) -> Finding:
    """Whether a journaled write is acknowledged."""
    try:
        await database["checks"].update_one({"_id": "check"}, {"$inc": {"times": 1}}, upsert=True)
    except PyMongoError as error:
        return Finding(
            "MongoDB acknowledges journaled writes", f"it refused one ({type(error).__name__}): look at its log"
        )
    return Finding("MongoDB acknowledges journaled writes")


def database_product(info: Mapping[str, Any]) -> Finding:
    """Which database it is, from its answer to ``buildInfo``, and what it is not good for."""
    name = product.of_mongo(info)
    match name.split():
        case [mongo_program.RUST, *_]:
            return Finding(
                f"the database is {name}", "it keeps cancelled times taken: use it for measurements only, else MongoDB"
            )
        case [mongo_program.SECANTUS, *_]:
            advice = "it has no replica: use MongoDB for more than a demo or one small clinic's trial"
            return Finding(f"the database is {name}", advice, warning=True)
    return Finding(f"the database is {name}")


async def indexes(database: Database) -> Iterable[Finding]:
    """Whether the indexes exist: without them doctors could be booked twice."""
    missing = [name for document in DOCUMENTS for name in await _missing_indexes(database, document)]
    advice = (
        f"missing: {', '.join(missing)}; run `opdesk tenant add` or `opdesk up`, which create them" if missing else ""
    )
    return [Finding("all indexes exist", advice)]


async def _missing_indexes(database: Database, document: type) -> list[str]:
    settings = document.get_settings()  # type: ignore[attr-defined]
    existing = set(await database[settings.name].index_information())
    wanted = [field.index.document["name"] for field in settings.indexes]
    return [f"{settings.name}.{name}" for name in wanted if name not in existing]


async def demo_data() -> list[Finding]:
    """Demo data has public passwords."""
    if not any(tenant.id == DEMO for tenant in await Tenant.every()):
        return []
    return [
        Finding(
            "demo data", "is in the database; its passwords are public: never show this desk to the world", warning=True
        )
    ]


async def findings(settings: Settings) -> list[Finding]:
    """Everything, in the order in which it should be put right."""
    found = [*secrets(settings), public_url(settings), *await mails(settings)]
    try:
        async with runtime(settings) as opened:
            stored = await _stores(opened)
            spoken = await channels(settings) + await text_senders(settings) + await numbers(opened.redis)
            return found + stored + spoken + await demo_data()
    except Trouble as error:
        return [*found, Finding("stores", str(error))]


async def _stores(opened: Runtime) -> list[Finding]:
    found = [Finding("MongoDB, Redis and RQ's Redis answer")]
    for name, client in (("Redis", opened.redis), ("RQ's Redis", opened.queue)):
        found.append(redis_keeps(name, await redis_settings(client)))
    found.append(database_product(await opened.database.command("buildInfo")))
    found.append(await mongo_writes(opened.database))
    return [*found, *await indexes(opened.database)]


async def report(settings: Settings) -> int:
    """Print what was found; 1 if something is not right."""
    return told(await findings(settings))
