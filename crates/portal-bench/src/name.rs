//! What is measured, by its name: `client/provider` or `client/provider/wire`.

use crate::exchange::{Exchange, KWIK, ONLINEAPP};
use crate::place::{HTTP2, PLAIN, Place, TLS};

pub(crate) struct Name<'a> {
    pub(crate) client: &'a str,
    pub(crate) exchange: &'static Exchange,
    wire: Option<&'a str>,
    whole: &'a str,
}

impl<'a> Name<'a> {
    pub(crate) fn parse(whole: &'a str) -> Self {
        let mut words = whole.split('/');
        Self {
            client: words.next().unwrap_or_default(),
            exchange: match words.next() {
                Some("kwik") => &KWIK,
                Some("onlineapp") => &ONLINEAPP,
                _ => panic!("`{whole}` names no provider"),
            },
            wire: words.next(),
            whole,
        }
    }

    pub(crate) fn place(&self) -> Place {
        match self.wire {
            Some("plain") => Place::of(PLAIN),
            Some("tls") => Place::of(TLS),
            Some("http2") => Place::of(HTTP2),
            _ => panic!("`{}` names no wire", self.whole),
        }
    }
}
