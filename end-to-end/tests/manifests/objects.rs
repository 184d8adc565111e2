//! Reads Kubernetes objects.

use serde_json::Value;

/// What an object is called, for a complaint about it.
pub(crate) fn id(object: &Value) -> String {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or("-")
    };
    format!(
        "{} {}/{}",
        text("/kind"),
        text("/metadata/namespace"),
        text("/metadata/name")
    )
}

pub(crate) fn is(object: &Value, kind: &str) -> bool {
    object["kind"] == kind
}

/// The objects of one kind.
pub(crate) fn of_kind<'a>(objects: &'a [Value], kind: &str) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(move |object| is(object, kind))
}

/// Finds an object; its name may end in the hash that a generator adds.
pub(crate) fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    of_kind(objects, kind)
        .find(|object| {
            let found = object["metadata"]["name"].as_str().unwrap_or_default();
            found == name
                || found
                    .rsplit_once('-')
                    .is_some_and(|(stem, _)| stem == name && kind == "ConfigMap")
        })
        .unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

/// The objects that make pods.
pub(crate) fn workloads(objects: &[Value]) -> impl Iterator<Item = &Value> {
    const KINDS: [&str; 3] = ["Deployment", "DaemonSet", "Job"];
    objects
        .iter()
        .filter(|object| KINDS.iter().any(|kind| is(object, kind)))
}

pub(crate) fn pod(workload: &Value) -> &Value {
    &workload["spec"]["template"]["spec"]
}

pub(crate) fn containers(workload: &Value) -> &[Value] {
    list(&pod(workload)["containers"])
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether labels are among those that a selector wants; an empty selector wants nothing and is a mistake.
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    selector.as_object().is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
    })
}

/// The workloads of a namespace that a selector selects.
pub(crate) fn selected<'a>(
    objects: &'a [Value],
    namespace: &Value,
    selector: &Value,
) -> Vec<&'a Value> {
    workloads(objects)
        .filter(|workload| {
            workload["metadata"]["namespace"] == *namespace
                && selects(
                    selector,
                    &workload["spec"]["template"]["metadata"]["labels"],
                )
        })
        .collect()
}
