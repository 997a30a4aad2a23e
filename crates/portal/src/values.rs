use std::collections::BTreeMap;

use portal_core::Secret;

use crate::Provider;

/// What a provider's settings say at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub(crate) provider: &'static Provider,
    pub(crate) of: BTreeMap<&'static str, Secret>,
}

impl Values {
    /// Returns a setting that there is no connection without.
    #[cfg(any(feature = "kwik", feature = "onlineapp"))]
    pub(crate) fn required(&self, name: &'static str) -> portal_core::Result<Secret> {
        let value = self.of.get(name).cloned();
        value.ok_or_else(|| self.provider.missing(name))
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.of.len() == other.of.len()
            && self
                .of
                .iter()
                .all(|(name, text)| other.of.get(name).map(Secret::expose) == Some(text.expose()))
    }
}
