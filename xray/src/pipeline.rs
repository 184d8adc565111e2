//! Turns spans into segment documents or, for OTLP, encodes the spans themselves, and passes them to the emitter.

use std::{
    borrow::Cow,
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{Resource, resource::TelemetryResourceDetector};
use segment::{
    Value,
    mapping::{self, Mapping, Settings},
    secrets::hide,
    span::SpanKind,
    value::Members,
};

use crate::{
    assembly::{Assembly, Opening, Sink},
    config::{Config, Exporter},
    delivery::{Counters, Delivery, add, count},
    emitter::{Daemon, Emit, Emitter, Priority, Resolver},
    ended::{Dropped, Ended},
    otlp::{self, Collector, Otlp},
};

/// Receives spans when they start and end, and sends the result.
#[derive(Debug)]
pub(crate) struct Pipeline {
    output: Output,
    emitter: Emitter,
    counters: Arc<Counters>,
}

/// What spans are turned into.
#[derive(Debug)]
enum Output {
    /// Segment documents.
    Documents(Arc<Assembly>),
    /// Encoded spans, for OTLP.
    Spans,
}

impl Pipeline {
    /// Starts the pipeline; `None` if the exporter is [`Exporter::None`].
    pub(crate) fn start(
        config: &Config,
        resolver: Resolver,
        counters: &Arc<Counters>,
    ) -> io::Result<Option<Self>> {
        let (emitter, output) = match &config.exporter {
            Exporter::Xray => to_daemon(config, resolver, counters)?,
            Exporter::Otlp(otlp) => to_collector(otlp, config, resolver, counters)?,
            Exporter::None => return Ok(None),
        };
        Ok(Some(Self {
            output,
            emitter,
            counters: Arc::clone(counters),
        }))
    }

    /// Whether [`Pipeline::open`] must be called when a span starts: assembling documents needs the open spans.
    pub(crate) fn joins_spans(&self) -> bool {
        matches!(self.output, Output::Documents(_))
    }

    /// Records that a span has started.
    pub(crate) fn open(&self, opening: Opening) {
        if let Output::Documents(assembly) = &self.output {
            assembly.start(opening, &self.counters);
        }
    }

    /// Records that a span has ended.
    pub(crate) fn end(&self, span: Ended<'_>) {
        self.note(span.dropped);
        match &self.output {
            Output::Documents(assembly) => match span.neutral() {
                Some(span) => self.with_sink(|sink| assembly.end(span, sink)),
                None => count(&self.counters.failed),
            },
            Output::Spans => self.export(span),
        }
    }

    /// Returns the counters of documents so far.
    pub(crate) fn delivery(&self) -> Delivery {
        self.counters.read()
    }

    /// Waits until every document so far is sent, for at most `patience`; `false` on timeout.
    pub(crate) fn flush(&self, patience: Duration) -> bool {
        self.emitter.flush(patience)
    }

    /// Gives up the spans that are still open and sends what is left, for at most `patience`; `false` if not
    /// everything was sent.
    pub(crate) fn shutdown(&self, patience: Duration) -> bool {
        if let Output::Documents(assembly) = &self.output {
            self.with_sink(|sink| assembly.close(sink));
        }
        self.emitter.shutdown(patience)
    }

    fn with_sink(&self, work: impl FnOnce(&Sink<'_>)) {
        work(&Sink {
            emit: &|document, priority| self.emitter.emit(document, priority),
            counters: &self.counters,
        });
    }

    fn note(&self, dropped: Dropped) {
        if dropped == Dropped::default() {
            return;
        }
        for (counter, number) in [
            (&self.counters.dropped_attributes, dropped.attributes),
            (&self.counters.dropped_events, dropped.events),
            (&self.counters.dropped_links, dropped.links),
        ] {
            add(counter, number.into());
        }
    }

    fn export(&self, mut span: Ended<'_>) {
        span.spread();
        keep_last(&mut span.attributes);
        name_callee(&mut span, &self.counters);
        let priority = if span.parent.makes_local_root() {
            Priority::Segment
        } else {
            Priority::Streamed
        };
        let mut encoded = Vec::new();
        otlp::encode(span, &mut encoded);
        self.emitter.emit(&encoded, priority);
    }
}

/// Keeps the last of several attributes with one key: OTLP requires unique keys. The recorder's spans have unique
/// keys already.
fn keep_last(attributes: &mut Members<'_>) {
    let mut index = 0;
    while let Some((key, _)) = attributes.get(index) {
        let mut later = attributes[index + 1..].iter();
        if later.any(|(later, _)| later == key) {
            attributes.remove(index);
        } else {
            index += 1;
        }
    }
}

/// Adds `peer.service` to a client span, which AWS's agents name the called node after. Its value is the name that
/// the subsegment would have, because the agents neither clean nor cut it.
fn name_callee(span: &mut Ended<'_>, counters: &Counters) {
    const PEER_SERVICE: &str = "peer.service";
    if !matches!(span.kind, SpanKind::Client | SpanKind::Producer) {
        return;
    }
    if span.attributes.iter().any(|(key, _)| key == PEER_SERVICE) {
        return;
    }
    let callee = mapping::callee(span.kind, span.attributes.clone());
    let name = callee.unwrap_or(Cow::Borrowed(span.name));
    let name = counters.clean_name(&name);
    span.attributes.push((PEER_SERVICE.into(), name.into()));
}

/// Starts a pipeline that sends segment documents to the daemon.
fn to_daemon(
    config: &Config,
    resolver: Resolver,
    counters: &Arc<Counters>,
) -> io::Result<(Emitter, Output)> {
    let mapping = Mapping::new(members(&resource(config)), Settings::default());
    counters.note(&mapping.trimmed());
    let assembly = Arc::new(Assembly::new(mapping));
    let described = Arc::clone(&assembly);
    read_ecs_metadata(config, move |resource| {
        described.describe(Mapping::new(members(resource), Settings::default()));
    })?;
    let look_after = {
        let (assembly, counters) = (Arc::clone(&assembly), Arc::clone(counters));
        move |emit: &Emit<'_>| {
            assembly.look_after(
                SystemTime::now().into(),
                &Sink {
                    emit,
                    counters: &counters,
                },
            );
        }
    };
    let emitter = Emitter::start(
        config.daemon.udp.to_string(),
        Daemon::new(&config.daemon, resolver),
        Arc::clone(counters),
        look_after,
    )?;
    Ok((emitter, Output::Documents(assembly)))
}

/// On ECS, reads the task's metadata in the background and passes the extended resource to `take`. Attributes in
/// `config` take precedence.
fn read_ecs_metadata(
    config: &Config,
    take: impl FnOnce(&Resource) + Send + 'static,
) -> io::Result<()> {
    let Some(metadata) = config.ecs_metadata.clone() else {
        return Ok(());
    };
    let mut config = config.clone();
    metadata.read(move |mut found| {
        found.retain(|(key, _)| !config.resource.iter().any(|(own, _)| own == key));
        config.resource.extend(found);
        take(&resource(&config));
    })
}

/// Starts a pipeline that sends spans by OTLP.
fn to_collector(
    otlp: &Otlp,
    config: &Config,
    resolver: Resolver,
    counters: &Arc<Counters>,
) -> io::Result<(Emitter, Output)> {
    let config = with_clean_name(config, counters);
    let collector = Collector::new(
        otlp.clone(),
        &resource(&config),
        resolver,
        Arc::clone(counters),
    )?;
    read_ecs_metadata(&config, collector.describe())?;
    // It stands in log lines, which must not hold its password.
    let url = hide(otlp.url().as_str().into()).into_owned();
    let emitter = Emitter::start(url, collector, Arc::clone(counters), |_| {})?;
    Ok((emitter, Output::Spans))
}

/// Cleans the service's name: AWS's agents pass it on unchanged, and X-Ray rejects invalid names.
fn with_clean_name(config: &Config, counters: &Counters) -> Config {
    Config {
        service_name: counters.clean_name(&config.service_name),
        ..config.clone()
    }
}

/// The resource's attributes, and those of the SDK.
pub(crate) fn resource(config: &Config) -> Resource {
    let mut attributes = vec![KeyValue::new("service.name", config.service_name.clone())];
    if !config.service_version.is_empty() {
        attributes.push(KeyValue::new(
            "service.version",
            config.service_version.clone(),
        ));
    }
    attributes.extend(
        config
            .resource
            .iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone())),
    );
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(attributes)
        .build()
}

fn members(resource: &Resource) -> Members<'static> {
    let mut members: Members<'static> = resource
        .iter()
        .map(|(key, value)| (key.to_string().into(), Value::from(value.to_string())))
        .collect();
    members.sort_by(|(left, _), (right, _)| left.cmp(right));
    members
}
