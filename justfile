# Everything here is a short name for a command that also works without `just`.

[private]
default:
    @just --list --unsorted

# Serves on 127.0.0.1:8000
serve *arguments:
    cargo run -- {{arguments}}

# Both generations of CopilotKit's React packages on one page, in one thread
demo:
    node tests/e2e/demo/demo.cjs

# Runs all tests, and installs what they need
test *arguments:
    ./tests/run {{arguments}}

# Formatting and clippy, as CI runs them
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Known holes in what this is built of; asks RustSec's database, so it needs the network
audit:
    cargo deny check advisories

# All that CI runs
ci:
    ./.ci/run

# Writes generated/ from schema/
regenerate:
    cargo run -q -p agui-codegen -- regenerate

# Takes over upstream's schema and operations, the newest or a given version, and shows what to touch
schema-update *version:
    cargo run -q -p agui-codegen -- update {{version}}

# Checks schema/ and generated/ without writing
schema-check:
    cargo run -q -p agui-codegen -- check

# What changed between two schemas, files or versions in schema/history: breaking, dangerous or safe
schema-diff *arguments:
    cargo run -q -p agui-codegen -- diff {{arguments}}

# Prints resolvers to paste: all, or those of one type
schema-stubs *type:
    cargo run -q -p agui-codegen -- stubs {{type}}

# Measures this runtime and the TypeScript one side by side
bench *arguments:
    ./benches/side_by_side/run {{arguments}}

# Looks for bytes that break something, until told to stop: config, events, graphql, merger, rest or streams
fuzz target *options:
    ./fuzz/run {{target}} {{options}}

# Writes docs/COMPATIBILITY.md from tests/compatibility/features.toml
compatibility:
    UPDATE_EXPECT=1 cargo test --quiet --test main compatibility::

# Builds a release into dist/: locked, static, the same bytes wherever it is built
release *folder:
    ./packaging/release {{folder}}

# Builds the last commit's release at two places, and compares the bytes
reproduce:
    ./packaging/reproduce
