//! The commands for clusters, accounts and registries: without their tool they refuse, and with it they make the
//! calls that they should. Nobody has a cluster in a test, so the tools are stand-ins that write down how they were
//! called; that the calls do what they should on a cluster is not tested here.

mod cluster;
mod document;
mod ecs;
mod push;

use end_to_end::{
    ports::{BACK_ON_LAPTOP, CONTAINER, DAEMON},
    sandbox::{REGISTRY, Sandbox},
};

#[test]
fn a_missing_tool_is_named_with_where_to_get_it_and_nothing_is_changed() {
    for (target, tool) in [
        ("images", "docker"),
        ("push", "docker"),
        ("deploy", "kubectl"),
        ("undeploy", "kubectl"),
        ("url", "kubectl"),
        ("manifests", "kubectl"),
        ("kind", "docker"),
        ("ecs", "aws"),
        ("ecs-remove", "aws"),
        ("doctor", "kubectl"),
        ("containers", "docker"),
    ] {
        let sandbox = Sandbox::new()
            .with("OVERLAY", "eks")
            .with("REGISTRY", REGISTRY);
        let said = sandbox.fails(target);
        assert!(
            said.contains(&format!("{tool} is missing: ")) && said.contains("https://"),
            "{target}: {said}"
        );
        assert_eq!(
            sandbox.git(&["status", "--porcelain", "--untracked-files=no"]),
            ""
        );
    }
    for (target, has, lacks) in [
        ("kind", &["docker"][..], "kind"),
        ("kind", &["docker", "kind"], "kubectl"),
        ("containers", &["docker"], "kubectl"),
        ("containers", &["docker", "kubectl"], "curl"),
        ("containers", &["docker", "kubectl", "curl"], "python3"),
    ] {
        let tools = has.iter();
        let sandbox = tools.fold(Sandbox::new(), |sandbox, tool| sandbox.tool(tool, ""));
        let said = sandbox.fails(target);
        assert!(said.contains(&format!("{lacks} is missing: ")), "{said}");
        assert_eq!(sandbox.calls(), [""; 0], "{target}");
    }
    let tools = ["docker", "kubectl", "curl"].into_iter();
    let sandbox = tools.fold(Sandbox::new(), |sandbox, tool| sandbox.tool(tool, ""));
    let said = sandbox.tool("python3", "exit 1").fails("containers");
    assert!(said.contains("PyYAML is missing: "), "{said}");
}

#[test]
fn on_a_laptop_the_three_have_their_ports_unless_others_are_said() {
    let cargo = "echo \"$* at $CONSOLE_PORT $FRONT_PORT $BACK_PORT\"";
    let sandbox = Sandbox::new().tool("cargo", cargo);
    let start = "run --quiet --locked -p xtask -- run at";
    assert_eq!(
        sandbox.succeeds("run"),
        format!("{start} {DAEMON} {CONTAINER} {BACK_ON_LAPTOP}\n")
    );
    let sandbox = sandbox.with("CONSOLE_PORT", "3000");
    assert_eq!(
        sandbox.succeeds("run"),
        format!("{start} 3000 {CONTAINER} {BACK_ON_LAPTOP}\n")
    );
}
