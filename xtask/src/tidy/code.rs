//! Rust sources as tokens.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use proc_macro2::{TokenStream, TokenTree};

/// A source file, without what the compiler ignores.
pub struct Source {
    /// Path from the root of the workspace.
    pub path: String,
    /// Number of lines.
    pub lines: usize,
    /// All identifiers and `::`, in order, with the other punctuation between them.
    pub tokens: Vec<Token>,
}

/// One token, or a bracket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// Its text; brackets are tokens of their own.
    pub text: String,
    /// The line it is on.
    pub line: usize,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or is not Rust.
    pub fn read(path: &Path, root: &Path) -> Result<Source> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Source::parse(&path.strip_prefix(root).unwrap_or(path).to_string_lossy(), &text)
    }

    /// Takes a text apart.
    ///
    /// # Errors
    /// If it is not Rust.
    pub fn parse(path: &str, text: &str) -> Result<Source> {
        let stream: TokenStream = text.parse().map_err(|e| anyhow!("{path} is not Rust: {e}"))?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        let lines = text.lines().count();
        Ok(Source {
            path: path.to_owned(),
            lines,
            tokens,
        })
    }

    /// The line of the first of these identifiers.
    pub fn first_line_of(&self, identifiers: &[&str]) -> Option<usize> {
        let token = self
            .tokens
            .iter()
            .find(|token| identifiers.contains(&token.text.as_str()))?;
        Some(token.line)
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        let mut push = |text: String, line| tokens.push(Token { text, line });
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                push(open.to_owned(), line);
                flatten(group.stream(), tokens);
                tokens.push(Token {
                    text: close.to_owned(),
                    line: group.span_close().end().line,
                });
            }
            TokenTree::Ident(ident) => push(ident.to_string(), line),
            TokenTree::Punct(punct) => push(punct.to_string(), line),
            // A literal's text is no code.
            TokenTree::Literal(_) => push("\"".to_owned(), line),
        }
    }
}
