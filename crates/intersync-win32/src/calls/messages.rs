//! `FormatMessage`: a text with what is inserted into it.

use super::texts;
use crate::code::{
    Code, INVALID_PARAMETER, MR_MID_NOT_FOUND, RESOURCE_LANG_NOT_FOUND, RESOURCE_TYPE_NOT_FOUND, Result,
};

/// `FORMAT_MESSAGE_MAX_WIDTH_MASK`: the width of a line. 0: the lines of the text; all bits: no line breaks of the text.
const WIDTH: u32 = 0xFF;
/// `FORMAT_MESSAGE_ALLOCATE_BUFFER`.
pub(crate) const ALLOCATE: u32 = 0x100;
/// `FORMAT_MESSAGE_IGNORE_INSERTS`.
const IGNORE_INSERTS: u32 = 0x200;
/// `FORMAT_MESSAGE_FROM_STRING`.
pub(crate) const FROM_STRING: u32 = 0x400;
/// `FORMAT_MESSAGE_FROM_HMODULE`.
const FROM_MODULE: u32 = 0x800;
/// `FORMAT_MESSAGE_FROM_SYSTEM`.
const FROM_SYSTEM: u32 = 0x1000;
/// `FORMAT_MESSAGE_ARGUMENT_ARRAY`.
pub(crate) const ARRAY: u32 = 0x2000;
/// The bits of a language without its dialect, and English.
const LANGUAGE: u32 = 0x3FF;
const ENGLISH: u32 = 0x9;

/// What is inserted.
pub(crate) trait Arguments {
    /// The argument with this number, the first being 0.
    ///
    /// # Errors
    /// There is none.
    fn get(&mut self, number: usize) -> Result<u64>;

    /// The text that an argument leads to; `None`: it is null.
    ///
    /// # Errors
    /// It is not well-formed.
    fn text(&self, argument: u64, wide: bool) -> Result<Option<String>>;

    /// A number by a specification for `printf` of an `intmax_t`, behind the flags: `d`, `i`, `u`, `o`, `x`, `X`.
    fn number(
        &self,
        flags: &str,
        width: Option<i32>,
        precision: Option<i32>,
        kind: char,
        value: i64,
    ) -> String;
}

/// What a call of `FormatMessage` asks for, besides its arguments.
#[derive(Debug)]
pub(crate) struct Request<'t> {
    pub(crate) flags: u32,
    /// The text itself, with [`FROM_STRING`].
    pub(crate) source: Option<&'t str>,
    pub(crate) code: u32,
    pub(crate) language: u32,
    /// Whether a plain insert is a text in UTF-16.
    pub(crate) wide: bool,
}

/// The finished text.
pub(crate) fn message(request: &Request<'_>, arguments: &mut dyn Arguments) -> Result<String> {
    let text = match request.source {
        Some(_) if request.flags & (FROM_SYSTEM | FROM_MODULE) != 0 => return Err(Code(INVALID_PARAMETER)),
        Some(text) => text.to_owned(),
        None => format!("{}\r\n", definition(request)?),
    };
    let mut output = Output::new(request.flags & WIDTH);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '%' => match escape(request, rest, arguments, &mut output)? {
                Some(after) => rest = after,
                None => break,
            },
            '\r' | '\n' => {
                if c == '\r' {
                    rest = rest.strip_prefix('\n').unwrap_or(rest);
                }
                output.soft_break();
            }
            _ => output.put(c),
        }
    }
    Ok(output.text)
}

/// The text of a code.
fn definition(request: &Request<'_>) -> Result<&'static str> {
    if request.flags & FROM_SYSTEM == 0 {
        // No program here has texts in it.
        return Err(Code(match request.flags & FROM_MODULE {
            0 => INVALID_PARAMETER,
            _ => RESOURCE_TYPE_NOT_FOUND,
        }));
    }
    let text = texts::of(request.code).ok_or(Code(MR_MID_NOT_FOUND))?;
    match request.language & LANGUAGE {
        0 | ENGLISH => Ok(text),
        _ => Err(Code(RESOURCE_LANG_NOT_FOUND)),
    }
}

/// What follows a percent sign, and what is behind it; `None`: the text ends here.
fn escape<'t>(
    request: &Request<'_>,
    rest: &'t str,
    arguments: &mut dyn Arguments,
    output: &mut Output,
) -> Result<Option<&'t str>> {
    let c = rest.chars().next().ok_or(Code(INVALID_PARAMETER))?;
    let after = &rest[c.len_utf8()..];
    match c {
        '0' => return Ok(None),
        '1'..='9' if request.flags & IGNORE_INSERTS != 0 => {
            output.put('%');
            output.put(c);
        }
        '1'..='9' => {
            let digits = 1 + usize::from(after.starts_with(|c: char| c.is_ascii_digit()));
            let number: usize = rest[..digits].parse().map_err(|_| Code(INVALID_PARAMETER))?;
            let mut after = &rest[digits..];
            let mut specification = "s";
            if let Some(given) = after.strip_prefix('!') {
                (specification, after) = given.split_once('!').ok_or(Code(INVALID_PARAMETER))?;
            }
            let text = insert(specification, number - 1, request.wide, arguments)?;
            text.chars().for_each(|c| output.put(c));
            return Ok(Some(after));
        }
        'n' => output.hard_break(),
        'r' => output.put('\r'),
        't' => output.put('\t'),
        _ => output.put(c),
    }
    Ok(Some(after))
}

/// An insert by its specification, which is one of `printf` on Windows: there `l` means 32 bits.
fn insert(
    specification: &str,
    mut number: usize,
    wide: bool,
    arguments: &mut dyn Arguments,
) -> Result<String> {
    let end = specification
        .find(|c| !"-+ #0".contains(c))
        .ok_or(Code(INVALID_PARAMETER))?;
    let (flags, mut rest) = specification.split_at(end);
    let mut count = |rest: &mut &str, arguments: &mut dyn Arguments| -> Result<Option<i32>> {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            number += 1;
            return Ok(Some(arguments.get(number - 1)? as u32 as i32));
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (count, after) = rest.split_at(digits);
        *rest = after;
        match count {
            "" => Ok(None),
            count => count.parse().map(Some).map_err(|_| Code(INVALID_PARAMETER)),
        }
    };
    let width = count(&mut rest, arguments)?;
    let precision = match rest.strip_prefix('.') {
        None => None,
        Some(after) => {
            rest = after;
            Some(count(&mut rest, arguments)?.unwrap_or(0))
        }
    };
    let (size, kind) = rest.split_at(rest.len() - rest.chars().next_back().map_or(0, char::len_utf8));
    let kind = kind.chars().next().ok_or(Code(INVALID_PARAMETER))?;
    let is_wide = match (size, kind) {
        ("h", _) => false,
        ("l" | "w", _) => true,
        ("", 's' | 'c') => wide,
        ("", 'S' | 'C') => !wide,
        _ => false,
    };
    let value = arguments.get(number)?;
    match (kind, size) {
        ('s' | 'S', "" | "h" | "l" | "w") => {
            let text = arguments
                .text(value, is_wide)?
                .unwrap_or_else(|| "(null)".to_owned());
            Ok(padded(&text, flags, width, precision))
        }
        ('c' | 'C', "" | "h" | "l" | "w") => {
            let c = if is_wide {
                u32::from(value as u16)
            } else {
                u32::from(value as u8)
            };
            let c = char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
            Ok(padded(&c.to_string(), flags, width, None))
        }
        ('p', "") => Ok(padded(&format!("{value:016X}"), flags, width, None)),
        ('d' | 'i' | 'u' | 'o' | 'x' | 'X', _) => {
            let value = sized(size, matches!(kind, 'd' | 'i'), value)?;
            Ok(arguments.number(flags, width, precision, kind, value))
        }
        _ => Err(Code(INVALID_PARAMETER)),
    }
}

/// A number of the size that a specification tells.
fn sized(size: &str, signed: bool, value: u64) -> Result<i64> {
    Ok(match (size, signed) {
        ("I64" | "ll" | "I" | "j" | "z" | "t", _) => value as i64,
        ("" | "l" | "I32", true) => i64::from(value as i32),
        ("" | "l" | "I32", false) => i64::from(value as u32),
        ("h", true) => i64::from(value as i16),
        ("h", false) => i64::from(value as u16),
        ("hh", true) => i64::from(value as i8),
        ("hh", false) => i64::from(value as u8),
        _ => return Err(Code(INVALID_PARAMETER)),
    })
}

fn padded(text: &str, flags: &str, width: Option<i32>, precision: Option<i32>) -> String {
    // A negative precision counts as none, a negative width as a flag.
    let most = precision
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(usize::MAX);
    let text: String = text.chars().take(most).collect();
    let width = width.unwrap_or(0);
    let columns = width.unsigned_abs() as usize;
    match flags.contains('-') || width < 0 {
        true => format!("{text:<columns$}"),
        false => format!("{text:>columns$}"),
    }
}

/// The text so far, with lines of a width.
struct Output {
    text: String,
    width: u32,
    /// The characters in the line.
    column: u32,
    /// Where the last space in the line is.
    space: Option<usize>,
}

impl Output {
    fn new(width: u32) -> Output {
        Output {
            text: String::new(),
            width,
            column: 0,
            space: None,
        }
    }

    fn put(&mut self, c: char) {
        if c == ' ' {
            self.space = Some(self.text.len());
        }
        self.text.push(c);
        self.column += 1;
        if let (1..WIDTH, Some(space)) = (self.width, self.space)
            && self.column > self.width
        {
            self.text.replace_range(space..=space, "\r\n");
            self.column = self.text[space + 2..].chars().count() as u32;
            self.space = None;
        }
    }

    fn hard_break(&mut self) {
        self.text.push_str("\r\n");
        self.column = 0;
        self.space = None;
    }

    /// A line break of the text, which is a space if lines have a width.
    fn soft_break(&mut self) {
        match self.width {
            0 => self.hard_break(),
            _ => self.put(' '),
        }
    }
}
