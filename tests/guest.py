"""A virtual machine under QEMU: how every test starts one, and reads its console.

The kernel under test is an Image, ours or Linux's: both need the same three things, an Image, an
initramfs and a command line.
"""

import io
import os
import pathlib
import select
import signal
import subprocess
import termios
import time

import pexpect

QEMU = "qemu-system-riscv64"
# The shell's prompt. At some keys the shell prints it again, in front of what was typed.
PROMPT = r"cowslip:[^ \r\n]*[$#] "
PANIC_MARK = "kernel panic"
# Limits only end what hangs: a busy host may stand still for seconds, and take several times as long.
SECONDS_TO_ANSWER = 60
SECONDS_TO_END = 60  # of QEMU, once its console is closed
SECONDS_AT_MOST = 3600  # of a machine with a user


def add_arguments(parser):
    """The options that describe the machine, shared by all test scripts."""
    parser.add_argument("--image", default="build/Image", help="kernel (default: %(default)s)")
    parser.add_argument("--initrd", help="initramfs (default: the one inside the kernel)")
    parser.add_argument("--harts", type=int, default=4)
    parser.add_argument("--memory", default="256M")
    parser.add_argument("--machine", default="virt")
    parser.add_argument("--qemu-arg", action="append", default=[], help="one more argument of QEMU")
    parser.add_argument("--log", help="file for everything that the console shows")


def command_line(options, append="", harts=None):
    command = [QEMU, "-M", options.machine, "-smp", str(harts or options.harts)]
    command += ["-m", options.memory, "-nographic", "-no-reboot", "-kernel", str(options.image)]
    if options.initrd:
        command += ["-initrd", str(options.initrd)]
    if append:
        command += ["-append", append]
    return command + options.qemu_arg


def open_log(path):
    """A file for the console's bytes; without a path they are thrown away."""
    if not path:
        return open(os.devnull, "wb")
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    return open(path, "wb", buffering=0)


class Batch:
    """A machine without console input: its console, line by line, until it ends or time is up.

    `seconds_to_start`, if given, limits the time until the reader says that it has started.
    """

    def __init__(self, command, log, seconds, seconds_to_start=None):
        self.final_deadline = time.monotonic() + seconds
        self.deadline = time.monotonic() + (seconds_to_start or seconds)
        self.log = open_log(log)
        # If this script is killed, timeout still ends the machine.
        self.process = subprocess.Popen(
            ["timeout", "-k", "5", str(seconds + 30), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )
        signal.signal(signal.SIGTERM, lambda *_: self.shorten(0) or self.stop() or os._exit(1))

    def lines(self):
        """Each line without its line end; the last one may be unfinished."""
        rest = b""
        while True:
            piece = self.read()
            if piece is None:
                break
            self.log.write(piece)
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield clean(line)
        if rest:
            yield clean(rest)

    def read(self):
        """The next bytes from the console, or None at its end or when the time is up."""
        left = self.deadline - time.monotonic()
        if left > 0 and select.select([self.process.stdout], [], [], left)[0]:
            return self.process.stdout.read(65536) or None
        return None

    def has_started(self):
        self.deadline = self.final_deadline

    def shorten(self, seconds):
        """Give the machine only so much more time, say to print the rest of a panic."""
        self.final_deadline = min(self.final_deadline, time.monotonic() + seconds)
        self.deadline = min(self.deadline, self.final_deadline)

    def timed_out(self):
        return time.monotonic() >= self.deadline

    def stop(self):
        """End the machine if it still runs. Returns QEMU's exit status, None if it was stopped."""
        try:
            return self.process.wait(timeout=0 if self.timed_out() else SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return None


class Terminal(pexpect.spawn):
    """A machine with a user in front of it."""

    def __init__(self, command, log, seconds=SECONDS_TO_ANSWER):
        super().__init__(
            "timeout",
            ["--foreground", "-k", "5", str(SECONDS_AT_MOST), *command],
            timeout=seconds,
            echo=False,
            encoding="utf-8",
            codec_errors="replace",
        )
        self.delaybeforesend = None
        self.logfile_read = io.TextIOWrapper(open_log(log), write_through=True)
        # The guest's terminal already makes "\r\n" of line ends; ours must not add another "\r".
        settings = termios.tcgetattr(self.child_fd)
        settings[1] &= ~termios.ONLCR
        termios.tcsetattr(self.child_fd, termios.TCSANOW, settings)

    def emulator(self):
        """The process number of QEMU itself, the child of timeout."""
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii")
        return int(children.split()[0])

    def stop(self):
        self.close(force=True)


def clean(line):
    return line.decode("utf-8", "replace").rstrip("\r")


def shows_panic(line):
    return PANIC_MARK in line.lower()
