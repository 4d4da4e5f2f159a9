//! What each error code means, in words, for `FormatMessage`.

/// Codes and their texts, in the order of the codes.
const TEXTS: &[(u32, &str)] = &[
    (0, "Everything went well."),
    (2, "There is no object, or no file, of this name."),
    (3, "The part of the name before the backslash leads nowhere."),
    (5, "This is not allowed to this user, or not with this handle."),
    (
        6,
        "The handle is not open, or belongs to an object of another kind.",
    ),
    (8, "There is not enough memory."),
    (24, "The size of a value is wrong."),
    (31, "What the call is meant for does not work any more."),
    (50, "This is not supported."),
    (87, "An argument of the call is not allowed."),
    (122, "The memory given for the result is too small."),
    (123, "The name is not well-formed."),
    (156, "The thread has been suspended as often as it can be."),
    (161, "The name begins with a backslash."),
    (183, "An object of this name is there already."),
    (193, "The file is no program for this system."),
    (206, "The name, or the command line, is too long."),
    (234, "There is more of the result than there may be."),
    (258, "The time-out has elapsed."),
    (267, "There is no directory of this name."),
    (288, "The calling thread does not own the mutex."),
    (298, "The count of the semaphore would exceed its maximum."),
    (317, "There is no text for this code."),
    (587, "The mutex has been acquired as often as it can be."),
    (698, "The attribute has been given already."),
    (997, "The operation goes on in the background."),
    (998, "A pointer leads to memory that cannot be used."),
    (
        1113,
        "The text contains half of a character, which means nothing.",
    ),
    (
        1131,
        "The call was made from within another one that it would wait for.",
    ),
    (1305, "The revision is unknown."),
    (1306, "The revisions do not go together."),
    (1307, "This user cannot be the owner of a new object."),
    (1308, "This group cannot be the group of a new object."),
    (1314, "The caller lacks a privilege that this takes."),
    (1332, "Nobody is known by this name."),
    (1336, "The access control list is not well-formed."),
    (1337, "The security identifier is not well-formed."),
    (1338, "The security descriptor is not well-formed."),
    (1344, "The access control list has no room for another entry."),
    (
        1359,
        "The library is at fault, or the system has refused what it should not refuse.",
    ),
    (1450, "The system, or the namespace, has no room for more."),
    (1460, "The time given for the call has elapsed."),
    (1656, "The handles belong to two objects."),
    (1813, "The program or library has no texts of its own."),
    (1815, "There are no texts in this language."),
    (
        0x2000_0001,
        "The namespace cannot be used: its file or its directory is not as it should be.",
    ),
    (
        0x2000_0002,
        "The file of the namespace was removed while it was in use.",
    ),
    (
        0x2000_0003,
        "The namespace was made by another version of the library.",
    ),
    (0x2000_0004, "The other processes have taken this one for dead."),
    (
        0x2000_0005,
        "The process has changed its effective user since it began to use the namespace.",
    ),
    (
        0x2000_0006,
        "A process that is stopped is in the middle of an operation on the object.",
    ),
    (0x2000_0007, "The shared memory breaks its own rules."),
];

/// The text of a code.
pub(crate) fn of(code: u32) -> Option<&'static str> {
    let found = TEXTS.binary_search_by_key(&code, |&(code, _)| code);
    found.ok().map(|at| TEXTS[at].1)
}
