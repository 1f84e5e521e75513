//! Pipelines, commands and operands.

use std::sync::Arc;

use super::super::ast::{Command, Expr, ExprKind, Number, Pipe, Spot};
use super::super::lexer::Kind;
use super::super::number;
use super::super::print::quoted;
use super::super::unquote;
use super::{Parse, Parser};

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parse<Pipe> {
        let first = self.peek_solid();
        let mut pipe = Pipe {
            spot: self.spot(first.start, first.start),
            declared: Vec::new(),
            assigns: false,
            commands: Vec::new(),
        };
        self.declarations(context, &mut pipe)?;
        loop {
            let token = self.next_solid();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.put_back(token);
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(token, context),
            }
        }
        pipe.spot = self.spot(first.start, first.start);
        self.check(&pipe, context)?;
        Ok(pipe)
    }

    fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Parse<()> {
        loop {
            let variable = self.peek_solid();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            self.next_solid();
            let after = self.next();
            let next = if after.kind == Kind::Space {
                self.next_solid()
            } else {
                after
            };
            let name = self.word(self.text(variable));
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assigns = next.kind == Kind::Assign;
                    self.variables.push(name.clone());
                    pipe.declared.push(name);
                    return Ok(());
                }
                Kind::Char if self.text(next) == "," => {
                    self.variables.push(name.clone());
                    pipe.declared.push(name);
                    if context != "range" || pipe.declared.len() > 1 {
                        return self.fail(format!("too many declarations in {context}"));
                    }
                    let next = self.peek_solid();
                    if !matches!(
                        next.kind,
                        Kind::Variable | Kind::RightDelim | Kind::RightParen
                    ) {
                        return self.fail("range can only initialize variables");
                    }
                }
                _ => {
                    self.put_back(next);
                    if after.kind == Kind::Space {
                        self.put_back(after);
                    }
                    self.put_back(variable);
                    return Ok(());
                }
            }
        }
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Parse<()> {
        if pipe.commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        for (at, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = &command.args[0].kind;
            if matches!(
                first,
                ExprKind::Bool(_)
                    | ExprKind::Dot
                    | ExprKind::Nil
                    | ExprKind::Number(_)
                    | ExprKind::String { .. }
            ) {
                return self.fail(format!(
                    "non executable command in pipeline stage {}",
                    at + 1
                ));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parse<Command> {
        let first = self.peek_solid();
        let mut args = Vec::new();
        loop {
            self.peek_solid();
            if let Some(operand) = self.operand()? {
                args.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.put_back(token),
                Kind::Pipe => {}
                _ => return self.unexpected(token, "operand"),
            }
            break;
        }
        if args.is_empty() {
            return self.fail("empty command");
        }
        let spot = self.spot(first.start, first.start);
        Ok(Command { spot, args })
    }

    fn operand(&mut self) -> Parse<Option<Expr>> {
        let Some(mut expr) = self.term()? else {
            return Ok(None);
        };
        let dot = self.peek();
        if dot.kind != Kind::Field {
            return Ok(Some(expr));
        }
        let mut names = Vec::new();
        while self.peek().kind == Kind::Field {
            let token = self.next();
            names.push(self.word(&self.text(token)[1..]));
        }
        let spot = Spot {
            go: dot.start,
            start: expr.spot.start,
            end: self.last_end(),
        };
        match &mut expr.kind {
            ExprKind::Field(own) | ExprKind::Variable(_, own) => {
                own.append(&mut names);
                expr.spot = spot;
                Ok(Some(expr))
            }
            ExprKind::Bool(_)
            | ExprKind::String { .. }
            | ExprKind::Number(_)
            | ExprKind::Nil
            | ExprKind::Dot => {
                let term = quoted(expr.to_string().as_bytes());
                self.fail(format!("unexpected . after term {term}"))
            }
            _ => Ok(Some(Expr {
                spot,
                kind: ExprKind::Chain(Box::new(expr), names),
            })),
        }
    }

    /// Where the token before the one that waits ends.
    fn last_end(&self) -> usize {
        self.waiting
            .last()
            .map_or(self.last.end, |waiting| waiting.start)
    }

    fn term(&mut self) -> Parse<Option<Expr>> {
        let token = self.next_solid();
        let text = self.text(token);
        let kind = match token.kind {
            Kind::Identifier => match self.functions.get(text) {
                Some(function) => ExprKind::Function(Arc::clone(function)),
                None => {
                    let name = quoted(text.as_bytes());
                    return self.fail(format!("function {name} not defined"));
                }
            },
            Kind::Dot => ExprKind::Dot,
            Kind::Nil => ExprKind::Nil,
            Kind::Bool => ExprKind::Bool(text == "true"),
            Kind::Variable => {
                let name = self.word(text);
                if !self.variables.contains(&name) {
                    let name = quoted(text.as_bytes());
                    return self.fail(format!("undefined variable {name}"));
                }
                ExprKind::Variable(name, Vec::new())
            }
            Kind::Field => ExprKind::Field(vec![self.word(&text[1..])]),
            Kind::CharConstant => match unquote::character(text) {
                Some(c) => ExprKind::Number(Number {
                    text: text.to_owned(),
                    int: Some(i64::from(u32::from(c))),
                    float: Some(f64::from(u32::from(c))),
                    prefers_float: false,
                }),
                None => return self.fail(format!("malformed character constant: {text}")),
            },
            Kind::Number => match literal(text) {
                Ok(number) => ExprKind::Number(number),
                Err(message) => return self.fail(message),
            },
            Kind::LeftParen => {
                let pipe = self
                    .nested(|parser| parser.pipeline("parenthesized pipeline", Kind::RightParen))?;
                let spot = Spot {
                    go: pipe.spot.go,
                    start: token.start,
                    end: self.last.end,
                };
                return Ok(Some(Expr {
                    spot,
                    kind: ExprKind::Pipe(Box::new(pipe)),
                }));
            }
            Kind::String | Kind::RawString => ExprKind::String {
                value: self.unquoted(token)?,
                quoted: self.word(text),
            },
            _ => {
                self.put_back(token);
                return Ok(None);
            }
        };
        let spot = Spot {
            go: token.start,
            start: token.start,
            end: token.end,
        };
        Ok(Some(Expr { spot, kind }))
    }
}

fn literal(text: &str) -> Result<Number, String> {
    let unsigned = number::parse_uint(text).ok();
    let mut int = number::parse_int(text).ok();
    #[expect(clippy::cast_precision_loss, reason = "Go converts in the same way")]
    let float = match (int, unsigned) {
        (Some(int), _) => Some(int as f64),
        (None, Some(unsigned)) => Some(unsigned as f64),
        (None, None) => number::parse_float(text),
    };
    let fractional = text.contains(['.', 'e', 'E', 'p', 'P']);
    let Some(size) = float else {
        return Err(format!(
            "illegal number syntax: {}",
            quoted(text.as_bytes())
        ));
    };
    if int.is_none() && unsigned.is_none() {
        if !fractional {
            return Err(format!("integer overflow: {}", quoted(text.as_bytes())));
        }
        // A float that is whole can be passed as an integer.
        if size.fract() == 0.0 && size.abs() < 9.2e18 {
            #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
            let whole = size as i64;
            int = Some(whole);
        }
    }
    let lower = text.to_ascii_lowercase();
    let hex = lower.starts_with("0x") && !lower.contains('p');
    Ok(Number {
        text: text.to_owned(),
        int,
        float,
        prefers_float: fractional && !hex,
    })
}
