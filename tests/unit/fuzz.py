#!/usr/bin/env python3
"""Let libFuzzer look, for some seconds, for input that a reader cannot handle. One TAP case.

usage: fuzz.py ROOT TARGET SECONDS [--keep] [INPUT...]      skips where clang has no libFuzzer

The initial corpus is INPUT and the contents of tests/unit/corpus/TARGET; with --keep, inputs that get
further are added there. Each run makes up the same inputs, a longer run more of them.
"""

import argparse
import base64
import pathlib
import shutil
import subprocess
import sys
import tempfile

# mm on a simulated machine.
MACHINE = ["tests/unit/unit.c", "tests/unit/machine.c", "mm/*.c"]
MACHINE += ["lib/bitmap.c", "lib/format.c", "lib/radix.c", "lib/tree.c"]
# Target: what it needs besides tests/unit/fuzz_TARGET.c and lib/string.c; * is any name.
SOURCES = {
    "space": ["tests/unit/test_space.c", "tests/unit/space_*.c", *MACHINE],
    "path": ["tests/unit/test_path.c", "tests/unit/host_names.c", "tests/unit/names_model.c", *MACHINE]
    + ["drivers/clock.c", "fs/context.c", "fs/credentials.c", "fs/dentry.c", "fs/directory.c"]
    + ["fs/inode.c", "fs/mount.c", "fs/name.c", "fs/path.c", "fs/ramfs.c", "fs/rename.c"],
    "fdt": ["lib/fdt.c", "lib/fdt_board.c", "lib/fdt_bus.c"],
    "elf": ["lib/elf.c"],
    "cpio": ["lib/cpio.c"],
    "cmdline": ["lib/cmdline.c"],
}
# Files of mm/ that the simulated machine replaces, or that only sanitized kernels have.
NOT_NEEDED = {"mm/memory.c", "mm/report.c", "mm/shadow.c", "mm/slab_guard.c", "mm/stack.c"}
# Code that only checks: libFuzzer is not to follow its loops.
NOT_FOLLOWED = "src:mm/ledger.c\nsrc:tests/unit/machine.c\nsrc:tests/unit/names_model.c\n"
LARGEST_INPUT = 1 << 13
STATISTICS = 6  # lines of them end the output


def build(root, target, program):
    """Returns the error's text, or None."""
    wanted = [f"tests/unit/fuzz_{target}.c", *SOURCES[target], "lib/string.c"]
    found = [str(path.relative_to(root)) for name in wanted for path in pathlib.Path(root).glob(name)]
    sources = sorted(set(found) - NOT_NEEDED)
    ignored = pathlib.Path(program + ".ignored")
    ignored.write_text(NOT_FOLLOWED, "ascii")
    clang = shutil.which("clang") or shutil.which("clang-14")
    if not clang:
        return "there is no clang"
    done = subprocess.run(
        [clang, "-std=gnu11", "-g", "-O1", "-fno-builtin", "-I", "tests/unit/shim", "-I", "."]
        + ["-include", "tests/unit/shim/names.h", "-DCOWSLIP_DEBUG=1"]
        + ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
        + [f"-fsanitize-coverage-ignorelist={ignored}"]
        + ["-Dmain=unit_main", "-o", program, *sources],
        cwd=root,
        capture_output=True,
        text=True,
    )
    return done.stderr.strip() if done.returncode else None


def fuzz(program, corpus, seconds):
    return subprocess.run(
        [program, "-seed=1", f"-max_total_time={seconds}", f"-max_len={LARGEST_INPUT}"]
        + ["-timeout=60", "-print_final_stats=1", "-artifact_prefix=found-", str(corpus)],
        cwd=corpus.parent,
        capture_output=True,
        text=True,
    )


def report(target, done, folder):
    print(f"{'not ok' if done.returncode else 'ok'} 1 - no {target} does harm")
    said = done.stdout.splitlines() + done.stderr.splitlines()
    for line in said[-40 if done.returncode else -STATISTICS :]:
        print(f"# {line}")
    for found in folder.glob("found-*"):
        print(f"# {found.name}, in base64: {base64.b64encode(found.read_bytes()).decode()}")
    print("1..1")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("target", choices=SOURCES)
    parser.add_argument("seconds", type=int)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("inputs", nargs="*", type=pathlib.Path)
    options = parser.parse_intermixed_args()
    kept = (options.root / "tests/unit/corpus" / options.target).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program = str(folder / "fuzz")
        problem = build(options.root, options.target, program)
        if problem and "fuzzer" in problem.lower() or problem == "there is no clang":
            print("1..0 # SKIP clang has no libFuzzer here")
            return 0
        if problem:
            print("not ok 1 - the fuzzer builds\n# " + problem.replace("\n", "\n# ") + "\n1..1")
            return 1
        corpus = folder / "corpus"
        corpus.mkdir()
        for number, path in enumerate([*options.inputs, *sorted(kept.glob("*"))]):
            shutil.copyfile(path, corpus / str(number))
        done = fuzz(program, corpus, options.seconds)
        report(options.target, done, folder)
        if options.keep:
            kept.mkdir(exist_ok=True)
            subprocess.run([program, "-merge=1", str(kept), str(corpus)], check=True)
        return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
