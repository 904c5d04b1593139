#!/usr/bin/env python3
"""Programs that nobody here wrote: Debian's, in an initramfs, driven from the console.

usage: programs.py [options] [GROUP]...      speaks TAP; the groups are init, busybox, shells,
                                             screen, dynamic, python, tools, glibc
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

# pylint: disable=wrong-import-position
import archive  # noqa: E402
import boot  # noqa: E402
import guest  # noqa: E402
import pexpect  # noqa: E402
import tap  # noqa: E402
from linux import debian  # noqa: E402

COMPILER = "riscv64-linux-gnu-gcc"
CONTROL_C, CONTROL_Z, ESCAPE, UP, ERASE = "\x03", "\x1a", "\x1b", "\x1b[A", "\x7f"
GLIBC_PROGRAMS = [HERE / "threads.c", HERE / "library.c"]
SETTLE_SECONDS = 1.0
SECONDS = 300
SECONDS_FOR_A_KEY = 60
TRIES = 5
STARTED = r"[\r\n]go\r\n"  # what a program prints; the echo of its command line has no line end there

STATIC = ["busybox-static", "bash-static", "zsh-static"]
DYNAMIC = (
    ["busybox-static", "libc6", "libgcc-s1", "dash", "lua5.4", "liblua5.4-0", "bsdutils"]
    + ["coreutils", "libacl1", "libattr1", "libgmp10", "libselinux1", "libpcre2-8-0"]
    + ["libssl3t64", "libzstd1", "zlib1g", "libsystemd0", "libcap2"]
    + ["sqlite3", "libsqlite3-0", "libreadline8t64", "libtinfo6"]
)
PYTHON = DYNAMIC + [
    "python3.13-minimal",
    "libpython3.13-minimal",
    "libpython3.13-stdlib",
    "libexpat1",
]

TOOLS = (
    ["busybox-static", "bash-static", "libc6", "libc-bin", "libgcc-s1", "libstdc++6"]
    + ["coreutils", "libacl1", "libattr1", "libgmp10", "libselinux1", "libpcre2-8-0"]
    + ["libssl3t64", "libzstd1", "zlib1g", "libsystemd0", "libcap2", "libcrypt1"]
    + ["procps", "libproc2-0", "libncursesw6", "libtinfo6", "ncurses-base", "git", "make"]
    + ["perl-base", "gawk", "libmpfr6", "libreadline8t64", "libsigsegv2", "xz-utils", "liblzma5"]
    + ["screen", "libpam0g", "libaudit1", "libcap-ng0"]
    + ["tmux", "libevent-core-2.1-7t64", "libjemalloc2"]
)

# What is typed, and a pattern for all that it prints. Each must end with status 0.
BUSYBOX = [
    ("seq 1 1000 | awk '{s += $1} END {print s}'", r"500500\n"),
    ("seq 5 | sort -r | tr '\\n' ' '; echo", r"5 4 3 2 1 \n"),
    ("echo hello | sed s/l/L/g | grep -c LL", r"1\n"),
    ("mkdir -p a/b; echo text >a/b/c; tar cf a.tar a; rm -r a; tar xf a.tar; cat a/b/c", r"text\n"),
    ("find a | sort | cpio -o -H newc 2>&1 >a.cpio; rm -r a; cpio -i <a.cpio 2>&1; cat a/b/c",
     r"(\d blocks\n)+text\n"),
    ("tar czf a.tgz a; tar tzf a.tgz", r"a/\na/b/\na/b/c\n"),
    ("dd if=/dev/zero of=z bs=1M count=8 2>/dev/null; md5sum z",
     r"96995b58d4cbf6aaa9041b4f00c7f6ae  z\n"),
    ("echo abc | od -c | head -1", r"0000000   a   b   c  \\n\n"),
    ("seq 9 | xargs -n 4 echo", r"1 2 3 4\n5 6 7 8\n9\n"),
    ("time -p sleep 0.1 2>&1 | grep -c real; time sleep 0.1", r"(?s).*real.*"),
    ("timeout 1 sleep 9; echo $?", r"(Terminated\n)?143\n"),
    ("mkdir m; mount -t tmpfs none m; df m | grep -c tmp/m; umount m; rmdir m", r"1\n"),
    ("ps | grep -c '[s]etsid\\|sh$'", r"[1-9]\n"),
    ("free | grep -c Mem", r"1\n"),
    ("top -b -n 1 | grep -c CPU", r"[1-9]\n"),
    ("trap 'echo caught' USR1; kill -USR1 $$; trap - USR1", r"caught\n"),
    ("sleep 0.3 & wait; echo waited", r"waited\n(\[1\].*\n)?"),
    ("mkfifo f; (echo through >f &); cat f", r"through\n"),
    ("x=$(cat <<END\nhere $((6 * 7))\nEND\n); echo $x", r"(> )*here 42\n"),
    ("for i in 1 2 3; do (exit $i) || echo $?; done | tail -1", r"3\n"),
    ("head -c 100 /dev/urandom | wc -c", r"100\n"),
    ("fallocate -l 100000 g; stat -c %s g; truncate -s 5 g; stat -c %s g", r"100000\n5\n"),
    ("touch o; chown 1000:1001 o; chmod 640 o; stat -c '%u %g %a' o", r"1000 1001 640\n"),
    ("mkdir -p /etc; printf 'root:x:0:0::/:/bin/sh\\nu:x:1000:1000::/:/bin/sh\\n' >/etc/passwd; "
     "echo x >p; chmod 600 p; chmod 755 .; su u -c 'id -u; cat o p 2>&1 | grep -c denied'", r"1000\n1\n"),
    ("bash-static -c 'ulimit -n 64; ulimit -n; ulimit -v 65536; ulimit -v'", r"64\n65536\n"),
    ("mkdir t; mount -t tmpfs -o size=64k none t; dd if=/dev/zero of=t/z bs=1k count=99 2>&1 | "
     "grep -c 'No space'; mount -o remount,ro t; touch t/y 2>&1 | grep -c 'Read-only'; umount t",
     r"1\n1\n"),
    ("readlink -f /proc/self/exe", r"/usr/bin/busybox\n"),
    ("bash-static -c 'a=(1 2 3); echo ${#a[@]} ${a[@]: -1}; cat <(echo sub)'", r"3 3\nsub\n"),
    ("zsh-static -fc 'print -l ${(s:,:)${:-a,b}}; for i ({1..3}) (exit $i); print $?'",
     r"a\nb\n3\n"),
]

DYNAMIC_TASKS = [
    ("dash -c 'for i in 1 2 3; do echo $i; done | wc -l'", r"3\n"),
    ("sort --version | head -1", r"sort \(GNU coreutils\) .*\n"),
    ("seq 100000 | sort -R | sort -n | md5sum", r"dea9193b768319cbb4ff1a137ac03113  -\n"),
    ("cp /usr/bin/sort s; cmp s /usr/bin/sort; ls -l s | wc -l; stat -c %F .", r"1\ndirectory\n"),
    ("nice -n 5 nice", r"5\n"),
    ("script -qc 'tty; test -t 0 && echo terminal' log; grep -c '^/dev/pts/0\\|^terminal' log",
     r"/dev/pts/0\nterminal\n2\n"),
    ("lua5.4 -e 'local s = 0 for i = 1, 1e6 do s = s + i end print(s)'", r"500000500000\n"),
    ("lua5.4 -e 'for l in io.popen(\"echo piped\"):lines() do print(l) end'", r"piped\n"),
    ("sqlite3 d 'create table t(a integer primary key, b text)'", r""),
    ("sqlite3 d \"begin; with recursive c(x) as (select 1 union all select x+1 from c "
     "where x<100000) insert into t select x, 'row '||x from c; commit\"", r""),
    ("sqlite3 d 'select count(*), sum(a) from t; pragma integrity_check'",
     r"100000\|5000050000\nok\n"),
    ("sqlite3 d \"begin; delete from t; rollback; select b from t where a=777\"", r"row 777\n"),
]

PYTHON_TASKS = [
    ("import os; r = os.fork() or os._exit(3); print(os.waitstatus_to_exitcode(os.wait()[1]))", "3"),
    ("import os, threading as t; e = t.Event(); a = t.Thread(target=e.wait); a.start(); "
     "print(len(os.listdir('/proc/self/task'))); e.set()", "2"),
    ("import threading as t; l = []; a = [t.Thread(target=l.append, args=(i,)) for i in range(8)]; "
     "[x.start() for x in a]; [x.join() for x in a]; print(sum(l))", "28"),
    ("import subprocess as s; print(s.run(['sh', '-c', 'echo out; exit 4'], capture_output=True))",
     r"CompletedProcess\(.*returncode=4, stdout=b'out\\n', stderr=b''\)"),
    ("import multiprocessing as m, math; m.set_start_method('fork'); "
     "print(m.Pool(3).map(math.factorial, range(6)))", r"\[1, 1, 2, 6, 24, 120\]"),
    ("import mmap; m = mmap.mmap(-1, 8192); m[:5] = b'hello'; m.flush(); print(m[:5])", "b'hello'"),
    ("import signal as s, time; s.signal(s.SIGALRM, lambda *a: exit(print('alarm'))); "
     "s.setitimer(s.ITIMER_REAL, 0.1); time.sleep(60)", "alarm"),
    ("import select as s, os; e = s.epoll(); r, w = os.pipe(); e.register(r, s.EPOLLIN | s.EPOLLET); "
     "a = len(e.poll(0)); os.write(w, b'x'); print(a, len(e.poll(1)), len(e.poll(0)))", "0 1 0"),
    ("import os; f = os.eventfd(3); os.eventfd_write(f, 4); print(os.eventfd_read(f))", "7"),
    ("import os, select as s, time; f = os.timerfd_create(time.CLOCK_MONOTONIC); "
     "os.timerfd_settime(f, initial=30); e = s.epoll(); e.register(f, 1); a = len(e.poll(0)); "
     "os.timerfd_settime(f, initial=0.1); print(a, len(e.poll(60)), os.read(f, 8)[0])", "0 1 1"),
    ("import socket as s; a, b = s.socketpair(); a.send(b'hi'); a.close(); "
     "print(b.recv(9), b.recv(9))", "b'hi' b''"),
    ("import socket as s, threading as t; a = s.socket(s.AF_UNIX); a.bind('sock'); a.listen(); "
     "c = s.socket(s.AF_UNIX); c.connect('sock'); k, _ = a.accept(); "
     "t.Thread(target=c.sendall, args=(b'z' * 10**6,)).start(); "
     "print(len(k.recv(10**6, s.MSG_WAITALL)))", "1000000"),
    ("import socket as s, os; a, b = s.socketpair(s.AF_UNIX, s.SOCK_SEQPACKET); r, w = os.pipe(); "
     "s.send_fds(a, [b'm'], [r]); m, f, *_ = s.recv_fds(b, 9, 4); os.write(w, b'through'); "
     "print(m, os.read(f[0], 9))", "b'm' b'through'"),
    ("import asyncio as a; p = lambda: a.create_subprocess_shell('cat; echo hi', stdin=-1, "
     "stdout=-1); f = lambda q: q.communicate(b'x'); r = a.Runner(); "
     "print(r.run(f(r.run(p()))))", r"\(b'xhi\\n', None\)"),
    ("import os, pty; p, f = pty.fork(); p or (print(os.ttyname(0), flush=True), os._exit(0)); "
     "print(os.read(f, 99)); os.wait()", r"b'/dev/pts/0\\r\\n'"),
    ("import pty; print(pty.spawn(['sh', '-c', 'test -t 0 && echo terminal']))", r"terminal\n0"),
    ("import signal as s; s.signal(s.SIGPROF, lambda *a: exit(print('prof'))); "
     "s.setitimer(s.ITIMER_PROF, 0.05); any(0 for i in iter(int, 1))", "prof"),
    ("import fcntl; f = open('l', 'w'); fcntl.flock(f, 2); fcntl.lockf(f, 2); print('locked')",
     "locked"),
]


TOOLS_TASKS = [
    ("df | sed -n '2s/ .* / /p'", r"rootfs /\n"),
    ("ps -o pid,comm,args -p 1 | tail -1", r" *1 init +/bin/busybox sh /init\n"),
    ("ps -T -o pid=,tid=,stat=,comm= -p 1; top -H -b -n 1 -p 1 | tail -1 | grep -o init", r" *1 +1 S[^ ]* +init\ninit\n"),
    ("top -b -n 1 | grep -c '^%Cpu'; free | grep -c ^Mem; vmstat 1 2 | tail -1 | wc -w", r"1\n1\n18\n"),
    ("git init -q r; cd r; git config user.name n; git config user.email e; echo 1 >f; git add f; "
     "git commit -qm one; echo 2 >>f; git commit -qam two; git log --format=%s | cat; git gc -q; "
     "git clone -q . ../c; cd ..; cat c/f", r"two\none\n1\n2\n"),
    ("printf 'all: a b\\n\\t@echo all\\na b:\\n\\t@echo one\\n' >Makefile; make -j2", r"one\none\nall\n"),
    ("perl -e 'pipe(R, W); if (!fork) { print W \"out\"; exit 3 } close W; wait; print <R>, $? >> 8, \"\\n\"'",
     r"out3\n"),
    ("gawk 'BEGIN { c = \"sort\"; print \"b\\na\" |& c; close(c, \"to\"); while ((c |& getline x) > 0) print x }'",
     r"a\nb\n"),
    ("seq 20000 | xz -T2 | xz -d | md5sum", r"e071f707df7bbeee2a6a1eb48011ddd0  -\n"),
    ("screen -d -m sh -c 'tty >t; sleep 99'; until [ -s t ]; do sleep 0.1; done; screen -ls | grep -c Detached; cat t", r"1\n/dev/pts/0\n"),
    ("export LC_ALL=C.UTF-8; tmux new -d 'tty >u; sleep 99'; until [ -s u ]; do sleep 0.1; done; tmux ls | cut -c1-12; cat u",
     r"0: 1 windows\n/dev/pts/\d\n"),
]


def show(line):
    """A command line as a test's name: not too long, and without what TAP takes for its own."""
    return re.sub(r"[#\s]+", " ", line)[:60]


class Machine(boot.Shell):
    def does(self, report, line, pattern, status=0):
        try:
            output, found = self.run(line, SECONDS)
        except pexpect.ExceptionPexpect:
            report.case(False, show(line), ["no answer", *self.terminal.before.splitlines()[-9:]])
            self.recover()
            return
        output = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
        right = re.fullmatch(pattern, output) is not None and found == status
        report.case(right, show(line), [] if right else [f"status {found}", output])

    def step(self, report, name, keys, pattern, tries=1):
        """Type keys, see something. False: it did not come, however often they were typed."""
        for _ in range(tries):
            self.terminal.send(keys)
            ends = [pattern, pexpect.TIMEOUT, pexpect.EOF]
            seen = self.terminal.expect(ends, timeout=SECONDS_FOR_A_KEY) == 0
            if seen:
                break
        report.case(seen, name, [] if seen else repr(self.terminal.before[-300:]).splitlines())
        return seen

    def audit(self, report):
        """However the programs ended, the kernel's books are in order."""
        self.does(report, "echo audit >/proc/ledger", r"")


def tasks(machine, report, list_of_tasks):
    for line, pattern in list_of_tasks:
        machine.does(report, line, pattern)


def python(machine, report):
    for program, pattern in PYTHON_TASKS:
        machine.does(report, f'python3.13 -c "{program}"', pattern + r"\n")


def job_control(machine, report, shell, prompt):
    """What a user does with jobs; a program says that it has started, before keys are for it."""
    stopped, running = r"(?i)(stopped|suspended)", r"(?i)running.*sleep 101"

    def after_a_while(name, keys, pattern, tries=1):
        time.sleep(SETTLE_SECONDS)
        machine.step(report, f"{shell}: {name}", keys, pattern, tries)

    def step(name, keys, pattern):
        machine.step(report, f"{shell}: {name}", keys, pattern)

    step("a program starts", "sh -c 'echo go; exec sleep 100'\r", STARTED)
    after_a_while("Ctrl-C ends it", CONTROL_C, prompt)
    step("its status tells so", "echo st=$?\r", r"st=130")
    step("another starts", "sh -c 'echo go; exec sleep 101'\r", STARTED)
    after_a_while("Ctrl-Z stops it", CONTROL_Z, stopped)
    step("jobs lists it", "jobs\r", stopped + ".*sleep 101")
    step("bg lets it go on", "bg\r", "sleep 101")
    step("jobs says that it runs", "jobs\r", running)
    step("fg brings it back", "fg\r", "sleep 101")
    after_a_while("Ctrl-C ends it there", CONTROL_C, prompt, TRIES)  # it may not be back yet
    step("a pipeline starts", "cat | sh -c 'echo go; exec cat'\r", STARTED)
    after_a_while("Ctrl-Z stops all of it", CONTROL_Z, stopped)
    step("it can be killed", "kill %1; wait; echo done=$?\r", r"done=\d+")
    step("a job that reads in the background", "cat &\r", prompt)
    after_a_while("is stopped", "\rjobs\r", stopped, TRIES)  # it may not have read yet
    step("it can be killed too", "kill -9 %1; wait; echo done=$?\r", r"done=\d+")
    step("the line can be edited", f"echo abXc{ERASE}{ERASE}c; echo\r", "\nabc\r\n")
    step("and had back", f"{UP}\r", "\nabc\r\n")
    step("read ends in time", "read -t 1 x; echo status=$?\r", r"status=[1-9]")


def shells(machine, report):
    job_control(machine, report, "ash", guest.PROMPT)
    for shell in ("bash-static --norc --noprofile", "zsh-static -f"):
        if machine.step(report, f"{shell} starts", f"{shell}\r", guest.PROMPT):
            job_control(machine, report, shell.split("-", maxsplit=1)[0], guest.PROMPT)
            machine.step(report, f"{shell} ends", "exit\r", guest.PROMPT)


def screen(machine, report):
    def step(name, keys, pattern, wait=SETTLE_SECONDS):
        machine.step(report, name, keys, pattern)
        time.sleep(wait)

    step("vi starts", "vi file\r", "~")
    step("vi inserts", "ihello", "o")
    step("vi leaves insertion", ESCAPE, r"\[Modified\]")
    step("vi writes", ":wq\r", guest.PROMPT)
    machine.does(report, "cat file", r"hello\n")
    step("less starts", "seq 500 | less\r", "20")
    step("less goes to the end", "G", "500")
    step("less ends", "q", guest.PROMPT)
    step("top shows", "top\r", "Mem:")
    step("top ends", "q", guest.PROMPT)
    step("a size is set", "stty rows 30 cols 100; stty size\r", "30 100")
    step("a trap for a resize", "trap 'echo resized' WINCH; sleep 0.1\r", guest.PROMPT)
    step("a resize is told of", "stty rows 40; sleep 0.1\r", "resized")


def glibc(machine, report):
    for _ in range(3):
        machine.does(report, "threads", r"(holds: .*\n){8}")
    machine.does(report, "library 2>&1 | grep -v ^holds:", r"b\na\nperror: Inappropriate .*\n")
    machine.does(report, "library 2>/dev/null | grep -c ^holds:", r"19\n")


def compile_programs(folder):
    """Builds the programs for glibc. Raises Unavailable when there is no compiler for it."""
    if not shutil.which(COMPILER):
        raise debian.Unavailable(f"{COMPILER} is not installed")
    files = []
    for source in GLIBC_PROGRAMS:
        program = folder / source.stem
        options = ["-O2", "-fexceptions", "-static", "-pthread", "-w"]
        subprocess.run([COMPILER, *options, "-o", program, source], check=True)
        files.append((f"usr/bin/{program.name}", str(program)))
    return files


# Packages, more files, the shell, and what is done.
GROUPS = {
    "busybox": (STATIC, None, "sh", lambda machine, report: tasks(machine, report, BUSYBOX)),
    "shells": (STATIC, None, "sh", shells),
    "screen": (STATIC, None, "sh", screen),
    "dynamic": (DYNAMIC, None, "dash", lambda machine, report: tasks(machine, report, DYNAMIC_TASKS)),
    "python": (PYTHON, None, "dash", python),
    "tools": (TOOLS, None, "bash-static", lambda machine, report: tasks(machine, report, TOOLS_TASKS)),
    "glibc": (STATIC, compile_programs, "sh", glibc),
}


def init(report, options):
    """Busybox as /init, with nothing else: it asks for Enter, keeps a shell running, and ends all."""
    path = options.folder / "init.cpio"
    links = [("bin/sh", "busybox"), ("init", "bin/busybox")]
    archive.build(path, ["busybox-static"], links=links)
    options.initrd = path
    terminal = guest.Terminal(guest.command_line(options, "quiet"), f"{options.log}/init.log")
    for name, pattern, keys in (
        ("init asks for Enter", "activate this console", "\r"),
        ("it starts a shell", "# ", "exit\r"),
        ("when the shell ends, it asks again", "activate this console", "\r"),
        ("and starts another", "# ", "poweroff\r"),
        ("it ends all processes", "Sent SIGKILL", ""),
        ("and the machine", pexpect.EOF, ""),
    ):
        seen = terminal.expect([pattern, pexpect.TIMEOUT]) == 0
        report.case(seen, name, [] if seen else repr(terminal.before[-300:]).splitlines())
        if not seen:
            break
        if keys:
            terminal.send(keys)
    terminal.stop()


def make_archive(folder, group):
    """The initramfs, made anew if it is not there or older than what it is made by."""
    packages, more_files, *_ = GROUPS[group]
    folder.mkdir(parents=True, exist_ok=True)
    name = "static" if packages is STATIC and not more_files else group
    path = folder / f"{name}.cpio"
    sources = [HERE / "init", HERE / "archive.py", HERE / "programs.py", *GLIBC_PROGRAMS]
    if path.exists() and path.stat().st_mtime > max(file.stat().st_mtime for file in sources):
        return path
    files = [("init", str(HERE / "init"))] + (more_files(folder) if more_files else [])
    archive.build(path, packages, files, [("bin/sh", "busybox")])
    return path


def run_group(report, options, group, seconds=guest.SECONDS_TO_ANSWER):
    """`seconds`: the most until there is a prompt, and for answers to keys."""
    try:
        if group == "init":
            init(report, options)
            return
        options.initrd = make_archive(options.folder, group)
    except debian.Unavailable as reason:
        report.skip(group, reason)
        return
    _, _, shell, work = GROUPS[group]
    append = f"rdinit=/init quiet shell={shell}"
    try:
        machine = Machine(options, log=f"programs-{group}", append=append, seconds=seconds)
    except pexpect.ExceptionPexpect:
        report.case(False, f"{group}: boots to the prompt", [f"see {options.log}"])
        return
    work(machine, report)
    machine.audit(report)
    machine.stop()


def main():
    parser = argparse.ArgumentParser(description="Run Debian's programs.")
    guest.add_arguments(parser)
    parser.add_argument("--folder", type=pathlib.Path, default="build/programs", help="for archives")
    parser.add_argument("group", nargs="*", choices=[[], "init", *GROUPS])
    options = parser.parse_args()
    report = tap.Report()
    for group in options.group or ["init", *GROUPS]:
        run_group(report, options, group)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
