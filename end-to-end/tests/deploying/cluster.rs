//! Overlays on a cluster, and the cluster on this machine.

use end_to_end::{Sandbox as Desk, ports};

const IMAGES: &str = "k8s/components/images/kustomization.yaml";

/// The commands that bring the local overlay's two pages to this machine, and where they are then.
pub(crate) fn forwards() -> [(String, String); 2] {
    let kubectl = "kubectl --context kind-x-ray-sample -n";
    let (page, service, console) = (ports::CONTAINER, ports::SERVICE, ports::DAEMON);
    [
        (
            format!(
                "{kubectl} x-ray-sample port-forward service/x-ray-sample-front-k8s {page}:{service} "
            ),
            format!("http://localhost:{page}"),
        ),
        (
            format!("{kubectl} xray port-forward service/aws-xray {console} "),
            format!("http://localhost:{console}"),
        ),
    ]
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
fn deploy_stops_before_an_image_that_has_no_tag() {
    let desk = Desk::new()
        .pushed()
        .with("OVERLAY", "eks")
        .tool("kubectl", "");
    let images = desk.read(IMAGES);
    let tag = format!(
        "    newTag: \"{}\"\n",
        desk.git(&["rev-parse", "--short=12", "HEAD~1"])
    );
    assert_eq!(images.matches(&tag).count(), 3, "{images}");
    // Of each of the three, whichever comes after it.
    for (index, name) in [
        "x-ray-sample-front-k8s",
        "x-ray-sample-back-k8s",
        "x-ray-console",
    ]
    .iter()
    .enumerate()
    {
        let (at, _) = images.match_indices(&tag).nth(index).unwrap();
        for no_tag in ["", "    newTag:\n", "    newTag: \"\"\n"] {
            let changed = [&images[..at], no_tag, &images[at + tag.len()..]].concat();
            desk.write(IMAGES, &changed);
            let said = desk.fails("deploy");
            assert!(
                said.contains(&format!("{name} has no tag in {IMAGES}")),
                "{said}"
            );
        }
        let digest = format!("    digest: sha256:{}\n", "0".repeat(64));
        desk.write(IMAGES, &images.replacen(&tag, &digest, index + 1));
        assert!(desk.fails("deploy").contains("is in the cluster"));
    }
}

/// What `kubectl get -k` prints of the local overlay.
const APPLIED: &str = "*'get -k'*) printf '%s\n' 'Namespace  x-ray-sample' 'Deployment x-ray-sample x-ray-sample-back-k8s' \
    'Deployment x-ray-sample x-ray-sample-front-k8s' 'Service x-ray-sample x-ray-sample-front-k8s' \
    'Deployment xray x-ray-console' 'DaemonSet xray aws-xray' ;;";

#[test]
fn deploy_applies_and_waits_for_everything_that_runs_each_time() {
    let desk = Desk::new()
        .pushed()
        .with("OVERLAY", "eks")
        .tool("kubectl", &format!("case \"$*\" in {APPLIED} esac"));
    let expected = [
        "kubectl apply -k k8s/overlays/eks",
        r#"kubectl get -k k8s/overlays/eks -o jsonpath={range .items[*]}{.kind}{" "}{.metadata.namespace}{" "}{.metadata.name}{"\n"}{end}"#,
        "kubectl -n x-ray-sample rollout status Deployment x-ray-sample-back-k8s --timeout 180s",
        "kubectl -n x-ray-sample rollout status Deployment x-ray-sample-front-k8s --timeout 180s",
        "kubectl -n xray rollout status Deployment x-ray-console --timeout 180s",
        "kubectl -n xray rollout status DaemonSet aws-xray --timeout 180s",
    ];
    desk.succeeds("deploy");
    desk.succeeds("deploy");
    assert_eq!(desk.calls(), [expected, expected].concat());
}

#[test]
fn pods_that_do_not_start_are_asked_for_their_last_words() {
    let words = "CrashLoopBackOff  error: BACKEND_URL=\\\"ftp://back\\\": write http://host:port";
    for (namespace, name) in [
        ("x-ray-sample", "x-ray-sample-back-k8s"),
        ("xray", "x-ray-console"),
        ("xray", "aws-xray"),
    ] {
        let script = format!(
            "case \"$*\" in {APPLIED} *rollout*' {name} '*) exit 1 ;;
                '-n {namespace} get pods --selector app={name} '*) echo \"{words}\" ;; esac"
        );
        let desk = Desk::new()
            .pushed()
            .with("OVERLAY", "eks")
            .tool("kubectl", &script);
        let said = desk.fails("deploy");
        assert!(
            said.contains("BACKEND_URL=\"ftp://back\"")
                && said.contains(&format!("{name} does not become ready")),
            "{said}"
        );
        let asked = desk.calls().pop().unwrap();
        for where_it_may_be in [
            ".state.waiting.message",
            ".state.terminated.message",
            ".lastState.terminated.message",
            ".status.conditions",
        ] {
            assert!(asked.contains(where_it_may_be), "{asked}");
        }
    }
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
    let balanced = "*spec.type*) echo LoadBalancer ;;";
    // The address is there when it is asked for the third time.
    let script = format!(
        "case \"$*\" in {balanced} *) echo >>asked; [ $(grep -c '' asked) -lt 3 ] || echo elb.example ;; esac"
    );
    let desk = Desk::new().tool("kubectl", &script).tool("sleep", "");
    assert_eq!(desk.succeeds("url"), "http://elb.example\n");
    assert_eq!(desk.read("asked").lines().count(), 3);
    let desk = Desk::new()
        .with("ATTEMPTS", "1")
        .tool("kubectl", &format!("case \"$*\" in {balanced} esac"))
        .tool("sleep", "");
    assert!(desk.fails("url").contains("pending"));
    assert_eq!(desk.calls().len(), 3);
}

#[test]
fn url_does_not_wait_for_an_address_that_nobody_makes() {
    let desk = Desk::new()
        .tool("kubectl", "echo ClusterIP")
        .tool("sleep", "");
    let said = desk.fails("url");
    let (page, service) = (ports::CONTAINER, ports::SERVICE);
    for part in [
        "is a ClusterIP".to_owned(),
        format!("service/x-ray-sample-front-k8s {page}:{service},"),
        format!("http://localhost:{page}\n"),
    ] {
        assert!(said.contains(&part), "{part} is not in {said}");
    }
    assert_eq!(desk.calls().len(), 1);
}

#[test]
fn kind_makes_its_cluster_once_and_loads_what_the_manifests_name() {
    let clusters = "[ \"$*\" = 'get clusters' ] && cat clusters 2>/dev/null; [ \"$1\" = create ] && echo x-ray-sample >clusters; true";
    let desk = Desk::new()
        .tool("kind", clusters)
        .tool("docker", "")
        .tool("kubectl", &format!("case \"$*\" in {APPLIED} esac"));
    let said = desk.succeeds("kind");
    for (command, address) in forwards() {
        let line = said.lines().find(|line| line.contains(&command));
        let line = line.unwrap_or_else(|| panic!("{command} is not in {said}"));
        assert!(line.ends_with(&format!("   {address}")), "{line}");
    }
    assert!(
        said.contains("kind delete cluster --name x-ray-sample"),
        "{said}"
    );
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
