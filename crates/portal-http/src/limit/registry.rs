use std::collections::HashMap;
use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use portal_core::{AccountFingerprint, RateLimit};

use crate::SystemClock;
use crate::limit::limiter::Limiter;

/// Returns the limiter of an account, which all clients of the process share.
pub(crate) fn limiter(account: AccountFingerprint, limit: RateLimit) -> Arc<Limiter> {
    Registry::of_this_process().limiter(account, limit)
}

/// The limiters in use by the clients of one process.
///
/// A forked process gets a registry of its own, chained to its parent's: another thread may have
/// held the parent's lock, and its queues hold requests of the parent.
struct Registry {
    process: u32,
    limiters: Mutex<HashMap<AccountFingerprint, Weak<Limiter>>>,
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
            forked: OnceLock::new(),
        }
    }

    fn limiter(&self, account: AccountFingerprint, limit: RateLimit) -> Arc<Limiter> {
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        limiters.retain(|_, limiter| limiter.strong_count() > 0);
        if let Some(limiter) = limiters.get(&account).and_then(Weak::upgrade) {
            limiter.lower(limit);
            return limiter;
        }
        let clock = Arc::new(SystemClock::default());
        let limiter = Arc::new(Limiter::new(limit, clock));
        limiters.insert(account, Arc::downgrade(&limiter));
        limiter
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use portal_core::BaseUrl;

    use super::*;
    use crate::test_adapter::{TestAdapter, credential};
    use crate::{Client, Options, Rate};

    const LIMIT: RateLimit = RateLimit::per_second(NonZeroU32::MIN);

    fn account(key: &str, base: &str) -> AccountFingerprint {
        let base: BaseUrl = base.parse().unwrap();
        AccountFingerprint::new("test", &base, &credential(key))
    }

    #[test]
    fn a_limit_belongs_to_a_credential_at_a_base_url() {
        let (here, there) = ("http://127.0.0.1:1", "http://127.0.0.1:2");
        let first = limiter(account("a", here), LIMIT);
        assert!(Arc::ptr_eq(&first, &limiter(account("a", here), LIMIT)));
        assert!(!Arc::ptr_eq(&first, &limiter(account("b", here), LIMIT)));
        assert!(!Arc::ptr_eq(&first, &limiter(account("a", there), LIMIT)));
    }

    #[test]
    fn a_forked_process_starts_with_an_empty_registry() {
        let parent = Registry::new(1);
        let child = parent.forked.get_or_init(|| Box::new(Registry::new(2)));
        let account = account("a", "http://127.0.0.1:1");
        // Another thread of the parent holds its lock.
        let _locked = parent.limiters.lock().unwrap();
        let first = child.limiter(account, LIMIT);
        assert!(Arc::ptr_eq(&first, &child.limiter(account, LIMIT)));
        assert!(std::ptr::eq(
            Registry::of_this_process(),
            Registry::of_this_process()
        ));
    }

    #[test]
    fn the_registry_does_not_store_the_credential() {
        let registry = Registry::new(1);
        let limiter = registry.limiter(account("canary", "http://127.0.0.1:1"), LIMIT);
        let kept = format!("{:?} {limiter:?}", registry.limiters);
        assert!(!kept.contains("canary"), "{kept}");
        drop(limiter);
        registry.limiter(account("b", "http://127.0.0.1:1"), LIMIT);
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
            let client = Client::new(TestAdapter, credential("c"), options).unwrap();
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
