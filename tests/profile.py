#!/usr/bin/env python3
"""Where the instructions go: a profile of forkbench's figures, by function.

usage: profile.py [options] FIGURE...

QEMU logs each block of instructions when it translates it (in_asm) and each time that it runs it
(exec). The blocks' lengths, added up by the function that they lie in, are exact counts. (Blocks of
different lengths may begin at one address; the address of the translation tells them apart.) The
cost of booting is measured by a second run without any figure, and subtracted.
"""

import argparse
import bisect
import collections
import os
import re
import subprocess
import sys

import guest

SECONDS = 600
NO_FIGURE = "none"
KERNEL_START = 0xFFFF_FFFF_8000_0000
FIRMWARE = range(0x8000_0000, 0x9000_0000)
EXECUTED = re.compile(r"^Trace \d+: (\S+) \[[0-9a-f]+/([0-9a-f]+)/")


class Symbols:
    """The functions of the kernel, by address."""

    def __init__(self, elf):
        listing = subprocess.run(
            ["llvm-nm", "--numeric-sort", elf], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split() for line in listing.splitlines()]
        functions = [row for row in rows if len(row) == 3 and row[1] in "tTwW"]
        functions = [row for row in functions if not row[2].startswith((".", "$"))]
        self.starts = [int(row[0], 16) for row in functions]
        self.names = [row[2] for row in functions]

    def name_of(self, address):
        if address >= KERNEL_START:
            return self.names[bisect.bisect(self.starts, address) - 1]
        return "(firmware)" if address in FIRMWARE else "(user programs)"


def read_log(stream):
    """Returns, by address, how many instructions ran in blocks that begin there."""
    total, lengths, translated = collections.Counter(), {}, None
    for line in stream:
        if line.startswith("Trace"):
            match = EXECUTED.match(line)
            if not match:
                continue
            place, address = match.groups()
            if translated is not None:
                lengths[place], translated = translated, None
            total[int(address, 16)] += lengths.get(place, 0)
        elif line.startswith("IN:"):
            translated = 0
        elif line.startswith("0x"):
            translated += 1
    return total


def instructions(options, symbols, figures):
    """Instructions by function, for a boot that runs these figures."""
    words = f"quiet panic=-1 rdinit=/bin/forkbench -- {' '.join(figures)}"
    log, writer = os.pipe()
    command = guest.command_line(options, words)
    command += ["-icount", "shift=0,sleep=off", "-d", "nochain,exec,in_asm"]
    command += ["-D", f"/dev/fd/{writer}"]
    with subprocess.Popen(
        ["timeout", str(SECONDS), *command],
        pass_fds=[writer], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    ):
        os.close(writer)
        with open(log, encoding="utf-8", errors="replace") as stream:
            blocks = read_log(stream)
    total = collections.Counter()
    for block, number in blocks.items():
        total[symbols.name_of(block)] += number
    return total


def main():
    parser = argparse.ArgumentParser(description="Where the instructions go, by function.")
    guest.add_arguments(parser)
    parser.add_argument("--elf", default="build/cowslip.elf", help="the same kernel with symbols")
    parser.add_argument("--lines", type=int, default=25, help="functions to be shown")
    parser.add_argument("figures", nargs="+", metavar="FIGURE", help="key of forkbench")
    parser.set_defaults(harts=1, memory="2G")
    options = parser.parse_args()
    symbols = Symbols(options.elf)
    total = instructions(options, symbols, options.figures)
    total.subtract(instructions(options, symbols, [NO_FIGURE]))
    whole = sum(total.values())
    print(f"{whole:14,}         all")
    for name, count in total.most_common(options.lines):
        print(f"{count:14,} {count / whole:6.1%}  {name}")
    return 0 if whole > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
