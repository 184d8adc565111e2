//! Building, pushing, and recording images.

use end_to_end::sandbox::{DIGEST, DOCKER, REGISTRY, Sandbox};

const PROGRAMS: [(&str, &str); 3] = [
    ("frontend", "x-ray-sample-front-k8s"),
    ("backend", "x-ray-sample-back-k8s"),
    ("console", "x-ray-console"),
];

/// What is asked before anything is built.
const BEFORE: [&str; 2] = ["docker buildx version", "docker buildx inspect"];

#[test]
fn push_builds_both_architectures_and_writes_name_commit_and_digest_where_they_are_deployed_from() {
    let sandbox = Sandbox::new()
        .with("REGISTRY", REGISTRY)
        .tool("docker", DOCKER);
    let tag = sandbox.revision();
    sandbox.succeeds("push");
    let version = env!("CARGO_PKG_VERSION");
    let built = PROGRAMS.map(|(program, name)| {
        format!(
            "docker buildx build --platform linux/amd64,linux/arm64 --push --metadata-file target/pushed/{name}.json --file Dockerfile.{program} \
             --tag {REGISTRY}/{name}:{tag} --build-arg VERSION={version} --build-arg REVISION={tag} ."
        )
    });
    assert_eq!(
        sandbox.calls(),
        [&BEFORE.map(str::to_owned)[..], &built].concat()
    );

    let images = sandbox.read("k8s/components/images/kustomization.yaml");
    for (_, name) in PROGRAMS {
        let block = format!(
            "  - name: {name}\n    newName: {REGISTRY}/{name}\n    newTag: \"{tag}\"\n    digest: {DIGEST}\n"
        );
        assert!(images.contains(&block), "{images}");
    }
    for half in ["front", "back"] {
        let image = format!("\"image\": \"{REGISTRY}/x-ray-sample-{half}-k8s@{DIGEST}\"");
        assert!(
            sandbox
                .read(&format!("ecs/{half}-task.json"))
                .contains(&image)
        );
        let manifest = sandbox.read(&format!("{half}end/x-ray-sample-{half}-k8s.yml"));
        let image = format!("        image: {REGISTRY}/x-ray-sample-{half}-k8s:{tag}@{DIGEST}\n");
        assert_eq!(manifest.matches(&image).count(), 1, "{manifest}");
        assert!(
            sandbox
                .read(&format!("ecs/{half}-task.json"))
                .contains("aws-xray-daemon:3.")
        );
    }
    // Again, and elsewhere: the names of before are replaced. What was written is no part of the images.
    let sandbox = sandbox.with("REGISTRY", "localhost:5000");
    sandbox.succeeds("push");
    let images = sandbox.read("k8s/components/images/kustomization.yaml");
    assert!(
        !images.contains(REGISTRY) && images.contains("newName: localhost:5000/x-ray-console\n"),
        "{images}"
    );
    assert_eq!(images.matches(DIGEST).count(), 3, "{images}");
}

#[test]
fn push_refuses_what_would_not_be_what_its_tag_says() {
    let sandbox = Sandbox::new().tool("docker", "");
    assert!(sandbox.fails("push").contains("make push REGISTRY="));
    let sandbox = sandbox.with("REGISTRY", "https://registry.example");
    assert!(
        sandbox
            .fails("push")
            .contains("REGISTRY=https://registry.example")
    );
    let sandbox = sandbox.with("REGISTRY", REGISTRY);
    let changed = sandbox.read("Dockerfile.frontend") + "\n";
    sandbox.write("Dockerfile.frontend", &changed);
    assert!(sandbox.fails("push").contains("commit them first"));
    assert!(!sandbox.calls().iter().any(|call| call.contains(" build ")));

    // A registry that refuses: nothing is written.
    sandbox.commit("changed");
    let sandbox = sandbox.tool("docker", "[ \"$2\" != build ]");
    sandbox.fails("push");
    // One that pushes and does not say what.
    let sandbox = sandbox.tool(
        "docker",
        "while [ \"$1\" != --metadata-file ]; do shift || exit 0; done; echo '{}' >\"$2\"",
    );
    assert!(
        sandbox
            .fails("push")
            .contains("did not say the digest of x-ray-sample-front-k8s")
    );
    assert!(
        sandbox
            .read("k8s/components/images/kustomization.yaml")
            .contains("newTag: unpushed")
    );
}

const CREATED: &str = "docker buildx create --name x-ray-sample --driver docker-container";

/// The engine's own builder makes one platform at a time, unless the engine keeps its images in containerd.
#[test]
fn push_makes_a_builder_for_two_platforms_where_there_is_none() {
    let script = |driver: &str, store: &str, is_made: bool| {
        format!(
            "case \"$*\" in
                'buildx inspect') echo 'Name: default'; echo 'Driver: {driver}' ;;
                'buildx inspect x-ray-sample') exit {} ;;
                info*) echo '[[driver-type {store}]]' ;;
                'buildx build'*) echo \"with ${{BUILDX_BUILDER:-the current one}}\" >>builders ;;
            esac
            {DOCKER}",
            i32::from(!is_made)
        )
    };
    for (driver, store, is_made, builder, creations) in [
        ("docker", "overlay2", false, "x-ray-sample", 1),
        ("docker", "overlay2", true, "x-ray-sample", 0),
        (
            "docker",
            "io.containerd.snapshotter.v1",
            false,
            "the current one",
            0,
        ),
        ("docker-container", "overlay2", false, "the current one", 0),
        ("kubernetes", "overlay2", false, "the current one", 0),
    ] {
        let sandbox = Sandbox::new()
            .with("REGISTRY", REGISTRY)
            .tool("docker", &script(driver, store, is_made));
        sandbox.succeeds("push");
        let made = sandbox
            .calls()
            .iter()
            .filter(|call| *call == CREATED)
            .count();
        assert_eq!(made, creations, "{driver} {store}");
        let with = format!("with {builder}\n");
        assert_eq!(sandbox.read("builders"), with.repeat(3), "{driver} {store}");
    }
}
