use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;

use crate::request::{Plan, ValidatedRequest};
use crate::{Call, LinkRequest, PortalLink, ProviderInfo, Result};

/// What a provider's author writes: the provider's wire contract, synchronous and pure.
///
/// No method has a default: what a provider cannot do is one explicit line.
pub trait Adapter: fmt::Debug + Send + Sync + 'static {
    /// Returns what is known of the provider without asking it.
    fn info(&self) -> &'static ProviderInfo;

    /// Puts the credential on a finished request, once per attempt.
    fn authorize(&self, request: &mut Request<Bytes>);

    /// Encodes the request for a link, and brings the function that reads the answer.
    ///
    /// The same request gives the same bytes, every time: it is encoded anew for a repetition.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) where an `extra` field would overwrite one that the
    /// request sets.
    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>>;

    /// Encodes a call that shows whether the credential is good, and creates and changes nothing.
    ///
    /// # Errors
    /// Why there is none, where the provider documents no such call; nobody then guesses one.
    fn check_credential(&self) -> Result<Call<()>, &'static str>;
}

impl Adapter for Arc<dyn Adapter> {
    fn info(&self) -> &'static ProviderInfo {
        (**self).info()
    }

    fn authorize(&self, request: &mut Request<Bytes>) {
        (**self).authorize(request);
    }

    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        (**self).create_link(request)
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        (**self).check_credential()
    }
}

/// Plans and encodes a request: the way from what an application wants to what goes on the wire.
///
/// # Errors
/// [`Kind::Invalid`](crate::Kind::Invalid) and [`Kind::Unsupported`](crate::Kind::Unsupported),
/// with the provider, the operation and the field; nothing was sent.
pub fn link_call(adapter: &dyn Adapter, request: &LinkRequest) -> Result<Call<PortalLink>> {
    let info = adapter.info();
    let call = info
        .capabilities
        .plan(request)
        .and_then(Plan::validate)
        .and_then(|accepted| Ok((adapter.create_link(&accepted)?, accepted.omitted().to_vec())));
    match call {
        Ok((call, omitted)) if omitted.is_empty() => Ok(call),
        Ok((call, omitted)) => Ok(call.map(move |mut link| {
            link.omitted.clone_from(&omitted);
            link
        })),
        Err(error) => Err(error.with_provider(info.id).with_operation("create_link")),
    }
}
