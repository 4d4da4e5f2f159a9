//! The headers compile wherever they are meant to, without a warning, and declare what the library exports.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{declared, headers, include, library, output, scratch_programs, tell, tests, text};

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
/// What changes the meaning of the headers, or of their characters.
const VARIANTS: [&[&str]; 4] = [
    &[],
    &["-DUNICODE"],
    &["-fshort-wchar"],
    &["-fshort-wchar", "-DUNICODE"],
];

/// A compiler and the language it is asked for.
struct Compiler {
    path: PathBuf,
    language: [&'static str; 3],
}

/// Every compiler that is there, each once, whatever its names, and the names of those that are not.
fn compilers() -> (Vec<Compiler>, Vec<&'static str>) {
    const C: [&str; 3] = ["-std=c11", "-x", "c"];
    const CPP: [&str; 3] = ["-std=c++17", "-x", "c++"];
    let wanted = [
        ("cc", C),
        ("gcc", C),
        ("clang", C),
        ("c++", CPP),
        ("g++", CPP),
        ("clang++", CPP),
    ];
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for (name, language) in wanted {
        match find(name) {
            Some(path) => {
                // The C++ driver of some compilers is the C driver by another name.
                if seen.insert((path.canonicalize().expect("a file"), language)) {
                    found.push(Compiler { path, language });
                }
            }
            None => missing.push(name),
        }
    }
    (found, missing)
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&path).map(|directory| directory.join(program));
    candidates.find(|file| file.is_file())
}

/// Compiles a source with every compiler in every variant, and returns what they say.
fn complaints(source: &Path) -> Vec<String> {
    let mut said = Vec::new();
    for compiler in compilers().0 {
        for variant in VARIANTS {
            let mut command = Command::new(&compiler.path);
            command.args(compiler.language).args(WARNINGS).args(variant);
            command.arg("-fsyntax-only").arg("-I").arg(include()).arg(source);
            let ended = output(&mut command);
            if !ended.status.success() {
                said.push(format!("{command:?}\n{}", text(&ended.stderr)));
            }
        }
    }
    said
}

/// Compiles a program that includes these headers in this order.
#[track_caller]
fn compiles_with<'a>(headers: impl Iterator<Item = &'a String>) {
    let directory = scratch_programs();
    let source = directory.path().join("includes.c");
    let mut program: String = headers
        .map(|header| format!("#include <intersync/{header}>\n"))
        .collect();
    program += "int main(void) { return 0; }\n";
    fs::write(&source, program).expect("write");
    let said = complaints(&source);
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn compilers_that_are_missing_are_named() {
    let (_, missing) = compilers();
    assert!(!missing.contains(&"cc"), "a C compiler is needed");
    if !missing.is_empty() {
        let missing = missing.join(", ");
        tell(&format!(
            "skipped: the headers with {missing}, which cannot be found"
        ));
    }
}

#[test]
fn each_header_compiles_alone() {
    for header in headers() {
        compiles_with([header].iter());
    }
}

#[test]
fn all_headers_compile_together_in_any_order_and_twice() {
    let headers = headers();
    compiles_with(headers.iter().chain(&headers));
    compiles_with(headers.iter().rev());
}

#[test]
fn windows_h_includes_every_header() {
    let windows = fs::read_to_string(include().join("intersync/windows.h")).expect("read");
    let indirect = ["abi.h", "basetsd.h", "windows.h"];
    for header in headers()
        .iter()
        .filter(|header| !indirect.contains(&header.as_str()))
    {
        let line = format!("#include <intersync/{header}>");
        assert!(windows.lines().any(|l| l == line), "windows.h lacks {header}");
    }
}

#[test]
fn programs_compile_with_and_without_unicode() {
    let said = complaints(&tests().join("c/names.c"));
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn structures_and_constants_are_those_of_windows() {
    for source in ["c/layouts.c", "c/constants.c"] {
        let said = complaints(&tests().join(source));
        assert!(said.is_empty(), "{}", said.join("\n"));
    }
}

/// The names of the structures and unions that a header declares.
fn structures(header: &str) -> Vec<&str> {
    let after = |keyword: &'static str| {
        let pieces = header.split(keyword).skip(1);
        pieces.filter_map(|piece| piece.split([' ', ';']).next())
    };
    after("typedef struct _")
        .chain(after("typedef union _"))
        .collect()
}

/// The names of the macros of a header that are numbers.
fn numbers(header: &str) -> impl Iterator<Item = &str> {
    let defined = header.lines().filter_map(|line| line.strip_prefix("#define "));
    defined.filter_map(|line| {
        let (name, value) = line.split_once(' ')?;
        value.starts_with(|c: char| c.is_ascii_digit()).then_some(name)
    })
}

#[test]
fn no_structure_and_no_constant_is_left_out() {
    let read = |source: &str| fs::read_to_string(tests().join(source)).expect("read");
    let (layouts, constants) = (read("c/layouts.c"), read("c/constants.c"));
    let mut missing = Vec::new();
    for header in headers() {
        let text = fs::read_to_string(include().join("intersync").join(&header)).expect("a header");
        let sizes = structures(&text)
            .into_iter()
            .map(|name| (&layouts, format!("\nSIZE({name}, ")));
        let values = numbers(&text).map(|name| (&constants, format!("\nIS({name}, ")));
        let left_out = sizes.chain(values).filter(|(text, line)| !text.contains(line));
        missing.extend(left_out.map(|(_, line)| format!("{header}: {}", line.trim())));
    }
    assert!(layouts.contains("\nSIZE(SID, ") && constants.contains("\nIS(WAIT_FAILED, "));
    assert!(missing.is_empty(), "layouts.c or constants.c lacks {missing:#?}");
}

#[test]
fn a_warning_would_be_noticed() {
    let directory = scratch_programs();
    let source = directory.path().join("narrowing.c");
    let program = "#include <intersync/windows.h>\nint main(void) { LONG64 wide = GetCurrentProcessId();\nLONG narrow = wide; return narrow; }\n";
    fs::write(&source, program).expect("write");
    assert_eq!(complaints(&source).len(), compilers().0.len() * VARIANTS.len());
}

/// Compiles a program that needs no library with every compiler, and runs it.
#[track_caller]
fn runs_well(source: &str) {
    let directory = scratch_programs();
    for compiler in compilers().0 {
        let program = directory.path().join("program");
        let mut compile = Command::new(&compiler.path);
        compile
            .args(compiler.language)
            .args(WARNINGS)
            .arg("-I")
            .arg(include());
        compile.arg(tests().join(source)).arg("-o").arg(&program);
        let ended = output(&mut compile);
        assert!(ended.status.success(), "{compile:?}\n{}", text(&ended.stderr));
        let ended = output(&mut Command::new(&program));
        assert!(ended.status.success(), "{compile:?}\n{}", text(&ended.stderr));
    }
}

#[test]
fn interlocked_functions_return_and_leave_what_they_should() {
    runs_well("c/interlocked.c");
}

#[test]
fn static_initializers_make_what_is_all_zero() {
    runs_well("c/initializers.c");
}

#[test]
fn the_library_exports_what_the_headers_declare_and_nothing_else() {
    let mut list = Command::new("nm");
    list.args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(library());
    let ended = output(&mut list);
    assert!(ended.status.success(), "{}", text(&ended.stderr));
    let symbols = text(&ended.stdout);
    let names = symbols.lines().filter_map(|line| line.split(' ').next());
    let exported: BTreeSet<String> = names.map(str::to_owned).collect();
    let declared = declared();
    assert!(declared.contains("WaitForSingleObject"), "{declared:?}");
    let missing: Vec<_> = declared.difference(&exported).collect();
    let surplus: Vec<_> = exported.difference(&declared).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "declared and not exported: {missing:?}; exported and not declared: {surplus:?}"
    );
}
