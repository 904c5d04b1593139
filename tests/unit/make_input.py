#!/usr/bin/env python3
"""Make the unit tests' input files, with tools that are looked for only when the tests are built.

usage: make_input.py tree SOURCE OUTPUT           a device tree, by dtc
       make_input.py machine NAME HARTS OUTPUT    the device tree of one of QEMU's machines
       make_input.py archives OUTPUT              two archives by cpio, with zero bytes around
"""

import os
import pathlib
import subprocess
import sys
import tempfile


def make_tree(source, output):
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", output, source], check=True)


def make_machine(name, harts, output):
    machine = f"{name},dumpdtb={output}"
    options = ["-M", machine, "-smp", harts, "-m", "1G", "-display", "none"]
    subprocess.run(["qemu-system-riscv64", *options], check=True)


def archive(folder, names):
    result = subprocess.run(
        ["cpio", "--quiet", "-o", "-H", "newc"],
        check=True,
        cwd=folder,
        input="\n".join(names).encode() + b"\n",
        stdout=subprocess.PIPE,
    )
    # cpio pads to its block size; the archive ends behind the trailer.
    end = result.stdout.rindex(b"TRAILER!!!") + len("TRAILER!!!") + 1
    return result.stdout[: (end + 3) & ~3]


def make_archives(output):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "bin").mkdir(mode=0o755)
        (root / "bin/one").write_text("first content\n")
        (root / "bin/one").chmod(0o750)
        os.link(root / "bin/one", root / "bin/two")
        (root / "bin/empty").write_text("")
        (root / "link").symlink_to("bin/one")
        (root / "later").write_text("second archive")
        first = archive(root, [".", "bin", "bin/one", "bin/two", "./bin/empty", "link"])
        second = archive(root, ["later"])
        zeros = bytes(512)
        pathlib.Path(output).write_bytes(first + zeros + second + zeros)


def main():
    kinds = {"tree": make_tree, "machine": make_machine, "archives": make_archives}
    kinds[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
