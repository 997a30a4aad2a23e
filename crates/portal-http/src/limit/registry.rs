use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use bytes::Bytes;
use http::Request;
use portal_core::{Adapter, BaseUrl, RateLimit};

use crate::SystemClock;
use crate::limit::limiter::Limiter;

/// Returns the limiter of this credential at this base URL, which all clients of the process share.
pub(crate) fn limiter(adapter: &dyn Adapter, base: &BaseUrl, limit: RateLimit) -> Arc<Limiter> {
    Registry::of_this_process().limiter(adapter, base, limit)
}

/// The limiters in use by the clients of one process.
///
/// A forked process gets a registry of its own, chained to its parent's: another thread may have
/// held the parent's lock, and its queues hold requests of the parent.
struct Registry {
    process: u32,
    /// By a hash with a key that only this process has, so that no credential is stored here.
    limiters: Mutex<HashMap<u64, Weak<Limiter>>>,
    hasher: RandomState,
    forked: OnceLock<Box<Registry>>,
}

static FIRST: OnceLock<Registry> = OnceLock::new();

impl Registry {
    fn of_this_process() -> &'static Self {
        let process = process::id();
        let mut registry = FIRST.get_or_init(|| Self::new(process));
        while registry.process != process {
            registry = registry.forked.get_or_init(|| Box::new(Self::new(process)));
        }
        registry
    }

    fn new(process: u32) -> Self {
        Self {
            process,
            limiters: Mutex::default(),
            hasher: RandomState::new(),
            forked: OnceLock::new(),
        }
    }

    fn limiter(&self, adapter: &dyn Adapter, base: &BaseUrl, limit: RateLimit) -> Arc<Limiter> {
        let key = self.fingerprint(adapter, base);
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        limiters.retain(|_, limiter| limiter.strong_count() > 0);
        if let Some(limiter) = limiters.get(&key).and_then(Weak::upgrade) {
            limiter.lower(limit);
            return limiter;
        }
        let clock = Arc::new(SystemClock::default());
        let limiter = Arc::new(Limiter::new(limit, clock));
        limiters.insert(key, Arc::downgrade(&limiter));
        limiter
    }

    /// Hashes where requests go and what the adapter puts on them.
    fn fingerprint(&self, adapter: &dyn Adapter, base: &BaseUrl) -> u64 {
        let mut request = Request::new(Bytes::new());
        adapter.authorize(&mut request);
        let headers = request.headers().iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let provider = adapter.info().id;
        self.hasher
            .hash_one((provider, base.as_str(), request.uri(), headers))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::test_adapter::TestAdapter;
    use crate::{Client, Options, Rate};

    const LIMIT: RateLimit = RateLimit::per_second(NonZeroU32::MIN);

    #[test]
    fn a_limit_belongs_to_a_credential_at_a_base_url() {
        let base = |text: &str| text.parse::<BaseUrl>().unwrap();
        let (here, there) = (base("http://127.0.0.1:1"), base("http://127.0.0.1:2"));
        let first = limiter(&TestAdapter("a"), &here, LIMIT);
        assert!(Arc::ptr_eq(
            &first,
            &limiter(&TestAdapter("a"), &here, LIMIT)
        ));
        assert!(!Arc::ptr_eq(
            &first,
            &limiter(&TestAdapter("b"), &here, LIMIT)
        ));
        assert!(!Arc::ptr_eq(
            &first,
            &limiter(&TestAdapter("a"), &there, LIMIT)
        ));
    }

    #[test]
    fn a_forked_process_starts_with_an_empty_registry() {
        let parent = Registry::new(1);
        let child = parent.forked.get_or_init(|| Box::new(Registry::new(2)));
        let base = "http://127.0.0.1:1".parse().unwrap();
        // Another thread of the parent holds its lock.
        let _locked = parent.limiters.lock().unwrap();
        let first = child.limiter(&TestAdapter("a"), &base, LIMIT);
        assert!(Arc::ptr_eq(
            &first,
            &child.limiter(&TestAdapter("a"), &base, LIMIT)
        ));
        assert!(std::ptr::eq(
            Registry::of_this_process(),
            Registry::of_this_process()
        ));
    }

    #[test]
    fn the_registry_does_not_store_the_credential() {
        let registry = Registry::new(1);
        let base = "http://127.0.0.1:1".parse().unwrap();
        let limiter = registry.limiter(&TestAdapter("canary"), &base, LIMIT);
        let kept = format!("{:?} {limiter:?}", registry.limiters);
        assert!(!kept.contains("canary"), "{kept}");
        drop(limiter);
        registry.limiter(&TestAdapter("b"), &base, LIMIT);
        assert_eq!(
            registry.limiters.lock().unwrap().len(),
            1,
            "unused limiters are dropped"
        );
    }

    #[test]
    fn clients_of_one_credential_share_the_documented_limit_unless_it_is_off() {
        let client = |rate| {
            let options = Options {
                base_url: Some("http://127.0.0.1:3".parse().unwrap()),
                rate,
                ..Options::default()
            };
            let client = Client::new(TestAdapter("c"), options).unwrap();
            client.shared.limiter.clone()
        };
        let documented = client(Rate::Documented).unwrap();
        assert!(format!("{documented:?}").contains("requests: 100"));
        // The lowest limit holds for all.
        let lower = client(Rate::Limit(LIMIT)).unwrap();
        assert!(Arc::ptr_eq(&documented, &lower));
        assert!(format!("{documented:?}").contains("requests: 1,"));
        assert!(client(Rate::Off).is_none());
    }
}
