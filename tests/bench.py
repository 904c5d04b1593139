#!/usr/bin/env python3
"""What things cost in guest instructions, ours beside Linux's.

usage: bench.py [options]

/bin/forkbench runs on one hart under `-icount shift=0`, where a nanosecond of virtual time is one
instruction, and prints lines `bench KEY NUMBER`. The same binary runs on both kernels, Linux being
Debian's with all turned off that can be. The figures are for reading: this script fails only if
there are none.
"""

import argparse
import re
import sys

import guest
from linux import debian

SECONDS = 400
ICOUNT = ["-icount", "shift=0,sleep=off"]
# What Debian's configuration does beside the work itself, as far as it can be turned off.
LINUX_STRIPPED = (
    "loglevel=3 audit=0 init_on_alloc=0 randomize_kstack_offset=off cgroup_disable=memory"
    " nowatchdog lsm=capability transparent_hugepage=never"
)
FIGURE = re.compile(r"^bench (\S+) (\d+)$")

# key: (what it is, the most that it is to cost at last, the most that it may cost for now)
COSTS = {
    "null-call": ("null system call", 100, 150),
    "fork-exit-wait": ("fork + exit + wait, small process", 20_000, 40_000),
    "fork-exec-wait": ("fork + exec + wait, tiny static program", 40_000, 80_000),
    "vfork-exec-wait": ("vfork + exec + wait, the same", 40_000, None),
    "fork-1m": ("fork() alone, 1 MiB touched", 12_000, None),
    "fork-64m": ("fork() alone, 64 MiB touched", 12_000, None),
    "fork-1g": ("fork() alone, 1 GiB touched", 12_000, None),
    "fork-exit-wait-1g": ("fork + exit + wait, 1 GiB touched", 30_000, None),
    "cow-copy": ("COW write fault with copy", 1_900, 2_500),
    "cow-owner": ("COW write fault, sole owner", 400, 600),
    "zero-fill": ("zero-fill write fault", 1_100, 1_600),
    "pipe-round-trip": ("pipe round trip, two processes", 3_000, 5_000),
    "munmap-64m": ("munmap of 64 MiB touched", 2_000_000, None),
    "signal-self": ("signal to self", 1_200, None),
    "boot": ("reset to init's first line", 60_000_000, None),
}


def measure(options, append, log):
    """Boot the benchmark. Returns its figures by key."""
    machine = guest.Batch(
        guest.command_line(options, f"quiet {append} rdinit=/bin/suite -- bench") + ICOUNT,
        log,
        SECONDS,
    )
    figures = {}
    for line in machine.lines():
        figure = FIGURE.match(line)
        if figure:
            figures[figure[1]] = int(figure[2])
    machine.stop()
    return figures


def measure_linux(options):
    try:
        image = debian.kernel_image()
    except debian.Unavailable as reason:
        print(f"no Linux to compare with: {reason}")
        return {}
    there = argparse.Namespace(**{**vars(options), "image": image})
    return measure(there, LINUX_STRIPPED, f"{options.log}/bench-linux.log")


def shown(number):
    return "–" if number is None else f"{number:,}".replace(",", " ")


def row(what, *cells):
    return f"{what:<44}" + "".join(f"{cell:>14}" for cell in cells)


def table(ours, linux):
    lines = [row("guest instructions", "Linux", "Cowslip", "wanted now", "wanted")]
    for key in [*COSTS, *sorted(ours.keys() - COSTS.keys())]:
        what, goal, bound = COSTS.get(key, (key, None, None))
        mine = ours.get(key)
        mark = " over" if mine is not None and bound is not None and mine > bound else ""
        lines.append(
            row(what, shown(linux.get(key)), shown(mine), shown(bound), shown(goal)) + mark
        )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description="What things cost, ours beside Linux's.")
    guest.add_arguments(parser)
    parser.set_defaults(harts=1, memory="2G", log="build/tests/logs")
    options = parser.parse_args()
    ours = measure(options, "", f"{options.log}/bench.log")
    print(table(ours, measure_linux(options)))
    return 0 if ours else 1


if __name__ == "__main__":
    sys.exit(main())
