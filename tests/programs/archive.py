#!/usr/bin/env python3
"""Pack an initramfs from Debian packages.

usage: archive.py --output ARCHIVE [--file PATH=FILE]... [--link PATH=TARGET]... PACKAGE...

The packages are fetched by tests/linux/debian.py, and what they contain goes into the archive where
Debian has it, documentation aside. As on Debian /bin, /sbin and /lib lead to /usr. Exit status 2
says that a package cannot be had here.
"""

import argparse
import os
import pathlib
import stat
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

# pylint: disable=wrong-import-position
import initramfs  # noqa: E402
from linux import debian  # noqa: E402

DIRECTORIES = ["dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr/bin", "usr/lib"]
MERGED = {"bin": "usr/bin", "sbin": "usr/bin", "lib": "usr/lib", "usr/sbin": "bin"}
LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/locale")
ETC = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/group": "root:x:0:\n",
}


class Tree:
    """What an archive will hold: directories, symbolic links, and (content, mode) of files."""

    def __init__(self):
        self.directories = {name: 0o755 for name in DIRECTORIES}
        self.directories["tmp"] = 0o1777
        self.links = dict(MERGED)
        self.files = {path: (text.encode(), 0o644) for path, text in ETC.items()}

    def place(self, path):
        """Where a path goes when its first folder is one that leads to /usr."""
        path = path.removeprefix("./").lstrip("/")
        for link, target in (("usr/sbin", "usr/bin"), *MERGED.items()):
            if path.startswith(link + "/"):
                return os.path.join(target, path.removeprefix(link + "/"))
        return path

    def add(self, path, source):
        """A file, link or directory as it is on this machine."""
        path = self.place(path)
        if path in self.links or path.startswith(LEFT_OUT):
            return
        if os.path.islink(source):
            self.links[path] = os.readlink(source)
        elif os.path.isdir(source):
            self.directories[path] = 0o755
        else:
            executable = os.access(source, os.X_OK)
            content = pathlib.Path(source).read_bytes()
            self.files[path] = (content, 0o755 if executable else 0o644)

    def add_package(self, folder):
        for place, subfolders, names in os.walk(folder):
            for name in subfolders + names:
                source = os.path.join(place, name)
                self.add(os.path.relpath(source, folder), source)

    def parents(self):
        for path in [*self.files, *self.links]:
            for parent in pathlib.PurePath(path).parents:
                if str(parent) != ".":
                    self.directories.setdefault(str(parent), 0o755)

    def pack(self):
        self.parents()
        archive = initramfs.Archive()
        for path, mode in sorted(self.directories.items()):
            archive.entry(path, stat.S_IFDIR | mode, links=2)
        for path, major, minor in initramfs.DEVICES:
            archive.entry(path, stat.S_IFCHR | 0o666, device=(major, minor))
        for path, target in sorted(self.links.items()):
            archive.entry(path, stat.S_IFLNK | 0o777, target.encode())
        for path, (content, mode) in sorted(self.files.items()):
            archive.file(path, mode, content, [])
        return archive.finish()


def build(output, packages, files=(), links=()):
    """Write the archive. `files` and `links` are pairs. Raises debian.Unavailable."""
    tree = Tree()
    for package in packages:
        tree.add_package(debian.unpacked(package))
    for path, source in files:
        tree.add(path, source)
    for path, target in links:
        tree.links[tree.place(path)] = target
    partial = pathlib.Path(f"{output}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_bytes(tree.pack())
    partial.rename(output)


def pair(text):
    path, _, value = text.partition("=")
    return path, value


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--output", required=True)
    parser.add_argument("--file", type=pair, action="append", default=[])
    parser.add_argument("--link", type=pair, action="append", default=[])
    parser.add_argument("packages", nargs="+")
    options = parser.parse_args()
    try:
        build(options.output, options.packages, options.file, options.link)
    except debian.Unavailable as reason:
        print(reason, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
