//! Tests of the trials: a correct adapter passes them all, and each planted fault fails its trial.

mod acme;
mod any_identifier;
mod engine;

use acme::{Fault, declaration};
use engine::with_fault;
use portal_core::Delivery::{NotSent, Unknown};
use portal_core::Field;
use portal_testkit::{Declaration, Engine, conformance, trial};

const OTHER_CUSTOMER_REFUSED: &str = "safety::an_answer_about_another_customer_is_refused";
const OWN_ID_ACCEPTED: &str = "safety::an_answer_with_the_providers_own_customer_id_is_accepted";

/// Each fault with the trial that must catch it.
const PLANTED: &[(Fault, &str)] = &[
    (Fault::OmitsAField, "contract::allow_cancel_is_sent"),
    (Fault::SendsTrueForFalse, "contract::allow_cancel_is_sent"),
    (
        Fault::SendsAnUnsupportedField,
        "contract::page_title_is_refused_and_nothing_sent",
    ),
    (Fault::SendsAnUnneededField, "contract::email_is_not_sent"),
    (
        Fault::DeclaresIdempotency,
        "contract::the_idempotency_is_as_documented",
    ),
    (
        Fault::DeclaresIdempotency,
        "faults::only_safe_retries_are_made",
    ),
    (
        Fault::ChecksByCreatingALink,
        "contract::the_check_of_the_credential_changes_nothing",
    ),
    (
        Fault::AcceptsAnyKey,
        "contract::the_check_of_the_credential_changes_nothing",
    ),
    (
        Fault::CallsAnotherPath,
        "codec::requests_are_sent_as_documented",
    ),
    (Fault::SendsNull, "codec::requests_are_sent_as_documented"),
    (
        Fault::EncodesAtRandom,
        "codec::encoding_twice_gives_the_same_bytes",
    ),
    (
        Fault::MakesAnAbsoluteUri,
        "codec::a_call_has_a_relative_uri_and_no_credential",
    ),
    (
        Fault::PutsTheKeyInTheUri,
        "codec::a_call_has_a_relative_uri_and_no_credential",
    ),
    (
        Fault::SendsTheKeyAsBearer,
        "codec::authorizing_adds_the_credential_once_and_marked_sensitive",
    ),
    (
        Fault::DropsTheField,
        "codec::answers_are_read_as_documented",
    ),
    (
        Fault::InventsALink,
        "codec::an_answer_with_a_field_removed_is_read_as_documented_or_refused",
    ),
    (
        Fault::PanicsOnNull,
        "codec::an_answer_with_a_field_retyped_is_read_as_documented_or_refused",
    ),
    (
        Fault::ReadsTheLastOfTwo,
        "codec::an_answer_with_a_field_duplicated_is_read_as_documented_or_refused",
    ),
    (
        Fault::RepeatsTheBody,
        "codec::an_answer_with_a_field_enlarged_is_read_as_documented_or_refused",
    ),
    (
        Fault::CallsEveryRefusalInvalid,
        "faults::each_status_is_reported_by_its_class",
    ),
    (
        Fault::ReadsAnyStatus,
        "faults::an_unreadable_answer_is_a_protocol_error",
    ),
    (
        Fault::InventsALink,
        "faults::an_unreadable_answer_is_a_protocol_error",
    ),
    (
        Fault::WritesThePathRaw,
        "safety::no_value_changes_the_request_around_it",
    ),
    (
        Fault::OverwritesByExtra,
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
    (Fault::IgnoresTheCustomer, OTHER_CUSTOMER_REFUSED),
    (
        Fault::ShowsTheKeyInDebug,
        "secrecy::no_debug_output_shows_a_secret",
    ),
    (
        Fault::RepeatsTheProvider,
        "secrecy::no_error_repeats_an_echo",
    ),
    (
        Fault::RepeatsTheProvider,
        "secrecy::no_error_repeats_an_encoded_echo",
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

/// Each broken engine with the trial that must catch it.
const BROKEN_ENGINES: &[(&str, Engine, &str)] = &[
    (
        "retries everything",
        |s, o, c| with_fault(s, o, c, engine::Fault::RetriesEverything),
        "faults::only_safe_retries_are_made",
    ),
    (
        "never retries",
        engine::never_retries,
        "faults::only_safe_retries_are_made",
    ),
    (
        "follows redirects",
        engine::follows_redirects,
        "faults::redirects_are_not_followed",
    ),
    (
        "reports `Unknown` as `NotSent`",
        |s, o, c| with_fault(s, o, c, engine::Fault::ChangesDelivery(Unknown, NotSent)),
        "faults::a_lost_answer_has_an_unknown_delivery",
    ),
    (
        "reports `NotSent` as `Unknown`",
        |s, o, c| with_fault(s, o, c, engine::Fault::ChangesDelivery(NotSent, Unknown)),
        "faults::a_refused_connection_is_reported_as_not_sent",
    ),
    (
        "omits `Retry-After`",
        |s, o, c| with_fault(s, o, c, engine::Fault::OmitsRetryAfter),
        "faults::retry_after_is_reported_and_obeyed",
    ),
    (
        "always omits unsupported options",
        |s, o, c| with_fault(s, o, c, engine::Fault::IsAlwaysBestEffort),
        "contract::page_title_is_refused_and_nothing_sent",
    ),
    (
        "logs the link",
        |s, o, c| with_fault(s, o, c, engine::Fault::LogsTheLink),
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
        "acme: {total} trials · {total} passed, {refused} of them refusals · 0 failed · 1 not applicable\n\
         NOT APPLICABLE {OWN_ID_ACCEPTED}: `answered_customer_id` is not declared\n",
        total = 35 + refused
    );
    assert_eq!(report.to_string(), figures);
}

#[test]
fn an_adapter_that_takes_any_of_three_identifiers_passes() {
    let honest = any_identifier::Fault::None;
    let report = conformance(&any_identifier::declaration(honest));
    report.assert();
    assert_eq!(report.not_applicable(), []);

    let report = conformance(&any_identifier::declaration_with_own_ids_only(honest));
    report.assert();
    let reason = "documented links name the customer as `acme_own_7` only";
    assert_eq!(report.not_applicable(), [(OTHER_CUSTOMER_REFUSED, reason)]);
}

#[test]
fn a_provider_whose_answers_name_no_customer_has_no_trial_with_another_one() {
    let declaration = Declaration {
        customer_id: "cus_2",
        ..declaration(Fault::None)
    };
    let report = trial(&declaration, OTHER_CUSTOMER_REFUSED);
    assert_eq!(report.total(), 0);
    let reason = "no documented link holds `cus_2`";
    assert_eq!(report.not_applicable(), [(OTHER_CUSTOMER_REFUSED, reason)]);
}

#[test]
fn a_faulty_adapter_that_takes_any_of_three_identifiers_is_caught() {
    for (fault, name) in [
        (
            any_identifier::Fault::NeedsTheId,
            "contract::external_id_is_sent",
        ),
        (
            any_identifier::Fault::OmitsTheExternalId,
            "contract::external_id_is_sent",
        ),
        (any_identifier::Fault::NeedsTheId, "contract::email_is_sent"),
        (any_identifier::Fault::RefusesTheAnsweredId, OWN_ID_ACCEPTED),
        (any_identifier::Fault::ReplacesTheCustomer, OWN_ID_ACCEPTED),
        (
            any_identifier::Fault::IgnoresTheRequestedId,
            OTHER_CUSTOMER_REFUSED,
        ),
    ] {
        let report = trial(&any_identifier::declaration(fault), name);
        assert_eq!(report.failed(), [name], "{fault:?} is not caught: {report}");
    }
}

#[test]
fn each_planted_fault_is_caught_by_the_trial_that_names_it() {
    for (fault, name) in PLANTED {
        assert_caught(&declaration(*fault), name, &format!("{fault:?}"));
    }
}

#[test]
fn each_broken_engine_is_caught_by_the_trial_that_names_it() {
    for (what, engine, name) in BROKEN_ENGINES {
        let declaration = Declaration {
            engine: *engine,
            ..declaration(Fault::None)
        };
        assert_caught(&declaration, name, what);
    }
}

#[test]
fn a_trial_without_documentation_to_check_fails() {
    let declaration = Declaration {
        requests: Vec::new(),
        answers: Vec::new(),
        ..declaration(Fault::None)
    };
    for name in [
        "codec::requests_are_sent_as_documented",
        "codec::answers_are_read_as_documented",
        "codec::an_answer_with_a_field_removed_is_read_as_documented_or_refused",
        "safety::no_value_changes_the_request_around_it",
        "safety::only_safe_links_are_accepted",
        OTHER_CUSTOMER_REFUSED,
    ] {
        assert_caught(&declaration, name, "nothing is documented");
    }
}

#[test]
fn a_declaration_whose_secrets_or_ids_no_trial_could_find_is_caught() {
    let without_secrets = Declaration {
        secrets: Vec::new(),
        ..declaration(Fault::None)
    };
    assert_caught(&without_secrets, "contract::the_info_is_valid", "no secret");
    let unanswered_secret = Declaration {
        answer_secrets: vec!["a_token_of_no_answer"],
        ..declaration(Fault::None)
    };
    let raw = "secrecy::no_secret_of_an_answer_stays_in_raw";
    assert_caught(&unanswered_secret, raw, "a secret of no answer");
    // An id that is in no answer, and one that does not differ from the id that is sent.
    for id in ["cus_of_no_answer", "cus_1"] {
        let declaration = Declaration {
            answered_customer_id: Some(id),
            ..any_identifier::declaration(any_identifier::Fault::None)
        };
        let report = trial(&declaration, OWN_ID_ACCEPTED);
        assert_eq!(report.failed(), [OWN_ID_ACCEPTED], "{report}");
    }
}

#[test]
#[should_panic(expected = "MISSING safety::only_safe_links_are_accepted")]
fn a_report_with_a_failed_trial_fails_the_test() {
    let declaration = Declaration {
        answers: Vec::new(),
        ..declaration(Fault::None)
    };
    trial(&declaration, "safety::only_safe_links_are_accepted").assert();
}

#[test]
#[should_panic(expected = "acme: 0 trials")]
fn a_report_without_a_trial_fails_the_test() {
    trial(&declaration(Fault::None), "safety::no_such_trial").assert();
}

#[track_caller]
fn assert_caught(declaration: &Declaration, name: &str, what: &str) {
    let honest = trial(&self::declaration(Fault::None), name);
    assert_eq!(honest.total(), 1, "there is no trial `{name}`");
    let report = trial(declaration, name);
    assert_eq!(report.failed(), [name], "{what} is not caught: {report}");
}
