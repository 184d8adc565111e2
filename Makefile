.DEFAULT_GOAL := help
.PHONY: help run test check fmt-check lint doc boundaries deny screenshots bench

export CONSOLE_PORT ?= 2000
export FRONT_PORT ?= 8080
export BACK_PORT ?= 8081
export RUSTDOCFLAGS ?= -D warnings

help: ## show this
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## build and start the console, the back end and the front end (needs only Rust)
	@cargo run --quiet --locked -p xtask -- run

test: ## run every test for which the tools are there, and say which are not
	@cargo run --quiet --locked -p xtask -- test

check: fmt-check lint doc boundaries deny ## all that needs no running program

fmt-check: ## formatting
	cargo fmt --all --check

lint: ## clippy, warnings are errors
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc: ## documentation, warnings are errors
	cargo doc --locked --workspace --no-deps

boundaries: ## which crate depends on which
	cargo run --quiet --locked -p xtask -- boundaries

deny: ## licences, sources and bans of dependencies (cargo install --locked cargo-deny)
	@command -v cargo-deny >/dev/null || { echo "cargo-deny is missing: cargo install --locked cargo-deny"; exit 1; }
	cargo deny --offline check bans licenses sources

screenshots: ## the README's pictures (needs Chromium and chromedriver)
	cargo run --quiet --locked -p end-to-end --example screenshots

bench: ## what tracing costs, beside a bare send and an untraced request of the same run
	cargo bench --locked -p end-to-end
