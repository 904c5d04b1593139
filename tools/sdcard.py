#!/usr/bin/env python3
"""Make the image of an SD card that U-Boot boots from by itself. Needs no root, only mke2fs.

usage: sdcard.py --kernel IMAGE --initrd ARCHIVE --output CARD [--append WORDS] [--firmware FOLDER]

The card has a GPT as the StarFive boards want it:

    1   2 MiB   U-Boot's first part (SPL), only with --firmware
    2   4 MiB   its second part with OpenSBI, only with --firmware
    3  48 MiB   ext4: extlinux/extlinux.conf, Image, initramfs.cpio

FOLDER is where Debian's package u-boot-starfive has u-boot-spl.bin.normal.out and u-boot.itb.
"""

import argparse
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import typing
import uuid
import zlib

SECTOR = 512
MIB = 1 << 20
CARD_SIZE = 64 * MIB  # QEMU's SD cards are a power of two
TABLE_ENTRIES = 128
ENTRY_SIZE = 128
TABLE_SECTORS = TABLE_ENTRIES * ENTRY_SIZE // SECTOR
LEGACY_BOOTABLE = 1 << 2  # the attribute by which U-Boot finds the partition to boot from

# The UUIDs of disk and partitions are derived from this, so that they are always the same.
NAMESPACE = uuid.UUID("7a3c0c5e-5d0e-4c55-9d4b-0c05511b0a2d")

# The same files make the same card: times are not those of the build. (0 would mean now.)
TIME = os.environ.get("SOURCE_DATE_EPOCH", "1")
FILES = {
    "extlinux.conf": "extlinux/extlinux.conf",
    "Image": "Image",
    "initramfs.cpio": "initramfs.cpio",
}

SPL = "u-boot-spl.bin.normal.out"
UBOOT = "u-boot.itb"
CONFIGURATION = """\
default cowslip
timeout 10

label cowslip
	menu label Cowslip
	kernel /Image
	initrd /initramfs.cpio
	append {append}
"""


class Partition(typing.NamedTuple):
    number: int
    name: str
    kind: str  # the partition type that the boot ROM or U-Boot looks for
    start: int  # in bytes, as is the size
    size: int
    attributes: int = 0


PARTITION_SPL = Partition(1, "spl", "2E54B353-1271-4842-806F-E436D6AF6985", 2 * MIB, 2 * MIB)
PARTITION_UBOOT = Partition(2, "uboot", "BC13C2FF-59E6-4262-A352-B275FD6F7172", 4 * MIB, 4 * MIB)
PARTITION_SYSTEM = Partition(
    3, "cowslip", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 8 * MIB, 48 * MIB, LEGACY_BOOTABLE
)


def derived_uuid(name):
    return uuid.uuid5(NAMESPACE, name)


def entry(partition):
    first = partition.start // SECTOR
    last = first + partition.size // SECTOR - 1
    return struct.pack(
        "<16s16sQQQ72s",
        uuid.UUID(partition.kind).bytes_le,
        derived_uuid(partition.name).bytes_le,
        first,
        last,
        partition.attributes,
        partition.name.encode("utf-16-le"),
    )


def table(partitions):
    entries = bytearray(TABLE_ENTRIES * ENTRY_SIZE)
    for partition in partitions:
        at = (partition.number - 1) * ENTRY_SIZE
        entries[at : at + ENTRY_SIZE] = entry(partition)
    return bytes(entries)


def header(entries, *, here, other, entries_at):
    """One of the two headers; the checksum is over the header itself with zero in its place."""
    sectors = CARD_SIZE // SECTOR

    def packed(checksum):
        return struct.pack(
            "<8sIIIIQQQQ16sQIII",
            b"EFI PART",
            0x10000,  # revision 1.0
            92,  # bytes in this header
            checksum,
            0,
            here,
            other,
            2 + TABLE_SECTORS,
            sectors - TABLE_SECTORS - 2,
            derived_uuid("disk").bytes_le,
            entries_at,
            TABLE_ENTRIES,
            ENTRY_SIZE,
            zlib.crc32(entries),
        )

    return packed(zlib.crc32(packed(0))).ljust(SECTOR, b"\0")


def protective_mbr():
    """Tells programs that do not know GPT that all of the card is in use."""
    whole = struct.pack(
        "<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, CARD_SIZE // SECTOR - 1
    )
    return bytes(446) + whole + bytes(48) + b"\x55\xaa"


def write_table(card, partitions):
    entries = table(partitions)
    last = CARD_SIZE // SECTOR - 1
    card.seek(0)
    card.write(protective_mbr())
    card.write(header(entries, here=1, other=last, entries_at=2))
    card.write(entries)
    card.seek((last - TABLE_SECTORS) * SECTOR)
    card.write(entries)
    card.write(header(entries, here=last, other=1, entries_at=last - TABLE_SECTORS))


def write_partition(card, partition, data):
    if len(data) > partition.size:
        sys.exit(f"{len(data)} bytes do not fit in partition {partition.name}")
    card.seek(partition.start)
    card.write(data)


def run(name, *arguments, commands=None):
    tool = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not tool:
        sys.exit(f"{name} (package e2fsprogs) is needed to make the card's file system")
    settings = {"MKE2FS_CONFIG": "/dev/null", "E2FSPROGS_FAKE_TIME": TIME}
    done = subprocess.run(
        [tool, *arguments],
        check=False,
        capture_output=True,
        text=True,
        input=commands,
        env={**os.environ, **settings},
    )
    # debugfs says what went wrong below its name and version, and exits with 0.
    if done.returncode or (commands and len(done.stderr.splitlines()) > 1):
        sys.exit(f"{name}: {done.stderr}")


def file_system(options):
    """The bytes of an ext4 file system with the files in it; old features only, for old U-Boots."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        made = root / "ext4"
        configuration = CONFIGURATION.format(append=options.append)
        (root / "extlinux.conf").write_text(configuration, "ascii")
        shutil.copyfile(options.kernel, root / "Image")
        shutil.copyfile(options.initrd, root / "initramfs.cpio")
        arguments = ["-q", "-b", "4096", "-L", "cowslip", "-U", str(derived_uuid("file system"))]
        arguments += ["-O", "none,extent,filetype,sparse_super,large_file", "-m", "0", "-I", "256"]
        arguments += ["-E", f"root_owner=0:0,hash_seed={derived_uuid('hash seed')}", str(made)]
        run("mke2fs", *arguments, f"{PARTITION_SYSTEM.size // 1024}k")
        # One by one, since mke2fs -d would take order and times from our folder.
        commands = "mkdir extlinux\n"
        for source, target in FILES.items():
            (root / source).chmod(0o644)
            commands += f"write {root / source} {target}\n"
        run("debugfs", "-w", "-f", "-", str(made), commands=commands)
        return made.read_bytes()


def main():
    parser = argparse.ArgumentParser(description="Make an SD card that U-Boot boots from.")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--append", default="console=ttyS0,115200", help="kernel command line")
    parser.add_argument("--firmware", type=pathlib.Path, help="folder with U-Boot for the board")
    parser.add_argument("--output", required=True)
    options = parser.parse_args()

    contents = {PARTITION_SYSTEM: file_system(options)}
    if options.firmware:
        for partition, name in ((PARTITION_SPL, SPL), (PARTITION_UBOOT, UBOOT)):
            try:
                contents[partition] = (options.firmware / name).read_bytes()
            except OSError as error:
                sys.exit(f"the firmware for the card: {error}")
    with open(options.output, "wb") as card:
        card.truncate(CARD_SIZE)
        write_table(card, contents)
        for partition, data in contents.items():
            write_partition(card, partition, data)


if __name__ == "__main__":
    main()
