//! The sandbox over real HTTP on loopback, tested against the providers' documentation.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails, as it should, where what it needs is not there"
)]

mod clock;
mod control;
mod crash;
mod faults;
mod forms;
mod home;
mod kwik;
mod kwik_actions;
mod kwik_cards;
mod lifecycle;
mod onlineapp;
mod onlineapp_actions;
mod openapi;
mod pages;
mod receiver;
mod seed;
mod storage;
mod support;
mod visitor;
mod webhook_endpoints;
mod webhooks;
