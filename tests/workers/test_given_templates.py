"""Older practices are given our words for a new purpose, once, in a database of its own: all of them are looked at."""

from promises import Practice
from test_processes import clinic as clinic
from test_processes import own_url as own_url

from clinic.purpose import PURPOSES
from clinic.template import Template
from clinic.tenant import Tenant
from workers.templates import give_all


async def test_an_older_practice_is_given_what_is_new_once(clinic: Practice) -> None:
    await give_all()
    found = await Template.of(clinic.id).find()
    assert {each.purpose for each in found} == set(PURPOSES)
    assert {each.status for each in found if each.purpose != "confirmation"} == {"PENDING"}, "to be handed in"
    assert len([each for each in found if each.purpose == "confirmation"]) == 2, "what was there stays as it was"
    await Template.of(clinic.id).delete({"purpose": "no_show"})
    await give_all()
    assert not await Template.of(clinic.id).find({"purpose": "no_show"}), "what was deleted is not brought back"
    known = {"given_purposes": sorted(PURPOSES.keys() - {"no_show"})}
    await Tenant.itself().change({"_id": clinic.id}, {"$set": known})
    await give_all()
    assert {each.language for each in await Template.of(clinic.id).find({"purpose": "no_show"})} == {"en", "pt_BR"}
