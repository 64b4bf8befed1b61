"""Where each audit ends is told to the log, readable through its masks."""

from datetime import UTC, datetime
from typing import Any

from structlog.testing import capture_logs

from clinic import audit
from clinic.audit import Entry
from clinic.record import new_id
from clinic.tenant import Tenant
from opdesk.logs import mask
from workers.anchor import anchor


async def test_each_head_is_told_once_and_can_be_verified_with(database: Any) -> None:
    told, silent = Tenant(id=new_id(), name="Practice"), Tenant(id=new_id(), name="Practice")
    await told.add()
    await silent.add()
    await audit.append(told.id, [Entry(datetime.now(UTC), "a", "b") for _ in range(40)])
    with capture_logs() as lines:
        await anchor()
    assert not [line for line in lines if line.get("tenant") == silent.id]
    (line,) = [line for line in lines if line.get("tenant") == told.id]
    shown = mask(line)
    head = audit.Head(shown["seq"], shown["hash"].replace("-", ""))
    assert head == await audit.head(told.id)
    assert (await audit.verify(told.id, head)).broken_at is None
