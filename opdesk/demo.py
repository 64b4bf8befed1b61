"""What the demo sets where nobody else did: fixed, public credentials, and the simulator in the providers' place."""

import sys

from pydantic import SecretStr

from opdesk.probe import free_port, reachable
from opdesk.settings import Settings

SECRETS = {
    "whatsapp_app_secret": "demo-app-secret",
    "whatsapp_verify_token": "demo-verify-token",
    "secret_key": "demo-secret-key",
}


def for_demo(settings: Settings) -> Settings:
    """``settings`` with the demo's values where the environment gave none."""
    given = settings.model_fields_set
    update: dict[str, object] = {
        name: SecretStr(value) for name, value in SECRETS.items() if not getattr(settings, name).get_secret_value()
    }
    if "graph_url" not in given:
        update["graph_url"] = f"http://{reachable(settings.host)}:{settings.simulator_port}"
    if "twilio_url" not in given:
        update["twilio_url"] = f"http://{reachable(settings.host)}:{settings.simulator_port}"
    update["clock_file"] = settings.clock_file or settings.data_dir / "clock"
    return settings.model_copy(update=update)


USER = "owner@demo.opdesk.test"
MAIL_FROM = "desk@demo.opdesk.test"


def with_mailbox(settings: Settings) -> Settings:
    """``settings`` with the simulator's mailbox as the way of mails, where no other was given. To be called once, when
    the demo starts: the port is any free one."""
    if settings.smtp_url.get_secret_value():
        return settings
    port = settings.simulator_mail_port or free_port()
    update = {
        "simulator_mail_port": port,
        "smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"),
        "mail_from": settings.mail_from or MAIL_FROM,
    }
    return settings.model_copy(update=update)


def _program() -> str:
    """As it was called, so that it can be typed again: ".venv/bin/opdesk"."""
    called = sys.argv[0]
    return called if called.endswith("opdesk") else "opdesk"


def greeting(settings: Settings) -> str:
    """Where everything is, and what to try first."""
    from clinic.demo_staff import PASSWORD  # late: it brings the weight of a database

    host = reachable(settings.host)
    return f"""
  The desk is open. Write "hi" to it:

    phone      http://{host}:{settings.simulator_port}/        (several patients side by side)
    terminal   {_program()} chat   (--number twilio: the number at Twilio)
    api        http://{host}:{settings.api_port}/docs
    mailbox    http://{host}:{settings.simulator_port}/mailbox   (what the desk mails to its staff)
    sign in    {USER}, {PASSWORD}
    webhook    http://{host}:{settings.bot_port}/webhooks/cloud
    logs       {settings.data_dir / "logs"}

  Ctrl-C stops everything; the data stays in {settings.data_dir}.
"""
