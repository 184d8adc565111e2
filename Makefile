.DEFAULT_GOAL := help
.PHONY: help run console demo shop test check fmt-check lint doc boundaries package deny screenshots bench instructions endurance attack mutations doctor \
	manifests images push deploy undeploy url kind ecs ecs-remove containers cluster-test

export CONSOLE_PORT ?= 2000
export FRONT_PORT ?= 8080
export BACK_PORT ?= 8081
export OVERLAY REGISTRY
# The last commit whose library recorded by OpenTelemetry's SDK.
BASELINE ?= 820c434
export RUSTDOCFLAGS ?= -D warnings

help: ## show this help
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## build and start the console, the back end and the front end (needs only Rust)
	@cargo run --quiet --locked -p xtask -- run

# By its name among the three programs, so that it is built with what `make run` builds; `exec`, so that it ends with make.
console: ## build and start the console alone, for services in any language (ARGS="--open --data traces")
	@exec env XRAY_CONSOLE_LISTEN=$${XRAY_CONSOLE_LISTEN:-127.0.0.1:$(CONSOLE_PORT)} cargo run --quiet --locked --release --bin console -- $(ARGS)

demo: ## as run, with traffic, one guided fault, and the browser opened (RATE=5 BURST=20)
	@cargo run --quiet --locked -p xtask -- demo

shop: ## three services as you would write them, with what they call: DynamoDB, SQS (moto), PostgreSQL, gRPC (SHOP_PORT, RATE=5, …)
	@cargo run --quiet --locked -p xtask -- shop

test: ## run every test for which the tools are installed, and name the missing tools
	@cargo run --quiet --locked -p xtask -- test

check: fmt-check lint doc boundaries deny ## all checks that need no running program

fmt-check: ## check the formatting
	cargo fmt --all --check
	cargo fmt --all --check --manifest-path examples/Cargo.toml

lint: ## clippy; warnings are errors (the end-to-end tests are named, as they are not a target by default)
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --workspace --test '*' -- -D warnings

# With the examples the dependencies have the features that clippy checked them with, and are not checked again.
doc: ## build the documentation; warnings are errors
	cargo doc --locked --workspace --no-deps --lib --bins --examples

boundaries: ## check which crates, rooms, files and modules of the page may use which
	cargo test --quiet --locked --workspace --test boundaries

package: ## are the libraries complete as packages? Checks each from what its package holds, with what is in the lock file
	@cargo run --quiet --locked -p xtask -- package

deny: ## licences, sources and bans of dependencies (cargo install --locked cargo-deny)
	@command -v cargo-deny >/dev/null || { echo "cargo-deny is missing: cargo install --locked cargo-deny"; exit 1; }
	cargo deny --offline check bans licenses sources

screenshots: ## the pictures of README and docs, or a part with ARGS=sample, languages or shop (needs Chromium, chromedriver, Python, what make shop needs)
	cargo run --quiet --locked -p end-to-end --example screenshots -- $(ARGS)

bench: ## what tracing costs, beside a bare send and another commit's build of the same run (BASELINE=820c434)
	end-to-end/cost-of-tracing/beside.sh $(BASELINE)

instructions: ## instructions and allocations of a request, beside another commit's build (needs valgrind; BASELINE=820c434)
	end-to-end/cost-of-tracing/beside.sh $(BASELINE) instructions

endurance: ## both services under load for ten minutes, their daemon paused, restarted, moved, coming and going (ENDURANCE_SECONDS, ENDURANCE_RATE, ENDURANCE_HOSTILE)
	cargo test --quiet --release --locked -p end-to-end --test endurance

# What the images ship but for link-time optimization, which takes minutes.
attack: ## what floods, bombs and slow clients do to the programs within their pods' memory (ATTACK_SECONDS=180; Linux)
	cargo build --quiet --locked --release --target "$$(uname -m)-unknown-linux-musl"
	ATTACK_SECONDS=$${ATTACK_SECONDS:-180} END_TO_END_PROGRAMS="$$PWD/target/$$(uname -m)-unknown-linux-musl/release" \
		cargo test --quiet --locked --workspace --test end-to-end attack:: -- --test-threads 1 --nocapture

mutations: ## do the tests notice a changed number, port or variable? (MUTATIONS=40 of each, PART=vectors, manifests, readme)
	@cargo run --quiet --locked -p end-to-end --example mutations

doctor: ## why are there no traces? Follow a segment hop by hop, here or from every node (OVERLAY=eks)
	@deploy/doctor.sh

manifests: ## each overlay and each half of the pair as one file, or an overlay printed (OVERLAY=eks)
	@deploy/manifests.sh

images: ## the three images, for this machine (needs docker)
	@deploy/images.sh

push: ## the three images for amd64 and arm64 into a registry, and their names into what is deployed (REGISTRY=…)
	@deploy/push.sh

deploy: ## apply an overlay and wait (OVERLAY=eks; after make push)
	@deploy/deploy.sh

undeploy: ## delete what an overlay applied (OVERLAY=eks)
	@deploy/undeploy.sh

url: ## wait for the front end's address and print it
	@deploy/url.sh

kind: ## a cluster on this machine with the local overlay (needs docker, kind and kubectl)
	@deploy/kind.sh

ecs: ## the pair on ECS with Fargate (SUBNETS=… SECURITY_GROUP=…; after make push)
	@deploy/ecs.sh

ecs-remove: ## remove what make ecs made
	@deploy/ecs-remove.sh

containers: ## build the images, run them hardened on one network, and see a trace (needs an engine; Linux)
	@end-to-end/containers/run.sh

cluster-test: ## the sample on a real cluster: its daemons restarted, killed and away, and what is lost (KUBECONFIG, else kind)
	@end-to-end/cluster/run.sh
