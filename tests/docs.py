#!/usr/bin/env python3
"""Check that whatever the documents name exists: links, files, functions, labels, constants.

usage: docs.py ROOT      speaks TAP, one case for each document
"""

import pathlib
import re
import sys

import tap

QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s#]+)")
FUNCTION_OR_LABEL = re.compile(r"[a-z_][a-z0-9_]*(?=(\(\)|:)$)")
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")
PATH = re.compile(r"[\w./-]+\.(c|h|S|py|md|ld|pml|ini)$")
WORD = re.compile(r"\w+")
SOURCES = ["lib", "arch", "mm", "fs", "drivers", "proc", "trap", "sanitize", "usr", "tests", "tools"]
ENDINGS = {".c", ".h", ".S", ".py", ".ld", ".pml"}
# Names of what does not exist here: a placeholder, a feature that is left out, a file of Linux.
ELSEWHERE = {
    "tests/unit/test_NAME.c",
    "SCM_CREDENTIALS",
    "arch/riscv/errata/sifive/errata.c",
}


class Sources:
    def __init__(self, root):
        files = [path for folder in SOURCES for path in (root / folder).rglob("*")]
        texts = [path.read_text("utf-8") for path in files if path.suffix in ENDINGS]
        self.words = {word for text in texts for word in WORD.findall(text)}
        self.names = {path.name for path in files}
        self.root = root

    def has_path(self, path):
        return (self.root / path).exists() or ("/" not in path and path in self.names)


def lines_of_prose(document):
    """The lines with their numbers, without quoted blocks."""
    fenced = False
    for number, line in enumerate(document.read_text("utf-8").splitlines(), 1):
        fenced ^= line.startswith("```")
        if not fenced:
            yield number, line


def missing(sources, document):
    for number, line in lines_of_prose(document):
        for quoted in QUOTED.findall(line):
            name = FUNCTION_OR_LABEL.match(quoted)
            there = (
                quoted in ELSEWHERE
                or (not name or name[0] in sources.words)
                and (not CONSTANT.match(quoted) or quoted in sources.words)
                and (not PATH.match(quoted) or sources.has_path(quoted))
            )
            if not there:
                yield f"{document.name}:{number}: {quoted}"
        for link in LINK.findall(QUOTED.sub("", line)):
            if "://" not in link and not (document.parent / link).exists():
                yield f"{document.name}:{number}: {link}"


def main():
    root = pathlib.Path(sys.argv[1])
    sources = Sources(root)
    report = tap.Report()
    for document in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        wrong = list(missing(sources, document))
        report.case(not wrong, document.name, wrong)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
