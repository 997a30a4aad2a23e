use std::fmt;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::Seed;

/// A sandbox's URL and accounts; serialised, it is the JSON line of `portal sandbox --json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxInfo {
    url: String,
    accounts: Vec<ProviderAccount>,
}

/// The demo account of one provider that a sandbox emulates.
///
/// The credentials come from the seed and open nothing else. `Debug` masks their values nevertheless.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderAccount {
    provider: &'static str,
    name: &'static str,
    settings: Vec<(&'static str, String)>,
}

impl SandboxInfo {
    /// Describes the sandbox at `url`, even one in another process, with the default seed's credentials.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self::new(&Seed::default(), url)
    }

    pub(crate) fn new(seed: &Seed, url: &str) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        let accounts = seed.sections().map(|section| {
            let provider = section.provider();
            let base_url = ("base_url", format!("{url}{}", provider.base_path));
            ProviderAccount {
                provider: provider.id,
                name: provider.name,
                settings: [base_url].into_iter().chain(section.settings()).collect(),
            }
        });
        Self {
            accounts: accounts.into(),
            url,
        }
    }

    /// Returns the origin, like `http://127.0.0.1:8787`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the account of each provider that the sandbox emulates.
    #[must_use]
    pub fn accounts(&self) -> &[ProviderAccount] {
        &self.accounts
    }

    /// Returns the account of the provider with this id; `None` if the sandbox does not emulate it.
    ///
    /// ```
    /// let info = portal_sandbox::SandboxInfo::at("http://127.0.0.1:8787");
    /// let kwik = info.account("kwik").expect("the sandbox emulates Kwik");
    /// assert_eq!(kwik.setting("base_url"), Some("http://127.0.0.1:8787/2.0/"));
    /// assert!(info.account("stripe").is_none());
    /// ```
    #[must_use]
    pub fn account(&self, provider: &str) -> Option<&ProviderAccount> {
        self.accounts
            .iter()
            .find(|account| account.provider == provider)
    }
}

impl ProviderAccount {
    /// Returns the provider's id, like `kwik`.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.provider
    }

    /// Returns the provider's name, like `Kwik`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns each setting's name and value: `base_url` first, then credentials and ids.
    #[must_use]
    pub fn settings(&self) -> &[(&'static str, String)] {
        &self.settings
    }

    /// Returns the value of one setting.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        let mut settings = self.settings.iter();
        settings
            .find(|(setting, _)| *setting == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Serialize for SandboxInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", &self.url)?;
        for account in &self.accounts {
            map.serialize_entry(account.provider, account)?;
        }
        map.end()
    }
}

impl Serialize for ProviderAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.settings.iter().map(|(name, value)| (name, value)))
    }
}

impl fmt::Debug for ProviderAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ProviderAccount");
        debug.field("provider", &self.provider);
        for (name, value) in &self.settings {
            match *name {
                "base_url" => debug.field(name, value),
                _ => debug.field(name, &"***"),
            };
        }
        debug.finish()
    }
}
