use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use portal_core::{Error, Kind, LinkRequest, PortalLink, PortalProvider, ProviderInfo, Result};

/// Joins requests that are the same and made at the same time into one call.
///
/// The callers of one call get the same link, or the same error. Nothing is kept when a call is
/// over: the next request is a call again. The call goes on as long as one of its callers waits;
/// a caller that is dropped leaves it to the others, whoever began it, and the last one ends it.
///
/// It helps where impatient customers click twice and each link costs a request of a limited rate.
/// It is wrong where a link works only once: of two tabs that get the same one, the second meets a
/// login that is used up. Links are not shared across customers: the whole request is compared.
///
/// ```
/// use portal::{Kwik, SingleFlight};
/// use std::sync::Arc;
///
/// let kwik = Arc::new(Kwik::builder().api_key("key").api_secret("secret").build()?);
/// // Kwik does not document that its links may be opened twice.
/// assert!(SingleFlight::new(kwik.clone()).is_err());
/// let provider = SingleFlight::sharing_links(kwik);
/// # Ok::<(), portal::Error>(())
/// ```
pub struct SingleFlight {
    provider: Arc<dyn PortalProvider>,
    flights: Arc<Flights>,
}

impl SingleFlight {
    /// Wraps a provider whose links may be opened more than once.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] where the provider does not document that they may
    /// ([`LinkPolicy::safe_to_reuse`](crate::LinkPolicy)).
    pub fn new(provider: Arc<dyn PortalProvider>) -> Result<Self> {
        let info = provider.info();
        if info.capabilities.link.safe_to_reuse {
            return Ok(Self::sharing_links(provider));
        }
        let message = format!(
            "{} does not document that a link may be opened more than once",
            info.name
        );
        Err(Error::not_sent(Kind::Unsupported, message)
            .with_provider(info.id)
            .with_hint("let each request make its own link; if you know better, use `SingleFlight::sharing_links`"))
    }

    /// Wraps any provider: whoever calls this knows that its links may be opened more than once, or
    /// that the same customer gets all of them and opens one.
    #[must_use]
    pub fn sharing_links(provider: Arc<dyn PortalProvider>) -> Self {
        Self {
            provider,
            flights: Arc::default(),
        }
    }
}

#[async_trait]
impl PortalProvider for SingleFlight {
    fn info(&self) -> &'static ProviderInfo {
        self.provider.info()
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        self.flights.join(&self.provider, request).await
    }
}

impl fmt::Debug for SingleFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight")
            .field("provider", &self.provider)
            // Their number only: a request names its customer.
            .field("flying", &self.flights.state().flying.len())
            .finish()
    }
}

type Flight = BoxFuture<'static, Result<PortalLink>>;

/// The calls that are being made.
#[derive(Default)]
struct Flights(Mutex<State>);

#[derive(Default)]
struct State {
    /// Each with its number, and not kept alive from here: callers do that.
    flying: HashMap<LinkRequest, (u64, WeakShared<Flight>)>,
    begun: u64,
}

impl Flights {
    /// Returns the call for this request, begun now unless it is being made.
    fn join(self: &Arc<Self>, to: &Arc<dyn PortalProvider>, of: &LinkRequest) -> Shared<Flight> {
        let mut state = self.state();
        let flying = state.flying.get(of);
        if let Some(flight) = flying.and_then(|(_, flight)| flight.upgrade()) {
            return flight;
        }
        state.begun += 1;
        let number = state.begun;
        let (provider, request) = (to.clone(), of.clone());
        let over = Over {
            flights: self.clone(),
            request: of.clone(),
            number,
        };
        let call = async move {
            // Forgotten before its callers hear of it, and when the last of them is gone.
            let _over = over;
            provider.create_link(&request).await
        };
        let flight = call.boxed().shared();
        let weak = flight
            .downgrade()
            .expect("a flight that has not begun is there");
        state.flying.insert(of.clone(), (number, weak));
        flight
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a call when it is over or dropped.
struct Over {
    flights: Arc<Flights>,
    request: LinkRequest,
    number: u64,
}

impl Drop for Over {
    fn drop(&mut self) {
        let mut state = self.flights.state();
        // The same request may have begun anew in the meantime.
        if let Entry::Occupied(flying) = state.flying.entry(self.request.clone())
            && flying.get().0 == self.number
        {
            flying.remove();
        }
    }
}
