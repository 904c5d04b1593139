#!/usr/bin/env python3
"""Run test_boards over every device tree that Debian's riscv64 kernel package carries.

usage: boards.py TEST_BOARDS      passes the program's TAP on; skips where there is no package
"""

import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "linux")]

import debian  # noqa: E402
import tap  # noqa: E402


def board_trees():
    """The trees in the package that is unpacked already, else in the newest one."""
    trees = sorted(debian.cache_folder().glob("linux-image-*/usr/lib/linux-image-*/**/*.dtb"))
    if not trees:
        apt = debian.Apt()
        trees = sorted(debian.unpacked(apt.kernel_package(), apt).glob("usr/lib/**/*.dtb"))
    return trees


def main():
    try:
        trees = board_trees()
    except debian.Unavailable as reason:
        tap.skip_all(reason)
        return 0
    return subprocess.run([sys.argv[1], *trees], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
