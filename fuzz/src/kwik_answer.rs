use adapter_kwik::Kwik;
use portal_core::{Customer, LinkRequest};

/// Reads `STATUS\nBODY` as Kwik's answer to a request for a link.
pub fn check(data: &[u8]) {
    let credential = Kwik::credential("canary-key".into(), "canary-secret".into());
    let credential = credential.expect("good credentials");
    let request =
        LinkRequest::new(Customer::from_id("cus_abc123...")).subscription("sub_abc123...");
    let canaries = ["canary-key", "canary-secret", "https://pay.kwik"];
    if let Some(link) = crate::answer::read(&Kwik, &credential, &request, &canaries, data) {
        let id = link.subscription.expect("what was asked for is answered");
        assert_eq!(id.as_str(), "sub_abc123...");
    }
}
