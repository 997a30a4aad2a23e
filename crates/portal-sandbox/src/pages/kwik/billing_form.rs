use askama::Template;

use crate::kwik::billing::{FIELDS, MOST_CHARACTERS};
use crate::pages::shell::Shell;
use crate::store::customers::Billing;

/// The form that changes the billing information.
#[derive(Template)]
#[template(path = "billing.html")]
pub(super) struct BillingForm {
    shell: Shell,
    fields: Vec<Input>,
    unfit: bool,
    most: usize,
}

struct Input {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    required: bool,
    value: String,
    error: Option<String>,
}

impl BillingForm {
    /// Fills the form with `billing` and says beside each field what is wrong with it.
    pub(super) fn new(shell: Shell, billing: &Billing, errors: &[(&'static str, String)]) -> Self {
        let error = |name| {
            let mut errors = errors.iter();
            errors
                .find(|(wrong, _)| *wrong == name)
                .map(|(_, message)| message.clone())
        };
        let fields = FIELDS.iter().map(|field| Input {
            name: field.name,
            label: field.label,
            kind: field.kind,
            autocomplete: field.autocomplete,
            required: field.required,
            value: (field.of)(billing).to_owned(),
            error: error(field.name),
        });
        Self {
            shell,
            fields: fields.collect(),
            unfit: !errors.is_empty(),
            most: MOST_CHARACTERS,
        }
    }
}
