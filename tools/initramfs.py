#!/usr/bin/env python3
"""Pack the initramfs: a cpio archive (newc), the same bytes for the same files.

usage: initramfs.py --output ARCHIVE [--root TREE] [--depfile FILE] [--file PATH=FILE]... [PROGRAM]...

Programs go to /bin, NAME.anything as NAME; the one called init is also /init and /sbin/init, as
hard links. TREE is copied as it stands, and the depfile tells ninja what was read from it.
"""

import argparse
import os
import stat

DIRECTORIES = ["bin", "dev", "etc", "proc", "sbin", "tmp"]
DEVICES = [
    ("dev/console", 5, 1),
    ("dev/full", 1, 7),
    ("dev/null", 1, 3),
    ("dev/tty", 5, 0),
    ("dev/zero", 1, 5),
]
LINKS = {"bin/init": ["init", "sbin/init"]}


class Archive:
    """Bytes of a newc archive. Inode numbers count up from 1, times are 0, owner is root."""

    def __init__(self):
        self.data = bytearray()
        self.next_inode = 1

    def entry(self, path, mode, content=b"", *, inode=None, links=1, device=(0, 0)):
        if inode is None:
            inode = self.new_inode()
        name = path.encode() + b"\0"
        fields = [inode, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0]
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self.pad(4)
        self.data += content
        self.pad(4)

    def new_inode(self):
        self.next_inode += 1
        return self.next_inode - 1

    def file(self, path, mode, content, links):
        """A regular file, and one more name for each link; the last name carries the content."""
        inode = self.new_inode()
        names = [path, *links]
        for name in names:
            last = name is names[-1]
            self.entry(
                name, stat.S_IFREG | mode, content if last else b"", inode=inode, links=len(names)
            )

    def pad(self, alignment):
        self.data += b"\0" * (-len(self.data) % alignment)

    def finish(self):
        self.entry("TRAILER!!!", 0, inode=0)
        self.pad(512)
        return bytes(self.data)


def tree_files(root):
    """The paths below root of directories, files and symbolic links, sorted."""
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        found += [os.path.relpath(os.path.join(folder, name), root) for name in subfolders + names]
    return sorted(found)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def pack(options):
    files = {}
    directories = set(DIRECTORIES)
    links = {}
    for path in tree_files(options.root) if options.root else []:
        source = os.path.join(options.root, path)
        if os.path.islink(source):
            links[path] = os.readlink(source)
        elif os.path.isdir(source):
            directories.add(path)
        else:
            files[path] = (source, 0o755 if os.access(source, os.X_OK) else 0o644)
    for program in options.programs:
        files["bin/" + os.path.splitext(os.path.basename(program))[0]] = (program, 0o755)
    for pair in options.file:
        path, _, source = pair.partition("=")
        files[path.lstrip("/")] = (source, 0o755 if os.access(source, os.X_OK) else 0o644)

    archive = Archive()
    for path in sorted(directories):
        mode = 0o1777 if path == "tmp" else 0o755
        archive.entry(path, stat.S_IFDIR | mode, links=2)
    for path, major, minor in DEVICES:
        archive.entry(path, stat.S_IFCHR | 0o666, device=(major, minor))
    for path, target in sorted(links.items()):
        archive.entry(path, stat.S_IFLNK | 0o777, target.encode())
    for path, (source, mode) in sorted(files.items()):
        archive.file(path, mode, read(source), LINKS.get(path, []))
    return archive.finish()


def write_depfile(options):
    """Lists directories too, since a file that is added to one must be packed."""
    read = [options.root] + [os.path.join(options.root, path) for path in tree_files(options.root)]
    with open(options.depfile, "w", encoding="utf-8") as file:
        file.write(f"{options.output}: {' '.join(path for path in read if os.path.exists(path))}\n")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--output", required=True)
    parser.add_argument("--root")
    parser.add_argument("--depfile")
    parser.add_argument("--file", action="append", default=[])
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()
    with open(options.output, "wb") as file:
        file.write(pack(options))
    if options.depfile:
        write_depfile(options)


if __name__ == "__main__":
    main()
