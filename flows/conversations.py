"""All conversations, by name: a session says which one it is in."""

from flows.appointments import APPOINTMENTS
from flows.booking import BOOKING
from flows.household import HOUSEHOLD
from flows.on_the_day import QUEUEING
from flows.rights import RIGHTS
from flows.table import Flows

CONVERSATIONS: Flows = {flow.name: flow for flow in (BOOKING, APPOINTMENTS, QUEUEING, RIGHTS, HOUSEHOLD)}
