use std::fmt::Write;

use adapter_onlineapp::webhook::verify;
use hmac::{Hmac, KeyInit, Mac};
use portal_core::Kind;
use sha2::Sha256;

const SECRET: &str = "canary-whsec";

/// Checks `SIGNATURE\nBODY` as a message of OnlineApp's, then the same body well signed.
pub fn check(data: &[u8]) {
    let Some((given, body)) = crate::first_line(data) else {
        return;
    };
    let good = sign(body);
    match verify(given, body, &SECRET.into()) {
        Err(error) if error.kind() == Kind::Unauthenticated => {}
        // Whatever else it says, it took the signature for a good one.
        _ => assert_eq!(
            given
                .trim_matches([' ', '\t'])
                .trim_start_matches("sha256="),
            good
        ),
    }
    match verify(&format!("sha256={good}"), body, &SECRET.into()) {
        Ok(event) => {
            assert!(!event.id.is_empty());
            let shown = format!("{event:?}");
            assert!(
                !shown.contains(SECRET) && !shown.contains("canary@"),
                "{shown}"
            );
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::Protocol, "{error:?}");
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains(SECRET) && !shown.contains(&good) && !shown.contains("canary@"),
                "{shown}"
            );
        }
    }
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    mac.update(body);
    mac.finalize()
        .into_bytes()
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes all");
            hex
        })
}
