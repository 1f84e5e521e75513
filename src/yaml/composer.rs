//! Tokens into values: the grammar of YAML, with tags, anchors, aliases and merge keys.

use std::borrow::Cow;
use std::collections::HashMap;

use super::build::{Build, Place};
use super::error::Problem;
use super::number;
use super::resolve::{Scalar, resolve};
use super::scanner::{Result, Scanner, Tag, TokenKind};
use super::{Limits, ScalarStyle};

/// Nesting that no [`Limits`] can go beyond, since the composer calls itself.
const DEEPEST: usize = 1000;

const NOT_A_MAP: &str = "map merge requires map or sequence of maps as the value";

/// A composed value with what its parent wants to know of it.
pub(super) struct Item<'a, N> {
    pub content: Content<'a, N>,
    pub place: Place,
    /// How deeply collections are nested in it.
    pub height: usize,
    /// Whether an alias stands there.
    pub alias: bool,
}

/// A scalar is built late, since keys are not built at all.
pub(super) enum Content<'a, N> {
    Scalar(Scalar<'a>),
    Node(N),
}

/// The value behind an anchor.
struct Anchored<'a, N> {
    content: Content<'a, N>,
    height: usize,
    /// How many values are in it, with those of the aliases in it.
    weight: usize,
}

/// Tags and anchors before a value.
#[derive(Default)]
struct Properties<'a> {
    tag: Option<Cow<'a, str>>,
    anchor: Option<&'a str>,
    /// The bytes of both.
    place: Option<Place>,
}

pub(super) struct Composer<'a, B: Build> {
    pub(super) scanner: Scanner<'a>,
    pub(super) build: B,
    limits: Limits,
    anchors: HashMap<&'a str, usize>,
    /// Values by the number that [`Self::anchors`] has; nothing while they are being composed.
    anchored: Vec<Option<Anchored<'a, B::Node>>>,
    handles: Vec<(&'a str, Cow<'a, str>)>,
    nodes: usize,
    /// Values of this document, and how many of them came from aliases.
    composed: usize,
    aliased: usize,
}

impl<'a, B: Build> Composer<'a, B> {
    pub(super) fn new(text: &'a str, build: B, limits: Limits) -> Self {
        Self {
            scanner: Scanner::new(text),
            build,
            limits: Limits {
                depth: limits.depth.min(DEEPEST),
                ..limits
            },
            anchors: HashMap::new(),
            anchored: Vec::new(),
            handles: Vec::new(),
            nodes: 0,
            composed: 0,
            aliased: 0,
        }
    }

    /// All documents of the stream.
    pub(super) fn documents(mut self) -> Result<Vec<B::Node>> {
        let mut documents = Vec::new();
        let mut first = true;
        loop {
            while !first && self.scanner.peek()?.kind == TokenKind::DocumentEnd {
                self.scanner.next()?;
            }
            let bare = match self.scanner.peek()?.kind {
                TokenKind::StreamEnd => return Ok(documents),
                TokenKind::Version(..) | TokenKind::TagDirective(_) | TokenKind::DocumentStart => {
                    false
                }
                _ => first,
            };
            let item = self.document(bare)?;
            documents.push(self.finish(item));
            if self.scanner.peek()?.kind == TokenKind::DocumentEnd {
                self.scanner.next()?;
            }
            first = false;
        }
    }

    /// The first document of the stream, if there is one; what comes behind it is not looked at.
    pub(super) fn first(mut self) -> Result<Option<B::Node>> {
        let bare = match self.scanner.peek()?.kind {
            TokenKind::StreamEnd => return Ok(None),
            TokenKind::Version(..) | TokenKind::TagDirective(_) | TokenKind::DocumentStart => false,
            _ => true,
        };
        let item = self.document(bare)?;
        let node = self.finish(item);
        // Where the document ends is seen by what comes next.
        self.scanner.peek()?;
        Ok(Some(node))
    }

    fn document(&mut self, bare: bool) -> Result<Item<'a, B::Node>> {
        self.anchors.clear();
        self.anchored.clear();
        self.composed = 1;
        self.aliased = 0;
        self.directives()?;
        if bare {
            return self.node(true, false, 0);
        }
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::DocumentStart {
            let start = token.start;
            return Err(Problem::parser(
                "did not find expected <document start>",
                start,
                None,
            ));
        }
        let end = self.scanner.next()?.end;
        match self.scanner.peek()?.kind {
            TokenKind::Version(..)
            | TokenKind::TagDirective(_)
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => self.empty(end),
            _ => self.node(true, false, 0),
        }
    }

    fn directives(&mut self) -> Result<()> {
        self.handles.clear();
        let mut version = false;
        loop {
            let token = self.scanner.peek()?;
            let start = token.start;
            match &token.kind {
                TokenKind::Version(..) if version => {
                    return Err(Problem::parser(
                        "found duplicate %YAML directive",
                        start,
                        None,
                    ));
                }
                TokenKind::Version(1, 1) => version = true,
                TokenKind::Version(..) => {
                    return Err(Problem::parser(
                        "found incompatible YAML document",
                        start,
                        None,
                    ));
                }
                TokenKind::TagDirective(tag) => {
                    let Tag { handle, suffix } = &**tag;
                    if self.handles.iter().any(|(known, _)| known == handle) {
                        return Err(Problem::parser(
                            "found duplicate %TAG directive",
                            start,
                            None,
                        ));
                    }
                    self.handles.push((handle, suffix.clone()));
                }
                _ => return Ok(()),
            }
            self.scanner.next()?;
        }
    }

    /// A tag written out in full.
    fn full_tag(&self, tag: Tag<'a>, start: usize, context: usize) -> Result<Cow<'a, str>> {
        if tag.handle.is_empty() {
            return Ok(tag.suffix);
        }
        let declared = self
            .handles
            .iter()
            .find(|(handle, _)| *handle == tag.handle);
        let prefix = match (declared, tag.handle) {
            (Some((_, prefix)), _) => prefix,
            (None, "!") => "!",
            (None, "!!") => "tag:yaml.org,2002:",
            (None, _) => {
                return Err(Problem::parser(
                    "found undefined tag handle",
                    start,
                    Some(context),
                ));
            }
        };
        Ok(Cow::Owned(format!("{prefix}{}", tag.suffix)))
    }

    /// Counts values.
    pub(super) fn count(&mut self, plain: usize, aliased: usize, offset: usize) -> Result<()> {
        self.nodes += plain + aliased;
        if self.nodes > self.limits.nodes {
            let most = self.limits.nodes;
            return Err(Problem::composer(
                format!("the text holds more than {most} values"),
                offset,
            ));
        }
        self.composed += plain + aliased;
        self.aliased += aliased;
        if self.aliased > 100
            && self.composed > 1000
            && self.aliased as f64 > self.composed as f64 * alias_share(self.composed)
        {
            return Err(Problem::composer(
                "document contains excessive aliasing".to_owned(),
                offset,
            ));
        }
        Ok(())
    }

    pub(super) fn check_depth(&self, depth: usize, offset: usize) -> Result<()> {
        if depth <= self.limits.depth {
            return Ok(());
        }
        let most = self.limits.depth;
        Err(Problem::composer(
            format!("values are nested more than {most} deep"),
            offset,
        ))
    }

    pub(super) fn finish(&self, item: Item<'a, B::Node>) -> B::Node {
        match item.content {
            Content::Scalar(scalar) => self.build.scalar(scalar, item.place),
            Content::Node(node) => node,
        }
    }

    /// A null that was not written.
    pub(super) fn empty(&mut self, at: usize) -> Result<Item<'a, B::Node>> {
        self.count(1, 0, at)?;
        Ok(Item {
            content: Content::Scalar(Scalar::Null),
            place: Place { start: at, end: at },
            height: 0,
            alias: false,
        })
    }

    /// One value. In the block context, block collections are allowed; a list as value of a key needs no indentation.
    pub(super) fn node(
        &mut self,
        block: bool,
        indentless: bool,
        depth: usize,
    ) -> Result<Item<'a, B::Node>> {
        if let TokenKind::Alias(name) = self.scanner.peek()?.kind {
            return self.alias(name, depth);
        }
        let properties = self.properties()?;
        let slot = properties.anchor.map(|name| {
            self.anchored.push(None);
            self.anchors.insert(name, self.anchored.len() - 1);
            self.anchored.len() - 1
        });
        let before = self.composed;
        let mut item = self.content(block, indentless, depth, &properties)?;
        if let Some(properties) = properties.place {
            item.place.start = properties.start;
            if let Content::Node(node) = item.content {
                item.content = Content::Node(self.build.moved(node, item.place));
            }
        }
        if let Some(slot) = slot {
            let weight = self.composed - before;
            // The copy takes memory like any other value.
            self.nodes += weight;
            self.anchored[slot] = Some(Anchored {
                content: item.content.clone(),
                height: item.height,
                weight,
            });
        }
        Ok(item)
    }

    fn content(
        &mut self,
        block: bool,
        indentless: bool,
        depth: usize,
        properties: &Properties<'a>,
    ) -> Result<Item<'a, B::Node>> {
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::BlockEntry if indentless => self.indentless_list(depth + 1),
            TokenKind::Scalar(..) => self.scalar(properties),
            TokenKind::FlowSequenceStart => self.flow_list(depth + 1),
            TokenKind::FlowMappingStart => self.flow_map(depth + 1),
            TokenKind::BlockSequenceStart if block => self.block_list(depth + 1),
            TokenKind::BlockMappingStart if block => self.block_map(depth + 1),
            _ => match properties.place {
                Some(place) => {
                    self.count(1, 0, place.start)?;
                    let scalar = match properties.tag.as_deref() {
                        Some(tag) => resolve(Cow::Borrowed(""), ScalarStyle::Plain, Some(tag))
                            .map_err(|message| Problem::composer(message, place.start))?,
                        None => Scalar::Null,
                    };
                    Ok(Item {
                        content: Content::Scalar(scalar),
                        place,
                        height: 0,
                        alias: false,
                    })
                }
                None => Err(Problem::parser(
                    "did not find expected node content",
                    start,
                    Some(start),
                )),
            },
        }
    }

    fn properties(&mut self) -> Result<Properties<'a>> {
        let mut found = Properties::default();
        let mut tag = None;
        loop {
            let wanted = match self.scanner.peek()?.kind {
                TokenKind::Anchor(_) => found.anchor.is_none(),
                TokenKind::Tag(_) => tag.is_none(),
                _ => false,
            };
            if !wanted {
                break;
            }
            let token = self.scanner.next()?;
            let start = found.place.map_or(token.start, |place| place.start);
            match token.kind {
                TokenKind::Anchor(name) => found.anchor = Some(name),
                TokenKind::Tag(written) => tag = Some((*written, token.start)),
                _ => {}
            }
            found.place = Some(Place {
                start,
                end: token.end,
            });
        }
        if let (Some((tag, start)), Some(place)) = (tag, found.place) {
            found.tag = Some(self.full_tag(tag, start, place.start)?);
        }
        Ok(found)
    }

    fn scalar(&mut self, properties: &Properties<'a>) -> Result<Item<'a, B::Node>> {
        let token = self.scanner.next()?;
        self.count(1, 0, token.start)?;
        let (text, style) = match token.kind {
            TokenKind::Scalar(text, style) => (text, style),
            _ => (Cow::Borrowed(""), ScalarStyle::Plain),
        };
        let scalar = resolve(text, style, properties.tag.as_deref())
            .map_err(|message| Problem::composer(message, token.start))?;
        Ok(Item {
            content: Content::Scalar(scalar),
            place: Place {
                start: token.start,
                end: token.end,
            },
            height: 0,
            alias: false,
        })
    }

    fn alias(&mut self, name: &'a str, depth: usize) -> Result<Item<'a, B::Node>> {
        let token = self.scanner.next()?;
        let place = Place {
            start: token.start,
            end: token.end,
        };
        let Some(slot) = self.anchors.get(name).copied() else {
            return Err(Problem::composer(
                format!("unknown anchor '{name}' referenced"),
                place.start,
            ));
        };
        let Some(anchored) = &self.anchored[slot] else {
            return Err(Problem::composer(
                format!("anchor '{name}' value contains itself"),
                place.start,
            ));
        };
        let (weight, height) = (anchored.weight, anchored.height);
        self.count(1, weight, place.start)?;
        self.check_depth(depth + height, place.start)?;
        let content = match &self.anchored[slot] {
            Some(anchored) => match &anchored.content {
                Content::Scalar(Scalar::Merge) => {
                    Content::Scalar(Scalar::Text(Cow::Borrowed("<<"), ScalarStyle::Plain))
                }
                Content::Scalar(scalar) => Content::Scalar(scalar.clone()),
                Content::Node(node) => Content::Node(self.build.moved(node.clone(), place)),
            },
            None => Content::Scalar(Scalar::Null),
        };
        Ok(Item {
            content,
            place,
            height,
            alias: true,
        })
    }

    pub(super) fn insert(
        &self,
        map: &mut B::Map,
        key: Item<'a, B::Node>,
        value: Item<'a, B::Node>,
    ) -> Result<()> {
        let refuse = |message: &str| Err(Problem::composer(message.to_owned(), key.place.start));
        let text = match key.content {
            Content::Scalar(Scalar::Merge) => return self.merge(map, value),
            Content::Scalar(Scalar::Text(text, _)) => text,
            Content::Scalar(Scalar::Bool(truth)) => {
                Cow::Borrowed(if truth { "true" } else { "false" })
            }
            Content::Scalar(Scalar::Int(number)) => Cow::Owned(number.to_string()),
            Content::Scalar(Scalar::Float(number)) => Cow::Owned(number::general_32(number)),
            Content::Scalar(Scalar::Uint(_)) => {
                return refuse("a number that is a key must fit 64 bits with its sign");
            }
            Content::Scalar(Scalar::Null) => return refuse("a key must not be null"),
            Content::Node(_) => return refuse("a key must not be a list or a mapping"),
        };
        let value = self.finish(value);
        self.build.insert(map, text, key.place, value);
        Ok(())
    }

    /// Merges the value of a `<<` key: a mapping, or a list of mappings, the first of which wins.
    fn merge(&self, map: &mut B::Map, value: Item<'a, B::Node>) -> Result<()> {
        let place = value.place;
        let fail = || Err(Problem::composer(NOT_A_MAP.to_owned(), place.start));
        let Content::Node(node) = value.content else {
            return fail();
        };
        match self.build.elements(node) {
            Ok(list) if !value.alias => {
                for node in list.into_iter().rev() {
                    if !self.build.merge(map, node) {
                        return fail();
                    }
                }
                Ok(())
            }
            Ok(_) => fail(),
            Err(node) => {
                if self.build.merge(map, node) {
                    Ok(())
                } else {
                    fail()
                }
            }
        }
    }
}

impl<N: Clone> Clone for Content<'_, N> {
    fn clone(&self) -> Self {
        match self {
            Content::Scalar(scalar) => Content::Scalar(scalar.clone()),
            Content::Node(node) => Content::Node(node.clone()),
        }
    }
}

/// How much of a document may come from aliases, as goyaml has it: 99% of a small one, 10% of one with four million
/// values.
fn alias_share(composed: usize) -> f64 {
    const SMALL: f64 = 400_000.0;
    const LARGE: f64 = 4_000_000.0;
    let composed = composed as f64;
    if composed <= SMALL {
        0.99
    } else if composed >= LARGE {
        0.10
    } else {
        0.99 - 0.89 * (composed - SMALL) / (LARGE - SMALL)
    }
}
