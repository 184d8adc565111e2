//! The doctor's Job is told what the services are told, and keeps the rules that they keep.

use std::{fs, process::Command};

use serde_json::Value;

use crate::render::{documents, root, run};

/// Renders what `deploy/doctor.sh` renders.
fn rendered(overlay: &str) -> Vec<Value> {
    let folder = format!("target/doctor/test-{overlay}");
    fs::create_dir_all(root().join(&folder)).unwrap();
    let text = format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../../../k8s/overlays/{overlay}]\n\
         components: [../../../k8s/doctor, ../../../k8s/components/images]\n"
    );
    fs::write(root().join(&folder).join("kustomization.yaml"), text).unwrap();
    documents(&run(Command::new("kubectl").args(["kustomize", &folder])))
}

fn named<'o>(objects: &'o [Value], kind: &str, name: &str) -> &'o Value {
    let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
    let found = objects.iter().find(is_it);
    &found.unwrap_or_else(|| panic!("there is no {kind} {name}"))["spec"]["template"]["spec"]
}

#[test]
fn the_doctor_is_told_what_the_services_are_told() {
    for overlay in ["eks", "eks-cloudwatch", "local"] {
        let objects = rendered(overlay);
        let doctor = named(&objects, "Job", "x-ray-doctor-NUMBER");
        let front = named(&objects, "Deployment", "x-ray-sample-front-k8s");
        let (own, services) = (&doctor["containers"][0], &front["containers"][0]);
        assert_eq!(own["envFrom"], services["envFrom"], "{overlay}");
        for member in [
            "automountServiceAccountToken",
            "enableServiceLinks",
            "securityContext",
        ] {
            assert_eq!(doctor[member], front[member], "{overlay}: {member}");
        }
        assert_eq!(
            own["securityContext"], services["securityContext"],
            "{overlay}"
        );
        let tag = |container: &Value| {
            let image = container["image"].as_str().unwrap();
            image.rsplit_once(':').unwrap().1.to_owned()
        };
        assert_eq!(tag(own), tag(services), "{overlay}");
    }
}
