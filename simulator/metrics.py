"""What is counted, on the default Prometheus registry."""

from prometheus_client import Counter, Gauge

SENDS = Counter("simulator_sends_total", "Calls to send a message, by answer (ok or the error code)", ["answer"])
WEBHOOKS = Counter("simulator_webhooks_total", "Webhooks to the bot, by what became of them", ["outcome"])
WAITING = Gauge("simulator_webhooks_waiting", "Webhooks that the bot has not answered 200 yet")
NO_PLUS = Counter("simulator_recipients_without_plus_total", "Recipients that Meta might have read as a local number")
