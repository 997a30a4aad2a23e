"""What the example apps are tested with: what a provider may refuse, and an app behind its real server."""

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

PATIENCE = 60
"""Seconds after which something that should have happened long ago counts as not happening."""


class Refusal(NamedTuple):
    """What a provider does, what its customer gets to see, and how loudly operators are told."""

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
    # Longer than a call may take, so that no test waits for it.
    Refusal({"fault": "status", "status": 429, "retry_after": 600}, 503, "try again", "600", logging.WARNING),
]


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    text: str


class Served:
    """An app behind its real server, started by the command in its README, in processes of its own."""

    def __init__(self, *more: str) -> None:
        [command] = readme("sh")
        program = [sys.executable, "-m", *shlex.split(command), *more]
        self.process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.address = ""
        self._said: list[str] = []
        self._known = threading.Event()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        self._known.wait(PATIENCE)
        if not self.address:
            self.kill()
            raise RuntimeError("".join(self._said))

    def ask(self, method: str, path: str, headers: dict[str, str], body: str = "") -> Answer:
        """A request on a connection of its own; unlike httpx, it logs nothing."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def stop(self) -> str:
        """Ends it as an operator would, and returns what it said."""
        self.process.terminate()
        status = self.process.wait(PATIENCE)
        self._listener.join()
        said = "".join(self._said)
        assert status in (0, -signal.SIGTERM), said
        return said

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()

    def _listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                self._said.append(line)
                if listening := re.search(r"http://127\.0\.0\.1:\d+", line):
                    self.address = urlsplit(listening[0]).netloc
                    self._known.set()
        self._known.set()  # it ended, maybe before it listened


def readme(language: str) -> list[str]:
    """The blocks of code in the README beside the tests."""
    text = Path("README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
