//! Uses a portal page as a browser without scripts does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::support::{Answer, Fixture};

pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Returns the hidden field of a link's forms, also of forms that the link does not show.
pub(crate) fn csrf_field(link: &str) -> String {
    let token = link.rsplit('/').next().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(b"portal form");
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

impl Fixture {
    /// Submits a step's form, without following the redirect.
    pub(crate) async fn submit(&self, link: &str, step: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = csrf_field(link);
        let fields: Vec<_> = [("csrf", csrf.as_str())]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        let own = [FORM, ("sec-fetch-site", "same-origin"), ("origin", "null")];
        self.post(&format!("{link}/{step}"), &own, &encoded(&fields))
            .await
    }

    /// Submits a step and returns the page after the redirect.
    pub(crate) async fn act(&self, link: &str, step: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.submit(link, step, fields).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, link),
            "{step}: {}",
            answer.body
        );
        let page = self.get(link).await;
        assert_eq!(page.status, 200);
        page
    }

    /// Returns the confirmation page of a step.
    pub(crate) async fn look(&self, link: &str, step: &str) -> Answer {
        self.get(&format!("{link}/{step}")).await
    }

    pub(crate) async fn subscription(&self, id: &str) -> Value {
        let state = self.state().await;
        let all = state["subscriptions"].as_array().unwrap();
        all.iter().find(|one| one["id"] == id).unwrap().clone()
    }

    /// Returns the state without links, to compare what must not change.
    pub(crate) async fn belongings(&self) -> Value {
        let mut state = self.state().await;
        state.as_object_mut().unwrap().remove("links");
        state
    }
}

impl Answer {
    /// Returns the page's status line.
    pub(crate) fn notice(&self) -> &str {
        let start = r#"<p class="status" role="status" tabindex="-1" autofocus>"#;
        let (_, rest) = self.body.split_once(start).expect("a status line");
        rest.split_once("</p>").unwrap().0
    }

    /// Returns the value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> &str {
        let start = format!(r#"<input type="hidden" name="{name}" value=""#);
        let (_, rest) = self.body.split_once(&start).expect("a hidden field");
        rest.split_once('"').unwrap().0
    }

    pub(crate) fn shows(&self, parts: &[&str]) {
        for part in parts {
            assert!(
                self.body.contains(part),
                "{part} is missing in {}",
                self.body
            );
        }
    }

    pub(crate) fn hides(&self, parts: &[&str]) {
        for part in parts {
            assert!(
                !self.body.contains(part),
                "{part} is shown in {}",
                self.body
            );
        }
    }
}
