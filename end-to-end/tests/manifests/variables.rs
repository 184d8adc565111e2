//! Every variable that is set is one that the program reads.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::manifests::{
    objects::{containers, find, id, list, workloads},
    render::renderings,
};

/// The programs of this repository behind the images' names.
const PROGRAMS: [(&str, &str); 3] = [
    ("x-ray-sample-front-k8s", "frontend"),
    ("x-ray-sample-back-k8s", "backend"),
    ("x-ray-console", "console"),
];

/// What a program reads, as its `--help` says.
pub(crate) async fn variables_of_binary(program: &str) -> BTreeSet<String> {
    let mut known = PROGRAMS.iter().map(|(_, known)| *known);
    let program = known.find(|known| *known == program).unwrap();
    end_to_end::variables_of(program).await.unwrap()
}

/// The names of a container's variables.
fn set(container: &Value) -> impl Iterator<Item = &str> {
    list(&container["env"])
        .iter()
        .filter_map(|own| own["name"].as_str())
}

/// Whether another variable of the container is made of this one.
fn is_part(container: &Value, variable: &str) -> bool {
    let reference = format!("$({variable})");
    list(&container["env"])
        .iter()
        .filter_map(|own| own["value"].as_str())
        .any(|value| value.contains(&reference))
}

#[tokio::test]
async fn every_variable_that_a_manifest_sets_is_read_by_a_program() {
    let mut known = std::collections::BTreeMap::new();
    for (image, program) in PROGRAMS {
        known.insert(image, variables_of_binary(program).await);
    }
    for rendering in renderings() {
        for workload in workloads(&rendering.objects) {
            let Some(known) = known.get(workload["metadata"]["name"].as_str().unwrap()) else {
                continue;
            };
            for container in containers(workload) {
                for variable in set(container) {
                    assert!(
                        known.contains(variable) || is_part(container, variable),
                        "{}: {} sets {variable}, which nothing reads",
                        rendering.name,
                        id(workload)
                    );
                }
            }
        }
        // The map is one for both: what one of them reads.
        let settings = find(&rendering.objects, "ConfigMap", "x-ray-sample");
        for variable in settings["data"].as_object().unwrap().keys() {
            assert!(
                known["x-ray-sample-front-k8s"].contains(variable)
                    || known["x-ray-sample-back-k8s"].contains(variable),
                "{}: the ConfigMap sets {variable}, which nothing reads",
                rendering.name
            );
        }
    }
}

/// An expansion sees only the variables before it; others it leaves as they are.
#[test]
fn what_a_variable_is_made_of_stands_before_it() {
    for rendering in renderings() {
        for container in workloads(&rendering.objects).flat_map(containers) {
            let mut before = BTreeSet::new();
            for own in list(&container["env"]) {
                let value = own["value"].as_str().unwrap_or_default();
                for part in value.split("$(").skip(1) {
                    let part = part.split(')').next().unwrap();
                    assert!(
                        before.contains(part),
                        "{}: {part} is not set before {}",
                        rendering.name,
                        own["name"]
                    );
                }
                before.insert(own["name"].as_str().unwrap());
            }
        }
    }
}
