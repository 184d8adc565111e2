//! 329 spans of all kinds, and the OpenTelemetry collector's documents for them: where ours differ, one of the rules
//! below gives the reason.
//!
//! The expected documents are those of `awsxrayexporter` 0.156, whose translator was run on these spans once. The
//! spans were generated at random, with a different value in each string. Ids and times are left out.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use crate::spans::{canonical, documents, read_member};

/// One member in which the documents differ.
struct Difference<'c> {
    case: &'c Value,
    /// `0/http/request/url`
    path: &'c str,
    ours: &'c Value,
    theirs: &'c Value,
}

impl Difference<'_> {
    fn is_at(&self, end: &str) -> bool {
        self.path.ends_with(end)
    }

    fn is_in(&self, part: &str) -> bool {
        self.path.contains(part)
    }

    fn attribute(&self, key: &str) -> &Value {
        &self.case["span"]["attributes"][key]
    }

    fn has(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| !self.attribute(key).is_null())
    }

    /// The key of the metadata, or of an annotation.
    fn key(&self) -> &str {
        ["/metadata/default/", "/annotations/"]
            .iter()
            .find_map(|part| self.path.split_once(part))
            .map(|(_, key)| key.split('\u{1}').next().unwrap_or(key))
            .unwrap_or_default()
    }

    fn ours(&self) -> &str {
        self.ours.as_str().unwrap_or_default()
    }

    fn is_only_ours(&self) -> bool {
        self.theirs.is_null()
    }
}

/// Why a document may differ from the exporter's, and how such a difference is known.
type Departure = (&'static str, fn(&Difference<'_>) -> bool);

const DEPARTURES: &[Departure] = &[
    ("no secret leaves, in no copy", |difference| {
        difference.ours().contains("***") && difference.theirs.as_str() == Some(&secret(difference))
    }),
    (
        "an attribute that no block says whole is metadata",
        |difference| {
            difference.is_only_ours()
                && difference.is_in("/metadata/")
                && difference.has(&[difference.key()])
        },
    ),
    ("and an annotation, where all are to be", |difference| {
        difference.is_only_ours()
            && difference.is_in("/annotations/")
            && difference.case["config"]["index_all_attributes"] == true
            && difference.has(&[difference.key()])
    }),
    (
        "a list, an object or a namespace is no annotation: with index-all it is metadata",
        |difference| {
            let is_data = difference.is_in("/metadata/")
                || difference.is_in("/annotations/aws.xray.metadata.");
            difference.case["config"]["index_all_attributes"] == true && is_data
        },
    ),
    (
        "a call bears its callee's name, so its own is the operation",
        |difference| {
            difference.key() == "operation" && *difference.ours == difference.case["span"]["name"]
        },
    ),
    ("every segment bears the service's name", |difference| {
        let local = difference.attribute("aws.local.service");
        let local = local
            .as_str()
            .map_or_else(|| local.to_string(), str::to_owned);
        difference.is_at("/name") && (difference.ours() == "shop" || *difference.ours == *local)
    }),
    (
        "a database is named by its host too, and by the new conventions",
        |difference| {
            let is_database = difference.has(&["db.name", "db.namespace"]);
            difference.is_at("/name") && is_database
        },
    ),
    (
        "a call is named by its host, also by the URL's",
        |difference| {
            let host = difference.ours();
            let keys = [
                "server.address",
                "url.full",
                "http.url",
                "http.host",
                "net.peer.ip",
            ];
            let mut hosts = keys
                .iter()
                .filter_map(|key| difference.attribute(key).as_str());
            difference.is_at("/name") && hosts.any(|said| said.contains(host))
        },
    ),
    (
        "a database of which nothing else is known is named by its system",
        |difference| {
            let systems = ["db.system.name", "db.system"].map(|key| difference.attribute(key));
            difference.is_at("/name") && systems.contains(&difference.ours)
        },
    ),
    ("events are metadata", |difference| {
        difference.is_only_ours() && difference.is_in("/metadata/default/events")
    }),
    (
        "a status that no exception says is metadata",
        |difference| difference.key() == "otel.status_description",
    ),
    (
        "the new conventions make a query, the old ones one with its host and never localhost",
        |difference| {
            let is_block = difference.is_in("/sql/");
            let is_moved = difference.ours.is_null() && difference.key().starts_with("db.");
            (is_block || is_moved) && difference.has(&["db.system", "db.system.name"])
        },
    ),
    (
        "a response's length has a place in the document",
        |difference| {
            let is_moved =
                difference.ours.is_null() && difference.key() == "http.response.body.size";
            is_moved || (difference.is_at("/content_length") && *difference.ours == 512)
        },
    ),
    ("only a call to AWS has an operation of AWS", |difference| {
        difference.is_at("/aws/operation") && *difference.attribute("rpc.system") != "aws-api"
    }),
    (
        "of two spellings of one attribute the last counts, and not any",
        |difference| {
            difference.is_at("/aws/request_id")
                && difference.has(&["aws.request_id"])
                && difference.has(&["aws.requestId"])
        },
    ),
    (
        "an address is one without its port, and forwarded only if another one asked",
        |difference| difference.is_at("/client_ip") || difference.is_at("/x_forwarded_for"),
    ),
    (
        "an IPv6 address has brackets, and a call's URL the server's address",
        |difference| difference.is_at("/http/request/url") && difference.has(&["server.address"]),
    ),
    ("a URL without a host is none", |difference| {
        difference.is_at("/http/request/url") && difference.ours.is_null()
    }),
    ("Rust's stacks are read", |difference| {
        difference.is_in("/stack/")
            && difference.case["resource"]["telemetry.sdk.language"] == "rust"
    }),
    (
        "gRPC's status decides on error, throttle and fault",
        |difference| {
            let flags = ["/error", "/throttle", "/fault"];
            let status = [
                "rpc.grpc.status_code",
                "rpc.response.status_code",
                "rpc.connect_rpc.error_code",
            ];
            flags.iter().any(|flag| difference.is_at(flag)) && difference.has(&status)
        },
    ),
    ("a type that nobody knows is left out", |difference| {
        difference.is_at("/type") && difference.ours.is_null() && *difference.theirs == ""
    }),
    (
        "what is a number or a boolean for a text is written out",
        |difference| matches!(difference.ours(), "7.5" | "true"),
    ),
];

/// What the exporter lets through where we hide it.
fn secret(difference: &Difference<'_>) -> String {
    difference.ours().replace("***", "hunter2")
}

#[test]
fn every_difference_from_the_exporter_has_a_reason() {
    let defaults = read_member("span-http.json", "defaults");
    let mut uses: BTreeMap<&str, usize> = DEPARTURES.iter().map(|(name, _)| (*name, 0)).collect();
    let mut unexplained = Vec::new();
    let (mut cases, mut same) = (0, 0);
    for case in read_cases() {
        let ours: Vec<_> = documents(&case, &defaults).into_iter().map(bare).collect();
        let theirs = case["documents"].as_array().unwrap().clone();
        let ours = leaves(&Value::from(ours));
        let theirs = leaves(&Value::from(
            theirs.into_iter().map(bare).collect::<Vec<_>>(),
        ));
        let paths: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        cases += 1;
        let mut differs = false;
        for path in paths {
            let get =
                |leaves: &BTreeMap<String, Value>| leaves.get(path).cloned().unwrap_or_default();
            let (ours, theirs) = (get(&ours), get(&theirs));
            if ours == theirs {
                continue;
            }
            differs = true;
            let difference = Difference {
                case: &case,
                path,
                ours: &ours,
                theirs: &theirs,
            };
            match DEPARTURES.iter().find(|(_, applies)| applies(&difference)) {
                Some((name, _)) => *uses.get_mut(name).unwrap() += 1,
                None => unexplained.push(format!(
                    "{} {}: {ours}, theirs {theirs}",
                    case["id"],
                    path.replace('\u{1}', "/")
                )),
            }
        }
        same += usize::from(!differs);
    }
    println!("{cases} spans, {same} the same; {uses:#?}");
    assert!(
        unexplained.is_empty(),
        "{}:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    let unused: Vec<_> = uses.iter().filter(|(_, uses)| **uses == 0).collect();
    assert!(
        unused.is_empty(),
        "departures that no case shows: {unused:?}"
    );
}

fn read_cases() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/exporter.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// A document without what counts as absent, and without ids and times.
fn bare(document: Value) -> Value {
    let mut document = canonical(document);
    let members = document.as_object_mut().unwrap();
    for member in ["trace_id", "start_time", "end_time", "id", "parent_id"] {
        members.remove(member);
    }
    let exceptions = document.pointer_mut("/cause/exceptions");
    for exception in exceptions
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        exception.as_object_mut().unwrap().remove("id");
        exception.as_object_mut().unwrap().remove("cause");
    }
    document
}

/// The values by their paths; below the metadata `\u{1}` stands between keys, which have slashes themselves.
fn leaves(value: &Value) -> BTreeMap<String, Value> {
    fn collect(value: &Value, path: &str, leaves: &mut BTreeMap<String, Value>) {
        let is_data = path.contains("/metadata/") || path.contains("/annotations/");
        let separator = if path.is_empty() {
            ""
        } else if is_data && path.matches('/').count() > 2 {
            "\u{1}"
        } else {
            "/"
        };
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    collect(value, &format!("{path}{separator}{key}"), leaves);
                }
            }
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    collect(value, &format!("{path}{separator}{index}"), leaves);
                }
            }
            other => {
                leaves.insert(path.to_owned(), other.clone());
            }
        }
    }
    let mut all = BTreeMap::new();
    collect(value, "", &mut all);
    all
}
