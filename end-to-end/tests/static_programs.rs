//! The programs as the images ship them, but not optimized: static, for both architectures, in a folder with nothing else in
//! it. Needs the targets `x86_64-` and `aarch64-unknown-linux-musl`, and root for `chroot`.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use end_to_end::{Console, Result, eventually, free_address, root, target_folder};
use tokio::process::{Child, Command};

const PROGRAMS: [&str; 3] = ["frontend", "backend", "console"];
const X86_64: &str = "x86_64-unknown-linux-musl";
/// What the builders of images are told that they build.
const COMMIT: &str = "0123456789ab";
/// The C library asks a name server that is not there for this long before it gives up.
const LOOKUP: Duration = Duration::from_secs(30);

/// Builds the programs and returns the folder in which they are. Not as the images do it: what is asked here is whether
/// they link and run alone, and optimizing them would take minutes. `make containers` builds the images.
fn build(target: &str) -> PathBuf {
    let status = std::process::Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--target", target])
        .args(PROGRAMS.iter().flat_map(|program| ["-p", program]))
        .env("SAMPLE_COMMIT", COMMIT)
        .current_dir(root())
        .status();
    assert!(status.unwrap().success(), "{target} does not build");
    target_folder().unwrap().join(target).join("debug")
}

/// What the first bytes and the program headers of an ELF file say.
#[derive(Debug, PartialEq, Eq)]
struct Elf {
    is_64_bit_little_endian: bool,
    machine: u16,
    /// Whether it names a program that loads it, as everything does that is not static.
    wants_interpreter: bool,
}

/// <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>
fn elf(file: &Path) -> Elf {
    const INTERPRETER: u32 = 3;
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(&bytes[..4], b"\x7fELF");
    let u16_at = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
    let headers = usize::try_from(u64::from_le_bytes(bytes[32..40].try_into().unwrap())).unwrap();
    let (size, count) = (usize::from(u16_at(54)), usize::from(u16_at(56)));
    let kind = |index: usize| {
        let at = headers + index * size;
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
    };
    Elf {
        is_64_bit_little_endian: bytes[4..6] == [2, 1],
        machine: u16_at(18),
        wants_interpreter: (0..count).any(|index| kind(index) == INTERPRETER),
    }
}

#[test]
fn both_architectures_link_statically() {
    for (target, machine) in [(X86_64, 62), ("aarch64-unknown-linux-musl", 183)] {
        let folder = build(target);
        for program in PROGRAMS {
            let file = folder.join(program);
            let expected = Elf {
                is_64_bit_little_endian: true,
                machine,
                wants_interpreter: false,
            };
            assert_eq!(elf(&file), expected, "{}", file.display());
        }
    }
    // A program of this machine's own is not static: the check can fail.
    assert!(elf(&std::env::current_exe().unwrap()).wants_interpreter);
}

/// Where a panic aborts, one request that panics ends all of a pod's, and no layer can catch it.
#[test]
fn a_panic_unwinds_in_the_images_as_elsewhere() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for profile in ["image", "release"] {
        let settings = manifest.split(&format!("\n[profile.{profile}]\n")).nth(1);
        let settings = settings.unwrap().split("\n[").next().unwrap();
        let is_setting = |line: &str| line.starts_with("panic");
        assert!(!settings.lines().any(is_setting), "{settings}");
    }
}

/// A folder with one program in it, as its image.
struct Image {
    folder: PathBuf,
    program: &'static str,
}

impl Image {
    fn new(program: &'static str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("x-ray-sample-{program}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::copy(build(X86_64).join(program), folder.join(program)).unwrap();
        Self { folder, program }
    }

    /// Starts it with nothing but the folder, as the user of the image.
    fn start(&self, variables: &[(&str, &str)]) -> Child {
        Command::new("chroot")
            .args(["--userspec", "65532:65532"])
            .arg(&self.folder)
            .arg(format!("/{}", self.program))
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// From now on names resolve.
    fn write_hosts(&self, lines: &str) {
        fs::create_dir_all(self.folder.join("etc")).unwrap();
        fs::write(self.folder.join("etc/hosts"), lines).unwrap();
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

async fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let response = reqwest::get(format!("http://{address}{path}")).await?;
    Ok((response.status().as_u16(), response.text().await?))
}

#[tokio::test]
async fn without_shell_users_and_names_the_pair_serves_and_traces_arrive_once_names_resolve()
-> Result<()> {
    let console = Console::start().await?;
    let daemon = format!("aws-xray.xray:{}", console.address.port());
    let (front, back) = (free_address()?, free_address()?);
    let backend_url = format!("http://x-ray-sample-back-k8s:{}", back.port());
    let [front_image, back_image] = ["frontend", "backend"].map(Image::new);
    let listen = [front, back].map(|address| address.to_string());
    let daemon = ("AWS_XRAY_DAEMON_ADDRESS", daemon.as_str());
    let mut programs = [
        front_image.start(&[
            ("LISTEN_ADDRESS", &listen[0]),
            ("BACKEND_URL", &backend_url),
            daemon,
        ]),
        back_image.start(&[("LISTEN_ADDRESS", &listen[1]), daemon]),
    ];
    for address in [front, back] {
        eventually("readiness", async || {
            Ok((get(address, "/readyz").await?.0 == 200).then_some(()))
        })
        .await?;
    }

    assert_eq!(get(front, "/").await?.0, 200);
    let (_, settings) = get(front, "/settings").await?;
    let commit = format!("\"commit\":\"{COMMIT}\"");
    assert!(settings.contains(&commit), "{settings}");
    let (status, said) = get(front, "/api").await?;
    assert_eq!(status, 502, "{said}");
    eventually("a lookup that fails", async || {
        let (_, metrics) = get(front, "/metrics").await?;
        let mut lines = metrics.lines();
        let failed = lines.find_map(|line| line.strip_prefix("xray_failed_lookups_total "));
        Ok((failed.unwrap().parse::<u64>()? > 0).then_some(()))
    })
    .await?;

    for image in [&front_image, &back_image] {
        image.write_hosts("127.0.0.1 aws-xray.xray x-ray-sample-back-k8s\n");
    }
    assert_eq!(get(front, "/api").await?.0, 200);
    let deadline = tokio::time::Instant::now() + LOOKUP;
    while console.received(2).await.is_err() {
        assert!(tokio::time::Instant::now() < deadline, "no trace arrives");
        get(front, "/api").await?;
    }

    for program in &mut programs {
        let pid = rustix::process::Pid::from_raw(i32::try_from(program.id().unwrap())?).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        assert!(
            tokio::time::timeout(LOOKUP, program.wait())
                .await??
                .success()
        );
    }
    Ok(())
}
