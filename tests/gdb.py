#!/usr/bin/env python3
"""Try the commands of tools/gdb on a machine that waits at the shell's prompt.

usage: gdb.py [options]      speaks TAP, one case for each command
"""

import argparse
import pathlib
import re
import shutil
import socket
import subprocess
import sys

import guest
import tap

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEBUGGER = "gdb-multiarch"
SECONDS = 240
TRIES = 5  # until the shell, whose prompt has just been seen, waits for a key

# command: what its output must match
COMMANDS = {
    "cow-harts": r"^hart 0 \(id \d+\): \d+ \S+",
    "cow-tasks": r"^ +1 +0 +1 waiting +\d init\n +2 +1 +2 waiting +\d sh",
    "cow-stack 2": r" at .*fs/tty\.c:\d+\n(.*\n)*.*trap/sys_file\.c:\d+",
    "cow-trace": r"^hart 0, \d+ events",
    "cow-page init_process": r"^frame 0x[0-9a-f]+: slab, count 1",
    "cow-pte 0x10000 2": r"level 2 .* table\nlevel 1 .* table\nlevel 0 .*(leaf\nframe .* count \d+|empty)",
    "cow-pte 0x10000 init_process->space": r"^level 2 .* table",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def ask(options, port):
    """Run all commands in one gdb, each after a line that names it."""
    command = [DEBUGGER, "-nx", "-q", "-batch", options.elf, "-x", ROOT / "tools/gdb/cowslip.py"]
    command += ["-ex", f"target remote localhost:{port}"]
    for line in COMMANDS:
        command += ["-ex", f"echo \\n=== {line}\\n", "-ex", line]
    answer = subprocess.run(
        command,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
    )
    return dict(re.findall(r"^=== (.*)\n((?:(?!=== ).*\n?)*)", answer.stdout, re.M))


def wrong_answers(answers):
    return {
        command: answers.get(command, "").splitlines()
        for command, pattern in COMMANDS.items()
        if not re.search(pattern, answers.get(command, ""), re.M)
    }


def main():
    parser = argparse.ArgumentParser(description="Try the commands for gdb.")
    guest.add_arguments(parser)
    parser.add_argument("--elf", default="build/cowslip.elf", help="the kernel with symbols")
    options = parser.parse_args()
    if not shutil.which(DEBUGGER):
        tap.skip_all(f"{DEBUGGER} is not here")
        return 0
    port = free_port()
    terminal = guest.Terminal(
        guest.command_line(options, "quiet") + ["-gdb", f"tcp:localhost:{port}"], options.log
    )
    terminal.expect(guest.PROMPT)
    for _ in range(TRIES):
        wrong = wrong_answers(ask(options, port))
        if not wrong:
            break
    terminal.stop()
    report = tap.Report()
    for command in COMMANDS:
        report.case(command not in wrong, command, wrong.get(command, []))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
