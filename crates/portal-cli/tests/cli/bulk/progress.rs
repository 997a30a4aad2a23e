//! The progress bar at a terminal.

use std::io::Read;
use std::process::Command;

use super::BulkFixture;

/// Runs a command at a terminal, and returns what it shows.
fn screen_of(mut command: Command) -> String {
    let (mut terminal, end) = pty_process::blocking::open().unwrap();
    terminal.resize(pty_process::Size::new(24, 120)).unwrap();
    command.env("TERM", "xterm");
    let mut child = pty_process::blocking::Command::from(command)
        .spawn(end)
        .unwrap();
    let mut screen = Vec::new();
    // A closed terminal ends with an error.
    let _ = terminal.read_to_end(&mut screen);
    assert!(child.wait().unwrap().success());
    String::from_utf8_lossy(&screen).into_owned()
}

#[test]
fn links_at_a_terminal_are_printed_without_a_bar_between_them() {
    let fixture = BulkFixture::kwik(4);
    let mut command = fixture.sandbox.portal(&["bulk", "kwik"]);
    command.args(["--input", "in.csv", "--output", "-"]);
    command.current_dir(fixture.folder.path());
    let screen = screen_of(command);
    let lines: Vec<_> = screen.lines().collect();
    assert_eq!(lines.len(), 7, "{screen}");
    assert!(
        lines[0].starts_with("this run writes to stdout"),
        "{screen}"
    );
    for line in &lines[1..5] {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["ok"], true);
    }
}

#[test]
fn the_bar_counts_finished_rows_and_not_what_was_read() {
    let fixture = BulkFixture::kwik(4);
    let screen = screen_of(fixture.bulk(&["--concurrency=1"]));
    // `25% 1 links, 0 failed, …`, after each row or after some.
    let frames = screen.split("% ").zip(screen.split("% ").skip(1));
    let frames: Vec<(u32, u32)> = frames
        .filter_map(|(before, after)| {
            let percent = before.rsplit(' ').next()?.parse().ok()?;
            let (links, _) = after.split_once(" links, ")?;
            Some((percent, links.parse().ok()?))
        })
        .collect();
    assert!(frames.iter().any(|(_, links)| *links < 4), "{screen}");
    for (percent, links) in frames {
        // The header is a fifth of the input, and so is each row. The bar moves before the text changes.
        let finished = 20 * (links + 1);
        let expected = [finished, (finished + 20).min(100)];
        assert!(expected.contains(&percent), "{percent}% {screen}");
    }
}
