"""New purposes come with new versions of the desk: a practice that is older is given our templates for them, once. What
it has deleted since is not brought back."""

from clinic.onboarding import templates
from clinic.purpose import PURPOSES
from clinic.template import Template
from clinic.tenant import Tenant


async def give_new(tenant: Tenant) -> list[Template]:
    """Those that were new to the practice: to be handed in to the provider, as all are at the beginning. Done twice it
    counts once."""
    new = PURPOSES.keys() - set(tenant.given_purposes)
    if not new:
        return []
    door = Template.of(tenant.id)
    has = {each.purpose for each in await door.find()}
    wanted = [each for each in templates(tenant.id, tenant.languages) if each.purpose in new - has]
    given = [each for each in wanted if await door.insert_new(each)]
    known = {"$set": {"given_purposes": sorted(PURPOSES)}}
    await Tenant.itself().change({"_id": tenant.id}, known)
    return given
