//! The progress bar at a terminal.

use std::io::Read;

use super::BulkFixture;

#[test]
fn the_bar_counts_finished_rows_and_not_what_was_read() {
    let fixture = BulkFixture::kwik(4);
    let (mut terminal, end) = pty_process::blocking::open().unwrap();
    terminal.resize(pty_process::Size::new(24, 120)).unwrap();
    let mut bulk = fixture.bulk(&["--concurrency=1"]);
    bulk.env("TERM", "xterm");
    let mut child = pty_process::blocking::Command::from(bulk)
        .spawn(end)
        .unwrap();
    let mut screen = Vec::new();
    // A closed terminal ends with an error.
    let _ = terminal.read_to_end(&mut screen);
    assert!(child.wait().unwrap().success());
    let screen = String::from_utf8_lossy(&screen);
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
