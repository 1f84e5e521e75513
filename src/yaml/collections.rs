//! Lists and mappings, in the block and in the flow style.

use super::build::{Build, Place};
use super::composer::{Composer, Content, Item};
use super::error::Problem;
use super::scanner::{Result, TokenKind};

impl<'a, B: Build> Composer<'a, B> {
    fn list(&self, list: Vec<B::Node>, place: Place, height: usize) -> Item<'a, B::Node> {
        Item {
            content: Content::Node(self.build.list(list, place)),
            place,
            height,
            alias: false,
        }
    }

    pub(super) fn block_list(&mut self, depth: usize) -> Result<Item<'a, B::Node>> {
        let start = self.open(depth)?;
        let mut list = Vec::new();
        let (mut end, mut height) = (start, 1);
        loop {
            let token = self.scanner.peek()?;
            match token.kind {
                TokenKind::BlockEntry => {
                    end = self.scanner.next()?.end;
                    let item = match self.scanner.peek()?.kind {
                        TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty(end)?,
                        _ => self.node(true, false, depth)?,
                    };
                    end = item.place.end;
                    height = height.max(item.height + 1);
                    list.push(self.finish(item));
                }
                TokenKind::BlockEnd => {
                    self.scanner.next()?;
                    return Ok(self.list(list, Place { start, end }, height));
                }
                _ => {
                    return Err(Problem::parser(
                        "did not find expected '-' indicator",
                        token.start,
                        Some(start),
                    ));
                }
            }
        }
    }

    /// A list under a key, at the column of the key.
    pub(super) fn indentless_list(&mut self, depth: usize) -> Result<Item<'a, B::Node>> {
        let start = self.scanner.peek()?.start;
        self.count(1, 0, start)?;
        self.check_depth(depth, start)?;
        let mut list = Vec::new();
        let (mut end, mut height) = (start, 1);
        while self.scanner.peek()?.kind == TokenKind::BlockEntry {
            end = self.scanner.next()?.end;
            let item = match self.scanner.peek()?.kind {
                TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                    self.empty(end)?
                }
                _ => self.node(true, false, depth)?,
            };
            end = item.place.end;
            height = height.max(item.height + 1);
            list.push(self.finish(item));
        }
        Ok(self.list(list, Place { start, end }, height))
    }

    /// Takes the token that opens a collection.
    fn open(&mut self, depth: usize) -> Result<usize> {
        let start = self.scanner.next()?.start;
        self.count(1, 0, start)?;
        self.check_depth(depth, start)?;
        Ok(start)
    }

    pub(super) fn block_map(&mut self, depth: usize) -> Result<Item<'a, B::Node>> {
        let start = self.open(depth)?;
        let mut map = self.build.new_map();
        let (mut end, mut height) = (start, 1);
        loop {
            let token = self.scanner.peek()?;
            match token.kind {
                TokenKind::Key => {
                    end = self.scanner.next()?.end;
                    let key = match self.scanner.peek()?.kind {
                        TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                            self.empty(end)?
                        }
                        _ => self.node(true, true, depth)?,
                    };
                    end = key.place.end;
                    let value = self.block_value(end, depth)?;
                    end = value.place.end;
                    height = height.max(value.height + 1);
                    self.insert(&mut map, key, value)?;
                }
                TokenKind::BlockEnd => {
                    self.scanner.next()?;
                    let place = Place { start, end };
                    return Ok(self.map(map, place, height));
                }
                _ => {
                    return Err(Problem::parser(
                        "did not find expected key",
                        token.start,
                        Some(start),
                    ));
                }
            }
        }
    }

    /// What stands behind the `:`, if there is one.
    fn block_value(&mut self, key_end: usize, depth: usize) -> Result<Item<'a, B::Node>> {
        if self.scanner.peek()?.kind != TokenKind::Value {
            return self.empty(key_end);
        }
        let end = self.scanner.next()?.end;
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.empty(end),
            _ => self.node(true, true, depth),
        }
    }

    pub(super) fn flow_list(&mut self, depth: usize) -> Result<Item<'a, B::Node>> {
        let start = self.open(depth)?;
        let mut list = Vec::new();
        let mut height = 1;
        loop {
            if !list.is_empty() {
                self.flow_entry(
                    &TokenKind::FlowSequenceEnd,
                    "did not find expected ',' or ']'",
                    start,
                )?;
            }
            let item = match self.scanner.peek()?.kind {
                TokenKind::FlowSequenceEnd => {
                    let end = self.scanner.next()?.end;
                    return Ok(self.list(list, Place { start, end }, height));
                }
                TokenKind::Key => self.flow_pair(depth + 1)?,
                _ => self.node(false, false, depth)?,
            };
            height = height.max(item.height + 1);
            list.push(self.finish(item));
        }
    }

    /// Takes the comma between two entries; there need be none before the end.
    fn flow_entry(&mut self, end: &TokenKind<'a>, message: &str, context: usize) -> Result<()> {
        let token = self.scanner.peek()?;
        if token.kind == TokenKind::FlowEntry {
            self.scanner.next()?;
        } else if token.kind != *end {
            return Err(Problem::parser(message, token.start, Some(context)));
        }
        Ok(())
    }

    /// A mapping of one pair in a list, `[a: b]`.
    fn flow_pair(&mut self, depth: usize) -> Result<Item<'a, B::Node>> {
        let start = self.open(depth)?;
        let token = self.scanner.peek()?;
        let key = match token.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // goyaml loses the token here, and so the rest of the list is wrong.
                let end = self.scanner.next()?.end;
                self.empty(end)?
            }
            _ => self.node(false, false, depth)?,
        };
        let mut end = key.place.end;
        let value = if self.scanner.peek()?.kind == TokenKind::Value {
            end = self.scanner.next()?.end;
            match self.scanner.peek()?.kind {
                TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => self.empty(end)?,
                _ => self.node(false, false, depth)?,
            }
        } else {
            self.empty(end)?
        };
        end = end.max(value.place.end);
        let height = value.height + 1;
        let mut map = self.build.new_map();
        self.insert(&mut map, key, value)?;
        Ok(self.map(map, Place { start, end }, height))
    }

    pub(super) fn flow_map(&mut self, depth: usize) -> Result<Item<'a, B::Node>> {
        let start = self.open(depth)?;
        let mut map = self.build.new_map();
        let mut height = 1;
        let mut first = true;
        loop {
            if !first {
                self.flow_entry(
                    &TokenKind::FlowMappingEnd,
                    "did not find expected ',' or '}'",
                    start,
                )?;
            }
            first = false;
            let (key, value) = match self.scanner.peek()?.kind {
                TokenKind::FlowMappingEnd => {
                    let end = self.scanner.next()?.end;
                    return Ok(self.map(map, Place { start, end }, height));
                }
                TokenKind::Key => {
                    let end = self.scanner.next()?.end;
                    let key = match self.scanner.peek()?.kind {
                        TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                            self.empty(end)?
                        }
                        _ => self.node(false, false, depth)?,
                    };
                    let value = self.flow_value(key.place.end, depth)?;
                    (key, value)
                }
                _ => {
                    let key = self.node(false, false, depth)?;
                    let value = self.empty(key.place.end)?;
                    (key, value)
                }
            };
            height = height.max(value.height + 1);
            self.insert(&mut map, key, value)?;
        }
    }

    fn flow_value(&mut self, key_end: usize, depth: usize) -> Result<Item<'a, B::Node>> {
        if self.scanner.peek()?.kind != TokenKind::Value {
            return self.empty(key_end);
        }
        let end = self.scanner.next()?.end;
        match self.scanner.peek()?.kind {
            TokenKind::FlowEntry | TokenKind::FlowMappingEnd => self.empty(end),
            _ => self.node(false, false, depth),
        }
    }

    fn map(&self, map: B::Map, place: Place, height: usize) -> Item<'a, B::Node> {
        Item {
            content: Content::Node(self.build.map(map, place)),
            place,
            height,
            alias: false,
        }
    }
}
