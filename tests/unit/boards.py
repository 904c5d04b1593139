#!/usr/bin/env python3
"""Run test_boards over every device tree in Debian's riscv64 kernel package, and over those inside U-Boot,
which it hands to the kernels that it starts.

usage: boards.py TEST_BOARDS      passes the program's TAP on; skips where there is no package
"""

import pathlib
import struct
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "linux")]

import debian  # noqa: E402
import tap  # noqa: E402


TREE_MAGIC = b"\xd0\x0d\xfe\xed"
TREE_VERSION = 17
HEADER_SIZE = 40
LOADERS = {"u-boot-starfive": "u-boot.bin", "u-boot-sifive": "u-boot.bin"}


def board_trees():
    """The trees in a package that has been unpacked already, else in the newest one."""
    trees = sorted(debian.cache_folder().glob("linux-image-*/usr/lib/linux-image-*/**/*.dtb"))
    if not trees:
        apt = debian.Apt()
        trees = sorted(debian.unpacked(apt.kernel_package(), apt).glob("usr/lib/**/*.dtb"))
    return trees


def loader_trees(folder):
    """The trees in the boards' U-Boots, each written to its own file."""
    trees = []
    for package, pattern in LOADERS.items():
        for binary in sorted(debian.unpacked(package).glob(f"usr/lib/u-boot/*/{pattern}")):
            for tree in trees_in(binary.read_bytes()):
                path = folder / f"{binary.parent.name}-{len(trees)}.dtb"
                path.write_bytes(tree)
                trees.append(path)
    return trees


def trees_in(data):
    """The pieces of a binary that begin like a device tree, and are as long as they claim."""
    start = data.find(TREE_MAGIC)
    while start >= 0:
        header = data[start : start + HEADER_SIZE]
        if len(header) == HEADER_SIZE:
            size, version = struct.unpack_from(">4xI12xI", header)
            tree = data[start : start + size]
            # The container of U-Boot's parts begins in the same way.
            if version == TREE_VERSION and len(tree) == size and b"timebase-frequency" in tree:
                if TREE_MAGIC not in tree[HEADER_SIZE:]:
                    yield tree
        start = data.find(TREE_MAGIC, start + len(TREE_MAGIC))


def main():
    with tempfile.TemporaryDirectory() as folder:
        try:
            trees = board_trees() + loader_trees(pathlib.Path(folder))
        except debian.Unavailable as reason:
            tap.skip_all(reason)
            return 0
        return subprocess.run([sys.argv[1], *trees], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
