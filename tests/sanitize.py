#!/usr/bin/env python3
"""Build a kernel with sanitizers, make it find planted bugs, and run suites on it.

usage: sanitize.py [options] SANITIZERS SUITE[:HARTS]...      speaks TAP

SANITIZERS is the value of the build's option `sanitize`, such as address,undefined. The kernel is
built in a folder of its own. A suite called programs.GROUP is one of Debian's programs
(programs/programs.py). It fails if a planted bug is not reported as what it is, or if a suite has a
report, or a case that is not ok.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

import guest
import qemu
import tap
from programs import programs

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Planted by trap/plant.c: name -> what the report says.
BUGS = {
    "undefined": {
        "overflow": "undefined behaviour: .*/plant.c:.*overflow: 2147483647 \\+ 1",
        "shift": "undefined behaviour: .*/plant.c:.*shift: 1 by 32",
        "index": "undefined behaviour: .*/plant.c:.*index 20 is out of bounds",
        "misaligned": "undefined behaviour: .*/plant.c:.*misaligned: load",
    },
    "address": {
        "heap": "heap overflow: write of 1 bytes",
        "copy": "heap overflow: write of 21 bytes",
        "freed": "use after free: read of 1 bytes",
        "freed-twice": "use after free: write of 1 bytes",
        "freed-page": "use of a free page: read of 1 bytes",
        "stack": "stack overflow: read of 1 bytes",
        "global": "global overflow: read of 1 bytes",
    },
    "thread": {"race": "data race"},
}
PLANT_SECONDS = 180
BOOT_SECONDS = 300  # these kernels are slow, and the archives large
PROGRAMS = "programs."


def parse():
    parser = argparse.ArgumentParser(description="Run suites on a kernel that checks itself.")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for the build")
    parser.add_argument("--seconds", type=int, default=1800, help="the most for each suite")
    guest.add_arguments(parser)
    parser.add_argument("sanitizers")
    parser.add_argument("suites", nargs="*", metavar="suite")
    return parser.parse_args()


def build(options):
    """Build the Image in its own folder. Returns (it, or None if that failed; the last output)."""
    setup = ["meson", "setup", options.folder, "--cross-file", "cross/riscv64.ini"]
    setup.append(f"-Dsanitize={options.sanitizers}")
    commands = [["ninja", "-C", options.folder, "Image"]]
    if not (options.folder / "build.ninja").exists():
        commands.insert(0, setup)
    for command in commands:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "CC_FOR_BUILD": "clang"},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            return None, done.stdout.splitlines()[-20:]
    return options.folder / "Image", []


def find_bug(options, report, name, pattern):
    command = guest.command_line(options, f"quiet panic=-1 plant={name} rdinit=/bin/nop", harts=2)
    machine = guest.Batch(command, f"{options.log}-{name}.log", PLANT_SECONDS)
    lines = list(machine.lines())
    machine.stop()
    said = [line for line in lines if guest.shows_panic(line)]
    text = "\n".join(lines)
    found = re.search(f"{guest.PANIC_MARK} on hart.*{pattern}", text, re.I)
    report.case(bool(found), f"planted: {name}", said or lines[-5:])


def run_suite(options, report, suite):
    name, _, harts = suite.partition(":")
    relay = tap.Relay(report)
    command = guest.command_line(options, f"quiet rdinit=/bin/suite -- {name}", harts=harts)
    options.suite = name
    machine = guest.Batch(command, f"{options.log}-{name}.log", options.seconds)
    qemu.judge(machine, relay, *qemu.run(machine, relay, name))


def run_programs(options, report, group):
    changes = {
        "folder": options.folder / "programs",
        "log": f"{options.log}-programs",
        "harts": 2,
        "memory": "512M",
    }
    programs.run_group(
        report, argparse.Namespace(**{**vars(options), **changes}), group, BOOT_SECONDS
    )


def main():
    options = parse()
    report = tap.Report()
    options.image, errors = build(options)
    report.case(not errors, f"a kernel with -Dsanitize={options.sanitizers}", errors)
    if not errors:
        for sanitizer in options.sanitizers.split(","):
            for name, pattern in BUGS[sanitizer].items():
                find_bug(options, report, name, pattern)
        for suite in options.suites:
            if suite.startswith(PROGRAMS):
                run_programs(options, report, suite.removeprefix(PROGRAMS))
            else:
                run_suite(options, report, suite)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
