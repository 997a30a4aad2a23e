pub(crate) mod check;
pub(crate) mod clock_skew;
pub(crate) mod endpoint;

use portal_core::Error;

use crate::Client;
use crate::diagnostics::check::{Check, CheckKind, Outcome};
use crate::diagnostics::clock_skew::skew;
use crate::diagnostics::endpoint::Way;

impl Client {
    /// Looks at the way to the provider step by step, and creates nothing there.
    ///
    /// Sent are a `HEAD` of the base URL without the credential and, where the provider documents a
    /// call that only shows whether the credential is good, that call. Where a proxy applies, the
    /// way leads through it. After a stage that failed, those behind it are skipped.
    pub async fn diagnostics(&self) -> Vec<Check> {
        let mut told = Told::default();
        let account = &*self.account;
        let way = Way::to(&account.base, self.exchange().proxy_to(&account.base));
        let (clock, limit) = (&*account.clock, account.options.connect_timeout);
        if let Some(addresses) = told.take(CheckKind::Dns, way.resolve(clock, limit).await)
            && let Some(()) = told.take(CheckKind::Tcp, way.connect(addresses, clock, limit).await)
        {
            self.ask(&mut told).await;
        }
        told.finish(account.info.id)
    }

    /// Has a connection made as calls make it, and something said on it.
    async fn ask(&self, told: &mut Told) {
        let account = &*self.account;
        let (clock, base) = (&*account.clock, &account.base);
        let before = clock.date();
        let answer = self
            .exchange()
            .head(base, clock, account.options.timeout)
            .await;
        let after = clock.date();
        match (&answer, base.is_plain()) {
            (_, true) => told.put(
                CheckKind::Tls,
                Outcome::Skipped("plain http, on this machine".into()),
            ),
            (Err(why), false) if !why.connected => {
                return told.put(CheckKind::Tls, Outcome::Failed(why.error.clone()));
            }
            _ => told.put(CheckKind::Tls, Outcome::Passed(self.trust())),
        }
        let (status, headers) = match answer {
            Ok(head) => head,
            Err(why) => return told.put(CheckKind::Http, Outcome::Failed(why.error)),
        };
        told.put(
            CheckKind::Http,
            Outcome::Passed(format!("it answers, with {status}")),
        );
        told.put(CheckKind::Clock, skew(&headers, before, after));
        // Asked last: a key that is refused says nothing about the way.
        let finding = match account.adapter.check_credential() {
            Err(why) => Outcome::NotChecked(why.to_owned()),
            Ok(_) => match self.check_credential().await {
                Ok(()) => Outcome::Passed("the provider accepts them".into()),
                Err(error) => Outcome::Failed(error),
            },
        };
        told.put(CheckKind::Credentials, finding);
    }

    /// Says by whose word a certificate is good.
    fn trust(&self) -> String {
        let roots = self.account.options.extra_roots.told();
        match self.exchange().proxy_to(&self.account.base) {
            None => format!("the certificate is good, by {roots}"),
            Some(proxy) => format!(
                "through the proxy of `{}`, the certificate is good, by {roots}",
                proxy.variable
            ),
        }
    }
}

/// What was found so far.
#[derive(Default)]
struct Told(Vec<Check>);

impl Told {
    fn put(&mut self, stage: CheckKind, finding: Outcome) {
        self.0.push(Check { stage, finding });
    }

    /// Notes what came of a stage, and returns what the next one needs.
    fn take<T>(&mut self, stage: CheckKind, outcome: Result<(T, String), Error>) -> Option<T> {
        let (value, finding) = match outcome {
            Ok((value, seen)) => (Some(value), Outcome::Passed(seen)),
            Err(error) => (None, Outcome::Failed(error)),
        };
        self.put(stage, finding);
        value
    }

    /// Names the provider in errors, and skips what was not come to.
    fn finish(mut self, provider: &'static str) -> Vec<Check> {
        let mut last = None;
        for check in &mut self.0 {
            last = Some(check.stage);
            if let Outcome::Failed(error) = &mut check.finding {
                *error = error.clone().with_provider(provider);
            }
        }
        let failed = last.map_or("it", CheckKind::as_str);
        for stage in CheckKind::ALL.into_iter().skip(self.0.len()) {
            self.put(stage, Outcome::Skipped(format!("`{failed}` failed")));
        }
        self.0
    }
}
