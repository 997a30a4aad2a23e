//! `docs/faults.md` covers every provider.

#[test]
fn every_provider_has_its_faults_in_the_table() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");
    let text = std::fs::read_to_string(document).unwrap();
    for provider in portal::providers() {
        let id = provider.info.id;
        assert!(
            text.contains(&format!("\n## `{id}`\n\n| what happens |")),
            "{id} is missing; `UPDATE_SNAPSHOTS=1 cargo test --test conformance -p adapter-{id}` writes it"
        );
    }
}
