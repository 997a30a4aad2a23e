//! What this process has of the machine, as Linux tells it; `None` elsewhere.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The most that it ever had. The one of `getrusage` begins with what the parent had.
pub(crate) fn peak_kib() -> Option<f64> {
    status("VmHWM:")
}

/// What it has now and no file holds: heap and stacks.
pub(crate) fn anonymous_kib() -> Option<f64> {
    status("RssAnon:")
}

fn status(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// Lets this process have as many sockets as the system lets it.
pub(crate) fn open_many(sockets: usize) {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    // A few more are the runtime's and the terminal's.
    assert!(
        sockets as u64 + 32 <= most,
        "{sockets} sockets are needed, and the limit of open files (`ulimit -Hn`) is {most}"
    );
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
}
