"""uvicorn's HTTP protocol with a short way for webhooks: from the parser to the receiver and back in one task.

Four of five requests of a busy bot are webhooks, and the ASGI round (scope, events, two messages back) costs as much as
all that is done for one of them. Everything else, and every webhook that is out of the ordinary (pipelined, HTTP/1.0,
``Expect``, another method), goes uvicorn's own way and ends in the same receiver. Any other ASGI server serves the bot
as well, only slower.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from bot.receive import LARGEST, PATH, Answer, Headers, Refused, Webhook, check

URL = PATH.encode()
TAIL = b"content-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\ncontent-length: 0\r\n\r\n"


class _NoEvent:
    """uvicorn wakes a cycle when something arrives; ours is only started when all has."""

    def set(self) -> None:
        """Nothing waits."""


class Exchange:
    """One webhook and its answer, as far as uvicorn's protocol looks at its cycles."""

    message_event = _NoEvent()

    def __init__(self, headers: Headers, keep_alive: bool) -> None:
        self.headers, self.keep_alive = headers, keep_alive
        self.body = bytearray()
        self.response_complete = self.disconnected = False


class WebhookProtocol(HttpToolsProtocol):
    """Give it to uvicorn as ``http=``, with the receiver as the application and ``proxy_headers=False``."""

    def on_headers_complete(self) -> None:
        """httptools': the headers are known."""
        if not self._is_webhook():
            super().on_headers_complete()
            return
        exchange = Exchange(dict(self.headers), self.parser.should_keep_alive())
        self.cycle: Any = exchange
        try:
            check(exchange.headers)
        except Refused as refused:
            self._refuse(exchange, refused)

    def _is_webhook(self) -> bool:
        return (
            self.url == URL
            and isinstance(self.app, Webhook)
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and (self.cycle is None or bool(self.cycle.response_complete))
        )

    def on_body(self, body: bytes) -> None:
        """httptools': a piece of the body."""
        exchange = self.cycle
        if not isinstance(exchange, Exchange):
            super().on_body(body)
        elif not exchange.response_complete:
            exchange.body += body
            if len(exchange.body) > LARGEST:
                self._refuse(exchange, Refused(413, "size"))

    def on_message_complete(self) -> None:
        """httptools': the request is whole."""
        exchange = self.cycle
        if not isinstance(exchange, Exchange):
            super().on_message_complete()
        elif not exchange.response_complete:
            self._start(self._accept(exchange))

    def _start(self, work: Any) -> None:
        task = self.loop.create_task(work)
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    async def _accept(self, exchange: Exchange) -> None:
        app: Any = self.app
        answer = await app.judged(app.accept(exchange.headers, bytes(exchange.body)))
        self._say(exchange, answer)

    def _refuse(self, exchange: Exchange, refused: Refused) -> None:
        """At once; the rest of the body is read past, so that the sender sees the answer."""
        self._say(exchange, Webhook.counted(refused))

    def _say(self, exchange: Exchange, answer: Answer) -> None:
        exchange.response_complete = True
        if exchange.disconnected or self.transport.is_closing():
            return
        end = b"" if exchange.keep_alive else b"connection: close\r\n"
        self.transport.write(b"".join((STATUS_LINE[answer[0]], end, TAIL)))
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()
