//! `make shop`: the three services of `examples/shop` and what they call, on this machine, until Ctrl-C.

mod customers;
mod moto;
mod postgres;

use std::{
    fs,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::{
    Result, build,
    console::Console,
    ports::{self, local},
    process::Process,
    processes::{self, Processes},
};
use moto::Moto;
use postgres::Postgres;

/// The example's manifest, from the repository's folder.
const MANIFEST: &str = "examples/shop/Cargo.toml";

/// The ports of the programs, on loopback.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    console: Console,
    /// The shop
    #[arg(long, value_name = "PORT", env = "SHOP_PORT", default_value_t = 3000)]
    shop: u16,
    /// The gRPC service
    #[arg(long, value_name = "PORT", env = "STOCK_PORT", default_value_t = 50051)]
    stock: u16,
    /// moto's server, which stands for AWS
    #[arg(long, value_name = "PORT", env = "MOTO_PORT", default_value_t = 5555)]
    moto: u16,
    /// PostgreSQL
    #[arg(
        long,
        value_name = "PORT",
        env = "POSTGRES_PORT",
        default_value_t = 5433
    )]
    postgres: u16,
    /// Orders per second
    #[arg(long, value_name = "NUMBER", env = "RATE", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=500))]
    rate: u16,
}

/// The programs, built or installed.
struct Programs {
    console: PathBuf,
    shop: PathBuf,
    moto: Moto,
    postgres: Postgres,
}

/// Builds, installs and starts everything, each when what it calls is ready; prints the addresses, and orders something
/// a few times per second.
pub(crate) async fn shop(args: Args) -> Result<()> {
    args.check()?;
    let programs = Programs::prepare(args.postgres)?;
    let start = async |running: &mut Processes| {
        start_all(&args, &programs, running).await?;
        println!(
            "\n  shop       http://localhost:{}\n  console    {}\n\nCtrl-C stops all.",
            args.shop,
            args.console.url()
        );
        Ok(())
    };
    processes::run(start, customers::order(&local(args.shop), args.rate)).await
}

async fn start_all(args: &Args, programs: &Programs, running: &mut Processes) -> Result<()> {
    let tee = args.console.start(&programs.console, running).await?;
    let moto = Process::start("moto", 33, programs.moto.serve(args.moto), None)?;
    running.add_listening(moto, &local(args.moto)).await?;
    let postgres = Process::start("postgres", 34, programs.postgres.serve()?, None)?;
    running
        .add_listening(postgres, &local(args.postgres))
        .await?;

    let tee = tee.as_ref();
    let setup = Process::start("setup", 37, args.service(programs, "setup"), None)?;
    running.complete(setup).await?;
    let stock = args.service(programs, "stock");
    let stock = Process::start("stock", 35, stock, tee)?;
    running.add_listening(stock, &local(args.stock)).await?;
    let worker = args.service(programs, "worker");
    running.add(Process::start("worker", 31, worker, tee)?);
    let shop = Process::start("shop", 32, args.service(programs, "web"), tee)?;
    running.add_ready(shop, &local(args.shop)).await
}

impl Args {
    /// Names everything that is missing or in use, before anything takes time.
    fn check(&self) -> Result<()> {
        let ports = [
            ("CONSOLE_PORT", self.console.port),
            ("SHOP_PORT", self.shop),
            ("STOCK_PORT", self.stock),
            ("MOTO_PORT", self.moto),
            ("POSTGRES_PORT", self.postgres),
        ];
        let problems = [
            Postgres::check(),
            Moto::check(),
            ports::check("shop", &ports),
        ];
        let problems = problems.into_iter().filter_map(Result::err);
        let problems: Vec<String> = problems.map(|problem| problem.to_string()).collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems.join("\n").into())
        }
    }

    /// Returns the command of one of the services, with everything that they read from their environment.
    fn service(&self, programs: &Programs, name: &str) -> Command {
        let address = local(match name {
            "stock" => self.stock,
            _ => self.shop,
        });
        let moto = format!("http://{}", local(self.moto));
        let mut command = Command::new(&programs.shop);
        command.arg(name).envs([
            ("AWS_XRAY_DAEMON_ADDRESS", self.console.address()),
            ("LISTEN_ADDRESS", address),
            ("STOCK_URL", format!("http://{}", local(self.stock))),
            ("DATABASE_URL", programs.postgres.url()),
            ("QUEUE_URL", format!("{moto}/123456789012/orders")),
            ("AWS_ENDPOINT_URL", moto),
            ("AWS_REGION", "eu-west-1".to_owned()),
            // moto takes any; whatever this machine has for AWS itself stays unread.
            ("AWS_ACCESS_KEY_ID", "none".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "none".to_owned()),
        ]);
        command.env_remove("AWS_SESSION_TOKEN");
        command.env_remove("AWS_PROFILE");
        command
    }
}

impl Programs {
    /// Builds and installs what is not there yet; each step shows its progress.
    fn prepare(postgres_port: u16) -> Result<Self> {
        let console = build::release(&["console"])?["console"].clone();
        let target = console.ancestors().nth(2).ok_or("no target folder")?;
        let shop = build_shop(&target.join("examples"))?;
        let folder = target.join("shop");
        fs::create_dir_all(&folder)?;
        let requirements = Path::new(MANIFEST).with_file_name("requirements.txt");
        Ok(Self {
            moto: Moto::install(&folder.join("moto"), &requirements)?,
            postgres: Postgres::new(&folder, postgres_port)?,
            console,
            shop,
        })
    }
}

/// Builds the shop as one program of its workspace, so that it shares with the tests' programs what is built.
fn build_shop(target: &Path) -> Result<PathBuf> {
    let target = target.display().to_string();
    let arguments = [
        "--locked",
        "--manifest-path",
        MANIFEST,
        "--workspace",
        "--bin",
        "shop",
        "--target-dir",
        &target,
    ];
    let built = build::build(&arguments)?.remove("shop");
    built.ok_or_else(|| "cargo built no shop".into())
}
