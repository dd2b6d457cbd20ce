# Shortcuts for development; scripts/test runs every check. `just` lists the shortcuts.

_list:
    @just --list --unsorted

# Run every check.
check:
    scripts/test

# Run the tests, or only those whose names contain FILTER.
test FILTER="":
    cargo test --release {{FILTER}}

# Measure how fast this machine is.
bench *ARGUMENTS:
    scripts/run bench {{ARGUMENTS}}

# Build and start; ARGUMENTS go to kinora.
run *ARGUMENTS:
    scripts/run {{ARGUMENTS}}

# Show this machine's adapters, codecs, folders and memory.
doctor:
    scripts/run doctor

# Check the dependencies for known vulnerabilities, with today's database.
audit:
    scripts/tools
    PATH="target/tools/bin:$PATH" cargo deny check advisories
