//! The types for authors of adapters to further providers.
//!
//! An [`Adapter`] is pure: it encodes a request into a [`Call`], and the call decodes the provider's
//! [`Answer`]. [`Client::new`](crate::Client::new) sends it. See `CONTRIBUTING.md`, "Add a provider".

pub use crate::providers::declaration::{
    Provider, Setting, SettingValues, Signature, WebhookSigning,
};
pub use portal_core::request::*;
pub use portal_core::{
    AccountFingerprint, Adapter, Answer, BaseUrl, Call, Credential, CredentialPart, Decode,
    Idempotency, ProviderInfo, RateLimit, Redactor, Text, classify, default_hint, escape_control,
    is_invisible, json_body, link_call, lossy_json, path_segment, post_json, read_object, redact,
    request_options, timestamp, validate_pasted,
};
pub use portal_http::{
    Clock, CredentialProvider, PermitId, PermitRequest, RateLimiter, Sleep, SleepReason,
    SystemClock,
};
