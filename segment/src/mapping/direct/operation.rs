//! What the documents of all calls of one operation of AWS's have in common.

use std::rc::Rc;

use super::{
    fits,
    known::{Known, members, string},
};
use crate::{names, span::AwsCall};

/// How many operations a thread remembers: few services call more.
const REMEMBERED: usize = 8;

/// An operation of a service, in a region, whose names are written as they are.
#[derive(Debug)]
pub(super) struct Operation {
    service: String,
    method: String,
    region: Option<String>,
    /// The name of the call, `"DynamoDB"`.
    pub(super) name: Vec<u8>,
    /// The first members of the block.
    pub(super) block: Vec<u8>,
    /// The first members of the metadata.
    pub(super) metadata: Vec<u8>,
}

thread_local! {
    static KNOWN: Known<Operation, REMEMBERED> = const { Known::new() };
}

impl Operation {
    /// Returns the operation of a call; `None` if something of it is not written as it is.
    pub(super) fn of(call: &AwsCall<&str>) -> Option<Rc<Self>> {
        Known::get(&KNOWN, |known| known.is_of(call), || Self::new(call))
    }

    fn is_of(&self, call: &AwsCall<&str>) -> bool {
        self.method == call.operation
            && self.service == call.service
            && self.region.as_deref() == call.region
    }

    fn new(call: &AwsCall<&str>) -> Option<Self> {
        let &AwsCall {
            service,
            operation,
            region,
            ..
        } = call;
        let is_short = fits("rpc.service", service)
            // A name that must be changed may also be kept in the metadata.
            && names::is_clean(service)
            && fits("rpc.method", operation)
            && !operation.contains('/')
            && region.is_none_or(|region| fits("aws.region", region));
        is_short.then(|| Self {
            service: service.to_owned(),
            method: operation.to_owned(),
            region: region.map(str::to_owned),
            name: string(service),
            block: members([("operation", Some(operation)), ("region", region)]),
            metadata: members([
                ("rpc.system", Some("aws-api")),
                ("rpc.service", Some(service)),
            ]),
        })
    }
}
