//! Which cores a process, and whatever it starts, is held to.

use crate::error::Error;

pub(super) const CLIENTS: usize = 0;
pub(super) const SERVER: usize = 1;

/// Holds this process to these cores; what it starts from now on inherits that.
#[cfg(target_os = "linux")]
pub(super) fn stay_on(cores: &[usize]) -> Result<(), Error> {
    use nix::sched::{CpuSet, sched_setaffinity};
    use nix::unistd::Pid;
    let held = || {
        let mut set = CpuSet::new();
        for &core in cores {
            set.set(core)?;
        }
        sched_setaffinity(Pid::from_raw(0), &set)
    };
    held().map_err(|reason| Error::NoCore {
        cores: format!("{cores:?}"),
        reason: reason.to_string(),
    })
}

/// The cores that this process may use.
#[cfg(target_os = "linux")]
pub(super) fn allowed() -> Result<Vec<usize>, Error> {
    use nix::sched::{CpuSet, sched_getaffinity};
    use nix::unistd::Pid;
    let set = sched_getaffinity(Pid::from_raw(0)).map_err(|reason| Error::NoCore {
        cores: "any".to_owned(),
        reason: reason.to_string(),
    })?;
    let all = 0..CpuSet::count();
    Ok(all
        .filter(|&core| set.is_set(core).unwrap_or(false))
        .collect())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn stay_on(cores: &[usize]) -> Result<(), Error> {
    Err(elsewhere(format!("{cores:?}")))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn allowed() -> Result<Vec<usize>, Error> {
    Err(elsewhere("any".to_owned()))
}

#[cfg(not(target_os = "linux"))]
fn elsewhere(cores: String) -> Error {
    let reason = "only Linux is asked for it".to_owned();
    Error::NoCore { cores, reason }
}
