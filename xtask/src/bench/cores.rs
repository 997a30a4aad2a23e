//! Which core a process, and whatever it starts, is held to.

use crate::error::Error;

pub(super) const CLIENTS: usize = 0;
pub(super) const SERVER: usize = 1;

/// Holds this process to one core; what it starts from now on inherits that.
#[cfg(target_os = "linux")]
pub(super) fn stay_on(core: usize) -> Result<(), Error> {
    use nix::sched::{CpuSet, sched_setaffinity};
    use nix::unistd::Pid;
    let held = || {
        let mut set = CpuSet::new();
        set.set(core)?;
        sched_setaffinity(Pid::from_raw(0), &set)
    };
    held().map_err(|reason| Error::NoCore {
        core,
        reason: reason.to_string(),
    })
}

#[cfg(not(target_os = "linux"))]
pub(super) fn stay_on(core: usize) -> Result<(), Error> {
    let reason = "only Linux is asked for it".to_owned();
    Err(Error::NoCore { core, reason })
}
