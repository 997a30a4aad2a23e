use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portal_core::ReturnOrigins;
use portal_http::Rate;

use crate::config::source::Source;
use crate::credentials::value_source::ValueSource;
use crate::providers::declaration::Provider;

/// A value and its line in the file.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) line: usize,
}

/// The names of the options that apply to every provider.
pub(crate) const OPTIONS: [&str; 6] = [
    "timeout",
    "idle_timeout",
    "max_retries",
    "rate",
    "ca",
    "return_origins",
];

/// The part of a configuration file outside of its profiles, or one profile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    pub(crate) provider: Option<At<&'static Provider>>,
    pub(crate) timeout: Option<At<Duration>>,
    pub(crate) idle_timeout: Option<At<Duration>>,
    pub(crate) max_retries: Option<At<u32>>,
    pub(crate) rate: Option<At<Rate>>,
    pub(crate) ca: Option<At<PathBuf>>,
    pub(crate) return_origins: Option<At<ReturnOrigins>>,
    pub(crate) providers: Vec<(&'static Provider, Settings)>,
}

/// A provider's settings by name.
pub(crate) type Settings = BTreeMap<&'static str, At<ValueSource>>;

impl Section {
    /// Returns the settings of a provider.
    pub(crate) fn settings(&self, id: &str) -> Option<&Settings> {
        let provider = self
            .providers
            .iter()
            .find(|(provider, _)| provider.info.id == id);
        provider.map(|(_, settings)| settings)
    }

    /// Lists where the providers' secrets come from.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &ValueSource> {
        self.providers.iter().flat_map(|(provider, settings)| {
            settings.iter().filter_map(|(name, at)| {
                let is_secret = provider.setting(name).is_ok_and(|setting| setting.secret);
                is_secret.then_some(&at.value)
            })
        })
    }
}

/// The file and, if it is one, the profile of a section.
#[derive(Clone, Copy)]
pub(crate) struct SectionSource<'a> {
    pub(crate) path: &'a Path,
    pub(crate) profile: Option<&'a str>,
}

impl SectionSource<'_> {
    pub(crate) fn at(self, line: usize) -> Source {
        let path = self.path.to_owned();
        match self.profile {
            None => Source::File { path, line },
            Some(name) => Source::Profile {
                name: name.to_owned(),
                path,
                line,
            },
        }
    }
}
