use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use portal_core::{Credential, Result};
use portal_http::CredentialProvider;

use crate::origin::{Origin, failed, unreadable};
use crate::secret_file::Stamp;
use crate::values::Values;

type Origins = BTreeMap<&'static str, Origin>;
type Stamps = Vec<(&'static str, Stamp)>;

/// Follows the secrets of a client that came from files and commands.
///
/// Files are looked at before each call, and all is read again after a 401. Of two files that
/// belong together one changes first: the pair in between is refused, and so may a key be that is
/// not yet known everywhere. So where nothing newer is to be had, the values before are tried.
pub(crate) struct Rotation {
    origins: Origins,
    /// How long a command may take.
    limit: Duration,
    state: Mutex<State>,
}

struct State {
    /// The values of the last credential.
    values: Values,
    /// The values of the credential before.
    previous: Option<Values>,
    /// What the files looked like before `values` were read; `None` where they were not looked at.
    stamps: Option<Stamps>,
}

impl Rotation {
    /// Follows `origins`, of which `values` were read after their files had these `stamps`.
    pub(crate) fn new(
        origins: Origins,
        limit: Duration,
        values: Values,
        stamps: Option<Stamps>,
    ) -> Self {
        Self {
            origins,
            limit,
            state: Mutex::new(State {
                values,
                previous: None,
                stamps,
            }),
        }
    }

    /// Reads the files again, and keeps the other values.
    fn files(&self, last: &Values) -> Result<Values> {
        let mut values = last.clone();
        for (name, origin) in &self.origins {
            if let Origin::File(file) = origin {
                let secret = file.read().map_err(|why| unreadable(name, file, &why))?;
                values.of.insert(name, secret);
            }
        }
        Ok(values)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CredentialProvider for Rotation {
    fn refresh_if_changed(&self) -> Result<Option<Credential>> {
        let mut state = self.state();
        let stamps = stamps(&self.origins)?;
        if state.stamps.as_ref() == Some(&stamps) {
            return Ok(None);
        }
        let values = self.files(&state.values)?;
        state.take(values, stamps)
    }

    async fn refresh(&self) -> Result<Option<Credential>> {
        let mut printed = Vec::new();
        for (name, origin) in &self.origins {
            if let Origin::Command(command) = origin {
                let secret = command.clone().run_aside(self.limit).await;
                printed.push((*name, secret.map_err(|why| failed(name, command, &why))?));
            }
        }
        let mut state = self.state();
        let read = stamps(&self.origins).and_then(|stamps| {
            let mut values = self.files(&state.values)?;
            values.of.extend(printed);
            state.take(values, stamps)
        });
        if let Ok(Some(_)) = read {
            return read;
        }
        match state.previous.take() {
            Some(previous) => state.give(previous).map(Some),
            None => read,
        }
    }
}

impl State {
    /// Stores the values, and makes a credential of them if they are new.
    fn take(&mut self, values: Values, stamps: Stamps) -> Result<Option<Credential>> {
        let credential = match values == self.values {
            true => None,
            false => Some(self.give(values)?),
        };
        self.stamps = Some(stamps);
        Ok(credential)
    }

    fn give(&mut self, values: Values) -> Result<Credential> {
        let credential = (values.provider.credential)(&values)?;
        self.previous = Some(mem::replace(&mut self.values, values));
        Ok(credential)
    }
}

/// Looks at the files.
pub(crate) fn stamps(origins: &Origins) -> Result<Stamps> {
    let mut stamps = Vec::new();
    for (name, origin) in origins {
        if let Origin::File(file) = origin {
            let stamp = file.stamp();
            let stamp = stamp.map_err(|error| unreadable(name, file, &error.to_string()))?;
            stamps.push((*name, stamp));
        }
    }
    Ok(stamps)
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation")
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}
