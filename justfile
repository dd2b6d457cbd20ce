# The checks are scripts/test; these are the shorter ways while working. `just` lists them.

_list:
    @just --list --unsorted

# Everything that checks the project.
check:
    scripts/test

# The tests, or those whose name contains FILTER.
test FILTER="":
    cargo test --release {{FILTER}}

# How fast this machine is.
bench *ARGUMENTS:
    scripts/run bench {{ARGUMENTS}}

# Build and start; ARGUMENTS go to kinora.
run *ARGUMENTS:
    scripts/run {{ARGUMENTS}}

# What this machine offers.
doctor:
    scripts/run doctor

# Known faults in the crates below us, by today's database.
audit:
    scripts/tools
    PATH="target/tools/bin:$PATH" cargo deny check advisories
