#!/usr/bin/env python3
"""Get packages of Debian, for tests that compare with Linux, boot real firmware, or need a newer QEMU.

usage: debian.py PACKAGE...     fetch and unpack packages, print where each was unpacked
       debian.py --kernel       fetch Debian's kernel, print the path of its Image

The mirror is the one that this machine's own apt is set up for, whatever form its configuration
has; apt's state of the machine stays untouched, and its signature check is in force. What was
fetched stays in ~/.cache/cowslip. Exit status 2 says that a package cannot be had here. The packages
are trixie's for riscv64, unless a script asks for another Release.
"""

import contextlib
import fcntl
import functools
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import typing
import zlib

KERNEL_PACKAGE = "linux-image-riscv64"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
IMAGE_MAGIC = b"RSC\x05"
IMAGE_MAGIC_OFFSET = 0x38
APT_SECONDS = 300


class Unavailable(Exception):
    """This package cannot be had on this machine; the message says why."""


class Release(typing.NamedTuple):
    """Where packages come from, and for which machine."""

    suite: str = "trixie"
    architecture: str = "riscv64"


RISCV = Release()


def cache_folder(release=RISCV):
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "cowslip" / f"{release.suite}-{release.architecture}"


def run(command, **options):
    try:
        return subprocess.run(
            command, check=True, text=True, capture_output=True, timeout=APT_SECONDS, **options
        ).stdout
    except FileNotFoundError as error:
        raise Unavailable(f"{command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{command[0]} took over {APT_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"exit status {error.returncode}"]
        raise Unavailable(f"{command[0]}: {lines[-1]}") from error


def machine_codename():
    match = re.search(
        r"^VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text("utf-8"), re.M
    )
    if not match:
        raise Unavailable("this machine is not a Debian")
    return match.group(1)


def source_lines(release):
    """This machine's Debian sources, asked of apt itself, with our suite in place of its own."""
    codename = machine_codename()
    pockets = [codename]
    if "-" not in release.suite:  # backports have no updates of their own
        pockets += [f"{codename}-updates", f"{codename}-security"]
    targets = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"]
        + ["Identifier: Packages"]
    )
    lines = set()
    for target in targets.splitlines():
        uri, suite, component = target.split()
        if component == "main" and suite in pockets:
            suite = suite.replace(codename, release.suite)
            lines.add(f"deb [arch={release.architecture} signed-by={KEYRING}] {uri} {suite} main")
    if not lines:
        raise Unavailable("this machine's apt has no Debian source")
    return sorted(lines)


class Apt:
    """apt with a state of its own, in the cache folder."""

    def __init__(self, release=RISCV):
        self.release = release
        self.folder = cache_folder(release) / "apt"
        for name in ("lists/partial", "archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        (self.folder / "sources.list").write_text("\n".join(source_lines(release)) + "\n", "utf-8")
        settings = {
            "Dir::State::lists": self.folder / "lists",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder,
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Architecture": release.architecture,
            "APT::Architectures": release.architecture,
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
        }
        self.options = [f"-o{key}={value}" for key, value in settings.items()]
        self.updated = False

    def update(self):
        """A source whose index is out of order is passed over by apt: the others may do."""
        if self.updated:
            return
        try:
            with self.alone():
                run(["apt-get", *self.options, "update"])
        except Unavailable as reason:
            print(f"# {reason}", file=sys.stderr)
        self.updated = True

    def kernel_package(self):
        """The newest kernel, which the package without a version in its name depends on."""
        self.update()
        for line in run(["apt-cache", *self.options, "depends", KERNEL_PACKAGE]).splitlines():
            match = re.match(rf"\s*Depends: (linux-image-\S+-{self.release.architecture})$", line)
            if match:
                return match.group(1)
        raise Unavailable(f"{KERNEL_PACKAGE} depends on no kernel")

    @contextlib.contextmanager
    def alone(self):
        """Tests run side by side: one at a time changes what is under the folder."""
        with open(self.folder / "lock", "w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def unpack(self, package, target):
        self.update()
        with self.alone():
            if not target.is_dir():
                self.fetch(package, target)

    def fetch(self, package, target):
        run(["apt-get", *self.options, "download", package], cwd=self.folder / "archives")
        archives = sorted((self.folder / "archives").glob(f"{package}_*.deb"))
        if not archives:
            raise Unavailable(f"apt fetched no {package}")
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        run(["dpkg-deb", "--extract", str(archives[-1]), str(partial)])
        for archive in archives:
            archive.unlink()
        partial.rename(target)


@functools.cache
def shared_apt(release):
    """One for all packages, as each asks the mirror once what there is."""
    return Apt(release)


def unpacked(package, apt=None, release=RISCV):
    """The folder with this package's files, fetched if it is not there yet."""
    target = cache_folder(release) / package
    if not target.is_dir():
        (apt or shared_apt(release)).unpack(package, target)
    return target


def inflate(vmlinuz):
    """The plain Image in a vmlinuz, be it plain, gzip, or gzip within an EFI stub."""
    data = vmlinuz.read_bytes()
    if has_image_magic(data):
        return data
    start = data.find(b"\x1f\x8b\x08")
    while start >= 0:
        try:
            inflated = zlib.decompressobj(wbits=31).decompress(data[start:])
            if has_image_magic(inflated):
                return inflated
        except (gzip.BadGzipFile, zlib.error):
            pass
        start = data.find(b"\x1f\x8b\x08", start + 1)
    raise Unavailable(f"{vmlinuz.name} holds no RISC-V Image that this script can unpack")


def has_image_magic(data):
    return data[IMAGE_MAGIC_OFFSET:].startswith(IMAGE_MAGIC)


def kernel_image():
    """The path of a plain Image of Debian's kernel: the one in the cache, else the newest."""
    image = cache_folder() / "Image"
    if not image.exists():
        apt = Apt()
        folder = unpacked(apt.kernel_package(), apt)
        vmlinuz = sorted(folder.glob("boot/vmlinu[xz]-*"))
        if not vmlinuz:
            raise Unavailable(f"{folder.name} has no kernel under boot")
        partial = image.with_suffix(f".{os.getpid()}")
        partial.write_bytes(inflate(vmlinuz[0]))
        partial.rename(image)
    return image


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        if sys.argv[1] == "--kernel":
            print(kernel_image())
        else:
            for package in sys.argv[1:]:
                print(unpacked(package))
    except Unavailable as reason:
        print(reason, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
