//! The program on real API servers where everything goes wrong that can: requests fail, the program is killed, the server is
//! away, credentials expire, and others meddle. In the end the server is what the documents want, and the state what the
//! server is.

mod chance;
mod kills;
mod lost;
mod meddled;
mod outages;
mod rivals;
mod site;
mod tokens;
