use askama::Template;

use crate::pages::layout::Layout;
use crate::providers::kwik::billing::{FIELDS, MAX_CHARACTERS};
use crate::providers::kwik::store::customers::Billing;

/// The form that changes the billing information.
#[derive(Template)]
#[template(path = "kwik/billing.html")]
pub(super) struct BillingForm {
    layout: Layout,
    fields: Vec<InputField>,
    invalid: bool,
    max_length: usize,
}

struct InputField {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    required: bool,
    value: String,
    error: Option<String>,
}

impl BillingForm {
    /// Fills the form with `billing`, and shows each field's error.
    pub(super) fn new(
        layout: Layout,
        billing: &Billing,
        errors: &[(&'static str, String)],
    ) -> Self {
        let error = |name| {
            let mut errors = errors.iter();
            errors
                .find(|(wrong, _)| *wrong == name)
                .map(|(_, message)| message.clone())
        };
        let fields = FIELDS.iter().map(|field| InputField {
            name: field.name,
            label: field.label,
            kind: field.kind,
            autocomplete: field.autocomplete,
            required: field.required,
            value: (field.get)(billing).to_owned(),
            error: error(field.name),
        });
        Self {
            layout,
            fields: fields.collect(),
            invalid: !errors.is_empty(),
            max_length: MAX_CHARACTERS,
        }
    }
}
