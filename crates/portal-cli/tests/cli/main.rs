//! Tests of the `portal` binary against the real sandbox, and against a scripted server for answers
//! that the sandbox cannot give.
//!
//! Unix only: the tests send signals, set file modes and use a pseudo terminal.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

mod bad_input;
mod bulk;
mod common;
mod completions;
mod config_command;
mod config_precedence;
mod configuration;
mod demo;
mod doctor;
mod doctor_all;
mod doctor_as_calls;
mod dry_run;
mod faults;
mod files;
mod link;
mod man;
mod network;
mod open_browser;
mod output;
mod provider_prompt;
mod proxy;
mod sandbox;
mod sandbox_control;
mod secrecy;
mod secret_leaks;
mod server;
mod snapshots;
mod transcript;
mod unused_flags;
mod webhook_listen;
