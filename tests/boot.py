#!/usr/bin/env python3
"""A user at the console: boot the machine in many ways and type what a user would.

usage: boot.py [options] [GROUP]...      speaks TAP; the groups are shell, keys, ways, end
"""

import argparse
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

import guest
import pexpect
import tap

SECONDS_TO_PROMPT = 2.0
IDLE_SECONDS = 4.0
IDLE_SHARE = 0.03
TRIES = 5  # of what a busy host may spoil
LIMIT = 60  # seconds, of machines that end by themselves
FREE_SLACK = 128  # KiB by which two boots may differ
CLOCK_SLACK = 600  # seconds, for a slow boot and some commands
YEAR_2100 = 4102444800
MTIME_FIELD = slice(46, 54)  # of the first entry of a newc archive, eight hexadecimal digits
START_SECONDS = 0.5  # from a program's first words until it is in the call that it is met in
CONTROL_C, CONTROL_D, CONTROL_U, CONTROL_Z, ERASE = "\x03", "\x04", "\x15", "\x1a", "\x7f"
UP, LEFT, DELETE = "\x1b[A", "\x1b[D", "\x1b[3~"
PACK = pathlib.Path(__file__).resolve().parent.parent / "tools" / "initramfs.py"


class Failed(Exception):
    """Something expected did not happen; the message tells what did."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


class Shell:
    """A booted machine whose user is at the prompt."""

    def __init__(self, options, *, log, append="", more=(), reboot=False, seconds=guest.SECONDS_TO_ANSWER):
        self.options = options
        command = guest.command_line(options, append) + list(more)
        if reboot:
            command.remove("-no-reboot")
        self.started = time.monotonic()
        self.terminal = guest.Terminal(command, f"{options.log}/{log}.log", seconds)
        try:
            self.terminal.expect(guest.PROMPT)
        except pexpect.ExceptionPexpect:
            self.stop()
            raise
        # By the clock or, if this computer is busy with other things, by the CPU time that it took.
        self.seconds = min(
            time.monotonic() - self.started, cpu_seconds(self.terminal.emulator())
        )

    def run(self, line, seconds=guest.SECONDS_TO_ANSWER):
        """Type a command line. Returns what it printed and its exit status."""
        # The marks are quoted in two parts, so that the echo of the line does not look like them.
        self.terminal.send(f'echo "<""<"; {line}\r')
        self.terminal.expect_exact("<<\r\n", timeout=seconds)
        self.terminal.expect(guest.PROMPT, timeout=seconds)
        output = self.terminal.before.replace("\r\n", "\n")
        self.terminal.send('echo "<"$?">"\r')
        self.terminal.expect(r"<(\d+)>\r\n", timeout=seconds)
        status = int(self.terminal.match[1])
        self.terminal.expect(guest.PROMPT, timeout=seconds)
        return output, status

    def gives(self, line, output, status=0):
        """A command line prints exactly this."""
        found = self.run(line)
        expect(found == (output, status), f"{line}: {found}, not {(output, status)}")

    def type(self, keys):
        self.terminal.send(keys)

    def sees(self, text):
        self.terminal.expect_exact(text, timeout=guest.SECONDS_TO_ANSWER)

    def prompt(self):
        self.terminal.expect(guest.PROMPT, timeout=guest.SECONDS_TO_ANSWER)

    def starts(self, line):
        """A command line that says "go" before it does what takes long, which gets time to begin.

        Keys that come too early would not reach it: the shell has the terminal until then.
        """
        self.type(line + "\r")
        self.sees("\ngo\r\n")
        time.sleep(START_SECONDS)

    def recover(self):
        """After a case that did not end: whether the prompt comes back."""
        self.terminal.send(CONTROL_C)
        return self.terminal.expect([guest.PROMPT, pexpect.TIMEOUT, pexpect.EOF]) == 0

    def ended(self):
        """Wait for the machine to end. Returns QEMU's exit status."""
        self.terminal.expect(pexpect.EOF, timeout=guest.SECONDS_TO_END)
        self.terminal.close()
        return self.terminal.exitstatus

    def stop(self):
        self.terminal.stop()


# The shell: one machine for all of these.


def prompt_in_time(shell):
    seconds = shell.seconds
    for _ in range(TRIES):
        if seconds < SECONDS_TO_PROMPT:
            break
        again = Shell(shell.options, log="shell-again")
        seconds = min(seconds, again.seconds)
        again.stop()
    expect(seconds < SECONDS_TO_PROMPT, f"{seconds:.2f} s to the prompt, over {SECONDS_TO_PROMPT}")


def idle(shell):
    """Once it is done with its boot, which takes a while."""
    for _ in range(TRIES):
        time.sleep(1)
        before = cpu_seconds(shell.terminal.emulator())
        time.sleep(IDLE_SECONDS)
        share = (cpu_seconds(shell.terminal.emulator()) - before) / IDLE_SECONDS
        if share < IDLE_SHARE:
            break
    expect(share < IDLE_SHARE, f"an idle machine uses {share:.1%} of a host CPU")


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def words_and_quotes(shell):
    shell.gives("echo one  two", "one two\n")
    shell.gives("echo 'one  two' \"three  four\" fi\\ ve", "one  two three  four fi ve\n")


def statuses(shell):
    shell.gives("true", "")
    shell.gives("false", "", 1)
    shell.gives("false; true", "")
    shell.gives("true && echo yes", "yes\n")
    shell.gives("false || echo no", "no\n")
    shell.gives("false && echo yes", "", 1)
    shell.gives("sh -c 'exit 7'", "", 7)


def unknown_command(shell):
    output, status = shell.run("no-such-command")
    expect(status == 127 and "no-such-command" in output, f"{output!r}, status {status}")


def pipes(shell):
    shell.gives("echo a b c | wc -w | cat | cat", "3\n")
    shell.gives("cat /bin/sh | cat | cat > /tmp/copy && cat /tmp/copy | wc -c | grep -c .", "1\n")
    shell.gives("true | false", "", 1)


def redirections(shell):
    shell.gives("echo first > /tmp/file; echo second >> /tmp/file; cat < /tmp/file", "first\nsecond\n")
    shell.gives("cat /no/such/file 2> /tmp/errors; wc -l < /tmp/errors | grep -c 1", "1\n")
    shell.gives("rm /tmp/file; cat /tmp/file 2> /dev/null", "", 1)


def variables(shell):
    shell.gives('name=value; echo "$name" \'$name\' ${name}s', "value $name values\n")
    shell.gives("export other=seen; env | grep other", "other=seen\n")


def globbing(shell):
    shell.gives(
        "mkdir -p /tmp/glob; cd /tmp/glob; echo > a.c; echo > b.c; echo > c.h; echo *.c [ac].?",
        "a.c b.c a.c c.h\n",
    )
    shell.gives("echo *.none", "*.none\n")
    shell.gives("cd /; rm -r /tmp/glob; ls /tmp/glob 2> /dev/null | wc -l | grep -c 0", "1\n")


def directories(shell):
    shell.gives("mkdir /tmp/d; cd /tmp/d; pwd; cd ..; pwd; rm -r d", "/tmp/d\n/tmp\n")
    shell.gives("cd /no/such 2> /dev/null || echo stayed; cd /", "stayed\n")


def scripts(shell):
    shell.gives(
        "echo 'echo script $1; exit 3' > /tmp/script; sh /tmp/script word",
        "script word\n",
        3,
    )
    shell.gives("sh -c 'echo $0 $1' zero one", "zero one\n")


def background(shell):
    output, status = shell.run("sleep 30 & echo at once; kill $!; wait $!; echo over")
    expect(status == 0 and "at once\n" in output and "over\n" in output, f"{output!r}")


def processes(shell):
    output, status = shell.run("ps")
    expect(status == 0 and "sh" in output and "init" in output, f"{output!r}")


def memory_files(shell):
    output, status = shell.run("cat /proc/meminfo /proc/uptime /proc/cmdline; free")
    expect(status == 0 and "MemTotal:" in output and "MemFree:" in output, f"{output!r}")


def many_commands(shell):
    for number in range(30):
        shell.gives(f"echo {number} | cat", f"{number}\n")


# Keys.


def erase_and_kill(shell):
    shell.type(f"echo wrong{ERASE * 5}right\r")
    shell.sees("\nright\r\n")
    shell.prompt()
    shell.type(f"echo gone{CONTROL_U}echo stays\r")
    shell.sees("\nstays\r\n")
    shell.prompt()


def arrows(shell):
    shell.type(f"echo ac{LEFT}b\r")
    shell.sees("\nabc\r\n")
    shell.prompt()


def history(shell):
    shell.type("echo once more\r")
    shell.sees("\nonce more\r\n")
    shell.prompt()
    shell.type(UP + "\r")
    shell.sees("\nonce more\r\n")
    shell.prompt()


def interrupt_line(shell):
    shell.type("echo never" + CONTROL_C)
    shell.prompt()
    shell.gives("echo fresh", "fresh\n")


def is_interrupted(shell):
    """Ctrl-C ends what runs in the foreground."""
    shell.type(CONTROL_C)
    shell.prompt()
    shell.type("echo status $?\r")
    shell.sees("status 130")
    shell.prompt()


def interrupt_program(shell):
    shell.starts("sh -c 'echo go; exec sleep 100'")
    is_interrupted(shell)


def interrupt_pipeline(shell):
    shell.starts("cat /dev/zero | sh -c 'echo go; exec cat > /dev/null'")
    shell.type(CONTROL_C)
    shell.prompt()


def end_of_file(shell):
    shell.starts("sh -c 'echo go; exec cat'")
    shell.type(f"lin{ERASE}ne\r")
    shell.sees("line\r\n")  # the echo may show the erased letter
    shell.type(CONTROL_D)
    shell.prompt()
    shell.gives("echo on", "on\n")


def fast_typist(shell):
    text = "abcdefghij" * 8
    shell.gives(f"echo {text}", text + "\n")


def interrupt_shell(shell):
    """Ctrl-C also ends what the shell does itself."""
    for line in ("while :; do :; done", "sleep 100 & wait", "read word", "for i in 1 2; do read x; done"):
        shell.starts(f"echo go; {line}; echo no")
        shell.type(CONTROL_C)
        shell.prompt()
        shell.gives("echo fresh", "fresh\n")
    shell.gives("echo 'echo go; sleep 100; echo no' > /tmp/s", "")
    shell.starts(". /tmp/s")
    shell.type(CONTROL_C)
    shell.prompt()
    shell.gives("rm /tmp/s", "")


def unfinished(shell):
    """The shell drops an unfinished command on Ctrl-C, and at the end of input."""
    for key in (CONTROL_C, CONTROL_D):
        shell.type('variable=kept; echo "one\r')
        shell.sees("\n> ")
        shell.type(key)
        shell.prompt()
        shell.gives("echo fresh", "fresh\n")


def failed_expansion(shell):
    shell.type("variable=kept\r")
    shell.prompt()
    shell.type("echo ${variable#k}; echo no\r")
    shell.sees("cannot expand '${variable#k}'\r\n")
    shell.prompt()
    shell.gives("echo $variable", "kept\n")


def background_and_back(shell):
    shell.starts("sh -c 'echo go; exec sleep 100'")
    shell.type(CONTROL_Z)
    shell.sees("stopped")
    shell.prompt()
    shell.gives("bg", "")
    shell.starts("echo go; fg")
    is_interrupted(shell)
    output, status = shell.run("fg")
    expect(status == 1 and "no stopped job" in output, "a job that has ended came back")


def whole_characters(shell):
    shell.type(f"echo a\u00f6b{LEFT}{ERASE}\u20ac{LEFT}{LEFT}{DELETE}{DELETE}{DELETE}x\r")
    shell.sees("\nx\r\n")
    shell.prompt()


def unknown_keys(shell):
    shell.type("echo a\x1b[1;5D\x1b[15~\x1b[1;2Pb\x1b[200~\r")
    shell.sees("\nba\r\n")
    shell.prompt()


def completion_of_odd_names(shell):
    shell.gives("mkdir '/tmp/a b'; echo found > '/tmp/a b/$c'", "")
    shell.type("cat /tmp/a\t\t\r")
    shell.sees("\nfound\r\n")
    shell.prompt()
    shell.gives("rm -r '/tmp/a b'", "")


def long_line(shell):
    """Input for which there is no room is not accepted, and the bell rings."""
    shell.type("echo " + "x" * 5000)
    shell.sees("\a")
    shell.type(CONTROL_C)
    shell.prompt()


def exit_and_new_shell(shell):
    shell.type("exit\r")
    shell.prompt()
    shell.gives("echo again", "again\n")


# Ways to boot: a machine for each.


def machine_sizes(options):
    for harts, memory in ((1, "128M"), (2, "64M"), (8, "1G"), (4, "4G")):
        sized = argparse.Namespace(**{**vars(options), "harts": harts, "memory": memory})
        shell = Shell(sized, log=f"size-{harts}-{memory}")
        shell.gives("echo up", "up\n")
        shell.stop()


def boot_time(shell):
    """The time at which the kernel thinks that it started, in seconds since 1970."""
    output, _ = shell.run("grep btime /proc/stat")
    return int(output.split()[1])


def clock(shell):
    """The kernel gets the time from QEMU's clock chip."""
    expect(abs(time.time() - boot_time(shell)) < CLOCK_SLACK, "the clock is not the host's")


def other_initramfs(options):
    """One archive in place of the built-in one, and another one behind it, with padding between.

    A file of the second is newer than the machine's clock, which is then set to that file's time.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = pathlib.Path(folder) / "two.cpio"
        extra = pathlib.Path(folder) / "extra.cpio"
        word = pathlib.Path(folder) / "word"
        word.write_text("from the second archive\n", "ascii")
        subprocess.run(
            [sys.executable, PACK, "--output", extra, "--file", f"etc/extra={word}"], check=True
        )
        first = pathlib.Path(options.archive).read_bytes()
        second = bytearray(extra.read_bytes())
        second[MTIME_FIELD] = f"{YEAR_2100:08x}".encode()
        archive.write_bytes(first + bytes(-len(first) % 4096 + 4096) + second)
        replaced = argparse.Namespace(**{**vars(options), "initrd": archive})
        shell = Shell(replaced, log="initrd")
        shell.gives("cat /etc/extra", "from the second archive\n")
        expect(boot_time(shell) > YEAR_2100 - CLOCK_SLACK, "the clock is before the newest file")
        shell.stop()


def both_archives_are_freed(options):
    """The memory of the archive in the image is freed, whether it was used or replaced."""
    free = []
    for initrd in (None, options.archive):
        given = argparse.Namespace(**{**vars(options), "initrd": initrd})
        shell = Shell(given, log="initrd-freed")
        output, _ = shell.run("grep MemFree /proc/meminfo")
        free.append(int(output.split()[1]))
        shell.stop()
    lost = free[0] - free[1]
    expect(abs(lost) < FREE_SLACK, f"with -initrd {lost} KiB are missing")


def broken_initramfs(options):
    """A truncated archive causes a panic with a message."""
    with tempfile.TemporaryDirectory() as folder:
        archive = pathlib.Path(folder) / "cut.cpio"
        archive.write_bytes(pathlib.Path(options.archive).read_bytes()[:5000])
        cut = argparse.Namespace(**{**vars(options), "initrd": archive})
        machine = guest.Batch(
            guest.command_line(cut, "panic=1"), f"{options.log}/initrd-cut.log", LIMIT
        )
        lines = list(machine.lines())
        machine.stop()
        expect(any("init" in line and guest.shows_panic(line) for line in lines), "no message about it")


def elf_at(image, address):
    """An ELF file that makes QEMU load this Image at another address."""
    header_size, entry_size, machine_riscv, loadable, all_access = 64, 56, 243, 1, 7
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = identity + struct.pack(
        "<HHIQQQIHHHHHH", 2, machine_riscv, 1, address, header_size, 0, 0, header_size, entry_size,
        1, 0, 0, 0,
    )
    image_size = struct.unpack_from("<Q", image, 16)[0]
    offset = 4096
    segment = struct.pack(
        "<IIQQQQQQ", loadable, all_access, offset, address, address, len(image), image_size, 4096
    )
    return (header + segment).ljust(offset, b"\0") + image


def other_addresses(options):
    image = pathlib.Path(options.image).read_bytes()
    for address in (0x80400000, 0x83A00000, 0x88000000):
        with tempfile.NamedTemporaryFile() as file:
            file.write(elf_at(image, address))
            file.flush()
            moved = argparse.Namespace(**{**vars(options), "image": file.name})
            shell = Shell(moved, log=f"address-{address:x}")
            shell.gives("echo up", "up\n")
            shell.stop()


def command_line_words(options):
    """Unknown words go to init's environment, those after -- to its arguments."""
    words = "quiet fruit=apple maxcpus=2"
    machine = guest.Batch(
        guest.command_line(options, f"{words} -- env"), f"{options.log}/words.log", LIMIT
    )
    lines = list(machine.lines())
    status = machine.stop()
    expect("fruit=apple" in lines, "the environment lacks fruit=apple")
    expect(not any(line.startswith("maxcpus=") for line in lines), "maxcpus went to init, too")
    expect(status == 0, f"exit status {status}")
    shell = Shell(options, log="cmdline", append=words)
    shell.gives("cat /proc/cmdline", words + "\n")
    shell.stop()


def panic_and_reset(options):
    """If init ends the kernel panics; panic=1 then resets the machine, which ends QEMU here."""
    machine = guest.Batch(
        guest.command_line(options, "panic=1 rdinit=/bin/true"),
        f"{options.log}/panic.log",
        LIMIT,
    )
    lines = list(machine.lines())
    status = machine.stop()
    expect(any(guest.shows_panic(line) for line in lines), "no panic")
    expect(status == 0, "the machine was not reset")


def process_1_goes_last(options):
    """If others have all memory, each a little, process 1 is not the one killed when it needs some."""
    words = "quiet panic=1 rdinit=/bin/oomtest -- --as-init"
    machine = guest.Batch(
        guest.command_line(options, words), f"{options.log}/memory.log", 4 * LIMIT
    )
    lines = list(machine.lines())
    machine.stop()
    expect("process 1 has its memory" in lines, "process 1 has got no memory")


# Ends.


def power_off(options):
    shell = Shell(options, log="poweroff")
    shell.type("poweroff\r")
    status = shell.ended()
    expect(status == 0, f"exit status {status}")


def restart(options):
    shell = Shell(options, log="reboot", reboot=True)
    shell.type("reboot\r")
    shell.sees("OpenSBI")
    shell.prompt()
    shell.gives("echo again", "again\n")
    shell.stop()


SHELL = [
    prompt_in_time, idle, clock, words_and_quotes, statuses, unknown_command, pipes, redirections,
    variables, globbing, directories, scripts, background, processes, memory_files, many_commands,
]  # fmt: skip
KEYS = [
    erase_and_kill, arrows, history, interrupt_line, interrupt_program, interrupt_pipeline,
    end_of_file, fast_typist, interrupt_shell, unfinished, failed_expansion, background_and_back,
    whole_characters, unknown_keys, completion_of_odd_names, long_line, exit_and_new_shell,
]  # fmt: skip
WAYS = [
    machine_sizes, other_initramfs, both_archives_are_freed, broken_initramfs, other_addresses,
    command_line_words, panic_and_reset, process_1_goes_last,
]  # fmt: skip
ENDS = [power_off, restart]
GROUPS = {"shell": (SHELL, True), "keys": (KEYS, True), "ways": (WAYS, False), "end": (ENDS, False)}


def last_words(terminal):
    """What the console showed last."""
    shown = str(terminal.before or "").replace("\r\n", "\n").splitlines()
    return [repr(line) for line in shown[-5:]]


def attempt(report, case, subject):
    """Run one case. A machine that no longer answers fails it, not the script."""
    try:
        case(subject)
        report.case(True, case.__name__)
    except Failed as reason:
        report.case(False, case.__name__, [reason])
    except pexpect.ExceptionPexpect as reason:
        what = "the machine ended" if isinstance(reason, pexpect.EOF) else "waited in vain"
        report.case(False, case.__name__, [what])
        return False
    return True


def run_at_one_machine(report, options, group, cases):
    try:
        shell = Shell(options, log=group)
    except pexpect.ExceptionPexpect:
        report.case(False, "boots to the prompt", [f"see {options.log}/{group}.log"])
        return
    for case in cases:
        if not attempt(report, case, shell):
            for line in last_words(shell.terminal):
                report.note(line)
            if not shell.recover():
                report.case(False, f"the machine goes on after {case.__name__}")
                break
    shell.stop()


def run_group(report, options, group):
    cases, share = GROUPS[group]
    if share:
        run_at_one_machine(report, options, group, cases)
    else:
        for case in cases:
            attempt(report, case, options)


def main():
    parser = argparse.ArgumentParser(description="Boot, and type what a user would.")
    guest.add_arguments(parser)
    parser.add_argument("--archive", default="build/initramfs.cpio", help="the usual initramfs")
    parser.add_argument("group", nargs="*", default=list(GROUPS), choices=[[], *GROUPS])
    options = parser.parse_args()
    report = tap.Report()
    for group in options.group or GROUPS:
        run_group(report, options, group)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
