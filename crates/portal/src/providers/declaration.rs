use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderMap;
use portal_core::webhook::{WebhookEvent, WebhookMessage};
use portal_core::{Adapter, Credential, Error, Kind, ProviderInfo, Result, Secret};

/// The declaration of a provider: its settings, and how clients and webhooks are made of them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Provider {
    /// The static description of the provider.
    pub info: &'static ProviderInfo,
    /// The settings, required ones first.
    pub settings: &'static [Setting],
    /// The page of the provider's documentation that the adapter follows.
    pub documentation: &'static str,
    /// Builds the adapter from the settings' values.
    pub(crate) adapter: fn(&SettingValues) -> Result<Arc<dyn Adapter>>,
    /// Builds the credential from the settings' values.
    pub(crate) credential: fn(&SettingValues) -> Result<Credential>,
    /// How the provider signs its webhooks.
    pub(crate) webhook_signing: WebhookSigning,
}

/// Whether a provider documents how it signs its webhooks, and whether this toolkit verifies that.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum WebhookSigning {
    /// The signature is documented, and this toolkit verifies it.
    Verified(Signature),
    /// The signature is documented, and this toolkit does not verify it yet.
    NotBuilt {
        /// The page on which the provider documents it.
        documentation: &'static str,
    },
    /// The provider documents no signature.
    NotDocumented,
}

impl WebhookSigning {
    /// Returns the name in tables and JSON: `verified`, `not_built` or `not_documented`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Verified(_) => "verified",
            Self::NotBuilt { .. } => "not_built",
            Self::NotDocumented => "not_documented",
        }
    }
}

/// The functions that verify and create a webhook's signature.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Signature {
    /// The headers that may contain the signature, the preferred one first, in lowercase.
    pub headers: &'static [&'static str],
    /// Verifies a message and reads its event.
    pub verify: fn(&WebhookMessage<'_>, &Secret) -> Result<WebhookEvent>,
    /// Signs a body at a time as the provider does, and returns the headers with the signature.
    pub sign: fn(&[u8], &Secret, SystemTime) -> HeaderMap,
}

impl Signature {
    /// Declares a signature: the headers in small letters that may carry it, the preferred one first, and
    /// the functions that verify a message and sign a body.
    #[must_use]
    pub const fn new(
        headers: &'static [&'static str],
        verify: fn(&WebhookMessage<'_>, &Secret) -> Result<WebhookEvent>,
        sign: fn(&[u8], &Secret, SystemTime) -> HeaderMap,
    ) -> Self {
        Self {
            headers,
            verify,
            sign,
        }
    }
}

impl Provider {
    /// Declares a provider whose webhook signature is not documented.
    ///
    /// A provider of your own works with [`Config::for_provider`](crate::config::Config::for_provider).
    #[must_use]
    pub const fn new(
        info: &'static ProviderInfo,
        documentation: &'static str,
        settings: &'static [Setting],
        adapter: fn(&SettingValues) -> Result<Arc<dyn Adapter>>,
        credential: fn(&SettingValues) -> Result<Credential>,
    ) -> Self {
        Self {
            info,
            settings,
            documentation,
            adapter,
            credential,
            webhook_signing: WebhookSigning::NotDocumented,
        }
    }

    /// Declares how the provider signs its webhooks.
    #[must_use]
    pub const fn with_webhook_signing(mut self, signing: WebhookSigning) -> Self {
        self.webhook_signing = signing;
        self
    }

    /// Returns how the provider signs its webhooks.
    #[must_use]
    pub fn webhook_signing(&self) -> WebhookSigning {
        self.webhook_signing
    }

    /// Returns whether this toolkit can verify the provider's webhooks.
    #[must_use]
    pub fn verifies_webhooks(&self) -> bool {
        matches!(self.webhook_signing, WebhookSigning::Verified(_))
    }

    /// Creates the adapter and a credential from values of the settings, for tests that encode requests
    /// and decode answers without a client.
    ///
    /// # Errors
    /// [`Kind::Configuration`], with the setting that is unknown, missing or malformed.
    pub fn adapter_and_credential(
        &'static self,
        values: &[(&str, &str)],
    ) -> Result<(Arc<dyn Adapter>, Credential)> {
        let values = values
            .iter()
            .map(|(name, value)| Ok((self.setting(name)?.name, Secret::from(*value))));
        let values = SettingValues {
            provider: self,
            by_name: values.collect::<Result<_>>()?,
        };
        Ok(((self.adapter)(&values)?, (self.credential)(&values)?))
    }

    /// Finds a setting by its name.
    pub(crate) fn setting(&self, name: &str) -> Result<&'static Setting> {
        let setting = self.settings.iter().find(|setting| setting.name == name);
        setting.ok_or_else(|| {
            let names: Vec<_> = self
                .settings
                .iter()
                .map(|setting| format!("`{}`", setting.name))
                .collect();
            let message = format!("{} has no setting `{name}`", self.info.name);
            Error::configuration(name.to_owned(), message)
                .with_provider(self.info.id)
                .with_hint(format!("use {}", names.join(", ")))
        })
    }

    /// Creates the error for a setting that is not set.
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

    /// Returns how webhook signatures are verified.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if that is not documented or not built.
    pub(crate) fn signature(&self) -> Result<Signature> {
        let name = self.info.name;
        let (message, hint) = match self.webhook_signing {
            WebhookSigning::Verified(signature) => return Ok(signature),
            WebhookSigning::NotBuilt { documentation } => (
                format!("this version does not verify the webhooks of {name} yet"),
                format!("verify them as the provider documents: {documentation}"),
            ),
            WebhookSigning::NotDocumented => (
                format!("{name} documents no webhook signature, so none can be verified"),
                "do not trust the message: ask the provider's API for the current state".to_owned(),
            ),
        };
        Err(Error::not_sent(Kind::Unsupported, message)
            .with_provider(self.info.id)
            .with_hint(hint))
    }
}

/// One setting of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The name in builders, files and Python, such as `api_key`.
    pub name: &'static str,
    /// The environment variable that sets it.
    pub variable: &'static str,
    /// Whether it is a secret, which may also come from the file that `{variable}_FILE` names.
    pub secret: bool,
    /// Whether a client needs it.
    pub required: bool,
}

impl Setting {
    /// Declares a required setting that is not a secret.
    #[must_use]
    pub const fn required(name: &'static str, variable: &'static str) -> Self {
        Self {
            name,
            variable,
            secret: false,
            required: true,
        }
    }

    /// Declares the optional setting that every provider has.
    #[must_use]
    pub const fn base_url(variable: &'static str) -> Self {
        Self {
            name: "base_url",
            variable,
            secret: false,
            required: false,
        }
    }

    /// Declares a required secret.
    #[must_use]
    pub const fn required_secret(name: &'static str, variable: &'static str) -> Self {
        Self {
            name,
            variable,
            secret: true,
            required: true,
        }
    }

    /// Declares the optional secret of webhook signatures.
    #[must_use]
    pub const fn webhook_secret(variable: &'static str) -> Self {
        Self {
            name: "webhook_secret",
            variable,
            secret: true,
            required: false,
        }
    }

    /// Returns whether a client needs the setting; other secrets are read only when they are used.
    pub(crate) fn is_for_client(&self) -> bool {
        self.required || !self.secret
    }
}

/// The values from which a provider's adapter and credential are built, by the settings' names.
#[derive(Clone, Debug)]
pub struct SettingValues {
    pub(crate) provider: &'static Provider,
    pub(crate) by_name: BTreeMap<&'static str, Secret>,
}

impl SettingValues {
    /// Returns the value of a required setting.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if it is not set.
    pub fn required(&self, name: &'static str) -> Result<Secret> {
        let value = self.by_name.get(name).cloned();
        value.ok_or_else(|| self.provider.missing(name))
    }
}

impl PartialEq for SettingValues {
    fn eq(&self, other: &Self) -> bool {
        let is_same = |(name, text): (&&'static str, &Secret)| {
            other.by_name.get(name).map(Secret::expose) == Some(text.expose())
        };
        self.by_name.len() == other.by_name.len() && self.by_name.iter().all(is_same)
    }
}
