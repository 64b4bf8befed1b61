"""``/control/flows``: the Flows of all accounts, their state, their endpoints' health, and the alerts that follow."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from simulator.errors import Json
from simulator.flow import Flow
from simulator.flow_health import MEASURES, Health, alert
from simulator.network import Network

Status = Literal["DRAFT", "PUBLISHED", "DEPRECATED", "THROTTLED", "BLOCKED"]
Event = Literal["ENDPOINT_ERROR_RATE", "CLIENT_ERROR_RATE", "ENDPOINT_LATENCY", "ENDPOINT_AVAILABILITY"]


class FlowChange(BaseModel):
    """A state that Meta might give; measured health changes it again, unless ``forget`` empties what was measured."""

    model_config = ConfigDict(extra="forbid")
    status: Status
    forget: bool = True


class Alert(BaseModel):
    """An alert, whatever was measured; ``threshold`` in per cent or milliseconds, the first one unless named."""

    model_config = ConfigDict(extra="forbid")
    event: Event
    threshold: float | None = Field(default=None, ge=0)
    activated: bool = True


def router(network: Network) -> APIRouter:
    """All routes under ``/control/flows``."""
    routes = APIRouter(prefix="/control/flows", tags=["control"])

    @routes.get("")
    async def all_flows() -> Json:
        """The Flows of all accounts, what was measured of their endpoints, and the errors that those were told of."""
        shown = [_shown(network, flow) for flow in network.world.flows.values()]
        return {"flows": shown, "notices": list(network.flows.notices), "keys": sorted(network.world.public_keys)}

    @routes.get("/{id}")
    async def one_flow(id: str) -> Json:
        """One Flow."""
        return _shown(network, _flow(network, id))

    @routes.get("/{id}/json")
    async def flow_json(id: str) -> Response:
        """Its Flow JSON, as it was uploaded."""
        return Response(_flow(network, id).text, media_type="application/json")

    @routes.post("/{id}")
    async def change_flow(id: str, change: FlowChange) -> Json:
        """Give a Flow another state, with its webhook."""
        flow = _flow(network, id)
        if change.forget:
            network.flows.health.pop(flow.id, None)
        network.flows.set_status(flow, change.status)
        return _shown(network, flow)

    @routes.post("/{id}/alert")
    async def send_alert(id: str, wanted: Alert) -> Json:
        """Post an alert of the field ``flows``."""
        flow = _flow(network, id)
        threshold = wanted.threshold if wanted.threshold is not None else MEASURES[wanted.event][1][0]
        details = DETAILS[wanted.event](threshold)
        network.flows.tell(flow, alert(wanted.event, flow.id, threshold, details, activated=wanted.activated))
        return {"success": True}

    @routes.post("/{id}/check")
    async def check_endpoint(id: str) -> Json:
        """Ask the endpoint now whether it is there, and judge its health."""
        flow = _flow(network, id)
        answer = await network.flows.check(flow)
        return _shown(network, flow) | {"problem": answer.problem, "said": answer.said}

    return routes


def _flow(network: Network, id: str) -> Flow:
    flows = network.world.flows.values()
    flow = next((flow for flow in flows if id in (flow.id, flow.name)), None)
    if flow is None:
        raise HTTPException(404, f"There is no Flow {id!r}.")
    return flow


def _shown(network: Network, flow: Flow) -> Json:
    now, health = network.clock.now(), network.flows.health.get(flow.id, Health())
    measured: dict[str, Any] = {
        event: {"value": round(health.reached(event, now)[0], 2), "requests": len(health.within(event, now))}
        for event in MEASURES
    }
    return {
        "id": flow.id,
        "name": flow.name,
        "waba_id": flow.waba_id,
        "status": flow.status,
        "endpoint_uri": flow.endpoint_uri,
        "validation_errors": flow.errors,
        "health": measured,
    }


DETAILS: dict[str, Any] = {
    "ENDPOINT_ERROR_RATE": lambda threshold: {"error_rate": threshold, "errors": []},
    "CLIENT_ERROR_RATE": lambda threshold: {"error_rate": threshold, "errors": []},
    "ENDPOINT_LATENCY": lambda threshold: {
        "p90_latency": threshold,
        "p50_latency": threshold / 2,
        "requests_count": 34,
    },
    "ENDPOINT_AVAILABILITY": lambda threshold: {"availability": threshold - 15},
}
