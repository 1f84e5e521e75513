//! Text into tokens, as libyaml sees them.
//!
//! A key of a mapping is known only when its `:` is met, so the scanner keeps a queue: tokens that might belong to such
//! a key wait in it until the `:` comes or can no longer come, and a [`TokenKind::Key`] is put before them.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::ScalarStyle;
use super::chars::{at, break_len, is_blank, is_blank_or_end, is_break_or_end};
use super::error::Problem;

/// A failure inside this room.
pub(super) type Result<T> = std::result::Result<T, Box<Problem>>;

/// The farthest that a `:` may stand behind the start of its key, in characters.
const KEY_LENGTH: usize = 1024;

const TABS: &str = "indent with spaces";

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    StreamEnd,
    Version(u8, u8),
    TagDirective(Box<Tag<'a>>),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    Tag(Box<Tag<'a>>),
    Scalar(Cow<'a, str>, ScalarStyle),
}

/// A tag as a handle (`!`, `!!`, `!e!`, or nothing for `!<...>`) and the rest; of a directive, the handle and its prefix.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tag<'a> {
    pub handle: &'a str,
    pub suffix: Cow<'a, str>,
}

/// A token and its bytes, `start..end`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub kind: TokenKind<'a>,
    pub start: usize,
    pub end: usize,
}

/// A place where a key may have begun.
#[derive(Clone, Copy, Debug, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    /// The number of the first token of the key, counted from the start of the stream.
    token: usize,
    offset: usize,
    column: usize,
    line_start: usize,
}

/// Reads tokens from a text that holds no forbidden characters.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    /// Offset of the next byte.
    pub(super) pos: usize,
    /// Offset of the first byte of the line.
    pub(super) line_start: usize,
    /// Bytes of the line so far that begin no character; columns count characters.
    wide: usize,
    ascii: bool,
    pub(super) flow_level: usize,
    /// Column of the innermost block collection; -1 outside.
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) key_allowed: bool,
    keys: Vec<SimpleKey>,
    queue: VecDeque<Token<'a>>,
    /// How many tokens were taken.
    taken: usize,
    /// Whether the head of the queue is known to be no part of a key.
    ready: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self {
            text,
            bytes: text.as_bytes(),
            pos: start,
            line_start: start,
            wide: 0,
            ascii: text.is_ascii(),
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            keys: vec![SimpleKey::default()],
            queue: VecDeque::new(),
            taken: 0,
            ready: false,
        }
    }

    /// The next token, left where it is.
    pub(super) fn peek(&mut self) -> Result<&Token<'a>> {
        if !self.ready {
            self.fetch_more()?;
            self.ready = true;
        }
        Ok(self.queue.front().expect("a fetched token is in the queue"))
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Result<Token<'a>> {
        self.peek()?;
        self.ready = false;
        self.taken += 1;
        Ok(self
            .queue
            .pop_front()
            .expect("a fetched token is in the queue"))
    }

    pub(super) fn byte(&self) -> u8 {
        at(self.bytes, self.pos)
    }

    pub(super) fn byte_at(&self, ahead: usize) -> u8 {
        at(self.bytes, self.pos + ahead)
    }

    /// The column, counted from 0 in characters.
    pub(super) fn column(&self) -> usize {
        self.pos - self.line_start - self.wide
    }

    /// Moves on inside a line.
    pub(super) fn advance(&mut self, to: usize) {
        if !self.ascii {
            self.wide += self.bytes[self.pos..to]
                .iter()
                .filter(|byte| **byte & 0xc0 == 0x80)
                .count();
        }
        self.pos = to;
    }

    /// Moves over a line break of so many bytes.
    pub(super) fn next_line(&mut self, break_len: usize) {
        self.pos += break_len;
        self.line_start = self.pos;
        self.wide = 0;
    }

    /// Moves over blanks, spaces and tabs.
    pub(super) fn skip_blanks(&mut self) {
        while is_blank(self.byte()) {
            self.pos += 1;
        }
    }

    /// Moves to the end of the line, if a comment begins here.
    pub(super) fn skip_comment(&mut self) {
        if self.byte() == b'#' {
            let mut end = self.pos;
            while !is_break_or_end(self.bytes, end) {
                end += 1;
            }
            self.advance(end);
        }
    }

    pub(super) fn at_document_indicator(&self) -> bool {
        self.pos == self.line_start
            && matches!(self.byte(), b'-' | b'.')
            && (self.bytes[self.pos..].starts_with(b"---")
                || self.bytes[self.pos..].starts_with(b"..."))
            && is_blank_or_end(self.bytes, self.pos + 3)
    }

    fn fetch_more(&mut self) -> Result<()> {
        while self.queue.is_empty() || self.head_may_be_key()? {
            self.fetch()?;
        }
        Ok(())
    }

    fn head_may_be_key(&mut self) -> Result<bool> {
        let head = self
            .keys
            .iter()
            .position(|key| key.possible && key.token == self.taken);
        head.map_or(Ok(false), |index| self.key_is_possible(index))
    }

    /// Whether a key that began there can still get its `:` here.
    fn key_is_possible(&mut self, index: usize) -> Result<bool> {
        let key = self.keys[index];
        if !key.possible {
            return Ok(false);
        }
        if key.line_start == self.line_start && self.column() <= key.column + KEY_LENGTH {
            return Ok(true);
        }
        self.fail_if_required(key)?;
        self.keys[index].possible = false;
        Ok(false)
    }

    fn fail_if_required(&self, key: SimpleKey) -> Result<()> {
        if key.required {
            return Err(Problem::scanner(
                "could not find expected ':'",
                self.pos,
                key.offset,
            ));
        }
        Ok(())
    }

    fn save_key(&mut self) -> Result<()> {
        if !self.key_allowed {
            return Ok(());
        }
        self.remove_key()?;
        let key = SimpleKey {
            possible: true,
            required: self.flow_level == 0 && self.indent == self.column().cast_signed(),
            token: self.taken + self.queue.len(),
            offset: self.pos,
            column: self.column(),
            line_start: self.line_start,
        };
        *self.last_key() = key;
        Ok(())
    }

    fn remove_key(&mut self) -> Result<()> {
        let key = *self.last_key();
        if key.possible {
            self.fail_if_required(key)?;
            self.last_key().possible = false;
        }
        Ok(())
    }

    fn last_key(&mut self) -> &mut SimpleKey {
        self.keys
            .last_mut()
            .expect("there is a key for the block context")
    }

    fn push(&mut self, kind: TokenKind<'a>, start: usize) {
        self.queue.push_back(Token {
            kind,
            start,
            end: self.pos,
        });
    }

    /// Opens a block collection at a column, if that is deeper than the one around it; its token goes before the token
    /// with the given number, or to the end of the queue.
    fn roll_indent(
        &mut self,
        column: usize,
        number: Option<usize>,
        kind: TokenKind<'a>,
        offset: usize,
    ) {
        let column = column.cast_signed();
        if self.flow_level > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token = Token {
            kind,
            start: offset,
            end: offset,
        };
        match number {
            Some(number) => self.queue.insert(number - self.taken, token),
            None => self.queue.push_back(token),
        }
    }

    /// Closes the block collections that are deeper than a column.
    fn unroll_indent(&mut self, column: isize, offset: usize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.queue.push_back(Token {
                kind: TokenKind::BlockEnd,
                start: offset,
                end: offset,
            });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch(&mut self) -> Result<()> {
        self.skip_to_token();
        self.unroll_indent(self.column().cast_signed(), self.pos);
        if self.pos >= self.bytes.len() {
            return self.fetch_stream_end();
        }
        if self.pos == self.line_start {
            if self.byte() == b'%' {
                self.end_block_context()?;
                let start = self.pos;
                let kind = self.scan_directive()?;
                self.push(kind, start);
                return Ok(());
            }
            if self.at_document_indicator() {
                return self.fetch_document_indicator();
            }
        }
        let next_is_blank = is_blank_or_end(self.bytes, self.pos + 1);
        let flow = self.flow_level > 0;
        match self.byte() {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if next_is_blank => self.fetch_block_entry(),
            b'?' if flow || next_is_blank => self.fetch_key(),
            b':' if flow || next_is_blank => self.fetch_value(),
            b'*' => self.fetch_with(Self::scan_alias),
            b'&' => self.fetch_with(Self::scan_anchor),
            b'!' => self.fetch_with(Self::scan_tag),
            b'|' if !flow => self.fetch_block_scalar(true),
            b'>' if !flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_with(Self::scan_single_quoted),
            b'"' => self.fetch_with(Self::scan_double_quoted),
            b'\t' => Err(self.no_token().help(TABS)),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => Err(self.no_token()),
            _ => self.fetch_with(Self::scan_plain),
        }
    }

    fn no_token(&self) -> Box<Problem> {
        Problem::scanner(
            "found character that cannot start any token",
            self.pos,
            self.pos,
        )
    }

    /// Moves over blanks, comments and line breaks. A tab is a blank only where it cannot be indentation.
    fn skip_to_token(&mut self) {
        loop {
            let tabs = self.flow_level > 0 || !self.key_allowed;
            while self.byte() == b' ' || (tabs && self.byte() == b'\t') {
                self.pos += 1;
            }
            self.skip_comment();
            let len = break_len(self.bytes, self.pos);
            if len == 0 {
                return;
            }
            self.next_line(len);
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    fn fetch_stream_end(&mut self) -> Result<()> {
        // The end of the text ends its last line, and with it every key that waits for a `:`.
        if self.pos != self.line_start {
            self.pos = self.bytes.len() + 1;
            self.next_line(0);
        }
        self.end_block_context()?;
        self.push(TokenKind::StreamEnd, self.pos);
        Ok(())
    }

    fn end_block_context(&mut self) -> Result<()> {
        self.unroll_indent(-1, self.pos);
        self.remove_key()?;
        self.key_allowed = false;
        Ok(())
    }

    fn fetch_document_indicator(&mut self) -> Result<()> {
        self.end_block_context()?;
        let kind = if self.byte() == b'-' {
            TokenKind::DocumentStart
        } else {
            TokenKind::DocumentEnd
        };
        self.push_indicator(kind, 3);
        Ok(())
    }

    fn push_indicator(&mut self, kind: TokenKind<'a>, len: usize) {
        let start = self.pos;
        self.pos += len;
        self.push(kind, start);
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.save_key()?;
        self.keys.push(SimpleKey::default());
        self.flow_level += 1;
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.keys.pop();
        }
        self.key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<()> {
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            self.expect_key_allowed("block sequence entries are not allowed in this context")?;
            self.roll_indent(self.column(), None, TokenKind::BlockSequenceStart, self.pos);
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            self.expect_key_allowed("mapping keys are not allowed in this context")?;
            self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.pos);
        }
        self.remove_key()?;
        self.key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<()> {
        let last = self.keys.len() - 1;
        if self.key_is_possible(last)? {
            let key = self.keys[last];
            let token = Token {
                kind: TokenKind::Key,
                start: key.offset,
                end: key.offset,
            };
            self.queue.insert(key.token - self.taken, token);
            self.roll_indent(
                key.column,
                Some(key.token),
                TokenKind::BlockMappingStart,
                key.offset,
            );
            self.last_key().possible = false;
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                self.expect_key_allowed("mapping values are not allowed in this context")?;
                self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.pos);
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn expect_key_allowed(&self, message: &str) -> Result<()> {
        if self.key_allowed {
            return Ok(());
        }
        Err(Problem::scanner(message, self.pos, self.pos))
    }

    /// Scans a token that may begin a key.
    fn fetch_with(&mut self, scan: impl FnOnce(&mut Self) -> Result<Token<'a>>) -> Result<()> {
        self.save_key()?;
        self.key_allowed = false;
        let token = scan(self)?;
        self.queue.push_back(token);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<()> {
        self.remove_key()?;
        self.key_allowed = true;
        let token = self.scan_block(literal)?;
        self.queue.push_back(token);
        Ok(())
    }
}
