use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use portal_core::{Credential, ProviderInfo};
use tokio::sync::Mutex;

use crate::{Clock, CredentialProvider, events};

/// The minimum time between two refreshes. A revoked key is refused with every call, and each call
/// would read the files and run the commands again.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// The credential that a client uses now, and the provider of the next one.
pub(crate) struct CurrentCredential {
    current: RwLock<Arc<Credential>>,
    provider: Option<RenewalState>,
}

struct RenewalState {
    inner: Box<dyn CredentialProvider>,
    /// Locked during each call of the provider, so that its results are applied in order.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether the last check failed, which is logged once and not with every call.
    is_failing: bool,
    /// When the last refresh ended, unless a check has found a new credential since.
    refreshed: Option<Duration>,
}

impl CurrentCredential {
    pub(crate) fn new(credential: Credential) -> Self {
        Self {
            current: RwLock::new(Arc::new(credential)),
            provider: None,
        }
    }

    /// Keeps the current credential, and takes later ones from `provider`.
    pub(crate) fn with_provider(&self, provider: impl CredentialProvider) -> Self {
        Self {
            current: RwLock::new(self.last()),
            provider: Some(RenewalState {
                inner: Box::new(provider),
                state: Mutex::default(),
            }),
        }
    }

    /// Returns the credential for a call that begins now.
    pub(crate) fn current(&self, info: &ProviderInfo) -> Arc<Credential> {
        // If another call is checking now, the last credential is used.
        if let Some(provider) = &self.provider
            && let Ok(mut state) = provider.state.try_lock()
        {
            match provider.inner.refresh_if_changed() {
                Ok(changed) => {
                    state.is_failing = false;
                    if let Some(credential) = changed {
                        state.refreshed = None;
                        self.replace(credential, info);
                    }
                }
                Err(error) if !state.is_failing => {
                    state.is_failing = true;
                    let what = "the credential cannot be checked; the last one is kept";
                    events::credential_error(info.id, &error, what);
                }
                Err(_) => {}
            }
        }
        self.last()
    }

    /// Returns another credential than the refused one, if there is another.
    ///
    /// If several calls are refused at the same time, or within [`REFRESH_INTERVAL`], one refreshes
    /// the credential and the others share the result. If that call is dropped, the next one
    /// refreshes it.
    pub(crate) async fn refresh(
        &self,
        refused: &Arc<Credential>,
        info: &ProviderInfo,
        clock: &dyn Clock,
    ) -> Option<Arc<Credential>> {
        let provider = self.provider.as_ref()?;
        let mut state = provider.state.lock().await;
        let last = self.last();
        if !Arc::ptr_eq(&last, refused) {
            return Some(last);
        }
        let next = state.refreshed.map(|at| at + REFRESH_INTERVAL);
        if next.is_some_and(|next| clock.elapsed() < next) {
            return None;
        }
        let refreshed = provider.inner.refresh().await;
        state.refreshed = Some(clock.elapsed());
        match refreshed {
            Ok(credential) => credential.map(|credential| self.replace(credential, info)),
            Err(error) => {
                let what = "the refused credential cannot be read again";
                events::credential_error(info.id, &error, what);
                None
            }
        }
    }

    /// Returns the last credential, without a check for a newer one.
    pub(crate) fn last(&self) -> Arc<Credential> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, credential: Credential, info: &ProviderInfo) -> Arc<Credential> {
        events::credential_changed(info.id);
        let credential = Arc::new(credential);
        let current = self.current.write();
        *current.unwrap_or_else(PoisonError::into_inner) = credential.clone();
        credential
    }
}

impl fmt::Debug for CurrentCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = self.provider.as_ref().map(|provider| &provider.inner);
        f.debug_struct("CurrentCredential")
            .field("provider", &provider)
            .finish_non_exhaustive()
    }
}
