//! The faults that a provider has now and then, ordered from a sandbox.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use crate::error::Error;

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
    exchange(url, "DELETE", "faults", "")?;
    let times = (calls / 1000 + 1).min(MOST / FAULTS.len() as u64);
    for _ in 0..times {
        for fault in FAULTS {
            exchange(
                url,
                "POST",
                "faults",
                &format!(r#"{{"provider":"kwik",{fault}}}"#),
            )?;
        }
    }
    Ok(())
}

/// Asks the sandbox's control API, and returns the answer's body.
pub(super) fn exchange(url: &str, method: &str, path: &str, body: &str) -> Result<String, Error> {
    let host = url.trim_start_matches("http://");
    let answer = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        let length = body.len();
        write!(
            stream,
            "{method} /_sandbox/{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    let text = answer().map_err(Error::file(Path::new(url)))?;
    match text.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 20") => Ok(body.to_owned()),
        _ => Err(Error::Unproved(format!(
            "the sandbox refused `{method} {path}`"
        ))),
    }
}
