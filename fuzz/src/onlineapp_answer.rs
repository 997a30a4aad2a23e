use adapter_onlineapp::OnlineApp;
use portal_core::{Customer, LinkRequest};

/// Reads `STATUS\nBODY` as OnlineApp's answer to a request for a link.
pub fn check(data: &[u8]) {
    let onlineapp = OnlineApp::new("547").expect("a good id");
    let credential = OnlineApp::credential("canary-key".into()).expect("a good key");
    let request = LinkRequest::new(Customer::from_email("canary@example.com"));
    let canaries = ["canary-key", "canary@example.com", "https://checkout"];
    crate::answer::read(&onlineapp, &credential, &request, &canaries, data);
}
