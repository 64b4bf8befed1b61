"""Which service: named as the clinic names it, never a question about the patient's health."""

from clinic.views import ServiceView
from flows import wish
from flows.choices import forget
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.speech import money
from flows.table import Step
from flows.talk import Talk


async def ask(talk: Talk) -> Question | str:
    """Not where there is only one."""
    if "service" in talk.choices:
        return "next"
    services = await talk.services()
    if wished := await wish.among(talk, "service"):
        services = [service for service in services if service.id in wished]
    if not services:
        return "none"
    if len(services) == 1:
        wish.chosen(talk, "service", services[0].id)
        return "next"
    currency = (await talk.clinic()).currency
    return Question(talk.say("ask_service"), tuple(_row(talk, service, currency) for service in services))


def _row(talk: Talk, service: ServiceView, currency: str) -> Option:
    what = talk.say("service_minutes", n=service.minutes)
    if service.price is not None:
        what = talk.say("service_price", minutes=what, price=money(service.price, currency, talk.language))
    return Option(service.id, service.name, what)


async def answer(talk: Talk, said: Said) -> str | None:
    """Another service may mean other doctors and times."""
    if not said.option:
        return None
    forget(talk.choices, "service")
    wish.chosen(talk, "service", said.option)
    return "next"


SERVICE = Step("service", ask, answer, gives="service", needs=("clinic",), revisited=True)
