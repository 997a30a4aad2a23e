//! A file with a secret is its user's alone.
#![cfg(unix)]

use crate::common::{ConfigFolder, mode, refused};

#[test]
fn a_file_with_a_secret_that_others_may_read_is_refused() {
    for text in [
        "[kwik]\napi_key = 'canary'\n",
        "kwik.api_secret = 'canary'\n",
        "[onlineapp]\nwebhook_secret = 'canary'\n",
        "[profiles.unused.kwik]\napi_key = 'canary'\n",
    ] {
        let folder = ConfigFolder::with(text);
        folder.layers(None, &[]).unwrap();
        for others in [0o640, 0o604, 0o620, 0o666, 0o601] {
            mode(&folder.file(), others);
            let path = folder.file();
            let hint = format!("run `chmod 600 {}`", path.display());
            let error = folder.layers(None, &[]).unwrap_err();
            refused(&error, "config", &["holds a secret", &hint]);
        }
        mode(&folder.file(), 0o400);
        folder.layers(None, &[]).unwrap();
    }
}

#[test]
fn a_file_with_a_command_that_others_may_write_is_refused() {
    let folder = ConfigFolder::with("[kwik]\napi_key_command = 'pass show canary'\n");
    for others in [0o620, 0o602, 0o666] {
        mode(&folder.file(), others);
        let error = folder.layers(None, &[]).unwrap_err();
        refused(&error, "config", &["names a command", "chmod 600"]);
    }
    mode(&folder.file(), 0o644);
    folder.layers(None, &[]).unwrap();
}

#[test]
fn a_file_without_a_secret_may_be_read_by_all() {
    let folder = ConfigFolder::with(
        "timeout = 1\n[kwik]\napi_key_file = 'key'\n[onlineapp]\npaywall_id = '1'\n",
    );
    for others in [0o644, 0o666, 0o444] {
        mode(&folder.file(), others);
        folder.layers(None, &[]).unwrap();
    }
}
