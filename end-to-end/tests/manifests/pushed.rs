//! What `make push` writes, and what `docs/deploy.md` says to write, is what is applied.

use std::{fs, process::Command};

use end_to_end::sandbox::{DIGEST, REGISTRY, Sandbox};
use serde_json::Value;

use crate::manifests::{
    objects::{containers, id, workloads},
    policy::complaints,
    render::{documents, root, run},
};

fn kustomize(sandbox: &Sandbox, overlay: &str) -> Vec<Value> {
    let folder = sandbox.folder.join("k8s/overlays").join(overlay);
    documents(&run(Command::new("kubectl").arg("kustomize").arg(folder)))
}

#[test]
fn after_a_push_every_image_of_ours_comes_from_the_registry_with_the_commit_s_tag_and_its_digest() {
    let sandbox = Sandbox::new();
    let tag = sandbox.revision();
    let sandbox = sandbox.pushed();
    let mut found = 0;
    for overlay in ["eks", "eks-cloudwatch", "local"] {
        for workload in workloads(&kustomize(&sandbox, overlay)) {
            let name = workload["metadata"]["name"].as_str().unwrap();
            let image = containers(workload)[0]["image"].as_str().unwrap();
            if name == "aws-xray" {
                assert!(image.starts_with("public.ecr.aws/"), "{image}");
            } else {
                assert_eq!(
                    image,
                    format!("{REGISTRY}/{name}:{tag}@{DIGEST}"),
                    "{overlay}"
                );
                found += 1;
            }
        }
    }
    assert_eq!(found, 7);
}

/// A tag of digits alone would be a number to YAML, and no image.
#[test]
fn a_tag_that_looks_like_a_number_stays_a_text() {
    let sandbox = Sandbox::new().pushed();
    let images = "k8s/components/images/kustomization.yaml";
    let tag = sandbox.git(&["rev-parse", "--short=12", "HEAD~1"]);
    sandbox.write(images, &sandbox.read(images).replace(&tag, "123456789012"));
    for workload in workloads(&kustomize(&sandbox, "eks-cloudwatch")) {
        let image = containers(workload)[0]["image"].as_str().unwrap();
        assert!(
            image.ends_with(&format!(":123456789012@{DIGEST}")),
            "{}: {image}",
            id(workload)
        );
    }
}

#[test]
fn the_overlays_that_the_document_tells_to_write_render_and_keep_the_policy() {
    let text = fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    let sandbox = Sandbox::new();
    let blocks: Vec<&str> = text.split("```yaml\n# ").skip(1).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let (path, yaml) = block.split("```").next().unwrap().split_once('\n').unwrap();
        let folder = path.strip_suffix("/kustomization.yaml").unwrap();
        fs::create_dir_all(sandbox.folder.join(folder)).unwrap();
        sandbox.write(path, yaml);
        let objects = kustomize(&sandbox, folder.strip_prefix("k8s/overlays/").unwrap());
        assert_eq!(complaints(&objects), [""; 0], "{path}");
        // One daemon, and not one beside the other.
        let is_daemon = |workload: &&Value| workload["kind"] == "DaemonSet";
        assert_eq!(workloads(&objects).filter(is_daemon).count(), 1, "{path}");
    }
}
