#!/usr/bin/env python3
"""Check that the C files are as clang-format leaves them.

usage: format.py ROOT      speaks TAP, one case for each folder
"""

import pathlib
import re
import subprocess
import sys

import clang_tool
import tap

FOLDERS = ["lib", "arch", "mm", "fs", "drivers", "proc", "trap", "usr", "tests"]


def main():
    root = pathlib.Path(sys.argv[1])
    formatter = clang_tool.find("clang-format")
    if not formatter:
        tap.skip_all(f"clang-format {clang_tool.VERSION} is not here")
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
