"""What a store calls itself: its name and version, for who looks which one runs."""

from collections.abc import Mapping
from typing import Any

from pymongo import MongoClient
from redis import Redis

from opdesk.mongo_program import RUST, SECANTUS


def of_mongo(info: Mapping[str, Any]) -> str:
    """From the answer to ``buildInfo``. SecantusDB says MongoDB's version too; it means the protocol's."""
    if version := info.get("secantusVersion"):
        rust = info.get("buildEnvironment", {}).get("cc") == "rustc"
        return f"{RUST if rust else SECANTUS} {version}"
    return f"MongoDB {info.get('version', 'of an unknown version')}"


def of_redis(info: Mapping[str, Any]) -> str:
    """From the answer to ``INFO server``. Valkey says Redis' version too; it means the protocol's."""
    if version := info.get("valkey_version"):
        return f"Valkey {version}"
    return f"Redis {info.get('redis_version', 'of an unknown version')}"


def mongo_at(port: int) -> str:
    """The one that listens on 127.0.0.1."""
    with MongoClient[dict[str, Any]]("127.0.0.1", port, directConnection=True) as client:
        return of_mongo(client.server_info())


def redis_at(port: int) -> str:
    """The one that listens on 127.0.0.1."""
    with Redis(port=port) as client:
        return of_redis(client.info("server"))
