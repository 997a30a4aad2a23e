//! How others would make the same call: the same headers, and the body by serde_json both ways.

mod hyper_util;
mod raw;
mod raw_http2;
mod reqwest;
mod wire;
mod work;

pub(crate) use self::hyper_util::HyperUtil;
pub(crate) use self::raw::Raw;
pub(crate) use self::raw_http2::RawHttp2;
pub(crate) use self::reqwest::Reqwest;
pub(crate) use self::wire::Wire;
