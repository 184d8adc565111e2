//! Server-sent events.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::Console;

struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(console: &Console) -> Self {
        let mut stream = TcpStream::connect(console.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let request = format!(
            "GET /events HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\n\r\n",
            console.address
        );
        stream.write_all(request.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    /// Returns the next event: its name and its data.
    fn next(&mut self) -> (String, Value) {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the stream ended");
            if let Some(event) = line.strip_prefix("event: ") {
                event.trim().clone_into(&mut name);
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data).unwrap());
            }
        }
    }
}

#[test]
fn who_listens_learns_what_arrived_and_only_then() {
    let console = Console::start();
    let segment = |number: u32| {
        format!(
            r#"{{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-{number:024x}","start_time":1,"end_time":2}}"#
        )
    };
    console.take(&[segment(1)]);
    let mut stream = Stream::open(&console);
    assert_eq!(
        stream.next(),
        ("hello".to_owned(), json!({ "version": "0.1.0" }))
    );
    console.take(&[segment(2)]);
    let (name, data) = stream.next();
    assert_eq!(
        (name.as_str(), &data["traces"]),
        ("changed", &json!([format!("1-5f84c7a1-{:024x}", 2)]))
    );
    let revision = data["revision"].as_u64().unwrap();
    console.take(&["{}"]);
    let (_, data) = stream.next();
    assert_eq!(
        (&data["traces"], &data["refused"], &data["more"]),
        (&json!([]), &json!(1), &json!(false))
    );
    assert!(data["revision"].as_u64().unwrap() > revision);
    console.ask("POST", "/clear", &[], b"");
    assert_eq!(stream.next().1["more"], true);
    // Dropping the console while somebody listens must not hang: `Console` checks that it ended well.
}
