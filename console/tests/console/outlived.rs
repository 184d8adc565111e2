//! What outlives a console: `--data`, restarts, and ends without a word.

mod faults;
mod past;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use console::Config;
use serde_json::json;

use crate::support::{Console, always, ask};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Relaxed);
        let name = format!("x-ray-console-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn config(&self) -> Config {
        Config {
            data: Some(self.0.clone()),
            ..Config::default()
        }
    }

    /// The files of traces, the oldest first.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = paths
            .filter(|path| name(path).starts_with("traces-"))
            .collect();
        files.sort();
        files
    }

    /// What stops a console from using it.
    fn refused(&self) -> String {
        console::open_disk(&self.config()).unwrap_err().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn trace_id(number: usize) -> String {
    format!("1-5f84c7a1-{:024x}", number + 1)
}

/// A segment of a trace; `size` bytes more than it needs, that no compression makes less.
fn document(trace: usize, segment: usize, size: usize) -> String {
    let mut state = (trace * 1_000 + segment) as u64 + 1;
    let mut letter = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + ((state >> 33) % 26) as u8)
    };
    let filler: String = (0..size).map(|_| letter()).collect();
    format!(
        r#"{{"trace_id":"{}","id":"{:016x}","name":"shop","start_time":1602537377,"end_time":1602537378,"metadata":{{"d":{{"f":"{filler}"}}}}}}"#,
        trace_id(trace),
        segment + 1
    )
}

fn put(address: SocketAddr, documents: &[String]) {
    for some in documents.chunks(100) {
        let body = json!({ "TraceSegmentDocuments": some }).to_string();
        let answer = ask(address, "POST", "/TraceSegments", &[], body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// How many segments of a trace are found by its id.
fn segments(address: SocketAddr, trace: usize) -> usize {
    let body = json!({ "TraceIds": [trace_id(trace)] }).to_string();
    let answer = ask(address, "POST", "/Traces", &[], body.as_bytes()).json();
    let segments = answer["Traces"][0]["Segments"].as_array();
    segments.map_or(0, Vec::len)
}

fn on_disk(console: &Console, count: &str) -> u64 {
    console.get("/status").json()["disk"][count]
        .as_u64()
        .unwrap()
}

#[test]
fn traces_and_what_the_api_can_change_outlive_a_console() {
    let folder = Folder::new();
    let state = |console: &Console| {
        let rules = console.call("GetSamplingRules", &json!({}));
        let groups = console.call("Groups", &json!({}));
        let policies = console.call("ListResourcePolicies", &json!({}));
        let encryption = console.call("EncryptionConfig", &json!({}));
        let arn = groups["Groups"][1]["GroupARN"].clone();
        let tags = console.call("ListTagsForResource", &json!({ "ResourceARN": arn }));
        let indexing = console.call("GetIndexingRules", &json!({}));
        let destination = console.call("GetTraceSegmentDestination", &json!({}));
        [
            rules,
            groups,
            policies,
            encryption,
            tags,
            indexing,
            destination,
        ]
    };
    let (before, graph) = {
        let console = Console::start_with(folder.config());
        console.take(&[document(0, 0, 0), document(0, 1, 0), document(1, 0, 0)]);
        let team = json!([{ "Key": "team", "Value": "shop" }]);
        console.call(
            "CreateGroup",
            &json!({ "GroupName": "slow", "FilterExpression": "responsetime > 1", "Tags": team }),
        );
        console.call(
            "UpdateSamplingRule",
            &json!({ "SamplingRuleUpdate": { "RuleName": "Default", "FixedRate": 0.25 } }),
        );
        let policy = json!({ "PolicyName": "p", "PolicyDocument": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"xray:*\",\"Resource\":\"*\"}]}" });
        console.call("PutResourcePolicy", &policy);
        console.call(
            "PutEncryptionConfig",
            &json!({ "Type": "KMS", "KeyId": "alias/shop" }),
        );
        console.call(
            "UpdateIndexingRule",
            &json!({ "Name": "Default", "Rule": { "Probabilistic": { "DesiredSamplingPercentage": 50 } } }),
        );
        console.call(
            "UpdateTraceSegmentDestination",
            &json!({ "Destination": "CloudWatchLogs" }),
        );
        (state(&console), console.graph())
    };
    let console = Console::start_with(folder.config());
    assert_eq!(console.graph(), graph);
    assert_eq!(state(&console), before);
    assert_eq!(
        [0, 1, 2].map(|trace| segments(console.address, trace)),
        [2, 1, 0]
    );
    // What was forgotten stays forgotten.
    assert_eq!(console.ask("POST", "/clear", &[], b"").status, 204);
    drop(console);
    let console = Console::start_with(folder.config());
    assert_eq!(segments(console.address, 0), 0);
    assert_eq!(state(&console), before);
}

#[test]
fn a_trace_that_memory_has_no_room_for_is_found_whole_by_its_id() {
    let folder = Folder::new();
    let config = Config {
        max_traces: 10,
        ..folder.config()
    };
    let console = Console::start_with(config.clone());
    let documents: Vec<_> = (0..100).map(|trace| document(trace, 0, 100)).collect();
    put(console.address, &documents);
    // A part of it that comes when memory has forgotten the rest.
    put(console.address, &[document(3, 1, 0)]);
    console.wait_for(|console| on_disk(console, "written_documents") == 101);
    assert_eq!(
        [0, 3, 99].map(|trace| segments(console.address, trace)),
        [1, 2, 1]
    );
    let graph = json!({ "TraceIds": [trace_id(1)] });
    let graph = console.call("TraceGraph", &graph);
    assert!(!graph["Services"].as_array().unwrap().is_empty());
    let documents = console.get(&format!("/documents/{}", trace_id(2))).json();
    assert_eq!(documents["documents"].as_array().unwrap().len(), 1);
    drop(console);
    // Those that memory has no room for are listed too.
    let console = Console::start_with(config);
    let found = console.call("TraceSummaries", &always());
    assert_eq!(found["TraceSummaries"].as_array().unwrap().len(), 100);
    assert_eq!([0, 3].map(|trace| segments(console.address, trace)), [1, 2]);
}

/// What says since when lists are whole: `/status`, an answer of the page's API, and the header of one of X-Ray's.
fn incomplete_before(console: &Console, start: f64) -> [Option<f64>; 3] {
    let status = console.get("/status").json();
    let range = json!({ "traces": { "start": start, "end": 4_000_000_000_u64 } });
    let analysed = console.ask(
        "POST",
        "/analysis/traces",
        &[],
        range.to_string().as_bytes(),
    );
    let range = json!({ "StartTime": start, "EndTime": 4_000_000_000_u64 }).to_string();
    let graph = console.ask("POST", "/ServiceGraph", &[], range.as_bytes());
    let header = graph.header("x-console-incomplete-before");
    [
        status["store"]["incomplete_before"].as_f64(),
        analysed.json()["incomplete_before"].as_f64(),
        header.and_then(|header| header.parse().ok()),
    ]
}

#[test]
fn a_range_that_begins_before_what_memory_holds_is_told_so() {
    let config = Config {
        max_traces: 10,
        ..Config::default()
    };
    let console = Console::start_with(config.clone());
    let documents =
        |from, to| -> Vec<_> { (from..to).map(|trace| document(trace, 0, 0)).collect() };
    put(console.address, &documents(0, 10));
    assert_eq!(incomplete_before(&console, 0.0), [None; 3]);
    put(console.address, &documents(10, 11));
    let [status, analysed, header] = incomplete_before(&console, 0.0);
    assert_eq!(analysed, header);
    let (status, analysed) = (status.unwrap(), analysed.unwrap());
    assert!(
        status > 1_602_537_378.0 && analysed - status < 1.0,
        "{status}"
    );
    // What begins later lacks nothing.
    let later = analysed + 1.0;
    assert_eq!(incomplete_before(&console, later)[1..], [None; 2]);
    drop(console);

    // What the disk has is in the answers.
    let folder = Folder::new();
    let config = Config {
        data: folder.config().data,
        ..config
    };
    let console = Console::start_with(config.clone());
    put(console.address, &documents(0, 11));
    console.wait_for(|console| on_disk(console, "written_documents") == 11);
    let on_disk = |console: &Console| {
        let [status, analysed, header] = incomplete_before(console, 0.0);
        assert!(status.is_some());
        assert_eq!([analysed, header], [None; 2]);
    };
    on_disk(&console);
    drop(console);
    on_disk(&Console::start_with(config));
    // Where memory has room for all, it has all.
    let console = Console::start_with(folder.config());
    assert_eq!(incomplete_before(&console, 0.0), [None; 3]);
}

#[test]
fn the_oldest_traces_make_room_on_disk() {
    let folder = Folder::new();
    let bytes = 16 * 1024 * 1024;
    let console = Console::start_with(Config {
        max_disk: bytes,
        max_traces: 1,
        ..folder.config()
    });
    let mut sent = 0;
    for trace in 0..60 {
        let documents: Vec<_> = (0..10)
            .map(|segment| document(trace, segment, 60_000))
            .collect();
        put(console.address, &documents);
        sent += 10;
        console.wait_for(|console| on_disk(console, "written_documents") == sent);
        assert!(
            on_disk(&console, "bytes") <= bytes,
            "{}",
            on_disk(&console, "bytes")
        );
    }
    assert!(on_disk(&console, "removed_documents") > 100);
    // What was removed is missing for good.
    assert!(incomplete_before(&console, 0.0).iter().all(Option::is_some));
    assert_eq!(on_disk(&console, "unwritten_documents"), 0);
    assert_eq!(
        [0, 59].map(|trace| segments(console.address, trace)),
        [0, 10]
    );
}

/// Of a console on a free port, up to its folder.
const ARGUMENTS: [&str; 7] = [
    "--listen",
    "127.0.0.1:0",
    "--otlp",
    "off",
    "--otlp-grpc",
    "off",
    "--data",
];

/// A console as a program of its own.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_console"));
        command.args(ARGUMENTS).arg(folder).stderr(Stdio::null());
        Self::run(command)
    }

    /// Runs a command that becomes a console.
    fn run(mut command: Command) -> Self {
        command.env_clear().stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split(' ').next();
        let address = address.unwrap().parse().unwrap();
        Self { child, address }
    }

    fn disk(&self, count: &str) -> u64 {
        let status = ask(self.address, "GET", "/status", &[], b"").json();
        status["disk"][count].as_u64().unwrap()
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_console_that_is_killed_loses_what_is_younger_than_its_last_write_and_nothing_else() {
    let folder = Folder::new();
    for round in 0..3_usize {
        let program = Program::start(&folder.0);
        // Documents come until some of them are written, and others on their way.
        let first = 1_000 * (round + 1);
        let mut next = first;
        while program.disk("written_documents") < 200 {
            put(program.address, &[document(next, 0, 500)]);
            next += 1;
        }
        let safe = usize::try_from(program.disk("written_documents")).unwrap();
        put(program.address, &[document(next, 0, 500)]);
        program.kill();
        let program = Program::start(&folder.0);
        for trace in first..first + safe {
            assert_eq!(
                segments(program.address, trace),
                1,
                "round {round}: {trace}"
            );
        }
        program.kill();
    }
    let damaged = folder
        .files()
        .into_iter()
        .find(|file| name(file).contains("damaged"));
    assert_eq!(damaged, None);
}
