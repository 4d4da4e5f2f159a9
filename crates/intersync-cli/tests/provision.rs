//! `provision`: the namespace of the machine.

mod support;

use std::path::Path;

use support::Space;

/// The group of the examples in `dist/`.
const GROUP: &str = "intersync";

fn is_root() -> bool {
    let is = rustix::process::geteuid().is_root();
    if !is {
        println!("skipped: only root can provision");
    }
    is
}

#[test]
fn what_does_it_at_each_boot_is_printed_and_is_what_the_repository_has() {
    let space = Space::new();
    let printed = space.command(&["provision", "--group", GROUP, "--print"]);
    let mut printed = printed;
    let output = printed.env_remove("INTERSYNC_DIR").output().expect("started");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist");
    for file in [
        "tmpfiles.d/intersync-global.conf",
        "systemd/intersync-provision.service",
    ] {
        let expected = std::fs::read_to_string(dist.join(file)).expect(file);
        let expected = expected.replace("/usr/bin/intersync", env!("CARGO_BIN_EXE_intersync"));
        assert!(!expected.is_empty() && text.contains(&expected), "{file}: {text}");
    }
    let elsewhere = space.ok(&["provision", "--group", GROUP, "--print"]);
    let base = space.path().display().to_string();
    assert!(elsewhere.contains(&format!("Environment=\"INTERSYNC_DIR={base}\"")));
    assert!(elsewhere.contains(&format!("d {base}/global 0750 root {GROUP} - -")));
    assert_eq!(std::fs::read_dir(space.path()).expect("readdir").count(), 0);
}

#[test]
fn it_is_made_once_and_repaired_and_doctor_tells_for_whom_it_is() {
    if !is_root() {
        return;
    }
    let space = Space::new();
    let made = space.ok(&["provision", "--group", "65100"]);
    assert!(
        made.contains("made ") && made.contains("arena-1 for gid 65100"),
        "{made}"
    );
    assert!(made.contains("WantedBy=multi-user.target"), "{made}");
    let again = space.ok(&["provision", "--group", "65100"]);
    assert!(again.contains("is as it should be already"), "{again}");
    space.ok(&["create", "event", "Global\\e"]);
    assert!(space.ok(&["ls", "--global"]).contains("e\tevent"));
    let doctor = space.run(&["doctor"]);
    assert!(
        doctor.stdout.contains("for uid 0 and the members of gid 65100"),
        "{doctor:?}"
    );
}

#[test]
fn without_a_directory_of_ones_own_it_goes_to_run() {
    if !is_root() {
        return;
    }
    let script = "mount -t tmpfs tmpfs /run && \"$0\" provision --group 65100 && \"$0\" provision --group 65100 && \
                  stat -c '%n %a %u %g' /run/intersync /run/intersync/global /run/intersync/global/*";
    let ran = std::process::Command::new("unshare")
        .args(["--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_intersync")])
        .env_remove("INTERSYNC_DIR")
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&ran.stdout);
    let errors = String::from_utf8_lossy(&ran.stderr);
    if errors.contains("unshare") || errors.contains("mount:") {
        println!("skipped: no mount namespace can be made here: {errors}");
        return;
    }
    assert!(ran.status.success(), "{said}{errors}");
    for line in [
        "/run/intersync 1777 0 0",
        "/run/intersync/global 750 0 65100",
        "/run/intersync/global/arena-1 660 0 65100",
        "/run/intersync/global/private 1730 0 65100",
        "/run/intersync/global is as it should be already",
    ] {
        assert!(said.lines().any(|found| found == line), "{line}: {said}{errors}");
    }
}

#[test]
fn what_it_cannot_do_is_said() {
    let space = Space::new();
    space
        .run(&["provision", "--group", "no such group"])
        .failed(2, "there is no group");
    let base = space.path().display().to_string();
    space
        .run(&["--dir", &base, "provision", "--group", "0"])
        .failed(2, "--dir names a namespace of its own");
    space.run(&["provision"]).failed(2, "--group <NAME>");
    if !is_root() {
        space
            .run(&["provision", "--group", "0"])
            .failed(2, "only root may provision");
    }
}
