use std::panic::{AssertUnwindSafe, catch_unwind};

use portal_core::{Adapter, Field, Support};

use crate::report::{Findings, Trial};
use crate::trial_setup::TrialSetup;
use crate::trials::{body_mutation, codec, contract, faults, safety, secrecy};
use crate::{Declaration, Report};

type Try = fn(&TrialSetup<'_>, &mut Findings);

/// What every adapter must show, whatever it declares.
const TRIALS: &[(&str, Try)] = &[
    ("contract::the_info_is_sound", contract::info),
    ("contract::what_is_required_is_missed", contract::required),
    (
        "contract::the_idempotency_is_the_documented_one",
        contract::idempotency,
    ),
    (
        "contract::the_check_of_the_credential_changes_nothing",
        contract::check,
    ),
    (
        "codec::the_documented_requests_are_what_is_sent",
        codec::requests,
    ),
    ("codec::encoding_twice_gives_the_same_bytes", codec::twice),
    (
        "codec::a_call_is_relative_and_holds_no_credential",
        codec::relative,
    ),
    (
        "codec::authorizing_adds_the_credential_once_and_marks_it",
        codec::authorize,
    ),
    (
        "codec::the_documented_answers_mean_what_they_say",
        codec::answers,
    ),
    (
        "codec::an_answer_with_a_field_removed_is_its_meaning_or_an_error",
        body_mutation::removed,
    ),
    (
        "codec::an_answer_with_a_field_retyped_is_its_meaning_or_an_error",
        body_mutation::retyped,
    ),
    (
        "codec::an_answer_with_a_field_twice_is_its_meaning_or_an_error",
        body_mutation::doubled,
    ),
    (
        "codec::an_answer_with_a_field_enlarged_is_its_meaning_or_an_error",
        body_mutation::enlarged,
    ),
    (
        "faults::each_status_is_told_as_documented",
        faults::statuses,
    ),
    (
        "faults::only_what_may_be_repeated_is_repeated",
        faults::repeated,
    ),
    (
        "faults::retry_after_is_told_and_kept_to",
        faults::retry_after,
    ),
    ("faults::redirects_are_not_followed", faults::redirects),
    (
        "faults::an_answer_that_does_not_read_is_a_protocol_error",
        faults::unreadable,
    ),
    (
        "faults::a_lost_answer_may_have_been_acted_upon",
        faults::lost,
    ),
    (
        "faults::a_connection_that_is_refused_sent_nothing",
        faults::unreachable,
    ),
    ("safety::no_value_leaves_its_place", safety::places_kept),
    ("safety::extra_fields_overwrite_nothing", safety::extra),
    ("safety::only_safe_links_are_accepted", safety::links),
    ("secrecy::nothing_shows_a_secret_in_debug", secrecy::debug),
    (
        "secrecy::no_error_repeats_what_the_provider_echoes",
        secrecy::echoes,
    ),
    (
        "secrecy::no_error_repeats_an_echo_that_is_encoded",
        secrecy::packed,
    ),
    (
        "secrecy::no_log_and_no_error_of_a_call_shows_a_secret",
        secrecy::logs,
    ),
    ("secrecy::no_secret_of_an_answer_stays_in_raw", secrecy::raw),
];

/// Runs every trial of the declaration, over loopback and without waiting.
///
/// For an option that the provider lacks, a trial checks that it is refused and nothing is sent.
///
/// ```no_run
/// # fn declaration() -> portal_testkit::Declaration { unreachable!() }
/// // In an adapter's `tests/conformance.rs`:
/// #[test]
/// fn acme_keeps_the_contract() {
///     portal_testkit::conformance(&declaration()).assert();
/// }
/// ```
#[must_use]
pub fn conformance(declaration: &Declaration) -> Report {
    tried(declaration, |_| true)
}

/// Runs only the trial with that name in a report, such as `faults::redirects_are_not_followed`.
#[must_use]
pub fn trial(declaration: &Declaration, name: &str) -> Report {
    tried(declaration, |other| other == name)
}

fn tried(declaration: &Declaration, is_meant: impl Fn(&str) -> bool) -> Report {
    let setup = TrialSetup { declaration };
    let mut trials = Vec::new();
    let mut hold = |name: &str, is_refusal, test: &dyn Fn(&mut Findings)| {
        if !is_meant(name) {
            return;
        }
        let mut findings = Findings::default();
        if catch_unwind(AssertUnwindSafe(|| test(&mut findings))).is_err() {
            findings.fail("panicked".to_owned());
        }
        trials.push(Trial {
            name: name.to_owned(),
            is_refusal,
            findings,
        });
    };
    for (name, test) in TRIALS {
        hold(name, false, &|findings| test(&setup, findings));
    }
    for field in Field::ALL.iter().copied() {
        let (what, is_refusal, test): (_, _, fn(&TrialSetup<'_>, Field, &mut Findings)) =
            match setup.capabilities().support(field) {
                Support::Required | Support::OneOf | Support::Supported => {
                    ("is_sent", false, contract::sent)
                }
                Support::Unneeded => ("stays_here", false, contract::unneeded),
                Support::Unsupported => {
                    ("is_refused_and_nothing_sent", true, contract::unsupported)
                }
            };
        let name = format!("contract::{field}_{what}");
        hold(&name, is_refusal, &|findings| test(&setup, field, findings));
    }
    if let Some(answered) = declaration.answered_customer_id {
        let name = "safety::an_answer_with_the_providers_own_customer_id_is_accepted";
        hold(name, false, &|findings| {
            safety::own_id(&setup, answered, findings);
        });
    } else if safety::names_the_customer(&setup) {
        let name = "safety::an_answer_about_another_customer_is_refused";
        hold(name, false, &|findings| {
            safety::another_customer(&setup, findings);
        });
    }
    Report {
        provider: declaration.adapter.info().id,
        trials,
    }
}
