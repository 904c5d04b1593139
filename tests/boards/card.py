#!/usr/bin/env python3
"""The SD card's image: the same bytes whenever it is made, and each part where boards look for it.

usage: card.py [--image IMAGE] [--initrd ARCHIVE]       speaks TAP
"""

import argparse
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
import uuid

import machines  # first: it finds the modules below

import debian
import tap

SDCARD = machines.TESTS.parent / "tools" / "sdcard.py"
SECTOR = 512
CLOCK_STEP = 1.1  # seconds: old file systems count whole ones
# The partition that the JH7110's boot ROM looks for; then the one, by number, for U-Boot's SPL.
SPL_KIND = uuid.UUID("2E54B353-1271-4842-806F-E436D6AF6985")
UBOOT_NUMBER = 2
SYSTEM_NUMBER = 3
LEGACY_BOOTABLE = 1 << 2


def make(options, folder, *more, **environment):
    card = pathlib.Path(folder) / "card.img"
    command = [sys.executable, str(SDCARD), "--kernel", options.image, "--initrd", options.initrd]
    subprocess.run([*command, "--output", str(card), *more], check=True, env=environment)
    return card.read_bytes()


def partitions(card):
    """Type, attributes and bytes of each partition, by number."""
    first, count, size = struct.unpack_from("<QII", card, SECTOR + 72)
    found = {}
    for number in range(1, count + 1):
        at = first * SECTOR + (number - 1) * size
        kind, _, start, last, attributes = struct.unpack_from("<16s16sQQQ", card, at)
        if any(kind):
            data = card[start * SECTOR : (last + 1) * SECTOR]
            found[number] = (uuid.UUID(bytes_le=kind), attributes, data)
    return found


def check_same(report, options):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first = make(options, one)
        time.sleep(CLOCK_STEP)
        report.case(first == make(options, other), "made twice, it is the same")
        dated = make(options, other, SOURCE_DATE_EPOCH="1700000000")
        report.case(dated != first, "SOURCE_DATE_EPOCH is the time in it")
    return first


def check_system(report, card):
    _, attributes, data = partitions(card)[SYSTEM_NUMBER]
    report.case(attributes == LEGACY_BOOTABLE, "the system's partition is marked bootable")
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        check = ["/sbin/e2fsck", "-f", "-n", file.name]
        done = subprocess.run(check, check=False, capture_output=True, text=True)
    report.case(done.returncode == 0, "e2fsck finds nothing wrong", done.stdout.splitlines())


def check_firmware(report, options):
    try:
        folder = debian.unpacked("u-boot-starfive") / "usr/lib/u-boot/starfive_visionfive2"
    except debian.Unavailable as reason:
        report.skip("U-Boot's parts are where they are looked for", reason)
        return
    with tempfile.TemporaryDirectory() as place:
        found = partitions(make(options, place, "--firmware", str(folder)))
    spl = (folder / "u-boot-spl.bin.normal.out").read_bytes()
    kinds = [number for number, (kind, _, _) in found.items() if kind == SPL_KIND]
    report.case(
        len(kinds) == 1 and found[kinds[0]][2].startswith(spl),
        "U-Boot's first part is in the one partition that the boot ROM looks for",
    )
    u_boot = (folder / "u-boot.itb").read_bytes()
    report.case(
        found[UBOOT_NUMBER][2].startswith(u_boot), "its second part is in the second partition"
    )


def main():
    parser = argparse.ArgumentParser(description="Check the SD card's image.")
    parser.add_argument("--image", default="build/Image")
    parser.add_argument("--initrd", default="build/initramfs.cpio")
    options = parser.parse_args()
    report = tap.Report()
    card = check_same(report, options)
    check_system(report, card)
    check_firmware(report, options)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
