//! Who is measured, at what, and where we want to stand.

use std::fs;
use std::path::{Path, PathBuf};

use super::concurrency;
use super::figures::Metric;
use super::group::{Client, Group, Work};
use super::server::Server;
use super::target::Target;
use crate::error::Error;

/// The programs that are measured.
#[derive(Debug)]
pub(super) struct Subjects {
    /// The interpreter that has our package and its peers.
    pub(super) python: PathBuf,
    pub(super) worker: PathBuf,
    /// Where our own programs are.
    pub(super) release: PathBuf,
}

/// Ours and its peers, with calls enough for about a second each.
const SYNC: &[(&str, usize)] = &[
    ("ours", 16_000),
    ("requests", 1_600),
    ("httpx", 1_600),
    ("pyreqwest", 8_000),
    ("stripe", 800),
];
const ASYNC: &[(&str, usize)] = &[
    ("ours", 19_200),
    ("aiohttp", 6_400),
    ("httpx", 512),
    ("pyreqwest", 12_800),
];
const UVLOOP: &[(&str, usize)] = &[("ours", 19_200), ("aiohttp", 6_400), ("pyreqwest", 12_800)];
const THREADS: &[(&str, usize)] = &[("ours", 24_000), ("requests", 1_600), ("pyreqwest", 16_000)];

/// What the pictures show.
pub(super) const ONE_THREAD: &str = "Python, one thread";
pub(super) const ASYNCIO: &str = "Python, asyncio, 64 in flight";
pub(super) const THREADS_OF_ONE: &str = "Python, 8 threads on one client";

/// What Prism publishes is 3.82 ms of overhead beyond the wire; ours is to be a fiftieth.
const PRISM_SHARE: f64 = 3.82e-3 / 50.0;

/// The same bytes by a socket that blocks, and nothing else.
pub(super) const WIRE: &str = "wire";

/// The system's own, so that `PATH` does not decide which one is compared.
pub(super) const CURL: &str = "/usr/bin/curl";

/// Where Debian and others keep them; curl reads this file if told nothing.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

const BODY: &str = r#"{"customer_id":"cus_abc123","subscription_id":"sub_abc123","settings":{"allow_cancel":false,"redirect_url":"https://my.site/account","page_title":"Your plan"}}"#;

impl Subjects {
    /// Calls and starts of Python.
    pub(super) fn python(&self) -> Vec<Group> {
        use Metric::{CallsPerCpuSecond, CallsPerSecond};
        let mut one_thread = self.python_calls(
            ONE_THREAD,
            "sync",
            SYNC,
            vec![
                Target::at_least(12.0, "requests", CallsPerCpuSecond),
                Target::at_least(10.0, "httpx", CallsPerCpuSecond),
                Target::at_least(20.0, "stripe", CallsPerCpuSecond),
                Target::at_least(1.8, "pyreqwest", CallsPerCpuSecond),
                Target::limit(PRISM_SHARE, Metric::P50).beyond(WIRE),
            ],
        );
        one_thread.clients.push(self.rust(WIRE, "plain", 1, 16_000));
        // Half of such a call is the kernel's, which falls asleep and is woken: no two are alike.
        one_thread.turns = 3;
        vec![
            one_thread,
            self.python_calls(
                ASYNCIO,
                "async",
                ASYNC,
                vec![
                    Target::at_least(4.0, "aiohttp", CallsPerSecond),
                    Target::at_least(40.0, "httpx", CallsPerSecond),
                    Target::at_least(1.8, "pyreqwest", CallsPerSecond),
                ],
            ),
            self.python_calls("Python, uvloop, 64 in flight", "uvloop", UVLOOP, Vec::new()),
            self.python_calls(
                THREADS_OF_ONE,
                "threads",
                THREADS,
                vec![
                    Target::at_least(14.0, "requests", CallsPerSecond),
                    Target::at_least(1.2, "pyreqwest", CallsPerSecond),
                ],
            ),
            self.imports(),
        ]
    }

    /// Calls of Rust.
    pub(super) fn rust_calls(&self) -> Vec<Group> {
        let group = |(wire, title): (&str, &str), in_flight, count| {
            let client = |name| self.rust(name, wire, in_flight, count);
            Group {
                title: format!("Rust, {title}, {in_flight} in flight"),
                clients: ["ours", "raw", "hyper-util", "reqwest"].map(client).into(),
                targets: vec![Target::at_most(1.4, "raw", Metric::CpuPerCall)],
                turns: 1,
            }
        };
        vec![
            group(("plain", "plain"), 1, 20_000),
            group(("plain", "plain"), 64, 38_400),
            group(("tls", "TLS"), 1, 20_000),
            group(("tls", "TLS"), 64, 38_400),
            group(("http2", "HTTP/2"), 64, 38_400),
        ]
    }

    /// Calls of Rust with few and many in flight, in the order of `concurrency::LEVELS`.
    pub(super) fn concurrency(&self) -> Vec<Group> {
        let group = |&level: &usize| Group {
            title: format!("Concurrency, {level} in flight"),
            clients: concurrency::CLIENTS
                .iter()
                .map(|client| self.rust(client, "plain", level, concurrency::calls(level)))
                .collect(),
            targets: Vec::new(),
            turns: 1,
        };
        concurrency::LEVELS.iter().map(group).collect()
    }

    fn rust(&self, name: &'static str, wire: &str, in_flight: usize, count: usize) -> Client {
        let what = format!("{name}/kwik/{wire}");
        Client {
            name,
            program: self.release.join("portal-bench"),
            arguments: words(&["time", &what, "COUNT", &in_flight.to_string()]),
            work: Work::Calls(count),
        }
    }

    fn python_calls(
        &self,
        title: &str,
        mode: &str,
        who: &[(&'static str, usize)],
        targets: Vec<Target>,
    ) -> Group {
        let client = |(name, count): &(&'static str, usize)| {
            let worker = self.worker.display().to_string();
            Client {
                name,
                program: self.python.clone(),
                arguments: words(&["-I", &worker, name, mode, "COUNT"]),
                work: Work::Calls(*count),
            }
        };
        Group {
            title: title.to_owned(),
            clients: who.iter().map(client).collect(),
            targets,
            turns: 1,
        }
    }

    /// What it costs to start an interpreter that makes a client, beyond one that makes none.
    fn imports(&self) -> Group {
        use Metric::{CpuPerCall, Peak, WallPerCall};
        let ours = "import portal_py; portal_py.Portal('kwik', api_key='key', api_secret='secret')";
        let client = |(name, makes): (&'static str, &str)| {
            let script = format!("{makes}\nprint(open('/proc/self/status').read())");
            start(name, &self.python, &["-I", "-c", &script])
        };
        let scripts = [
            ("ours", ours),
            ("requests", "import requests; requests.Session()"),
            ("stripe", "import stripe; stripe.StripeClient('sk_test_1')"),
            ("bare", ""),
        ];
        let both = |peer, share: f64| {
            [CpuPerCall, WallPerCall]
                .map(|metric| Target::at_most(1.0 / share, peer, metric).beyond("bare"))
        };
        let mut targets = [both("requests", 20.0), both("stripe", 30.0)].concat();
        targets.push(Target::limit(5e6 / 1024.0, Peak).beyond("bare"));
        Group {
            title: "Python, import and client".to_owned(),
            clients: scripts.map(client).into(),
            targets,
            turns: 4,
        }
    }

    /// One link over TLS by a program that starts for it.
    pub(super) fn programs(&self, server: &Server) -> Result<Group, Error> {
        use Metric::{CpuPerCall, WallPerCall};
        // Everyone trusts the server's authority and the system's; for ours the latter goes without saying.
        let system = fs::read_to_string(SYSTEM_AUTHORITIES).unwrap_or_default();
        let file = |name: &str, text: &str| {
            let path = self.release.join(name);
            fs::write(&path, text).map_err(Error::file(&path))?;
            Ok::<_, Error>(path.display().to_string())
        };
        let own = server.place("AUTHORITY");
        let authority = file("portal-bench-authority.pem", own)?;
        let all = file("portal-bench-authorities.pem", &format!("{system}\n{own}"))?;
        let origin = server.place("TLS");
        let url = format!("{origin}/2.0/customer-portal/link");
        let base = format!("{origin}/2.0/");
        let ours = [
            "link",
            "kwik",
            "--customer",
            "cus_abc123",
            "--subscription",
            "sub_abc123",
            "--allow-cancel=false",
            "--return-url",
            "https://my.site/account",
            "--page-title",
            "Your plan",
            "--base-url",
            &base,
            "--ca",
            &authority,
        ];
        let curl = [
            "--silent",
            "--show-error",
            "--fail",
            "--cacert",
            &all,
            "--user",
            "key:secret",
            "--header",
            "content-type: application/json",
            "--data",
            BODY,
            &url,
        ];
        let httpx = format!(
            "import httpx, json, ssl; print(httpx.post('{url}', json=json.loads('{BODY}'), auth=('key', 'secret'), \
             verify=ssl.create_default_context(cafile='{all}')).json()['result']['link_url'])"
        );
        let mut clients = vec![start("ours", &self.release.join("portal"), &ours)];
        let program = Path::new(CURL);
        if program.exists() {
            clients.push(start("curl", program, &curl));
        }
        clients.push(start("httpx", &self.python, &["-I", "-c", &httpx]));
        let both = |peer, times| {
            [CpuPerCall, WallPerCall].map(|metric| Target::at_most(times, peer, metric))
        };
        Ok(Group {
            title: "One link over TLS, cold".to_owned(),
            clients,
            targets: [both("curl", 0.5), both("httpx", 0.1)].concat(),
            turns: 4,
        })
    }
}

fn start(name: &'static str, program: &Path, arguments: &[&str]) -> Client {
    Client {
        name,
        program: program.to_owned(),
        arguments: words(arguments),
        work: Work::Start,
    }
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(|&word| word.to_owned()).collect()
}
