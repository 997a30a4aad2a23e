//! The values that trials give to the fields of a request, easy to recognise in any output.

use portal_core::{Field, LinkRequest, OptionValue, ValueKind};

const EMAIL: &str = "mail.canary+tag@example.com";
const METADATA: &str = "metadata-canary-5f2e";
const METADATA_OBJECT: &str = r#"{"reference": "metadata-canary-5f2e"}"#;
const RETURN_PATH: &str = "/return-canary-81c7";
const RETURN_URL: &str = "https://shop.example/return-canary-81c7?a=b";
const TITLE: &str = "title-canary-3b9d";
const PRODUCTS: &str = "pro_trial_2;pro_trial_1";
const OTHER_PRODUCTS: &str = "pro_trial_3";

/// The ids that the documented answers are about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids {
    pub(crate) customer: &'static str,
    pub(crate) subscription: &'static str,
}

/// Sets a field to its value in trials.
pub(crate) fn set_value(request: LinkRequest, field: Field, ids: Ids) -> LinkRequest {
    set(request, field, value(field, ids))
}

/// Sets a field to another value than [`set_value`]. A text field has only one value in trials.
pub(crate) fn set_other_value(request: LinkRequest, field: Field) -> Option<LinkRequest> {
    match field.info().kind {
        ValueKind::Text | ValueKind::Object => None,
        ValueKind::Flag => Some(set(request, field, "false")),
        ValueKind::Choice => field
            .choices()
            .first()
            .map(|word| set(request, field, word)),
        ValueKind::List => Some(set(request, field, OTHER_PRODUCTS)),
        kind => no_trial(kind),
    }
}

/// Returns the texts that a request with `field` must contain; the value itself is the last one.
pub(crate) fn texts(field: Field, ids: Ids) -> Vec<&'static str> {
    match (field, field.info().kind) {
        (Field::ReturnUrl, _) => vec![RETURN_PATH],
        (Field::Metadata, _) => vec!["reference", METADATA],
        (_, ValueKind::Text) => vec![value(field, ids)],
        (_, ValueKind::List) => PRODUCTS.split(';').collect(),
        (_, ValueKind::Flag | ValueKind::Choice | ValueKind::Object) => Vec::new(),
        (_, kind) => no_trial(kind),
    }
}

/// Panics, because a kind of value without a trial would look like a passed trial.
pub(crate) fn no_trial(kind: ValueKind) -> ! {
    panic!("the conformance suite has no trial for values of the kind {kind:?}")
}

/// Returns the value of a field in trials, in the form of a CSV cell.
///
/// It is the example from the table of options, unless the text must be easy to recognise or stands in
/// the documented answers.
fn value(field: Field, ids: Ids) -> &'static str {
    match field {
        Field::CustomerId => ids.customer,
        Field::Email => EMAIL,
        Field::SubscriptionId => ids.subscription,
        Field::Metadata => METADATA_OBJECT,
        Field::ReturnUrl => RETURN_URL,
        Field::PageTitle => TITLE,
        Field::Products => PRODUCTS,
        _ => match field.choices().last() {
            Some(word) => word,
            None => field.info().example,
        },
    }
}

fn set(request: LinkRequest, field: Field, text: &str) -> LinkRequest {
    let value = OptionValue::from_text(field, text).expect("a value of the field's kind");
    request.set(field, value)
}
