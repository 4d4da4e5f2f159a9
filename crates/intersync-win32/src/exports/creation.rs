//! Creating and ending processes.

use std::ffi::{OsString, c_void};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::attributes::{self, AttributeList};
use super::{Bool, Handle, SecurityAttributes, inherits_plainly, store, succeeds, there};
use crate::calls::processes::{
    self, CREATE_UNICODE_ENVIRONMENT, Creation, EXTENDED_STARTUPINFO_PRESENT, LONGEST_COMMAND_LINE,
};
use crate::code::{Code, FILENAME_EXCED_RANGE, INVALID_PARAMETER, Result};
use crate::strings::{self, Unit};

/// `STARTUPINFO`.
#[repr(C)]
struct StartupInfo {
    size: u32,
    texts: [*mut c_void; 3],
    window: [u32; 7],
    flags: u32,
    show: u16,
    reserved_size: u16,
    reserved: *mut u8,
    streams: [Handle; 3],
}

/// `STARTUPINFOEX`.
#[repr(C)]
struct StartupInfoEx {
    info: StartupInfo,
    attributes: *mut AttributeList,
}

/// `PROCESS_INFORMATION`.
#[repr(C)]
struct ProcessInformation {
    process: Handle,
    thread: Handle,
    pid: u32,
    tid: u32,
}

const _: () = assert!(size_of::<StartupInfo>() == 104 && size_of::<StartupInfoEx>() == 112);
const _: () = assert!(size_of::<ProcessInformation>() == 24);

/// The arguments of `CreateProcess`, with texts of this sort.
struct Arguments<U> {
    application: *const U,
    command_line: *const U,
    process_attributes: *const SecurityAttributes,
    thread_attributes: *const SecurityAttributes,
    inherits: Bool,
    flags: u32,
    environment: *const c_void,
    directory: *const U,
    startup: *const StartupInfo,
    made: *mut ProcessInformation,
}

/// `CreateProcess`.
///
/// # Safety
/// That of [`CreateProcessW`].
unsafe fn create<U: Unit>(arguments: &Arguments<U>) -> Bool {
    succeeds(|| {
        if arguments.made.is_null() || arguments.startup.is_null() {
            return Err(Code(INVALID_PARAMETER));
        }
        let nothing = ProcessInformation {
            process: std::ptr::null_mut(),
            thread: std::ptr::null_mut(),
            pid: 0,
            tid: 0,
        };
        // SAFETY: not null, and may be written to by the contract.
        unsafe { arguments.made.write(nothing) };
        // SAFETY: the contracts are the same.
        let creation = unsafe { read(arguments)? };
        let created = processes::create(&creation)?;
        let made = ProcessInformation {
            process: created.process as Handle,
            thread: created.thread as Handle,
            pid: created.pid,
            tid: created.tid,
        };
        // SAFETY: as above.
        unsafe { arguments.made.write(made) };
        Ok(())
    })
}

/// What the arguments say.
///
/// # Safety
/// That of [`CreateProcessW`], and that no start-up information is null.
unsafe fn read<U: Unit>(arguments: &Arguments<U>) -> Result<Creation> {
    let flags = arguments.flags;
    // SAFETY: start-up information and texts are as the contract says.
    unsafe {
        let startup = &*arguments.startup;
        processes::check_flags(flags, startup.flags)?;
        let mut only = None;
        if flags & EXTENDED_STARTUPINFO_PRESENT != 0 {
            if startup.size as usize != size_of::<StartupInfoEx>() {
                return Err(Code(INVALID_PARAMETER));
            }
            let extended = &*arguments.startup.cast::<StartupInfoEx>();
            only = attributes::handle_list(extended.attributes);
        }
        let inheritable = [
            inherits_plainly(arguments.process_attributes.as_ref())?,
            inherits_plainly(arguments.thread_attributes.as_ref())?,
        ];
        let line = strings::text(arguments.command_line)?;
        if line
            .as_ref()
            .is_some_and(|(_, length)| *length >= LONGEST_COMMAND_LINE)
        {
            return Err(Code(FILENAME_EXCED_RANGE));
        }
        let text = |(text, _)| text;
        Ok(Creation {
            application: strings::text(arguments.application)?.map(text),
            command_line: line.map(text),
            inheritable,
            inherits: arguments.inherits != 0,
            only,
            flags,
            environment: environment(arguments.environment, flags)?,
            directory: strings::text(arguments.directory)?.map(text),
        })
    }
}

/// The variables of an environment; `None`: there is none.
///
/// # Safety
/// It is null, or a block of texts as the flags say.
unsafe fn environment(block: *const c_void, flags: u32) -> Result<Option<Vec<(OsString, OsString)>>> {
    if block.is_null() {
        return Ok(None);
    }
    // SAFETY: by the contract of this function.
    let texts = unsafe {
        match flags & CREATE_UNICODE_ENVIRONMENT {
            0 => strings::block::<u8>(block.cast())?,
            _ => strings::block::<u16>(block.cast())?,
        }
    };
    let split = |text: OsString| {
        let bytes = text.as_bytes();
        // A name may begin with the sign, as those that Windows itself uses.
        let end = 1 + bytes.iter().skip(1).position(|&byte| byte == b'=')?;
        let part = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        Some((part(&bytes[..end]), part(&bytes[end + 1..])))
    };
    Ok(Some(texts.into_iter().filter_map(split).collect()))
}

macro_rules! create_process {
    ($name:ident, $unit:ty) => {
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// The texts are null or end with zero; the environment is null or a block of such texts that ends with an empty one; the
        /// attributes are null or can be read; `startup` is null or can be read, in full if the flags say that it is extended;
        /// then its list of attributes is null or was initialized. `made` is null or may be written to.
        #[unsafe(no_mangle)]
        #[allow(clippy::too_many_arguments, reason = "so it is on Windows")]
        unsafe extern "C" fn $name(
            application: *const $unit,
            command_line: *const $unit,
            process_attributes: *const SecurityAttributes,
            thread_attributes: *const SecurityAttributes,
            inherits: Bool,
            flags: u32,
            environment: *const c_void,
            directory: *const $unit,
            startup: *const StartupInfo,
            made: *mut ProcessInformation,
        ) -> Bool {
            let arguments = Arguments {
                application,
                command_line,
                process_attributes,
                thread_attributes,
                inherits,
                flags,
                environment,
                directory,
                startup,
                made,
            };
            // SAFETY: the contracts are the same.
            unsafe { create(&arguments) }
        }
    };
}
create_process!(CreateProcessA, u8);
create_process!(CreateProcessW, u16);

/// `GetExitCodeProcess`.
///
/// # Safety
/// `code` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn GetExitCodeProcess(process: Handle, code: *mut u32) -> Bool {
    succeeds(|| {
        let found = processes::exit_code(process as isize)?;
        there(code)?;
        // SAFETY: by the contract of this function.
        unsafe { store(code, found) };
        Ok(())
    })
}

/// `TerminateProcess`.
#[unsafe(no_mangle)]
extern "C" fn TerminateProcess(process: Handle, code: u32) -> Bool {
    succeeds(|| processes::terminate(process as isize, code))
}

/// `ExitProcess`.
#[unsafe(no_mangle)]
extern "C" fn ExitProcess(code: u32) -> ! {
    intersync::Process::exit(code)
}
