//! Flags about the configuration and the connection, given to commands that have neither.

use crate::common::{Run, portal, run};

/// The commands without a connection, and those without a configuration too.
const COMMANDS: [(&[&str], bool); 7] = [
    (&["completions", "bash"], false),
    (&["demo", "--once"], false),
    (&["man"], false),
    (&["providers"], false),
    (&["sandbox"], false),
    (&["sandbox", "seed", "--print"], false),
    (&["webhook", "verify", "onlineapp", "--signature=x"], true),
];

const CONNECTION: [&str; 4] = [
    "--base-url=https://my.site",
    "--sandbox",
    "--max-retries=1",
    "--ca=ca.pem",
];

const CONFIGURATION: [&str; 3] = ["--profile=test", "--config=portal.toml", "--timeout=9"];

#[test]
fn a_flag_that_a_command_would_ignore_is_refused_before_and_after_the_command() {
    for (command, has_configuration) in COMMANDS {
        let more: &[&str] = if has_configuration {
            &[]
        } else {
            &CONFIGURATION
        };
        for flag in CONNECTION.iter().chain(more).copied() {
            for arguments in [[command, &[flag]].concat(), [&[flag], command].concat()] {
                let run = run(&arguments);
                assert_eq!(run.code, Some(2), "{arguments:?} {}", run.stderr);
                let (name, _) = flag.split_once('=').unwrap_or((flag, ""));
                assert!(
                    run.stderr.contains(&format!("does not use `{name}`")),
                    "{arguments:?} {}",
                    run.stderr
                );
            }
        }
    }
}

#[test]
fn help_and_completions_offer_only_flags_that_the_command_uses() {
    for (command, has_configuration) in COMMANDS {
        let words = command.iter().take_while(|word| !word.starts_with('-'));
        let words: Vec<_> = words.filter(|word| **word != "bash").collect();
        let help = run(words.into_iter().chain([&"--help"])).stdout;
        assert!(!help.contains("--base-url"), "{help}");
        assert_eq!(help.contains("--profile"), has_configuration, "{help}");
    }
    let help = run(["link", "--help"]).stdout;
    assert!(help.contains("--base-url") && help.contains("--profile"));
    // `portal sandbox` itself starts one, and has no use for the flag.
    for (command, offered) in [
        (&["sandbox", "--help"][..], false),
        (&["sandbox", "state", "--help"], true),
    ] {
        let help = run(command).stdout;
        assert_eq!(help.contains("--sandbox["), offered, "{help}");
    }
    let script = run(["completions", "fish"]).stdout;
    let offered = |command: &str| {
        let marks = [
            format!("using_subcommand {command}\""),
            "-l base-url".into(),
        ];
        let mut lines = script.lines();
        lines.any(|line| marks.iter().all(|mark| line.contains(mark)))
    };
    assert!(offered("link") && !offered("man"), "{script}");
}

#[test]
fn the_environment_may_name_a_profile_for_every_command() {
    let run = Run::of(portal().arg("providers").env("PORTAL_PROFILE", "test"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}
