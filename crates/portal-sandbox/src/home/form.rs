use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::{Form as Urlencoded, extract::rejection::FormRejection};

use crate::providers::definition::FormFields;
use crate::token::{Token, digest};

/// The token that a form of this page must contain: random at each start, readable only on the page.
#[derive(Clone)]
pub(super) struct Csrf(Arc<Token>);

impl Csrf {
    pub(super) fn random() -> Self {
        Self(Arc::new(Token::random()))
    }

    /// Returns the text for the form's hidden field.
    pub(super) fn text(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// A received form. Its fields are available only from [`Form::verified`].
pub(super) struct Form(Result<FormFields, FormRejection>);

/// The reason why a form is refused.
#[derive(Debug)]
pub(super) enum FormError {
    Unreadable,
    WrongToken,
}

impl Form {
    /// Returns the fields of a form that comes from this page.
    pub(super) fn verified(self, csrf: &Csrf) -> Result<FormFields, FormError> {
        let fields = self.0.map_err(|_| FormError::Unreadable)?;
        // Digests are compared, so timing reveals nothing about the token.
        match fields.get("csrf") {
            Some(token) if digest(token) == csrf.0.digest() => Ok(fields),
            _ => Err(FormError::WrongToken),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let read = Urlencoded::<FormFields>::from_request(request, state).await;
        Ok(Self(read.map(|Urlencoded(fields)| fields)))
    }
}

impl FormError {
    pub(super) fn explanation(&self) -> &'static str {
        match self {
            Self::Unreadable => {
                "The request is not a form of this page. Nothing was changed; go back to the home page."
            }
            Self::WrongToken => {
                "The sandbox was probably restarted after the page was loaded. \
                 Nothing was changed; go back to the home page and try again."
            }
        }
    }
}
