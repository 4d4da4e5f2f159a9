//! Command lines: one text, which a program on Windows takes apart by itself, and a program on Linux gets in parts.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The parts of a command line, as the C library of Windows finds them. The first is the name of the program.
///
/// Blanks and tabs outside of quotes separate. Quotes are not part of what they enclose; two of them within quotes are one.
/// Backslashes are special only before a quote, where every two of them are one: a single one that is left makes it an
/// ordinary character. In the first part they never are.
pub(crate) fn split(line: &OsStr) -> Vec<OsString> {
    let (program, mut rest) = first(line.as_bytes());
    let mut parts = vec![OsString::from_vec(program)];
    loop {
        let blanks = rest.iter().take_while(|&&byte| is_blank(byte)).count();
        rest = &rest[blanks..];
        if rest.is_empty() {
            return parts;
        }
        let part;
        (part, rest) = next(rest);
        parts.push(OsString::from_vec(part));
    }
}

pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The name of the program, and what follows it.
fn first(line: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut quoted = false;
    let mut name = Vec::new();
    for (at, &byte) in line.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if is_blank(byte) && !quoted => return (name, &line[at..]),
            _ => name.push(byte),
        }
    }
    (name, &[])
}

/// One argument, which begins here, and what follows it.
fn next(line: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut quoted = false;
    let mut part = Vec::new();
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        let backslashes = line[at..].iter().take_while(|&&b| b == b'\\').count();
        if backslashes > 0 {
            let before_quote = line.get(at + backslashes) == Some(&b'"');
            let kept = if before_quote {
                backslashes / 2
            } else {
                backslashes
            };
            part.extend(std::iter::repeat_n(b'\\', kept));
            at += backslashes;
            if before_quote && backslashes % 2 == 1 {
                part.push(b'"');
                at += 1;
            }
            continue;
        }
        match byte {
            b'"' if quoted && line.get(at + 1) == Some(&b'"') => {
                part.push(b'"');
                at += 1;
            }
            b'"' => quoted = !quoted,
            _ if is_blank(byte) && !quoted => return (part, &line[at..]),
            _ => part.push(byte),
        }
        at += 1;
    }
    (part, &[])
}
