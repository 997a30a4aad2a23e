//! The table of providers. One file declares one provider: its settings, credentials and webhooks.

pub(crate) mod builder;
pub(crate) mod declaration;

use portal_core::{Error, Result, redact, validate_pasted};

use crate::providers::declaration::Provider;
use crate::similar_name::similar_name;

/// Declares the table: for each provider its feature, its file and its type.
macro_rules! providers {
    ($($feature:literal $module:ident $name:ident;)*) => {
        $(
            #[cfg(feature = $feature)]
            mod $module;
            #[cfg(feature = $feature)]
            pub use $module::$name;
        )*

        /// Lists the providers of this build, by id.
        #[must_use]
        pub fn providers() -> &'static [Provider] {
            &[$(#[cfg(feature = $feature)] $module::PROVIDER,)*]
        }
    };
}

providers! {
    "kwik" kwik Kwik;
    "onlineapp" onlineapp OnlineApp;
}

/// Finds a provider by its id.
///
/// # Errors
/// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `provider`, and the
/// known ids as the hint.
pub fn provider(id: &str) -> Result<&'static Provider> {
    let provider = providers().iter().find(|provider| provider.info.id == id);
    provider.ok_or_else(|| {
        let ids = || providers().iter().map(|provider| provider.info.id);
        let known: Vec<_> = ids().map(|id| format!("`{id}`")).collect();
        let known = known.join(", ");
        let hint = match similar_name(id, ids()) {
            Some(similar) => format!("did you mean `{similar}`? known are {known}"),
            None => format!("use one of {known}"),
        };
        let message = match validate_pasted(id) {
            // An id with an invisible character would look right in the message.
            Err(why) if !id.trim().is_empty() => format!("`provider` {why}"),
            _ => format!("no provider is called `{}`", redact(id, &[])),
        };
        Error::configuration("provider", message).with_hint(hint)
    })
}
