#!/usr/bin/env python3
"""Check what each folder may use: includes only go down, and RISC-V stays in arch/riscv.

usage: layers.py ROOT      speaks TAP, one case for each folder
"""

import pathlib
import re
import sys

import tap

# Each folder may include its own files and those of folders with a number not above its own.
LEVELS = {"lib": 0, "arch": 1, "sanitize": 1, "mm": 2, "fs": 3, "drivers": 3, "proc": 4, "trap": 5}
# The machine's own words, and assembly as such.
RISCV_ONLY = re.compile(r"\b(csr[rws]\w*|sfence\w*|satp|asm|__asm__)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
ABI_INCLUDE = re.compile(r'^\s*#\s*include\s+(?!<std(?:int|def)\.h>|"lib/abi/)(\S+)', re.M)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


def without_comments(text):
    """The text without its comments, but with the same line numbers."""
    return COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def wrong_includes(folder, text):
    for match in INCLUDE.finditer(text):
        target = match[1].split("/")[0]
        if LEVELS.get(target, len(LEVELS)) > LEVELS[folder]:
            yield line_of(text, match.start()), f"{folder} includes {match[1]}"


def wrong_words(folder, text):
    if folder != "arch":
        for match in RISCV_ONLY.finditer(text):
            yield line_of(text, match.start()), f"{match[0]} belongs to arch/riscv"


def wrong_abi(path, text):
    if path.parts[:2] == ("lib", "abi"):
        for match in ABI_INCLUDE.finditer(text):
            yield line_of(text, match.start()), f"lib/abi stands alone, but includes {match[1]}"


def wrong_in(root, path):
    folder = path.parts[0]
    text = without_comments((root / path).read_text("utf-8"))
    for check in (wrong_includes(folder, text), wrong_words(folder, text), wrong_abi(path, text)):
        yield from (f"{path}:{line}: {what}" for line, what in check)


def main():
    root = pathlib.Path(sys.argv[1])
    report = tap.Report()
    for folder in LEVELS:
        files = sorted(path.relative_to(root) for path in (root / folder).rglob("*.[ch]"))
        wrong = [line for path in files for line in wrong_in(root, path)]
        report.case(not wrong, f"{folder}: {len(files)} files keep to their layer", wrong)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
