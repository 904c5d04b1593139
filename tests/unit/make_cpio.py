#!/usr/bin/env python3
"""Write the archives that test_cpio reads: two by cpio itself, with zero bytes around them.

usage: make_cpio.py OUTPUT
"""

import os
import pathlib
import subprocess
import sys
import tempfile


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


def main():
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
        pathlib.Path(sys.argv[1]).write_bytes(first + zeros + second + zeros)


if __name__ == "__main__":
    main()
