//! Keys, certificates, and what is made of passwords.

mod certificates;
mod keys;
mod passwords;
mod pem;
#[cfg(test)]
mod tests;
mod x509;

pub(super) use certificates::FUNCTIONS as CERTIFICATES;
pub(super) use passwords::FUNCTIONS as PASSWORDS;
