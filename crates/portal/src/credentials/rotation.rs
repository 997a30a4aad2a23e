use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use portal_core::{Credential, Result};
use portal_http::CredentialProvider;

use crate::bounded_wait::BoundedWait;
use crate::credentials::secret_file::Stamp;
use crate::credentials::value_source::{ValueSource, command_failed, unusable};
use crate::providers::declaration::SettingValues;

type Sources = BTreeMap<&'static str, ValueSource>;
type Stamps = Vec<(&'static str, Stamp)>;

/// Follows secrets that come from files and commands.
///
/// Files are checked before each call; files and commands are read again after a 401. If two files
/// belong together, one changes first, and the pair is refused until the other has changed. A new key
/// may also be refused until the provider has distributed it. So if there are no newer values, the
/// previous ones are tried.
pub(crate) struct Rotation {
    sources: Sources,
    /// The time limit of a command.
    limit: Duration,
    state: Mutex<State>,
}

struct State {
    /// The values in use.
    values: SettingValues,
    /// The values before those.
    previous: Option<SettingValues>,
    /// The state of the files before `values` were read; `None` if unknown.
    stamps: Option<Stamps>,
}

impl Rotation {
    /// Follows `sources`, whose `values` were read after their files had these `stamps`.
    pub(crate) fn new(
        sources: Sources,
        limit: Duration,
        values: SettingValues,
        stamps: Option<Stamps>,
    ) -> Self {
        Self {
            sources,
            limit,
            state: Mutex::new(State {
                values,
                previous: None,
                stamps,
            }),
        }
    }

    /// Reads the files again and keeps the other values.
    fn read_files(&self, last: &SettingValues) -> Result<SettingValues> {
        let mut values = last.clone();
        for (name, source) in &self.sources {
            if let ValueSource::File(file) = source
                && file.is_replaceable()
            {
                let wait = BoundedWait::uncancelled(self.limit);
                let secret = file.read(wait);
                let secret = secret.map_err(|fault| unusable(name, file, &fault))?;
                values.by_name.insert(name, secret);
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
        let stamps = stamps(&self.sources)?;
        if state.stamps.as_ref() == Some(&stamps) {
            return Ok(None);
        }
        let values = self.read_files(&state.values)?;
        state.update(values, stamps)
    }

    async fn refresh(&self) -> Result<Option<Credential>> {
        let mut printed = Vec::new();
        for (name, source) in &self.sources {
            if let ValueSource::Command(command) = source {
                let secret = command.clone().run_on_thread(self.limit).await;
                printed.push((
                    *name,
                    secret.map_err(|why| command_failed(name, command, &why))?,
                ));
            }
        }
        let mut state = self.state();
        let read = stamps(&self.sources).and_then(|stamps| {
            let mut values = self.read_files(&state.values)?;
            values.by_name.extend(printed);
            state.update(values, stamps)
        });
        if let Ok(Some(_)) = read {
            return read;
        }
        match state.previous.take() {
            Some(previous) => state.replace(previous).map(Some),
            None => read,
        }
    }
}

impl State {
    /// Stores the values, and returns a credential if they are new.
    fn update(&mut self, values: SettingValues, stamps: Stamps) -> Result<Option<Credential>> {
        let credential = match values == self.values {
            true => None,
            false => Some(self.replace(values)?),
        };
        self.stamps = Some(stamps);
        Ok(credential)
    }

    fn replace(&mut self, values: SettingValues) -> Result<Credential> {
        let credential = (values.provider.credential)(&values)?;
        self.previous = Some(mem::replace(&mut self.values, values));
        Ok(credential)
    }
}

/// Returns the states of the files.
pub(crate) fn stamps(sources: &Sources) -> Result<Stamps> {
    let mut stamps = Vec::new();
    for (name, source) in sources {
        if let ValueSource::File(file) = source {
            let stamp = file.stamp();
            let stamp = stamp.map_err(|error| unusable(name, file, &error.into()))?;
            stamps.push((*name, stamp));
        }
    }
    Ok(stamps)
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation")
            .field("sources", &self.sources)
            .finish_non_exhaustive()
    }
}
