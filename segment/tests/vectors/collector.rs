//! The vectors `collector.json`: the attributes to send, and how exporters read them.

use segment::{mapping::for_collector, value::Members};
use serde_json::{Map, Value, json};

use crate::{
    spans::{documents, members, read_member},
    support::{Report, read_vectors},
};

#[test]
fn every_collector_vector_is_sent_so_that_each_exporter_reads_what_our_document_says() {
    let mut report = Report::new("collector.json");
    let defaults = read_member("span-http.json", "defaults");
    for case in read_vectors("collector.json", "vectors") {
        let id = case["id"].as_str().unwrap();
        let sent = sent(members(&case["span"]["attributes"]));
        report.check(id, &sent, &case["sent"]);

        let mut ours = case.clone();
        ours["span"]["parent_span_id"] = json!("7df694142c905d8d");
        ours["resource"] = json!({ "service.name": "shop" });
        let document = documents(&ours, &defaults).remove(0);
        report.check(id, &flags(&document), &case["read"]["0.156"]["flags"]);
        report.check(id, &flags(&document), &case["read"]["0.103"]["flags"]);
        let by_old_rule = by_old_rule(&sent, &case["span"]["status"]);
        report.check(id, &by_old_rule, &case["read"]["0.103"]["flags"]);
        if id != "annotation-key-taken" {
            let annotations = document.get("annotations").cloned();
            let annotations = annotations.unwrap_or_else(|| json!({}));
            report.check(id, &annotations, &case["read"]["0.156"]["annotations"]);
        }
    }
    report.finish();
}

fn sent(attributes: Members<'static>) -> Value {
    let sent = segment::Value::Object(for_collector(attributes));
    serde_json::from_str(&sent.to_string()).unwrap()
}

fn flags(document: &Value) -> Value {
    let flags = ["error", "throttle", "fault"].into_iter();
    let set = flags.filter(|flag| document[*flag] == true);
    set.map(|flag| (flag.to_owned(), Value::from(true)))
        .collect::<Map<_, _>>()
        .into()
}

/// How an exporter decides that looks at the older status attribute only.
fn by_old_rule(sent: &Value, status: &Value) -> Value {
    match sent["http.status_code"].as_i64() {
        Some(429) => json!({ "error": true, "throttle": true }),
        Some(400..=499) => json!({ "error": true }),
        Some(500..=599) => json!({ "fault": true }),
        _ if status["code"] == "error" => json!({ "fault": true }),
        _ => json!({}),
    }
}
