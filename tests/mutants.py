#!/usr/bin/env python3
"""Known-wrong kernels: each file in tests/mutants/ is one mistake, and some test must notice it.

usage: mutants.py ROOT                              does the text of each fit? (TAP)
       mutants.py ROOT --kill FOLDER [--quick] [NAME...]    build and test them (TAP)
       mutants.py ROOT --table FOLDER               write what --kill found to docs/testing.md

A mutant is a text file: lines `file:`, `mistake:` and `suite:` (the tests that should notice it),
the word `quick` for the few that every run of the tests kills, then `before:` and `after:`, the
text that is replaced, which the file has exactly once, and its replacement.

--kill works in a copy of the tree with a build folder of its own. For each mutant it builds what has
changed and runs the mutant's suites until one fails: first the one that noticed it last time, then
the cheapest. A mutant that passes them runs through all other suites in the same way. If it passes
those, too, it has survived: a test is missing. Before a suite is first used it runs on the unchanged
kernel: it must pass, and the time that it takes sets the limit after which a mutant has hung.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import guest
import tap

# Tried after a mutant's own suites.
OTHERS = ["unit-page", "unit-slab", "unit-region", "unit-path", "unit-space", "unit-threads"]
OTHERS += ["unit-futex", "unit-lock", "unit-tlb", "unit-waits"]
OTHERS += ["boottest-1", "posix-4", "shell", "files", "uaccess", "signal-4", "cow-1", "tables-1"]
OTHERS += ["oom", "usertests", "smp-4"]
TIMES_AS_LONG, SECONDS_MORE = 4, 60
LAST_WORDS = 3  # lines to show for a program that ends without reporting a failure
NOT_COPIED = shutil.ignore_patterns("build*", ".git", "__pycache__")
FIELDS = re.compile(
    r"file: (?P<file>\S+)\nmistake: (?P<mistake>.+?)\nsuite: (?P<suites>.+?)\n(?P<quick>quick\n)?"
    r"before:\n(?P<before>.+?\n)after:\n(?P<after>.*)",
    re.S,
)
# What a failing unit test prints before it ends: a failed check, a sanitizer's report.
FAILING = re.compile(r"^# \S+\.c:\d+: |ERROR: AddressSanitizer|runtime error:|^Bail out!")
TABLE = re.compile(r"(?<=<!-- mutants -->\n).*(?=<!-- end of mutants -->)", re.S)
ROW = re.compile(r"^\| `(\S+)` \|.*\| (.+) \| (\d*) \|$", re.M)
NOT_RUN = "not run yet"


class Mutant:
    def __init__(self, path):
        fields = FIELDS.fullmatch(path.read_text("utf-8"))
        if not fields:
            raise ValueError(f"{path}: not in the format of a mutant")
        self.name = path.stem
        self.file, self.mistake = fields["file"], fields["mistake"]
        self.suites = fields["suites"].split()
        self.quick = bool(fields["quick"])
        self.before, self.after = fields["before"], fields["after"]

    def times_found(self, root):
        path = root / self.file
        return path.read_text("utf-8").count(self.before) if path.exists() else 0

    def put_in(self, path):
        """Put the mistake into the file. Returns its text before that."""
        text = path.read_text("utf-8")
        path.write_text(text.replace(self.before, self.after), "utf-8")
        return text


def read_mutants(root):
    return [Mutant(path) for path in sorted((root / "tests/mutants").glob("*.mutant"))]


class Tree:
    """A copy of the sources, and its build folder."""

    def __init__(self, root, folder):
        self.source, self.build = folder / "tree", folder / "build"
        self.copy(root)
        if not (self.build / "build.ninja").exists():
            # A mutant may leave a variable unused: the tests should find it, not the compiler.
            run("meson", "setup", self.build, self.source, "-Dwerror=false",
                "--cross-file", self.source / "cross/riscv64.ini")
        run("ninja", "-C", self.build, "build.ninja")
        self.tests = {test["name"]: test for test in self.introspect("--tests")}
        self.targets = {
            target["id"]: os.path.relpath(target["filename"][0], self.build)
            for target in self.introspect("--targets")
        }

    def copy(self, root):
        """Copy the tree. Unchanged files keep their times, so that ninja builds only the others."""
        fresh = self.source.with_name("fresh")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(root, fresh, ignore=NOT_COPIED, symlinks=True)
        for path in fresh.rglob("*"):
            twin = self.source / path.relative_to(fresh)
            if path.is_file() and twin.is_file() and path.read_bytes() == twin.read_bytes():
                shutil.copystat(twin, path)
            elif path.is_file():
                path.touch()  # it may be older than what was built from the version before
        shutil.rmtree(self.source, ignore_errors=True)
        fresh.rename(self.source)

    def introspect(self, what):
        return json.loads(run("meson", "introspect", what, self.build))

    def make(self, suite):
        depends = self.tests[suite]["depends"]
        run("ninja", "-C", self.build, *[self.targets[target] for target in depends])

    def test(self, suite, seconds):
        """Build and run it. Returns what made it fail, or None."""
        self.make(suite)
        return first_failure(self.tests[suite], self.build, seconds)


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return done.stdout


def first_failure(test, folder, seconds):
    """Run the test until a line reports a failure, and end it. Returns what failed, or None."""
    process = subprocess.Popen(test["cmd"], cwd=folder, env={**os.environ, **test["env"]},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True)
    late = threading.Event()
    timer = threading.Timer(seconds, lambda: (late.set(), end(process)))
    timer.start()
    last = []
    for line in map(str.strip, process.stdout):
        case = tap.CASE.match(line)
        if (case and case[1]) or guest.shows_panic(line) or FAILING.search(line):
            break
        last = [*last, line][-LAST_WORDS:] if line else last
    else:
        line = None
    timer.cancel()
    end(process)
    if line:
        return re.sub(r"^(# )?(not ok \d+ - )?", "", line)
    if late.is_set():
        return "hangs" + (f" after {last[-1]}" if last else "")
    return None if process.returncode == 0 else "ends with " + " / ".join(last)


def end(process):
    """End the test, whatever it is doing. On SIGTERM it also ends its virtual machine."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Hunt:
    def __init__(self, root, folder, report):
        self.tree = Tree(root, folder)
        self.report = report
        self.results = folder / "results.json"
        self.known = json.loads(self.results.read_text("utf-8")) if self.results.exists() else {}
        self.limits = {}  # of tests that have run without a mutant; None: it does not pass
        self.spent = {}

    def cost(self, suite):
        """Before a suite has run, unit tests count as cheap, and machines as expensive."""
        return self.limits.get(suite) or (0 if suite.startswith("unit-") else 1000)

    def prepare(self, suite):
        """False: the test does not even pass without a mutant."""
        if suite not in self.limits:
            self.tree.make(suite)
            start = time.monotonic()
            sign = self.tree.test(suite, self.tree.tests[suite]["timeout"])
            seconds = time.monotonic() - start
            self.limits[suite] = None if sign else TIMES_AS_LONG * seconds + SECONDS_MORE
            self.report.case(not sign, f"{suite} passes as things are, {seconds:.0f} s",
                [sign] if sign else [])
        return self.limits[suite] is not None

    def kill(self, mutants, suites_of):
        """Returns the mutants that have survived. The cheap ones run first."""
        def cost(mutant):
            return min(map(self.cost, suites_of(mutant)))

        return [mutant for mutant in sorted(mutants, key=cost)
            if not self.is_noticed(mutant, suites_of(mutant))]

    def is_noticed(self, mutant, suites):
        last = self.known.get(mutant.name, {}).get("suite")
        for suite in sorted(suites, key=lambda suite: (suite != last, self.cost(suite))):
            sign = self.prepare(suite) and self.test(mutant, suite)
            if sign:
                how = f"killed by {suite}: {sign}, {self.spent[mutant.name]:.0f} s"
                self.report.case(True, f"{mutant.name} {how}", [mutant.mistake])
                self.remember(mutant, suite, sign)
                return True
        self.remember(mutant, None, None)
        return False

    def test(self, mutant, suite):
        path = self.tree.source / mutant.file
        start = time.monotonic()
        before = mutant.put_in(path)
        try:
            sign = self.tree.test(suite, self.limits[suite])
        except RuntimeError as error:
            self.report.case(False, f"{mutant.name} builds", str(error).splitlines())
            sign = None
        finally:
            path.write_text(before, "utf-8")
        self.spent[mutant.name] = self.spent.get(mutant.name, 0) + time.monotonic() - start
        return sign

    def remember(self, mutant, suite, sign):
        seconds = round(self.spent.get(mutant.name, 0))
        self.known[mutant.name] = {"suite": suite, "sign": sign, "seconds": seconds}
        self.results.write_text(json.dumps(self.known, indent=1), "utf-8")


def check(root, mutants, report):
    misfits = []
    for mutant in mutants:
        times = mutant.times_found(root)
        if times != 1:
            misfits.append(f"{mutant.name}: its text is in {mutant.file} {times} times")
    report.case(not misfits, "the text of each mutant is where it was", misfits)
    return not misfits


def kill(root, folder, mutants, options, report):
    if options.quick:
        mutants = [mutant for mutant in mutants if mutant.quick]
    if options.names:
        mutants = [mutant for mutant in mutants if mutant.name in options.names]
    start = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    hunt = Hunt(root, folder, report)
    left = hunt.kill(mutants, lambda mutant: mutant.suites)
    if not options.quick:
        left = hunt.kill(left, lambda mutant: set(OTHERS) - set(mutant.suites))
    for mutant in left:
        report.case(False, f"{mutant.name} survives", [mutant.mistake])
    report.note(f"{len(mutants)} mutants in {time.monotonic() - start:.0f} s")


def write_table(root, folder, mutants):
    """A mutant without a result in the folder keeps the one in the table."""
    path = root / "docs/testing.md"
    text = path.read_text("utf-8")
    results = json.loads((folder / "results.json").read_text("utf-8"))
    rows = {row[1]: (row[2], row[3]) for row in ROW.finditer(TABLE.search(text)[0])}
    rows |= {name: (killer(found), str(found["seconds"])) for name, found in results.items()}
    lines = ["| Mutant | The mistake | Killed by | Seconds |\n", "|---|---|---|---|\n"]
    for mutant in mutants:
        how, seconds = rows.get(mutant.name, (NOT_RUN, ""))
        lines.append(f"| `{mutant.name}` | {mutant.mistake} | {how} | {seconds} |\n")
    times = [int(rows[m.name][1]) for m in mutants if m.name in rows and rows[m.name][1]]
    lines.append(f"\n{len(times)} of {len(mutants)} mutants run, {sum(times)} seconds.\n")
    path.write_text(TABLE.sub(lambda _: "".join(lines), text), "utf-8")


def killer(found):
    if not found["suite"]:
        return "**nothing**"
    sign = re.sub(r"[|`]", "", found["sign"])[:60]
    return f"`{found['suite']}`: {sign}"


def main():
    parser = argparse.ArgumentParser(description="Known-wrong kernels.")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--kill", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("--table", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="only those marked so")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    options = parser.parse_intermixed_args()
    root = options.root.resolve()
    mutants = read_mutants(root)
    if options.table:
        return write_table(root, options.table, mutants)
    report = tap.Report()
    if check(root, mutants, report) and options.kill:
        kill(root, options.kill.resolve(), mutants, options, report)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
