//! Fills a console with the traces of an incident, to look at or to measure:
//! `cargo run -p end-to-end --example incident -- 127.0.0.1:2000 release 20000 [seed]`.
#![expect(clippy::print_stdout, reason = "a program that is run by hand")]

use std::{
    env,
    time::{SystemTime, UNIX_EPOCH},
};

use end_to_end::{
    Console, Result,
    incident::{Incident, Kind},
};

/// Twenty-five minutes, the last third of them bad.
const SECONDS: f64 = 1_500.0;
/// Documents that are handed over at once.
const SOME: usize = 4_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, kind, count, rest @ ..] = arguments.as_slice() else {
        return Err("give an address, a kind (release, tenant, instance, dependency, table) and a number of traces".into());
    };
    let kind = match kind.as_str() {
        "release" => Kind::Release,
        "tenant" => Kind::Tenant,
        "instance" => Kind::Instance,
        "dependency" => Kind::Dependency,
        "table" => Kind::Table,
        other => return Err(format!("there is no incident {other}").into()),
    };
    let seed = rest.first().map_or(Ok(1), |seed| seed.parse())?;
    let end = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
    let incident = Incident::new(kind, seed, end, SECONDS);
    let culprit = incident.culprit.clone();
    let (mut documents, mut sent) = (Vec::new(), 0);
    for trace in incident.traces(count.parse()?) {
        documents.extend(trace);
        if documents.len() >= SOME {
            sent += documents.len();
            Console::put_at(address, &documents).await?;
            documents.clear();
        }
    }
    sent += documents.len();
    Console::put_at(address, &documents).await?;
    println!(
        "{count} traces, {sent} documents. The culprit: {} {}",
        culprit.facets[0], culprit.value
    );
    Ok(())
}
