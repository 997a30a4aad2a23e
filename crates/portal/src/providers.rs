use std::sync::Arc;

use portal_core::webhook::WebhookEvent;
use portal_core::{Adapter, Credential, Error, ProviderInfo, Result, Secret};

use crate::suggestion::suggestion;
use crate::values::Values;

/// A provider that this build knows, and what it wants to be told.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// What is known of it without asking it.
    pub info: &'static ProviderInfo,
    /// What configures it, the required settings first.
    pub settings: &'static [Setting],
    /// Makes the adapter from the settings.
    pub(crate) adapter: fn(&Values) -> Result<Arc<dyn Adapter>>,
    /// Makes the credential from the settings.
    pub(crate) credential: fn(&Values) -> Result<Credential>,
    /// How its webhooks are signed; `None` where the provider documents no way.
    pub(crate) signing: Option<Signing>,
}

impl Provider {
    /// Says whether its webhooks are signed in a documented way, so that they can be verified.
    #[must_use]
    pub fn signs_webhooks(&self) -> bool {
        self.signing.is_some()
    }

    pub(crate) fn setting(&self, name: &str) -> Result<&'static Setting> {
        let found = self.settings.iter().find(|setting| setting.name == name);
        found.ok_or_else(|| {
            let known = self.settings.iter();
            let known: Vec<_> = known.map(|known| format!("`{}`", known.name)).collect();
            let message = format!("{} has no setting `{name}`", self.info.name);
            Error::configuration(name.to_owned(), message)
                .with_provider(self.info.id)
                .with_hint(format!("use {}", known.join(", ")))
        })
    }

    /// Makes the error for a setting that is not set.
    pub(crate) fn missing(&self, name: &'static str) -> Error {
        let message = format!("{} needs `{name}`, and it is not set", self.info.name);
        let error = Error::configuration(name, message).with_provider(self.info.id);
        match self.setting(name) {
            Ok(Setting {
                variable,
                secret: true,
                ..
            }) => error.with_hint(format!(
                "set `{variable}`, or `{variable}_FILE` to a file that holds it"
            )),
            Ok(Setting { variable, .. }) => error.with_hint(format!("set `{variable}`")),
            Err(_) => error,
        }
    }
}

/// How a provider signs its webhooks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signing {
    /// The headers that may bring the signature, the one to believe first.
    pub(crate) headers: &'static [&'static str],
    /// Checks a signature, given as the header's value, of a body.
    pub(crate) verify: fn(&str, &[u8], &Secret) -> Result<WebhookEvent>,
}

/// One thing that a provider wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name that builders, files and Python use, such as `api_key`.
    pub name: &'static str,
    /// The environment variable that sets it.
    pub variable: &'static str,
    /// Whether it is a secret, which may also come from the file that `{variable}_FILE` names.
    pub secret: bool,
    /// Whether there is no connection without it.
    pub required: bool,
}

impl Setting {
    /// Says whether a connection is made of it; other secrets are read only when they are asked for.
    pub(crate) fn connects(&self) -> bool {
        self.required || !self.secret
    }

    #[cfg(any(feature = "kwik", feature = "onlineapp"))]
    pub(crate) const fn secret(name: &'static str, variable: &'static str) -> Self {
        Self {
            name,
            variable,
            secret: true,
            required: true,
        }
    }

    #[cfg(feature = "onlineapp")]
    pub(crate) const fn required(name: &'static str, variable: &'static str) -> Self {
        Self {
            name,
            variable,
            secret: false,
            required: true,
        }
    }

    #[cfg(feature = "onlineapp")]
    pub(crate) const fn optional_secret(name: &'static str, variable: &'static str) -> Self {
        Self {
            name,
            variable,
            secret: true,
            required: false,
        }
    }

    #[cfg(any(feature = "kwik", feature = "onlineapp"))]
    pub(crate) const fn optional(name: &'static str, variable: &'static str) -> Self {
        Self {
            name,
            variable,
            secret: false,
            required: false,
        }
    }
}

/// Lists the providers that this build knows, by id.
#[must_use]
pub fn providers() -> &'static [Provider] {
    &[
        #[cfg(feature = "kwik")]
        crate::kwik::PROVIDER,
        #[cfg(feature = "onlineapp")]
        crate::onlineapp::PROVIDER,
    ]
}

/// Finds a provider by its id.
///
/// # Errors
/// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `provider`, and the
/// known ids as the hint.
pub fn provider(id: &str) -> Result<&'static Provider> {
    providers()
        .iter()
        .find(|provider| provider.info.id == id)
        .ok_or_else(|| {
            let ids = || providers().iter().map(|provider| provider.info.id);
            let known: Vec<_> = ids().map(|id| format!("`{id}`")).collect();
            let hint = match suggestion(id, ids()) {
                Some(meant) => format!("did you mean `{meant}`? known are {}", known.join(", ")),
                None => format!("use one of {}", known.join(", ")),
            };
            Error::configuration(
                "provider",
                format!("no provider is called `{}`", portal_core::redact(id, &[])),
            )
            .with_hint(hint)
        })
}
