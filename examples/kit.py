"""Test helpers of the example apps: a provider's refusals, and an app behind its real server."""

import http.client
import logging
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TIMEOUT = 60
"""Seconds that a test waits for an event that normally happens at once."""


class Refusal(NamedTuple):
    """A provider's fault, the answer that the customer sees, and the level of the log for operators."""

    fault: dict[str, Any]
    status: int
    text: str
    retry_after: str | None = None
    level: int = logging.NOTSET


REFUSALS = [
    Refusal({"fault": "status", "status": 404}, 404, "nothing to manage"),
    Refusal({"fault": "status", "status": 409}, 409, "active purchase"),
    Refusal({"fault": "status", "status": 400}, 500, "on our side", level=logging.ERROR),
    Refusal({"fault": "status", "status": 401}, 500, "on our side", level=logging.ERROR),
    Refusal({"fault": "status", "status": 403}, 500, "on our side", level=logging.ERROR),
    Refusal({"fault": "not_json"}, 500, "on our side", level=logging.ERROR),
    Refusal({"fault": "status", "status": 503}, 503, "try again", "30", logging.WARNING),
    Refusal({"fault": "close_before_answer"}, 503, "try again", "30", logging.WARNING),
    # Longer than the time limit of a call, so that no test waits for it.
    Refusal({"fault": "status", "status": 429, "retry_after": 600}, 503, "try again", "600", logging.WARNING),
]


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    text: str


class RunningApp:
    """An app behind its real server, started in its own process by the command in its README."""

    def __init__(self, *more: str) -> None:
        [command] = readme("sh")
        program = [sys.executable, "-m", *shlex.split(command), *more]
        self.process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.address = ""
        self._output: list[str] = []
        self._has_address = threading.Event()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        self._has_address.wait(TIMEOUT)
        if not self.address:
            self.kill()
            raise RuntimeError("".join(self._output))

    def request(self, method: str, path: str, headers: dict[str, str], body: str = "") -> Answer:
        """Sends a request on a new connection; unlike httpx, it logs nothing."""
        connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def stop(self) -> str:
        """Stops the server with SIGTERM, and returns its output."""
        self.process.terminate()
        status = self.process.wait(TIMEOUT)
        self._listener.join()
        output = "".join(self._output)
        assert status in (0, -signal.SIGTERM), output
        return output

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()

    def _listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                self._output.append(line)
                if listening := re.search(r"http://127\.0\.0\.1:\d+", line):
                    self.address = urlsplit(listening[0]).netloc
                    self._has_address.set()
        self._has_address.set()  # the server has ended, perhaps before it listened


def readme(language: str) -> list[str]:
    """Returns the code blocks of the README beside the tests."""
    text = Path("README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
