use std::num::NonZeroU32;

use portal_core::ProviderInfo;

/// How many requests a client may send in any second, retries included.
///
/// Clients of one process that have the same provider, base URL and credential keep to one limit
/// together, the lowest that one of them was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// As many as the provider documents; no limit where it documents none.
    #[default]
    Documented,
    /// That many.
    PerSecond(NonZeroU32),
    /// As many as come.
    Off,
}

impl Rate {
    pub(crate) fn towards(self, provider: &ProviderInfo) -> Option<NonZeroU32> {
        match self {
            Self::Documented => provider.rate_per_second.and_then(NonZeroU32::new),
            Self::PerSecond(rate) => Some(rate),
            Self::Off => None,
        }
    }
}
