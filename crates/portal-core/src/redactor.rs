use std::fmt;

use serde_json::Value;

use crate::{Field, LinkFields, Secret, redact};

/// Masks a call's secrets and personal values in a provider's text.
///
/// Secrets are those of the credential. Personal values are every text and number in extra fields, and
/// the options that the table of options marks as personal: the e-mail address, metadata, the page's
/// title, and the return URL with its path. Ids are shown, because support needs them.
///
/// ```
/// use portal_core::{Customer, LinkRequest, Redactor};
///
/// let request = LinkRequest::new(Customer::from_email("user@example.com")).meta("ref", "Ada Lovelace");
/// let secrets = ["sk_live_1".into()];
/// let redactor = Redactor::new(&secrets).with_fields(request.fields());
/// assert_eq!(redactor.redact("no Ada%20Lovelace for sk_live_1"), "no *** for ***");
/// ```
#[derive(Clone, Copy)]
pub struct Redactor<'a> {
    secrets: &'a [Secret],
    fields: Option<&'a LinkFields>,
}

impl<'a> Redactor<'a> {
    /// Creates a redactor for the secrets of a credential.
    #[must_use]
    pub fn new(secrets: &'a [Secret]) -> Self {
        Self {
            secrets,
            fields: None,
        }
    }

    /// Adds the personal values of a request.
    #[must_use]
    pub fn with_fields(mut self, fields: &'a LinkFields) -> Self {
        self.fields = Some(fields);
        self
    }

    /// Returns a provider's text with secrets and personal values masked, as [`redact`] does.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let texts = Texts::of(self.secrets, self.fields);
        let texts: Vec<_> = texts.0.iter().map(Secret::expose).collect();
        redact(text, &texts)
    }
}

/// The texts to mask, collected only when an error is created.
struct Texts(Vec<Secret>);

impl Texts {
    fn of(secrets: &[Secret], fields: Option<&LinkFields>) -> Self {
        let mut texts = Self(secrets.to_vec());
        let Some(fields) = fields else {
            return texts;
        };
        let personal = || {
            let all = Field::ALL.iter().copied();
            all.filter(|field| field.info().is_personal)
        };
        for text in personal().filter_map(|field| fields.text(field)) {
            texts.0.push(text.into());
        }
        if let Some(url) = &fields.return_url {
            texts.add_path(url.as_str());
        }
        let objects = personal().filter_map(|field| fields.object(field));
        objects
            .chain([&fields.extra])
            .flat_map(|object| object.values())
            .for_each(|value| texts.add(value));
        texts
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.0.push(number.to_string().into()),
            Value::String(text) => self.0.push(text.as_str().into()),
            Value::Array(list) => list.iter().for_each(|value| self.add(value)),
            Value::Object(object) => object.values().for_each(|value| self.add(value)),
        }
    }

    /// Adds the path of a URL, with and without its query.
    fn add_path(&mut self, url: &str) {
        let host = url.find("://").map_or(0, |at| at + 3);
        let Some(path) = url[host..].find(['/', '?', '#']) else {
            return;
        };
        let tail = &url[host + path..];
        let path = tail.split(['?', '#']).next().unwrap_or_default();
        for text in [tail, path] {
            if text.len() > 1 {
                self.0.push(text.into());
            }
        }
    }
}

impl fmt::Debug for Redactor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor(***)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Customer, LinkRequest};

    #[test]
    fn secrets_and_personal_values_are_masked() {
        let request = LinkRequest::new(Customer::from_id("cus_1").with_email("ada@example.com"))
            .meta("name", "Ada Lovelace")
            .meta("deep", json!([{"phone": 5550123}, true, null]))
            .page_title("Ada's page")
            .extra("note", "extra note")
            .return_url("https://my.site/account/4711?token=abc");
        let secrets = ["sk_live_1".into()];
        let redactor = Redactor::new(&secrets).with_fields(request.fields());
        for text in [
            "sk_live_1",
            "ADA%40example.com",
            "ada\nlovelace",
            "5550123",
            "Ada%27s+page",
            "extra note",
            "https:\\/\\/my.site\\/account\\/4711",
            "/account/4711",
            "/account/4711?token=abc",
            "L2FjY291bnQvNDcxMT90b2tlbj1hYmM",
        ] {
            let output = redactor.redact(&format!("no \"{text}\" for cus_1 ok"));
            assert_eq!(output, "no *** for cus_1 ok", "{text}");
        }
        assert_eq!(
            redactor.redact("name deep true null"),
            "name deep true null"
        );
        assert_eq!(format!("{redactor:?}"), "Redactor(***)");
    }

    #[test]
    fn a_return_url_without_a_path_masks_no_slash() {
        for url in ["https://my.site", "https://my.site/"] {
            let request = LinkRequest::new(Customer::default());
            let request = request.return_url(url);
            let redactor = Redactor::new(&[]).with_fields(request.fields());
            assert_eq!(redactor.redact("use / or a/b"), "use / or a/b");
        }
    }
}
