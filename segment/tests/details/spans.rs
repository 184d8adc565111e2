//! Spans with details of all kinds, usual and odd, and the services that they are of.

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};
use segment::{
    Span, Time, Value,
    mapping::Settings,
    span::{Asked, AwsCall, Details, Event, Http, Parent, Query, SpanKind, Status},
    value::Members,
};

const LONG: &str = "/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/\
    long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long";

fn http() -> impl Strategy<Value = Details<&'static str>> {
    let hosts = vec![
        "shop",
        "127.0.0.1",
        "::1",
        "a:b",
        "",
        "token",
        "user:pw@h",
        "s.example",
    ];
    let url = (
        select(vec!["http", "https", "ws"]),
        option::weighted(0.9, select(hosts)),
        option::of(prop_oneof![Just(80), Just(443), any::<u16>()]),
        select(vec![
            "/",
            "/items/7",
            "/a;password=hunter2",
            "/pot?token=x",
            LONG,
        ]),
    );
    let addresses = vec!["203.0.113.7", "10.0.0.1", "2001:db8::7", "::1"];
    let who = (
        option::of(select(addresses.clone())),
        option::of(select(addresses)),
        option::of(select(vec![
            "bench/1.0",
            "",
            "Mozilla/5.0 (X11; Linux x86_64) password=hunter2",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            LONG,
        ])),
    );
    let method = select(vec!["GET", "POST", "_OTHER", "", "TOKEN=hunter2"]);
    let route = option::of(select(vec!["/items/{id}", "/{token}", "/a;password={p}"]));
    let response = (option::of(0..700_u16), option::of(any::<u64>()));
    (method, url, route, who, response).prop_map(|(method, url, route, who, response)| {
        Details::Http(Http {
            method,
            scheme: url.0,
            host: url.1,
            port: url.2,
            path: url.3,
            route,
            client: who.0,
            peer: who.1,
            user_agent: who.2,
            status: response.0,
            body_size: response.1,
        })
    })
}

fn query() -> impl Strategy<Value = Details<&'static str>> {
    let systems = vec!["postgresql", "postgresql", "mysql", "sqlite", "redis", ""];
    let names = vec![
        "shop",
        "shop",
        "0",
        "",
        "token",
        "my shop!",
        "password=hunter2",
        LONG,
    ];
    let hosts = vec![
        "db.internal",
        "db.internal",
        "10.0.0.1",
        "::1",
        "[::1]",
        "h:1",
        "",
        "u:pw@h",
        "shop",
    ];
    let statements = vec![
        "SELECT stock FROM items WHERE id = $1",
        " SELECT 1",
        "SELECT * FROM users WHERE password = 'hunter2'",
        "UPDATE users SET token = ? /* password=hunter2 */",
        "SELECT name FROM shop.items ORDER BY name",
        "",
        LONG,
    ];
    let of_database = (
        select(systems),
        option::of(select(names)),
        option::weighted(0.8, select(hosts)),
        option::of(prop_oneof![Just(5432), Just(80), any::<u16>()]),
        option::of(select(vec!["app", "", "app", "password=hunter2", LONG])),
    );
    (of_database, select(statements)).prop_map(|((system, namespace, host, port, user), text)| {
        Details::Query(Query {
            system,
            namespace,
            host,
            port,
            user,
            text,
        })
    })
}

fn aws() -> impl Strategy<Value = Details<&'static str>> {
    let services = vec![
        "DynamoDB",
        "DynamoDB",
        "S3",
        "",
        "a/b",
        "token=hunter2",
        LONG,
    ];
    let operations = vec![
        "GetItem",
        "GetItem",
        "S3/GetObject",
        "",
        "password=hunter2",
        LONG,
    ];
    let region = option::of(select(vec!["eu-west-1", "eu-west-1", "", LONG]));
    let id = option::of(select(vec![
        "4N3K3VC6KRA1SS2",
        "4N3K3VC6KRA1SS2",
        "",
        "Bearer hunter2hunter2",
    ]));
    let resource = || {
        option::weighted(
            0.2,
            select(vec!["orders", "orders", "", "token=hunter2", LONG]),
        )
    };
    let asked = (
        resource(),
        resource(),
        resource(),
        resource(),
        resource(),
        resource(),
    );
    let asked = asked.prop_map(|asked| Asked {
        queue_url: asked.0,
        table_name: asked.1,
        bucket_name: asked.2,
        key: asked.3,
        topic_arn: asked.4,
        function_name: asked.5,
    });
    let answer = (id, resource(), option::of(0..3_u32), option::of(0..700_u16));
    (select(services), select(operations), region, asked, answer).prop_map(
        |(service, operation, region, asked, (request_id, message_id, retries, status))| {
            Details::Aws(AwsCall {
                service,
                operation,
                region,
                asked,
                request_id,
                message_id,
                retries,
                status,
            })
        },
    )
}

/// What code in a request says of it, and sometimes what it says of HTTP itself.
fn attributes() -> impl Strategy<Value = Members<'static>> {
    let key = prop_oneof![
        9 => select(vec![
            "annotation.tier",
            "annotation.http.route",
            "metadata.cart",
            "metadata.http.route",
            "metadata.network.peer.address",
            "enduser.id",
            "aws.xray.sampling_rule_name",
        ]),
        9 => select(vec![
            "aws.table_name",
            "aws.s3.key",
            "aws.queue_url",
            "aws.message_id",
            "aws.dynamodb.consistent_read",
            "aws.dynamodb.table_names",
            "aws.sqs.queue_url",
            "aws.sqs.password",
            "aws.extended_request_id",
            "messaging.batch.message_count",
        ]),
        3 => select(vec!["rpc.service", "rpc.method", "rpc.system", "rpc.grpc.status_code"]),
        1 => select(vec![
            "http.host",
            "url.path",
            "server.address",
            "client.port",
            "peer.service",
            "db.system",
            "aws.xray.annotations",
            "items",
        ]),
    ];
    let value = prop_oneof![
        Just(Value::from("gold")),
        Just(Value::from("mysql")),
        Just(Value::from("password=hunter2")),
        any::<i64>().prop_map(Value::from),
        Just(Value::Array(vec!["http.route".into()])),
    ];
    let attributes = vec((key.prop_map(Into::into), value), 1..4);
    prop_oneof![Just(vec![]), attributes]
}

pub(crate) fn span() -> impl Strategy<Value = Span<'static>> {
    let id = "7df694142c905d8d".parse().unwrap();
    let parent = select(vec![Parent::None, Parent::Remote(id), Parent::Local(id)]);
    let kind = select(vec![
        SpanKind::Server,
        SpanKind::Server,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
        SpanKind::Internal,
    ]);
    let status = select(vec![
        Status::Unset,
        Status::Ok,
        Status::Error("late".into()),
    ]);
    let event = Event {
        name: "message".into(),
        time: Time::from_nanos(2),
        attributes: vec![
            ("message.type".into(), "RECEIVED".into()),
            ("messaging.message_payload_size_bytes".into(), 7.into()),
        ],
    };
    let name = select(vec![
        "GET",
        "GET",
        "GetItem",
        "GetItem",
        "SELECT",
        "SELECT",
        "GET /items/{id}",
        "shop",
        "checkout",
        "UPDATE",
    ]);
    let events = prop_oneof![3 => Just(vec![]), 1 => Just(vec![event])];
    let times = select(vec![(1, 3), (1, 3), (3, 1), (5, u64::MAX), (u64::MAX, 3)]);
    let of_code = (name, status, attributes(), events);
    let details = prop_oneof![2 => http(), 1 => query(), 1 => aws()];
    (parent, kind, times, of_code, details).prop_map(
        |(parent, kind, (start, end), (name, status, attributes, events), details)| Span {
            trace_id: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap(),
            id: "df6d4ea37eb22ed0".parse().unwrap(),
            parent,
            name: name.into(),
            kind,
            start: Time::from_nanos(start),
            end: Some(Time::from_nanos(end)),
            status,
            details: Some(details),
            attributes,
            events,
            links: vec![],
        },
    )
}

pub(crate) fn settings() -> impl Strategy<Value = Settings> {
    let indexed = prop_oneof![4 => Just(vec![]), 1 => Just(vec!["http.route".to_owned()])];
    let index_all_attributes = proptest::bool::weighted(0.2);
    (indexed, index_all_attributes).prop_map(|(indexed_attributes, index_all_attributes)| {
        Settings {
            indexed_attributes,
            index_all_attributes,
            ..Settings::default()
        }
    })
}

/// The attributes of a service, wherever it runs.
pub(crate) fn place() -> impl Strategy<Value = Members<'static>> {
    let attributes = [
        ("cloud.platform", "aws_eks"),
        ("cloud.provider", "gcp"),
        ("service.version", "1.2"),
        ("k8s.pod.name", "shop-7d9c"),
        ("telemetry.sdk.name", "opentelemetry"),
        ("team", "\"north\""),
        ("service.name", "shop"),
    ];
    let attributes = attributes.map(|(key, value)| (key.into(), value.into()));
    subsequence(attributes.to_vec(), 0..=attributes.len())
}
