"""The life of a template: created, reviewed, edited, paused and deleted, each told to the business by a webhook."""

import asyncio

from simulator import ids
from simulator.config import Number
from simulator.errors import Json, Refusal
from simulator.limits import TEMPLATES_PER_ACCOUNT
from simulator.network import Network
from simulator.template import Template
from simulator.template_refusals import invalid, refused
from simulator.template_rules import check_components, check_head
from simulator.webhooks import field_change

DAY = 24 * 3600
NAME_BLOCKED = 30 * DAY
OTHER_INFO = {
    "PAUSED": {"title": "FIRST_PAUSE", "description": "Your template has been paused for 3 hours due to low quality."},
    "DISABLED": {"title": "DISABLED", "description": "Your template has been disabled due to low quality."},
}


def create(network: Network, waba_id: str, body: Json) -> Json:
    """Check and store a new template, and send it to review."""
    check_head(body)
    category = str(body["category"]).upper()
    format = str(body.get("parameter_format") or "POSITIONAL").upper()  # noqa: A001 (Meta's word)
    check_components(body.get("components"), named=format == "NAMED", category=category)
    _check_new(network, waba_id, body["name"], body["language"])
    template = Template(ids.object_id(), waba_id, body["name"], body["language"], category, body["components"], format)
    template.message_send_ttl_seconds = body.get("message_send_ttl_seconds")
    template.created = network.clock.now()
    network.world.templates[template.id] = template
    _review(network, template)
    return {"id": template.id, "status": template.status, "category": template.category}


def _check_new(network: Network, waba_id: str, name: str, language: str) -> None:
    world = network.world
    if world.template(waba_id, name, language) is not None:
        raise refused(2388024)
    gone = world.deleted.get(f"{waba_id}/{name}/{language}")
    if gone is not None and network.clock.now() - gone < NAME_BLOCKED:
        raise refused(2388023)
    if sum(template.waba_id == waba_id for template in world.templates.values()) >= TEMPLATES_PER_ACCOUNT:
        raise refused(2388019)


def _review(network: Network, template: Template) -> None:
    template.status = "PENDING"
    network.changed = True
    asyncio.get_running_loop().call_later(network.config.review_seconds, _approve, network, template)


def _approve(network: Network, template: Template) -> None:
    if template.id in network.world.templates and template.status == "PENDING":
        set_status(network, template, "APPROVED")


def set_status(network: Network, template: Template, status: str, reason: str = "NONE") -> None:
    """Give a template another status and tell the business."""
    template.status, template.rejected_reason = status, reason
    network.changed = True
    value: Json = {
        "event": status,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
        "message_template_category": template.category,
        "reason": reason,
    }
    if status in OTHER_INFO:
        value["other_info"] = OTHER_INFO[status]
    if status == "REJECTED":
        value["rejection_info"] = {"reason": reason, "recommendation": "Change the template and send it in again."}
    network.courier.send(
        f"template/{template.id}", field_change(template.waba_id, "message_template_status_update", value)
    )
    network.stream.tell("template", template.shown())


def edit(network: Network, template: Template, body: Json) -> Json:
    """Change a template that was reviewed; it is reviewed again."""
    if template.status not in ("APPROVED", "REJECTED", "PAUSED"):
        raise invalid("Template can't be edited", "Only approved, rejected or paused templates can be edited.")
    if template.status == "APPROVED":
        _check_edit_of_approved(network, template, body)
    category = str(body.get("category") or template.category).upper()
    if "components" in body:
        check_components(body["components"], named=template.named, category=category)
        template.components = body["components"]
    template.category = category
    template.message_send_ttl_seconds = body.get("message_send_ttl_seconds", template.message_send_ttl_seconds)
    _review(network, template)
    return {"success": True}


def _check_edit_of_approved(network: Network, template: Template, body: Json) -> None:
    if body.get("category") and str(body["category"]).upper() != template.category:
        raise invalid("Category can't be changed", "The category of an approved template can't be edited.")
    now = network.clock.now()
    template.edits = [at for at in template.edits if now - at < 30 * DAY]
    if len(template.edits) >= 10 or any(now - at < DAY for at in template.edits):
        raise invalid("Edit limit reached", "An approved template can be edited once a day and 10 times in 30 days.")
    template.edits.append(now)


def unpause(network: Network, template: Template) -> Json:
    """Let a paused template go on."""
    if template.status != "PAUSED":
        return {"success": False, "reason": "The template is not paused."}
    set_status(network, template, "APPROVED")
    return {"success": True}


def delete(network: Network, numbers: list[Number], query: dict[str, str]) -> Json:
    """Delete by name (all languages), or one by ``hsm_id`` and name."""
    if not query.get("name"):
        raise Refusal(100, message="(#100) The parameter name is required.")
    waba_id, world = numbers[0].waba_id, network.world
    gone = [
        template
        for template in world.templates.values()
        if template.waba_id == waba_id
        and template.name == query["name"]
        and query.get("hsm_id", template.id) == template.id
    ]
    if not gone:
        raise invalid("Message Template Not Found", "There is no template of that name.")
    for template in gone:
        del world.templates[template.id]
        world.deleted[f"{waba_id}/{template.name}/{template.language}"] = network.clock.now()
    network.changed = True
    return {"success": True}


def hello_world(network: Network) -> None:
    """The template that every account begins with."""
    for waba_id in {number.waba_id for number in network.config.numbers}:
        if network.world.template(waba_id, "hello_world", "en_US") is None:
            template = Template(ids.object_id(), waba_id, "hello_world", "en_US", "UTILITY", HELLO, status="APPROVED")
            network.world.templates[template.id] = template


HELLO: list[Json] = [
    {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
    {"type": "BODY", "text": "Welcome and congratulations!! This message demonstrates your ability to send a message."},
    {"type": "FOOTER", "text": "WhatsApp Business Platform sample message"},
]
