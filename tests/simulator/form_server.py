"""A business's form endpoint for the tests, on pywa's own decryption and encryption, and the form that it serves."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from conftest import NUMBER, SECRET, TOKEN, WABA, Simulator, serving  # type: ignore[import-not-found]
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pywa.types.flows import (
    CalendarPicker,
    CheckboxGroup,
    ChipsSelector,
    CompleteAction,
    DataExchangeAction,
    DataSource,
    DatePicker,
    Dropdown,
    EmbeddedLink,
    FlowJSON,
    FlowStr,
    Footer,
    If,
    Layout,
    NavigateAction,
    Next,
    OpenURLAction,
    OptIn,
    RadioButtonsGroup,
    RichText,
    Screen,
    ScreenData,
    Switch,
    TextArea,
    TextBody,
    TextCaption,
    TextHeading,
    TextInput,
    TextSubheading,
)
from pywa.utils import default_flow_request_decryptor, default_flow_response_encryptor, webhook_updates_validator
from pywa_async import WhatsApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
PATH = "/form"
DAYS = {"min": "2026-12-01", "max": "2026-12-31", "gone": ["2026-12-25"]}
DOCTORS = [{"id": "rao", "title": "Dr Rao", "description": "Skin"}, {"id": "nair", "title": "Dr Nair"}]


def key_pair() -> tuple[str, str]:
    """A private and a public key, as PEM."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


KEYS, OTHER_KEYS = key_pair(), key_pair()


def booking() -> FlowJSON:
    """Doctor, day, confirmation: bindings of all kinds, a branch, a link to a screen without the endpoint."""
    greeting, doctors = ScreenData(key="greeting", example="Hello"), ScreenData(key="doctors", example=[_source()])
    days = {name: ScreenData(key=name, example=DAYS[name]) for name in ("min", "max", "gone")}
    summary, fee = ScreenData(key="summary", example="Dr Rao"), ScreenData(key="fee", example=500)
    doctor = RadioButtonsGroup(name="doctor", label="Doctor", data_source=doctors.ref, required=True)
    day = CalendarPicker(
        name="day",
        label="Day",
        min_date=days["min"].ref,
        max_date=days["max"].ref,
        unavailable_dates=days["gone"].ref,
        required=True,
    )
    name = TextInput(name="name", label="Name", required=True, min_chars=2, max_chars=20)
    agreed = OptIn(name="agreed", label="I agree")
    about = EmbeddedLink(text="About", on_click_action=NavigateAction(next=Next(name="ABOUT"), payload={}))
    send = DataExchangeAction(payload={"doctor": doctor.ref})
    return FlowJSON(
        version="7.3",
        data_api_version="4.0",
        routing_model={"DOCTOR": ["DAY", "ABOUT"], "ABOUT": [], "DAY": ["CONFIRM"], "CONFIRM": []},
        screens=[
            Screen(
                id="DOCTOR",
                title="Choose a doctor",
                data=[greeting, doctors],
                layout=Layout(
                    children=[
                        TextHeading(text=greeting.ref),
                        doctor,
                        If(condition=doctor.ref == "rao", then=[TextBody(text="Dr Rao speaks Hindi.")]),
                        about,
                        Footer(label="Continue", on_click_action=send),
                    ]
                ),
            ),
            Screen(
                id="ABOUT",
                title="About",
                terminal=True,
                success=False,
                layout=Layout(
                    children=[
                        TextBody(text=FlowStr("You chose {doctor}", doctor=doctor.ref_in("DOCTOR"))),
                        Footer(label="Stop here", on_click_action=CompleteAction(payload={"stopped": True})),
                    ]
                ),
            ),
            Screen(
                id="DAY",
                title="Choose a day",
                refresh_on_back=True,
                data=list(days.values()),
                layout=Layout(
                    children=[
                        day,
                        Footer(label="Continue", on_click_action=DataExchangeAction(payload={"day": day.ref})),
                    ]
                ),
            ),
            Screen(
                id="CONFIRM",
                title="Confirm",
                terminal=True,
                data=[summary, fee],
                layout=Layout(
                    children=[
                        TextBody(text=summary.ref),
                        TextBody(text=FlowStr("Fee: {fee}", fee=fee.ref * 2)),
                        name,
                        agreed,
                        Footer(
                            label="Book",
                            enabled=agreed.ref == True,  # noqa: E712 (an expression of the form)
                            on_click_action=DataExchangeAction(payload={"name": name.ref}),
                        ),
                    ]
                ),
            ),
        ],
    )


def every_part() -> FlowJSON:
    """One screen with all that can be shown and put in, without an endpoint."""
    cities = [DataSource(id=str(at), title=f"City {at}", description="By the sea") for at in range(30)]
    marks = [DataSource(id=name, title=name.title()) for name in ("fast", "kind", "clean")]
    city = Dropdown(name="city", label="City", data_source=cities, required=True)
    day = DatePicker(name="day", label="Day of birth", max_date="2026-01-01", helper_text="As in your passport")
    story = TextArea(name="story", label="Your story", max_length=50, helper_text="In short")
    mail = TextInput(name="mail", label="Mail", input_type="email", error_message="No address")
    code = TextInput(name="code", label="Code", input_type="passcode", min_chars=4, max_chars=6)
    liked = ChipsSelector(name="liked", label="What did you like?", data_source=marks)
    days = CheckboxGroup(name="days", label="Which days?", data_source=marks, min_selected_items=1, required=True)
    news = OptIn(name="news", label="Send me news", on_click_action=OpenURLAction(url="https://x.test/terms"))
    inputs = [city, day, story, mail, code, liked, days, news]
    done = CompleteAction(payload={part.name: part.ref for part in inputs})
    rich = RichText(text=["# Terms", "Some **bold** and *italic*", "- one", "- two", "[more](https://x.test/more)"])
    switch = Switch(value=city.ref, cases={"1": [TextCaption(text="City 1 it is.")], "2": [TextCaption(text="No!")]})
    texts = [TextSubheading(text="About you"), TextBody(text="It is **short**.", markdown=True), switch]
    footer = Footer(label="Send", left_caption="1 of 1", right_caption="no fee", on_click_action=done)
    first = Screen(
        id="TERMS",
        title="Terms",
        layout=Layout(children=[rich, Footer(label="On", on_click_action=NavigateAction(next=Next(name="PARTS")))]),
    )
    parts = Screen(id="PARTS", title="All parts", terminal=True, layout=Layout(children=[*texts, *inputs, footer]))
    return FlowJSON(version="7.3", screens=[first, parts])


def _source() -> DataSource:
    return DataSource(id="rao", title="Dr Rao", description="Skin")


def answers(request: Json) -> Json:
    """What a good endpoint answers to each request."""
    match request:
        case {"action": "INIT"} | {"action": "BACK", "screen": "DAY"}:
            return {"screen": "DOCTOR", "data": {"greeting": "Hello", "doctors": DOCTORS, "unknown": 1}}
        case {"screen": "DOCTOR", "data": {"doctor": str()}}:
            return {"screen": "DAY", "data": DAYS}
        case {"screen": "DAY", "data": {"day": day}}:
            return {"screen": "CONFIRM", "data": {"summary": f"On {day}", "fee": 250}}
        case {"screen": "CONFIRM", "data": {"name": name}, "flow_token": token}:
            params = {"flow_token": token, "name": name}
            return {"screen": "SUCCESS", "data": {"extension_message_response": {"params": params}}}
    return {"data": {"acknowledged": True}}


@dataclass
class FormServer:
    """The endpoint: what it was asked, and how it answers."""

    url: str = ""
    private_key: str = KEYS[0]
    requests: list[Json] = field(default_factory=list)
    tries: int = 0  # every POST, also those that nobody could read
    status: int = 200
    said: str = ""  # of a 427
    sealed: bool = False  # whether that is encrypted
    answer: Callable[[Json], Json | Awaitable[Json]] = answers

    async def receive(self, request: Request) -> Response:
        """The route: as pywa decrypts and encrypts."""
        self.tries += 1
        raw = await request.body()
        if not webhook_updates_validator(SECRET, raw, request.headers["x-hub-signature-256"]):
            return Response(status_code=432)
        if self.status != 200 and not self.sealed:
            return Response(json.dumps({"error_msg": self.said}), self.status, media_type="application/json")
        body = json.loads(raw)
        try:
            asked, key, vector = default_flow_request_decryptor(
                body["encrypted_flow_data"], body["encrypted_aes_key"], body["initial_vector"], self.private_key
            )
        except ValueError:
            return Response(status_code=421)
        if self.status != 200:
            said = default_flow_response_encryptor({"error_msg": self.said}, key, vector)
            return PlainTextResponse(said, self.status)
        self.requests.append(asked)
        answer = {"data": {"status": "active"}} if asked["action"] == "ping" else self.answer(asked)
        answer = await answer if isinstance(answer, Awaitable) else answer
        return PlainTextResponse(default_flow_response_encryptor(answer, key, vector))

    @property
    def asked(self) -> list[str]:
        """The actions in the order in which they came."""
        return [request["action"] for request in self.requests]


@contextlib.asynccontextmanager
async def form_server() -> AsyncIterator[FormServer]:
    """An endpoint on a port of its own."""
    server = FormServer()

    async def receive(request: Request) -> Response:
        return await server.receive(request)

    async with serving(Starlette(routes=[Route(PATH, receive, methods=["POST"])])) as url:
        server.url = url + PATH
        yield server


@contextlib.asynccontextmanager
async def client(simulator: Simulator) -> AsyncIterator[WhatsApp]:
    """pywa's client, its calls led to the simulator."""

    async def lead(request: httpx.Request) -> None:
        port = httpx.URL(simulator.url).port
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=port)
        request.headers["Host"] = f"127.0.0.1:{port}"

    async with httpx.AsyncClient(event_hooks={"request": [lead]}) as session:
        yield WhatsApp(phone_id=NUMBER, token=TOKEN, waba_id=WABA, session=session)
