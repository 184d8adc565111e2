#!/bin/sh
# Builds a commit's benchmark beside this one's and runs this one with both: beside.sh COMMIT [ARGUMENT…]
# Needs git, and the commit in the history; valgrind for the argument `instructions`. Its work tree and its build
# stay in target/, so that the second time takes seconds.
set -eu
cd "$(dirname "$0")/../.."
commit=$1
shift
tree=target/beside/$commit
[ -e "$tree/Cargo.toml" ] || git worktree add --force --detach "$tree" "$commit"
program() { # where, and where its build goes: prints the benchmark's program, built there
    package=cost-of-tracing
    # Older commits have it in the package of the tests.
    [ -e "$1/end-to-end/$package" ] || package=end-to-end
    (cd "$1" && CARGO_TARGET_DIR=$2 cargo bench --locked -p "$package" --bench cost_of_tracing --no-run --message-format=json) |
        sed -nE 's/.*"name":"cost_of_tracing".*"executable":"([^"]+)".*/\1/p'
}
baseline=$(program "$tree" "$PWD/target/beside/build")
here=$(program . "$PWD/target")
BASELINE="$commit=$baseline" exec "$here" "$@"
