//! Addresses of registries.

use std::sync::Arc;

use url::Url;

use crate::diag::{Diagnostic, Spanned};

use super::check::Check;
use super::fields::Fields;

/// What kind of address is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// http or https.
    Helm,
    /// oci.
    Oci,
    /// Whatever git knows.
    Git,
}

/// What an address is for.
pub(super) struct Address<'a> {
    /// The registry's name.
    pub registry: &'a str,
    /// What kind of address is wanted.
    pub scheme: Scheme,
    /// Whether http without encryption was asked for.
    pub plain_http: bool,
}

impl Address<'_> {
    /// The address under `url`, without a slash at its end.
    pub fn of(&self, fields: Fields<'_>, check: &mut Check<'_>) -> Option<Arc<str>> {
        let text = fields.spanned("url")?;
        let trimmed = text.value.trim();
        if trimmed.is_empty() {
            return None;
        }
        if self.scheme == Scheme::Git && !trimmed.contains("://") {
            return self.place_of_git(&text, check);
        }
        let url = match Url::parse(trimmed) {
            Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => url,
            Ok(url) if url.scheme() == "file" && self.scheme == Scheme::Git => url,
            _ => {
                if trimmed.contains('@') {
                    check.sources.hide(text.span);
                }
                self.wrong(&text, "this is not an address", check);
                return None;
            }
        };
        if !self.has_no_secret(&url, &text, check) {
            return None;
        }
        let allowed: &[&str] = match self.scheme {
            Scheme::Helm => &["https", "http"],
            Scheme::Oci => &["oci"],
            Scheme::Git => &["https", "ssh", "git", "file", "http"],
        };
        if !allowed.contains(&url.scheme()) {
            self.wrong_scheme(url.scheme(), &text, check);
            return None;
        }
        if url.scheme() == "http" && !self.plain_http {
            check.report(
                Diagnostic::error("http without encryption has to be asked for")
                    .at(text.span)
                    .help("write `https://`, or add `access: {plainHttp: true}`"),
            );
            return None;
        }
        if url.query().is_some() || url.fragment().is_some() {
            self.wrong(&text, "an address has no `?` and no `#`", check);
            return None;
        }
        let trimmed = trimmed.trim_end_matches('/');
        if self.scheme == Scheme::Helm
            && let Some(better) = trimmed.strip_suffix("/index.yaml")
        {
            check.report(
                Diagnostic::error(
                    "the address of a Helm repository does not name its `index.yaml`",
                )
                .at(text.span)
                .help(format!("write `{better}`")),
            );
            return None;
        }
        Some(trimmed.into())
    }

    /// `git@host:path`, or a folder.
    fn place_of_git(&self, text: &Spanned<&str>, check: &mut Check<'_>) -> Option<Arc<str>> {
        if text.value.starts_with('-') || text.value.contains(char::is_whitespace) {
            self.wrong(text, "this is not an address", check);
            return None;
        }
        Some(text.value.into())
    }

    /// Whether no credential stands in it.
    fn has_no_secret(&self, url: &Url, text: &Spanned<&str>, check: &mut Check<'_>) -> bool {
        let only_name = url.password().is_none() && url.scheme() == "ssh";
        if url.username().is_empty() && url.password().is_none() || only_name {
            return true;
        }
        let name = self.registry;
        check.sources.hide(text.span);
        check.report(
            Diagnostic::error(format!("the address of the registry `{name}` has credentials in it"))
                .at(text.span)
                .help(format!(
                    "write them as `access: {{username: ..., password: {{fromEnv: NAME}}}}`, or run `stratiform registry login {name}`"
                )),
        );
        false
    }

    fn wrong_scheme(&self, scheme: &str, text: &Spanned<&str>, check: &mut Check<'_>) {
        let kind = match self.scheme {
            Scheme::Helm => "a Helm repository",
            Scheme::Oci => "an OCI registry",
            Scheme::Git => "a git repository",
        };
        let summary = format!("the address of {kind} does not begin with `{scheme}://`");
        if (self.scheme, scheme) == (Scheme::Helm, "oci") {
            let better = format!("write `oci: {{url: {}}}` in place of `helm`", text.value);
            check.report(Diagnostic::error(summary).at(text.span).help(better));
        } else {
            self.wrong(text, &summary, check);
        }
    }

    fn wrong(&self, text: &Spanned<&str>, summary: &str, check: &mut Check<'_>) {
        let help = match self.scheme {
            Scheme::Helm => "write it as `https://charts.example.com/stable`",
            Scheme::Oci => "write it as `oci://registry.example.com/charts`",
            Scheme::Git => {
                "write it as `https://git.example.com/team/packs.git` or `git@git.example.com:team/packs.git`"
            }
        };
        check.report(Diagnostic::error(summary).at(text.span).help(help));
    }
}
