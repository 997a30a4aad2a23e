//! Calls of `Portal`: each thread drives a runtime of a pool.

pub(crate) mod portal;
mod runtime_pool;
