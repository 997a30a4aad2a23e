use std::fmt;
use std::sync::Arc;

use crate::request::ValidatedRequest;
use crate::{Call, LinkRequest, PortalLink, ProviderInfo, Result};

/// Encodes a provider's requests and decodes its answers: synchronous, pure and without a secret.
///
/// The author of a provider writes one. The engine adds the [`Credential`](crate::Credential) to
/// each request, and passes a [`Redactor`](crate::Redactor) with each
/// [`Answer`](crate::Answer). No method has a default, so an adapter says explicitly what its
/// provider cannot do.
pub trait Adapter: fmt::Debug + Send + Sync + 'static {
    /// Returns the provider's static description.
    fn info(&self) -> &'static ProviderInfo;

    /// Encodes the request for a link, with the function that reads the answer.
    ///
    /// The same request gives the same bytes every time: each attempt encodes it again.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) if an `extra` field would overwrite one that the
    /// request sets.
    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>>;

    /// Encodes a call that shows whether the credential is good, and creates and changes nothing.
    ///
    /// # Errors
    /// The reason there is none, if the provider documents no such call; do not guess one.
    fn check_credential(&self) -> Result<Call<()>, &'static str>;
}

impl Adapter for Arc<dyn Adapter> {
    fn info(&self) -> &'static ProviderInfo {
        (**self).info()
    }

    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        (**self).create_link(request)
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        (**self).check_credential()
    }
}

/// Validates a request by the provider's capabilities and encodes it.
///
/// # Errors
/// [`Kind::Invalid`](crate::Kind::Invalid) and [`Kind::Unsupported`](crate::Kind::Unsupported),
/// with the provider, the operation and the field; nothing was sent.
pub fn link_call(adapter: &dyn Adapter, request: &LinkRequest) -> Result<Call<PortalLink>> {
    let info = adapter.info();
    let call = info
        .capabilities
        .plan(request)
        .and_then(|plan| plan.validate_for(info.name))
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
