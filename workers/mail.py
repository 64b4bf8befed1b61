"""The job that sends mails to staff, and the sweep that finds what no job knows of."""

from datetime import datetime
from email.message import EmailMessage

import structlog

from clinic import clock, mail
from clinic.channel import Channel
from clinic.errors import NotFound
from clinic.mail import Mail
from clinic.one_time_link import url
from clinic.seal import SealBroken
from clinic.tenant import Tenant
from clinic.user import User
from workers import metrics
from workers.context import Context, context, run
from workers.mail_words import words
from workers.post import NotSent, Post

log = structlog.get_logger()


def send_mail(id: str) -> None:
    """The RQ job."""
    run(deliver_mail(id, context(), clock.now()))


def sweep_mails() -> None:
    """The RQ job: whatever is due."""
    run(sweep_due(context(), clock.now()))


async def sweep_due(context: Context, now: datetime) -> None:
    """One sweep. Two at once do no harm: each mail is claimed once."""
    if context.post:
        for each in await mail.overdue(now):
            await deliver_mail(each, context, now)


async def deliver_mail(id: str, context: Context, now: datetime) -> None:
    """One attempt, if it is due and there is a server to send it by."""
    if context.post is None or (claimed := await mail.claim(id, now)) is None:
        return
    try:
        await context.post.send(await message(claimed, context.post, now))
    except NotSent as error:
        await _failed(claimed, str(error), now, for_good=error.for_good)
    except (SealBroken, NotFound) as error:
        await _failed(claimed, error.code, now, for_good=True)
    else:
        await mail.sent(claimed)
        metrics.MAILS.labels(claimed.kind, "sent").inc()
        log.info("mail sent", kind=claimed.kind, mail=claimed.id)


async def message(claimed: Mail, post: Post, now: datetime) -> EmailMessage:
    """The mail in its reader's language. Raises ``NotFound``, ``SealBroken``."""
    tenant = await Tenant.load(claimed.tenant_id)
    user = await User.of(claimed.tenant_id).get(claimed.user_id)
    token = claimed.link_token(post.secret_key)
    link = url(post.console_url, claimed.kind, token) if token else ""
    said = words(claimed.kind, claimed.language)
    facts = {"practice": one_line(tenant.name), "name": one_line(user.name), "link": link, **await _number(claimed)}
    return post.letter(claimed.to, said.subject.format(**facts), said.body.format(**facts), now)


async def _number(claimed: Mail) -> dict[str, str]:
    """What is told of the number that a mail is about. Raises ``NotFound``."""
    if not claimed.about:
        return {}
    channel = await Channel.of(claimed.tenant_id).get(claimed.about)
    return {"number": one_line(channel.display_phone_number or channel.phone_number_id)}


def one_line(text: str) -> str:
    """Without anything that a header would trip over."""
    return " ".join(text.split())


async def _failed(claimed: Mail, error: str, now: datetime, *, for_good: bool) -> None:
    again = await mail.failed(claimed, error, now, for_good=for_good)
    metrics.MAILS.labels(claimed.kind, "retry" if again else "failed").inc()
    log.warning("mail not sent", kind=claimed.kind, mail=claimed.id, why=error, again=again)
