//! Names as bytes: generalized UTF-8 (WTF-8), which holds every sequence of UTF-16 units without loss, and a readable form of it.
//!
//! Half a surrogate pair, which no text of Unicode contains, has three bytes as if it were a character. Two halves that
//! belong together have the four bytes of their character, so that one name has one form.

use std::borrow::Cow;

/// How half a surrogate pair begins in the readable form. Two backslashes follow each other in no object name.
const ESCAPE: &str = "\\\\u{";
/// The length of an escape: its beginning, four digits and a brace.
const ESCAPE_BYTES: usize = ESCAPE.len() + 5;

/// The bytes of UTF-16 units.
pub(crate) fn from_utf16(units: &[u16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(units.len());
    for decoded in char::decode_utf16(units.iter().copied()) {
        match decoded {
            Ok(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(half) => push_half(&mut bytes, half.unpaired_surrogate()),
        }
    }
    bytes
}

/// The UTF-16 units of bytes. What is no generalized UTF-8, as only somebody else can have written it, is U+FFFD.
pub(crate) fn to_utf16(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((at, half)) = first_half(rest) {
        units.extend(String::from_utf8_lossy(&rest[..at]).encode_utf16());
        units.push(half);
        rest = &rest[at + 3..];
    }
    units.extend(String::from_utf8_lossy(rest).encode_utf16());
    units
}

/// How many UTF-16 units the bytes stand for.
pub(crate) fn utf16_units(bytes: &[u8]) -> usize {
    let units = |byte: &u8| match byte {
        0x80..=0xBF => 0,
        0xF0..=0xFF => 2,
        _ => 1,
    };
    bytes.iter().map(units).sum()
}

/// The readable form: text, with `\\u{d800}` to `\\u{dfff}` for halves of surrogate pairs. What is no generalized UTF-8
/// either, as only somebody else can have written it, shows as U+FFFD.
pub(crate) fn to_text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + ESCAPE_BYTES);
    let mut rest = bytes;
    while let Some((at, half)) = first_half(rest) {
        text += &String::from_utf8_lossy(&rest[..at]);
        text += &format!("{ESCAPE}{half:04x}}}");
        rest = &rest[at + 3..];
    }
    text += &String::from_utf8_lossy(rest);
    Cow::Owned(text)
}

/// The bytes of a readable form.
pub(crate) fn from_text(text: &str) -> Cow<'_, [u8]> {
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (unit, length) = match escape(rest) {
            Some(half) => (half, ESCAPE_BYTES),
            None => {
                units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        units.push(unit);
        rest = &rest[length..];
    }
    Cow::Owned(from_utf16(&units))
}

/// The half that the text begins with, if it begins with an escape.
fn escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix(ESCAPE)?.as_bytes();
    let (digits, after) = digits.split_first_chunk::<4>()?;
    let digit = |value: u16, byte: &u8| Some(value << 4 | char::from(*byte).to_digit(16)? as u16);
    let half = digits.iter().try_fold(0, digit)?;
    (after.first() == Some(&b'}') && (0xD800..=0xDFFF).contains(&half)).then_some(half)
}

/// Where the first half of a surrogate pair is, and which.
fn first_half(bytes: &[u8]) -> Option<(usize, u16)> {
    bytes
        .windows(3)
        .enumerate()
        .find_map(|(at, window)| match *window {
            [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF] => {
                let bits = u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F);
                Some((at, 0xD000 | bits))
            }
            _ => None,
        })
}

fn push_half(bytes: &mut Vec<u8>, half: u16) {
    let low = |bits: u16| 0x80 | (bits & 0x3F) as u8;
    bytes.extend_from_slice(&[0xED, low(half >> 6), low(half)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_are_kept_and_pairs_are_characters() {
        assert_eq!(from_utf16(&[0x61, 0xD83D]), b"a\xED\xA0\xBD");
        assert_eq!(from_utf16(&[0xDC00, 0xDBFF]), b"\xED\xB0\x80\xED\xAF\xBF");
        assert_eq!(from_utf16(&[0xD83D, 0xDE00]), "😀".as_bytes());
    }

    #[test]
    fn the_readable_form_leads_back() {
        for units in [
            &[0x61][..],
            &[0xD83D],
            &[0x61, 0xDE00, 0xD83D, 0x62],
            &[0xD83D, 0xD83D, 0xDE00, 0xDE00],
            &[0x5C, 0xD800, 0xDFFF],
            &[0xFC, 0xDFFF, 0x20AC],
        ] {
            let bytes = from_utf16(units);
            assert_eq!(*from_text(&to_text(&bytes)), bytes, "{units:x?}");
            assert_eq!(utf16_units(&bytes), units.len());
            assert_eq!(to_utf16(&bytes), units);
        }
        assert_eq!(to_text(b"a\xED\xA0\xBDb"), "a\\\\u{d83d}b");
    }

    #[test]
    fn escapes_of_both_halves_are_the_character() {
        assert_eq!(*from_text("\\\\u{D83D}\\\\u{de00}"), *"😀".as_bytes());
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            "\\\\u{0041}",
            "\\\\u{d83",
            "\\\\u{d83dx",
            "\\\\u{zzzz}",
            "\\u{d83d}",
            "\\\\u{d8ü}",
        ] {
            assert_eq!(*from_text(text), *text.as_bytes());
        }
    }

    #[test]
    fn bytes_of_others_are_shown_as_replacements() {
        assert_eq!(to_text(b"a\xFF\xED\xA0\x80\xED"), "a\u{FFFD}\\\\u{d800}\u{FFFD}");
    }
}
