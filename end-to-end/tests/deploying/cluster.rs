//! Overlays on a cluster, and the cluster on this machine.

use end_to_end::{Sandbox, ports, sandbox::DIGEST};

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
    let sandbox = Sandbox::new().with("OVERLAY", "eks").tool("kubectl", "");
    let said = sandbox.fails("deploy");
    assert!(said.contains("make push REGISTRY="), "{said}");
    let sandbox = sandbox.with("OVERLAY", "aks");
    let said = sandbox.fails("deploy");
    assert!(
        said.contains("OVERLAY=aks is none; there are eks eks-cloudwatch local"),
        "{said}"
    );
    let sandbox = sandbox.with("OVERLAY", "");
    assert!(sandbox.fails("deploy").contains("make deploy OVERLAY=eks"));
    assert_eq!(sandbox.calls(), [""; 0]);
}

#[test]
fn deploy_stops_before_an_image_that_has_no_tag() {
    let sandbox = Sandbox::new()
        .pushed()
        .with("OVERLAY", "eks")
        .tool("kubectl", "");
    // A digest would do as well.
    let images = sandbox
        .read(IMAGES)
        .replace(&format!("    digest: {DIGEST}\n"), "");
    let tag = format!(
        "    newTag: \"{}\"\n",
        sandbox.git(&["rev-parse", "--short=12", "HEAD~1"])
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
            sandbox.write(IMAGES, &changed);
            let said = sandbox.fails("deploy");
            assert!(
                said.contains(&format!("{name} has no tag in {IMAGES}")),
                "{said}"
            );
        }
        let digest = format!("    digest: sha256:{}\n", "0".repeat(64));
        sandbox.write(IMAGES, &images.replacen(&tag, &digest, index + 1));
        assert!(sandbox.fails("deploy").contains("is in the cluster"));
    }
}

/// What `kubectl get` prints of an overlay, and of the one Service that it has.
const APPLIED: &str = "*'get -k'*) printf '%s\n' 'Namespace  x-ray-sample' 'Deployment x-ray-sample x-ray-sample-back-k8s' \
    'Deployment x-ray-sample x-ray-sample-front-k8s' 'Service xray aws-xray' \
    'Deployment xray x-ray-console' 'DaemonSet xray aws-xray' ;;
    *'get service aws-xray'*) echo segments sampling ;;
    *'get endpointslices'*) cat slices 2>/dev/null || echo 'true true segments sampling' ;;";

#[test]
fn deploy_applies_and_waits_for_everything_that_runs_each_time() {
    let sandbox = Sandbox::new()
        .pushed()
        .with("OVERLAY", "eks")
        .tool("kubectl", &format!("case \"$*\" in {APPLIED} esac"));
    let columns = r#"-o jsonpath={range .items[*]}{.kind}{" "}{.metadata.namespace}{" "}{.metadata.name}{"\n"}{end}"#;
    let get_overlay = format!("kubectl get -k k8s/overlays/eks {columns}");
    let get_ours = format!(
        "kubectl get deployments,daemonsets,services,poddisruptionbudgets,networkpolicies,serviceaccounts -A \
         -l app.kubernetes.io/part-of=x-ray-sample {columns}"
    );
    let slices = r#"kubectl -n xray get endpointslices -l kubernetes.io/service-name=aws-xray -o jsonpath={range .items[*]}{.endpoints[*].conditions.ready}{" "}{.ports[*].name}{"\n"}{end}"#;
    let expected = [
        "kubectl apply --server-side --force-conflicts -k k8s/overlays/eks",
        &get_overlay,
        &get_ours,
        &get_overlay,
        "kubectl -n x-ray-sample rollout status Deployment x-ray-sample-back-k8s --timeout 180s",
        "kubectl -n x-ray-sample rollout status Deployment x-ray-sample-front-k8s --timeout 180s",
        "kubectl -n xray rollout status Deployment x-ray-console --timeout 180s",
        "kubectl -n xray rollout status DaemonSet aws-xray --timeout 180s",
        &get_overlay,
        "kubectl -n xray get service aws-xray -o jsonpath={.spec.ports[*].name}",
        slices,
        slices,
    ];
    sandbox.succeeds("deploy");
    sandbox.succeeds("deploy");
    assert_eq!(sandbox.calls(), [expected, expected].concat());
}

/// The cluster says that all went well, and nothing arrives: a port to which no pod has one, or no pod that is ready.
#[test]
fn deploy_looks_whether_the_services_lead_anywhere() {
    for slices in [
        "true true \n",
        "true true segments\n",
        "false segments sampling\n",
        "",
    ] {
        let sandbox = Sandbox::new()
            .pushed()
            .with("OVERLAY", "eks")
            .tool("sleep", "")
            .tool("kubectl", &format!("case \"$*\" in {APPLIED} esac"));
        sandbox.write("slices", slices);
        let said = sandbox.fails("deploy");
        assert!(
            said.contains("of the Service aws-xray")
                && said.contains("kubectl -n xray get endpointslices"),
            "{slices:?}: {said}"
        );
    }
}

#[test]
fn deploy_removes_what_another_overlay_left_and_nothing_else() {
    let ours = "*'get deployments,'*) printf '%s\n' 'Deployment xray x-ray-console' 'DaemonSet xray-host aws-xray' \
        'NetworkPolicy x-ray-sample default-deny' ;;";
    let sandbox = Sandbox::new()
        .pushed()
        .with("OVERLAY", "eks")
        .tool("kubectl", &format!("case \"$*\" in {ours} {APPLIED} esac"));
    let said = sandbox.succeeds("deploy");
    assert_eq!(said.matches("of another overlay").count(), 2, "{said}");
    let calls = sandbox.calls();
    let deletions: Vec<_> = calls
        .iter()
        .filter(|call| call.contains("delete"))
        .collect();
    assert_eq!(
        deletions,
        [
            "kubectl -n xray-host delete DaemonSet aws-xray",
            "kubectl -n x-ray-sample delete NetworkPolicy default-deny",
        ]
    );
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
        let sandbox = Sandbox::new()
            .pushed()
            .with("OVERLAY", "eks")
            .tool("kubectl", &script);
        let said = sandbox.fails("deploy");
        assert!(
            said.contains("BACKEND_URL=\"ftp://back\"")
                && said.contains(&format!("{name} does not become ready")),
            "{said}"
        );
        let asked = sandbox.calls().pop().unwrap();
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
fn undeploy_deletes_what_is_there_and_what_was_left_of_before() {
    let sandbox = Sandbox::new().with("OVERLAY", "local").tool("kubectl", "");
    sandbox.succeeds("undeploy");
    assert_eq!(
        sandbox.calls(),
        [
            "kubectl delete -k k8s/overlays/local --ignore-not-found --wait",
            "kubectl delete deployments,daemonsets,services,poddisruptionbudgets,networkpolicies,serviceaccounts,configmaps \
             --all-namespaces --selector app.kubernetes.io/part-of=x-ray-sample --ignore-not-found --wait",
            "kubectl delete namespaces --selector app.kubernetes.io/part-of=x-ray-sample --ignore-not-found --wait",
        ]
    );
}

#[test]
fn url_waits_for_the_address_and_prints_it() {
    let balanced = "*spec.type*) echo LoadBalancer ;;";
    // The address is there when it is asked for the third time.
    let script = format!(
        "case \"$*\" in {balanced} *) echo >>asked; [ $(grep -c '' asked) -lt 3 ] || echo elb.example ;; esac"
    );
    let sandbox = Sandbox::new().tool("kubectl", &script).tool("sleep", "");
    assert_eq!(sandbox.succeeds("url"), "http://elb.example\n");
    assert_eq!(sandbox.read("asked").lines().count(), 3);
    let sandbox = Sandbox::new()
        .with("ATTEMPTS", "1")
        .tool("kubectl", &format!("case \"$*\" in {balanced} esac"))
        .tool("sleep", "");
    assert!(sandbox.fails("url").contains("pending"));
    assert_eq!(sandbox.calls().len(), 3);
}

#[test]
fn url_does_not_wait_for_an_address_that_will_never_exist() {
    let sandbox = Sandbox::new()
        .tool("kubectl", "echo ClusterIP")
        .tool("sleep", "");
    let said = sandbox.fails("url");
    let (page, service) = (ports::CONTAINER, ports::SERVICE);
    for part in [
        "is a ClusterIP".to_owned(),
        format!("service/x-ray-sample-front-k8s {page}:{service},"),
        format!("http://localhost:{page}\n"),
    ] {
        assert!(said.contains(&part), "{part} is not in {said}");
    }
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn kind_makes_its_cluster_once_and_loads_what_the_manifests_name() {
    let clusters = "[ \"$*\" = 'get clusters' ] && cat clusters 2>/dev/null; [ \"$1\" = create ] && echo x-ray-sample >clusters; true";
    let sandbox = Sandbox::new()
        .tool("kind", clusters)
        .tool("docker", "")
        .tool("kubectl", &format!("case \"$*\" in {APPLIED} esac"));
    let said = sandbox.succeeds("kind");
    for (command, address) in forwards() {
        let line = said.lines().find(|line| line.contains(&command));
        let line = line.unwrap_or_else(|| panic!("{command} is not in {said}"));
        assert!(line.ends_with(&format!("   {address}")), "{line}");
    }
    assert!(
        said.contains("kind delete cluster --name x-ray-sample"),
        "{said}"
    );
    let first = sandbox.calls();
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
            &"kubectl --context kind-x-ray-sample apply --server-side --force-conflicts -k target/kind/overlays/local".to_owned()
        )
    );
    // No call reaches a cluster other than its own.
    assert!(
        first
            .iter()
            .filter(|call| call.starts_with("kubectl"))
            .all(|call| call.contains("--context kind-x-ray-sample"))
    );

    sandbox.succeeds("kind");
    let creations = sandbox
        .calls()
        .iter()
        .filter(|call| call.starts_with("kind create"))
        .count();
    assert_eq!(creations, 1);
}
