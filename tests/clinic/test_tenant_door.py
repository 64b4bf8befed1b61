"""No query leaves its tenant: by any of Beanie's ways, by any of the door's, or around it."""

import ast
import asyncio
import inspect
from pathlib import Path

import pytest
from beanie import Document
from pymongo.errors import BulkWriteError

from clinic.doctor import Doctor
from clinic.documents import DOCUMENTS
from clinic.errors import NotFound, UnscopedQuery
from clinic.record import CLOSED, TenantRecord, _duplicates, new_id, to_mongo

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "bot", "clinic", "flows", "opdesk", "workers", "bench")

# What Beanie offers beside queries: nothing of it reads or changes what is stored.
HARMLESS = {
    "add_child", "fetch_all_links", "fetch_link", "fill_back_refs", "get_bson_encoders", "get_changes",
    "get_collection_name", "get_link_fields", "get_model_type", "get_previous_changes", "get_previous_saved_state",
    "get_pymongo_collection", "get_saved_state", "get_settings", "link_from_id", "model_post_init", "rollback",
    "set_collection", "set_collection_name", "set_database", "state_management_replace_objects",
    "state_management_save_previous", "to_ref", "use_state_management", "validate_self",
}  # fmt: skip

# The only places that may look beyond one tenant, and why.
EXCEPTIONS = {
    ("astir.py", "a tick finds the practices with something to do, and reads nothing but their ids"),
    ("media.py", "a sweep fetches what patients of every tenant have sent"),
    ("tenant.py", "a tenant is its own scope"),
    ("tenant.py", "the operator's list of tenants"),
    ("tenant.py", "a new tenant"),
    ("channel.py", "a webhook does not know the tenant yet"),
    ("channel.py", "an account event does not know the tenant yet"),
    ("channel.py", "the bot serves every tenant's numbers"),
    ("sms_sender.py", "a webhook does not know the tenant yet"),
    ("appointment.py", "a public link knows no tenant, only its key"),
    ("notification.py", "jobs and sweeps name promises by id alone, whosever they are"),
    ("user.py", "who signs in names no tenant"),
    ("user.py", "a mailed link names its user only"),
    ("login_session.py", "who shows a refresh token names no tenant"),
    ("mail.py", "jobs and sweeps name mails by id alone"),
    ("conversation.py", "the bot returns to every tenant's conversations"),
    ("erasure.py", "what was approved is erased, whosever it is"),
    ("data_link.py", "a link's bearer names no tenant"),
    ("quarantine.py", "the person who is forgotten may be named in what could not be read"),
    ("quarantine.py", "a body that cannot be read belongs to no tenant"),
    ("quarantine.py", "the operator looks at what could not be read"),
}
RAW = {"get_pymongo_collection", "pymongo_collection", "get_collection", "get_motor_collection"}
DOOR = {"clinic/record.py", "clinic/documents.py", "opdesk/check.py"}  # the door itself, the indexes, and their check


@pytest.mark.parametrize("name", CLOSED)
def test_beanies_own_ways_are_closed(name: str) -> None:
    for document in DOCUMENTS:
        with pytest.raises(UnscopedQuery):
            getattr(document, name)({})


async def test_nor_does_a_document_change_itself(database: object) -> None:
    doctor = Doctor(tenant_id=new_id(), name="Dr A")
    for name in ("save", "insert", "replace", "delete", "update", "set", "sync"):
        with pytest.raises(UnscopedQuery):
            getattr(doctor, name)()


def test_every_way_that_beanie_has_is_closed_or_known_to_be_harmless() -> None:
    own = (kind for kind in Document.__mro__ if kind.__module__.startswith("beanie."))
    offered = {name for kind in own for name, member in vars(kind).items() if _is_method(member)}
    assert {name for name in offered if not name.startswith("_")} - set(CLOSED) == HARMLESS


def _is_method(member: object) -> bool:
    return inspect.isfunction(member) or isinstance(member, classmethod | staticmethod)


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if issubclass(each, TenantRecord)])
def test_a_tenant_must_be_named(document: type[TenantRecord]) -> None:
    with pytest.raises(UnscopedQuery):
        document.of("")


def test_a_look_beyond_needs_a_reason() -> None:
    with pytest.raises(UnscopedQuery):
        Doctor.everywhere("")


async def test_the_door_shows_one_tenant_only(database: object) -> None:
    ours, theirs = new_id(), new_id()
    a, b = Doctor(tenant_id=ours, name="A"), Doctor(tenant_id=theirs, name="B")
    door, other = Doctor.of(ours), Doctor.of(theirs)
    await door.insert(a)
    await other.insert(b)
    assert [each.id for each in await door.find()] == [a.id]
    assert [each.id for each in await door.find({"tenant_id": theirs})] == [a.id], "the scope wins"
    assert await door.find_one({"_id": b.id}) is None
    both = {"_id": {"$in": [b.id, a.id]}}
    shown = await asyncio.gather(door.rows(both), other.rows(both, ("name",)), other.rows({"_id": {"$in": [a.id]}}))
    assert [[row["name"] for row in rows] for rows in shown] == [["A"], ["B"], []], "also in a command they share"
    assert shown[1] == [{"_id": b.id, "name": "B"}]
    assert await door.count({"$or": [{"name": "A"}, {"name": "B"}]}) == 1
    with pytest.raises(NotFound):
        await door.get(b.id)
    assert not await door.change({"_id": b.id}, {"$set": {"name": "X"}})
    assert await door.change_all({}, {"$set": {"specialty": "x"}}) == 1
    await door.change_each([({"_id": b.id}, {"$set": {"name": "X"}})])
    assert await door.delete({"_id": b.id}) == 0
    assert (await other.get(b.id)).name == "B"
    assert await door.delete({}) == 1


async def test_nothing_of_another_tenant_comes_in(database: object) -> None:
    stranger = Doctor(tenant_id=new_id(), name="A")
    with pytest.raises(UnscopedQuery):
        await Doctor.of(new_id()).insert(stranger)
    with pytest.raises(UnscopedQuery):
        await Doctor.of(new_id()).insert_rows([to_mongo(stranger)])


async def test_inserting_again_is_told_apart(database: object) -> None:
    door = Doctor.of(tenant := new_id())
    doctor = Doctor(tenant_id=tenant, name="A")
    assert await door.insert_new(doctor)
    assert not await door.insert_new(doctor)
    fresh = to_mongo(Doctor(tenant_id=tenant, name="B"))
    assert await door.insert_rows([to_mongo(doctor), fresh]) == [doctor.id]
    assert await door.count() == 2


def test_only_duplicates_are_forgiven() -> None:
    other = BulkWriteError({"writeErrors": [{"index": 0, "code": 121}], "writeConcernErrors": []})
    with pytest.raises(BulkWriteError):
        _duplicates(other)


def raw_uses(source: str) -> list[str]:
    """Ways around the door in a source text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in RAW:
            found.append(node.attr)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).split(".")[-1] in ("database", "db"):
            found.append(ast.unparse(node))
    return found


def looks_beyond(source: str) -> set[str]:
    """The reasons given for looking beyond one tenant."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {
        ast.literal_eval(call.args[0])
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "everywhere"
    }


@pytest.mark.parametrize("room", ROOMS)
def test_nobody_goes_around_the_door(room: str) -> None:
    for file in (ROOT / room).rglob("*.py"):
        if (name := file.relative_to(ROOT).as_posix()) not in DOOR:
            assert not raw_uses(file.read_text()), f"{name}: ask through of(tenant_id)"
            reasons = {(file.name, reason) for reason in looks_beyond(file.read_text())}
            assert reasons <= EXCEPTIONS, f"{name}: only the named exceptions look beyond one tenant"


@pytest.mark.parametrize(
    "bad",
    ["Doctor.get_pymongo_collection().find()", "database['doctors'].find()", "self.db['x']", "db.get_collection('x')"],
)
def test_the_lint_finds_a_way_around(bad: str) -> None:
    assert raw_uses(bad)
    assert looks_beyond("Doctor.everywhere('curious')") == {"curious"}
