//! The shop: which service calls which.

/// How many instances each service has.
pub(super) const INSTANCES: usize = 4;
/// The shop's tenants.
pub(super) const TENANTS: [&str; 10] = [
    "acme", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "juniper",
];

/// A kind of request.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// `*` is replaced by a different number in each request.
    pub(super) path: &'static str,
    pub(super) weight: f64,
    /// What the web server calls.
    pub(super) calls: &'static [&'static str],
}

/// All go through `gateway` and `web`.
pub(super) const ROUTES: [Route; 6] = [
    Route {
        method: "GET",
        path: "/products/*",
        weight: 6.0,
        calls: &["catalog"],
    },
    Route {
        method: "GET",
        path: "/search",
        weight: 3.0,
        calls: &["search"],
    },
    Route {
        method: "POST",
        path: "/checkout",
        weight: 3.0,
        calls: &["cart", "checkout"],
    },
    Route {
        method: "GET",
        path: "/account",
        weight: 3.0,
        calls: &["user-profile"],
    },
    Route {
        method: "GET",
        path: "/orders/*",
        weight: 3.0,
        calls: &["orders"],
    },
    Route {
        method: "POST",
        path: "/subscriptions",
        weight: 1.0,
        calls: &["notification", "payment-api"],
    },
];

/// The services that a service calls, each with its probability.
pub(super) fn calls(service: &str) -> &'static [(&'static str, f64)] {
    match service {
        "catalog" => &[("pricing", 0.8), ("inventory-api", 0.7)],
        "search" => &[("recommendation", 0.6), ("catalog", 0.3)],
        "recommendation" => &[("user-profile", 0.3)],
        "checkout" => &[
            ("inventory-api", 0.9),
            ("payment-api", 0.8),
            ("shipping", 0.9),
        ],
        "cart" => &[("carts", 0.9), ("pricing", 0.3)],
        "inventory-api" => &[("inventory-db", 0.8)],
        "payment-api" => &[("payments.example.com", 0.9)],
        "shipping" => &[("shipments", 1.0)],
        "orders" => &[("orders-db", 0.8), ("user-profile", 0.5), ("audit", 0.3)],
        "user-profile" => &[("profiles", 0.8)],
        _ => &[],
    }
}

/// A dependency without segments of its own.
#[derive(Clone, Copy)]
pub(super) enum Remote {
    Sql,
    Table,
    Queue,
    Http,
}

pub(super) fn remote(name: &str) -> Option<Remote> {
    match name {
        "inventory-db" | "orders-db" => Some(Remote::Sql),
        "profiles" | "carts" => Some(Remote::Table),
        "shipments" => Some(Remote::Queue),
        "payments.example.com" => Some(Remote::Http),
        _ => None,
    }
}

/// Returns the EC2 instance of a number on which a service runs.
pub(super) fn instance(service: &str, number: usize) -> String {
    let sum = service.bytes().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    format!("i-{:09x}{number:08x}", sum & 0xf_ffff_ffff)
}
