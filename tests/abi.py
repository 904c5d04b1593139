#!/usr/bin/env python3
"""Check that docs/abi.md describes exactly the system calls that the kernel has, and that sysfuzz
makes them all.

usage: abi.py ROOT      speaks TAP
"""

import collections
import pathlib
import re
import sys

import tap

NUMBER = re.compile(r"^#define SYS_(\w+)\s+(\d+)", re.M)
ENTRY = re.compile(r"^\t\[SYS_(\w+)\]", re.M)
FUZZED = re.compile(r"\bCALL\((\w+),")
NOT_FUZZED = {"reboot"}
ROW = re.compile(r"^\| *(\d+) *\| *(\w+) *\| *(.*?) *\|$", re.M)


def numbers(root):
    """The numbers of all of Linux's calls, by name."""
    text = (root / "lib/abi/syscall.h").read_text("utf-8")
    return {name: int(number) for name, number in NUMBER.findall(text)}


def answered(root):
    """The calls in the kernel's table."""
    return ENTRY.findall((root / "trap/syscall.c").read_text("utf-8"))


def described(root):
    """The rows of the document: (number, name, how much of it there is)."""
    rows = ROW.findall((root / "docs/abi.md").read_text("utf-8"))
    return [(int(number), name, text) for number, name, text in rows]


def fuzzed(root):
    """The calls in the fuzzer's list."""
    return set(FUZZED.findall((root / "usr/tests/fuzz_calls.c").read_text("utf-8")))


def main():
    root = pathlib.Path(sys.argv[1])
    known, table, rows = numbers(root), answered(root), described(root)
    here = {known[name]: name for name in table if name in known}
    told = {number for number, _, _ in rows}
    times = collections.Counter(number for number, _, _ in rows)
    report = tap.Report()

    def case(name, wrong):
        report.case(not wrong, name, wrong)

    case("there are calls, with numbers", [] if here else ["none was found"])
    case("each call has a row", [f"{here[n]} ({n})" for n in sorted(here.keys() - told)])
    case("each row has a call", [f"{name} ({n})" for n, name, _ in rows if n not in here])
    case("each has one row", [f"{n}: {times[n]} rows" for n in sorted(times) if times[n] > 1])
    case(
        "numbers and names agree",
        [f"{n}: {name}, not {here[n]}" for n, name, _ in rows if here.get(n, name) != name],
    )
    case("sysfuzz makes each call", sorted(set(table) - fuzzed(root) - NOT_FUZZED))
    case("each row says something", [f"{name} ({n})" for n, name, text in rows if not text])
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
