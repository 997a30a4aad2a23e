use std::fmt;

use serde::Serialize;

use crate::Seed;

/// What a program needs to call a sandbox; serialised, it is the one JSON line of `portal sandbox --json`.
///
/// The credentials are the seed's and open nothing else; Debug masks them all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// The sandbox's origin, without a trailing slash.
    pub url: String,
    /// How to call the emulated OnlineApp.
    pub onlineapp: OnlineAppCredentials,
    /// How to call the emulated Kwik.
    pub kwik: KwikCredentials,
}

/// How to call the emulated OnlineApp.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct OnlineAppCredentials {
    /// What takes the place of `https://onlineapp.pro`.
    pub base_url: String,
    /// What goes into the header `x-api-key`.
    pub api_key: String,
    /// The seed's first paywall.
    pub paywall_id: String,
}

/// How to call the emulated Kwik.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct KwikCredentials {
    /// What takes the place of `https://api.kwik.co.za/2.0/`.
    pub base_url: String,
    /// The user name of HTTP Basic.
    pub api_key: String,
    /// The password of HTTP Basic.
    pub api_secret: String,
}

impl Ready {
    /// Describes the sandbox at `url` with the default seed's credentials, whether it runs here or elsewhere.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self::of(&Seed::default(), url)
    }

    /// Describes the sandbox at `url` with the seed's credentials, the first of each.
    pub(crate) fn of(seed: &Seed, url: &str) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        Self {
            onlineapp: OnlineAppCredentials {
                base_url: url.clone(),
                api_key: seed.onlineapp_key().to_owned(),
                paywall_id: seed.paywall_id().to_owned(),
            },
            kwik: KwikCredentials {
                base_url: format!("{url}/2.0/"),
                api_key: seed.kwik_key().to_owned(),
                api_secret: seed.kwik_secret().to_owned(),
            },
            url,
        }
    }
}

impl fmt::Debug for OnlineAppCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnlineAppCredentials")
            .field("base_url", &self.base_url)
            .field("api_key", &"***")
            .field("paywall_id", &self.paywall_id)
            .finish()
    }
}

impl fmt::Debug for KwikCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KwikCredentials")
            .field("base_url", &self.base_url)
            .field("api_key", &"***")
            .field("api_secret", &"***")
            .finish()
    }
}
