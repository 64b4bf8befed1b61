"""Mails to staff, on their way: written down first, so that a queue that is away only makes them later."""

import structlog
from redis.exceptions import RedisError

from api.house import House
from clinic import account, mail
from clinic.job import SEND_MAIL
from clinic.one_time_link import url
from clinic.user import User


async def send_soon(house: House, mail_id: str) -> None:
    """Ask for the job. Where the queue does not take it, the sweep finds the mail."""
    if not mail_id:
        return
    try:
        await house.jobs.ask(SEND_MAIL, mail_id)
    except (RedisError, OSError) as error:
        structlog.get_logger().warning("mail left to the sweep", error=type(error).__name__)


async def tell_of_change(house: House, user: User) -> None:
    """So that the owner of an account learns of a new password that was not theirs."""
    if house.mails:
        await send_soon(house, await mail.write(user, "password_changed", house.clock()))


async def invite(house: House, user: User) -> str:
    """Mail the link of an invitation; where no mail leaves, the link itself, for whoever invites to hand over."""
    now = house.clock()
    if not house.mails:
        return url(house.console_url, "invitation", await account.new_link(user, "invitation", now))
    await send_soon(house, await account.mail_link(user, "invitation", house.secret_key, now))
    return ""
