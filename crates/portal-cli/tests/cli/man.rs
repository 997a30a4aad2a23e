//! Manual pages: one for each command, with the text of its help.

use std::fs;

use crate::common::run;

#[test]
fn every_command_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    let run = run(["man", "--dir", pages.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));

    // stdout lists exactly the files that exist.
    let mut named: Vec<_> = run.stdout.lines().map(str::to_owned).collect();
    let mut found: Vec<_> = fs::read_dir(&pages)
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    named.sort();
    found.sort();
    assert_eq!(named, found);

    for name in ["portal", "portal-link", "portal-webhook-verify"] {
        let text = fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
        for part in [
            &format!("\n.TH {name} 1 "),
            "\n.SH SYNOPSIS\n",
            "\n.SH \"CONNECTION AND OUTPUT\"\n",
            "\n.SH EXAMPLES\n",
        ] {
            assert!(text.contains(part), "{name} has no {part}");
        }
        assert!(!text.contains('\u{1b}'), "{name} holds a colour");
    }
    let link = fs::read_to_string(pages.join("portal-link.1")).unwrap();
    assert!(link.contains("\n.SH \"EXIT STATUS\"\n") && link.contains(r"\-\-customer"));
}
