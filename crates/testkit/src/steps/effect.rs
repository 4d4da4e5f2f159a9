//! Which instructions can be seen from outside the process that runs them.
//!
//! Two points of death are the same for everybody else if between them the process has neither
//! changed memory that it shares nor made a system call. So it is enough to kill it once
//! after every instruction that did, to have killed it after every instruction. A store of what is there
//! already changes nothing; making a table of zeros in a new file is a thousand of them. (Memory is compared before and
//! after the instruction. If another thread writes there in that very moment, a point may come or go.)

use std::collections::HashMap;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;

use iced_x86::{
    Code, Decoder, DecoderOptions, Instruction, InstructionInfoFactory, OpAccess, Register, UsedMemory,
};
use nix::libc::user_regs_struct;
use nix::sys::ptrace;
use nix::unistd::Pid;

/// The longest instruction there is.
const LONGEST: usize = 15;
/// What an instruction that saves whole register files may write.
const LARGEST_WRITE: u64 = 16 * 1024;

enum Kind {
    SystemCall,
    Writes(Instruction),
    Private,
}

/// What an instruction may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It calls the kernel.
    SystemCall,
    /// It writes to shared memory, there.
    SharedWrite(Range<u64>),
    /// Nobody else can tell that it ran.
    Private,
}

/// The instructions of one program. All processes it looks at must run that program without
/// address space randomization, so that an address always means the same instruction.
pub struct Program {
    known: HashMap<u64, Kind>,
    info: InstructionInfoFactory,
}

impl Default for Program {
    fn default() -> Self {
        Program {
            known: HashMap::new(),
            info: InstructionInfoFactory::new(),
        }
    }
}

impl Program {
    /// What the instruction that the stopped thread will run next may do.
    ///
    /// # Errors
    /// Its memory cannot be read.
    pub fn effect(
        &mut self,
        thread: Pid,
        registers: &user_regs_struct,
        shared: &[Range<u64>],
    ) -> nix::Result<Effect> {
        let at = registers.rip;
        if !self.known.contains_key(&at) {
            let kind = self.classify(decode(thread, at)?);
            self.known.insert(at, kind);
        }
        Ok(match &self.known[&at] {
            Kind::SystemCall => Effect::SystemCall,
            Kind::Private => Effect::Private,
            Kind::Writes(instruction) => {
                let used = self.info.info(instruction).used_memory();
                let mut written = used
                    .iter()
                    .filter(|memory| writes(memory))
                    .map(|memory| range(instruction, memory, registers));
                written
                    .find(|range| shared.iter().any(|region| overlap(region, range)))
                    .map_or(Effect::Private, Effect::SharedWrite)
            }
        })
    }

    fn classify(&mut self, instruction: Instruction) -> Kind {
        if matches!(
            instruction.code(),
            Code::Syscall | Code::Sysenter | Code::Int_imm8
        ) {
            return Kind::SystemCall;
        }
        if self.info.info(&instruction).used_memory().iter().any(writes) {
            Kind::Writes(instruction)
        } else {
            Kind::Private
        }
    }
}

fn decode(thread: Pid, at: u64) -> nix::Result<Instruction> {
    let mut bytes = Vec::with_capacity(LONGEST + 1);
    for offset in [0, 8] {
        // The end of an instruction may be the end of its mapping.
        match ptrace::read(thread, (at + offset) as ptrace::AddressType) {
            Ok(word) => bytes.extend_from_slice(&word.to_ne_bytes()),
            Err(errno) if bytes.is_empty() => return Err(errno),
            Err(_) => break,
        }
    }
    Ok(Decoder::with_ip(64, &bytes, at, DecoderOptions::NONE).decode())
}

fn writes(memory: &UsedMemory) -> bool {
    matches!(
        memory.access(),
        OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite
    )
}

fn range(instruction: &Instruction, memory: &UsedMemory, registers: &user_regs_struct) -> Range<u64> {
    let address = memory
        .virtual_address(0, |register, _, _| Some(value(register, registers)))
        .unwrap_or(0);
    // A repeated string instruction is stepped one element at a time.
    let size = match instruction.is_string_instruction() {
        true => instruction.memory_size().size(),
        false => memory.memory_size().size(),
    };
    address..address.saturating_add(if size == 0 { LARGEST_WRITE } else { size as u64 })
}

fn value(register: Register, registers: &user_regs_struct) -> u64 {
    let full = match register.full_register() {
        Register::RAX => registers.rax,
        Register::RBX => registers.rbx,
        Register::RCX => registers.rcx,
        Register::RDX => registers.rdx,
        Register::RSI => registers.rsi,
        Register::RDI => registers.rdi,
        Register::RBP => registers.rbp,
        Register::RSP => registers.rsp,
        Register::R8 => registers.r8,
        Register::R9 => registers.r9,
        Register::R10 => registers.r10,
        Register::R11 => registers.r11,
        Register::R12 => registers.r12,
        Register::R13 => registers.r13,
        Register::R14 => registers.r14,
        Register::R15 => registers.r15,
        // As seen by 64-bit code the other segments begin at zero.
        Register::FS => registers.fs_base,
        Register::GS => registers.gs_base,
        _ => 0,
    };
    match register.size() {
        4 => full & 0xffff_ffff,
        _ => full,
    }
}

fn overlap(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start < other.end && other.start < one.end
}

/// The memory that a process shares with others.
///
/// A file that has never had a name does not count: only its maker can find it, and it vanishes with
/// its maker. Another process cannot tell how much of it was written.
///
/// # Errors
/// `/proc` cannot be read.
pub fn shared_memory(process: Pid) -> std::io::Result<Vec<Range<u64>>> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
    let shared: Vec<Shared> = maps.lines().filter_map(shared).collect();
    // The name in the maps stays as it is when the file gets one.
    let nameless = match shared.iter().any(|region| region.made_nameless) {
        true => nameless_files(process)?,
        false => Vec::new(),
    };
    let visible = |region: &Shared| !(region.made_nameless && nameless.contains(&region.inode));
    Ok(shared
        .into_iter()
        .filter(visible)
        .map(|region| region.range)
        .collect())
}

/// The inodes of the open files that have no name.
fn nameless_files(process: Pid) -> std::io::Result<Vec<u64>> {
    let open = std::fs::read_dir(format!("/proc/{process}/fd"))?;
    // One that is closed meanwhile has nothing to tell.
    let files = open
        .flatten()
        .filter_map(|descriptor| std::fs::metadata(descriptor.path()).ok());
    Ok(files
        .filter(|file| file.nlink() == 0)
        .map(|file| file.ino())
        .collect())
}

/// A region of shared memory.
#[derive(Debug, PartialEq, Eq)]
struct Shared {
    range: Range<u64>,
    inode: u64,
    /// Its file had no name when it was opened.
    made_nameless: bool,
}

/// `7f0000000000-7f0000010000 rw-s 00000000 00:19 42    /dev/shm/x`
fn shared(line: &str) -> Option<Shared> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    if !fields.next()?.ends_with('s') {
        return None;
    }
    let mut fields = fields.skip(2);
    let inode = fields.next()?;
    let name = fields.next().and_then(|path| path.rsplit('/').next());
    Some(Shared {
        range: u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?,
        inode: inode.parse().ok()?,
        made_nameless: name.and_then(|name| name.strip_prefix('#')) == Some(inode),
    })
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;

    use nix::fcntl::{AT_FDCWD, AtFlags};
    use nix::unistd::linkat;

    use super::*;

    fn effect_of(bytes: &[u8], registers: &user_regs_struct, shared: &[Range<u64>]) -> bool {
        let instruction = Decoder::with_ip(64, bytes, 0x1000, DecoderOptions::NONE).decode();
        let mut info = InstructionInfoFactory::new();
        let used = info.info(&instruction).used_memory();
        used.iter().filter(|memory| writes(memory)).any(|memory| {
            let range = range(&instruction, memory, registers);
            shared.iter().any(|region| overlap(region, &range))
        })
    }

    fn registers() -> user_regs_struct {
        user_regs_struct {
            r15: 0,
            r14: 0,
            r13: 0,
            r12: 0,
            rbp: 0,
            rbx: 0,
            r11: 0,
            r10: 0,
            r9: 0,
            r8: 0,
            rax: 0,
            rcx: 0,
            rdx: 0,
            rsi: 0,
            rdi: 0,
            orig_rax: 0,
            rip: 0,
            cs: 0,
            eflags: 0,
            rsp: 0,
            ss: 0,
            fs_base: 0,
            gs_base: 0,
            ds: 0,
            es: 0,
            fs: 0,
            gs: 0,
        }
    }

    #[test]
    fn writes_are_told_by_where_they_go() {
        let (start, end) = (0x5000, 0x6000);
        let shared = [Range { start, end }];
        let mut registers = registers();
        // lock cmpxchg [rdi+8], rcx
        let compare_and_swap = [0xf0, 0x48, 0x0f, 0xb1, 0x4f, 0x08];
        for (rdi, expected) in [
            (0x4ff0, false),
            (0x4ff1, true),
            (0x5000, true),
            (0x5ff8, false),
            (0x5ff7, true),
        ] {
            registers.rdi = rdi;
            assert_eq!(
                effect_of(&compare_and_swap, &registers, &shared),
                expected,
                "{rdi:#x}"
            );
        }
        // mov rax, [rdi] only reads.
        registers.rdi = 0x5000;
        assert!(!effect_of(&[0x48, 0x8b, 0x07], &registers, &shared));
        // xchg [rdi], rax
        assert!(effect_of(&[0x48, 0x87, 0x07], &registers, &shared));
        // rep stosb, one byte at a time
        assert!(effect_of(&[0xf3, 0xaa], &registers, &shared));
        registers.rdi = 0x4fff;
        assert!(!effect_of(&[0xf3, 0xaa], &registers, &shared));
        // mov fs:[0x10], rax
        registers.fs_base = 0x5000;
        assert!(effect_of(
            &[0x64, 0x48, 0x89, 0x04, 0x25, 0x10, 0, 0, 0],
            &registers,
            &shared
        ));
    }

    #[test]
    fn shared_memory_is_found_in_the_maps() {
        let region = |range, inode, made_nameless| Shared {
            range,
            inode,
            made_nameless,
        };
        let line = "7ffff7ff8000-7ffff7ffa000 rw-s 00000000 00:19 42    /dev/shm/x";
        let known = region(0x7fff_f7ff_8000..0x7fff_f7ff_a000, 42, false);
        assert_eq!(shared(line), Some(known));
        assert_eq!(shared("55d0-55e0 rw-p 00000000 00:00 0 [heap]"), None);
        let nameless = "1000-2000 rw-s 00000000 00:19 42 /dev/shm/x/#42 (deleted)";
        assert_eq!(shared(nameless), Some(region(0x1000..0x2000, 42, true)));
        let anonymous = "1000-2000 rw-s 00000000 00:01 42 /dev/zero (deleted)";
        assert_eq!(shared(anonymous), Some(region(0x1000..0x2000, 42, false)));
        let removed = "1000-2000 rw-s 00000000 00:19 42 /dev/shm/#41 (deleted)";
        assert_eq!(shared(removed), Some(region(0x1000..0x2000, 42, false)));
    }

    #[test]
    fn a_file_is_nameless_until_it_is_linked() {
        let directory = tempfile::tempdir_in("/dev/shm").expect("a directory");
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(nix::libc::O_TMPFILE)
            .open(directory.path())
            .expect("a file without a name");
        let inode = file.metadata().expect("its inode").ino();
        let is_nameless = || {
            nameless_files(Pid::this())
                .expect("the own files")
                .contains(&inode)
        };
        assert!(is_nameless());
        let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
        let name = directory.path().join("name");
        let follow = AtFlags::AT_SYMLINK_FOLLOW;
        linkat(AT_FDCWD, unnamed.as_str(), AT_FDCWD, &name, follow).expect("a name for it");
        assert!(!is_nameless());
    }
}
