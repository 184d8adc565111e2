//! `make doctor OVERLAY=…`: a Job on every node, a table of nodes and hops. Nobody has a cluster in a test, so kubectl
//! is a stand-in that writes down how it was called and what it was given.

use end_to_end::{Sandbox, ports};

/// What the stand-in does: two nodes, and what the doctors on them say.
const KUBECTL: &str = r#"case "$*" in
  kustomize*) echo '  AWS_XRAY_DAEMON_ADDRESS: aws-xray.xray:2000'; cat k8s/components/doctor/job.yaml ;;
  *"get service aws-xray"*) printf Cluster ;;
  "get nodes"*) printf 'one.internal\ntwo.internal\n' ;;
  apply*) cat >>applied ;;
  *"get pods"*) printf 'Succeeded\nFailed\n' ;;
  *"get jobs"*) echo >>asked; [ $(grep -c '' asked) -lt 3 ] || printf 'SuccessCriteriaMet Complete\nFailureTarget Failed\n' ;;
  *"logs job/x-ray-doctor-1") cat first ;;
  *"logs job/x-ray-doctor-2") cat second ;;
esac"#;

const WORKS: &str = "✔ variables  set\n✔ name       is 10.0.0.1\n  → in a cluster … internalTrafficPolicy\n  → something else\n✔ UDP port   came\n✔ header     accepted\n✔ document   accepted\n✔ visible    shown\n✔ sampling   1 rules\n\nAll hops work.\n";
const BROKEN: &str = "✔ variables  set\n✔ name       is 10.0.0.2\n✖ UDP port   nothing listens at UDP aws-xray.xray:2000\n  → start the daemon\n– header     not reached\n– document   not reached\n– visible    not reached\n✔ sampling   1 rules\n\nBroken: UDP port.\n";
/// What is known with AWS's daemon, which does not say what becomes of a segment.
const UNTOLD: &str = "✔ variables  set\n✔ name       is 10.0.0.1\n  → in a cluster …\n– UDP port   nothing refused the canary\n– header     does not say\n– document   does not say\n– visible    the program that listens there is not a console\n  → console doctor --aws asks\n✔ sampling   1 rules\n\nNo hop is known to be broken.\n";

/// A sandbox in whose cluster the two doctors say this.
fn sandbox(first: &str, second: &str) -> Sandbox {
    let sandbox = Sandbox::new()
        .with("OVERLAY", "local")
        .with("PATIENCE", "20")
        .tool("kubectl", KUBECTL)
        .tool("sleep", "");
    sandbox.write("first", first);
    sandbox.write("second", second);
    sandbox
}

/// The columns of a line of the table.
fn columns(said: &str, line: usize) -> Vec<&str> {
    said.lines().nth(line).unwrap().split_whitespace().collect()
}

#[test]
fn the_doctor_runs_on_every_node_and_a_broken_hop_is_named_with_its_node() {
    let sandbox = sandbox(WORKS, BROKEN);
    let said = sandbox.fails("doctor");
    assert_eq!(columns(&said, 0)[..3], ["node", "variables", "name"]);
    assert_eq!(
        columns(&said, 1),
        ["one.internal", "✔", "✔", "✔", "✔", "✔", "✔", "✔"]
    );
    assert_eq!(
        columns(&said, 2),
        ["two.internal", "✔", "✔", "✖", "–", "–", "–", "✔"]
    );
    assert!(
        said.contains("→ start the daemon")
            && said.contains("a hop is broken")
            && !said.contains("All hops work"),
        "{said}"
    );

    let applied = sandbox.read("applied");
    for (number, node) in [(1, "one.internal"), (2, "two.internal")] {
        for line in [
            format!("name: x-ray-doctor-{number}\n"),
            format!("nodeName: {node}\n"),
        ] {
            assert!(applied.contains(&line), "{applied}");
        }
    }
    let calls = sandbox.calls();
    let count = |part: &str| calls.iter().filter(|call| call.contains(part)).count();
    assert_eq!(count("kubectl apply -l app=x-ray-doctor -f -"), 2);
    // What was there before, and what was made.
    assert_eq!(count("delete jobs -l app=x-ray-doctor"), 2, "{calls:?}");
    assert!(calls.last().unwrap().contains("delete jobs"), "{calls:?}");
}

/// The host port's overlay gives its pods the node's address themselves.
#[test]
fn the_doctor_uses_an_address_that_the_services_override() {
    let kustomize = r#"[ "$1" != kustomize ] || printf '  - name: AWS_XRAY_DAEMON_ADDRESS\n    value: $(HOST_IP):2000\n'"#;
    let sandbox = Sandbox::new()
        .with("OVERLAY", "local")
        .tool("kubectl", kustomize);
    sandbox.fails("doctor");
    let built = sandbox.read("target/doctor/local/kustomization.yaml");
    let patch = "          name: AWS_XRAY_DAEMON_ADDRESS\n          value: $(HOST_IP):2000\n";
    assert!(
        built.contains("kind: Job") && built.ends_with(patch),
        "{built}"
    );
}

/// Pods of the time before may still be there when those of this time are counted.
#[test]
fn the_doctors_are_waited_for_until_their_jobs_have_ended() {
    let sandbox = sandbox(WORKS, WORKS);
    sandbox.succeeds("doctor");
    assert_eq!(sandbox.read("asked").lines().count(), 3);
    let calls = sandbox.calls();
    let is_log = |call: &String| call.contains(" logs ");
    let last_question = calls.iter().rposition(|call| call.contains("get jobs"));
    assert!(calls.iter().position(is_log) > last_question, "{calls:?}");
}

#[test]
fn a_cluster_whose_nodes_all_work_is_a_success_and_what_they_advise_is_said_once() {
    let said = sandbox(WORKS, WORKS).succeeds("doctor");
    assert_eq!(said.matches('✔').count(), 14);
    assert_eq!(said.matches("  → something else\n").count(), 1, "{said}");
    // What a doctor can only tell how to ask is asked.
    let policy =
        "  → aws-xray.xray leads every node to the same ones (internalTrafficPolicy: Cluster)\n";
    assert_eq!(said.matches("internalTrafficPolicy").count(), 1, "{said}");
    assert!(said.contains(policy), "{said}");
}

#[test]
fn a_canary_that_was_not_seen_is_neither_a_success_nor_a_broken_hop() {
    for (first, second) in [(UNTOLD, UNTOLD), (WORKS, UNTOLD), (UNTOLD, WORKS)] {
        let said = sandbox(first, second).fails("doctor");
        // make says how the script ended.
        assert!(said.contains("Error 3"), "{said}");
        assert!(
            said.contains("no canary was seen") && said.contains("aws xray get-trace-summaries"),
            "{said}"
        );
    }
    let said = sandbox(UNTOLD, BROKEN).fails("doctor");
    assert!(
        said.contains("Error 1") && !said.contains("no canary was seen"),
        "{said}"
    );
}

#[test]
fn a_doctor_that_did_not_run_is_no_success() {
    let pending =
        "Error from server (BadRequest): container \"doctor\" is waiting to start: ErrImagePull\n";
    let said = sandbox(WORKS, pending).fails("doctor");
    assert_eq!(said.matches('?').count(), 7, "{said}");
    assert!(said.contains("ErrImagePull"), "{said}");
}

#[test]
fn an_overlay_that_is_none_is_refused_with_those_that_are() {
    let sandbox = sandbox(WORKS, WORKS).with("OVERLAY", "nowhere");
    let error = sandbox.fails("doctor");
    assert!(
        error.contains("nowhere") && error.contains("eks"),
        "{error}"
    );
    assert_eq!(sandbox.calls(), [""; 0]);
}

#[test]
fn without_an_overlay_it_asks_from_here_on_the_port_of_the_console() {
    let sandbox = Sandbox::new().tool("cargo", "");
    let script = "#!/bin/sh\necho \"$* for $AWS_XRAY_DAEMON_ADDRESS\" >>calls\n";
    std::fs::create_dir_all(sandbox.folder.join("target/release")).unwrap();
    sandbox.write("target/release/console", script);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(sandbox.folder.join("target/release/console"), executable).unwrap();
    sandbox.succeeds("doctor");
    let asked = format!("doctor for 127.0.0.1:{}", ports::DAEMON);
    assert_eq!(
        sandbox.calls(),
        ["cargo build --quiet --release --locked", &asked]
    );
}
