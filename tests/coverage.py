#!/usr/bin/env python3
"""Which lines and branches of the kernel the tests run.

usage: coverage.py ROOT FOLDER [NAME...]    run all tests, or these, on a kernel that counts (TAP)
       coverage.py ROOT FOLDER --table      write what they found to docs/testing.md

In FOLDER the kernel and the unit tests are built with -Dcoverage=true, and each test's counts stay
there until that test runs again. FOLDER/unreached.txt lists what no test reached.

The kernel counts in its own memory, in the section __llvm_prf_cnts. Each machine's memory is a file
(tests/coverage/qemu-system-riscv64), so nothing needs to be done in the guest. The counters become a
raw profile, which `llvm-profdata` reads with the help of the kernel's debug information.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import mutants
import tap

SUITES = {"unit", "guest", "boot", "boards", "programs"}
NOT_MEASURED = re.compile("fuzz-")  # builds its own programs
FOLDERS = ["mm", "proc", "trap", "fs", "lib", "arch", "drivers"]
GOALS = {"mm": 95}  # percent of the lines
IMAGE_ALIGNMENT = 2 << 20
TIMES_AS_LONG = 2  # a kernel that counts is slower
COUNTERS, NAMES = "__llvm_prf_cnts", "__llvm_prf_names"
# compiler-rt's InstrProfData.inc: a profile's magic; a flag: the debug information tells whose the
# counters are; by LLVM's version, the format's version and how many sizes of absent parts follow.
RAW_MAGIC, BY_DEBUG_INFO = int.from_bytes(b"\xfflprofr\x81", "big"), 1 << 59
RAW_FORMATS = {14: (8, 5), 19: (10, 10)}
TABLE = re.compile(r"(?<=<!-- coverage -->\n).*(?=<!-- end of coverage -->)", re.S)


class Kernel:
    """The kernel that counts: where its counters are, and how its memory becomes a profile."""

    def __init__(self, build):
        self.elf = build / "cowslip.elf"
        self.image = (build / "Image").read_bytes()
        sections = {}
        for line in mutants.run("llvm-size", "-A", self.elf).splitlines():
            words = line.split()
            if len(words) == 3 and words[2].isdigit():
                sections[words[0]] = int(words[1]), int(words[2])
        self.text_size, start = sections[".text"]
        self.size, address = sections[COUNTERS]
        self.offset = address - start
        said = re.search(r"version (\d+)", mutants.run("llvm-size", "--version"))
        self.raw_format = RAW_FORMATS[max(key for key in RAW_FORMATS if key <= int(said[1]))]

    def counters(self, memory):
        """The counters of a machine that has ended. Firmware may have left a second copy of the image."""
        with open(memory, "rb") as file:
            for base in range(0, file.seek(0, os.SEEK_END), IMAGE_ALIGNMENT):
                file.seek(base)
                if file.read(64) == self.image[:64]:
                    file.seek(base)
                    if file.read(self.text_size) == self.image[: self.text_size]:
                        file.seek(base + self.offset)
                        yield file.read(self.size)

    def write_raw(self, counters, path):
        version, sizes = self.raw_format
        header = [RAW_MAGIC, version | BY_DEBUG_INFO, 0, 0, 0, len(counters) // 8] + sizes * [0]
        path.write_bytes(struct.pack(f"<{len(header)}Q", *header) + counters)

    def profile(self, memories, path):
        raws = []
        for memory in memories:
            for counters in self.counters(memory):
                raws.append(path.with_suffix(f".{len(raws)}"))
                self.write_raw(counters, raws[-1])
        merge(raws, path, f"--debug-info={self.elf}")

    def with_names(self, path):
        """A copy that llvm-cov can read: it needs the names of all functions in a section to which
        the compiler, relying on debug information, only writes those that are never called.
        """
        raw = path.with_suffix(".raw")
        self.write_raw(bytes(self.size), raw)
        text = mutants.run("llvm-profdata", "merge", "--text", f"--debug-info={self.elf}", raw,
            "-o", "-")
        names = "\1".join(re.findall(r"^(.+)\n# Func Hash:", text, re.M)).encode()
        section = path.with_suffix(".names")
        mutants.run("llvm-objcopy", "--dump-section", f"{NAMES}={section}", self.elf, os.devnull)
        unused = section.read_bytes()
        section.write_bytes(unused + uleb128(len(names)) + uleb128(0) + names)
        mutants.run("llvm-objcopy", "--remove-section", NAMES, "--add-section",
            f"{NAMES}={section}", self.elf, path)
        return path


def uleb128(number):
    digits = []
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])


def merge(profiles, path, *options):
    """Merge several profiles into one. Without any there is no file."""
    path.unlink(missing_ok=True)
    if profiles:
        mutants.run("llvm-profdata", "merge", *options, *profiles, "-o", path)
        for profile in profiles:
            profile.unlink()


class Runner:
    def __init__(self, folder, report):
        self.folder, self.report = folder, report
        self.kernel = Kernel(folder)
        self.counts = folder / "counts"
        self.counts.mkdir(exist_ok=True)
        self.environment = {
            "PATH": f"{pathlib.Path(__file__).parent / 'coverage'}:{os.environ['PATH']}",
            "COVERAGE_QEMU": shutil.which("qemu-system-riscv64"),
        }

    def run(self, test):
        start = time.monotonic()
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            memory = pathlib.Path(name) / "memory"
            memory.mkdir()
            test["env"] |= self.environment
            test["env"] |= {"COVERAGE_MEMORY": str(memory), "LLVM_PROFILE_FILE": f"{name}/%p.profraw"}
            sign = mutants.first_failure(test, self.folder, TIMES_AS_LONG * test["timeout"])
            self.kernel.profile(memory.iterdir(), self.counts / f"{test['name']}.machine")
            merge(list(memory.parent.glob("*.profraw")), self.counts / f"{test['name']}.host")
        what = f"{test['name']}, {time.monotonic() - start:.0f} s"
        self.report.case(not sign, what, [sign] if sign else [])

    def run_all(self, tests):
        """Run tests that may run in parallel as many at a time as meson would; then the others."""
        workers = int(os.environ.get("MESON_TESTTHREADS", os.cpu_count()))
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(self.run, [test for test in tests if test["is_parallel"]]))
        for test in tests:
            if not test["is_parallel"]:
                self.run(test)


class Source:
    """A file: line, or branch, or function by its line -> how often it ran in machines, on the host."""

    def __init__(self):
        self.lines, self.branches, self.functions, self.names = {}, {}, {}, {}

    @staticmethod
    def note(counts, key, place, count):
        """Code that the kernel does not have, such as the checks of unit tests, does not count."""
        if place == 0:
            counts.setdefault(key, [0, 0])
        if key in counts:
            counts[key][place] = max(counts[key][place], count)


class Found:
    """What llvm-cov exports about all files."""

    def __init__(self, root, folder):
        self.root = root
        self.files = collections.defaultdict(Source)
        counts = folder / "counts"
        kernel = Kernel(folder).with_names(folder / "named.elf")
        self.add(0, folder / "machine.profdata", sorted(counts.glob("*.machine")), [kernel])
        programs = [path for path in folder.glob("tests/unit/test_*") if path.is_file()]
        if programs:
            self.add(1, folder / "host.profdata", sorted(counts.glob("*.host")), programs)

    def add(self, place, path, profiles, programs):
        mutants.run("llvm-profdata", "merge", *profiles, "-o", path)
        objects = [word for program in programs[1:] for word in ("-object", program)]
        text = mutants.run("llvm-cov", "export", "-format=lcov", f"-instr-profile={path}",
            programs[0], *objects)
        for record in text.split("end_of_record\n"):
            name = record.partition("\n")[0].removeprefix("SF:")
            name = os.path.relpath(name, self.root) if name else ""
            if name.split("/")[0] in FOLDERS:
                self.read(self.files[name], place, record)

    @staticmethod
    def read(source, place, record):
        starts = {}
        for kind, text in re.findall(r"^(\w+):(.+)$", record, re.M):
            words = text.split(",")
            if kind == "DA":
                source.note(source.lines, int(words[0]), place, int(words[1]))
            elif kind == "BRDA":
                count = 0 if words[3] == "-" else int(words[3])
                source.note(source.branches, tuple(map(int, words[:3])), place, count)
            elif kind == "FN":
                starts[words[1]] = int(words[0])
                source.names[int(words[0])] = words[1].rpartition(":")[2]
            elif kind == "FNDA":
                source.note(source.functions, starts[words[1]], place, int(words[0]))

    def folder(self, name):
        return {path: source for path, source in sorted(self.files.items())
            if path.startswith(f"{name}/")}

    def share(self, name, kind, places=(0, 1)):
        """The number of a folder's lines, branches or functions, and the percentage that ran."""
        counts = [count for source in self.folder(name).values()
            for count in getattr(source, kind).values()]
        ran = sum(any(count[place] for place in places) for count in counts)
        return len(counts), ran / max(len(counts), 1) * 100

    def unreached(self, name):
        """Text: each file's functions that are never called, and lines that are never run."""
        for path, source in self.folder(name).items():
            never = [line for line, count in sorted(source.lines.items()) if not any(count)]
            text = (self.root / path).read_text("utf-8").splitlines()
            if never:
                yield f"{path}: {len(never)} of {len(source.lines)} lines"
            for line in never:
                starts = source.names[line] if line in source.names else ""
                yield f"  {line:5} {text[line - 1].expandtabs(4)}" + (
                    f"    <-- {starts}()" if starts and not any(source.functions[line]) else "")


def build(root, folder):
    if not (folder / "build.ninja").exists():
        os.environ["CC_FOR_BUILD"] = "clang"
        mutants.run("meson", "setup", folder, root, "-Dcoverage=true",
            "--cross-file", root / "cross/riscv64.ini")
    mutants.run("meson", "compile", "-C", folder)


def chosen(folder, names):
    tests = json.loads(mutants.run("meson", "introspect", "--tests", folder))
    if names:
        return [test for test in tests if test["name"] in names]
    return [test for test in tests
        if not NOT_MEASURED.match(test["name"])
        and SUITES.intersection(suite.rpartition(":")[2] for suite in test["suite"])]


def table(found):
    rows = ["| | Lines | reached | in machines | on the host | Branches | reached | Functions | reached |\n"]
    rows.append("|---|---|---|---|---|---|---|---|---|\n")
    for name in FOLDERS:
        lines, both = found.share(name, "lines")
        parts = [found.share(name, "lines", [place])[1] for place in (0, 1)]
        branches, of_branches = found.share(name, "branches")
        functions, of_functions = found.share(name, "functions")
        rows.append(f"| `{name}` | {lines} | **{both:.1f} %** | {parts[0]:.1f} % | {parts[1]:.1f} % "
            f"| {branches} | {of_branches:.1f} % | {functions} | {of_functions:.1f} % |\n")
    return rows


def main():
    parser = argparse.ArgumentParser(description="Which lines of the kernel the tests run.")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these tests")
    options = parser.parse_intermixed_args()
    root, folder = options.root.resolve(), options.folder.resolve()
    report = tap.Report()
    if not options.table:
        build(root, folder)
        Runner(folder, report).run_all(chosen(folder, options.names))
    found = Found(root, folder)
    (folder / "unreached.txt").write_text(
        "".join(f"{line}\n" for name in FOLDERS for line in found.unreached(name)), "utf-8")
    rows = table(found)
    if options.table:
        path = root / "docs/testing.md"
        text = path.read_text("utf-8")
        path.write_text(TABLE.sub(lambda _: "".join(rows), text), "utf-8")
        return 0
    report.note("".join(rows))
    for name, goal in {} if options.names else GOALS.items():
        reached = found.share(name, "lines")[1]
        report.case(reached >= goal, f"{name}: {reached:.1f} % of its lines, at least {goal} %")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
