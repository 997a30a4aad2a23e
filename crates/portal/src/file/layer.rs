use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use portal_core::ReturnOrigins;
use portal_http::Rate;

use crate::Provider;
use crate::origin::Origin;

/// A value and the line on which it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) line: usize,
}

/// What the file says outside of its profiles, or in one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    pub(crate) provider: Option<At<&'static Provider>>,
    pub(crate) timeout: Option<At<Duration>>,
    pub(crate) max_retries: Option<At<u32>>,
    pub(crate) rate: Option<At<Rate>>,
    pub(crate) ca: Option<At<PathBuf>>,
    pub(crate) return_origins: Option<At<ReturnOrigins>>,
    /// By the provider's id, then by the setting's name.
    pub(crate) settings: BTreeMap<&'static str, Settings>,
}

pub(crate) type Settings = BTreeMap<&'static str, At<Origin>>;

impl Layer {
    /// Lists where the providers' secrets come from.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Origin> {
        self.settings.iter().flat_map(|(id, settings)| {
            settings.iter().filter_map(|(name, at)| {
                let provider = crate::provider(id).ok()?;
                let secret = provider.setting(name).is_ok_and(|setting| setting.secret);
                secret.then_some(&at.value)
            })
        })
    }
}
