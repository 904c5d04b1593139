#!/usr/bin/env python3
"""Check that the C files are as clang-format leaves them.

usage: format.py ROOT      speaks TAP, one case for each folder

Other versions format a little differently, so only the one that the project uses counts.
"""

import pathlib
import re
import shutil
import subprocess
import sys

import tap

VERSION = "14"
FOLDERS = ["lib", "arch", "mm", "fs", "drivers", "proc", "trap", "usr", "tests"]


def find_formatter():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], check=True, capture_output=True, text=True)
            if re.search(rf"version {VERSION}\.", version.stdout):
                return name
    return None


def main():
    root = pathlib.Path(sys.argv[1])
    formatter = find_formatter()
    if not formatter:
        tap.skip_all(f"clang-format {VERSION} is not here")
        return 0
    report = tap.Report()
    for folder in FOLDERS:
        files = sorted((root / folder).rglob("*.[ch]"))
        if files:
            result = subprocess.run(
                [formatter, "--dry-run", "-Werror", *files],
                check=False,
                capture_output=True,
                text=True,
            )
            wrong = re.findall(r"^\S+:\d+:\d+: error", result.stderr, re.M)
            report.case(result.returncode == 0, f"{folder}: {len(files)} files", wrong[:20])
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
