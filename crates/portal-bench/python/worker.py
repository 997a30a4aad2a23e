"""One client at work: ``worker.py WHO MODE COUNT`` prints what that many calls cost, as one line of JSON.

Every client encodes the same body as JSON, decodes the same answer, and takes the link out of it. The server is
told by ``PORTAL_BENCH_PLAIN``. Only calls count: imports and the first calls, which connect, are over before.
"""

import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

ORIGIN = os.environ.get("PORTAL_BENCH_PLAIN", "")
URL = f"{ORIGIN}/2.0/customer-portal/link"
BODY = {
    "customer_id": "cus_abc123",
    "subscription_id": "sub_abc123",
    "settings": {"allow_cancel": False, "redirect_url": "https://my.site/account", "page_title": "Your plan"},
}
HEADERS = {"Authorization": "Basic " + b64encode(b"key:secret").decode(), "Accept": "application/json"}
WARM_UP = 100
IN_FLIGHT = 64
THREADS = 8
PEERS = ("portal-py", "requests", "httpx", "aiohttp", "pyreqwest", "stripe", "uvloop")


Call = Callable[[], None]
AsyncCall = Callable[[], Awaitable[None]]


def check(url: str) -> None:
    assert url.startswith("https://"), url


def link(answer: Any) -> None:
    assert answer["status"], answer
    check(answer["result"]["link_url"])


def arguments() -> dict[str, Any]:
    from portal_py import Settings

    ids = {name: BODY[name] for name in ("customer_id", "subscription_id")}
    settings = Settings(allow_cancel=False, page_title="Your plan")
    return {**ids, "settings": settings, "return_url": "https://my.site/account"}


def account() -> dict[str, Any]:
    return {"api_key": "key", "api_secret": "secret", "base_url": f"{ORIGIN}/2.0/", "rate": "off"}


def sync_ours() -> Call:
    from portal_py import Portal

    portal, asked = Portal("kwik", **account()), arguments()
    return lambda: check(portal.create_link(**asked).url)


def sync_requests() -> Call:
    import requests

    session = requests.Session()
    session.headers.update(HEADERS)
    return lambda: link(session.post(URL, json=BODY, timeout=30).json())


def sync_httpx() -> Call:
    import httpx

    client = httpx.Client(headers=HEADERS, timeout=30)
    return lambda: link(client.post(URL, json=BODY).json())


def sync_pyreqwest() -> Call:
    from pyreqwest.client import SyncClientBuilder

    client = SyncClientBuilder().default_headers(HEADERS).build()
    return lambda: link(client.post(URL).body_json(BODY).build().send().json())


def sync_stripe() -> Call:
    import stripe

    stripe.ca_bundle_path = os.environ.get("REQUESTS_CA_BUNDLE", stripe.ca_bundle_path)
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": ORIGIN})
    # It writes JSON only below this folder, which the server takes for its root.
    path = "/v2/2.0/customer-portal/link"
    return lambda: link(client.deserialize(client.raw_request("post", path, **BODY), api_mode="V2"))


def async_ours() -> AsyncCall:
    from portal_py import AsyncPortal

    portal, asked = AsyncPortal("kwik", **account()), arguments()

    async def call() -> None:
        check((await portal.create_link(**asked)).url)

    return call


def async_aiohttp() -> AsyncCall:
    import aiohttp

    session = aiohttp.ClientSession(headers=HEADERS)

    async def call() -> None:
        async with session.post(URL, json=BODY) as answer:
            link(await answer.json())

    return call


def async_httpx() -> AsyncCall:
    import httpx

    # By its own limits it keeps 20 connections; if it may keep as many as there are calls, it is slower.
    client = httpx.AsyncClient(headers=HEADERS, timeout=30)

    async def call() -> None:
        link((await client.post(URL, json=BODY)).json())

    return call


def async_pyreqwest() -> AsyncCall:
    from pyreqwest.client import ClientBuilder

    client = ClientBuilder().default_headers(HEADERS).build()

    async def call() -> None:
        answer = await client.post(URL).body_json(BODY).build().send()
        link(await answer.json())

    return call


SYNC = {
    "ours": sync_ours,
    "requests": sync_requests,
    "httpx": sync_httpx,
    "pyreqwest": sync_pyreqwest,
    "stripe": sync_stripe,
}
ASYNC = {"ours": async_ours, "aiohttp": async_aiohttp, "httpx": async_httpx, "pyreqwest": async_pyreqwest}


def peak_kib() -> int:
    # The one of `getrusage` begins with what the parent had.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def measured(calls: Callable[[], list[float]]) -> None:
    """Prints what ``calls``, which returns how long each took, costs."""
    before, start = time.process_time(), time.perf_counter()
    took = calls()
    wall, spent = time.perf_counter() - start, time.process_time() - before
    took.sort()
    report = {
        "calls": len(took),
        "wall_s": wall,
        "cpu_s": spent,
        "p50_s": took[len(took) // 2],
        "p99_s": took[len(took) * 99 // 100],
        "peak_kib": peak_kib(),
    }
    print(json.dumps(report))


def times(call: Call, count: int) -> list[float]:
    clock, took = time.perf_counter, []
    for _ in range(count):
        start = clock()
        call()
        took.append(clock() - start)
    return took


def sync(call: Call, count: int) -> None:
    times(call, WARM_UP)
    measured(lambda: times(call, count))


def threads(call: Call, count: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(THREADS) as pool:

        def all_of(count: int) -> list[float]:
            parts = pool.map(lambda _: times(call, count // THREADS), range(THREADS))
            return [took for part in parts for took in part]

        all_of(WARM_UP * THREADS)
        measured(lambda: all_of(count))


def in_flight(make: Callable[[], AsyncCall], count: int, *, uv: bool) -> None:
    import asyncio

    loop: asyncio.AbstractEventLoop = import_module("uvloop" if uv else "asyncio").new_event_loop()

    async def sequential(call: AsyncCall, count: int) -> list[float]:
        clock, took = time.perf_counter, []
        for _ in range(count):
            start = clock()
            await call()
            took.append(clock() - start)
        return took

    async def all_of(call: AsyncCall, count: int) -> list[float]:
        results = await asyncio.gather(*(sequential(call, count // IN_FLIGHT) for _ in range(IN_FLIGHT)))
        return [took for result in results for took in result]

    async def connect() -> AsyncCall:
        return make()

    call = loop.run_until_complete(connect())
    loop.run_until_complete(all_of(call, IN_FLIGHT * 4))
    measured(lambda: loop.run_until_complete(all_of(call, count)))
    # The clients are left as they are: how they close is not what is measured.
    sys.stdout.flush()
    os._exit(0)


def versions() -> dict[str, str]:
    return {"python": sys.version.split()[0], **{peer: version(peer) for peer in PEERS}}


def main() -> None:
    match sys.argv[1:]:
        case [who, "sync" | "threads" as mode, count]:
            run = sync if mode == "sync" else threads
            run(SYNC[who](), int(count))
        case [who, "async" | "uvloop" as mode, count]:
            in_flight(ASYNC[who], int(count), uv=mode == "uvloop")
        case _:
            sys.exit("usage: worker.py WHO sync|threads|async|uvloop COUNT")


if __name__ == "__main__":
    main()
