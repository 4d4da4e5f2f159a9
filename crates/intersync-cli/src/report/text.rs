//! Words and numbers as people read them.

use std::fmt;
use std::time::Duration;

/// Text from outside, without anything that could drive a terminal or break a line:
/// control characters are written `\u{7}`. No legal object name can contain that by itself.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() || is_direction_mark(c) {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

/// Whether `c` reorders the text around it, so that a name could pose as another.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An object name in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A span of time in its two largest units: `2h 10m`, `5s`, `450ms`.
pub(crate) fn span(duration: Duration) -> String {
    const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let seconds = duration.as_secs();
    let Some(first) = UNITS.iter().position(|(_, size)| seconds >= *size) else {
        return match duration.as_millis() {
            0 if duration.is_zero() => "0s".to_string(),
            0 => format!("{}us", duration.as_micros().max(1)),
            millis => format!("{millis}ms"),
        };
    };
    let (unit, size) = UNITS[first];
    let rest = seconds % size;
    match UNITS.get(first + 1) {
        Some((smaller, smaller_size)) if rest >= *smaller_size => {
            format!("{}{unit} {}{smaller}", seconds / size, rest / smaller_size)
        }
        _ => format!("{}{unit}", seconds / size),
    }
}

/// A number of bytes in the largest unit that keeps three digits.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// `1 waiter`, `2 waiters`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix("ss")) {
        (1, _) => format!("1 {noun}"),
        (_, Some(_)) => format!("{number} {noun}es"),
        (_, None) => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_its_two_largest_units() {
        let cases = [
            (0, "0s"),
            (5, "1ms"),
            (450, "450ms"),
            (999, "999ms"),
            (1_000, "1s"),
            (59_999, "59s"),
            (60_000, "1m"),
            (90_000, "1m 30s"),
            (3_605_000, "1h"),
            (7_800_000, "2h 10m"),
            (86_400_000 * 3 + 3_600_000, "3d 1h"),
        ];
        for (ms, text) in cases {
            let duration = if ms == 5 {
                Duration::from_micros(1_900)
            } else {
                Duration::from_millis(ms)
            };
            assert_eq!(span(duration), text);
        }
        assert_eq!(span(Duration::from_nanos(20)), "1us");
    }

    #[test]
    fn bytes_have_a_unit_and_at_most_one_decimal() {
        let cases = [
            (0, "0 B"),
            (1_023, "1023 B"),
            (65_536, "64 KiB"),
            (1_500_000, "1.4 MiB"),
            (67_108_864, "64 MiB"),
        ];
        for (number, text) in cases {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn nouns_agree_with_their_numbers() {
        assert_eq!(count(1, "process"), "1 process");
        assert_eq!(count(2, "process"), "2 processes");
        assert_eq!(count(0, "waiter"), "0 waiters");
    }

    #[test]
    fn what_could_drive_a_terminal_is_escaped_and_the_rest_kept() {
        assert_eq!(Printable("Local\\größe 1").to_string(), "Local\\größe 1");
        assert_eq!(
            Printable("a\tb\nc\u{1b}[2J\u{202e}").to_string(),
            "a\\u{9}b\\u{a}c\\u{1b}[2J\\u{202e}"
        );
    }
}
