//! The canaries of a declaration: the secrets in its input and in its documented answers.

use portal_core::{Field, Support};

use crate::trial_setup::TrialSetup;
use crate::{Canaries, DocumentedAnswer, field_values};

/// Returns the secrets of the credential.
pub(crate) fn credentials(setup: &TrialSetup<'_>) -> Canaries {
    Canaries::new(setup.declaration.secrets.iter().copied())
}

/// Returns all secrets: the credential's, the customer's data, and the documented links.
pub(crate) fn all(setup: &TrialSetup<'_>) -> Canaries {
    // An option that was not sent cannot be in an answer.
    let is_sent = |field: Field| setup.capabilities().support(field) != Support::Unsupported;
    let fields = Field::ALL.iter().copied();
    let personal = fields
        .filter(|field| field.info().is_personal && is_sent(*field))
        .filter_map(|field| field_values::texts(field, setup.declaration.ids()).pop());
    let links = setup.links().filter_map(DocumentedAnswer::link);
    let secrets = setup.declaration.secrets.iter().copied();
    Canaries::new(secrets.chain(personal).chain(links))
}
