#!/usr/bin/env python3
"""Run one suite of guest programs in one virtual machine, and report on it in TAP.

usage: qemu.py [options] SUITE

The guest's init is /bin/suite, which runs the suite's programs, prints `SUITE name DONE` and
powers the machine off. It fails on a case that is not ok, a panic, a missing last line, a plan that
does not fit the cases, the timeout, or a machine that does not power off.
"""

import argparse
import sys

import guest
import tap
from linux import debian

SECONDS_AFTER_PANIC = 3
LINUX_ATTEMPTS = 3
LINUX_SECONDS_TO_START = 120
LINUX_WORDS = "quiet loglevel=3 panic=-1 transparent_hugepage=never"


def parse():
    parser = argparse.ArgumentParser(description="Run one suite in a virtual machine.")
    guest.add_arguments(parser)
    parser.add_argument("--linux", action="store_true", help="on Debian's kernel")
    parser.add_argument("--same-as", metavar="IMAGE", help="its cases must come to the same on it")
    parser.add_argument("--seconds", type=int, default=120, help="the most that it may take")
    parser.add_argument("--append", default="", help="words for the kernel's command line")
    parser.add_argument("--quick", action="store_true", help="without the slow cases")
    parser.add_argument("suite")
    return parser.parse_args()


def run(machine, relay, suite):
    """Relay the guest's lines. Returns (whether the last line was seen, a panic's line or None)."""
    done, panic, started = False, None, False
    for line in machine.lines():
        relay.line(line)
        if not started and relay.started():
            started = True
            machine.has_started()
        if guest.shows_panic(line) and not panic:
            panic = line
            machine.shorten(SECONDS_AFTER_PANIC)
        done = done or line.strip() == f"SUITE {suite} DONE"
    return done, panic


def run_linux(command, options, relay):
    """Now and then Linux stays silent for ever under QEMU: then it is started again."""
    for _ in range(LINUX_ATTEMPTS):
        machine = guest.Batch(command, options.log, options.seconds, LINUX_SECONDS_TO_START)
        done, panic = run(machine, relay, options.suite)
        if relay.started() or panic:
            break
        machine.stop()
        relay.report.note("Linux did not start")
    return machine, done, panic


def compare(options, append, relay):
    """Check that the other kernel, given the same programs, prints the same."""
    options.image = options.same_as
    other = tap.Relay(tap.Unheard())
    machine = guest.Batch(guest.command_line(options, append), None, options.seconds)
    run(machine, other, options.suite)
    machine.stop()
    differences = relay.differences(other)
    relay.report.case(not differences, f"the same on {options.same_as}", differences)


def judge(machine, relay, done, panic):
    timed_out = machine.timed_out() and not panic
    status = machine.stop()
    report = relay.report
    report.case(not panic, "no panic", [panic] if panic else [])
    report.case(done, "the suite came to its end", ["time was up"] if timed_out else [])
    report.case(
        relay.complete(),
        "as many cases as announced",
        [] if relay.complete() else [f"{relay.seen} of {relay.planned}"],
    )
    report.case(status == 0, "powered off", [] if status == 0 else [f"exit status {status}"])


def main():
    options = parse()
    append = own_append = f"{options.append} rdinit=/bin/suite -- {options.suite}".strip()
    if options.quick:
        append = own_append = f"{append} -q"
    if options.linux:
        try:
            options.image = debian.kernel_image()
        except debian.Unavailable as reason:
            tap.skip_all(f"no Linux kernel to compare with: {reason}")
            return 0
        append = f"{LINUX_WORDS} {append}"
    command = guest.command_line(options, append)
    relay = tap.Relay(tap.Report())
    if options.linux:
        machine, done, panic = run_linux(command, options, relay)
    else:
        machine = guest.Batch(command, options.log, options.seconds)
        done, panic = run(machine, relay, options.suite)
    judge(machine, relay, done, panic)
    if options.same_as:
        compare(options, own_append, relay)
    return relay.report.end()


if __name__ == "__main__":
    sys.exit(main())
