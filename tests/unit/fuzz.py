#!/usr/bin/env python3
"""Let libFuzzer look for device trees that the reader cannot take, for some seconds. One TAP case.

usage: fuzz.py SOURCE-ROOT SECONDS TREE...      skips where clang has no libFuzzer
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCES = ["tests/unit/fuzz_fdt.c", "lib/fdt.c", "lib/fdt_board.c", "lib/fdt_bus.c", "lib/string.c"]
LARGEST_INPUT = 1 << 13


def build(root, program):
    """Returns what went wrong, or None."""
    clang = shutil.which("clang") or shutil.which("clang-14")
    if not clang:
        return "there is no clang"
    done = subprocess.run(
        [clang, "-std=gnu11", "-g", "-O1", "-fno-builtin", "-I", "tests/unit/shim", "-I", "."]
        + ["-include", "tests/unit/shim/names.h", "-DCOWSLIP_DEBUG=1"]
        + ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
        + ["-o", program, *SOURCES],
        cwd=root,
        capture_output=True,
        text=True,
    )
    return done.stderr.strip() if done.returncode else None


def main():
    root, seconds, trees = sys.argv[1], sys.argv[2], sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder:
        program = str(pathlib.Path(folder) / "fuzz")
        problem = build(root, program)
        if problem and "fuzzer" in problem.lower() or problem == "there is no clang":
            print("1..0 # SKIP clang has no libFuzzer here")
            return 0
        if problem:
            print("not ok 1 - the fuzzer builds\n# " + problem.replace("\n", "\n# ") + "\n1..1")
            return 1
        corpus = pathlib.Path(folder) / "corpus"
        corpus.mkdir()
        for number, tree in enumerate(trees):
            shutil.copyfile(tree, corpus / str(number))
        done = subprocess.run(
            [program, f"-max_total_time={seconds}", f"-max_len={LARGEST_INPUT}", "-timeout=10"]
            + ["-print_final_stats=1", str(corpus)],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        passed = done.returncode == 0
        print(f"{'ok' if passed else 'not ok'} 1 - no device tree does harm")
        for line in done.stderr.splitlines()[-4 if passed else -40 :]:
            print(f"# {line}")
        print("1..1")
        return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
