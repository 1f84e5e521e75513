//! What a registry wants to see before it answers.

use http_auth::ChallengeRef;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// What a registry wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password.
    Basic,
    /// A token, from a server of tokens.
    Token(Realm),
}

/// A server of tokens, and what is to be asked there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Realm {
    /// Its address.
    pub url: String,
    /// For whom the token is.
    pub service: Option<String>,
    /// For what it is.
    pub scope: Option<String>,
}

impl Challenge {
    /// What the headers of an answer want, tokens before passwords; nothing when it is not to be understood.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter();
        let texts = texts.filter_map(|text| text.to_str().ok());
        let all: Vec<ChallengeRef<'_>> = texts
            .filter_map(|text| http_auth::parse_challenges(text).ok())
            .flatten()
            .collect();
        let named = |scheme: &str| {
            let mut all = all.iter();
            all.find(|one| one.scheme.eq_ignore_ascii_case(scheme))
        };
        if let Some(token) = named("bearer") {
            let param = |wanted: &str| {
                let mut all = token.params.iter();
                let found = all.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                found.map(|(_, value)| value.to_unescaped())
            };
            return Some(Self::Token(Realm {
                url: param("realm")?,
                service: param("service"),
                scope: param("scope"),
            }));
        }
        named("basic").map(|_| Self::Basic)
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

    use super::{Challenge, Realm};

    fn of(texts: &[&'static str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(text));
        }
        Challenge::of(&headers)
    }

    #[test]
    fn challenges_are_read() {
        let token = "Bearer realm=\"https://auth.example/token\",service=\"hub\",scope=\"repository:a/b:pull,push\"";
        let expected = Challenge::Token(Realm {
            url: "https://auth.example/token".to_owned(),
            service: Some("hub".to_owned()),
            scope: Some("repository:a/b:pull,push".to_owned()),
        });
        assert_eq!(of(&[token]), Some(expected.clone()));
        assert_eq!(of(&["basic realm=\"x\"", token]), Some(expected));
        assert_eq!(of(&["basic realm=\"x\""]), Some(Challenge::Basic));
        assert_eq!(of(&["Negotiate"]), None);
        assert_eq!(of(&["Bearer service=\"x\""]), None);
        assert_eq!(of(&[]), None);
    }
}
