"""The staff's side of the API, as the play's receptionist uses it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from clinic import clock
from clinic.demo_staff import PASSWORD

Json = dict[str, Any]
RECEPTION = "reception@demo.opdesk.test"
FRESH = 600  # seconds on the desk's clock for which an access token is used; it is good for fifteen minutes
REFUSED = 400


@dataclass
class StaffApi:
    """Signed in, and signed in again when that runs out. ``faults`` are answers that no desk should give."""

    http: aiohttp.ClientSession
    url: str
    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _tokens: Json = field(default_factory=dict)
    _since: float = 0.0

    async def ask(self, method: str, path: str, body: Json | None = None, **query: Any) -> Json:
        """The answer; empty where it was a refusal, which is counted by its code."""
        headers = {"Authorization": f"Bearer {await self._token()}"}
        asked = {name.rstrip("_"): value for name, value in query.items()}
        async with self.http.request(method, self.url + path, json=body, params=asked, headers=headers) as answer:
            told: Json = await answer.json(content_type=None)
        if answer.status < REFUSED:
            return told
        self.refusals[f"{told.get('code', answer.status)} {path.rpartition('/')[2]}"] += 1
        if answer.status not in (404, 409, 412):
            self.faults.append(f"{method} {path}: {answer.status} {told.get('code', '')}")
        return {}

    async def listed(self, path: str, **query: Any) -> list[Json]:
        """All items of a list."""
        items: list[Json] = []
        cursor = ""
        while True:
            page = await self.ask("GET", path, None, limit=200, **({"cursor": cursor} if cursor else {}), **query)
            items += page.get("items", [])
            if not (cursor := page.get("next") or ""):
                return items

    async def _token(self) -> str:
        now = clock.now().timestamp()
        if not 0 <= now - self._since < FRESH:
            self._tokens, self._since = await self._renewed(), now
        return str(self._tokens["access_token"])

    async def _renewed(self) -> Json:
        if self._tokens:
            shown = {"refresh_token": self._tokens["refresh_token"]}
            async with self.http.post(f"{self.url}/auth/refresh", json=shown) as answer:
                if answer.status < REFUSED:
                    return dict(await answer.json())
        async with self.http.post(f"{self.url}/auth/login", json={"email": RECEPTION, "password": PASSWORD}) as answer:
            answer.raise_for_status()
            return dict(await answer.json())
