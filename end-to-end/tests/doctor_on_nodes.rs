//! `make doctor OVERLAY=…`: a Job on every node, a table of nodes and hops. Nobody has a cluster in a test, so kubectl
//! is a stand-in that writes down how it was called and what it was given.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

/// What the stand-in does: two nodes, and what the doctors on them say.
const KUBECTL: &str = r#"#!/bin/bash
echo "kubectl $*" >>"$CALLS"
case "$*" in
  kustomize*) cat "$CALLS.rendered" ;;
  "get nodes"*) printf 'one.internal\ntwo.internal\n' ;;
  apply*) echo '# applied' >>"$CALLS.applied"; cat >>"$CALLS.applied" ;;
  *"get pods"*) printf 'Succeeded\nFailed\n' ;;
  *"logs job/x-ray-doctor-1") cat "$CALLS.first" ;;
  *"logs job/x-ray-doctor-2") cat "$CALLS.second" ;;
esac
"#;

const WORKS: &str = "✔ variables  set\n✔ name       is 10.0.0.1\n  → in a cluster …\n✔ UDP port   came\n✔ header     accepted\n✔ document   accepted\n✔ visible    shown\n✔ sampling   1 rules\n\nAll hops work.\n";
const BROKEN: &str = "✔ variables  set\n✔ name       is 10.0.0.2\n✖ UDP port   nothing listens at UDP aws-xray.xray:2000\n  → start the daemon\n– header     not reached\n– document   not reached\n– visible    not reached\n✔ sampling   1 rules\n\nBroken: UDP port.\n";

struct Desk(PathBuf);

impl Desk {
    fn new(first: &str, second: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("x-ray-sample-doctor-{}-{number}", std::process::id());
        let desk = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(desk.0.join("bin")).unwrap();
        let job = fs::read_to_string(root().join("k8s/doctor/job.yaml")).unwrap();
        for (name, text) in [
            ("bin/kubectl", KUBECTL),
            ("calls.rendered", job.as_str()),
            ("calls.first", first),
            ("calls.second", second),
        ] {
            fs::write(desk.0.join(name), text).unwrap();
        }
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(desk.0.join("bin/kubectl"), executable).unwrap();
        desk
    }

    fn doctor(&self, overlay: &str) -> Output {
        let path = format!("{}:{}", self.0.join("bin").display(), env!("PATH"));
        Command::new("make")
            .args(["--silent", "doctor"])
            .current_dir(root())
            .env("PATH", path)
            .env("CALLS", self.0.join("calls"))
            .env("OVERLAY", overlay)
            .env("PATIENCE", "5")
            .output()
            .unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_doctor_runs_on_every_node_and_a_broken_hop_is_named_with_its_node() {
    let desk = Desk::new(WORKS, BROKEN);
    let output = desk.doctor("local");
    let said = words(&output.stdout);
    assert!(!output.status.success(), "{said}");
    let table: Vec<Vec<&str>> = said
        .lines()
        .take(3)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(table[0][..3], ["node", "variables", "name"]);
    assert_eq!(
        table[1],
        ["one.internal", "✔", "✔", "✔", "✔", "✔", "✔", "✔"]
    );
    assert_eq!(
        table[2],
        ["two.internal", "✔", "✔", "✖", "–", "–", "–", "✔"]
    );
    assert!(
        said.contains("→ start the daemon") && !said.contains("All hops work"),
        "{said}"
    );

    let applied = desk.read("calls.applied");
    for (number, node) in [(1, "one.internal"), (2, "two.internal")] {
        assert!(
            applied.contains(&format!("name: x-ray-doctor-{number}\n")),
            "{applied}"
        );
        assert!(
            applied.contains(&format!("nodeName: {node}\n")),
            "{applied}"
        );
    }
    let calls = desk.read("calls");
    let applications = calls
        .lines()
        .filter(|call| call.starts_with("kubectl apply"));
    assert_eq!(
        applications.collect::<Vec<_>>(),
        ["kubectl apply -l app=x-ray-doctor -f -"; 2]
    );
    // What was there before, and what was made.
    assert_eq!(
        calls.matches("delete jobs -l app=x-ray-doctor").count(),
        2,
        "{calls}"
    );
    assert!(
        calls.lines().last().unwrap().contains("delete jobs"),
        "{calls}"
    );
}

#[test]
fn a_cluster_whose_nodes_all_work_is_a_success() {
    let output = Desk::new(WORKS, WORKS).doctor("local");
    assert!(
        output.status.success(),
        "{}{}",
        words(&output.stdout),
        words(&output.stderr)
    );
    assert_eq!(words(&output.stdout).matches('✔').count(), 14);
}

#[test]
fn a_doctor_that_did_not_run_is_no_success() {
    let pending =
        "Error from server (BadRequest): container \"doctor\" is waiting to start: ErrImagePull\n";
    let output = Desk::new(WORKS, pending).doctor("local");
    let said = words(&output.stdout);
    assert!(!output.status.success(), "{said}");
    assert_eq!(said.matches('?').count(), 7, "{said}");
    assert!(said.contains("ErrImagePull"), "{said}");
}

#[test]
fn an_overlay_that_is_none_is_refused_with_those_that_are() {
    let desk = Desk::new(WORKS, WORKS);
    let output = desk.doctor("nowhere");
    let error = words(&output.stderr);
    assert!(
        !output.status.success() && error.contains("nowhere") && error.contains("eks"),
        "{error}"
    );
    assert_eq!(desk.read("calls"), "");
}
