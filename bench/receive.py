"""Webhooks only: signed text messages of ever new patients, as fast as the bot takes them or at a given rate.

Prints one JSON line: how many were answered 200 each second, and the latencies in milliseconds.
"""

import argparse
import asyncio
import sys
from collections import Counter
from time import perf_counter

import orjson
import uvloop

from bench import wire
from bench.drive import quantiles
from bench.link import Pool


def requests(count: int, number: str, host: str) -> list[bytes]:
    """Signed requests made beforehand, so that making them is not measured."""
    patients = [wire.Patient(number, f"9190{n:08d}", f"IN.9190{n:08d}") for n in range(count)]
    return [wire.request(wire.message(p, wire.text("hi"), wire.message_id()), host) for p in patients]


async def flood(pool: Pool, stock: list[bytes], at_once: int) -> tuple[Counter[int], list[float], float]:
    """All of the stock, ``at_once`` under way at any time."""
    codes: Counter[int] = Counter()
    took: list[float] = []
    over = asyncio.Event()
    left = iter(stock)

    def done(code: int, seconds: float) -> None:
        codes[code] += 1
        took.append(seconds)
        if len(took) == len(stock):
            over.set()
        elif (following := next(left, None)) is not None:
            pool.post(following, done)

    start = perf_counter()
    for _ in range(at_once):
        pool.post(next(left), done)
    await asyncio.wait_for(over.wait(), 120)
    return codes, took, perf_counter() - start


async def paced(pool: Pool, stock: list[bytes], rate: float) -> tuple[Counter[int], list[float], float]:
    """The stock at an even rate."""
    codes: Counter[int] = Counter()
    took: list[float] = []
    over = asyncio.Event()

    def done(code: int, seconds: float) -> None:
        codes[code] += 1
        took.append(seconds)
        if len(took) == len(stock):
            over.set()

    start, sent = perf_counter(), 0
    while sent < len(stock):
        due = min(len(stock), int((perf_counter() - start) * rate) + 1)
        for request in stock[sent:due]:
            pool.post(request, done)
        sent = due
        await asyncio.sleep(0.001)
    await asyncio.wait_for(over.wait(), 60)
    return codes, took, perf_counter() - start


async def run(options: argparse.Namespace) -> dict[str, object]:
    """Warm up, then measure."""
    host = f"127.0.0.1:{options.bot_port}"
    pool = Pool("127.0.0.1", options.bot_port, options.connections)
    await pool.open()
    await flood(pool, requests(500, options.number, host), 16)
    stock = requests(options.count, options.number, host)
    print("go", flush=True)
    if options.rate:
        codes, took, seconds = await paced(pool, stock, options.rate)
    else:
        codes, took, seconds = await flood(pool, stock, options.connections)
    print("done", flush=True)
    pool.close()
    return {"per_second": round(codes[200] / seconds), "codes": dict(codes), "webhook_ms": quantiles(took)}


def main() -> None:
    """The command line of the load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bot-port", type=int, required=True)
    parser.add_argument("--number", required=True)
    parser.add_argument("--count", type=int, default=40_000)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--connections", type=int, default=32)
    report = uvloop.run(run(parser.parse_args()))
    sys.stdout.write(orjson.dumps(report, option=orjson.OPT_NON_STR_KEYS).decode() + "\n")


if __name__ == "__main__":
    main()
