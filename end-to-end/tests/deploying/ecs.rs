//! The pair on ECS.

use end_to_end::{Sandbox, ports, sandbox::DIGEST};

#[test]
fn ecs_makes_what_is_missing_updates_what_is_there_and_prints_the_address() {
    let aws = "case \"$*\" in
        *'get-role '*) exit 254 ;;
        *describe-services*front*) echo ACTIVE ;;
        *describe-services*) echo None ;;
        *list-tasks*) echo task/1 ;;
        *describe-tasks*) echo eni-1 ;;
        *describe-network-interfaces*) echo 203.0.113.7 ;;
    esac";
    let sandbox = Sandbox::new().pushed().tool("aws", aws);
    assert!(sandbox.fails("ecs").contains("export SUBNETS="));
    let sandbox = sandbox.with("SUBNETS", "subnet-1,subnet-2");
    assert!(sandbox.fails("ecs").contains("export SECURITY_GROUP="));
    assert_eq!(sandbox.calls(), [""; 0]);
    let sandbox = sandbox.with("SECURITY_GROUP", "sg-1");
    assert_eq!(
        sandbox.succeeds("ecs"),
        format!("http://203.0.113.7:{}\n", ports::CONTAINER)
    );
    let verbs: Vec<String> = sandbox
        .calls()
        .iter()
        .map(|call| {
            call.split(' ')
                .skip(1)
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(
        verbs,
        [
            "iam get-role",
            "iam create-role",
            "iam attach-role-policy",
            "iam get-role",
            "iam create-role",
            "iam attach-role-policy",
            "logs describe-log-groups",
            "logs create-log-group",
            "ecs create-cluster",
            "ecs register-task-definition",
            "ecs describe-services",
            "ecs create-service",
            "ecs register-task-definition",
            "ecs describe-services",
            "ecs update-service",
            "ecs wait",
            "ecs list-tasks",
            "ecs describe-tasks",
            "ec2 describe-network-interfaces",
        ]
    );
    let created = "aws ecs create-service --cli-input-json file://ecs/back-service.json --network-configuration \
                   awsvpcConfiguration={subnets=[subnet-1,subnet-2],securityGroups=[sg-1],assignPublicIp=ENABLED}";
    assert!(
        sandbox.calls().contains(&created.to_owned()),
        "{:?}",
        sandbox.calls()
    );
}

/// A log group whose name only begins alike is another one.
#[test]
fn ecs_makes_its_log_group_unless_there_is_one_of_that_very_name() {
    const QUERY: &str = "--query logGroups[?logGroupName=='x-ray-sample'].logGroupName";
    for (found, creations) in [("", 1), ("x-ray-sample", 0)] {
        let aws = format!("case \"$*\" in *describe-log-groups*) echo {found} ;; esac");
        let sandbox = Sandbox::new()
            .pushed()
            .with("SUBNETS", "subnet-1")
            .with("SECURITY_GROUP", "sg-1")
            .tool("aws", &aws);
        sandbox.succeeds("ecs");
        let calls = sandbox.calls();
        let count = |part: &str| calls.iter().filter(|call| call.contains(part)).count();
        assert_eq!((count(QUERY), count("create-log-group")), (1, creations));
    }
}

#[test]
fn ecs_stops_before_images_that_no_registry_has() {
    let sandbox = Sandbox::new().pushed().tool("aws", "");
    let task = sandbox.read("ecs/back-task.json");
    let unpushed = task.replace(&format!("@{DIGEST}"), ":unpushed");
    sandbox.write("ecs/back-task.json", &unpushed);
    let said = sandbox.fails("ecs");
    assert!(said.contains("ecs/back-task.json names an image"), "{said}");
    assert_eq!(sandbox.calls(), [""; 0]);
}

#[test]
fn ecs_remove_takes_absence_for_done_and_anything_else_for_an_error() {
    let gone = "case \"$*\" in *list-namespaces*) ;; *wait*) ;; *) echo 'An error occurred (NoSuchEntity)' >&2; exit 254 ;; esac";
    Sandbox::new().tool("aws", gone).succeeds("ecs-remove");
    let denied = "echo 'An error occurred (AccessDenied)' >&2; exit 254";
    let said = Sandbox::new().tool("aws", denied).fails("ecs-remove");
    assert!(said.contains("AccessDenied"), "{said}");
}
