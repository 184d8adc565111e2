//! A console in this process, and a minimal client.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    path::PathBuf,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use console::{Config, Further, Sockets};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A console that ends with the test.
pub(crate) struct Console {
    pub(crate) address: SocketAddr,
    pub(crate) otlp: Option<SocketAddr>,
    pub(crate) grpc: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
    sender: UdpSocket,
}

/// An answer of HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Console {
    pub(crate) fn start() -> Self {
        Self::start_with(Config::default())
    }

    pub(crate) fn start_with(config: Config) -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), config)
    }

    /// Starts at another address than 127.0.0.1.
    pub(crate) fn start_at(listen: SocketAddr, config: Config) -> Self {
        // Tests run side by side, and there is one port 4318.
        let config = Config {
            listen,
            otlp: config.otlp.or(Some(Further::Off)),
            otlp_grpc: config.otlp_grpc.or(Some(Further::Off)),
            ..config
        };
        let sockets = Sockets::bind(&config).unwrap();
        let address = sockets.tcp.local_addr().unwrap();
        let otlp = sockets.otlp.as_ref().map(|otlp| otlp.local_addr().unwrap());
        let grpc = sockets.otlp_grpc.as_ref();
        let grpc = grpc.map(|grpc| grpc.local_addr().unwrap());
        let disk = console::open_disk(&config).unwrap();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            runtime.block_on(console::run(sockets, disk, &config, async {
                let _ = stopped.await;
            }))
        });
        let sender = UdpSocket::bind((address.ip(), 0)).unwrap();
        sender.connect(address).unwrap();
        Self {
            address,
            otlp,
            grpc,
            stop: Some(stop),
            thread: Some(thread),
            sender,
        }
    }

    /// Sends a datagram as it is.
    pub(crate) fn send(&self, datagram: &[u8]) {
        self.sender.send(datagram).unwrap();
    }

    /// Sends documents, each behind a header line, and waits until they were taken or refused.
    pub(crate) fn take(&self, documents: &[impl AsRef<str>]) {
        let before = self.taken();
        for (index, document) in documents.iter().enumerate() {
            let datagram = format!(
                "{{\"format\":\"json\",\"version\":1}}\n{}",
                document.as_ref()
            );
            self.send(datagram.as_bytes());
            // Not more in flight than any kernel's buffer holds.
            if index % 32 == 31 {
                self.wait_for(|console| console.taken() > before + index as u64);
            }
        }
        self.wait_for(|console| console.taken() >= before + documents.len() as u64);
    }

    fn taken(&self) -> u64 {
        let status = self.get("/status").json();
        let refused = status["documents"]["refused"].as_object().unwrap().values();
        let refused: u64 = refused.map(|count| count.as_u64().unwrap()).sum();
        status["documents"]["accepted"].as_u64().unwrap() + refused
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(
                Instant::now() < deadline,
                "it did not happen: {:?}",
                self.get("/status").json()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    /// Asks an operation of the X-Ray API, which must succeed.
    #[track_caller]
    pub(crate) fn call(&self, operation: &str, request: &Value) -> Value {
        let answer = self.post(operation, request);
        assert_eq!(
            answer.status,
            200,
            "{operation} {request}: {}",
            answer.text()
        );
        answer.json()
    }

    /// Asks an operation that must fail, and returns the status and the body.
    #[track_caller]
    pub(crate) fn fail(&self, operation: &str, request: &Value) -> (u16, Value) {
        let answer = self.post(operation, request);
        assert_ne!(
            answer.status,
            200,
            "{operation} {request}: {}",
            answer.text()
        );
        let body = answer.json();
        let code = body["__type"].as_str().unwrap();
        assert_eq!(answer.header("x-amzn-errortype"), Some(code));
        (answer.status, body)
    }

    pub(crate) fn post(&self, operation: &str, request: &Value) -> Answer {
        self.ask(
            "POST",
            &format!("/{operation}"),
            &[],
            request.to_string().as_bytes(),
        )
    }

    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        ask(self.address, method, path, headers, body)
    }

    /// The service graph of all time.
    pub(crate) fn graph(&self) -> Value {
        self.call("ServiceGraph", &always())
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(Ok(())))), "{ended:?}");
        }
    }
}

impl Answer {
    /// Reads an answer from its first byte on.
    pub(crate) fn read(answer: &[u8]) -> Self {
        parse(answer)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Asks once, over a connection of its own.
pub(crate) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        write!(request, "Host: {address}\r\n").unwrap();
    }
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    // Whoever is refused early may not read the rest.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&answer)
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .expect("an answer of HTTP");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer {
        status,
        head,
        body: answer[end + 4..].to_vec(),
    };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunk(&answer.body);
    }
    answer
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|bytes| bytes == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        body.extend(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
    body
}

/// A time range that has everything, by the documents' own times.
pub(crate) fn always() -> Value {
    json!({ "StartTime": 0, "EndTime": 4_000_000_000_u64, "TimeRangeType": "Event" })
}

/// A node of a graph: its name and its type.
#[track_caller]
pub(crate) fn node<'g>(graph: &'g Value, name: &str, kind: &str) -> &'g Value {
    let services = graph["Services"].as_array().unwrap();
    let is_it = |service: &&Value| {
        service["Name"] == name && service["Type"].as_str().unwrap_or_default() == kind
    };
    services
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("no {name} of type {kind} in {graph:#}"))
}

/// The edge between two nodes.
#[track_caller]
pub(crate) fn edge<'g>(from: &'g Value, to: &Value) -> &'g Value {
    let edges = from["Edges"].as_array().unwrap();
    let is_it = |edge: &&Value| edge["ReferenceId"] == to["ReferenceId"];
    edges
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("no edge to {to:#} in {from:#}"))
}

/// Ok, error, throttle, fault of statistics.
pub(crate) fn counts(of: &Value) -> [u64; 4] {
    let statistics = &of["SummaryStatistics"];
    let counts = [
        &statistics["OkCount"],
        &statistics["ErrorStatistics"]["OtherCount"],
        &statistics["ErrorStatistics"]["ThrottleCount"],
        &statistics["FaultStatistics"]["OtherCount"],
    ];
    let counts = counts.map(|count| count.as_u64().unwrap());
    assert_eq!(statistics["TotalCount"], counts.iter().sum::<u64>());
    counts
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
