//! The sandbox over real HTTP on loopback, judged by the providers' documentation.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails, as it should, where what it needs is not there"
)]

mod control;
mod home;
mod kwik;
mod lifecycle;
mod onlineapp;
mod openapi;
mod pages;
mod storage;
mod support;
