//! Generates the client and the server of the gRPC service.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stock = protox::compile(["proto/stock.proto"], ["proto"])?;
    tonic_prost_build::compile_fds(stock)?;
    Ok(())
}
