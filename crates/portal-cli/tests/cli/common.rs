//! Runs the binary in an environment of its own, and speaks to what it runs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use portal_sandbox::Dialect;
use serde_json::Value;
use tokio::sync::oneshot;

/// The longest that a test waits for something that ought to be there at once.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// The binary with an empty environment, so that nothing of the machine's configures it.
pub(crate) fn portal() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portal"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// What one run printed and how it ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// The object on stdout, of a run that did what it was asked.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        one_line(&self.stdout)
    }

    /// The object on stderr, of a run that did not; with every key that is promised.
    pub(crate) fn error(&self) -> Value {
        assert_eq!(self.stdout, "");
        self.error_beside_data()
    }

    /// The same, of a run that said something on stdout too.
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

/// The real sandbox, on a port of its own, in this process.
pub(crate) struct Sandbox {
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    pub(crate) fn start() -> Self {
        Self::speaking(Dialect::Classic)
    }

    pub(crate) fn speaking(dialect: Dialect) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let builder = portal_sandbox::Sandbox::builder().listen(([127, 0, 0, 1], 0).into());
                let sandbox = builder.onlineapp_dialect(dialect).start().await.unwrap();
                tell.send(sandbox.url().to_owned()).unwrap();
                // An error means that the test is gone, which ends the sandbox too.
                let _ = stopped.await;
                sandbox.shutdown().await;
            });
        });
        Self {
            url: told.recv_timeout(BOUND).unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The binary, told to use this sandbox with its demo credentials.
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

    /// The provider requests that came in.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let (status, body) = get(&format!("{}/_sandbox/journal", self.url));
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The body of the one provider request that came in.
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
    let (head, body) = sent("POST", url, &headers, body);
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body)
}

/// Fetches a page, and returns the answer's head and body.
pub(crate) fn exchange(url: &str) -> (String, String) {
    sent("GET", url, "", "")
}

fn sent(method: &str, url: &str, headers: &str, body: &str) -> (String, String) {
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

/// A run that goes on while the test looks at it; killed by its id at the latest when dropped.
pub(crate) struct Going {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Going {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// The next line of stdout, without its end.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.strip_suffix('\n').expect("a whole line").to_owned()
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let script = r#"kill -s "$0" "$1""#;
        let sent = Command::new("sh")
            .args(["-c", script, name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for its end, and returns what was not read yet.
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

impl Drop for Going {
    fn drop(&mut self) {
        // One that ended already cannot be killed, and has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
