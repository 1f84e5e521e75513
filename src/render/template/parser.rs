//! Templates from tokens.

mod pipeline;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::ast::{Branch, Node, Source, Spot, Template};
use super::error::{ParseError, place};
use super::function::Functions;
use super::lexer::{Keyword, Kind, Lexer, Token};
use super::print::quoted;
use super::unquote;
use super::value::Str;

/// How deep blocks and parentheses may stand in one another. Far deeper than anyone writes, and shallow enough for the
/// stack.
const MAX_DEPTH: usize = 150;

/// The templates of one text.
#[derive(Debug)]
pub(super) struct Parsed {
    pub root: Arc<Template>,
    pub defined: Vec<Arc<Template>>,
}

/// Parses a whole text.
pub(super) fn parse(name: &str, text: &str, functions: &Functions) -> Result<Parsed, ParseError> {
    let source = source(name, text);
    let mut parser = Parser::new(&source, functions, Lexer::new(&source.text));
    let body = parser.file()?;
    let root = Arc::new(Template {
        name: Str::from(name),
        source: Arc::clone(&source),
        body,
    });
    let mut defined = parser.defined;
    let twin = defined.iter().position(|other| other.name == root.name);
    if let Some(twin) = twin {
        if !is_empty(&root.source.text, &root.body) {
            let message = multiple(&root.name);
            let place = place(name, text, 0..0);
            return Err(ParseError { place, message });
        }
        let root = defined.remove(twin);
        return Ok(Parsed { root, defined });
    }
    Ok(Parsed { root, defined })
}

/// Parses what stands between `{{` and `}}`: one pipeline, as a template that does nothing else.
pub(super) fn parse_pipeline(
    name: &str,
    text: &str,
    functions: &Functions,
) -> Result<Arc<Template>, ParseError> {
    // The lexer wants to see the end of the action.
    let source = source(name, &format!("{text} }}}}"));
    let mut parser = Parser::new(&source, functions, Lexer::inside(&source.text));
    let pipe = parser.pipeline("command", Kind::RightDelim)?;
    if parser.next().start < source.text.len() {
        let message = "unexpected }} in command".to_owned();
        return Err(parser.error(text.len()..text.len(), message));
    }
    Ok(Arc::new(Template {
        name: Str::from(name),
        source: Arc::clone(&source),
        body: vec![Node::Action(pipe)],
    }))
}

fn source(name: &str, text: &str) -> Arc<Source> {
    Arc::new(Source {
        name: name.to_owned(),
        text: text.to_owned(),
    })
}

fn multiple(name: &Str) -> String {
    format!("template: multiple definition of template {}", quoted(name))
}

/// Whether a body has nothing but blanks; such a template never replaces another.
pub(super) fn is_empty(text: &str, body: &[Node]) -> bool {
    body.iter().all(|node| match node {
        Node::Text(range) => text[range.clone()].trim().is_empty(),
        _ => false,
    })
}

/// What ends a list of nodes.
enum End {
    End,
    Else { start: usize },
}

impl End {
    fn text(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else { .. } => "{{else}}",
        }
    }
}

enum Parsing {
    Node(Node),
    End(End),
}

struct Parser<'t> {
    source: &'t Arc<Source>,
    functions: &'t Functions,
    lexer: Lexer<'t>,
    /// Tokens that were looked at and put back, the next one last.
    waiting: Vec<Token>,
    last: Token,
    variables: Vec<Str>,
    /// Names and literals that came before: most come again and again.
    words: HashMap<&'t str, Str, RandomState>,
    ranges: usize,
    depth: usize,
    action_start: Option<usize>,
    defined: Vec<Arc<Template>>,
}

type Parse<T> = Result<T, ParseError>;

impl<'t> Parser<'t> {
    fn new(source: &'t Arc<Source>, functions: &'t Functions, lexer: Lexer<'t>) -> Self {
        Self {
            source,
            functions,
            lexer,
            waiting: Vec::new(),
            last: Token {
                kind: Kind::Eof,
                start: 0,
                end: 0,
            },
            variables: vec![Str::from("$")],
            words: HashMap::default(),
            ranges: 0,
            depth: 0,
            action_start: None,
            defined: Vec::new(),
        }
    }

    fn next(&mut self) -> Token {
        self.last = match self.waiting.pop() {
            Some(token) => token,
            None => self.lexer.next(),
        };
        self.last
    }

    fn put_back(&mut self, token: Token) {
        self.waiting.push(token);
    }

    fn peek(&mut self) -> Token {
        let token = self.next();
        self.put_back(token);
        token
    }

    fn next_solid(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_solid(&mut self) -> Token {
        let token = self.next_solid();
        self.put_back(token);
        token
    }

    fn text(&self, token: Token) -> &'t str {
        &self.source.text[token.start..token.end]
    }

    /// A part of the text, kept once for all places where it stands.
    fn word(&mut self, text: &'t str) -> Str {
        self.words
            .entry(text)
            .or_insert_with(|| text.into())
            .clone()
    }

    fn error(&self, range: Range<usize>, message: String) -> ParseError {
        ParseError {
            place: place(&self.source.name, &self.source.text, range),
            message,
        }
    }

    /// An error at the token that was read last.
    fn fail<T>(&self, message: impl Into<String>) -> Parse<T> {
        Err(self.error(self.last.start..self.last.end, message.into()))
    }

    fn line(&self, at: usize) -> usize {
        self.source.text[..at].matches('\n').count() + 1
    }

    fn unexpected<T>(&mut self, token: Token, context: &str) -> Parse<T> {
        let range = token.start..token.end;
        if token.kind == Kind::Error {
            let mut message = self.lexer.take_error();
            let line = self.line(token.start);
            let started = self.action_start.map(|start| self.line(start));
            if let Some(started) = started.filter(|started| *started != line) {
                let action = if message.ends_with(" action") {
                    ""
                } else {
                    " in action"
                };
                message = format!(
                    "{message}{action} started at {}:{started}",
                    self.source.name
                );
            }
            return Err(self.error(range, message));
        }
        let text = self.text(token);
        let shown = match token.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Keyword(_) | Kind::Nil | Kind::Dot => format!("<{text}>"),
            _ if text.len() > 10 => {
                let short: String = text.chars().take(10).collect();
                format!("{}...", quoted(short.as_bytes()))
            }
            _ => quoted(text.as_bytes()),
        };
        Err(self.error(range, format!("unexpected {shown} in {context}")))
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parse<Token> {
        let token = self.next_solid();
        if token.kind == kind {
            Ok(token)
        } else {
            self.unexpected(token, context)
        }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_DEPTH {
            return self.fail("max expression depth exceeded");
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn file(&mut self) -> Parse<Vec<Node>> {
        let mut body = Vec::new();
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Eof => return Ok(body),
                Kind::LeftDelim => {
                    let delim = self.next();
                    let first = self.next_solid();
                    if first.kind == Kind::Keyword(Keyword::Define) {
                        self.definition()?;
                        continue;
                    }
                    self.put_back(first);
                    self.put_back(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Parsing::Node(node) => body.push(node),
                Parsing::End(end) => return self.fail(format!("unexpected {}", end.text())),
            }
        }
    }

    fn definition(&mut self) -> Parse<()> {
        const CONTEXT: &str = "define clause";
        let token = self.next_solid();
        let name = self.template_name(token, CONTEXT)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        self.separate_body(name, CONTEXT)
    }

    /// The body of a `define` or a `block`, which sees nothing of what is around it.
    fn separate_body(&mut self, name: Str, context: &str) -> Parse<()> {
        let variables = std::mem::replace(&mut self.variables, vec![Str::from("$")]);
        let ranges = std::mem::take(&mut self.ranges);
        let start = self.action_start.take();
        let (body, end) = self.nested(Self::item_list)?;
        self.variables = variables;
        self.ranges = ranges;
        self.action_start = start;
        if let End::Else { .. } = end {
            return self.fail(format!("unexpected {} in {context}", end.text()));
        }
        let known = self.defined.iter().position(|other| other.name == name);
        if let Some(known) = known {
            let text = &self.source.text;
            if !is_empty(text, &self.defined[known].body) {
                if is_empty(text, &body) {
                    return Ok(());
                }
                return self.fail(multiple(&name));
            }
            self.defined.remove(known);
        }
        self.defined.push(Arc::new(Template {
            name,
            source: Arc::clone(self.source),
            body,
        }));
        Ok(())
    }

    fn item_list(&mut self) -> Parse<(Vec<Node>, End)> {
        let mut body = Vec::new();
        while self.peek_solid().kind != Kind::Eof {
            match self.text_or_action()? {
                Parsing::Node(node) => body.push(node),
                Parsing::End(end) => return Ok((body, end)),
            }
        }
        self.fail("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Parse<Parsing> {
        let token = self.next_solid();
        match token.kind {
            Kind::Text => Ok(Parsing::Node(Node::Text(token.start..token.end))),
            Kind::LeftDelim => {
                self.action_start = Some(token.start);
                let result = self.action();
                self.action_start = None;
                result
            }
            _ => self.unexpected(token, "input"),
        }
    }

    fn action(&mut self) -> Parse<Parsing> {
        let token = self.next_solid();
        let Kind::Keyword(keyword) = token.kind else {
            self.put_back(token);
            let pipe = self.pipeline("command", Kind::RightDelim)?;
            return Ok(Parsing::Node(Node::Action(pipe)));
        };
        let node = match keyword {
            Keyword::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Parsing::End(End::End));
            }
            Keyword::Else => {
                let next = self.peek_solid();
                if !matches!(next.kind, Kind::Keyword(Keyword::If | Keyword::With)) {
                    self.expect(Kind::RightDelim, "else")?;
                }
                return Ok(Parsing::End(End::Else { start: token.start }));
            }
            Keyword::If | Keyword::With | Keyword::Range => self.control(keyword)?,
            Keyword::Break | Keyword::Continue => {
                let word = self.text(token);
                let next = self.next_solid();
                if next.kind != Kind::RightDelim {
                    return self.unexpected(next, &format!("{{{{{word}}}}}"));
                }
                if self.ranges == 0 {
                    return self.fail(format!("{{{{{word}}}}} outside {{{{range}}}}"));
                }
                if keyword == Keyword::Break {
                    Node::Break
                } else {
                    Node::Continue
                }
            }
            Keyword::Template => {
                const CONTEXT: &str = "template clause";
                let name_token = self.next_solid();
                let name = self.template_name(name_token, CONTEXT)?;
                let next = self.next_solid();
                let pipe = if next.kind == Kind::RightDelim {
                    None
                } else {
                    self.put_back(next);
                    Some(self.pipeline(CONTEXT, Kind::RightDelim)?)
                };
                Node::Template(self.spot(name_token.start, name_token.start), name, pipe)
            }
            Keyword::Block => {
                const CONTEXT: &str = "block clause";
                let name_token = self.next_solid();
                let name = self.template_name(name_token, CONTEXT)?;
                let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
                let spot = self.spot(name_token.start, name_token.start);
                self.separate_body(name.clone(), CONTEXT)?;
                Node::Template(spot, name, Some(pipe))
            }
            Keyword::Define => {
                return self.unexpected(token, "command");
            }
        };
        Ok(Parsing::Node(node))
    }

    /// From `start` to the end of the token read last, without blanks and delimiter.
    fn spot(&self, go: usize, start: usize) -> Spot {
        let end = self.last.start.max(start);
        let text = &self.source.text[start..end];
        Spot {
            go,
            start,
            end: start + text.trim_end().len(),
        }
    }

    fn control(&mut self, keyword: Keyword) -> Parse<Node> {
        self.nested(|parser| parser.control_inner(keyword))
    }

    fn control_inner(&mut self, keyword: Keyword) -> Parse<Node> {
        let context = match keyword {
            Keyword::If => "if",
            Keyword::With => "with",
            _ => "range",
        };
        let variables = self.variables.len();
        let ranges = usize::from(keyword == Keyword::Range);
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        self.ranges += ranges;
        let (body, end) = self.item_list()?;
        self.ranges -= ranges;
        let otherwise = match end {
            End::End => None,
            End::Else { start } => Some(self.otherwise(keyword, start)?),
        };
        self.variables.truncate(variables);
        let branch = Box::new(Branch {
            pipe,
            body,
            otherwise,
        });
        Ok(match keyword {
            Keyword::If => Node::If(branch),
            Keyword::With => Node::With(branch),
            _ => Node::Range(branch),
        })
    }

    fn otherwise(&mut self, keyword: Keyword, start: usize) -> Parse<Vec<Node>> {
        let next = self.peek_solid();
        if matches!(keyword, Keyword::If | Keyword::With) && next.kind == Kind::Keyword(keyword) {
            self.next_solid();
            return Ok(vec![self.control(keyword)?]);
        }
        let (body, end) = self.item_list()?;
        if let End::Else { .. } = end {
            let message = format!("expected end; found {}", end.text());
            return Err(self.error(start..self.last.end, message));
        }
        Ok(body)
    }

    fn template_name(&mut self, token: Token, context: &str) -> Parse<Str> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquoted(token),
            _ => self.unexpected(token, context),
        }
    }

    fn unquoted(&self, token: Token) -> Parse<Str> {
        match unquote::string(self.text(token)) {
            Some(bytes) => Ok(Str::from(bytes)),
            None => self.fail("invalid syntax"),
        }
    }
}
