//! `make shop`: what the services of `examples/shop` leave on the map and in traces.
//!
//! Needs PostgreSQL's server and Python, and installs moto if Python has it not.

use end_to_end::{Result, Running, eventually, ports};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::aws_sdks::is_part;

/// The shop with all that it calls.
struct Shop {
    running: Running,
    console: String,
    url: String,
    moto: String,
    client: Client,
}

/// What became of an order: the status, and the segments of its trace.
struct Ordered {
    status: StatusCode,
    segments: Vec<Value>,
}

impl Shop {
    /// Starts it at free ports, which are also returned.
    async fn start() -> Result<(Self, [u16; 5])> {
        let ports = ports::free(ports::SHOP)?;
        let (running, said) =
            Running::start("make shop RATE=1", &ports, "Ctrl-C stops all.").await?;
        let ports = ports.map(|(_, port)| port);
        let [console, shop, _, moto, _] = ports;
        let address = format!("  shop       http://localhost:{shop}");
        assert!(said.contains(&address), "{said:#?}");
        let shop = Self {
            running,
            console: format!("http://127.0.0.1:{console}"),
            url: format!("http://127.0.0.1:{shop}"),
            moto: format!("http://127.0.0.1:{moto}"),
            client: Client::new(),
        };
        Ok((shop, ports))
    }

    /// Orders something, and waits until its trace has a segment of each of these services.
    async fn order(&self, item: &str, quantity: u32, services: &[&str]) -> Result<Ordered> {
        let request = self.client.post(format!("{}/orders", self.url));
        let wish = json!({ "item": item, "quantity": quantity });
        let answer = request.json(&wish).send().await?;
        let header = answer.headers()["x-amzn-trace-id"].to_str()?.to_owned();
        let status = answer.status();
        let trace_id = header.split([';', '=']).nth(1).unwrap_or_default();
        let segments = eventually("the trace", async || {
            let segments = self.segments(trace_id).await?;
            let has = |name: &&str| segments.iter().any(|segment| segment["name"] == *name);
            if services.iter().all(has) {
                Ok(Some(segments))
            } else {
                Err(format!("{segments:#?}").into())
            }
        })
        .await?;
        Ok(Ordered { status, segments })
    }

    /// Returns the segments of a trace by X-Ray's API.
    async fn segments(&self, trace_id: &str) -> Result<Vec<Value>> {
        let answer = self
            .ask("/Traces", &json!({ "TraceIds": [trace_id] }))
            .await?;
        let documents = answer["Traces"][0]["Segments"].as_array();
        let documents = documents.into_iter().flatten();
        let documents = documents.filter_map(|segment| segment["Document"].as_str());
        Ok(documents
            .map(serde_json::from_str)
            .collect::<serde_json::Result<_>>()?)
    }

    async fn ask(&self, path: &str, request: &Value) -> Result<Value> {
        let request = self
            .client
            .post(format!("{}{path}", self.console))
            .body(request.to_string());
        let text = request.send().await?.error_for_status()?.text().await?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Deletes the table of orders.
    async fn delete_table(&self) -> Result<()> {
        let request = self.client.post(&self.moto);
        let request = request
            .header("x-amz-target", "DynamoDB_20120810.DeleteTable")
            .header("content-type", "application/x-amz-json-1.0")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=none/20260101/eu-west-1/dynamodb/aws4_request",
            )
            .body(json!({ "TableName": "orders" }).to_string());
        request.send().await?.error_for_status()?;
        Ok(())
    }
}

impl Ordered {
    fn segment(&self, name: &str) -> &Value {
        let mut segments = self.segments.iter();
        segments.find(|segment| segment["name"] == name).unwrap()
    }
}

/// Checks that a segment has these subsegments, in this order, and returns them.
fn check_calls<'s>(segment: &'s Value, expected: &[Value]) -> &'s [Value] {
    let calls = segment["subsegments"].as_array().unwrap();
    assert_eq!(calls.len(), expected.len(), "{segment:#}");
    for (call, expected) in calls.iter().zip(expected) {
        assert!(is_part(expected, call), "{expected:#} is not in {call:#}");
    }
    calls
}

#[tokio::test]
async fn an_order_is_one_trace_from_the_request_to_the_worker_s_invoice() -> Result<()> {
    let (shop, ports) = Shop::start().await?;
    let order = shop.order("lamp", 2, &["shop", "stock", "worker"]).await?;
    assert_eq!(order.status, StatusCode::ACCEPTED);
    let (entry, worker) = (order.segment("shop"), order.segment("worker"));
    let query = json!({ "namespace": "remote", "sql": { "database_type": "postgresql", "user": "app",
        "sanitized_query": "SELECT price FROM items WHERE name = $1" } });
    let aws = |operation: &str, member: &str, value: &str| {
        json!({ "namespace": "aws", "aws": { "operation": operation, member: value, "region": "eu-west-1" },
            "http": { "response": { "status": 200 } } })
    };
    let queue = format!("{}/123456789012/orders", shop.moto);
    let calls = check_calls(
        entry,
        &[
            query,
            json!({ "name": "shop.Stock", "namespace": "remote" }),
            aws("PutItem", "table_name", "orders"),
            aws("SendMessage", "queue_url", &queue),
        ],
    );
    assert_eq!(entry["annotations"]["item"], "lamp");
    assert_eq!(order.segment("stock")["parent_id"], calls[1]["id"]);
    assert_eq!(worker["parent_id"], entry["id"]);
    check_calls(
        worker,
        &[
            json!({ "namespace": "remote", "sql": { "database_type": "postgresql" } }),
            aws("UpdateItem", "table_name", "orders"),
            aws("DeleteMessage", "queue_url", &queue),
        ],
    );
    the_map_shows_what_was_called(&shop, &queue).await?;
    a_trace_says_why_an_order_failed(&shop).await?;

    shop.running.stop().await?;
    for port in ports {
        std::net::TcpListener::bind(("127.0.0.1", port))
            .map_err(|error| format!("something still listens on {port}: {error}"))?;
    }
    Ok(())
}

async fn the_map_shows_what_was_called(shop: &Shop, queue: &str) -> Result<()> {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let range = json!({ "StartTime": now - 600, "EndTime": now + 1 });
    let answer = shop.ask("/ServiceGraph", &range).await?;
    let services = answer["Services"].as_array().ok_or("no services")?;
    let node = |name: &str, kind: Option<&str>| {
        let mut services = services.iter();
        let found = services.find(|node| node["Name"] == name && node["Type"].as_str() == kind);
        found.unwrap_or_else(|| panic!("no {name} of type {kind:?} in {services:#?}"))
    };
    let [client, table, queue, database, stock, worker] = [
        node("shop", Some("client")),
        node("orders", Some("AWS::DynamoDB::Table")),
        node(queue, Some("AWS::SQS::Queue")),
        node("shop@127.0.0.1", Some("Database::SQL")),
        node("stock", None),
        node("worker", None),
    ];
    let calls = |from: &Value, to: &[&Value]| {
        let edges = from["Edges"].as_array().unwrap();
        for to in to {
            let is_there = edges
                .iter()
                .any(|edge| edge["ReferenceId"] == to["ReferenceId"]);
            assert!(is_there, "{} does not call {}", from["Name"], to["Name"]);
        }
    };
    let entry = node("shop", None);
    calls(client, &[entry]);
    calls(entry, &[table, queue, database, stock, worker]);
    calls(worker, &[table, queue, database]);
    Ok(())
}

async fn a_trace_says_why_an_order_failed(shop: &Shop) -> Result<()> {
    let sold_out = shop.order("umbrella", 1, &["shop", "stock"]).await?;
    assert_eq!(sold_out.status, StatusCode::CONFLICT);
    let call = &sold_out.segment("shop")["subsegments"][1];
    assert_eq!(call["error"], true, "{call:#}");
    let cause = call["cause"].to_string();
    assert!(cause.contains("0 are left"), "{call:#}");
    assert_eq!(sold_out.segment("stock")["error"], true);

    // The customer is told that all is well.
    let huge = shop.order("lamp", 1_000_000, &["shop", "worker"]).await?;
    assert_eq!(huge.status, StatusCode::ACCEPTED);
    let worker = huge.segment("worker");
    assert_eq!(worker["fault"], true, "{worker:#}");
    let insert = &worker["subsegments"][0];
    assert!(
        insert["cause"].to_string().contains("integer out of range"),
        "{insert:#}"
    );

    shop.delete_table().await?;
    let lost = shop.order("apple", 1, &["shop"]).await?;
    assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE);
    let entry = lost.segment("shop");
    assert_eq!(entry["fault"], true, "{entry:#}");
    let put = json!({ "error": true, "aws": { "operation": "PutItem", "table_name": "orders" },
        "cause": { "exceptions": [{ "type": "ResourceNotFoundException" }] } });
    assert!(is_part(&put, &entry["subsegments"][2]), "{entry:#}");
    Ok(())
}
