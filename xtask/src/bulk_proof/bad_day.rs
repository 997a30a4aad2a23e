//! The faults that a provider has now and then, ordered from a sandbox.

use crate::error::Error;
use crate::portal::control;

/// What goes wrong within a thousand calls; a delay of nothing is a call that goes well.
const FAULTS: &[&str] = &[
    r#""fault":"delay","seconds":0,"times":600"#,
    r#""fault":"status","status":503,"times":3"#,
    r#""fault":"delay","seconds":0.05,"times":20"#,
    r#""fault":"close_before_answer","times":2"#,
    r#""fault":"delay","seconds":0,"times":350"#,
    r#""fault":"status","status":429,"retry_after":0,"times":5"#,
    r#""fault":"close_mid_body","times":2"#,
    r#""fault":"delay","seconds":1,"times":1"#,
];

/// The most faults that a sandbox keeps.
const MOST: u64 = 1000;

/// Orders faults for the next so many calls, or for as many as the sandbox keeps.
pub(super) fn order(url: &str, calls: u64) -> Result<(), Error> {
    control(url, "DELETE", "faults", "")?;
    let times = (calls / 1000 + 1).min(MOST / FAULTS.len() as u64);
    for _ in 0..times {
        for fault in FAULTS {
            control(
                url,
                "POST",
                "faults",
                &format!(r#"{{"provider":"kwik",{fault}}}"#),
            )?;
        }
    }
    Ok(())
}
