//! Runs the binary in an empty environment, and sends requests to servers.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use portal_sandbox::Dialect;
use serde_json::Value;
use tokio::sync::oneshot;

/// How long a test waits for an event that normally happens at once.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// Returns the binary with an empty environment, so that the machine cannot configure it.
pub(crate) fn portal() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portal"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// The output and the exit code of one run.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// Returns the object on stdout of a successful run.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        one_line(&self.stdout)
    }

    /// Returns the object on stderr of a failed run, with every promised key.
    pub(crate) fn error(&self) -> Value {
        assert_eq!(self.stdout, "");
        self.error_beside_data()
    }

    /// The same for a run that also printed to stdout.
    pub(crate) fn error_beside_data(&self) -> Value {
        let mut object = one_line(&self.stderr);
        let error = object["error"].take();
        let keys: Vec<_> = error.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "attempts",
                "delivery",
                "field",
                "hint",
                "kind",
                "message",
                "provider",
                "provider_code",
                "retry_after",
                "retryable",
                "status",
            ]
        );
        error
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn one_line(text: &str) -> Value {
    let line = text.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "{text}");
    serde_json::from_str(line).unwrap()
}

pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    Run::of(portal().args(arguments))
}

/// The real sandbox in this process, on its own port.
pub(crate) struct Sandbox {
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    pub(crate) fn start() -> Self {
        Self::with_dialect(Dialect::Classic)
    }

    pub(crate) fn with_dialect(dialect: Dialect) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), dialect)
    }

    /// Starts it at a given address.
    pub(crate) fn listening(address: SocketAddr) -> Self {
        Self::start_at(address, Dialect::Classic)
    }

    fn start_at(address: SocketAddr, dialect: Dialect) -> Self {
        let (url_sender, url) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let builder = portal_sandbox::Sandbox::builder().listen(address);
                let sandbox = builder.onlineapp_dialect(dialect).start().await.unwrap();
                url_sender.send(sandbox.url().to_owned()).unwrap();
                // An error means that the test has ended; then the sandbox stops too.
                let _ = stopped.await;
                sandbox.shutdown().await;
            });
        });
        Self {
            url: url.recv_timeout(BOUND).unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Returns the binary with this sandbox and its demo credentials.
    pub(crate) fn portal(&self, arguments: &[&str]) -> Command {
        let mut command = portal();
        command
            .args(arguments)
            .arg(format!("--sandbox={}", self.url));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.portal(arguments))
    }

    /// Returns the provider requests that the sandbox received.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let (status, body) = get(&format!("{}/_sandbox/journal", self.url));
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Returns the body of the only provider request.
    pub(crate) fn sent(&self) -> Value {
        let mut journal = self.journal();
        assert_eq!(journal.len(), 1, "{journal:?}");
        journal[0]["body"].take()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Fetches a page over plain HTTP, and returns its status and body.
pub(crate) fn get(url: &str) -> (u16, String) {
    let (head, body) = exchange(url);
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body)
}

/// Sends JSON over plain HTTP, and returns the answer's status and body.
pub(crate) fn post(url: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let headers = format!("content-type: application/json\r\ncontent-length: {length}\r\n");
    let (head, body) = send("POST", url, &headers, body);
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body)
}

/// Fetches a page, and returns the answer's head and body.
pub(crate) fn exchange(url: &str) -> (String, String) {
    send("GET", url, "", "")
}

fn send(method: &str, url: &str, headers: &str, body: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(BOUND)).unwrap();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// A command that runs while the test continues; killed on drop.
pub(crate) struct RunningCommand {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl RunningCommand {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// Returns the next line of stdout, without its line feed.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.strip_suffix('\n').expect("a whole line").to_owned()
    }

    /// Sends a signal, named without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let script = r#"kill -s "$0" "$1""#;
        let sent = Command::new("sh")
            .args(["-c", script, name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for the command to end, and returns the unread output.
    pub(crate) fn end(mut self) -> Run {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        let mut pipe = self.child.stderr.take().unwrap();
        pipe.read_to_string(&mut stderr).unwrap();
        let code = self.child.wait().unwrap().code();
        Run {
            code,
            stdout,
            stderr,
        }
    }
}

impl Drop for RunningCommand {
    fn drop(&mut self) {
        // Killing fails if the command has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
