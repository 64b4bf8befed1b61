"""What the demo sets where nobody else did: fixed, public credentials, and the simulator in Meta's place."""

from pydantic import SecretStr

from opdesk.probe import reachable
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
    return settings.model_copy(update=update)


def greeting(settings: Settings) -> str:
    """Where everything is, and what to try first."""
    host = reachable(settings.host)
    return f"""
  The desk is open. Write "hi" to it:

    phone      http://{host}:{settings.simulator_port}/        (several patients side by side)
    terminal   opdesk chat
    api        http://{host}:{settings.api_port}/docs
    webhook    http://{host}:{settings.bot_port}/webhooks/cloud
    logs       {settings.data_dir / "logs"}

  Ctrl-C stops everything; the data stays in {settings.data_dir}.
"""
