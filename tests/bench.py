#!/usr/bin/env python3
"""What things cost in guest instructions, on Cowslip and on Linux.

usage: bench.py [options]

/bin/forkbench runs on one hart under `-icount shift=0`, where a nanosecond of virtual time is one
instruction, and prints lines `bench KEY NUMBER`. The same binary runs on both kernels. Linux is Debian's
with everything turned off that can be, and once more with pages of 2 MiB. With --docs the tables and the
plot in that folder are written anew. The figures are for reading: this script fails only if there are
none. The last table is measured on several harts and in real time: the kernels take turns, so that other
work of the machine affects all of them, and only the ratios mean anything.

With --goals it is a test (TAP): Cowslip's figures alone, on a small machine, against the design's goals.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import typing

import guest
import plot
import tap
from linux import debian

SECONDS = 4500
ICOUNT = ["-icount", "shift=0,sleep=off"]
# Turns off what Debian's configuration does besides the work itself, as far as that is possible.
LINUX_STRIPPED = (
    "loglevel=3 audit=0 init_on_alloc=0 randomize_kstack_offset=off cgroup_disable=memory"
    " nowatchdog lsm=capability"
)
FIGURE = re.compile(r"^bench (\S+) (\d+)$")
BEGIN, END = "<!-- written by tests/bench.py -->", "<!-- end of what tests/bench.py writes -->"

PAGE_BYTES = 4096
MIB = 1024 * 1024
SMALL_MEMORY = 128 * MIB  # of the machine whose free memory is counted
WANTED_MEMORY = 6144  # MiB, for figures that touch 4 GiB
ENOUGH_MEMORY = 768  # for the figures that are checked against their goals in every run
SIZES = {"1m": 1, "4m": 4, "16m": 16, "64m": 64, "256m": 256, "1g": 1024, "2g": 2048, "4g": 4096}


class Cost(typing.NamedTuple):
    key: str
    what: str
    goal: int | None


# In instructions, unless it says otherwise.
COSTS = [
    Cost("null-call", "null system call", 100),
    Cost("fork-exit-wait", "fork + exit + wait, small process", 20_000),
    Cost("fork-exec-wait", "fork + exec + wait, tiny static program", 40_000),
    Cost("vfork-exec-wait", "vfork + exec + wait, the same", 40_000),
    Cost("fork-1m", "fork() alone, 1 MiB touched", 12_000),
    Cost("fork-64m", "fork() alone, 64 MiB touched", 12_000),
    Cost("fork-1g", "fork() alone, 1 GiB touched", 12_000),
    Cost("fork-4g", "fork() alone, 4 GiB touched", 12_000),
    Cost("fork-sparse", "fork() alone, a page in each 2 MiB of 64 GiB", 12_000),
    Cost("fork-mappings", "fork() alone, 1 000 mappings", 12_000),
    Cost("fork-exit-wait-1g", "fork + exit + wait, 1 GiB touched", 30_000),
    Cost("cow-copy", "COW write fault with copy", 1_900),
    Cost("cow-owner", "COW write fault, sole owner", 400),
    Cost("rewrite-faults-256m", "faults of the parent, 256 MiB rewritten after fork + exec", 140),
    Cost("rewrite-faults-256m-near", "the same, the child having stored close by", 140),
    Cost("zero-fill", "zero-fill write fault", 1_100),
    Cost("pipe-round-trip", "pipe round trip, two processes", 3_000),
    Cost("munmap-64m", "munmap of 64 MiB touched", 2_000_000),
    Cost("signal-self", "signal to self", 1_200),
    Cost("boot", "reset to init's first line, firmware included", 60_000_000),
    Cost("memory-gone", "KiB gone after boot of 128 MiB, initramfs aside", 4_096),
]


# Nanoseconds of real time, on four harts.
STORMS = [
    Cost("storm-1", "fork + exit + wait, one process", None),
    Cost("storm-2", "fork + exit + wait, two processes", None),
    Cost("storm-4", "fork + exit + wait, four processes", None),
    Cost("fork-server", "fork server: a child of 256 MiB that writes 1 %", None),
    Cost("thread-faults", "zero-fill fault, four threads of one process", None),
]
STORM_HARTS, STORM_MEMORY = 4, "1G"


class Kernel(typing.NamedTuple):
    """One column of the table: what is booted, and with which words on its command line."""

    name: str
    image: str
    initrd: str | None  # None: the one inside the image
    words: str
    suite: str


def machine_memory():
    """MiB for the machine: enough for all figures, but at most half of this computer's memory."""
    here = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    return min(WANTED_MEMORY, here // 2)


def run(options, kernel, suite, memory, log):
    """Boot a suite of figures. Returns its lines."""
    machine_options = argparse.Namespace(
        **{**vars(options), "image": kernel.image, "initrd": kernel.initrd, "memory": memory}
    )
    words = f"{kernel.words} rdinit=/bin/suite -- {suite}"
    storm = suite == "bench-storm"
    command = guest.command_line(machine_options, words, STORM_HARTS if storm else None)
    machine = guest.Batch(command if storm else command + ICOUNT, log, SECONDS)
    lines = list(machine.lines())
    machine.stop()
    return lines


def figures_in(lines):
    found = (FIGURE.match(line) for line in lines)
    return {figure[1]: int(figure[2]) for figure in found if figure}


def figures_of(options, kernel, suite, memory, number=""):
    name = f"{suite}{number}-{kernel.name.lower().replace(' ', '-')}.log"
    log = pathlib.Path(options.log) / name
    if options.reuse and log.exists():
        lines = log.read_text("utf-8", "replace").splitlines()
    else:
        lines = run(options, kernel, suite, memory, log)
    return figures_in(lines)


def initramfs_pages(archive):
    """The number of pages that the files of a cpio archive (newc) fill once they are unpacked."""
    listing = subprocess.run(
        ["cpio", "--list", "--verbose", "--quiet", "--numeric-uid-gid"],
        input=pathlib.Path(archive).read_bytes(), capture_output=True, check=True,
    ).stdout.decode()
    sizes = [int(line.split()[4]) for line in listing.splitlines() if line.startswith("-")]
    return sum(-(-size // PAGE_BYTES) for size in sizes)


def measure(options, kernel, memory):
    """A kernel's instructions by key, and its memory use. `memory`: MiB of the machine."""
    figures = figures_of(options, kernel, kernel.suite, f"{memory}M")
    figures.pop("free-pages", None)
    small = figures_of(options, kernel, "bench-boot", f"{SMALL_MEMORY // MIB}M")
    if "free-pages" in small:
        free = small["free-pages"] + initramfs_pages(options.initrd)
        figures["memory-gone"] = (SMALL_MEMORY - free * PAGE_BYTES) // 1024
        figures["boot"] = small["boot"]
    return figures


def measure_storms(options, those):
    """Real times by kernel and key: medians over rounds in which the kernels take turns."""
    rounds = [
        {
            kernel.name: figures_of(options, kernel, "bench-storm", STORM_MEMORY, number)
            for kernel in those
        }
        for number in range(1, options.rounds + 1)
    ]
    medians = {}
    for kernel in those:
        found = [taken[kernel.name] for taken in rounds]
        keys = [cost.key for cost in STORMS if any(cost.key in figures for figures in found)]
        medians[kernel.name] = {
            key: statistics.median_low(figures[key] for figures in found if key in figures)
            for key in keys
        }
    return medians


def our_kernel(options):
    return Kernel("Cowslip", options.image, None, "quiet", "bench")


def check_goals(options):
    figures = measure(options, our_kernel(options), ENOUGH_MEMORY)
    report = tap.Report()
    for key, what, goal in COSTS:
        if key in figures:
            report.case(figures[key] <= goal, f"{what}: {figures[key]} of at most {goal}")
    if not report.cases:
        report.case(False, "there are figures")
    return report.end()


def kernels(options):
    yield our_kernel(options)
    try:
        image = debian.kernel_image()
    except debian.Unavailable as reason:
        print(f"no Linux to compare with: {reason}")
        return
    for name, pages, suite in (("Linux", "never", "bench"), ("Linux THP", "always", "bench-thp")):
        words = f"{LINUX_STRIPPED} transparent_hugepage={pages}"
        yield Kernel(name, image, options.initrd, words, suite)


def shown(number):
    return "–" if number is None else f"{number:,}".replace(",", " ")


def ratio(theirs, ours):
    """By what factor ours is lower."""
    if not theirs or not ours:
        return "–"
    times = theirs / ours
    return f"{times:,.0f}".replace(",", " ") if times >= 10 else f"{times:.1f}"


def table(columns, costs, unit="guest instructions"):
    """A table in Markdown. columns: {kernel's name: its figures}, always with Cowslip's."""
    ours, linux = columns["Cowslip"], columns.get("Linux", {})
    thp = columns.get("Linux THP", {})
    lines = [
        f"| {unit} | Linux | Linux, THP | Cowslip | ratio | goal | |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for key, what, goal in costs:
        mine = ours.get(key)
        missed = mine is not None and goal is not None and mine > goal
        cells = [shown(linux.get(key)), shown(thp.get(key)), shown(mine)]
        cells += [ratio(linux.get(key), mine), "" if goal is None else f"≤ {shown(goal)}"]
        cells += [f"{mine / goal - 1:.0%} over" if missed else ""]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def fork_plot(columns):
    keys = {f"fork-{name}": size for name, size in SIZES.items()}
    curves = {
        name: {size: figures[key] for key, size in keys.items() if key in figures}
        for name, figures in columns.items()
    }
    labels = {
        size: f"{size} MiB" if size < 1024 else f"{size // 1024} GiB" for size in SIZES.values()
    }
    return plot.draw(
        "fork() alone, guest instructions", "memory touched before fork", labels, curves
    )


def rest_of(columns):
    """The figures of forkbench that are not in COSTS."""
    listed = {cost.key for cost in COSTS}
    return [Cost(key, f"`{key}`", None) for key in columns["Cowslip"] if key not in listed]


def write_docs(folder, columns, storms):
    page = folder / "performance.md"
    before, rest = page.read_text("utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    written = "\n\n".join(
        [
            table(columns, COSTS),
            "The other figures:",
            table(columns, rest_of(columns)),
            "Four harts, real time, no counting of instructions:",
            table(storms, STORMS, "nanoseconds"),
        ]
    )
    page.write_text(f"{before}{BEGIN}\n\n{written}\n\n{END}{after}", "utf-8")
    (folder / "fork-latency.svg").write_text(fork_plot(columns), "utf-8")


def main():
    parser = argparse.ArgumentParser(description="What things cost, ours beside Linux's.")
    guest.add_arguments(parser)
    parser.add_argument("--docs", type=pathlib.Path, help="folder of performance.md, to be updated")
    parser.add_argument("--goals", action="store_true", help="only check that they are reached")
    parser.add_argument("--reuse", action="store_true", help="take figures from the logs there are")
    parser.add_argument("--rounds", type=int, default=3, help="of what is measured in real time")
    parser.set_defaults(harts=1, log="build/tests/logs", initrd="build/initramfs.cpio")
    options = parser.parse_args()
    if options.goals:
        return check_goals(options)
    those = list(kernels(options))
    columns = {kernel.name: measure(options, kernel, machine_memory()) for kernel in those}
    print(table(columns, COSTS + rest_of(columns)))
    storms = measure_storms(options, those)
    print(table(storms, STORMS, "nanoseconds"))
    if options.docs and "Linux" in columns:
        write_docs(options.docs, columns, storms)
    return 0 if columns["Cowslip"] else 1


if __name__ == "__main__":
    sys.exit(main())
