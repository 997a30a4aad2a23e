//! The canaries of a declaration: the secrets in its input and in its documented answers.

use portal_core::{Field, Support};

use crate::trial_setup::TrialSetup;
use crate::{Canaries, DocumentedAnswer, field_names};

/// What the adapter was given.
pub(crate) fn credentials(setup: &TrialSetup<'_>) -> Canaries {
    Canaries::new(setup.declaration.secrets.iter().copied())
}

/// All of them: credentials, the customer's data, and the documented links.
pub(crate) fn all(setup: &TrialSetup<'_>) -> Canaries {
    // What was not sent cannot come back.
    let has = |field: Field| setup.capabilities().support(field) != Support::Unsupported;
    let all = Field::ALL.iter().copied();
    let personal = all
        .filter(|field| field.info().is_personal && has(*field))
        .filter_map(|field| field_names::texts(field, setup.declaration.ids()).pop());
    let links = setup.links().filter_map(DocumentedAnswer::link);
    let secrets = setup.declaration.secrets.iter().copied();
    Canaries::new(secrets.chain(personal).chain(links))
}
