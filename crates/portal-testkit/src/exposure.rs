//! The canaries of a subject: all that is secret in what it is given and what it answers.

use portal_core::{Field, Support};

use crate::bench::Bench;
use crate::{Canaries, DocumentedAnswer, vocabulary};

/// What the adapter was given.
pub(crate) fn credentials(bench: &Bench<'_>) -> Canaries {
    Canaries::new(bench.subject.secrets.iter().copied())
}

/// All of them: credentials, what is known of the customer, and the documented links.
pub(crate) fn all(bench: &Bench<'_>) -> Canaries {
    let has = |field| bench.capabilities().support(field) != Support::Unsupported;
    // What was not sent cannot come back.
    let personal = [
        (Field::Email, vocabulary::EMAIL),
        (Field::Metadata, vocabulary::METADATA),
        (Field::ReturnUrl, vocabulary::RETURN_PATH),
        (Field::PageTitle, vocabulary::TITLE),
    ];
    let personal = personal.into_iter().filter(|(field, _)| has(*field));
    let links = bench.links().filter_map(DocumentedAnswer::link);
    let secrets = bench.subject.secrets.iter().copied();
    Canaries::new(secrets.chain(personal.map(|(_, text)| text)).chain(links))
}
