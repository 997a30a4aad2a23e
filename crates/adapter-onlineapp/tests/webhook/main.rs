//! OnlineApp's webhooks: whose message it is, and what it says.

mod event;
mod signature;

use hmac::{Hmac, KeyInit, Mac};
use portal_core::{Error, Secret};
use serde_json::Value;
use sha2::Sha256;

const SECRET: &str = "whsec_test_secret";

/// A message of each documented type and one other, with the signature that openssl made of it.
const FIXTURES: &[(&[u8], &str)] = &[
    (
        include_bytes!("../../fixtures/webhook/payment_completed.json"),
        "sha256=c0ddd09a23491466d89b45b2cf1fe2d1a15619a124413560150edc2e79d19b19",
    ),
    (
        include_bytes!("../../fixtures/webhook/subscription_created.json"),
        "sha256=ff47c6e385bd283e935e40138ab7120139845c4aa06116f37d6f1b1c82c2ed8a",
    ),
    (
        include_bytes!("../../fixtures/webhook/subscription_cancel_at_period_end.json"),
        "sha256=568216e0d218b98d4fa235c659de1d00bfbb8dcf92d014fdd16aee45e3246530",
    ),
    (
        include_bytes!("../../fixtures/webhook/subscription_cancelled_at_once.json"),
        "sha256=db25a83583381c7b572bc1077640f35d245df2c72c6218c336abb8fd6bea4ddf",
    ),
    (
        include_bytes!("../../fixtures/webhook/refund_created.json"),
        "sha256=74ac14100464fef236b47506db0b94d22a41b294a5ddfee9cca57e0aa5a56add",
    ),
    (
        include_bytes!("../../fixtures/webhook/trial_started.json"),
        "sha256=80ece3ebf4d27345396628051e2be12f9a55f8d1ffc8797301b69a69f22d7dd2",
    ),
    (
        include_bytes!("../../fixtures/webhook/unknown_type.json"),
        "sha256=75398b4da286f4c3e2eddefa9a16b6355aded75d3ed3efd682e1448398f7dcc5",
    ),
];

fn secret() -> Secret {
    Secret::from(SECRET)
}

/// Signs what a test makes up; that this is right, the fixtures' signatures say.
fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(body);
    let digits: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256={digits}")
}

/// All that a user could come to see of an error.
fn output_of(error: &Error) -> String {
    let json: Value = serde_json::to_value(error).expect("an error is JSON");
    format!("{error} {error:?} {error:#?} {json}")
}
