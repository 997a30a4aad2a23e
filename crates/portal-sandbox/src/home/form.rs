use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::{Form as Urlencoded, extract::rejection::FormRejection};

use crate::token::{Token, digest};

/// What a form of this page must bring back: made anew at each start, readable by nobody but whoever may open the page.
#[derive(Clone)]
pub(super) struct Csrf(Arc<Token>);

impl Csrf {
    pub(super) fn random() -> Self {
        Self(Arc::new(Token::random()))
    }

    /// The text for the form's hidden field.
    pub(super) fn text(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// A form's fields by name.
pub(super) type Fields = BTreeMap<String, String>;

/// A form as it came, not to be believed before [`Form::sent_by`].
pub(super) struct Form(Result<Fields, FormRejection>);

/// Why a form is not acted upon.
#[derive(Debug)]
pub(super) enum Stale {
    Unreadable,
    Token,
}

impl Form {
    /// Returns the fields of a form that this page made.
    pub(super) fn sent_by(self, csrf: &Csrf) -> Result<Fields, Stale> {
        let fields = self.0.map_err(|_| Stale::Unreadable)?;
        // Digests are compared, so the time that it takes tells nothing about the token.
        match fields.get("csrf") {
            Some(sent) if digest(sent) == csrf.0.digest() => Ok(fields),
            _ => Err(Stale::Token),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let read = Urlencoded::<Fields>::from_request(request, state).await;
        Ok(Self(read.map(|Urlencoded(fields)| fields)))
    }
}

impl Stale {
    pub(super) fn why(&self) -> &'static str {
        match self {
            Self::Unreadable => {
                "What was sent is not a form of this page. Nothing was changed; go back to the home page."
            }
            Self::Token => {
                "It was not made by the sandbox that runs now, perhaps because the sandbox was started anew since. \
                 Nothing was changed; go back to the home page and try again."
            }
        }
    }
}
