#!/usr/bin/env python3
"""Write the assembly file that builds an initramfs into the kernel.

usage: incbin.py ARCHIVE OUTPUT.S

It is written anew whenever the archive changes, so that the build sees the change.
"""

import os
import sys

TEMPLATE = """\
\t.section .initramfs, "a"
\t.balign 8
\t.globl builtin_initramfs_start
builtin_initramfs_start:
\t.incbin "{archive}"
\t.globl builtin_initramfs_end
builtin_initramfs_end:
"""


def main():
    archive, output = sys.argv[1:]
    with open(output, "w", encoding="utf-8") as file:
        file.write(TEMPLATE.format(archive=os.path.abspath(archive)))


main()
