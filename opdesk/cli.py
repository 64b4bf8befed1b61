"""The command line. Each command loads only what it needs, and every trouble leaves as one sentence."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from opdesk.errors import Trouble
from opdesk.loading import quickly

app = typer.Typer(
    help="A clinic's front desk inside WhatsApp.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
tenants = typer.Typer(help="The practices that use this desk.", no_args_is_help=True)
channels = typer.Typer(help="The WhatsApp numbers that patients write to.", no_args_is_help=True)
app.add_typer(tenants, name="tenant")
app.add_typer(channels, name="channel")
users = typer.Typer(help="The staff of the practices, and how they sign in.", no_args_is_help=True)
app.add_typer(users, name="user")

if TYPE_CHECKING:
    from opdesk.settings import Settings

Host = Annotated[str, typer.Option(envvar="OPDESK_HOST", help="The address to listen on.")]
LOCAL = "127.0.0.1"


def python_trouble(version: tuple[int, int]) -> str:
    """What is wrong with this Python, if anything."""
    if (3, 11) <= version < (3, 14):
        return ""
    return (
        f"OPDesk needs Python 3.11, 3.12 or 3.13, and this is {version[0]}.{version[1]}: "
        "install one of them and run `make install` again."
    )


def settings(**given: object) -> "Settings":
    """The settings of this run; beside a running demo, the demo's."""
    with quickly():
        from opdesk.demo import for_demo
        from opdesk.settings import Settings, read_stores

    loaded = Settings.load(**given)
    return for_demo(loaded) if read_stores(loaded.data_dir).get("demo") else loaded


def main() -> None:
    """The program ``opdesk``."""
    if trouble := python_trouble(sys.version_info[:2]):
        sys.exit(trouble)
    app.callback()(begin)  # here, so that a program that calls a command keeps its own logs
    try:
        app(standalone_mode=True)
    except Trouble as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def begin() -> None:
    """Before any command, and after what needs none, such as --help."""
    with quickly():
        from opdesk import logs

    logs.configure("opdesk")


@app.command()
def demo(
    host: Host = LOCAL,
    play: Annotated[
        str,
        typer.Option(help='"week": play a week of patients on a desk of its own, print what was promised and kept.'),
    ] = "",
    patients: Annotated[int, typer.Option(help="How many play.", min=1, max=5000)] = 200,
    seed: Annotated[int, typer.Option(help="Of the dice by which they play.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=28, hidden=True)] = 7,
) -> None:
    """Everything on this machine: stores, demo data, bot, api, worker, scheduler, and a phone to write from."""
    with quickly():
        from opdesk.together import run

    if play:
        sys.exit(_play(play, host, patients, seed, days))
    run(settings(host=host), demo=True, demo_data=True)


def _play(name: str, host: str, patients: int, seed: int, days: int) -> int:
    from opdesk.play import theatre
    from opdesk.play.run import Play

    if name != "week":
        raise Trouble(f'There is no play "{name}": say --play week.')
    return theatre.run(host, Play(patients, days, seed))


@app.command()
def up(
    host: Host = LOCAL,
    demo_data: Annotated[
        bool, typer.Option("--demo-data", help="Put the demo's clinics in: public passwords.")
    ] = False,
) -> None:
    """Everything but the simulator on this machine, with the stores that the settings name or embedded ones."""
    with quickly():
        from opdesk.together import run

    run(settings(host=host), demo=False, demo_data=demo_data)


@app.command()
def understand() -> None:
    """Read sentences as JSON lines {"text", "language", "now", "zone"}; write what each was understood to say."""
    from opdesk import understand as understanding

    sys.exit(understanding.run(understanding.lines(), sys.stdout))


@app.command()
def bot(host: Host = LOCAL) -> None:
    """Receive webhooks, talk to patients, send replies."""
    with quickly():
        from opdesk.roles import run_bot

    run_bot(settings(host=host))


@app.command()
def api(host: Host = LOCAL) -> None:
    """Serve the staff API."""
    with quickly():
        from opdesk.roles import run_api

    run_api(settings(host=host))


@app.command()
def worker(host: Host = LOCAL) -> None:
    """Keep promises: send what is due."""
    with quickly():
        from opdesk.working import run_worker

    run_worker(settings(host=host))


@app.command()
def scheduler(host: Host = LOCAL) -> None:
    """Wake the workers for what falls due and for what was lost."""
    with quickly():
        from opdesk.scheduling import run_scheduler

    run_scheduler(settings(host=host))


@app.command()
def simulator(host: Host = LOCAL) -> None:
    """Stand in for Meta's servers, with phones to write from."""
    with quickly():
        from opdesk.roles import run_simulator

    run_simulator(settings(host=host))


@app.command()
def ready(port: int, host: Host = LOCAL) -> None:
    """Ask a process on this machine whether it is ready; exit code 1 if not."""
    from opdesk.probe import is_ready

    sys.exit(not is_ready(host, port))


@app.command()
def check() -> None:
    """Say of everything configured whether it is reachable and right; exit code 1 if something is not."""
    with quickly():
        from opdesk.check import report

    sys.exit(asyncio.run(report(settings())))


@app.command()
def chat(
    user: Annotated[str, typer.Option(help="The patient's number, or a business-scoped user id.")] = "919876500001",
    name: Annotated[str, typer.Option(help="The name in the patient's profile.")] = "Asha",
    number: Annotated[
        str, typer.Option(help="The clinic's number to write to: its digits, its id, or a part of its name.")
    ] = "",
    host: Host = LOCAL,
) -> None:
    """A patient's phone in this terminal, on the simulator that runs."""
    with quickly():
        from opdesk.probe import is_ready, reachable
        from simulator.terminal import run

    port = settings(host=host).simulator_port
    if not is_ready(host, port):
        raise Trouble(f"No simulator answers on port {port}: start `opdesk demo` first, or set OPDESK_SIMULATOR_PORT.")
    run(f"http://{reachable(host)}:{port}", user, name, number)


Practice = Annotated[str, typer.Argument(help="The practice's short name.")]
Place = Annotated[str, typer.Argument(help="The clinic's id or name; not needed where there is only one.")]
Begins = Annotated[str, typer.Option("--for", help="clinic, service, doctor or check_in.")]
Subject = Annotated[str, typer.Option(help="The id or name of the service or the doctor.")]
Spoken = Annotated[str, typer.Option(help="Such as ar; else the clinic's own.")]


@app.command()
def poster(
    tenant: Practice,
    clinic: Place = "",
    size: Annotated[str, typer.Option(help="a4 or a5.")] = "a4",
    begins: Begins = "clinic",
    of: Subject = "",
    language: Spoken = "",
    number: Annotated[str, typer.Option(help="The WhatsApp number to write to; else the practice's first.")] = "",
    out: Annotated[str, typer.Option(help="The file to write.")] = "poster.pdf",
) -> None:
    """Draw a poster with a QR code that begins a booking, or a check-in, on WhatsApp: a PDF to print."""
    from opdesk.posters import Wanted, write_poster

    asyncio.run(write_poster(settings(), Wanted(tenant, clinic, begins, of, language, number), size, out))


@app.command()
def links(tenant: Practice, clinic: Place = "", language: Spoken = "") -> None:
    """List the links that begin a booking at a clinic, with a service or a doctor, or a check-in."""
    from opdesk.posters import list_links

    asyncio.run(list_links(settings(), tenant, clinic, language))


@tenants.command("add")
def tenant_add(
    id: Annotated[str, typer.Argument(help="A short name of letters and digits, for good.")],
    name: Annotated[str, typer.Argument(help="What patients read.")],
    languages: Annotated[str, typer.Option(help="Of the chat, the default first.")] = "en",
    clinic: Annotated[str, typer.Option(help="The first clinic's name; needs the next three, too.")] = "",
    address: Annotated[str, typer.Option(help="Where it is.")] = "",
    zone: Annotated[str, typer.Option(help="Its time zone, such as Asia/Kolkata.")] = "",
    currency: Annotated[str, typer.Option(help="Its money, such as INR.")] = "",
    owner: Annotated[str, typer.Option(help="The owner's e-mail address; prints a link to set a password.")] = "",
    owner_name: Annotated[str, typer.Option(help="The owner's name.")] = "",
) -> None:
    """Add a practice, with its first clinic and its owner if they are named."""
    from opdesk.setup import NewTenant, add_tenant

    spoken = languages.replace(" ", "").split(",")
    asyncio.run(add_tenant(settings(), NewTenant(id, name, spoken, clinic, address, zone, currency, owner, owner_name)))


@tenants.command("list")
def tenant_list() -> None:
    """List the practices."""
    from opdesk.setup import list_tenants

    asyncio.run(list_tenants(settings()))


@channels.command("add")
def channel_add(
    tenant: Annotated[str, typer.Argument(help="The practice's short name.")],
    phone_number_id: Annotated[str, typer.Argument(help="Meta's id of the number (not the number itself).")],
    waba_id: Annotated[str, typer.Argument(help="Meta's id of the WhatsApp business account.")],
    access_token: Annotated[
        str, typer.Option(envvar="OPDESK_ACCESS_TOKEN", prompt="Access token", hide_input=True, help="Stored sealed.")
    ],
    display: Annotated[str, typer.Option(help="The number as patients see it.")] = "",
    per_second: Annotated[int, typer.Option(help="Meta's throughput of this number.")] = 80,
) -> None:
    """Add a WhatsApp number to a practice, or give it a new access token."""
    from opdesk.channels import add_channel

    facts = {
        "phone_number_id": phone_number_id, "waba_id": waba_id, "access_token": access_token,
        "display_phone_number": display, "messages_per_second": per_second,
    }  # fmt: skip
    asyncio.run(add_channel(settings(), tenant, facts))


@channels.command("add-twilio")
def channel_add_twilio(
    tenant: Annotated[str, typer.Argument(help="The practice's short name.")],
    sender: Annotated[str, typer.Argument(help="The number with its country code, such as +15550000001.")],
    account_sid: Annotated[str, typer.Argument(help="Twilio's account that it is in: AC...")],
    auth_token: Annotated[
        str,
        typer.Option(
            envvar="OPDESK_AUTH_TOKEN", prompt="Auth token", hide_input=True, help="The primary one. Stored sealed."
        ),
    ],
    shared_key: Annotated[
        str, typer.Option(envvar="OPDESK_SHARED_KEY", help="Where webhooks are signed by a shared key. Stored sealed.")
    ] = "",
    display: Annotated[str, typer.Option(help="The number as patients see it; else as given.")] = "",
    per_second: Annotated[int, typer.Option(help="Twilio's throughput of this number.")] = 80,
) -> None:
    """Add a WhatsApp number at Twilio to a practice, or give it new credentials."""
    from opdesk.channels import add_channel, of_twilio

    typed = {"sender": sender, "account_sid": account_sid, "auth_token": auth_token, "shared_key": shared_key}
    named = {"display_phone_number": display} if display else {}
    asyncio.run(add_channel(settings(), tenant, {**of_twilio(typed | named), "messages_per_second": per_second}))


Number = Annotated[str, typer.Argument(help="As `opdesk channel list` names it.")]


@channels.command("rotate")
def channel_rotate(
    number: Number,
    secret: Annotated[
        str, typer.Option(envvar="OPDESK_NEW_SECRET", prompt="New secret", hide_input=True, help="Stored sealed.")
    ],
    shared_key: Annotated[bool, typer.Option("--shared-key", help="It is Twilio's shared key, not the token.")] = False,
) -> None:
    """Give a number a new access token (Meta) or auth token (Twilio), and try it."""
    from opdesk.channels import rotate

    asyncio.run(rotate(settings(), number, secret, shared_key=shared_key))


@channels.command("check")
def channel_check(
    number: Annotated[str, typer.Argument(help="As `opdesk channel list` names it; else all.")] = "",
) -> None:
    """Say whether the provider knows a number and takes its token, and where its webhooks go."""
    from opdesk.channels import check_channels

    sys.exit(asyncio.run(check_channels(settings(), number)))


@channels.command("webhooks")
def channel_webhooks(number: Number) -> None:
    """Enter this desk's webhook addresses at Twilio, for one of its senders."""
    from opdesk.channels import enter_webhooks

    asyncio.run(enter_webhooks(settings(), number))


@channels.command("list")
def channel_list() -> None:
    """List the WhatsApp numbers."""
    from opdesk.channels import list_channels

    asyncio.run(list_channels(settings()))


@users.command("add")
def user_add(
    tenant: Annotated[str, typer.Argument(help="The practice's short name.")],
    email: Annotated[str, typer.Argument(help="By which they sign in.")],
    name: Annotated[str, typer.Option(help="As colleagues read it.")],
    role: Annotated[str, typer.Option(help="owner, manager, doctor, receptionist, billing, nurse, ...")] = "owner",
    clinic: Annotated[str, typer.Option(help="The id of the only clinic where it holds.")] = "",
    doctor: Annotated[str, typer.Option(help="The id of the doctor that they are.")] = "",
) -> None:
    """Add a member of staff; the password is asked for, or read from the standard input."""
    from opdesk.people import NewUser, add_user, read_password

    given = settings()
    asyncio.run(add_user(given, NewUser(tenant, email, name, role, clinic, doctor), read_password()))


@users.command("list")
def user_list(tenant: Annotated[str, typer.Argument(help="The practice's short name.")]) -> None:
    """List the staff of a practice."""
    from opdesk.people import list_users

    asyncio.run(list_users(settings(), tenant))


@users.command("password")
def user_password(email: Annotated[str, typer.Argument(help="Whose.")]) -> None:
    """Give somebody a new password, asked for or read from the standard input; all their sessions end."""
    from opdesk.people import read_password, set_password

    given = settings()
    asyncio.run(set_password(given, email, read_password()))


@users.command("suspend")
def user_suspend(email: Annotated[str, typer.Argument(help="Whom.")]) -> None:
    """Keep somebody out; all their sessions end."""
    from opdesk.people import suspend_user

    asyncio.run(suspend_user(settings(), email))
