//! The warehouse, as a gRPC service.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use tonic::{Request, Response, Status, transport::Server};
use xray::Config;

use crate::{
    error::Failure,
    settings::{stopped, variable},
};
use proto::{
    ReserveReply, ReserveRequest,
    stock_server::{Stock, StockServer},
};

/// What `build.rs` generates from `proto/stock.proto`.
pub mod proto {
    tonic::include_proto!("shop");
}

/// How many there are of each item.
struct Warehouse(HashMap<&'static str, AtomicU64>);

pub async fn serve() -> Result<(), Failure> {
    let tracing = xray::start(&Config::from_env("stock", &xray::environment)?)?;
    let address = variable("LISTEN_ADDRESS")?.parse()?;
    let items = [("apple", u64::MAX), ("lamp", u64::MAX), ("umbrella", 0)];
    let warehouse = Warehouse(items.map(|(item, number)| (item, number.into())).into());
    Server::builder()
        .layer(tracing.server_layer())
        .add_service(StockServer::new(warehouse))
        .serve_with_shutdown(address, stopped())
        .await?;
    Ok(())
}

#[tonic::async_trait]
impl Stock for Warehouse {
    async fn reserve(
        &self,
        request: Request<ReserveRequest>,
    ) -> Result<Response<ReserveReply>, Status> {
        let ReserveRequest { item, quantity } = request.into_inner();
        xray::annotate("item", item.clone());
        let number = self.0.get(item.as_str());
        let number = number.ok_or_else(|| Status::not_found(format!("there is no {item}")))?;
        let take = |number: u64| number.checked_sub(quantity.into());
        match number.fetch_update(Relaxed, Relaxed, take) {
            Ok(before) => Ok(Response::new(ReserveReply {
                left: before - u64::from(quantity),
            })),
            Err(left) => Err(Status::failed_precondition(format!(
                "{quantity} of {item} were ordered, {left} are left"
            ))),
        }
    }
}
