"""All parts of a desk on one machine: ``opdesk demo`` and ``opdesk up``."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from threading import Thread
from types import FrameType
from typing import NoReturn

from opdesk.demo import for_demo, greeting, with_mailbox
from opdesk.errors import Trouble
from opdesk.house import announced, occupied
from opdesk.loading import quickly
from opdesk.parts import parts_of
from opdesk.processes import Supervisor
from opdesk.screen import Screen
from opdesk.serving import listen
from opdesk.settings import Settings
from opdesk.stores import Store, start_mongo, start_redis

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ROUND = 0.25  # seconds between two looks at the parts
SECRETS = ("whatsapp_app_secret", "whatsapp_verify_token", "secret_key")


class Stopped(BaseException):
    """Somebody wants us to end."""


def run(
    settings: Settings, *, demo: bool, demo_data: bool, work: Callable[[Settings, Screen], None] | None = None
) -> None:
    """Start everything, keep it running until a signal or until ``work`` is done, stop it. Raises ``Trouble`` when it
    cannot start."""
    settings = with_mailbox(for_demo(settings)) if demo else settings
    settings.require(*SECRETS)
    screen, began = Screen(), time.monotonic()
    with stoppable(), ExitStack() as stack:
        stack.enter_context(occupied(settings.data_dir))
        parts = parts_of(settings, simulator=demo)
        for part in parts:
            if part.port:
                listen(settings.host, part.port, part.port_setting).close()
        loading = Thread(target=load, name="load", daemon=True)
        loading.start()
        stores = open_stores(settings, screen, stack)
        loading.join()
        settings = with_stores(settings, stores)
        stack.enter_context(announced(settings.data_dir, urls(settings) | ({"demo": "yes"} if demo else {})))
        with screen.step("documents and indexes" + (", demo data" if demo_data else "")):
            asyncio.run(prepare(settings, demo_data=demo_data))
        supervisor = Supervisor(
            parts, settings.data_dir, settings.environment(), settings.host, screen, tells=work is None
        )
        stack.callback(close, supervisor, screen, settings, work is None)
        supervisor.start()
        screen.say(f"  everything in {time.monotonic() - began:.1f} s")
        if not work:
            screen.say(greeting(settings) if demo else f"The desk is open: webhook {settings.address}/webhooks/cloud")
        at_work = Thread(target=work, args=(settings, screen), daemon=True) if work else None
        if at_work:
            at_work.start()
        watch(supervisor, stores, screen, lambda: at_work is not None and not at_work.is_alive())


@contextmanager
def stoppable() -> Iterator[None]:
    """A signal ends what runs inside, once; while that cleans up after itself, further ones are not heard."""

    def stop(_: int, __: FrameType | None) -> NoReturn:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    except Stopped:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def open_stores(settings: Settings, screen: Screen, stack: ExitStack) -> dict[str, Store]:
    """Start the embedded stores that no setting replaces."""
    stores: dict[str, Store] = {}
    for name, start, given in (
        ("redis", start_redis, settings.redis_url and settings.queue_url),
        ("mongo", start_mongo, settings.mongo_url),
    ):
        if not given:
            with screen.step(f"{name} (embedded)") as found:
                stores[name] = start(settings.data_dir / name)
                found.append(stores[name].product())
            stack.callback(stop_store, stores, name)
    return stores


def stop_store(stores: dict[str, Store], name: str) -> None:
    """Stop the store that runs under ``name`` by then."""
    stores[name].stop()


def with_stores(settings: Settings, stores: dict[str, Store]) -> Settings:
    """``settings`` with the embedded stores' addresses where none was given."""
    redis_url = settings.redis_url or stores["redis"].url
    found = {
        "mongo_url": settings.mongo_url or stores["mongo"].url,
        "redis_url": redis_url,
        "queue_url": settings.queue_url or redis_url,
    }
    return settings.model_copy(update=found)


def urls(settings: Settings) -> dict[str, str]:
    """The stores' addresses, as announced."""
    return {name: getattr(settings, name) for name in ("mongo_url", "redis_url", "queue_url")}


def load() -> None:
    """Load what ``prepare`` stands on while the stores start, which takes as long."""
    with quickly():
        for name in ("opdesk.runtime", "clinic.demo"):
            import_module(name)


async def prepare(settings: Settings, *, demo_data: bool) -> None:
    """Make the indexes and, where asked, the demo data; a real desk refuses to run on it."""
    # loaded late: the sentences above must come without the weight of a database
    from clinic import clock, demo, documents
    from clinic.tenant import Tenant
    from opdesk.runtime import runtime

    async with runtime(settings) as opened:
        await documents.create_indexes(opened.database)
        if demo_data:
            await demo.seed(settings.secret_key.get_secret_value(), clock.now())
        elif any(tenant.id == demo.DEMO for tenant in await Tenant.every()):
            raise Trouble(
                f"The database holds the demo's data, whose passwords are public: set OPDESK_DATA_DIR or "
                f"OPDESK_MONGO_URL to another one (now {settings.data_dir}), or say --demo-data if you mean it."
            )


def watch(supervisor: Supervisor, stores: dict[str, Store], screen: Screen, done: Callable[[], bool]) -> None:
    """Until a signal, or ``done``: bring back what ends by itself. Raises ``Trouble`` when a store cannot come back."""
    while not done():
        for name, store in stores.items():
            stores[name] = again = store.again()
            if again is not store:
                screen.say(f"{name} ended unexpectedly and was started again; what it had acknowledged is there.")
        supervisor.look()
        time.sleep(ROUND)


def close(supervisor: Supervisor, screen: Screen, settings: Settings, stays: bool) -> None:
    """Stop the parts; the stores follow."""
    with screen.step("stopping"):
        supervisor.stop()
    screen.say(f"Stopped. The data stays in {settings.data_dir}." if stays else "Stopped.")
