//! Requests over http and https: with credentials, retries, redirects, limits and errors that help.
//!
//! An [`Endpoint`] is one registry's address and how one gets in; [`Endpoint::get`] brings what stands at an address
//! to a [`Sink`]. Everything blocks; the waiting is done by the `Network`.

mod answer;
mod client;
mod endpoint;
mod error;
mod exchange;
mod reply;
mod retry;
mod sink;
mod timing;

pub use answer::{Answer, Validators};
pub use endpoint::Endpoint;
pub use error::{HttpError, shown};
pub use exchange::{Authorization, Request};
pub use reply::Reply;
pub use retry::Trouble;
pub use sink::Sink;
pub use timing::{Clock, Timing};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tls_tests;
