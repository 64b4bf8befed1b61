"""Templates are made known to the provider, and their reviews to us."""

import pytest
from graph_server import GraphServer
from promises import Practice, template

from clinic.template import Template
from workers.context import Context
from workers.templates import agree, end_pause, refresh


async def statuses(clinic: Practice) -> dict[str, str]:
    return {each.language: each.status for each in await Template.of(clinic.id).find()}


async def test_what_the_provider_does_not_know_is_submitted_with_examples(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    await agree(clinic.id, clinic.account, await context.provider(clinic.id, clinic.channel_id))
    assert await statuses(clinic) == {"en": "PENDING", "pt_BR": "PENDING"}
    assert {(made["name"], made["language"]) for made in graph.created} == set(graph.templates)
    [body] = graph.created[0]["components"]
    assert body["text"].count("{{") == len(body["example"]["body_text"][0])


async def test_a_review_is_taken_over_and_nothing_is_submitted_twice(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    graph.templates = {
        ("hello_world", "en"): "APPROVED",
        ("other", "en"): "APPROVED",
        ("appointment_confirmed", "en"): "PAUSED",
        ("appointment_confirmed", "pt_BR"): "APPROVED",
    }  # fmt: skip -- two pages
    provider = await context.provider(clinic.id, clinic.channel_id)
    for _ in range(2):
        await agree(clinic.id, clinic.account, provider)
    assert await statuses(clinic) == {"en": "PAUSED", "pt_BR": "APPROVED"}
    assert graph.created == []


@pytest.mark.parametrize(("code", "status"), [("hi", "REJECTED"), ("tlh", "REJECTED")])
async def test_a_refused_template_is_not_submitted_again_and_again(
    clinic: Practice, graph: GraphServer, context: Context, code: str, status: str
) -> None:
    await Template.of(clinic.id).insert_new(template(clinic.id, code, "PENDING"))
    for _ in range(2):
        await agree(clinic.id, clinic.account, await context.provider(clinic.id, clinic.channel_id))
    assert (await statuses(clinic))[code] == status
    assert [made["language"] for made in graph.created].count(code) <= 1


async def test_a_provider_without_templates_leaves_ours_as_they_are(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    graph.knows_templates = False
    await refresh(context)
    assert await statuses(clinic) == {"en": "APPROVED", "pt_BR": "APPROVED"}


async def test_only_reviews_under_way_are_watched(clinic: Practice, graph: GraphServer, context: Context) -> None:
    await Template.of(clinic.id).change({"language": "en"}, {"$set": {"status": "PENDING"}})
    await refresh(context, only_waiting=True)
    assert ("appointment_confirmed", "en") in graph.templates
    graph.templates = dict.fromkeys(graph.templates, "APPROVED")
    await refresh(context, only_waiting=True)
    assert (await statuses(clinic))["en"] == "APPROVED"
    graph.templates = dict.fromkeys(graph.templates, "PAUSED")
    await refresh(context, only_waiting=True)
    assert (await statuses(clinic))["en"] == "APPROVED"


async def test_a_pause_is_ended_where_the_provider_agrees(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    graph.templates = {("appointment_confirmed", code): "PAUSED" for code in ("en", "pt_BR")}
    await agree(clinic.id, clinic.account, await context.provider(clinic.id, clinic.channel_id))
    paused = await Template.of(clinic.id).find_one({"name": "appointment_confirmed", "language": "en"})
    assert paused is not None
    graph.answers.append("too early")
    await end_pause(context, clinic.id, paused.id)
    assert await statuses(clinic) == {"en": "PAUSED", "pt_BR": "PAUSED"}
    await end_pause(context, clinic.id, paused.id)
    assert await statuses(clinic) == {"en": "APPROVED", "pt_BR": "PAUSED"}
    await end_pause(context, clinic.id, paused.id)
    assert await statuses(clinic) == {"en": "APPROVED", "pt_BR": "PAUSED"}
