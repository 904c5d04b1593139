"""Commands for gdb that show what the kernel knows: cow-tasks, cow-harts, cow-stack,
cow-pte, cow-page, cow-trace.

./dev gdb loads them; otherwise: gdb-multiarch build/cowslip.elf -x tools/gdb/cowslip.py
"""

import pathlib
import re

import gdb  # pylint: disable=import-error

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE_SHIFT = 12
INDEX_BITS = 9
ROOT_LEVEL = 2
FRAME_SHIFT = 10
FRAME_BITS = 44
BIT_NAMES = "VRWXUGADCS"  # from bit 0 on; C: copy-on-write, S: shared mapping
VALID, LEAF, COW = 1 << 0, 0b1110, 1 << 8


def constant(name):
    """A number that arch/riscv/layout.h defines."""
    text = (SOURCE / "arch/riscv/layout.h").read_text("utf-8")
    return int(re.search(rf"#define {name} +(0x[0-9a-f]+)", text)[1], 16)


DIRECT_MAP_BASE = constant("DIRECT_MAP_BASE")
MEMORY_MAP_BASE = constant("MEMORY_MAP_BASE")
STACK_BYTES = constant("STACK_SIZE")


def value(expression):
    return gdb.parse_and_eval(expression)


def enumerator(type_name, number):
    """What an enumeration calls a number."""
    for field in gdb.lookup_type(type_name).fields():
        if field.enumval == number:
            return field.name.split("_", 1)[1].lower()
    return str(number)


def entries(ring, type_name, member):
    """The structures on a struct list; member is the list_node that links them."""
    structure = gdb.lookup_type(type_name)
    offset = next(field.bitpos // 8 for field in structure.fields() if field.name == member)
    head = int(ring["ring"].address)
    node = ring["ring"]["next"]
    while int(node) != head:
        yield gdb.Value(int(node) - offset).cast(structure.pointer()).dereference()
        node = node["next"]


def processes(process=None):
    """A process and all that descend from it, zombies included."""
    if process is None:
        first = value("init_process")
        if int(first) == 0:
            return
        process = first.dereference()
    yield process
    for family in ("children", "zombies"):
        for child in entries(process[family], "struct process", "sibling"):
            yield from processes(child)


def find_process(number):
    for process in processes():
        if int(process["id"]) == number:
            return process
    raise gdb.GdbError(f"there is no process {number}")


def online_harts():
    harts = value("harts")
    low, high = harts.type.range()
    mask = int(value("online_mask"))
    return [harts[index] for index in range(low, high + 1) if mask >> index & 1]


def find_task(number):
    for process in processes():
        if not process["zombie"]:
            for task in entries(process["threads"], "struct task", "thread_node"):
                if int(task["id"]) == number:
                    return task
    raise gdb.GdbError(f"there is no task {number}")


def current_process():
    """The process that runs on the hart that gdb's current thread stands for."""
    hart = online_harts()[gdb.selected_thread().num - 1]
    process = hart["current"]["process"]
    if int(process) == 0:
        raise gdb.GdbError("this hart runs a kernel thread: name a process")
    return process.dereference()


def space_of(whose):
    """The space that an argument of cow-pte means."""
    if whose is None:
        return current_process()["space"]
    whose = value(whose)
    if whose.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
        return whose
    return find_process(int(whose))["space"]


def name_of(structure):
    return structure["name"].string()


def symbol_of(address):
    """The function and the line of a return address, which belong to the call before it."""
    line = gdb.find_pc_line(address - 1)
    block = gdb.block_for_pc(address - 1)
    function = block.function if block else None
    while block and not function:
        block = block.superblock
        function = block.function if block else None
    place = f" at {line.symtab.filename}:{line.line}" if line.symtab else ""
    return f"{function or '?'}{place}"


class Command(gdb.Command):
    """One command; its docstring is what `help` says."""

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        self.run(*gdb.string_to_argv(argument))


class Tasks(Command):
    """Every process with its threads: number, parent, state, hart, name."""

    name = "cow-tasks"

    def run(self):
        print(f"{'pid':>6} {'parent':>6} {'tid':>6} {'state':<9} {'hart':>4} name")
        for process in processes():
            parent = process["parent"]
            numbers = f"{int(process['id']):>6} "
            numbers += f"{int(parent['id']) if int(parent) else 0:>6}"
            if process["zombie"]:
                print(f"{numbers} {'':>6} {'zombie':<9} {'':>4} {name_of(process)}")
                continue
            for task in entries(process["threads"], "struct task", "thread_node"):
                state = enumerator("enum task_state", int(task["state"]))
                tid = int(task["id"])
                print(f"{numbers} {tid:>6} {state:<9} {int(task['hart']):>4} {name_of(task)}")


class Harts(Command):
    """Every hart that is online, and the task that it runs."""

    name = "cow-harts"

    def run(self):
        for hart in online_harts():
            task = hart["current"].dereference()
            print(f"hart {int(hart['index'])} (id {int(hart['id'])}): {int(task['id'])} {name_of(task)}")


class Stack(Command):
    """cow-stack TID: what a task that does not run was doing in the kernel, innermost first."""

    name = "cow-stack"

    def run(self, number):
        task = find_task(int(number))
        words = gdb.lookup_type("unsigned long").pointer()
        top = int(task["stack"])
        address, frame = int(task["context"]["ra"]), int(task["context"]["s"][0])
        while address:
            print(f"{address:#x} {symbol_of(address)}")
            if not 0 < top - frame < STACK_BYTES or frame % 16:
                break
            # Below the frame pointer lie the return address and the caller's frame pointer.
            saved = gdb.Value(frame).cast(words)
            address, frame = int(saved[-1]), int(saved[-2])


class Trace(Command):
    """The last events of each hart, the latest last."""

    name = "cow-trace"

    def run(self):
        for hart in online_harts():
            trace = value("traces")[int(hart["index"])]
            size = trace["event"].type.range()[1] + 1
            print(f"hart {int(hart['index'])}, {int(trace['next'])} events")
            for number in range(max(0, int(trace["next"]) - size), int(trace["next"])):
                event = trace["event"][number % size]
                values = f"{int(event['a']):#x} {int(event['b']):#x}"
                print(f"  {int(event['time'])} {event['name'].string()} {values}")


def describe_page(frame):
    """One line about a frame, from its struct page."""
    page = gdb.lookup_type("struct page").pointer()
    page = (gdb.Value(MEMORY_MAP_BASE).cast(page) + frame).dereference()
    kind = enumerator("enum page_kind", int(page["kind"]))
    order = f", order {int(page['order'])}" if kind in ("free", "slab") else ""
    where = f"struct page at {int(page.address):#x}"
    return f"frame {frame:#x}: {kind}, count {int(page['count'])}{order}, {where}"


class Page(Command):
    """cow-page ADDRESS: the frame of a physical address, or of a pointer into the direct map."""

    name = "cow-page"

    def run(self, address):
        address = int(value(address)) & (1 << 64) - 1
        if address >= DIRECT_MAP_BASE:
            address -= DIRECT_MAP_BASE
        print(describe_page(address >> PAGE_SHIFT))


class Entry(Command):
    """cow-pte ADDRESS [PID or SPACE]: the page-table entries for a user address, from the root down.

    A space is a pointer to one; without either it is that of the process that the current hart runs.
    """

    name = "cow-pte"

    def run(self, address, whose=None):
        root = space_of(whose)["root"]
        address = int(value(address))
        frame = (int(root) - MEMORY_MAP_BASE) // size_of("struct page")
        for level in range(ROOT_LEVEL, -1, -1):
            index = address >> (PAGE_SHIFT + level * INDEX_BITS) & (1 << INDEX_BITS) - 1
            where = DIRECT_MAP_BASE + (frame << PAGE_SHIFT) + index * 8
            entry = int(gdb.Value(where).cast(gdb.lookup_type("unsigned long").pointer()).dereference())
            print(f"level {level} [{index:3}] {entry:#018x} {describe_entry(entry)}")
            frame = entry >> FRAME_SHIFT & (1 << FRAME_BITS) - 1
            if not entry & (VALID | COW) or entry & VALID and entry & LEAF:
                break
        if entry:
            print(describe_page(frame))


def size_of(type_name):
    return gdb.lookup_type(type_name).sizeof


def describe_entry(entry):
    if entry == 0:
        return "empty"
    bits = "".join(name if entry >> bit & 1 else "-" for bit, name in enumerate(BIT_NAMES))
    if not entry & VALID:
        return f"{bits[::-1]} shared table"
    return f"{bits[::-1]} {'leaf' if entry & LEAF else 'table'}"


for command in (Tasks, Harts, Stack, Trace, Page, Entry):
    command()
gdb.execute("set pagination off")
