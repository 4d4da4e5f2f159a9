//! Which Win32 error stands for which status.

use crate::status;

/// `ERROR_MR_MID_NOT_FOUND`: for a status that is not known.
const UNKNOWN: u32 = 317;
/// The bit of what is not Microsoft's.
const CUSTOMER: u32 = 0x2000_0000;
/// The statuses of this library's own are its codes with these bits.
const ERROR: u32 = 0xC000_0000;
/// How many of them there may be.
const OWN: u32 = 0xFF;
/// `FACILITY_NTWIN32`, as a success or a warning and as an error: the status contains the code.
const FACILITY_WIN32: [u32; 3] = [0x0007_0000, 0x8007_0000, 0xC007_0000];

/// The pairs, in the order of the statuses.
const TABLE: &[(u32, u32)] = &[
    (status::SUCCESS, 0),
    (status::ABANDONED_WAIT_0, 735),
    (status::USER_APC, 737),
    (status::ALERTED, 739),
    (status::TIMEOUT, 1460),
    (status::PENDING, 997),
    (0x0000_0104, 741),
    (status::MORE_ENTRIES, 234),
    (0x0000_0106, 1300),
    (status::OBJECT_NAME_EXISTS, 698),
    (status::TIMER_RESUME_IGNORED, 722),
    (status::DATATYPE_MISALIGNMENT, 998),
    (status::BUFFER_OVERFLOW, 234),
    (0x8000_0006, 18),
    (status::NO_MORE_ENTRIES, 259),
    (status::UNSUCCESSFUL, 31),
    (0xC000_0002, 1),
    (status::INVALID_INFO_CLASS, 87),
    (status::INFO_LENGTH_MISMATCH, 24),
    (status::ACCESS_VIOLATION, 998),
    (0xC000_0006, 999),
    (status::INVALID_HANDLE, 6),
    (status::INVALID_CID, 87),
    (0xC000_000C, 555),
    (status::INVALID_PARAMETER, 87),
    (0xC000_000E, 2),
    (0xC000_000F, 2),
    (0xC000_0010, 1),
    (0xC000_0011, 38),
    (status::NO_MEMORY, 8),
    (0xC000_0018, 487),
    (status::ACCESS_DENIED, 5),
    (status::BUFFER_TOO_SMALL, 122),
    (status::OBJECT_TYPE_MISMATCH, 6),
    (status::INVALID_PARAMETER_MIX, 87),
    (status::OBJECT_NAME_INVALID, 123),
    (status::OBJECT_NAME_NOT_FOUND, 2),
    (status::OBJECT_NAME_COLLISION, 183),
    (0xC000_0037, 6),
    (0xC000_0039, 161),
    (status::OBJECT_PATH_NOT_FOUND, 3),
    (status::OBJECT_PATH_SYNTAX_BAD, 161),
    (0xC000_0043, 32),
    (0xC000_0044, 1816),
    (status::MUTANT_NOT_OWNED, 288),
    (status::SEMAPHORE_LIMIT_EXCEEDED, 298),
    (0xC000_004B, 5),
    (0xC000_0056, 5),
    (status::UNKNOWN_REVISION, 1305),
    (0xC000_0059, 1306),
    (status::INVALID_OWNER, 1307),
    (status::INVALID_PRIMARY_GROUP, 1308),
    (0xC000_0060, 1313),
    (status::PRIVILEGE_NOT_HELD, 1314),
    (status::INVALID_ACL, 1336),
    (status::INVALID_SID, 1337),
    (0xC000_0079, 1338),
    (0xC000_007D, 1340),
    (0xC000_007F, 112),
    (status::INSUFFICIENT_RESOURCES, 1450),
    (0xC000_00B5, 121),
    (status::NOT_SUPPORTED, 50),
    (status::INTERNAL_ERROR, 1359),
    (status::INVALID_PARAMETER_1, 87),
    (0xC000_00F0, 87),
    (status::INVALID_PARAMETER_3, 87),
    (status::INVALID_PARAMETER_4, 87),
    (0xC000_00F3, 87),
    (status::INVALID_PARAMETER_6, 87),
    (0xC000_00F5, 87),
    (0xC000_00F6, 87),
    (0xC000_00F7, 87),
    (0xC000_00F8, 87),
    (0xC000_00F9, 87),
    (0xC000_00FA, 87),
    (0xC000_00FD, 1001),
    (status::NAME_TOO_LONG, 206),
    (status::PROCESS_IS_TERMINATING, 5),
    (0xC000_011F, 4),
    (0xC000_0120, 995),
    (0xC000_0121, 5),
    (0xC000_0123, 5),
    (0xC000_0163, 1),
    (status::MUTANT_LIMIT_EXCEEDED, 587),
    (status::POSSIBLE_DEADLOCK, 1131),
    (status::NOT_SAME_OBJECT, 1656),
    (status::HANDLE_NOT_CLOSABLE, 6),
];

/// `RtlNtStatusToDosError`.
pub(crate) fn of(status: u32) -> u32 {
    if status & CUSTOMER != 0 {
        let code = status & !ERROR;
        let is_own = status & ERROR == ERROR && code & !CUSTOMER <= OWN;
        return if is_own { code } else { status };
    }
    if FACILITY_WIN32.contains(&(status & 0xFFFF_0000)) {
        return status & 0xFFFF;
    }
    match TABLE.binary_search_by_key(&status, |&(status, _)| status) {
        Ok(at) => TABLE[at].1,
        Err(_) => UNKNOWN,
    }
}
