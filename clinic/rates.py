"""What the provider charges for a message, as the operator has written it down. Pure; money is decimal, never a float.

The file is TOML::

    currency = "USD"

    [[rates]]
    from = 2026-10-01        # prices change on the first of a quarter; without it: ever since
    market = "IN"            # the patient's country; "*": every other
    category = "utility"     # the provider's word; "*": every other
    price = "0.0014"         # of one delivered message, as text
    provider = "cloud"       # or "twilio", with its own fee in it; without it: both
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from clinic.message_kind import Kind

ANY = "*"
MONEY = re.compile(r"[0-9]{1,6}(\.[0-9]{1,8})?")
CURRENCY = re.compile(r"[A-Z]{3}")
KNOWN = {"from", "market", "category", "price", "provider"}


class RatesWrong(ValueError):
    """The file of rates cannot be read; its words say why."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One price. ``since``: the month from which it holds, as 2026-10; empty: ever since."""

    price: Decimal
    market: str = ANY
    category: str = ANY
    provider: str = ANY
    since: str = ""

    def fits(self, kind: Kind) -> bool:
        """Whether it is a price of this kind of message."""
        pairs = ((self.market, kind.market), (self.category, kind.category), (self.provider, kind.provider))
        return self.since <= kind.month and all(wanted in (ANY, found) for wanted, found in pairs)

    @property
    def exactness(self) -> tuple[bool, bool, bool, str]:
        """Of several that fit the most exact counts, of those the latest."""
        return (self.market != ANY, self.category != ANY, self.provider != ANY, self.since)


@dataclass(frozen=True, slots=True)
class Rates:
    """All prices, in one currency; empty where the operator has written down none."""

    currency: str = ""
    rates: tuple[Rate, ...] = ()

    def price(self, kind: Kind) -> Decimal | None:
        """Of one message; None where it is not known. What the provider gives away costs nothing."""
        if kind.free:
            return Decimal(0)
        fitting = [rate for rate in self.rates if rate.fits(kind)]
        return max(fitting, key=lambda rate: rate.exactness).price if fitting else None


def read_rates(path: Path) -> Rates:
    """The operator's file. Raises ``RatesWrong``."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RatesWrong(f"{path} cannot be read: {error}") from None
    currency = told.get("currency")
    if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
        raise RatesWrong(f"{path} needs a currency of three letters, such as USD")
    rows = told.get("rates", [])
    return Rates(currency, tuple(_rates(path, rows if isinstance(rows, list) else [rows])))


def _rates(path: Path, rows: Iterable[Any]) -> Iterable[Rate]:
    for number, row in enumerate(rows, 1):
        try:
            yield _rate(row)
        except (TypeError, ValueError, InvalidOperation) as error:
            raise RatesWrong(f"rate {number} of {path}: {error}") from None


def _rate(row: dict[str, Any]) -> Rate:
    if unknown := set(row) - KNOWN:
        raise ValueError(f"{sorted(unknown)[0]!r} is none of {', '.join(sorted(KNOWN))}")
    price = row.get("price")
    if not isinstance(price, str) or not MONEY.fullmatch(price):
        raise ValueError('the price must be a text such as "0.0014"')
    since = row.get("from")
    if since is not None and not (isinstance(since, date) and since.day == 1):
        raise ValueError("prices hold from the first of a month on, such as 2026-10-01")
    names = {name: str(row.get(name, ANY)) for name in ("market", "category", "provider")}
    return Rate(Decimal(price), since=f"{since:%Y-%m}" if since else "", **names)
