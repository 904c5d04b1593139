#!/usr/bin/env python3
"""Run clang-tidy over every C file that was compiled.

usage: tidy.py ROOT BUILD      speaks TAP, one case for each folder

A file is checked again only if it, or one of its headers, has changed.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

import clang_tool
import tap

# Parts of compile commands that do not affect how a file is parsed.
BUILD_ONLY = {"-MD", "-MQ", "-MF", "-o", "-c"}
WITH_ARGUMENT = {"-MQ", "-MF", "-o"}


class Checker:
    def __init__(self, root, build, tidy):
        self.root = root
        self.tidy = tidy
        self.build = build
        self.stamps = build / "tests" / "tidy"
        self.stamps.mkdir(parents=True, exist_ok=True)
        self.settings = (root / ".clang-tidy").read_bytes()

    def commands(self):
        """Path under the root -> compile command, for the sources that clang compiles."""
        database = json.loads((self.build / "compile_commands.json").read_text("utf-8"))
        found = {}
        for entry in database:
            path = (self.build / entry["file"]).resolve()
            if path.suffix == ".c" and path.is_relative_to(self.root) and "clang" in entry["command"]:
                if not path.is_relative_to(self.build):
                    found.setdefault(path.relative_to(self.root), shlex.split(entry["command"]))
        return found

    def flags(self, command):
        kept, skip = [], False
        for word in command[1:-1]:
            if skip:
                skip = False
            elif word in BUILD_ONLY:
                skip = word in WITH_ARGUMENT
            else:
                kept.append(word)
        return kept

    def fingerprint(self, path, compiler, flags):
        text = subprocess.run(
            [compiler, *flags, "-E", "-P", str(self.root / path)],
            cwd=self.build,
            check=True,
            capture_output=True,
        ).stdout
        return hashlib.sha256(self.settings + text).hexdigest()

    def check(self, path, command):
        """The findings in one file, as lines."""
        flags = self.flags(command)
        stamp = self.stamps / str(path).replace("/", "-")
        fingerprint = self.fingerprint(path, command[0], flags)
        if stamp.exists() and stamp.read_text("ascii") == fingerprint:
            return []
        result = subprocess.run(
            [self.tidy, "--quiet", str(self.root / path), "--", *flags],
            cwd=self.build,
            check=False,
            capture_output=True,
            text=True,
        )
        if result.returncode == 0:
            stamp.write_text(fingerprint, "ascii")
            return []
        return result.stdout.splitlines() or result.stderr.splitlines()


def main():
    root, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    command = clang_tool.find("clang-tidy")
    if not command:
        tap.skip_all(f"clang-tidy {clang_tool.VERSION} is not here")
        return 0
    checker = Checker(root, build, command)
    report = tap.Report()
    folders = {}
    for path, command in sorted(checker.commands().items()):
        folders.setdefault(path.parts[0], {})[path] = command
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for folder, commands in folders.items():
            findings = pool.map(checker.check, commands.keys(), commands.values())
            lines = [line for finding in findings for line in finding]
            report.case(not lines, f"{folder}: {len(commands)} files", lines)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
