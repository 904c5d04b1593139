#!/usr/bin/env python3
"""Boot on a machine that stands in for a board, and use it from its console as a user would.

usage: boards.py [options] MACHINE       speaks TAP; the machines are in machines.py

Each machine boots to the shell with all its harts, receives what is typed by interrupt, runs test
programs on all harts, and ends properly: switched off, or with a line that says why not.
"""

import argparse
import pathlib
import re
import sys
import tempfile
import time

import machines  # first: it finds the modules below

import debian
import guest
import pexpect
import tap

SECONDS_TO_PROMPT = 200
SECONDS_FOR_A_LINE = 300
CUT_POWER = "it is safe to cut it now"
# A board that works shows none of these.
TROUBLES = r"kernel panic|: error -?\d|does not start|nobody's|turned off"
TROUBLE = re.compile(rf"^.*(?:{TROUBLES}).*$", re.M)


def parse():
    parser = argparse.ArgumentParser(description="Boot what stands in for a board.")
    parser.add_argument("--image", default="build/Image")
    parser.add_argument("--initrd", default="build/initramfs.cpio")
    parser.add_argument("--card", default="build/sdcard.img")
    parser.add_argument("--log", default="build/tests/logs", help="folder for what consoles show")
    parser.add_argument("machine", choices=machines.MACHINES)
    return parser.parse_args()


def check_boot(report, machine, shown):
    """What the kernel said on its way to the prompt."""
    expected = [rf"Cowslip \S+ on hart {machine.boot_harts},", *machine.shows]
    if machine.harts and not any("harts online" in text for text in machine.shows):
        expected.append(f"{machine.harts} of {machine.harts} harts online")
    if machine.console:
        expected.append(f"console: (?:{machine.console}), input by interrupt")
    for pattern in expected:
        report.case(re.search(pattern, shown) is not None, f"the console shows: {pattern}")
    for pattern in machine.hides:
        report.case(re.search(pattern, shown) is None, f"the console does not show: {pattern}")
    for line in TROUBLE.findall(shown):
        if not any(re.search(pattern, line) for pattern in machine.shows):
            report.case(False, "no trouble on the way", [line.strip()])


def run_suite(report, terminal, machine, words):
    """Type the name of a suite; its cases become cases of this test."""
    suite = words.split()[0]
    relay = tap.Relay(report)
    last_line = f"SUITE {suite} DONE"
    report.note(words)
    terminal.send(f"export harts={machine.harts}; suite {words}\r")
    terminal.expect_exact("\n")
    while True:
        # Firmware's console makes "\r\r\n" of our line ends.
        terminal.expect(r"([^\r\n]*)\r*\n", timeout=SECONDS_FOR_A_LINE)
        line = terminal.match[1]
        if line.strip() == last_line or guest.shows_panic(line):
            break
        relay.line(line)
    report.case(line.strip() == last_line, f"{suite}: came to its end", [line])
    report.case(relay.complete(), f"{suite}: as many cases as announced")
    terminal.expect(guest.PROMPT)


def end(report, terminal, machine):
    terminal.send("poweroff\r")
    if machine.power:
        terminal.expect(pexpect.EOF, timeout=guest.SECONDS_TO_END)
        terminal.close()
        report.case(terminal.exitstatus == 0, "switches itself off")
        return
    terminal.expect_exact(CUT_POWER, timeout=guest.SECONDS_TO_END)
    report.case(True, "says that its power may be cut")


def use(report, terminal, machine):
    started = time.monotonic()
    for shown, line in machine.loader:
        terminal.expect(shown, timeout=SECONDS_TO_PROMPT)
        terminal.send(line)
    terminal.expect(guest.PROMPT, timeout=SECONDS_TO_PROMPT)
    report.note(f"{time.monotonic() - started:.1f} s to the prompt")
    check_boot(report, machine, terminal.before)
    for words in machine.suites:
        run_suite(report, terminal, machine, words)
    end(report, terminal, machine)


def watch(report, terminal, machine):
    """Watch a machine that is not supposed to reach the prompt."""
    for pattern in machine.shows:
        terminal.expect(pattern, timeout=SECONDS_TO_PROMPT)
        report.case(True, f"the console shows: {pattern}")
    if machine.power:
        terminal.expect(pexpect.EOF, timeout=guest.SECONDS_TO_END)


def main():
    options = parse()
    report = tap.Report()
    with tempfile.TemporaryDirectory() as folder:
        options.folder = pathlib.Path(folder)
        make = machines.MACHINES[options.machine]
        report.note(make.__doc__)
        try:
            machine = make(options)
        except debian.Unavailable as reason:
            tap.skip_all(reason)
            return 0
        log = f"{options.log}/board-{options.machine}.log"
        terminal = guest.Terminal(machine.command, log)
        try:
            (use if machine.harts else watch)(report, terminal, machine)
        except pexpect.ExceptionPexpect as reason:
            what = "the machine ended" if isinstance(reason, pexpect.EOF) else "waited in vain"
            rest = str(terminal.before).replace("\r\n", "\n").splitlines()[-8:]
            report.case(False, what, [repr(line) for line in rest])
        terminal.stop()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
