#!/usr/bin/env python3
"""Check what keeps the sources readable: short files, short functions, a comment at the start.

usage: shape.py ROOT      speaks TAP, one case for each rule
"""

import pathlib
import re
import sys

import tap

FOLDERS = ["lib", "arch", "mm", "fs", "drivers", "proc", "trap", "sanitize", "usr", "tests"]
FILE_LINES = 700
FUNCTION_LINES = 60
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|SPDX-License-Identifier")


def long_files(path, lines):
    if len(lines) > FILE_LINES:
        yield f"{path}: {len(lines)} lines, over {FILE_LINES}"


def long_functions(path, lines):
    """In this style only a function's braces stand alone in the first column."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            length = number - start - 1
            if length > FUNCTION_LINES:
                yield f"{path}:{start}: a function of {length} lines, over {FUNCTION_LINES}"
            start = None


def is_standard_header(path):
    """The C library's headers need no opening comment: their names and contents say enough."""
    return path.parts[:3] == ("usr", "libc", "include")


def bare_openings(path, lines):
    if path.suffix in (".c", ".h") and not is_standard_header(path):
        if not lines[0].startswith("/*"):
            yield f"{path}: does not begin with a comment that says what it is for"


def unguarded_headers(path, lines):
    if path.suffix == ".h" and not is_standard_header(path):
        if "#pragma once" not in lines:
            yield f"{path}: no #pragma once"


def leftovers(path, lines):
    for number, line in enumerate(lines, 1):
        if LEFTOVERS.search(line):
            yield f"{path}:{number}: {line.strip()}"


RULES = {
    f"no file over {FILE_LINES} lines": long_files,
    f"no function over {FUNCTION_LINES} lines": long_functions,
    "each file begins with a comment": bare_openings,
    "no header is read twice": unguarded_headers,
    "nothing left over": leftovers,
}


def main():
    root = pathlib.Path(sys.argv[1])
    files = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.[chS]"))]
    sources = {path.relative_to(root): path.read_text("utf-8").splitlines() for path in files}
    report = tap.Report()
    for name, rule in RULES.items():
        wrong = [line for path, lines in sources.items() for line in rule(path, lines)]
        report.case(not wrong, name, wrong)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
