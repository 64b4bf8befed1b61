"""WhatsApp senders at Twilio: the list of an account, and the addresses of their webhooks, as the package asks."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from twilio_bot import ACCOUNT, SENDER, TOKEN, Twilio, twilio_desk  # type: ignore[import-not-found]

from bot.channels.errors import Action, SendError
from clinic.webhook_address import at_twilio
from workers.twilio_sender import Account, enter, sender


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Twilio]:
    async with twilio_desk() as opened:
        yield opened


async def test_a_sender_tells_whether_it_speaks_and_where_its_webhooks_go(desk: Twilio) -> None:
    found = await sender(Account(ACCOUNT, TOKEN, desk.url), SENDER)
    assert found
    assert (found.address, found.status, found.speaks) == (SENDER, "ONLINE", True)
    assert (found.messages, found.fallback, found.status_url) == (f"{desk.bot.url}/in", f"{desk.bot.url}/fallback", "")


async def test_a_sender_of_another_account_is_none_of_ours(desk: Twilio) -> None:
    assert await sender(Account(ACCOUNT, TOKEN, desk.url), "whatsapp:+15550000002") is None


@pytest.mark.parametrize(("sid", "token"), [(ACCOUNT, "stale"), ("ACnobody", TOKEN)])
async def test_a_stale_token_halts(desk: Twilio, sid: str, token: str) -> None:
    with pytest.raises(SendError) as refused:
        await sender(Account(sid, token, desk.url), SENDER)
    assert (refused.value.action, refused.value.code) == (Action.HALT, 20003)


async def test_a_twilio_that_is_away_may_be_asked_again() -> None:
    with pytest.raises(SendError) as away:
        await sender(Account(ACCOUNT, TOKEN, "http://127.0.0.1:1"), SENDER)
    assert away.value.retryable
    assert away.value.action is not Action.HALT


async def test_addresses_are_entered_and_then_used(desk: Twilio) -> None:
    account = Account(ACCOUNT, TOKEN, desk.url)
    found = await sender(account, SENDER)
    assert found
    await enter(account, found.sid, at_twilio(desk.bot.url, "http://127.0.0.1:1"))
    after = await sender(account, SENDER)
    assert after
    assert after.messages == f"{desk.bot.url}/webhooks/twilio#rc=3&rp=all"
    assert after.fallback == "http://127.0.0.1:1/webhooks/twilio/fallback"
    assert after.status_url == f"{desk.bot.url}/webhooks/twilio/status"
    await desk.phone("text", text="hi")
    await desk.bot.until(lambda bot: bot.at("/webhooks/twilio"))


async def test_what_is_no_address_is_refused(desk: Twilio) -> None:
    account = Account(ACCOUNT, TOKEN, desk.url)
    found = await sender(account, SENDER)
    assert found
    with pytest.raises(SendError, match="20001"):
        await enter(account, found.sid, at_twilio("not an address"))
    with pytest.raises(SendError, match="20404"):
        await enter(account, "XE0", at_twilio(desk.bot.url))
