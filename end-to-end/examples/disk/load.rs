//! Documents of 1 kB at a fixed rate, each with ids, addresses and times that no other has.

use std::{
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use end_to_end::Result;

const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";
/// What is due is sent this often: a sender that only waited would take a core for itself.
const PAUSE: Duration = Duration::from_micros(200);

/// How many documents, and how many a second.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) rate: u64,
    pub(crate) documents: u64,
    pub(crate) ids: Ids,
}

/// What the ids of traces are made of.
#[derive(Clone, Copy)]
pub(crate) enum Ids {
    /// The time and random bits, as X-Ray's SDKs make them.
    Time,
    /// Random bits alone, as OpenTelemetry's SDKs make them: neighbours in time are none in an index.
    Random,
}

impl Ids {
    /// The id of the trace with a number that began at a time, in seconds.
    pub(crate) fn of(self, number: u64, time: u64) -> String {
        let [random, more] = [mixed(number), mixed(number + (1 << 40))];
        let first = match self {
            Self::Time => time & 0xffff_ffff,
            Self::Random => random & 0xffff_ffff,
        };
        format!("1-{first:08x}-{:08x}{more:016x}", random >> 32)
    }
}

impl Load {
    /// Sends them, each a trace of its own, and returns their bytes and, of every `some`th, the trace's id.
    pub(crate) fn send(self, address: SocketAddr, some: u64) -> Result<(u64, Vec<String>)> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(address)?;
        let (began, mut sent, mut bytes, mut ids) = (Instant::now(), 0, 0, Vec::new());
        while sent < self.documents {
            let due = u64::try_from(began.elapsed().as_micros())? * self.rate / 1_000_000;
            while sent < due.min(self.documents) {
                let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
                let id = self.ids.of(sent, now.as_secs());
                let datagram = datagram(sent, &id, now.as_secs_f64());
                if sent % some == 0 {
                    ids.push(id);
                }
                bytes += (datagram.len() - HEADER.len()) as u64;
                socket.send(datagram.as_bytes())?;
                sent += 1;
            }
            std::thread::sleep(PAUSE);
        }
        Ok((bytes, ids))
    }
}

fn datagram(number: u64, id: &str, now: f64) -> String {
    let [a, b, c, d] = [1, 2, 3, 4].map(|part| mixed(number * 8 + part));
    let status = if a % 50 == 0 { 500 } else { 200 };
    let took = (b % 200_000) as f64 / 1e6;
    format!(
        r#"{HEADER}{{"name":"shop-{service}","id":"{a:016x}","trace_id":"{id}","start_time":{start:.6},"end_time":{now:.6},"origin":"AWS::EKS::Container","http":{{"request":{{"method":"GET","url":"http://shop.example.com/orders/{order}/items","client_ip":"10.{ip1}.{ip2}.{ip3}","user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}},"response":{{"status":{status},"content_length":{length}}}}},"annotations":{{"tenant":"tenant-{tenant}","cart":{cart}}},"metadata":{{"default":{{"session":"{b:016x}{c:016x}","http.route":"/orders/{{id}}/items"}}}},"aws":{{"xray":{{"sdk_version":"0.1.0","sdk":"X-Ray for Rust"}},"eks":{{"cluster_name":"shop","pod":"shop-{service}-{pod:05x}","container_id":"{c:016x}"}}}},"subsegments":[{{"id":"{d:016x}","name":"orders@db.example.com","namespace":"remote","start_time":{inner:.6},"end_time":{now:.6},"sql":{{"url":"postgresql://db.example.com:5432/orders","database_type":"PostgreSQL","sanitized_query":"SELECT * FROM items WHERE order_id = ?"}}}}]}}"#,
        service = a % 12,
        start = now - took,
        inner = now - took / 2.0,
        order = b % 1_000_000,
        ip1 = c % 256,
        ip2 = (c >> 8) % 256,
        ip3 = (c >> 16) % 256,
        length = d % 100_000,
        tenant = a % 200,
        cart = d % 10_000,
        pod = a % 30,
    )
}

/// A number that looks random, the same for the same number (splitmix64).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
