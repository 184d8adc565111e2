//! The commands for clusters, accounts and registries: without their tool they refuse, and with it they make the
//! calls that they should. Nobody has a cluster in a test, so the tools are stand-ins that write down how they were
//! called; that the calls do what they should on a cluster is not tested here.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

const REGISTRY: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x-ray-sample";

const PARTS: [&str; 5] = ["deploy", "k8s", "ecs", "Makefile", "Dockerfile.frontend"];

/// A copy of what is deployed, in a repository of its own, and a PATH with stand-ins.
struct Desk {
    folder: PathBuf,
    variables: BTreeMap<&'static str, &'static str>,
}

impl Desk {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("x-ray-sample-deploying-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join("bin")).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for part in PARTS {
            run(Command::new("cp")
                .arg("-r")
                .arg(root.join(part))
                .arg(&folder));
        }
        // What every shell has; the tools themselves are not among it.
        for tool in [
            "bash", "sh", "env", "make", "git", "sed", "awk", "grep", "seq", "sleep", "dirname",
            "basename", "cat", "mkdir", "rm", "mv",
        ] {
            let found = run(Command::new("which").arg(tool)).stdout;
            let found = String::from_utf8(found).unwrap();
            std::os::unix::fs::symlink(found.trim(), folder.join("bin").join(tool)).unwrap();
        }
        let desk = Self {
            folder,
            variables: BTreeMap::new(),
        };
        desk.git(&["init", "--quiet"]);
        desk.git(&[&["add"], &PARTS[..]].concat());
        desk.commit("all");
        desk
    }

    fn with(mut self, variable: &'static str, value: &'static str) -> Self {
        self.variables.insert(variable, value);
        self
    }

    /// Adds a stand-in: it writes its arguments down and does what `script` says.
    fn tool(self, name: &str, script: &str) -> Self {
        let path = self.folder.join("bin").join(name);
        // It may be a link to the real one.
        let _ = fs::remove_file(&path);
        let text = format!(
            "#!/bin/sh\necho \"{name} $*\" >>'{}/calls'\n{script}\n",
            self.folder.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn git(&self, arguments: &[&str]) -> String {
        let identity = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@localhost",
            "-c",
            "commit.gpgsign=false",
        ];
        let output = run(Command::new("git")
            .args(identity)
            .args(arguments)
            .current_dir(&self.folder));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, message: &str) {
        self.git(&["commit", "--quiet", "--all", "--message", message]);
    }

    fn revision(&self) -> String {
        self.git(&["rev-parse", "--short=12", "HEAD"])
    }

    /// Runs a target and returns what it printed on either stream, and whether it ended well.
    fn make(&self, target: &str) -> (bool, String) {
        let output = Command::new("make")
            .args(["--silent", target])
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", self.folder.join("bin"))
            .env("HOME", &self.folder)
            .envs(&self.variables)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    fn succeeds(&self, target: &str) -> String {
        let (is_well, said) = self.make(target);
        assert!(
            is_well,
            "make {target}: {said}\n{}",
            self.calls().join("\n")
        );
        said
    }

    fn fails(&self, target: &str) -> String {
        let (is_well, said) = self.make(target);
        assert!(!is_well, "make {target}: {said}");
        said
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.folder.join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }

    /// Pushes to a registry that takes everything, and commits what that wrote.
    fn pushed(self) -> Self {
        let desk = self.with("REGISTRY", REGISTRY).tool("docker", "");
        desk.succeeds("push");
        desk.commit("pushed");
        fs::remove_file(desk.folder.join("calls")).unwrap();
        desk
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

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
    ] {
        let desk = Desk::new()
            .with("OVERLAY", "eks")
            .with("REGISTRY", REGISTRY);
        let said = desk.fails(target);
        assert!(
            said.contains(&format!("{tool} is missing: ")) && said.contains("https://"),
            "{target}: {said}"
        );
        assert_eq!(
            desk.git(&["status", "--porcelain", "--untracked-files=no"]),
            ""
        );
    }
    let said = Desk::new().tool("docker", "").fails("kind");
    assert!(said.contains("kind is missing: "), "{said}");
}

#[test]
fn push_builds_both_architectures_and_writes_name_and_commit_where_they_are_deployed_from() {
    let desk = Desk::new().with("REGISTRY", REGISTRY).tool("docker", "");
    let tag = desk.revision();
    desk.succeeds("push");
    let built: Vec<String> = [("frontend", "x-ray-sample-front-k8s"), ("backend", "x-ray-sample-back-k8s"), ("console", "x-ray-console")]
        .map(|(program, name)| {
            format!(
                "docker buildx build --platform linux/amd64,linux/arm64 --push --file Dockerfile.{program} \
                 --tag {REGISTRY}/{name}:{tag} --build-arg REVISION={tag} ."
            )
        })
        .into();
    let calls = desk.calls();
    assert_eq!(
        (calls[0].as_str(), &calls[1..]),
        ("docker buildx version", built.as_slice())
    );

    let images = desk.read("k8s/components/images/kustomization.yaml");
    for name in [
        "x-ray-sample-front-k8s",
        "x-ray-sample-back-k8s",
        "x-ray-console",
    ] {
        let block =
            format!("  - name: {name}\n    newName: {REGISTRY}/{name}\n    newTag: {tag}\n");
        assert!(images.contains(&block), "{images}");
    }
    for half in ["front", "back"] {
        let image = format!("\"image\": \"{REGISTRY}/x-ray-sample-{half}-k8s:{tag}\"");
        assert!(desk.read(&format!("ecs/{half}-task.json")).contains(&image));
        assert!(
            desk.read(&format!("ecs/{half}-task.json"))
                .contains("aws-xray-daemon:3.")
        );
    }
    // Again, and elsewhere: the names of before are replaced.
    desk.commit("pushed");
    let desk = desk.with("REGISTRY", "localhost:5000");
    desk.succeeds("push");
    let images = desk.read("k8s/components/images/kustomization.yaml");
    assert!(
        !images.contains(REGISTRY) && images.contains("newName: localhost:5000/x-ray-console\n"),
        "{images}"
    );
}

#[test]
fn push_refuses_what_would_not_be_what_its_tag_says() {
    let desk = Desk::new().tool("docker", "");
    assert!(desk.fails("push").contains("make push REGISTRY="));
    let desk = desk.with("REGISTRY", "https://registry.example");
    assert!(
        desk.fails("push")
            .contains("REGISTRY=https://registry.example")
    );
    let desk = desk.with("REGISTRY", REGISTRY);
    let changed = desk.read("Dockerfile.frontend") + "\n";
    fs::write(desk.folder.join("Dockerfile.frontend"), changed).unwrap();
    assert!(desk.fails("push").contains("commit them first"));
    assert!(!desk.calls().iter().any(|call| call.contains(" build ")));

    // A registry that refuses: nothing is written.
    desk.commit("changed");
    let desk = desk.tool("docker", "[ \"$2\" != build ]");
    desk.fails("push");
    assert!(
        desk.read("k8s/components/images/kustomization.yaml")
            .contains("newTag: unpushed")
    );
}

#[test]
fn deploy_stops_before_images_that_no_registry_has_and_before_overlays_that_do_not_exist() {
    let desk = Desk::new().with("OVERLAY", "eks").tool("kubectl", "");
    let said = desk.fails("deploy");
    assert!(said.contains("make push REGISTRY="), "{said}");
    let desk = desk.with("OVERLAY", "aks");
    let said = desk.fails("deploy");
    assert!(
        said.contains("OVERLAY=aks is none; there are eks eks-cloudwatch local"),
        "{said}"
    );
    let desk = desk.with("OVERLAY", "");
    assert!(desk.fails("deploy").contains("make deploy OVERLAY=eks"));
    assert_eq!(desk.calls(), [""; 0]);
}

#[test]
fn deploy_applies_and_waits_for_both_halves_each_time() {
    let desk = Desk::new()
        .pushed()
        .with("OVERLAY", "eks")
        .tool("kubectl", "");
    let expected = [
        "kubectl apply -k k8s/overlays/eks",
        "kubectl -n x-ray-sample rollout status deployment x-ray-sample-back-k8s --timeout 180s",
        "kubectl -n x-ray-sample rollout status deployment x-ray-sample-front-k8s --timeout 180s",
    ];
    desk.succeeds("deploy");
    desk.succeeds("deploy");
    assert_eq!(desk.calls(), [expected, expected].concat());
}

#[test]
fn a_pod_that_does_not_start_is_asked_for_its_last_words() {
    let words = "CrashLoopBackOff  error: BACKEND_URL=\\\"ftp://back\\\": write http://host:port";
    let script =
        format!("case \"$*\" in *rollout*) exit 1 ;; *'get pods'*) echo \"{words}\" ;; esac");
    let desk = Desk::new()
        .pushed()
        .with("OVERLAY", "eks")
        .tool("kubectl", &script);
    let said = desk.fails("deploy");
    assert!(
        said.contains("BACKEND_URL=\"ftp://back\"") && said.contains("does not become ready"),
        "{said}"
    );
}

#[test]
fn undeploy_deletes_what_is_there() {
    let desk = Desk::new().with("OVERLAY", "local").tool("kubectl", "");
    desk.succeeds("undeploy");
    assert_eq!(
        desk.calls(),
        ["kubectl delete -k k8s/overlays/local --ignore-not-found --wait"]
    );
}

#[test]
fn url_waits_for_the_address_and_prints_it() {
    // The address is there when it is asked for the third time.
    let script = "echo >>asked; [ $(grep -c '' asked) -lt 3 ] || echo elb.example";
    let desk = Desk::new().tool("kubectl", script).tool("sleep", "");
    assert_eq!(desk.succeeds("url"), "http://elb.example\n");
    assert_eq!(
        desk.calls()
            .iter()
            .filter(|call| call.starts_with("kubectl"))
            .count(),
        3
    );
    let desk = Desk::new()
        .with("ATTEMPTS", "1")
        .tool("kubectl", "")
        .tool("sleep", "");
    assert!(desk.fails("url").contains("pending"));
    assert_eq!(desk.calls().len(), 2);
}

#[test]
fn kind_makes_its_cluster_once_and_loads_what_the_manifests_name() {
    let clusters = "[ \"$*\" = 'get clusters' ] && cat clusters 2>/dev/null; [ \"$1\" = create ] && echo x-ray-sample >clusters; true";
    let desk = Desk::new()
        .tool("kind", clusters)
        .tool("docker", "")
        .tool("kubectl", "");
    let said = desk.succeeds("kind");
    for address in [
        "http://localhost:8080",
        "http://localhost:2000",
        "kind delete cluster --name x-ray-sample",
    ] {
        assert!(said.contains(address), "{said}");
    }
    let first = desk.calls();
    let named: Vec<&String> = first
        .iter()
        .filter(|call| call.starts_with("kind load"))
        .collect();
    assert_eq!(
        named[2],
        "kind load docker-image --name x-ray-sample x-ray-console:unpushed"
    );
    assert!(first.contains(&"kind create cluster --name x-ray-sample --wait 120s".to_owned()));
    assert!(
        first.contains(
            &"kubectl --context kind-x-ray-sample apply -k k8s/overlays/local".to_owned()
        )
    );
    // No call reaches a cluster other than its own.
    assert!(
        first
            .iter()
            .filter(|call| call.starts_with("kubectl"))
            .all(|call| call.contains("--context kind-x-ray-sample"))
    );

    desk.succeeds("kind");
    let creations = desk
        .calls()
        .iter()
        .filter(|call| call.starts_with("kind create"))
        .count();
    assert_eq!(creations, 1);
}

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
    let desk = Desk::new().pushed().tool("aws", aws);
    assert!(desk.fails("ecs").contains("export SUBNETS="));
    let desk = desk.with("SUBNETS", "subnet-1,subnet-2");
    assert!(desk.fails("ecs").contains("export SECURITY_GROUP="));
    assert_eq!(desk.calls(), [""; 0]);
    let desk = desk.with("SECURITY_GROUP", "sg-1");
    assert_eq!(desk.succeeds("ecs"), "http://203.0.113.7:8080\n");
    let verbs: Vec<String> = desk
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
        desk.calls().contains(&created.to_owned()),
        "{:?}",
        desk.calls()
    );
}

#[test]
fn ecs_remove_takes_absence_for_done_and_anything_else_for_an_error() {
    let gone = "case \"$*\" in *list-namespaces*) ;; *wait*) ;; *) echo 'An error occurred (NoSuchEntity)' >&2; exit 254 ;; esac";
    Desk::new().tool("aws", gone).succeeds("ecs-remove");
    let denied = "echo 'An error occurred (AccessDenied)' >&2; exit 254";
    let said = Desk::new().tool("aws", denied).fails("ecs-remove");
    assert!(said.contains("AccessDenied"), "{said}");
}

/// Nothing in the document can be run here, so what it names must at least exist.
#[test]
fn the_document_names_targets_and_files_that_exist_and_no_way_takes_more_than_six_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/deploy.md")).unwrap();
    let makefile = fs::read_to_string(root.join("Makefile")).unwrap();
    let is_end = |letter: char| !(letter.is_ascii_alphanumeric() || "-_./".contains(letter));
    let targets = text
        .split("make ")
        .skip(1)
        .map(|rest| rest.split(is_end).next().unwrap());
    let targets: Vec<&str> = targets
        .filter(|target| {
            text.contains(&format!("`make {target}")) || text.contains(&format!("\nmake {target}"))
        })
        .collect();
    assert!(targets.len() > 10, "{targets:?}");
    for target in targets {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
    let paths = text.split(is_end).filter(|word| {
        ["k8s/", "eks/", "ecs/", "values/", "docs/", "end-to-end/"]
            .iter()
            .any(|folder| word.starts_with(folder))
    });
    let paths: Vec<&str> = paths.map(|path| path.trim_end_matches('.')).collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        assert!(root.join(path).exists(), "{path}");
    }
    for way in ["Laptop", "kind", "EKS", "ECS"] {
        let section = text
            .split(&format!("\n## {way}\n"))
            .nth(1)
            .unwrap_or_else(|| panic!("{way}"));
        let section = section.split("\n## ").next().unwrap();
        let commands: usize = section
            .split("```sh\n")
            .skip(1)
            .map(|block| block.split("```").next().unwrap().lines().count())
            .sum();
        assert!((1..=6).contains(&commands), "{way}: {commands} commands");
    }
}
