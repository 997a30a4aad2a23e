use std::sync::{Arc, LazyLock};

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use portal::adapter::Provider;
use portal_core::{
    Adapter, Answer, BaseUrl, Credential, Customer, Delivery, Error, Field, Kind, LinkRequest,
    OptionValue, Redactor, Support, link_call,
};

const EMAIL: &str = "canary@example.com";

/// An account at a provider, and a request with every option that the provider takes.
struct Account {
    adapter: Arc<dyn Adapter>,
    credential: Credential,
    request: LinkRequest,
    /// What no error may show.
    canaries: Vec<String>,
}

static ACCOUNTS: LazyLock<Vec<Account>> =
    LazyLock::new(|| portal::providers().iter().map(Account::new).collect());

/// Reads `STATUS\nBODY` as each provider's answer to a request for a link.
pub fn check(data: &[u8]) {
    let Some((status, body)) = crate::first_line(data) else {
        return;
    };
    match StatusCode::from_bytes(status.as_bytes()) {
        // The engine follows no redirect, so no adapter sees one.
        Ok(status) if !status.is_redirection() => {
            for account in &*ACCOUNTS {
                account.check_answer(status, body);
            }
        }
        _ => {}
    }
}

impl Account {
    fn new(provider: &'static Provider) -> Self {
        let required = provider.settings.iter().filter(|setting| setting.required);
        let values: Vec<_> = required
            .map(|setting| match setting.secret {
                true => (setting.name, format!("canary-{}", setting.name)),
                // Most forms of an id allow digits.
                false => (setting.name, "547".to_owned()),
            })
            .collect();
        let texts: Vec<_> = values
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let account = provider.adapter_and_credential(&texts);
        let (adapter, credential) = account.expect("the values have the form of the settings");

        let mut request = LinkRequest::new(Customer::default());
        for field in Field::ALL.iter().copied() {
            if provider.info.capabilities.support(field) == Support::Unsupported {
                continue;
            }
            let text = match field {
                Field::Email => EMAIL,
                field => field.info().example,
            };
            let value = OptionValue::from_text(field, text).expect("an example is valid");
            request = request.set(field, value);
        }
        let secrets = values.into_iter().map(|(_, value)| value);
        let canaries = secrets.filter(|value| value.contains("canary"));
        Self {
            adapter,
            credential,
            request,
            canaries: canaries
                .chain([EMAIL.to_owned(), "https://canary.example".to_owned()])
                .collect(),
        }
    }

    fn check_answer(&self, status: StatusCode, body: &[u8]) {
        let call = link_call(&*self.adapter, &self.request).expect("the request is valid");
        let base = self.adapter.info().default_base_url;
        let base: BaseUrl = base.parse().expect("a default is valid");
        let json = HeaderValue::from_static("application/json");
        let fields = self.request.fields();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
        let redactor = Redactor::new(self.credential.secrets()).with_fields(fields);
        let answer = Answer::new(status, &headers, body, &base, &redactor);
        match call.decode(&answer) {
            Ok(link) => {
                assert!(status.is_success(), "a link from {status}");
                crate::authority::check_https(link.url().expose());
                assert_eq!(link.customer, fields.customer);
                if fields.subscription.is_some() {
                    assert_eq!(link.subscription, fields.subscription);
                }
            }
            Err(error) => check_error(&error, status, &self.canaries),
        }
    }
}

fn check_error(error: &Error, status: StatusCode, canaries: &[String]) {
    assert_eq!(error.status(), Some(status), "{error:?}");
    let expected = match error.kind() {
        Kind::Protocol => Delivery::Answered,
        Kind::Unavailable => Delivery::Unknown,
        Kind::Invalid
        | Kind::Unauthenticated
        | Kind::Forbidden
        | Kind::NotFound
        | Kind::NoPortal
        | Kind::Conflict
        | Kind::RateLimited => Delivery::Refused,
        // `Unsupported`, `Configuration`, `Timeout`, and a kind that is newer than this check.
        kind => panic!("no answer means {kind:?}"),
    };
    assert_eq!(error.delivery(), expected, "{error:?}");
    let output = format!("{error} {error:?} {:?}", error.provider_code());
    let output = output.to_ascii_lowercase();
    for canary in canaries {
        assert!(!output.contains(&**canary), "{canary} in {output}");
    }
    assert!(
        !error.message().contains(char::is_control),
        "{:?}",
        error.message()
    );
}
