"""A small HTTP server with scripted answers."""

import json
import queue
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from portal_py.testing import Credentials

PATIENCE = 30
"""The timeout in seconds for anything that a test waits for."""

Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: object = None, **headers: str) -> Answer:
    """An answer with that status and JSON body."""
    return raw_answer("" if body is None else json.dumps(body), status, **headers)


def raw_answer(body: str, status: int = 200, **headers: str) -> Answer:
    """An answer with exactly that body."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        text = body.encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(text)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(text)

    return send


def link(url: str = "https://pay.example.com/portal/canary-link", **result: object) -> Answer:
    """Kwik's answer with a link."""
    return answer(
        200,
        {
            "status": True,
            "result": {"customer_id": "cus_1", "link_url": url, "expires_at": "2026-03-13T12:30:00Z", **result},
        },
    )


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


class Scripted:
    """Answers each request with the next of ``answers``, and then always with the last one."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [link()]
        self.bodies: list[Any] = []
        self.texts: list[str] = []
        self.requests: queue.Queue[None] = queue.Queue()
        self.disconnects: queue.Queue[None] = queue.Queue()
        self.connections = 0
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                script.connections += 1

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers.get("content-length", 0)))
                script.texts.append(text.decode())
                script.bodies.append(json.loads(text))
                script.requests.put(None)
                next_answer = script.answers.pop(0) if len(script.answers) > 1 else script.answers[0]
                next_answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that left

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def kwik(self) -> Credentials:
        """Settings that call this server as Kwik."""
        return {"api_key": "canary-key", "api_secret": "canary-secret", "base_url": self.url}

    @property
    def onlineapp(self) -> Credentials:
        """Settings that call this server as OnlineApp."""
        return {"api_key": "canary-key", "paywall_id": "547", "base_url": self.url}

    def withhold(self) -> None:
        """Give no answer; record in ``disconnects`` when the client closes the connection."""

        def wait(handler: BaseHTTPRequestHandler) -> None:
            handler.connection.recv(1)
            self.disconnects.put(None)
            handler.close_connection = True

        self.answers = [wait]

    def wait_until_requested(self) -> None:
        self.requests.get(timeout=PATIENCE)

    def wait_until_disconnected(self) -> None:
        self.disconnects.get(timeout=PATIENCE)

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
