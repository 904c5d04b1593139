#!/usr/bin/env python3
"""The kernel's table of function names, which its backtraces are printed from.

usage: symbols.py empty OUTPUT.S
       symbols.py table NM KERNEL OUTPUT.S
       symbols.py check NM KERNEL KERNEL-WITH-TABLE STAMP

The table lies in section .symbols: from symbol_table_start to symbol_table_end one entry for each
function, sorted by address, { u32 offset from image_start; u32 offset into the names }; from
symbol_names on the names, each ending in NUL.
"""

import subprocess
import sys

TEXT_START = "image_start"


def functions(nm, kernel):
    """The functions of a linked kernel, as a sorted list of (offset from the text's start, name)."""
    listing = subprocess.run(
        [nm, "--defined-only", kernel], check=True, capture_output=True, text=True
    ).stdout
    by_address = {}
    start = None
    for line in listing.splitlines():
        address, kind, name = line.split(maxsplit=2)
        if name == TEXT_START:
            start = int(address, 16)
        if kind in "tT" and not name.startswith((".L", "$")):
            name = name.split(".llvm.")[0]  # of a static function that another file calls inline
            # Of two names for one address, keep the same one in every build.
            known = by_address.get(int(address, 16))
            if known in (None, TEXT_START) or (name < known and name != TEXT_START):
                by_address[int(address, 16)] = name
    if start is None:
        sys.exit(f"{kernel} defines no {TEXT_START}")
    return sorted((address - start, name) for address, name in by_address.items() if address >= start)


def assembly(symbols):
    entries, names, offset = [], [], 0
    for address, name in symbols:
        entries.append(f"\t.word {address:#x}, {offset:#x}\n")
        names.append(f'\t.asciz "{name}"\n')
        offset += len(name) + 1
    return (
        '\t.section .symbols, "a"\n\t.balign 8\n'
        "\t.globl symbol_table_start\nsymbol_table_start:\n"
        + "".join(entries)
        + "\t.globl symbol_table_end\nsymbol_table_end:\n"
        "\t.globl symbol_names\nsymbol_names:\n" + "".join(names) + "\t.byte 0\n"
    )


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    command, *arguments = sys.argv[1:]
    if command == "empty":
        write(arguments[0], assembly([]))
    elif command == "table":
        nm, kernel, output = arguments
        write(output, assembly(functions(nm, kernel)))
    elif command == "check":
        nm, first, second, stamp = arguments
        if functions(nm, first) != functions(nm, second):
            sys.exit("the symbol table moved the functions that it names: see .symbols in kernel.ld")
        write(stamp, "")
    else:
        sys.exit(__doc__)


main()
