//! Values of the command line: times, numbers, signals, permits.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp, Zoned, civil};
use signal_hook::consts::signal as number;

/// The most permits a semaphore can have.
const MAXIMUM_PERMITS: u32 = 0x7FFF_FFFF;
/// The longest period of a timer, as on Windows.
const MAXIMUM_PERIOD: Duration = Duration::from_millis(0x7FFF_FFFF);

/// Parses a time span such as `5s`, `500ms` or `1m30s`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if text.parse::<f64>().is_ok() {
        return Err(format!("it has no unit; write {text}s or {text}ms"));
    }
    let span: SignedDuration = text
        .parse()
        .map_err(|_| "not a time span; write 5s, 500ms, 1m30s or 2h".to_string())?;
    Duration::try_from(span).map_err(|_| "a time span cannot be negative".to_string())
}

/// Parses the permission bits of an object: three octal digits at most.
pub(crate) fn mode(text: &str) -> Result<u16, String> {
    match u16::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err("not permission bits; write three octal digits, such as 770".to_string()),
    }
}

/// Parses the period of a timer.
pub(crate) fn period(text: &str) -> Result<Duration, String> {
    let period = duration(text)?;
    if period.is_zero() || period > MAXIMUM_PERIOD {
        return Err("a period is longer than zero and at most 2147483647ms (about 24 days)".to_string());
    }
    Ok(period)
}

/// Parses a number of permits that may not be zero.
pub(crate) fn permits(text: &str) -> Result<u32, String> {
    match initial_permits(text)? {
        0 => Err(format!("must be between 1 and {MAXIMUM_PERMITS}")),
        count => Ok(count),
    }
}

/// Parses a number of permits.
pub(crate) fn initial_permits(text: &str) -> Result<u32, String> {
    let count: u64 = text.parse().map_err(|_| "not a whole number".to_string())?;
    u32::try_from(count)
        .ok()
        .filter(|count| *count <= MAXIMUM_PERMITS)
        .ok_or_else(|| format!("must be at most {MAXIMUM_PERMITS}"))
}

/// A semaphore for `run`: `NAME`, or `NAME:N` to create it with N permits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PermitSpec {
    /// The name of the semaphore.
    pub(crate) name: String,
    /// The permits a new one has; `None` if it must be there already.
    pub(crate) permits: Option<u32>,
}

impl FromStr for PermitSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A name may contain colons: only digits after the last one are a number of permits.
        match text.rsplit_once(':') {
            Some((name, count)) if !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()) => {
                let permits = permits(count).map_err(|problem| format!("the number of permits {problem}"))?;
                Ok(PermitSpec {
                    name: name.to_string(),
                    permits: Some(permits),
                })
            }
            _ => Ok(PermitSpec {
                name: text.to_string(),
                permits: None,
            }),
        }
    }
}

/// A moment of the system clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DueTime(pub(crate) SystemTime);

impl FromStr for DueTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        moment(text, &Zoned::now()).map(DueTime)
    }
}

/// Parses `@SECONDS`, a time with zone, a local time, or a time of day after `now`.
fn moment(text: &str, now: &Zoned) -> Result<SystemTime, String> {
    let refused = || {
        "not a time; write 2030-01-31T18:00:00Z, 2030-01-31T18:00 (local time), 18:00 (the next one) or @SECONDS"
            .to_string()
    };
    if let Some(seconds) = text.strip_prefix('@') {
        let seconds = seconds.parse().map_err(|_| refused())?;
        return Timestamp::from_second(seconds)
            .map(SystemTime::from)
            .map_err(|_| refused());
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp.into());
    }
    let local = if let Ok(time) = time_of_day(text) {
        let today = now.date().to_datetime(time).to_zoned(now.time_zone().clone());
        match today {
            Ok(today) if today > *now => Ok(today),
            _ => now
                .date()
                .tomorrow()
                .and_then(|day| day.to_datetime(time).to_zoned(now.time_zone().clone())),
        }
    } else {
        text.parse::<civil::DateTime>()
            .and_then(|datetime| datetime.to_zoned(now.time_zone().clone()))
    };
    local.map(|zoned| zoned.timestamp().into()).map_err(|_| refused())
}

/// Parses `HH:MM` or `HH:MM:SS`; a bare number is no time of day.
fn time_of_day(text: &str) -> Result<civil::Time, jiff::Error> {
    match text.len() {
        5 => civil::Time::strptime("%H:%M", text),
        _ => civil::Time::strptime("%H:%M:%S", text),
    }
}

/// A signal by name or number, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignalName(pub(crate) Option<i32>);

/// The signals a user may choose.
const SIGNALS: [(&str, i32); 7] = [
    ("HUP", number::SIGHUP),
    ("INT", number::SIGINT),
    ("QUIT", number::SIGQUIT),
    ("KILL", number::SIGKILL),
    ("USR1", number::SIGUSR1),
    ("USR2", number::SIGUSR2),
    ("TERM", number::SIGTERM),
];

impl FromStr for SignalName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let upper = text.to_ascii_uppercase();
        if upper == "NONE" {
            return Ok(SignalName(None));
        }
        let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
        SIGNALS
            .iter()
            .find(|(name, number)| *name == bare || number.to_string() == bare)
            .map(|(_, number)| SignalName(Some(*number)))
            .ok_or_else(|| "not one of HUP, INT, QUIT, KILL, USR1, USR2, TERM or none".to_string())
    }
}

impl std::fmt::Display for SignalName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match SIGNALS.iter().find(|(_, number)| Some(*number) == self.0) {
            Some((name, _)) => f.write_str(name),
            None => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    #[test]
    fn time_spans_have_units_and_no_sign() {
        assert_eq!(duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        assert_eq!(duration("5"), Err("it has no unit; write 5s or 5ms".into()));
        for bad in ["", "s", "-5s", "5 parsecs", "1e3", "inf", "5s ago"] {
            assert!(duration(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn a_period_is_neither_zero_nor_longer_than_windows_allows() {
        assert_eq!(period("1s"), Ok(Duration::from_secs(1)));
        assert_eq!(period("2147483647ms"), Ok(MAXIMUM_PERIOD));
        assert!(period("0ms").is_err());
        assert!(period("2147483648ms").is_err());
    }

    #[test]
    fn permits_are_counted_from_one_to_the_limit_of_the_spec() {
        assert_eq!(permits("1"), Ok(1));
        assert_eq!(permits("2147483647"), Ok(0x7FFF_FFFF));
        for bad in ["0", "-1", "2147483648", "18446744073709551616", "1.5", "two", ""] {
            assert!(permits(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn only_digits_after_the_last_colon_are_a_number_of_permits() {
        let spec = |name: &str, permits| {
            Ok(PermitSpec {
                name: name.into(),
                permits,
            })
        };
        assert_eq!("gpu:4".parse(), spec("gpu", Some(4)));
        assert_eq!("gpu".parse(), spec("gpu", None));
        assert_eq!("a:b".parse(), spec("a:b", None));
        assert_eq!("a:1:2".parse(), spec("a:1", Some(2)));
        assert_eq!(r"Local\gpu:4".parse(), spec(r"Local\gpu", Some(4)));
        assert!("gpu:0".parse::<PermitSpec>().is_err());
        assert!("gpu:99999999999".parse::<PermitSpec>().is_err());
    }

    #[test]
    fn a_moment_may_be_absolute_local_or_the_next_time_of_day() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        let now = civil::date(2030, 1, 31)
            .at(17, 30, 0, 0)
            .to_zoned(berlin)
            .expect("a time");
        let unix = |text| {
            moment(text, &now).map(|at| {
                at.duration_since(SystemTime::UNIX_EPOCH)
                    .expect("after 1970")
                    .as_secs()
            })
        };
        let six_local = 1_896_109_200;
        assert_eq!(unix("@5"), Ok(5));
        assert_eq!(unix("2030-01-31T17:00:00Z"), Ok(six_local));
        assert_eq!(unix("2030-01-31T18:00:00+01:00"), Ok(six_local));
        assert_eq!(unix("2030-01-31T18:00"), Ok(six_local));
        assert_eq!(unix("2030-01-31 18:00:00"), Ok(six_local));
        assert_eq!(unix("18:00"), Ok(six_local));
        assert_eq!(
            unix("17:00:00"),
            Ok(six_local + 23 * 3600),
            "a time of day that has passed is tomorrow's"
        );
        for bad in ["", "25:00", "soon", "@", "@x", "5", "2030-13-01T00:00"] {
            assert!(unix(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn signals_go_by_name_with_or_without_sig_or_by_number() {
        for text in ["TERM", "term", "SIGTERM", "15"] {
            assert_eq!(text.parse(), Ok(SignalName(Some(15))), "{text}");
        }
        assert_eq!("none".parse(), Ok(SignalName(None)));
        assert!("SIGSTOP".parse::<SignalName>().is_err());
        for (name, _) in SIGNALS {
            assert_eq!(
                name.parse::<SignalName>().map(|signal| signal.to_string()),
                Ok(name.to_string())
            );
        }
    }
}
