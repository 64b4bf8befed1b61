"""The booking form as WhatsApp gets it: Flow JSON, built by pywa. It has no words of its own.

https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson
"""

import datetime as dt
from functools import cache
from hashlib import sha256
from typing import Any

from pywa.types.flows import (
    CalendarPicker,
    CalendarPickerMode,
    DataExchangeAction,
    DataSource,
    Dropdown,
    FlowJSON,
    Footer,
    Layout,
    RadioButtonsGroup,
    Screen,
    ScreenData,
    TextBody,
    TextCaption,
    TextHeading,
)
from pywa.utils import Version

CATEGORY = "APPOINTMENT_BOOKING"
ROUTES = {  # forwards only: a screen without a choice is skipped. A form begins only where nothing leads to
    "CLINIC": ["DOCTOR", "DATE"],
    "DOCTOR_FIRST": ["DATE"],
    "DATE_FIRST": ["SLOT"],
    "DOCTOR": ["DATE"],
    "DATE": ["SLOT"],
    "SLOT": ["CONFIRM"],
    "CONFIRM": [],
}
SOME = [DataSource(id="a", title="A", description="B")]
SO_FAR = ("clinic", "service", "doctor", "day", "slot")


def _ref(name: str) -> str:
    return f"${{data.{name}}}"


def _data(**examples: Any) -> list[ScreenData[Any]]:
    """What every screen is given, and what this one is given besides."""
    return [ScreenData(key=key, example=value) for key, value in {"heading": "H", "button": "B", **examples}.items()]


def _hidden(count: int) -> dict[str, str]:
    return dict.fromkeys(SO_FAR[:count], "x")


def _screen(id: str, data: list[ScreenData[Any]], parts: list[Any], sends: dict[str, str], **more: Any) -> Screen:
    heading = TextHeading(text=_ref("heading"))
    footer = Footer(label=_ref("button"), on_click_action=DataExchangeAction(payload=dict(sends)))
    return Screen(id=id, data=data, layout=Layout(children=[heading, *parts, footer]), **more)


def _carried(count: int) -> dict[str, str]:
    """What was chosen on earlier screens."""
    return {name: _ref(name) for name in SO_FAR[:count]}


def _clinic() -> Screen:
    radio = RadioButtonsGroup(name="clinic", label=_ref("label"), data_source=_ref("clinics"), required=True)  # type: ignore[arg-type]
    return _screen("CLINIC", _data(label="L", clinics=SOME), [radio], {"clinic": "${form.clinic}"})


def _doctor(id: str) -> Screen:
    look = {"clinic": _ref("clinic"), "service": "${form.service}", "look": "doctors"}
    service = Dropdown(
        name="service", label=_ref("service_label"), data_source=_ref("services"), required=True,  # type: ignore[arg-type]
        visible=_ref("several"), init_value=_ref("service"),  # type: ignore[arg-type]
        on_select_action=DataExchangeAction(payload=dict(look)),
    )  # fmt: skip
    doctor = RadioButtonsGroup(
        name="doctor", label=_ref("doctor_label"), data_source=_ref("doctors"), required=True,  # type: ignore[arg-type]
    )  # fmt: skip
    data = _data(service_label="L", doctor_label="L", several=True, services=SOME, doctors=SOME, **_hidden(2))
    return _screen(id, data, [service, doctor], {**_carried(2), "doctor": "${form.doctor}"})


def _date(id: str) -> Screen:
    day = dt.date(2026, 1, 1).isoformat()
    picker = CalendarPicker(
        name="day", label=_ref("label"), mode=CalendarPickerMode.SINGLE, required=True,
        min_date=_ref("first"), max_date=_ref("last"), unavailable_dates=_ref("closed"),
    )  # fmt: skip
    data = _data(label="L", first=day, last=day, closed=[day], **_hidden(3))
    return _screen(id, data, [picker], {**_carried(3), "day": "${form.day}"})


def _slot() -> Screen:
    times = Dropdown(name="slot", label=_ref("label"), data_source=_ref("slots"), required=True)  # type: ignore[arg-type]
    data = _data(label="L", slots=SOME, **_hidden(4))
    return _screen("SLOT", data, [times], {**_carried(4), "slot": "${form.slot}"})


def _confirm() -> Screen:
    parts = [TextBody(text=_ref("summary")), TextCaption(text=_ref("hint"))]
    data = _data(summary="S", hint="H", **_hidden(5))
    return _screen("CONFIRM", data, parts, _carried(5), terminal=True, success=True)


@cache
def flow_json() -> str:
    """The form, for upload."""
    first = [_clinic(), _doctor("DOCTOR_FIRST"), _date("DATE_FIRST")]
    screens = [*first, _doctor("DOCTOR"), _date("DATE"), _slot(), _confirm()]
    made: str = FlowJSON(
        version=Version.FLOW_JSON, data_api_version=Version.FLOW_DATA_API, routing_model=ROUTES, screens=screens
    ).to_json()  # type: ignore[no-untyped-call]
    return made


def version_of(endpoint: str) -> str:
    """A name for exactly this form at this address: a published one cannot be changed, so another one gets its own."""
    return sha256(f"{endpoint}\n{flow_json()}".encode()).hexdigest()[:12]
