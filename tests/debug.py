#!/usr/bin/env python3
"""Test the debug kernel and its lock checker: each kind of mistake that it looks for is made on
purpose and must be reported, and suites must run on it without a report. It fills memory that it
allocates with undefined contents with a pattern, for which the suite `leak` looks.

usage: debug.py SOURCE-ROOT BUILD-FOLDER SUITE...      speaks TAP

The kernel is built in a folder of its own, and kept there for the next time.
"""

import pathlib
import subprocess
import sys

import guest
import tap

SECONDS_TO_PANIC, SECONDS_FOR_A_SUITE = 180, 1200
# What is written to /proc/lock-check, and what the panic says.
MISTAKES = {
    "order": "order: a static lock inside a static lock",
    "recursion": "recursion: a static lock",
    "sleep": "sleep: with a static lock",
    "sleep-without-interrupts": "sleep: with interrupts off",
    "context": "context: a static lock, in interrupt handlers and with interrupts on",
    "release": "release: the lock at",
    "many": "more locks held at once than there is room for",
}


def build(root, folder):
    """Build the kernel. Returns what went wrong, or None."""
    commands = [["ninja", "-C", str(folder), "Image"]]
    if not (folder / "build.ninja").exists():
        cross = str(root / "cross/riscv64.ini")
        setup = ["meson", "setup", str(folder), str(root), "--cross-file", cross, "-Ddebug=true"]
        commands.insert(0, setup)
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return done.stdout[-3000:] + done.stderr[-3000:]
    return None


def machine(folder, words, seconds):
    """A machine's lines, until it has ended or time is up."""
    command = [guest.QEMU, "-M", "virt", "-smp", "4", "-m", "256M", "-nographic", "-no-reboot"]
    command += ["-kernel", str(folder / "Image"), "-append", f"quiet panic=-1 {words}"]
    batch = guest.Batch(command, None, seconds)
    lines = list(batch.lines())
    batch.stop()
    return lines


def main():
    root, folder, suites = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    report = tap.Report()
    problem = build(root, folder)
    report.case(not problem, "the debug kernel builds", [problem] if problem else [])
    if problem:
        return report.end()
    for mistake, message in MISTAKES.items():
        shell = f'rdinit=/bin/sh -- -c "echo {mistake} >/proc/lock-check"'
        lines = machine(folder, shell, SECONDS_TO_PANIC)
        reported = any(f"lock check: {message}" in line for line in lines)
        report.case(reported, f"{mistake} is reported", [] if reported else lines[-20:])
    for suite in suites:
        lines = machine(folder, f"rdinit=/bin/suite -- {suite}", SECONDS_FOR_A_SUITE)
        done = f"SUITE {suite} DONE" in map(str.strip, lines)
        clean = done and not any(guest.shows_panic(line) or "not ok" in line for line in lines)
        report.case(clean, f"{suite} runs without a report", [] if clean else lines[-40:])
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
