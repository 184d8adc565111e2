//! Takes orders, over HTTP.

use std::{collections::HashMap, net::SocketAddr, num::NonZeroU32};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::Deserialize;
use tokio::net::TcpListener;
use tonic::transport::Channel;
use tower::Layer;
use uuid::Uuid;
use xray::{ClientService, Config, Tracing};

use crate::{
    aws,
    database::ShopDatabase,
    error::{Error, Failure},
    orders::{Order, Orders},
    queue::Queue,
    settings::{stopped, variable},
    stock::proto::{ReserveRequest, stock_client::StockClient},
};

#[derive(Debug, Clone)]
struct Shop {
    orders: Orders,
    queue: Queue,
    database: ShopDatabase,
    stock: StockClient<ClientService<Channel>>,
}

/// What a customer sends.
#[derive(Debug, Deserialize)]
struct Wish {
    item: String,
    quantity: NonZeroU32,
}

pub async fn serve() -> Result<(), Failure> {
    let tracing = xray::start(&Config::from_env("shop", &xray::environment)?)?;
    let app = Router::new()
        .route("/orders", post(order))
        .route("/orders/{id}", get(find))
        .with_state(Shop::new(&tracing).await?)
        .layer(tracing.server_layer())
        // Behind the layer: probes are not traced.
        .route("/readyz", get(|| async {}));
    let listener = TcpListener::bind(variable("LISTEN_ADDRESS")?).await?;
    axum::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stopped())
    .await?;
    // The guard is dropped here and sends the last segments.
    Ok(())
}

async fn order(
    State(shop): State<Shop>,
    Json(wish): Json<Wish>,
) -> Result<(StatusCode, Json<Order>), Error> {
    // Indexed, so that traces can be found by it: annotation.item = "lamp".
    xray::annotate("item", wish.item.clone());
    let price = shop.database.price(&wish.item).await?;
    shop.reserve(&wish).await?;
    let order = Order {
        id: Uuid::new_v4().to_string(),
        total: i64::from(price) * i64::from(wish.quantity.get()),
        quantity: wish.quantity.get(),
        item: wish.item,
    };
    shop.orders.save(&order).await?;
    shop.queue.send(&order).await?;
    Ok((StatusCode::ACCEPTED, Json(order)))
}

async fn find(
    State(shop): State<Shop>,
    Path(id): Path<String>,
) -> Result<Json<HashMap<String, String>>, Error> {
    Ok(Json(shop.orders.find(&id).await?))
}

impl Shop {
    async fn new(tracing: &Tracing) -> Result<Self, Failure> {
        let config = aws::config().await;
        let channel = Channel::from_shared(variable("STOCK_URL")?)?.connect_lazy();
        Ok(Self {
            orders: Orders::new(aws::dynamodb(&config, tracing)),
            queue: Queue::new(aws::sqs(&config, tracing), variable("QUEUE_URL")?),
            database: ShopDatabase::new(&variable("DATABASE_URL")?)?,
            stock: StockClient::new(tracing.client_layer().layer(channel)),
        })
    }

    async fn reserve(&self, wish: &Wish) -> Result<(), Error> {
        let request = ReserveRequest {
            item: wish.item.clone(),
            quantity: wish.quantity.get(),
        };
        self.stock.clone().reserve(request).await?;
        Ok(())
    }
}
