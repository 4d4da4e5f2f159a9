//! Security identifiers, and whom they stand for here.

use std::fmt;

use crate::code::{Code, INVALID_PARAMETER, INVALID_SID, Result};

/// The most sub-authorities.
pub(crate) const PARTS: usize = 15;
/// The bytes before the sub-authorities: revision, how many there are, and the authority.
pub(crate) const HEAD: usize = 8;
/// `SID_REVISION`.
const REVISION: u8 = 1;
/// Authorities are numbers of 48 bits; those of more than 32 are written in hexadecimal.
const AUTHORITY_BITS: u32 = 48;

/// A security identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sid {
    authority: u64,
    parts: Vec<u32>,
}

/// Whom a security identifier stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody who gets at the namespace.
    Everyone,
    /// The user with this id: `S-1-22-1-<uid>`.
    User(u32),
    /// The members of the group with this id: `S-1-22-2-<gid>`.
    Group(u32),
    /// Whoever owns the object.
    Owner,
    /// The group of the object.
    OwnersGroup,
    /// Root.
    Administrator,
    /// Those of whom there are none here, such as users who come over the network.
    Nobody,
}

/// A security identifier that is the same everywhere.
struct Known {
    /// Its abbreviation in texts; empty: it has none.
    short: &'static str,
    /// Its `WELL_KNOWN_SID_TYPE`.
    number: i32,
    authority: u64,
    parts: &'static [u32],
    who: Option<Who>,
}

const fn known(
    short: &'static str,
    number: i32,
    authority: u64,
    parts: &'static [u32],
    who: Option<Who>,
) -> Known {
    Known {
        short,
        number,
        authority,
        parts,
        who,
    }
}

const KNOWN: &[Known] = &[
    known("", 0, 0, &[0], Some(Who::Nobody)),
    known("WD", 1, 1, &[0], Some(Who::Everyone)),
    known("", 2, 2, &[0], None),
    known("CO", 3, 3, &[0], Some(Who::Owner)),
    known("CG", 4, 3, &[1], Some(Who::OwnersGroup)),
    known("NU", 9, 5, &[2], Some(Who::Nobody)),
    known("IU", 11, 5, &[4], None),
    known("SU", 12, 5, &[6], None),
    known("AN", 13, 5, &[7], Some(Who::Nobody)),
    known("AU", 17, 5, &[11], Some(Who::Everyone)),
    known("RC", 18, 5, &[12], None),
    known("SY", 22, 5, &[18], Some(Who::Administrator)),
    known("LS", 23, 5, &[19], None),
    known("NS", 24, 5, &[20], None),
    known("BA", 26, 5, &[32, 544], Some(Who::Administrator)),
    known("BU", 27, 5, &[32, 545], Some(Who::Everyone)),
    known("BG", 28, 5, &[32, 546], Some(Who::Nobody)),
    known("LW", 66, 16, &[4096], None),
    known("ME", 67, 16, &[8192], None),
    known("HI", 68, 16, &[12_288], None),
    known("SI", 69, 16, &[16_384], None),
    known("OW", 71, 3, &[4], Some(Who::Owner)),
    known("AC", 84, 15, &[2, 1], Some(Who::Nobody)),
];

impl Sid {
    /// With this authority (6 bytes, the highest first) and these sub-authorities.
    ///
    /// # Errors
    /// `ERROR_INVALID_SID`: too many.
    pub(crate) fn new(authority: [u8; 6], parts: &[u32]) -> Result<Sid> {
        if parts.len() > PARTS {
            return Err(Code(INVALID_SID));
        }
        Ok(Sid {
            authority: authority.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
            parts: parts.to_vec(),
        })
    }

    /// The one at the beginning of these bytes.
    ///
    /// # Errors
    /// `ERROR_INVALID_SID`.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Sid> {
        let Some((&[REVISION, count, a, b, c, d, e, f], rest)) = bytes.split_first_chunk::<HEAD>() else {
            return Err(Code(INVALID_SID));
        };
        let parts = rest.as_chunks::<4>().0.get(..usize::from(count));
        let parts = parts.ok_or(Code(INVALID_SID))?;
        let parts: Vec<u32> = parts.iter().map(|part| u32::from_le_bytes(*part)).collect();
        Sid::new([a, b, c, d, e, f], &parts)
    }

    /// How it lies in memory.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![REVISION, self.parts.len() as u8];
        bytes.extend_from_slice(&self.authority.to_be_bytes()[2..]);
        bytes.extend(self.parts.iter().flat_map(|part| part.to_le_bytes()));
        bytes
    }

    /// The one that a text stands for: `S-1-5-18`, or an abbreviation.
    ///
    /// # Errors
    /// `ERROR_INVALID_SID`.
    pub(crate) fn parse(text: &str) -> Result<Sid> {
        let short = |known: &&Known| !known.short.is_empty() && known.short.eq_ignore_ascii_case(text);
        if let Some(known) = KNOWN.iter().find(short) {
            return Ok(known.sid());
        }
        Sid::parse_numbers(text).ok_or(Code(INVALID_SID))
    }

    fn parse_numbers(text: &str) -> Option<Sid> {
        let mut words = text.split('-');
        if !words.next()?.eq_ignore_ascii_case("S") || number(words.next()?)? != u64::from(REVISION) {
            return None;
        }
        let authority = number(words.next()?).filter(|authority| authority >> AUTHORITY_BITS == 0)?;
        let parts: Option<Vec<u32>> = words.map(|word| u32::try_from(number(word)?).ok()).collect();
        let parts = parts.filter(|parts| (1..=PARTS).contains(&parts.len()))?;
        Some(Sid { authority, parts })
    }

    /// The one with this `WELL_KNOWN_SID_TYPE`.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER`: it is not known here, or depends on a domain.
    pub(crate) fn well_known(number: i32) -> Result<Sid> {
        let found = KNOWN.iter().find(|known| known.number == number);
        found.map(Known::sid).ok_or(Code(INVALID_PARAMETER))
    }

    /// Its authority and sub-authorities.
    pub(crate) fn numbers(&self) -> (u64, &[u32]) {
        (self.authority, &self.parts)
    }

    /// Whom it stands for, if for anybody here.
    pub(crate) fn who(&self) -> Option<Who> {
        match (self.authority, &self.parts[..]) {
            (22, [1, 0]) => Some(Who::Administrator),
            (22, [1, uid]) => Some(Who::User(*uid)),
            (22, [2, gid]) => Some(Who::Group(*gid)),
            (authority, parts) => {
                let same = |known: &&Known| known.authority == authority && known.parts == parts;
                KNOWN.iter().find(same).and_then(|known| known.who)
            }
        }
    }
}

impl Known {
    fn sid(&self) -> Sid {
        Sid {
            authority: self.authority,
            parts: self.parts.to_vec(),
        }
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-{REVISION}-")?;
        match u32::try_from(self.authority) {
            Ok(authority) => write!(f, "{authority}")?,
            Err(_) => write!(f, "{:#014X}", self.authority)?,
        }
        self.parts.iter().try_for_each(|part| write!(f, "-{part}"))
    }
}

/// A number in a text: decimal, or hexadecimal after `0x`.
pub(crate) fn number(text: &str) -> Option<u64> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hexadecimal.map_or((text, 10), |digits| (digits, 16));
    // The library takes a sign, too.
    let digits = digits
        .starts_with(|c: char| c.is_digit(radix))
        .then_some(digits)?;
    u64::from_str_radix(digits, radix).ok()
}
