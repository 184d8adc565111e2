//! The files for ECS, against botocore's shapes and against each other.

use std::process::Command;

use serde_json::{Value, json};

use crate::manifests::{
    objects::list,
    render::{file, root, run},
    variables::variables_of_binary,
};

const HALVES: [(&str, &str); 2] = [("front", "frontend"), ("back", "backend")];

fn read(path: &str) -> Value {
    file(path).remove(0)
}

#[test]
fn botocore_knows_every_member() {
    for (half, _) in HALVES {
        for (operation, kind) in [
            ("RegisterTaskDefinition", "task"),
            ("CreateService", "service"),
        ] {
            run(Command::new("python3")
                .arg("end-to-end/python/validate_ecs.py")
                .args([operation, &format!("ecs/{half}-{kind}.json")]));
        }
    }
}

#[test]
fn what_botocore_does_not_know_is_refused() {
    let path = root().join("target/manifests-ecs-broken.json");
    let mut task = read("ecs/back-task.json");
    task["containerDefinitions"][0]["memoryLimit"] = json!(1);
    std::fs::write(&path, task.to_string()).unwrap();
    let status = Command::new("python3")
        .arg("end-to-end/python/validate_ecs.py")
        .args(["RegisterTaskDefinition", path.to_str().unwrap()])
        .current_dir(root())
        .output()
        .unwrap()
        .status;
    assert!(!status.success());
}

#[tokio::test]
async fn each_task_is_a_hardened_service_and_a_daemon_beside_it() {
    for (half, program) in HALVES {
        let task = read(&format!("ecs/{half}-task.json"));
        let name = format!("x-ray-sample-{half}-k8s");
        assert_eq!(task["family"], name.as_str());
        assert_eq!(
            (&task["networkMode"], &task["requiresCompatibilities"]),
            (&json!("awsvpc"), &json!(["FARGATE"]))
        );
        let [service, daemon] = list(&task["containerDefinitions"]) else {
            panic!("{task}")
        };
        for container in [service, daemon] {
            let (image, tag) = container["image"]
                .as_str()
                .unwrap()
                .rsplit_once(':')
                .unwrap();
            assert!(
                !image.is_empty() && tag != "latest" && !tag.contains('/'),
                "{image}:{tag}"
            );
            assert_eq!(container["readonlyRootFilesystem"], true);
            assert_eq!(
                container["linuxParameters"]["capabilities"],
                json!({"drop": ["ALL"]})
            );
            assert!(container["memory"].is_number() && container["essential"] == true);
            assert!(container.get("privileged").is_none());
        }
        assert_eq!(
            (&service["user"], &daemon["user"]),
            (&json!("65532"), &json!("10001"))
        );
        assert!(list(&daemon["command"]).contains(&json!("--buffer-memory=16")));
        let known = variables_of_binary(program).await;
        for variable in list(&service["environment"]) {
            let variable = variable["name"].as_str().unwrap();
            assert!(
                known.contains(variable),
                "{program} does not read {variable}"
            );
        }
    }
}

/// The front end finds the back end at its default address, by Service Connect.
#[test]
fn the_services_run_the_tasks_and_the_back_end_has_its_name() {
    for (half, _) in HALVES {
        let name = format!("x-ray-sample-{half}-k8s");
        let service = read(&format!("ecs/{half}-service.json"));
        assert_eq!(
            (&service["serviceName"], &service["taskDefinition"]),
            (&json!(name), &json!(name))
        );
        assert_eq!(
            service["serviceConnectConfiguration"]["namespace"],
            "x-ray-sample"
        );
    }
    let connect =
        read("ecs/back-service.json")["serviceConnectConfiguration"]["services"][0].clone();
    let task = read("ecs/back-task.json");
    assert_eq!(
        connect["portName"],
        task["containerDefinitions"][0]["portMappings"][0]["name"]
    );
    let front = read("ecs/front-task.json");
    let url = json!({"name": "BACKEND_URL", "value": "http://x-ray-sample-back-k8s"});
    assert!(list(&front["containerDefinitions"][0]["environment"]).contains(&url));
}
