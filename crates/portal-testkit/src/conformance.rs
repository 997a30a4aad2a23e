use std::panic::{AssertUnwindSafe, catch_unwind};

use portal_core::{Adapter, Field, Support};

use crate::report::{Findings, NotApplicable, Trial};
use crate::trial_setup::TrialSetup;
use crate::trials::{body_mutation, codec, contract, faults, safety, secrecy};
use crate::{Declaration, Report};

type Check = fn(&TrialSetup<'_>, &mut Findings);

/// The trials that do not depend on the declaration.
const TRIALS: &[(&str, Check)] = &[
    ("contract::the_info_is_valid", contract::info),
    (
        "contract::each_required_option_is_enforced",
        contract::required_options,
    ),
    (
        "contract::the_idempotency_is_as_documented",
        contract::idempotency,
    ),
    (
        "contract::the_check_of_the_credential_changes_nothing",
        contract::credential_check,
    ),
    ("codec::requests_are_sent_as_documented", codec::requests),
    (
        "codec::encoding_twice_gives_the_same_bytes",
        codec::repeatable_encoding,
    ),
    (
        "codec::a_call_has_a_relative_uri_and_no_credential",
        codec::relative_uri,
    ),
    (
        "codec::authorizing_adds_the_credential_once_and_marked_sensitive",
        codec::authorize,
    ),
    ("codec::answers_are_read_as_documented", codec::answers),
    (
        "codec::an_answer_with_a_field_removed_is_read_as_documented_or_refused",
        body_mutation::remove,
    ),
    (
        "codec::an_answer_with_a_field_retyped_is_read_as_documented_or_refused",
        body_mutation::retype,
    ),
    (
        "codec::an_answer_with_a_field_duplicated_is_read_as_documented_or_refused",
        body_mutation::duplicate,
    ),
    (
        "codec::an_answer_with_a_field_enlarged_is_read_as_documented_or_refused",
        body_mutation::enlarge,
    ),
    (
        "faults::each_status_is_reported_by_its_class",
        faults::statuses,
    ),
    ("faults::only_safe_retries_are_made", faults::retries),
    (
        "faults::retry_after_is_reported_and_obeyed",
        faults::retry_after,
    ),
    ("faults::redirects_are_not_followed", faults::redirects),
    (
        "faults::an_unreadable_answer_is_a_protocol_error",
        faults::unreadable_answers,
    ),
    (
        "faults::a_lost_answer_has_an_unknown_delivery",
        faults::lost_answers,
    ),
    (
        "faults::a_refused_connection_is_reported_as_not_sent",
        faults::closed_port,
    ),
    (
        "safety::no_value_changes_the_request_around_it",
        safety::injection,
    ),
    ("safety::extra_fields_overwrite_nothing", safety::extra),
    ("safety::only_safe_links_are_accepted", safety::links),
    ("secrecy::no_debug_output_shows_a_secret", secrecy::debug),
    ("secrecy::no_error_repeats_an_echo", secrecy::echoes),
    (
        "secrecy::no_error_repeats_an_encoded_echo",
        secrecy::encoded_echoes,
    ),
    (
        "secrecy::no_log_and_no_error_of_a_call_shows_a_secret",
        secrecy::logs,
    ),
    ("secrecy::no_secret_of_an_answer_stays_in_raw", secrecy::raw),
];

/// Runs every trial of the declaration over loopback. The clock is the tests', so no trial waits.
///
/// For an option that the provider lacks, a trial checks that it is refused and nothing is sent. The
/// report lists a trial that the documented answers do not allow as not applicable, with the reason.
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
    run_trials(declaration, |_| true)
}

/// Runs only the trial with that name in a report, such as `faults::redirects_are_not_followed`.
#[must_use]
pub fn trial(declaration: &Declaration, name: &str) -> Report {
    run_trials(declaration, |other| other == name)
}

fn run_trials(declaration: &Declaration, is_selected: impl Fn(&str) -> bool) -> Report {
    let setup = TrialSetup { declaration };
    let mut trials = Vec::new();
    let mut run = |name: &str, is_refusal, test: &dyn Fn(&mut Findings)| {
        if !is_selected(name) {
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
        run(name, false, &|findings| test(&setup, findings));
    }
    for field in Field::ALL.iter().copied() {
        let (what, is_refusal, test): (_, _, fn(&TrialSetup<'_>, Field, &mut Findings)) =
            match setup.capabilities().support(field) {
                Support::Required | Support::OneOf | Support::Supported => {
                    ("is_sent", false, contract::supported_field)
                }
                Support::Unneeded => ("is_not_sent", false, contract::unneeded_field),
                Support::Unsupported => (
                    "is_refused_and_nothing_sent",
                    true,
                    contract::unsupported_field,
                ),
            };
        let name = format!("contract::{field}_{what}");
        run(&name, is_refusal, &|findings| test(&setup, field, findings));
    }
    let mut not_applicable = Vec::new();
    let mut skip = |name: &'static str, reason: String| {
        if is_selected(name) {
            not_applicable.push(NotApplicable { name, reason });
        }
    };
    let name = "safety::an_answer_about_another_customer_is_refused";
    match safety::lacks_the_customer(&setup) {
        Some(reason) => skip(name, reason),
        None => run(name, false, &|findings| {
            safety::another_customer(&setup, findings);
        }),
    }
    let name = "safety::an_answer_with_the_providers_own_customer_id_is_accepted";
    match declaration.answered_customer_id {
        Some(answered) => run(name, false, &|findings| {
            safety::own_id(&setup, answered, findings);
        }),
        None => skip(name, "`answered_customer_id` is not declared".to_owned()),
    }
    Report {
        provider: declaration.adapter.info().id,
        trials,
        not_applicable,
    }
}
