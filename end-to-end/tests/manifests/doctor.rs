//! The doctor's Job has the variables of the services, and runs once on its node.

use end_to_end::Program;
use serde_json::json;

use crate::manifests::{
    objects::{containers, find, list, pod},
    render::rendering,
};

const OVERLAYS: [&str; 3] = ["eks", "eks-cloudwatch", "local"];

#[test]
fn the_doctor_is_told_what_the_services_are_told() {
    for overlay in OVERLAYS {
        let objects = &rendering(&format!("overlays/{overlay} + doctor")).objects;
        let doctor = find(objects, "Job", "x-ray-doctor-NUMBER");
        let front = find(objects, "Deployment", "x-ray-sample-front-k8s");
        let (own, services) = (&containers(doctor)[0], &containers(front)[0]);
        assert_eq!(own["envFrom"], services["envFrom"], "{overlay}");
        for member in [
            "automountServiceAccountToken",
            "enableServiceLinks",
            "securityContext",
        ] {
            assert_eq!(
                pod(doctor)[member],
                pod(front)[member],
                "{overlay}: {member}"
            );
        }
        // Both are in a registry, or neither is.
        assert_eq!(own["image"], "x-ray-console:unpushed", "{overlay}");
        assert_eq!(services["image"], "x-ray-sample-front-k8s:unpushed");
    }
}

#[tokio::test]
async fn the_doctor_runs_once_on_any_node_and_knows_which_it_is() {
    let mut help = Program::start("console", &["doctor", "--help"], &[]).unwrap();
    assert!(help.ended().await.unwrap().success());
    let known = help.lines().join("\n");
    for overlay in OVERLAYS {
        let objects = &rendering(&format!("overlays/{overlay} + doctor")).objects;
        let doctor = find(objects, "Job", "x-ray-doctor-NUMBER");
        assert_eq!(doctor["metadata"]["labels"], json!({"app": "x-ray-doctor"}));
        assert_eq!(doctor["spec"]["backoffLimit"], 0);
        // `make doctor` writes the node's name there.
        assert_eq!(pod(doctor)["nodeName"], "NODE");
        assert_eq!(pod(doctor)["restartPolicy"], "Never");
        assert_eq!(pod(doctor)["tolerations"], json!([{"operator": "Exists"}]));
        let own = &containers(doctor)[0];
        assert_eq!(own["args"], json!(["doctor"]));
        assert_eq!(
            own["env"],
            json!([{"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}])
        );
        for variable in list(&own["env"]) {
            assert!(
                known.contains(variable["name"].as_str().unwrap()),
                "{known}"
            );
        }
    }
}
