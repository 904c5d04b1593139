#!/usr/bin/env python3
"""Write the assembly file that builds a file into the kernel.

usage: incbin.py FILE OUTPUT.S NAME SECTION

Its symbols are NAME_start and NAME_end. It is written again whenever the file changes, so that the
build sees the change.
"""

import os
import sys

TEMPLATE = """\
\t.section {section}, "a"
\t.balign 8
\t.globl {name}_start
{name}_start:
\t.incbin "{path}"
\t.globl {name}_end
{name}_end:
"""


def main():
    path, output, name, section = sys.argv[1:]
    with open(output, "w", encoding="utf-8") as file:
        file.write(TEMPLATE.format(path=os.path.abspath(path), name=name, section=section))


main()
