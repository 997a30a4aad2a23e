use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::response::{ApiError, FieldError, FieldErrors};
use super::settings::{CancelType, Settings};
use crate::providers::validation;

/// A valid call.
pub(super) struct LinkRequest {
    pub(super) customer_id: String,
    pub(super) subscription_id: Option<String>,
    pub(super) settings: Settings,
    /// The received body, which the provider's errors repeat.
    record: Map<String, Value>,
}

impl LinkRequest {
    /// Creates a request without settings from valid ids.
    pub(super) fn without_settings(customer_id: String, subscription_id: Option<String>) -> Self {
        Self {
            customer_id,
            subscription_id,
            settings: Settings::default(),
            record: Map::new(),
        }
    }

    /// Reads the body and checks all fields, so that one answer names everything that is wrong.
    ///
    /// The provider documents each of its codes in one line. Here 002 is for a body that is no
    /// JSON object, 003 for `settings` that are no object, 005 for fields of a wrong type or value, as in the
    /// documented example. Undocumented fields are ignored.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, ApiError> {
        if !validation::has_json_content_type(headers) {
            return Err(ApiError::Layout);
        }
        let Ok(Value::Object(record)) = serde_json::from_slice(body) else {
            return Err(ApiError::Layout);
        };
        let no_settings = Map::new();
        let settings = match record.get("settings") {
            None => &no_settings,
            Some(Value::Object(settings)) => settings,
            Some(_) => {
                let errors =
                    FieldErrors::from([field_error("settings", "must be an object", "object")]);
                return Err(ApiError::Parameters { record, errors });
            }
        };
        let mut body = ObjectReader {
            object: &record,
            prefix: "",
            errors: FieldErrors::new(),
        };
        let customer_id = body.required_text("customer_id");
        let subscription_id = body.text("subscription_id");
        let mut fields = ObjectReader {
            object: settings,
            prefix: "settings.",
            errors: body.errors,
        };
        let settings = Settings {
            show_invoices: fields.flag("show_invoices"),
            show_billing_info: fields.flag("show_billing_info"),
            allow_update_billing_info: fields.flag("allow_update_billing_info"),
            allow_cancel: fields.flag("allow_cancel"),
            cancel_type: fields.cancel_type("cancel_type"),
            allow_switch_plan: fields.flag("allow_switch_plan"),
            products_ids: fields.texts("products_ids"),
            redirect_url: fields.http_url("redirect_url"),
            page_title: fields.text("page_title"),
        };
        let errors = fields.errors;
        match customer_id {
            Some(customer_id) if errors.is_empty() => Ok(Self {
                customer_id,
                subscription_id,
                settings,
                record,
            }),
            _ => Err(ApiError::Validation { record, errors }),
        }
    }

    /// Returns the error for a `field` that names a record that does not exist.
    pub(super) fn not_found(self, field: &str) -> ApiError {
        let errors = FieldErrors::from([field_error(field, "was not found", "exists")]);
        ApiError::NotFound {
            record: self.record,
            errors,
        }
    }
}

/// Reads `api_key:api_secret` from HTTP Basic.
pub(super) fn credential(headers: &HeaderMap) -> Result<String, ApiError> {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let encoded = match basic.split_once(' ') {
        Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => encoded,
        _ => return Err(ApiError::UnknownKey),
    };
    let decoded = STANDARD
        .decode(encoded)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or(ApiError::UnknownKey)
}

/// One object of the body, with the errors so far. A missing field is `None`; `null` is a wrong type.
struct ObjectReader<'a> {
    object: &'a Map<String, Value>,
    prefix: &'static str,
    errors: FieldErrors,
}

impl ObjectReader<'_> {
    fn required_text(&mut self, name: &str) -> Option<String> {
        match self.object.get(name) {
            None => self.refuse(name, "is required", "required"),
            Some(Value::String(text)) if text.is_empty() => {
                self.refuse(name, "is required", "required")
            }
            Some(_) => self.text(name),
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.object.get(name)? {
            Value::String(text) => Some(text.clone()),
            _ => self.refuse(name, "must be a string", "string"),
        }
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        match self.object.get(name)? {
            Value::Bool(flag) => Some(*flag),
            _ => self.refuse(name, "must be a boolean", "boolean"),
        }
    }

    fn cancel_type(&mut self, name: &str) -> Option<CancelType> {
        match self.object.get(name)?.as_str() {
            Some("NOW") => Some(CancelType::Now),
            Some("AFTER_BILLING_PERIOD") => Some(CancelType::AfterBillingPeriod),
            _ => self.refuse(name, "must be NOW or AFTER_BILLING_PERIOD", "enum"),
        }
    }

    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let Value::Array(items) = self.object.get(name)? else {
            return self.refuse(name, "must be an array", "array");
        };
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text.clone()),
                _ => return self.refuse(&format!("{name}.{index}"), "must be a string", "string"),
            }
        }
        Some(texts)
    }

    /// The documentation says that the user is redirected to it, so it must be an http or https URL.
    fn http_url(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if validation::is_http_url(&text) {
            return Some(text);
        }
        self.refuse(name, "must be an http or https URL", "url")
    }

    fn refuse<T>(&mut self, name: &str, message: &str, rule: &'static str) -> Option<T> {
        self.errors.extend([field_error(
            &format!("{}{name}", self.prefix),
            message,
            rule,
        )]);
        None
    }
}

fn field_error(field: &str, message: &str, rule: &'static str) -> (String, FieldError) {
    (
        field.to_owned(),
        FieldError {
            message: format!("{field} {message}"),
            rule,
        },
    )
}
