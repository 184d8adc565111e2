mod mistakes;

use segment::{Document, TraceId, tree::Trace};

use super::*;
use crate::summary::Interner;

/// A front end with a user and annotations, that calls a back end which fails, and a table that does not.
const DOCUMENTS: [&str; 2] = [
    r#"{"trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","id":"000000000000000a","name":"front","origin":"AWS::EKS::Container",
    "start_time":10,"end_time":12,"error":true,"user":"ann","resource_arn":"arn:front",
    "aws":{"account_id":"123456789012","ec2":{"instance_id":"i-1","availability_zone":"eu-1a"}},
    "annotations":{"tier":"gold","size":7,"vip":true,"off":false,"a.b":"dotted"},
    "http":{"request":{"method":"GET","url":"http://shop/api?x=1","user_agent":"curl/8","client_ip":"10.0.0.1"},"response":{"status":404}},
    "subsegments":[
        {"id":"000000000000000b","name":"back","namespace":"remote","start_time":10.1,"end_time":11.9,"fault":true,
         "http":{"request":{"method":"POST","url":"http://back/parse"},"response":{"status":502}}},
        {"id":"000000000000000e","name":"DynamoDB","namespace":"aws","aws":{"table_name":"scores","account_id":"999999999999"},"start_time":11.9,"end_time":12}]}"#,
    r#"{"trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","id":"000000000000000c","parent_id":"000000000000000b","name":"back",
    "start_time":10.5,"end_time":11.5,"fault":true,"annotations":{"tier":"silver"},"resource_arn":"arn:back",
    "aws":{"ec2":{"instance_id":"i-2","availability_zone":"eu-1b"}},"http":{"response":{"status":500}},"subsegments":[
        {"id":"000000000000000d","name":"parse","start_time":10.6,"end_time":11,"fault":true,
         "cause":{"exceptions":[{"type":"ParseError","message":"no number: x"}]}}]}"#,
];

fn summary(documents: &[&str]) -> Summary {
    let id: TraceId = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap();
    let documents = documents.iter().map(|text| Document::decode(text).unwrap());
    Summary::new(&Trace::compile(id, documents), 2, &mut Interner::default())
}

#[track_caller]
fn check(expression: &str, expected: bool) {
    let filter = Filter::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    assert_eq!(
        filter.matches(&summary(&DOCUMENTS)),
        expected,
        "{expression}"
    );
}

#[test]
fn outcomes_are_those_of_the_entry_and_in_braces_those_of_a_service() {
    check("error", true);
    check("fault", false);
    check("ok", false);
    check("error = true", true);
    check("error = false", false);
    check("fault != true", true);
    check("throttle OR partial", false);
    check(r#"service("back") { fault }"#, true);
    check(r#"service("front") { fault }"#, false);
    check(r#"service("scores") { ok }"#, true);
    check("service() { fault }", true);
    check("service() { throttle }", false);
    check("inferred", true);
    check("root", true);
}

#[test]
fn keywords_are_read_in_any_case_and_neighbours_are_both_meant() {
    check("ERROR and ResponseTime >= 2", true);
    check("error !partial duration <3", true);
    check("error !partial duration <1", false);
    check("ok OR error AND fault", false);
    check("(ok OR error) AND !fault", true);
    check("!(ok)", true);
    check("!!error", true);
}

#[test]
fn numbers_compare_in_six_ways() {
    for (expression, expected) in [
        ("responsetime = 2", true),
        ("responsetime != 2", false),
        ("responsetime < 2", false),
        ("responsetime <= 2", true),
        ("responsetime > 1.5", true),
        ("duration>=2", true),
        ("http.status = 404", true),
        ("http.status >= 5e2", false),
        ("http.status", true),
        ("responsetime > -1", true),
    ] {
        check(expression, expected);
    }
    check(r#"service("back") { responsetime = 1 }"#, true);
    check(r#"service("back") { http.status = 500 }"#, true);
    check(r#"service("scores") { http.status }"#, false);
    check("duration > .5", true);
    check("duration < -.5", false);
    check("duration > 2.", false);
}

#[test]
fn texts_compare_in_five_ways_and_containing_nothing_is_being_there() {
    for (expression, expected) in [
        (r#"http.url = "http://shop/api?x=1""#, true),
        (r#"http.url != "http://shop/api?x=1""#, false),
        (r#"http.url CONTAINS "/api""#, true),
        (r#"http.url BEGINSWITH "http://shop""#, true),
        (r#"http.url ENDSWITH "x=2""#, false),
        (r#"http.method = "GET""#, true),
        (r#"http.useragent BEGINSWITH "curl""#, true),
        (r#"http.clientip = "10.0.0.1""#, true),
        (r#"user = "ann""#, true),
        (r#"user CONTAINS """#, true),
        ("user", true),
        (r#"availabilityzone = "eu-1a""#, true),
        (r#"instance.id = "i-1""#, true),
        (r#"resource.arn = "arn:front""#, true),
        (r#"name = "scores""#, true),
        (r#"type = "AWS::DynamoDB::Table""#, true),
        (r#"account.id = "123456789012""#, true),
        (r#"message CONTAINS "no number""#, true),
    ] {
        check(expression, expected);
    }
    for (expression, expected) in [
        (r#"service("back") { message CONTAINS "no number" }"#, true),
        (r#"service("front") { message }"#, false),
        (r#"service("back") { availabilityzone = "eu-1b" }"#, true),
        (r#"service("front") { availabilityzone = "eu-1b" }"#, false),
        (r#"service("back") { instance.id = "i-2" }"#, true),
        (r#"service("scores") { instance.id }"#, false),
        (r#"service("back") { resource.arn = "arn:back" }"#, true),
        (r#"service("back") { resource.arn = "arn:front" }"#, false),
        (r#"service() { resource.arn = "arn:front" }"#, true),
    ] {
        check(expression, expected);
    }
    check(r#"service("back") { user = "ann" }"#, false);
    check(r#"service("front") { user = "ann" }"#, true);
}

#[test]
fn annotations_are_texts_numbers_and_booleans() {
    for (expression, expected) in [
        (r#"annotation.tier = "gold""#, true),
        (r#"annotation.tier = "silver""#, true),
        (r#"annotation.tier = "bronze""#, false),
        (r#"annotation[tier] BEGINSWITH "go""#, true),
        (r#"annotation["tier"] BEGINSWITH "go""#, true),
        (r#"Annotation[a.b] = "dotted""#, true),
        (r#"annotation.a.b = "dotted""#, true),
        ("annotation.size = 7", true),
        ("annotation.size > 7", false),
        (r#"annotation.size = "7""#, false),
        ("annotation.vip", true),
        ("annotation.off", false),
        ("annotation.off = false", true),
        ("annotation.vip != true", false),
        ("annotation.tier", true),
        ("annotation.other", false),
        ("!annotation.other", true),
        (r#"annotation.size CONTAINS """#, true),
        (r#"annotation.vip CONTAINS """#, true),
        (r#"annotation.off CONTAINS """#, true),
        (r#"annotation.other CONTAINS """#, false),
        (r#"annotation.size CONTAINS "7""#, false),
        (r#"annotation.tier > "golc""#, true),
        (r#"annotation.tier > "tin""#, false),
        (r#"annotation.tier >= "silver""#, true),
        (r#"annotation.tier < "gold""#, false),
        (r#"annotation.size > "1.2""#, false),
        ("annotation.tier CONTAINS 5", false),
        ("annotation.vip > false", true),
        ("annotation.tier CONTAINS true", false),
    ] {
        check(expression, expected);
    }
}

#[test]
fn services_and_edges_are_named_by_name_type_and_account() {
    for (expression, expected) in [
        (r#"service("front")"#, true),
        (r#"service("shop")"#, false),
        (r#"!service("shop")"#, true),
        (
            r#"service(id(name: "front", type: "AWS::EKS::Container"))"#,
            true,
        ),
        (r#"service(id(name: "front", type: "AWS::Lambda"))"#, false),
        (r#"service(id(account.id: "123456789012"))"#, true),
        (r#"service(id(name: "front", type: "client"))"#, true),
        (r#"service(id(name: "back", type: "client"))"#, false),
        (r#"edge("front", "back")"#, true),
        (r#"edge("back", "front")"#, false),
        (
            r#"edge("front", "back") { fault responsetime > 1.7 }"#,
            true,
        ),
        (r#"edge("front", "back") { ok }"#, false),
        (r#"edge(, "scores") { ok }"#, true),
        (r#"edge("front",) { fault }"#, true),
        ("edge(,)", true),
        (
            r#"edge(id(name: "front", type: "client"), "front") { error }"#,
            true,
        ),
        (r#"edge("front", "front") { error }"#, true),
        // The caller saw another status than the callee.
        (r#"edge("front", "back") { http.status >= 501 }"#, true),
        (r#"edge("front", "back") { http.status = 500 }"#, false),
        (r#"edge("front", "back") { http.method = "POST" }"#, true),
        (
            r#"edge("front", "back") { http.url ENDSWITH "/parse" }"#,
            true,
        ),
        (
            r#"edge(id(type: "client"), "front") { http.status = 404 user = "ann" }"#,
            true,
        ),
        (
            r#"edge("front", "scores") { inferred name = "scores" type = "AWS::DynamoDB::Table" }"#,
            true,
        ),
        (
            r#"edge("front", "scores") { account.id = "999999999999" }"#,
            true,
        ),
        (r#"edge("front", "scores") { http.status }"#, false),
        (
            r#"edge("front", "back") { message CONTAINS "number" remote }"#,
            true,
        ),
        (r#"edge("front", "scores") { message }"#, false),
        (r#"edge("front", "back") { instance.id = "i-2" }"#, true),
        (r#"edge("front", "back") { instance.id = "i-1" }"#, false),
    ] {
        check(expression, expected);
    }
}

#[test]
fn root_causes_are_searched_part_by_part() {
    for (expression, expected) in [
        (r#"rootcause.fault.service { name = "back" last }"#, true),
        (
            r#"rootcause.fault.service { name = "front" first root }"#,
            true,
        ),
        (r#"rootcause.fault.service { name = "front" last }"#, false),
        (
            r#"rootcause.fault.entity { name = "parse" AND last }"#,
            true,
        ),
        (
            r#"rootcause.fault.entity { name = "back" remote index = 1 }"#,
            true,
        ),
        ("rootcause.fault.entity { coverage >= 0.9 remote }", true),
        (
            r#"rootcause.fault.exception { name = "ParseError" message ENDSWITH "x" }"#,
            true,
        ),
        (r#"rootcause.error.service { name = "back" }"#, false),
        (r#"rootcause.error.service { name = "front" }"#, true),
        (
            r#"rootcause.responsetime.service { name = "back" last }"#,
            true,
        ),
        (
            r#"rootcause.json = #[{"Services":[{"Name":"front"},{"Name":"back","EntityPath":[{"Name":"back"},{"Name":"parse"}]}]}]"#,
            true,
        ),
        (
            r#"rootcause.json = #[{"Services":[{"Name":"front"}]},{"Services":[{"Name":"back"}]}] OR ok"#,
            false,
        ),
    ] {
        check(expression, expected);
    }
}

#[test]
fn groups_stand_for_their_expression() {
    let groups = [
        NamedFilter {
            name: "mistakes".to_owned(),
            arn: "arn:mistakes".to_owned(),
            filter: Some(Filter::parse("error").unwrap()),
        },
        NamedFilter {
            name: "Default".to_owned(),
            arn: "arn:default".to_owned(),
            filter: None,
        },
    ];
    let trace = summary(&DOCUMENTS);
    for (expression, expected) in [
        (r#"group.name = "mistakes""#, true),
        (r#"group.arn != "arn:mistakes""#, false),
        (r#"group.name = "Default" AND fault"#, false),
    ] {
        let filter = Filter::parse_with(expression, &groups).unwrap();
        assert_eq!(filter.matches(&trace), expected, "{expression}");
    }
    let error = Filter::parse_with(r#"group.name = "none""#, &groups).unwrap_err();
    assert_eq!(error.position, 13);
    assert!(error.expected.contains("mistakes, Default"), "{error}");
}
