//! The trials' teeth: an honest adapter passes them, and each planted fault is caught by name.

mod acme;
mod any_identifier;
mod engine;

use acme::{Fault, declaration};
use engine::broken;
use portal_core::Delivery::{NotSent, Unknown};
use portal_core::Field;
use portal_testkit::{Declaration, Engine, conformance, trial};

/// Each fault with the trial that must catch it.
const PLANTED: &[(Fault, &str)] = &[
    (Fault::SwallowsAField, "contract::allow_cancel_is_sent"),
    (Fault::SaysYesForNo, "contract::allow_cancel_is_sent"),
    (
        Fault::SendsAnUnsupportedField,
        "contract::page_title_is_refused_and_nothing_sent",
    ),
    (Fault::SendsAnUnneededField, "contract::email_stays_here"),
    (
        Fault::SaysRepeatable,
        "contract::the_idempotency_is_the_documented_one",
    ),
    (
        Fault::SaysRepeatable,
        "faults::only_what_may_be_repeated_is_repeated",
    ),
    (
        Fault::ChecksByMakingALink,
        "contract::the_check_of_the_credential_changes_nothing",
    ),
    (
        Fault::TakesAnyKey,
        "contract::the_check_of_the_credential_changes_nothing",
    ),
    (
        Fault::CallsAnotherPath,
        "codec::the_documented_requests_are_what_is_sent",
    ),
    (
        Fault::SendsNull,
        "codec::the_documented_requests_are_what_is_sent",
    ),
    (
        Fault::EncodesAtRandom,
        "codec::encoding_twice_gives_the_same_bytes",
    ),
    (
        Fault::MakesAnAbsoluteUri,
        "codec::a_call_is_relative_and_holds_no_credential",
    ),
    (
        Fault::PutsTheKeyInTheUri,
        "codec::a_call_is_relative_and_holds_no_credential",
    ),
    (
        Fault::SendsTheKeyAsBearer,
        "codec::authorizing_adds_the_credential_once_and_marks_it",
    ),
    (
        Fault::DropsTheField,
        "codec::the_documented_answers_mean_what_they_say",
    ),
    (
        Fault::MakesUpALink,
        "codec::an_answer_with_a_field_removed_is_its_meaning_or_an_error",
    ),
    (
        Fault::PanicsOnNull,
        "codec::an_answer_with_a_field_retyped_is_its_meaning_or_an_error",
    ),
    (
        Fault::TakesTheLastOfTwo,
        "codec::an_answer_with_a_field_twice_is_its_meaning_or_an_error",
    ),
    (
        Fault::RepeatsTheBody,
        "codec::an_answer_with_a_field_enlarged_is_its_meaning_or_an_error",
    ),
    (
        Fault::CallsEveryRefusalInvalid,
        "faults::each_status_is_told_as_documented",
    ),
    (
        Fault::ReadsAnyStatus,
        "faults::an_answer_that_does_not_read_is_a_protocol_error",
    ),
    (
        Fault::MakesUpALink,
        "faults::an_answer_that_does_not_read_is_a_protocol_error",
    ),
    (Fault::WritesThePathRaw, "safety::no_value_leaves_its_place"),
    (
        Fault::LetsExtraOverwrite,
        "safety::extra_fields_overwrite_nothing",
    ),
    (
        Fault::AcceptsPlainHttp,
        "safety::only_safe_links_are_accepted",
    ),
    (
        Fault::AcceptsUserinfo,
        "safety::only_safe_links_are_accepted",
    ),
    (
        Fault::IgnoresTheCustomer,
        "safety::an_answer_about_another_customer_is_refused",
    ),
    (
        Fault::ShowsTheKeyInDebug,
        "secrecy::nothing_shows_a_secret_in_debug",
    ),
    (
        Fault::RepeatsTheProvider,
        "secrecy::no_error_repeats_what_the_provider_echoes",
    ),
    (
        Fault::RepeatsTheProvider,
        "secrecy::no_error_repeats_an_echo_that_is_encoded",
    ),
    (
        Fault::LogsTheBody,
        "secrecy::no_log_and_no_error_of_a_call_shows_a_secret",
    ),
    (
        Fault::LogsTheKey,
        "secrecy::no_log_and_no_error_of_a_call_shows_a_secret",
    ),
    (
        Fault::LeavesATokenInRaw,
        "secrecy::no_secret_of_an_answer_stays_in_raw",
    ),
    (
        Fault::LeavesAUrlInRaw,
        "secrecy::no_secret_of_an_answer_stays_in_raw",
    ),
];

/// The same for engines.
const BROKEN: &[(&str, Engine, &str)] = &[
    (
        "retries everything",
        |s, o, c| broken(s, o, c, engine::Fault::RetriesEverything),
        "faults::only_what_may_be_repeated_is_repeated",
    ),
    (
        "never retries",
        engine::never_retries,
        "faults::only_what_may_be_repeated_is_repeated",
    ),
    (
        "follows redirects",
        engine::follows_redirects,
        "faults::redirects_are_not_followed",
    ),
    (
        "tells `Unknown` as `NotSent`",
        |s, o, c| broken(s, o, c, engine::Fault::Tells(Unknown, NotSent)),
        "faults::a_lost_answer_may_have_been_acted_upon",
    ),
    (
        "tells `NotSent` as `Unknown`",
        |s, o, c| broken(s, o, c, engine::Fault::Tells(NotSent, Unknown)),
        "faults::a_connection_that_is_refused_sent_nothing",
    ),
    (
        "drops `Retry-After`",
        |s, o, c| broken(s, o, c, engine::Fault::DropsRetryAfter),
        "faults::retry_after_is_told_and_kept_to",
    ),
    (
        "always leaves out what is unsupported",
        |s, o, c| broken(s, o, c, engine::Fault::IsAlwaysBestEffort),
        "contract::page_title_is_refused_and_nothing_sent",
    ),
    (
        "logs the link",
        |s, o, c| broken(s, o, c, engine::Fault::LogsTheLink),
        "secrecy::no_log_and_no_error_of_a_call_shows_a_secret",
    ),
];

#[test]
fn an_honest_adapter_passes() {
    let report = conformance(&declaration(Fault::None));
    report.assert();
    // Each option that it does not support has a trial that it is refused.
    let refused = Field::ALL.len() - 6;
    let figures = format!(
        "acme: declared {} · proved 35 · refused {refused}\n",
        35 + refused
    );
    assert_eq!(report.to_string(), figures);
}

#[test]
fn an_adapter_that_takes_any_of_three_identifiers_passes() {
    conformance(&any_identifier::declaration(any_identifier::Fault::None)).assert();
}

#[test]
fn an_adapter_that_takes_other_identifiers_than_it_declares_is_caught() {
    for (fault, name) in [
        (
            any_identifier::Fault::NeedsTheId,
            "contract::external_id_is_sent",
        ),
        (
            any_identifier::Fault::SwallowsTheExternalId,
            "contract::external_id_is_sent",
        ),
        (any_identifier::Fault::NeedsTheId, "contract::email_is_sent"),
        (
            any_identifier::Fault::RefusesTheAnsweredId,
            "safety::an_answer_with_the_providers_own_customer_id_is_accepted",
        ),
    ] {
        let report = trial(&any_identifier::declaration(fault), name);
        assert_eq!(report.owed(), [name], "{fault:?} is not caught: {report}");
    }
}

#[test]
fn each_planted_fault_is_caught_by_the_trial_that_names_it() {
    for (fault, name) in PLANTED {
        caught(&declaration(*fault), name, &format!("{fault:?}"));
    }
}

#[test]
fn each_broken_engine_is_caught_by_the_trial_that_names_it() {
    for (what, engine, name) in BROKEN {
        let declaration = Declaration {
            engine: *engine,
            ..declaration(Fault::None)
        };
        caught(&declaration, name, what);
    }
}

#[test]
fn what_is_not_declared_is_owed() {
    let declaration = Declaration {
        requests: Vec::new(),
        answers: Vec::new(),
        ..declaration(Fault::None)
    };
    for name in [
        "codec::the_documented_requests_are_what_is_sent",
        "codec::the_documented_answers_mean_what_they_say",
        "codec::an_answer_with_a_field_removed_is_its_meaning_or_an_error",
        "safety::no_value_leaves_its_place",
        "safety::only_safe_links_are_accepted",
    ] {
        caught(&declaration, name, "nothing is documented");
    }
}

#[test]
#[should_panic(expected = "MISSING safety::only_safe_links_are_accepted")]
fn a_report_that_owes_something_fails_the_test() {
    let declaration = Declaration {
        answers: Vec::new(),
        ..declaration(Fault::None)
    };
    trial(&declaration, "safety::only_safe_links_are_accepted").assert();
}

#[test]
#[should_panic(expected = "declared 0")]
fn a_report_of_nothing_fails_the_test() {
    trial(&declaration(Fault::None), "safety::no_such_trial").assert();
}

#[track_caller]
fn caught(declaration: &Declaration, name: &str, what: &str) {
    let honest = trial(&self::declaration(Fault::None), name);
    assert_eq!(honest.declared(), 1, "there is no trial `{name}`");
    let report = trial(declaration, name);
    assert_eq!(report.owed(), [name], "{what} is not caught: {report}");
}
