//! Paths of objects: the directories and links there are, and where a path leads.

use intersync::{Location, Name, inspect};

use super::directories;
use crate::calls::namespaces;
use crate::status::{
    ACCESS_DENIED, INVALID_HANDLE, OBJECT_NAME_INVALID, OBJECT_PATH_NOT_FOUND, OBJECT_PATH_SYNTAX_BAD,
    OBJECT_TYPE_MISMATCH, REPARSE_POINT_ENCOUNTERED, Result, Status,
};

const BACKSLASH: u16 = b'\\' as u16;

/// A directory of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directory {
    /// `\`.
    Root,
    /// `\Sessions`.
    Sessions,
    /// `\Sessions\1`: there is one session, whose objects are those of the user.
    Session,
    /// `\Sessions\BNOLINKS`.
    Links,
    /// `\Sessions\1\BaseNamedObjects`: what `Local\` stands for.
    Local,
    /// `\BaseNamedObjects`: what `Global\` stands for.
    Global,
    /// The private namespace that the program holds by this value.
    Private(isize),
}

/// A symbolic link from a directory to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// Where it is.
    pub(crate) inside: Directory,
    /// Its name there.
    pub(crate) name: &'static str,
    /// Where it leads.
    pub(crate) target: Directory,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// To a directory.
    Directory(Directory),
    /// To a link, which was not followed.
    Link(Link),
    /// To something of this name in a directory, if it is there.
    Name(Directory, Vec<u16>),
}

/// What a directory contains besides objects.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fixed {
    Directory(Directory),
    /// A link to it.
    Link(Directory),
}

/// How a path is followed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Names may differ by case.
    pub(crate) ignore_case: bool,
    /// A link at the end is what is looked for.
    pub(crate) link: bool,
    /// No link may be on the way.
    pub(crate) no_links: bool,
}

impl Directory {
    /// Its path.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Directory::Root => "\\",
            Directory::Sessions => "\\Sessions",
            Directory::Session => "\\Sessions\\1",
            Directory::Links => "\\Sessions\\BNOLINKS",
            Directory::Local => "\\Sessions\\1\\BaseNamedObjects",
            Directory::Global => "\\BaseNamedObjects",
            // As Windows shows a directory that is in no other one.
            Directory::Private(_) => "...",
        }
    }

    /// The path of something in it.
    pub(crate) fn path_of(self, name: &[u16]) -> Vec<u16> {
        let mut path: Vec<u16> = self.path().encode_utf16().collect();
        if self != Directory::Root {
            path.push(BACKSLASH);
        }
        path.extend_from_slice(name);
        path
    }

    /// The directories and links in it, by name.
    pub(crate) fn fixed(self) -> &'static [(&'static str, Fixed)] {
        use Directory::{Global, Links, Local, Session, Sessions};
        match self {
            Directory::Root => &[
                ("BaseNamedObjects", Fixed::Directory(Global)),
                ("Sessions", Fixed::Directory(Sessions)),
            ],
            Sessions => &[
                ("1", Fixed::Directory(Session)),
                ("BNOLINKS", Fixed::Directory(Links)),
            ],
            Session => &[("BaseNamedObjects", Fixed::Directory(Local))],
            Links => &[("0", Fixed::Link(Global)), ("1", Fixed::Link(Local))],
            Local => &[
                ("Global", Fixed::Link(Global)),
                ("Local", Fixed::Link(Local)),
                ("Session", Fixed::Link(Links)),
            ],
            Global => &[
                ("Global", Fixed::Link(Global)),
                ("Local", Fixed::Link(Global)),
                ("Session", Fixed::Link(Links)),
            ],
            Directory::Private(_) => &[],
        }
    }

    /// The namespace whose objects are in it.
    pub(crate) fn location(self) -> Option<Location> {
        match self {
            Directory::Local => Some(Location::Local),
            Directory::Global => Some(Location::Global),
            Directory::Private(value) => Some(Location::Private(namespaces::alias(value)?)),
            _ => None,
        }
    }

    /// The name by which the library knows an object in it.
    ///
    /// # Errors
    /// It contains no objects.
    pub(crate) fn object(self, name: &[u16]) -> Result<Name<'static>> {
        let prefix = match self {
            // Without the prefix, which would count.
            Directory::Local => return Ok(Name::from_utf16(name)),
            Directory::Global => "Global".to_owned(),
            Directory::Private(value) => namespaces::alias(value).ok_or(Status(OBJECT_PATH_NOT_FOUND))?,
            _ => return Err(Status(ACCESS_DENIED)),
        };
        let mut units = Name::from(prefix).to_utf16();
        units.push(BACKSLASH);
        units.extend_from_slice(name);
        Ok(Name::from_utf16(&units))
    }

    /// The objects in it: names, and of what type.
    pub(crate) fn objects(self) -> Vec<inspect::ObjectInfo> {
        // A namespace that is not there, or not for this user, shows nothing.
        let look = self
            .location()
            .and_then(|location| inspect::snapshot(&location).ok());
        let objects = look.map(|look| look.objects).unwrap_or_default();
        objects
            .into_iter()
            .filter(|object| object.name.is_some() && !object.condemned)
            .collect()
    }

    /// A name as the object in here spells it that has this name but for case, if there is one.
    fn spelled(self, name: Vec<u16>) -> Vec<u16> {
        let folded = fold(&name);
        let mut found: Vec<Vec<u16>> = self
            .objects()
            .into_iter()
            .filter_map(|object| object.name)
            .map(|text| Name::from(text).to_utf16())
            .filter(|other| fold(other) == folded)
            .collect();
        found.sort();
        match found.contains(&name) {
            true => name,
            false => found.into_iter().next().unwrap_or(name),
        }
    }
}

impl Link {
    /// Its path.
    pub(crate) fn path(self) -> Vec<u16> {
        let name: Vec<u16> = self.name.encode_utf16().collect();
        self.inside.path_of(&name)
    }
}

/// The units of a name in upper case, one by one.
fn fold(units: &[u16]) -> Vec<u16> {
    let upper = |&unit: &u16| {
        let mut upper = char::from_u32(unit.into())?.to_uppercase();
        match (upper.next().map(u32::from), upper.next()) {
            (Some(one), None) => u16::try_from(one).ok(),
            _ => None,
        }
    };
    units.iter().map(|unit| upper(unit).unwrap_or(*unit)).collect()
}

/// Follows a path, from the directory behind a handle unless that is 0.
///
/// # Errors
/// The path is malformed, leads through something that is no directory, or the handle is none of a directory.
pub(crate) fn follow(root: isize, path: &[u16], manner: Manner) -> Result<Place> {
    let Some((&first, rest)) = path.split_first() else {
        return match root {
            0 => Err(Status(OBJECT_PATH_SYNTAX_BAD)),
            root => directories::place(root),
        };
    };
    if root == 0 {
        return match (first, rest) {
            (BACKSLASH, []) => Ok(Place::Directory(Directory::Root)),
            (BACKSLASH, rest) => walk(Directory::Root, rest, manner),
            _ => Err(Status(OBJECT_PATH_SYNTAX_BAD)),
        };
    }
    match directories::place(root)? {
        Place::Directory(_) if first == BACKSLASH => Err(Status(OBJECT_PATH_SYNTAX_BAD)),
        Place::Directory(start) => walk(start, path, manner),
        _ => Err(Status(OBJECT_TYPE_MISMATCH)),
    }
}

fn walk(start: Directory, path: &[u16], manner: Manner) -> Result<Place> {
    let mut at = start;
    let mut parts = path.split(|&unit| unit == BACKSLASH).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        if part.is_empty() {
            return Err(Status(OBJECT_NAME_INVALID));
        }
        at = match step(at, part, manner) {
            Some(Place::Link(link)) if last && manner.link => return Ok(Place::Link(link)),
            Some(Place::Link(_)) if manner.no_links => return Err(Status(REPARSE_POINT_ENCOUNTERED)),
            Some(Place::Link(Link { target, .. })) => target,
            Some(Place::Directory(directory)) => directory,
            _ if last && manner.ignore_case => return Ok(Place::Name(at, at.spelled(part.to_vec()))),
            _ if last => return Ok(Place::Name(at, part.to_vec())),
            _ => return Err(Status(in_the_way(at, part))),
        };
    }
    Ok(Place::Directory(at))
}

/// The directory or link of this name.
fn step(at: Directory, part: &[u16], manner: Manner) -> Option<Place> {
    let text = String::from_utf16(part).ok()?;
    let same = |name: &str| name == text || manner.ignore_case && name.eq_ignore_ascii_case(&text);
    let &(name, fixed) = at.fixed().iter().find(|(name, _)| same(name))?;
    Some(match fixed {
        Fixed::Directory(directory) => Place::Directory(directory),
        Fixed::Link(target) => Place::Link(Link {
            inside: at,
            name,
            target,
        }),
    })
}

/// Why what has this name is no directory: it is an object, or nothing.
fn in_the_way(at: Directory, part: &[u16]) -> u32 {
    match at.object(part).map(|name| intersync::Object::open(&name)) {
        Ok(Ok(_)) => OBJECT_TYPE_MISMATCH,
        _ => OBJECT_PATH_NOT_FOUND,
    }
}

/// The handle that is no directory: of an object, or of nothing.
pub(super) fn no_directory(value: isize) -> Status {
    match crate::handle::view(value) {
        Ok(_) => Status(OBJECT_TYPE_MISMATCH),
        Err(_) => Status(INVALID_HANDLE),
    }
}
