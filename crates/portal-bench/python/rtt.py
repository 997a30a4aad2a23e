"""Counts a link's round trips, of our client and of peers; ``cargo xtask bench rtt`` runs it.

A relay before the server delays each byte by 25 ms each way, so a link's round trips are its time over 50 ms. Loopback
shakes hands at once: the relay holds a connection's first bytes for that round trip. Home-made: `tc netem` needs a
kernel module that containers lack.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from inspect import isawaitable
from pathlib import Path
from statistics import median
from typing import Any

from instructions import server
from report import bold, machine, table
from worker import ASYNC, SYNC, account, arguments, versions

DELAY_S = 0.025
ROUND_TRIP_S = 2 * DELAY_S
PAUSES_S = (0, 20, 60, 85)
SAMPLES = 5
CLIENTS = ("ours", "ours, asyncio", "requests", "httpx", "aiohttp", "stripe")
# The round trips that ours may take, by the server's variable.
SERVERS = {
    "PORTAL_BENCH_TLS": ("server keeps connections", [3, 1, 1, 1, 1, 1]),
    "PORTAL_BENCH_CLOSING": ("server closes after 5 s", [3, 1, 1, 3, 3, 3]),
}
COLUMNS = ["cold", "after `warm_up`", *(f"after {pause} s" for pause in PAUSES_S)]
Times = Sequence[Sequence[float | None]]
"""The seconds of each link by column; ``None`` for one that failed."""


def cell(seconds: Sequence[float | None]) -> str:
    """The round trips of the median, and its time."""
    known = [each for each in seconds if each is not None]
    if len(known) < len(seconds):
        return f"{len(seconds) - len(known)} of {len(seconds)} failed"
    return f"{median(known) / ROUND_TRIP_S:.0f} ({median(known) * 1e3:.0f} ms)" if known else "–"


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, held_s: float) -> None:
    loop = asyncio.get_running_loop()
    due, data = loop.time() + held_s, b"-"
    while data:
        try:
            data = await reader.read(65_536)
        except OSError:
            data = b""
        # The timers of equal times have no order.
        due = max(loop.time() + DELAY_S, due + 1e-6)
        loop.call_at(due, *((writer.write, data) if data else (writer.close,)))


async def relay(origin: str) -> str:
    port = int(origin.rpartition(":")[2])

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
        held = DELAY_S + ROUND_TRIP_S
        # The end of the measurement cancels it.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(forward(reader, to_server, held), forward(from_server, writer, 0))

    listener = await asyncio.start_server(connect, "127.0.0.1", 0)
    return f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"


async def measure(call: Callable[[], Any]) -> float | None:
    start = time.perf_counter()
    try:
        if isawaitable(result := call()):
            await result
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return None
    return time.perf_counter() - start


async def warm(is_async: bool) -> Callable[[], Any]:
    from portal_py import AsyncPortal, Portal

    portal: Any = (AsyncPortal if is_async else Portal)("kwik", **account())
    if isawaitable(opening := portal.warm_up()):
        await opening
    return lambda: portal.create_link(**arguments())


async def client(name: str) -> None:
    """Prints a line after the cold links, then the times as JSON."""
    who, _, mode = name.partition(", ")
    is_async = bool(mode) or who == "aiohttp"
    calls = [(ASYNC if is_async else SYNC)[who]() for _ in range(SAMPLES)]
    times = [[await measure(call) for call in calls]]
    warmed = [await warm(is_async) for _ in range(SAMPLES if who == "ours" else 0)]
    times.append([await measure(call) for call in warmed])
    print(flush=True)
    for pause in PAUSES_S:
        await asyncio.sleep(pause)
        times.append([await measure(call) for call in calls])
    print(json.dumps(times), flush=True)


async def drive(places: dict[str, str], authority: Path) -> dict[str, Times]:
    """The times by server and client. Clients start one after another, and pause at the same time."""
    processes = {}
    for variable in SERVERS:
        trust = {"SSL_CERT_FILE": str(authority), "REQUESTS_CA_BUNDLE": str(authority)}
        environment = {**trust, "PORTAL_BENCH_PLAIN": await relay(places[variable])}
        for name in CLIENTS:
            command = (sys.executable, __file__, name)
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
            assert process.stdout
            await process.stdout.readline()
            processes[f"{variable} {name}"] = process
    return {key: json.loads((await process.communicate())[0]) for key, process in processes.items()}


def report(times: Mapping[str, Times]) -> tuple[str, list[str]]:
    """The table, and where ours took another number of round trips than it should."""
    rows, wrong = [], []
    for variable, (title, expected) in SERVERS.items():
        for name in CLIENTS:
            columns = times[f"{variable} {name}"]
            rows.append([f"{bold(name)}, {title}", *map(cell, columns)])
            for column, most, seconds in zip(COLUMNS, expected, columns, strict=True):
                if name.startswith("ours") and not cell(seconds).startswith(f"{most} ("):
                    wrong.append(f"{name}, {title}, {column}: {cell(seconds)} instead of {most}")
    return table(["round trips of a link", *COLUMNS], rows), wrong


def main(program: str) -> None:
    with tempfile.TemporaryDirectory() as folder, server(program) as places:
        authority = Path(folder, "authority.pem")
        authority.write_text(places["PORTAL_BENCH_AUTHORITY"])
        text, wrong = report(asyncio.run(drive(places, authority)))
    print(f"\nMade by `cargo xtask bench rtt` on {machine(versions())}.\n\n{text}")
    if wrong:
        sys.exit("\n".join(["error: ours takes other round trips than it should", *wrong]))


if __name__ == "__main__":
    if sys.argv[1] in CLIENTS:
        asyncio.run(client(sys.argv[1]))
    else:
        main(sys.argv[1])
