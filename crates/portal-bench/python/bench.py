"""Measures what calls cost, ours and those of peers, over loopback; ``cargo xtask bench`` builds and runs it.

The server has a core of its own, clients another. Clients take turns (A B A B), each a process of its own, for
several rounds. Figures are medians, and ratios the medians of each round's ratio. Home-made: pyperf and hyperfine
measure one command after the other, so a slower minute of the machine changes their ratio.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import instructions
from report import Client, Fact, Group, Report, Run, Target, bold, group_table, machine, save, table
from worker import BODY, versions

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
WORKER = str(HERE / "worker.py")
CURL = "/usr/bin/curl"
SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
ALL_CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, SERVER_CORE = ALL_CORES[0], ALL_CORES[-1]

LEVELS = {1: 10_000, 4: 20_000, 16: 38_400, 64: 38_400, 256: 38_400, 1_024: 38_400, 4_096: 38_400, 10_000: 80_000}
# Prism publishes 3.82 ms beyond the socket's time; ours is to be a fiftieth of that.
PRISM_SHARE_S = 3.82e-3 / 50
LIBRARIES = {
    "**ours**, one provider": f"""
portal = {{ path = "{ROOT}/crates/portal", default-features = false, features = ["kwik"] }}""",
    "reqwest 0.13.5 with ring, as ours": """
reqwest = { version = "=0.13.5", default-features = false, features = ["rustls-no-provider", "http2", "json"] }
rustls = { version = "=0.23.46", default-features = false, features = ["ring", "std", "tls12"] }""",
    "reqwest 0.13.5 with aws-lc, its default": """
reqwest = { version = "=0.13.5", default-features = false, features = ["rustls", "http2", "json"] }""",
    "async-stripe 1.0.0-rc.10, its client alone, ring": """
async-stripe = { version = "=1.0.0-rc.10", default-features = false, features = [
    "rustls-tls-native", "rustls-ring"] }""",
}


class Bench:
    def __init__(self, release: Path, quick: bool, report: Report, places: dict[str, str]) -> None:
        self.release, self.quick, self.report = release, quick, report
        # Nothing else of this machine's environment reaches a client.
        self.environment = {**places, "KWIK_API_KEY": "key", "KWIK_API_SECRET": "secret"}
        self.portal, self.client = str(release / "portal"), str(release / "portal-bench")

    def measure(self, group: Group, *, has_table: bool = True) -> Group:
        print("measuring:", group.title, flush=True)
        rounds = 3 if self.quick else 5 * group.rounds_factor
        # The first start compiles Python's files.
        warm_up = int(any(client.calls is None for client in group.clients))
        runs = [{client.name: self.run(client) for client in group.clients} for _ in range(rounds + warm_up)]
        group.rounds = runs[warm_up:]
        self.report.add(group)
        if has_table:
            self.report.tables.append(group_table(group))
        return group

    def run(self, client: Client) -> Run:
        count = str((client.calls or 0) // (4 if self.quick else 1))
        command = [count if word == "COUNT" else word for word in client.command]
        before, start = children_cpu(), time.perf_counter()
        output = run(command, env=self.environment)
        wall = time.perf_counter() - start
        if client.calls:
            return dict(json.loads(output.splitlines()[-1]))
        peak = [int(line.split()[1]) for line in output.splitlines() if line.startswith("VmHWM:")]
        cpu = children_cpu() - before
        none: Run = {"p50_s": None, "p99_s": None, "peak_kib": peak[0] if peak else None}
        return {"calls": 1, "wall_s": wall, "cpu_s": cpu, **none}

    def rust(self, name: str, wire: str, in_flight: int, calls: int) -> Client:
        return Client(name, [self.client, "time", f"{name}/kwik/{wire}", "COUNT", str(in_flight)], calls)

    def instructions(self) -> None:
        """What a call costs in instructions, by valgrind."""
        counts = instructions.parse(run(["cargo", "xtask", "instructions"], cwd=ROOT, is_checked=False))
        exchanges = [f"{provider}/{wire}" for provider in instructions.PROVIDERS for wire in instructions.WIRES]
        rows = [[bold(name), *(f"{counts[f'{name}/{of}']:,}" for of in exchanges)] for name in instructions.CLIENTS]
        ratios = {of: instructions.ratio(counts, f"ours/{of}") for of in exchanges}
        rows.append(["ours ÷ raw", *(f"{ratio:.2f}" for ratio in ratios.values())])
        self.report.tables.append(table(["instructions per call", *exchanges], rows))
        for of, ratio in ratios.items():
            what = f"Rust, instructions, {of}: against raw"
            self.report.facts.append(Fact(what, "times", ratio, at_most=instructions.MOST))
        parts = [instructions.split(counts, provider) for provider in instructions.PROVIDERS]
        for provider, part in zip(instructions.PROVIDERS, parts, strict=True):
            what = f"The client's own instructions, {provider}: share of the transport beneath it"
            self.report.facts.append(Fact(what, "share", part["client"] / part["transport"], at_most=0.05))
        titles = {
            "encode": "plan and encode the request",
            "decode": "read the answer, check the link",
            "client": "the client by itself, on a transport that does nothing",
            "transport": "the transport",
        }
        rows = [[title, *(f"{part[name]:,}" for part in parts)] for name, title in titles.items()]
        self.report.tables.append(table(["where ours go, plain", *instructions.PROVIDERS], rows))

    def rust_calls(self) -> None:
        """Calls by Rust: plain, TLS, HTTP/2."""
        wires = {"plain": "plain", "tls": "TLS", "http2": "HTTP/2"}
        for wire, in_flight, calls in (
            ("plain", 1, 20_000), ("plain", 64, 38_400), ("tls", 1, 20_000), ("tls", 64, 38_400), ("http2", 64, 38_400),
        ):  # fmt: skip
            clients = [self.rust(name, wire, in_flight, calls) for name in ("ours", "raw", "hyper-util", "reqwest")]
            title = f"Rust, {wires[wire]}, {in_flight} in flight"
            self.measure(Group(title, clients, [Target("CPU time", "raw", at_most=1.4)]))

    def concurrency(self) -> None:
        """Calls by Rust with 1 to 10,000 in flight."""
        names, rows = ("ours", "raw", "reqwest"), []
        for level, calls in LEVELS.items():
            clients = [self.rust(name, "plain", level, calls) for name in names]
            group = self.measure(Group(f"{level:,} in flight", clients), has_table=False)
            row = [f"{level:,}"]
            for name in names:
                cpu, rate = group.value(name, "CPU time") or 0, group.value(name, "calls per second") or 0
                row += [f"{cpu * 1e6:.1f}", f"{rate:,.0f}"]
            rows.append(row)
        head = [title for name in names for title in (f"{bold(name)}: CPU µs per call", "calls/s")]
        self.report.tables.append(table(["Rust, plain, in flight", *head], rows))

    def python(self) -> None:
        """Calls by Python: one thread, asyncio, threads, and its start."""
        cpu, rate = "calls per CPU second", "calls per second"

        def clients(mode: str, calls: dict[str, int]) -> list[Client]:
            command = [sys.executable, "-I", WORKER]
            return [Client(name, [*command, name, mode, "COUNT"], count) for name, count in calls.items()]

        sync = {"ours": 16_000, "requests": 1_600, "httpx": 1_600, "pyreqwest": 8_000, "stripe": 800}
        least = {"requests": 12, "httpx": 10, "stripe": 20, "pyreqwest": 1.8}
        targets = [Target(cpu, peer, at_least=bound) for peer, bound in least.items()]
        targets.append(Target("p50", beyond="wire", at_most=PRISM_SHARE_S))
        # Half of such a call is the kernel's sleep and wake, which varies: three times the rounds.
        self.measure(
            Group(
                "Python, one thread",
                [*clients("sync", sync), self.rust("wire", "plain", 1, 16_000)],
                targets,
                rounds_factor=3,
            )
        )
        asynchronous = {"ours": 19_200, "aiohttp": 6_400, "httpx": 512, "pyreqwest": 12_800}
        least = {"aiohttp": 4, "httpx": 40, "pyreqwest": 1.8}
        targets = [Target(rate, peer, at_least=bound) for peer, bound in least.items()]
        self.measure(Group("Python, asyncio, 64 in flight", clients("async", asynchronous), targets))
        del asynchronous["httpx"]
        self.measure(Group("Python, uvloop, 64 in flight", clients("uvloop", asynchronous)))
        threads = {"ours": 24_000, "requests": 1_600, "pyreqwest": 16_000}
        targets = [Target(rate, peer, at_least=bound) for peer, bound in {"requests": 14, "pyreqwest": 1.2}.items()]
        self.measure(Group("Python, 8 threads on one client", clients("threads", threads), targets))
        scripts = {
            "ours": "import portal_py; portal_py.Portal('kwik', api_key='key', api_secret='secret')",
            "requests": "import requests; requests.Session()",
            "stripe": "import stripe; stripe.StripeClient('sk_test_1')",
            "bare": "",
        }
        status = "\nprint(open('/proc/self/status').read())"
        starts = [Client(name, [sys.executable, "-I", "-c", code + status]) for name, code in scripts.items()]
        targets = [
            Target(metric, peer, "bare", at_most=bound)
            for peer, bound in {"requests": 1 / 20, "stripe": 1 / 30}.items()
            for metric in ("CPU time", "wall time")
        ]
        targets.append(Target("peak memory", beyond="bare", at_most=5e6 / 1024))
        self.measure(Group("Python, import and client", starts, targets, rounds_factor=4))

    def command(self) -> None:
        """One link by a program that starts for it."""
        folder = Path(tempfile.mkdtemp())
        own, everyone = folder / "own.pem", folder / "all.pem"
        own.write_text(self.environment["PORTAL_BENCH_AUTHORITY"])
        everyone.write_text(SYSTEM_AUTHORITIES.read_text() + "\n" + own.read_text())
        base = self.environment["PORTAL_BENCH_TLS"] + "/2.0/"
        body, url = json.dumps(BODY), base + "customer-portal/link"
        ours = [
            *(self.portal, "link", "kwik", "--customer", "cus_abc123", "--subscription", "sub_abc123"),
            *("--allow-cancel=false", "--return-url", "https://my.site/account", "--page-title", "Your plan"),
            *("--base-url", base, "--ca", str(own)),
        ]
        curl = [
            *(CURL, "--silent", "--show-error", "--fail", "--cacert", str(everyone), "--user", "key:secret"),
            *("--header", "content-type: application/json", "--data", body, url),
        ]
        httpx = (
            f"import httpx, json, ssl; print(httpx.post('{url}', json=json.loads('{body}'), auth=('key', 'secret'),"
            f" verify=ssl.create_default_context(cafile='{everyone}')).json()['result']['link_url'])"
        )
        clients = [Client("ours", ours), Client("curl", curl), Client("httpx", [sys.executable, "-I", "-c", httpx])]
        targets = [
            Target(metric, peer, at_most=bound)
            for peer, bound in {"curl": 0.5, "httpx": 0.1}.items()
            for metric in ("CPU time", "wall time")
        ]
        self.measure(Group("One link over TLS, cold", clients, targets, rounds_factor=4))
        shutil.rmtree(folder)

    def memory(self) -> None:
        """What 10,000 calls in flight hold in memory; once, since runs hardly differ."""
        wires = {"plain": "plain", "tls": "TLS", "http2": "HTTP/2"}
        names = ("ours", "raw", "hyper-util", "reqwest")

        def held(name: str, wire: str) -> float:
            """Holds 10,000 calls, a hundred at a time; the server counts them and does not answer."""
            url = self.environment["PORTAL_BENCH_PLAIN"] + "/held-calls"
            first = held_calls(url) + 1
            command = [self.client, "hold", f"{name}/kwik/{wire}", "100"]
            with subprocess.Popen(command, stdin=subprocess.PIPE, env=self.environment) as process:
                assert process.stdin
                wait_for(first, url)
                before = anonymous_bytes(process.pid)
                for batch in range(1, 101):
                    process.stdin.write(b"x")
                    process.stdin.flush()
                    wait_for(first + batch * 100, url)
                grown = anonymous_bytes(process.pid) - before
                process.stdin.close()
            return grown / 10_000

        held_bytes = {name: [held(name, wire) for wire in wires] for name in names}
        rows = [[bold(name), *(f"{each / 1024:.1f}" for each in row)] for name, row in held_bytes.items()]
        beyond = zip(held_bytes["ours"], held_bytes["raw"], strict=True)
        rows.append(["ours − raw", *(f"{(ours - raw) / 1024:.1f}" for ours, raw in beyond)])
        self.report.tables.append(table(["10,000 calls in flight, KiB each", *wires.values()], rows))
        for title, each in zip(wires.values(), held_bytes["ours"], strict=True):
            what = f"10,000 calls in flight, {title}: memory of each, beyond sockets"
            self.report.facts.append(Fact(what, "bytes", each, at_most=8 * 1024))

    @contextmanager
    def sandbox(self, *, has_seed: bool = False) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            command = [self.portal, "sandbox", "--quiet", "--listen=127.0.0.1:0", f"--db={folder}/state.sqlite"]
            if has_seed:
                # The default data, with the ids and the key of the measured request.
                seed = run([self.portal, "sandbox", "seed", "--print"])
                seed = seed.replace("sandbox_key", "key").replace("sandbox_secret", "secret")
                Path(folder, "seed.toml").write_text(seed.replace("_demo_active", "_abc123"))
                command.append(f"--seed={folder}/seed.toml")
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout
                try:
                    yield process.stdout.readline().strip()
                finally:
                    process.terminate()

    def sandbox_links(self) -> None:
        """Links that the sandbox creates in a second, with its state in an SQLite file."""
        links, rates = 9_600 if self.quick else 19_200, []
        for _ in range(3):
            with self.sandbox(has_seed=True) as url:
                environment = {**self.environment, "PORTAL_BENCH_PLAIN": url}
                output = run([self.client, "time", "ours/kwik/plain", str(links), "64"], env=environment)
                rates.append(links / json.loads(output.splitlines()[-1])["wall_s"])
        what = "Sandbox with an SQLite file, on 2 cores with its client, 64 in flight: links"
        self.report.facts.append(Fact(what, "per second", median(rates), at_least=5_000))

    def limit(self) -> None:
        """The share of a provider's rate that a bulk run reaches, against a sandbox that refuses more."""
        rows = 600 if self.quick else 2_000
        with tempfile.TemporaryDirectory() as folder, self.sandbox() as url:
            (Path(folder) / "in.csv").write_text(
                "customer_id,subscription_id\n" + "cus_demo_active,sub_demo_active\n" * rows
            )
            control(url, "rate_limit", {"provider": "kwik"})
            files = [f"--input={folder}/in.csv", f"--output={folder}/out.jsonl"]
            run([self.portal, "bulk", "kwik", "--quiet", f"--sandbox={url}", *files], env={})
            times = sorted(
                datetime.fromisoformat(entry["at"]) for entry in control(url, "journal") if entry["status"] == 200
            )
            refused = control(url, "rate_limit")["rate_limit"]["refused"]
        # Any second may have as many as the limit says at once: the first hundred do not count.
        steady = (len(times) - 100) / (times[-1] - times[99]).total_seconds()
        what = f"Bulk, {rows} rows at a provider's limit of 100/s"
        self.report.facts += [
            Fact(f"{what}: reached of it", "share", steady / 100, at_least=0.97),
            Fact(f"{what}: answers of 429", "count", refused, at_most=0),
        ]

    def build(self) -> None:
        """What the library costs to build from nothing, and what the program weighs."""
        rows = []
        for name, dependencies in LIBRARIES.items():
            print("measuring:", name, flush=True)
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "src").mkdir()
                Path(folder, "src/lib.rs").touch()
                package = '[package]\nname = "build-cost"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
                Path(folder, "Cargo.toml").write_text(f"{package}[dependencies]{dependencies}\n")
                # Shared dependencies have the same version.
                shutil.copy(ROOT / "Cargo.lock", folder)
                run(["cargo", "fetch", "--quiet"], cwd=folder)
                tree = run(["cargo", "tree", "--offline", "--prefix=none", "--edges=normal,build"], cwd=folder)
                crates = {line.removesuffix(" (*)") for line in tree.splitlines()}
                before, start = children_cpu(), time.perf_counter()
                build = ["cargo", "build", "--release", "--offline", "--quiet", f"--target-dir={folder}/target"]
                run(build, cwd=folder)
                cost = (time.perf_counter() - start, children_cpu() - before)
            rows.append([name, *(f"{seconds:.1f}" for seconds in cost), str(len(crates) - 1)])
        self.report.tables.append(table(["release build from nothing", "wall s", "CPU s", "crates"], rows))
        for title, most, features in (("with the sandbox", 16e6, []), ("without it", 8e6, ["--no-default-features"])):
            run(["cargo", "build", "--package=portal-cli", "--profile=dist", "--locked", *features], cwd=ROOT)
            size = (self.release.parent / "dist/portal").stat().st_size
            what = f"The program that is handed out, {title}: size"
            self.report.facts.append(Fact(what, "KiB", size / 1024, at_most=most / 1024))


PARTS: dict[str, tuple[Callable[[Bench], None], list[int]]] = {
    "instructions": (Bench.instructions, ALL_CORES),
    "rust": (Bench.rust_calls, [CLIENT_CORE]),
    "concurrency": (Bench.concurrency, [CLIENT_CORE]),
    "python": (Bench.python, [CLIENT_CORE]),
    "command": (Bench.command, [CLIENT_CORE]),
    "memory": (Bench.memory, [CLIENT_CORE]),
    "sandbox": (Bench.sandbox_links, [CLIENT_CORE, SERVER_CORE]),
    "limit": (Bench.limit, [CLIENT_CORE, SERVER_CORE]),
    "build": (Bench.build, ALL_CORES),
}
QUICK = ["rust", "python", "command", "sandbox"]


def run(command: list[str], *, is_checked: bool = True, **options: Any) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **options)
    if is_checked and ended.returncode:
        raise RuntimeError(f"`{' '.join(command[:3])}` failed: {ended.stderr.strip()[:300]}")
    return str(ended.stdout)


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def held_calls(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.read())


def wait_for(count: int, url: str) -> None:
    deadline = time.monotonic() + 60
    while held_calls(url) < count:
        if time.monotonic() > deadline:
            raise RuntimeError("the calls did not reach the server within 60 s")
        time.sleep(0.01)


def anonymous_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:")) * 1024


def control(url: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"{url}/_sandbox/{path}", data, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def main() -> None:
    parser = argparse.ArgumentParser(prog="cargo xtask bench", description=__doc__)
    parts = ", ".join(f"{name} ({part.__doc__})" for name, (part, _) in PARTS.items())
    parser.add_argument("parts", metavar="PART", nargs="*", help=f"measure only these: {parts}")
    parser.add_argument("--quick", action="store_true", help=f"fewer rounds of fewer calls; by default {QUICK}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures to this file too")
    parser.add_argument("--save", action="store_true", help="write docs/BENCHMARKS.md; measures all")
    parser.add_argument("--release", type=Path, required=True, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; hint: {', '.join(PARTS)}")
    if given.save and given.parts:
        parser.error("--save measures all parts; hint: leave out the parts, or --save")
    words = [*given.parts, *(["--quick"] if given.quick else []), *(["--save"] if given.save else [])]
    # 10,000 calls in flight are as many open sockets, for the server and for its client.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    report = Report(" ".join(["cargo xtask bench", *words]), machine(versions()))
    os.sched_setaffinity(0, [SERVER_CORE])
    with instructions.server(str(given.release / "portal-bench")) as places:
        bench = Bench(given.release, given.quick, report, places)
        for name in given.parts or (QUICK if given.quick else PARTS):
            part, cores = PARTS[name]
            os.sched_setaffinity(0, cores)
            try:
                part(bench)
            except (RuntimeError, KeyError, OSError) as error:
                # The other parts are worth having.
                report.missing[name] = f"{type(error).__name__}: {error}"
    print(f"\n{report.markdown()}")
    if given.json:
        given.json.write_text(report.json())
    if given.save and not report.missing:
        save(report, ROOT / "docs/BENCHMARKS.md")
    if report.missing:
        sys.exit(f"error: not measured: {', '.join(report.missing)}; hint: the report above says why")


if __name__ == "__main__":
    main()
