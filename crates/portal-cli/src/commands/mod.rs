pub(crate) mod bulk;
pub(crate) mod demo;
pub(crate) mod link;
pub(crate) mod providers;
pub(crate) mod sandbox;
pub(crate) mod webhook;
