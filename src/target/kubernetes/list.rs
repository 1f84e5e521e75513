//! Objects read from a server: one, or many in pages.

use http::Method;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::model::ObjectKey;
use crate::target::TargetError;
use crate::yaml::Value;

use super::discovery::{Kind, Resource};
use super::exchange::Request;
use super::failure::Failure;
use super::server::Server;

/// Asks for what identifies objects and for their metadata only.
pub(super) const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// As [`METADATA`], for lists.
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// How often a list is begun anew when its pages became too old.
const BEGINNINGS: usize = 3;

/// Which objects are meant. Empty texts mean all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector<'a> {
    /// A label selector: `app=web`.
    pub labels: &'a str,
    /// A field selector: `metadata.name=web`.
    pub fields: &'a str,
}

/// Objects, all as they were at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Listing {
    /// Whole objects, each with its `apiVersion` and `kind`.
    pub items: Vec<Value>,
    /// The resource version, from which a watch goes on.
    pub version: String,
}

/// How much of objects is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Everything.
    Whole,
    /// The metadata.
    Metadata,
}

impl Server {
    /// One object; nothing when it is not there, or when its kind is not served.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    pub async fn get(&self, key: &ObjectKey) -> Result<Option<Value>, TargetError> {
        let discovery = self.discovery().await?;
        let Some(resource) = discovery.preferred(&Kind::of(key)) else {
            return Ok(None);
        };
        match self.read(resource, key, Part::Whole).await {
            Ok(object) => Ok(Some(object)),
            Err(failure) if failure.is_missing() => Ok(None),
            Err(failure) => Err(self.unreachable(&failure).await),
        }
    }

    /// All objects of a kind, in a namespace or with an empty one everywhere; none when the kind is not served.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    pub async fn list(
        &self,
        kind: &Kind,
        namespace: &str,
        selector: Selector<'_>,
    ) -> Result<Listing, TargetError> {
        let discovery = self.discovery().await?;
        let Some(resource) = discovery.preferred(kind) else {
            return Ok(Listing::default());
        };
        let listed = self.pages(resource, namespace, selector, Part::Whole).await;
        match listed {
            Ok(listing) => Ok(listing),
            Err(failure) if failure.is_missing() => Ok(Listing::default()),
            Err(failure) => Err(self.unreachable(&failure).await),
        }
    }

    /// One object, whose kind is served.
    pub(super) async fn read(
        &self,
        resource: &Resource,
        key: &ObjectKey,
        part: Part,
    ) -> Result<Value, Failure> {
        let mut request = Request::get(resource.one(key));
        if part == Part::Metadata {
            request.accept = METADATA;
        }
        let answer = self.ask(&request).await?;
        parse(&answer.body)
    }

    /// All objects of a kind, page by page.
    pub(super) async fn pages(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: Selector<'_>,
        part: Part,
    ) -> Result<Listing, Failure> {
        let mut beginnings = 1;
        loop {
            match self.all_pages(resource, namespace, selector, part).await {
                // Its pages are kept for some minutes only.
                Err(failure) if failure.code() == 410 && beginnings < BEGINNINGS => beginnings += 1,
                listed => return listed,
            }
        }
    }

    async fn all_pages(
        &self,
        resource: &Resource,
        namespace: &str,
        selector: Selector<'_>,
        part: Part,
    ) -> Result<Listing, Failure> {
        let mut listing = Listing::default();
        let mut next = String::new();
        loop {
            let page = self.pace.page.to_string();
            let query = query(selector, &[("limit", &page), ("continue", &next)]);
            let request = Request {
                method: Method::GET,
                path: format!("{}?{query}", resource.all(namespace)),
                accept: match part {
                    Part::Whole => super::exchange::JSON,
                    Part::Metadata => METADATA_LIST,
                },
                body: None,
            };
            let page: Page = parse(&self.ask(&request).await?.body)?;
            listing.version = page.metadata.resource_version;
            let items = page.items.into_iter().map(|item| typed(item, resource));
            listing.items.extend(items);
            next = page.metadata.next;
            if next.is_empty() {
                return Ok(listing);
            }
        }
    }
}

/// A query that selects, with further pairs; those without a value are left out.
pub(super) fn query(selector: Selector<'_>, further: &[(&str, &str)]) -> String {
    let selecting = [
        ("labelSelector", selector.labels),
        ("fieldSelector", selector.fields),
    ];
    let mut query = Serializer::new(String::new());
    for (name, value) in selecting.iter().chain(further) {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

/// Reads an answer.
pub(super) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    serde_json::from_slice(body)
        .map_err(|error| Failure::silent(format!("its answer cannot be read as JSON: {error}")))
}

/// An object of a list, which leaves out what the list itself says.
fn typed(mut item: Value, resource: &Resource) -> Value {
    if let Some(map) = item.as_map_mut() {
        if !map.contains_key("kind") {
            map.shift_insert(0, "kind".to_owned(), resource.api.kind.as_str().into());
        }
        if !map.contains_key("apiVersion") {
            let version = resource.api.api_version.as_str().into();
            map.shift_insert(0, "apiVersion".to_owned(), version);
        }
    }
    item
}

#[derive(Deserialize)]
struct Page {
    metadata: PageMeta,
    // Servers written in Go say null for none.
    #[serde(default, deserialize_with = "null_as_none")]
    items: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMeta {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: String,
}

fn null_as_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Value>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
