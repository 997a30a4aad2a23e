//! The canaries of a declaration: all that is secret in what it is given and what it answers.

use portal_core::{Field, Support};

use crate::trial_setup::TrialSetup;
use crate::{Canaries, DocumentedAnswer, field_names};

/// What the adapter was given.
pub(crate) fn credentials(setup: &TrialSetup<'_>) -> Canaries {
    Canaries::new(setup.declaration.secrets.iter().copied())
}

/// All of them: credentials, what is known of the customer, and the documented links.
pub(crate) fn all(setup: &TrialSetup<'_>) -> Canaries {
    let has = |field| setup.capabilities().support(field) != Support::Unsupported;
    // What was not sent cannot come back.
    let personal = [
        (Field::Email, field_names::EMAIL),
        (Field::Metadata, field_names::METADATA),
        (Field::ReturnUrl, field_names::RETURN_PATH),
        (Field::PageTitle, field_names::TITLE),
    ];
    let personal = personal.into_iter().filter(|(field, _)| has(*field));
    let links = setup.links().filter_map(DocumentedAnswer::link);
    let secrets = setup.declaration.secrets.iter().copied();
    Canaries::new(secrets.chain(personal.map(|(_, text)| text)).chain(links))
}
