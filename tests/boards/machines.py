"""The boards' machines: which QEMU, firmware and device tree stand in for which board.

A machine is a command line for QEMU and what to expect of it. Making one may fetch packages;
debian.Unavailable says why a machine is not available here.
"""

import errno
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import typing

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "linux")]

import debian  # noqa: E402

QEMU = "qemu-system-riscv64"
SILENT_CARD_QEMU = 10  # Debian 13's 10.0: `mmc dev 0` in U-Boot waits for ever
NEWER_DEBIAN = debian.Release("bookworm-backports", "amd64")
TEXT_OFFSET_AT = 8  # in the Image's header
TEXT_OFFSET_T7 = 0x10000000
IMAGE_AT = 0x80400000  # where loaded()'s boot loader has the Image
TREE_AT = 0x90000000
NO_SUCH_ADDRESS = 1 << 62
SBI_HSM = 0x48534D
SBI_IPI = 0x735049
SBI_RFENCE = 0x52464E43
SBI_RESET = 0x53525354
SBI_TIMER = 0x54494D45
SBI_OTHER = 1 << 31  # no extension has a number with this bit
COW_CASES = "simple three file forkfork bits-child-writes snapshot siblings shared-mapping"


class Machine(typing.NamedTuple):
    command: list
    harts: int  # how many must come up
    console: str  # the name of the port's node; empty: the firmware's console
    boot_harts: str = r"\d+"  # which of them may be the first, as a pattern
    suites: tuple = ("boot", f"cow {COW_CASES}")
    shows: tuple = ()  # what the console must have shown before the prompt, as patterns
    hides: tuple = ()  # what it must not have shown
    power: bool = True  # it can be switched off
    loader: tuple = ()  # what is typed to the boot loader: (what it shows first, the line)


# Firmware and QEMU


def opensbi():
    """OpenSBI 1.6, which has the debug console; QEMU 7.2 comes with 1.1, which has not."""
    folder = debian.unpacked("opensbi")
    return folder / "usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin"


def opensbi_without(folder, *extensions):
    """OpenSBI 1.6 without the extensions of these numbers, which are changed in its tables."""
    firmware = opensbi().read_bytes()
    for extension in extensions:
        number = struct.pack("<Q", extension)
        if number not in firmware:
            raise debian.Unavailable(f"OpenSBI has no extension {extension:#x}")
        firmware = firmware.replace(number, struct.pack("<Q", extension | SBI_OTHER))
    path = folder / "firmware"
    path.write_bytes(firmware)
    return path


def u_boot(package, board):
    return debian.unpacked(package) / "usr/lib/u-boot" / board / "u-boot.bin"


def newer_qemu():
    """QEMU 10, the first that can leave the A and D bits to software. (command, its data)"""
    installed = shutil.which(QEMU)
    if installed and qemu_version(installed) >= 10:
        return [installed]
    program = debian.unpacked("qemu-system-riscv", release=NEWER_DEBIAN) / "usr/bin" / QEMU
    data = debian.unpacked("qemu-system-data", release=NEWER_DEBIAN) / "usr/share/qemu"
    try:
        qemu_version(program)
    except subprocess.CalledProcessError as error:
        raise debian.Unavailable(f"{program.name} 10 does not run here: {error.stderr}") from error
    return [str(program), "-L", str(data)]


def qemu_version(program):
    shown = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return int(re.search(r"version (\d+)", shown.stdout)[1])


# Device trees


def kernel_tree(name):
    """A real board's tree, from Debian's kernel package."""
    pattern = f"linux-image-*/usr/lib/linux-image-*/**/{name}"
    found = sorted(debian.cache_folder().glob(pattern))
    if not found:
        apt = debian.Apt()
        found = sorted(debian.unpacked(apt.kernel_package(), apt).glob(f"usr/lib/**/{name}"))
    if not found:
        raise debian.Unavailable(f"Debian's kernel package has no {name}")
    return found[0]


def changed_tree(folder, arguments, change):
    """The tree that QEMU makes for these arguments, its source changed by a function."""
    if not shutil.which("dtc"):
        raise debian.Unavailable("dtc is not installed")
    machine = arguments.index("-M") + 1
    arguments = list(arguments)
    raw, path = folder / "qemu.dtb", folder / "changed.dtb"
    arguments[machine] += f",dumpdtb={raw}"
    subprocess.run([QEMU, *arguments, "-display", "none"], check=True, capture_output=True)
    source = dtc(["-I", "dtb", "-O", "dts", str(raw)])
    dtc(["-I", "dts", "-O", "dtb", "-o", str(path)], change(source))
    return path


def dtc(arguments, source=None):
    return subprocess.run(
        ["dtc", "-q", *arguments], check=True, capture_output=True, text=True, input=source
    ).stdout


def replaced(source, pattern, text, count=1):
    changed, number = re.subn(pattern, text, source, count, re.S)
    if not number:
        raise ValueError(f"the device tree has no {pattern}")
    return changed


# The machines. Options: image, card, and a folder for their own files.


def virt(options, *more, harts=4, memory="1G", bios="default"):
    command = [QEMU, "-M", "virt", "-smp", str(harts), "-m", memory, "-nographic"]
    return [*command, "-bios", str(bios), "-kernel", str(options.image), *more]


def t1(options):
    """virt, old firmware without a debug console."""
    return Machine(virt(options), 4, "uart@10000000|serial@10000000")


def t1b(options):
    """virt, new firmware, whose own memory must not be mapped."""
    return Machine(virt(options, bios=opensbi()), 4, "uart@10000000|serial@10000000")


def t1_sbi(options):
    """virt, on the firmware's console with its debug-console extension."""
    return Machine(virt(options, "-append", "console=sbi earlycon=sbi", bios=opensbi()), 4, "")


def t1_legacy(options):
    """virt, on the firmware's console with the legacy calls."""
    return Machine(virt(options, "-append", "console=hvc0"), 4, "")


def t1_noasid(options):
    """virt, as if it had no address-space numbers, like the real U74."""
    return Machine(
        virt(options, "-append", "noasid"),
        4,
        "uart@10000000|serial@10000000",
        suites=("boot", "cow -q"),
        shows=("address-space numbers: none",),
    )


def t1_fu740(options):
    """virt with cores that claim to be the FU740's: their erratum is worked around."""
    numbers = "mvendorid=0x489,marchid=0x8000000000000007,mimpid=0x20181004"
    return Machine(
        virt(options, "-append", "noasid", "-cpu", f"rv64,{numbers}"),
        4,
        "uart@10000000|serial@10000000",
        shows=("erratum CIP-1200",),
    )


def t1_jh7110(options):
    """virt with cores that claim to be the JH7110's, which do not have that erratum."""
    numbers = "mvendorid=0x489,marchid=0x8000000000000007,mimpid=0x4210427"
    return Machine(
        virt(options, "-append", "noasid", "-cpu", f"rv64,{numbers}"),
        4,
        "uart@10000000|serial@10000000",
        hides=("erratum",),
    )


def with_card(options, image_card):
    drive = f"file={image_card},format=raw,if=none,id=card,snapshot=on"
    return ["-drive", drive, "-device", "virtio-blk-device,drive=card"]


def t2(options, card=None):
    """U-Boot on virt: partition table, extlinux, booti, initrd."""
    u_boot_image = u_boot("u-boot-qemu", "qemu-riscv64_smode")
    command = virt(options, *with_card(options, card or options.card))
    command[command.index("-kernel") + 1] = str(u_boot_image)
    return Machine(
        command, 4, "uart@10000000|serial@10000000", shows=("Retrieving file: /initramfs.cpio",)
    )


def t2_tftp(options):
    """U-Boot by hand, as when porting: files come by TFTP, booti starts them."""
    shutil.copyfile(options.image, options.folder / "Image")
    shutil.copyfile(options.initrd, options.folder / "initramfs.cpio")
    network = f"user,id=net,tftp={options.folder}"
    command = virt(options, "-netdev", network, "-device", "virtio-net-device,netdev=net")
    command[command.index("-kernel") + 1] = str(u_boot("u-boot-qemu", "qemu-riscv64_smode"))
    lines = (
        "setenv autoload no; dhcp",
        "tftpboot ${kernel_addr_r} Image",
        "tftpboot ${ramdisk_addr_r} initramfs.cpio",
        "setenv bootargs console=ttyS0,115200 earlycon=sbi",
        "booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}",
    )
    return Machine(
        command,
        4,
        "uart@10000000|serial@10000000",
        loader=(("Hit any key", " "), *(("=> $", line + "\r") for line in lines)),
    )


def t3(options):
    """HiFive Unleashed: hart 0 without MMU, trapped rdtime, SiFive's UART."""
    command = [QEMU, "-M", "sifive_u", "-smp", "5", "-m", "1G", "-nographic", "-bios", "default"]
    return Machine(
        [*command, "-kernel", str(options.image)], 4, "serial@10010000", "[1-4]", power=False
    )


def t4(options):
    """The same with U-Boot from an SD card: its tree says that hart 0 is okay."""
    if qemu_version(QEMU) == SILENT_CARD_QEMU:
        raise debian.Unavailable("QEMU's SD card on a serial bus does not answer U-Boot")
    command = [QEMU, "-M", "sifive_u", "-smp", "5", "-m", "8G", "-nographic", "-bios"]
    command += [str(opensbi()), "-kernel", str(u_boot("u-boot-sifive", "sifive_unleashed"))]
    command += ["-drive", f"file={options.card},format=raw,if=sd,snapshot=on"]
    return Machine(
        command,
        4,
        "serial@10010000",
        "[1-4]",
        shows=("Found /extlinux/extlinux.conf", "Retrieving file: /initramfs.cpio"),
        power=False,
    )


def t6(options):
    """PolarFire Icicle: registers four bytes apart, memory above 64 GiB, no way to power off."""
    command = [QEMU, "-M", "microchip-icicle-kit", "-smp", "5", "-m", "3G", "-display", "none"]
    command += ["-serial", "null", "-serial", "stdio", "-kernel", str(options.image)]
    command += ["-dtb", str(kernel_tree("mpfs-icicle-kit.dtb"))]
    return Machine(command, 4, "serial@20100000", "[1-4]", power=False)


def t7(options):
    """U-Boot puts the kernel 256 MiB above the start of memory, as the kernel's header asks."""
    image = bytearray(pathlib.Path(options.image).read_bytes())
    struct.pack_into("<Q", image, TEXT_OFFSET_AT, TEXT_OFFSET_T7)
    moved = options.folder / "Image"
    moved.write_bytes(image)
    card = options.folder / "moved.img"
    subprocess.run(
        [sys.executable, str(TESTS.parent / "tools" / "sdcard.py"), "--kernel", str(moved)]
        + ["--initrd", str(options.initrd), "--output", str(card)],
        check=True,
    )
    machine = t2(options, card)
    return machine._replace(shows=(*machine.shows, "image at 0x90000000"))


def t8(options):
    """Hardware that has only Sv39, and faults if A or D needs to be set; the whole cow suite."""
    harts = "rv64,sv39=on,sstc=off,svadu=off,svade=on,h=off,zbc=off,zbs=off,zicbom=off,zicboz=off"
    command = [*newer_qemu(), *virt(options, "-cpu", harts, bios=opensbi())[1:]]
    return Machine(command, 4, "uart@10000000|serial@10000000", suites=("boot", "cow"))


def c906(options):
    """T-Head's core: an older privileged architecture, only Sv39."""
    command = [*newer_qemu(), *virt(options, "-cpu", "thead-c906", bios=opensbi())[1:]]
    return Machine(command, 4, "serial@10000000")


def t9(options):
    """Hart 0 is disabled, so that the hart numbers have a gap."""

    def disable(source):
        return replaced(source, r'(cpu@0 \{.*?status = )"okay"', r'\1"disabled"')

    tree = changed_tree(options.folder, virt(options)[1:], disable)
    command = virt(options, "-dtb", str(tree))
    return Machine(command, 3, "uart@10000000|serial@10000000", "[1-3]")


def no_sstc(options):
    """One hart has no comparator of its own: then none uses its own."""

    def change(source):
        return replaced(source, r'(cpu@3 \{.*?riscv,isa = "[^"]*?)_sstc', r"\1")

    command = virt(options, "-dtb", str(changed_tree(options.folder, virt(options)[1:], change)))
    shows = ("alarms by the firmware",)
    return Machine(
        command, 4, "uart@10000000|serial@10000000", suites=("boot",), shows=shows
    )


def no_messages(options):
    """Firmware without calls to interrupt other harts or to flush there: only one hart may run."""
    firmware = opensbi_without(options.folder, SBI_IPI, SBI_RFENCE)
    return Machine(
        virt(options, bios=firmware),
        1,
        "uart@10000000|serial@10000000",
        shows=("hart . does not start", "1 of 4 harts online"),
    )


def base_only(options):
    """Firmware with only the oldest calls left, apart from the console's."""
    extensions = (SBI_HSM, SBI_IPI, SBI_RFENCE, SBI_RESET, SBI_TIMER)
    firmware = opensbi_without(options.folder, *extensions)
    return Machine(
        virt(options, "-cpu", "rv64,sstc=off", bios=firmware),
        1,
        "uart@10000000|serial@10000000",
        shows=("hart . does not start", "1 of 4 harts online", "alarms by the firmware"),
    )


def lost(options):
    """The tree lists a hart that never comes up."""
    tree = changed_tree(options.folder, virt(options)[1:], lambda source: source)
    command = virt(options, "-dtb", str(tree), harts=3)
    return Machine(
        command,
        3,
        "uart@10000000|serial@10000000",
        suites=(f"cow {COW_CASES}",),
        shows=(r"hart 3 does not start", "3 of 4 harts online"),
    )


def banks(options):
    """Several memory banks with holes between them, one above 64 GiB, one of size 0."""

    def scatter(source):
        source = replaced(source, r"memory@80000000 \{.*?\};", "")
        cells = [0x0, 0x80000000, 0x0, 0x8000000]  # 128 MiB, the image's
        cells += [0x0, 0x90000000, 0x0, 0x1001000]  # 16 MiB and a page
        cells += [0x0, 0xA0000000, 0x0, 0x0]
        cells += [0x0, 0xB0000000, 0x0, 0x4000000]  # 64 MiB
        high = [0x12, 0x0, 0x0, 0x8000000]  # 128 MiB at 72 GiB
        nodes = "".join(
            f'memory@{name} {{ device_type = "memory"; reg = <{" ".join(map(hex, reg))}>; }};\n'
            for name, reg in (("80000000", cells), ("1200000000", high))
        )
        return replaced(source, r"\};\s*$", nodes + "};\n")

    backend = "memory-backend-ram,id=ram,size=74G,reserve=off"
    command = virt(options, "-object", backend, "-machine", "memory-backend=ram", memory="74G")
    tree = changed_tree(options.folder, virt(options)[1:], scatter)
    return Machine(
        [*command, "-dtb", str(tree)],
        4,
        "uart@10000000|serial@10000000",
        # 336 MiB in all: the descriptions of memory are small, though the holes are large.
        shows=(r"3[123]\d{4} KiB of memory free",),
    )


def with_tree(options, change, *more, **machine):
    """virt with a changed device tree."""
    tree = changed_tree(options.folder, virt(options, **machine)[1:], change)
    return virt(options, "-dtb", str(tree), "-no-reboot", *more, **machine)


def initrd_at(options, start, end, message):
    def add(source):
        words = f"linux,initrd-start = <{start}>; linux,initrd-end = <{end}>;"
        return replaced(source, r"(\n\tchosen \{)", rf"\1 {words}")

    tree = changed_tree(options.folder, virt(options)[1:], add)
    return Machine(
        virt(options, "-dtb", str(tree)),
        4,
        "uart@10000000|serial@10000000",
        suites=("boot",),
        shows=(message,),
    )


def no_initrd(options):
    """The tree names an initrd where there is no memory: the one in the image is used."""
    return initrd_at(options, "0x1 0x0", "0x1 0x1000", "initrd at 0x100000000 is not in memory")


def initrd_in_image(options):
    """The tree names an initrd inside the image: the boot loader has put one over the other."""
    message = "initrd at 0x80280000 overlaps the image"
    return initrd_at(options, "0x80280000", "0x80290000", message)


def initrd_in_tree(options):
    """The same, but the boot loader has put the initrd over the device tree."""
    return initrd_at(
        options, "0xbfdff000", "0xbfe01000", "initrd at 0xbfdff000 overlaps the device tree"
    )


def initrd_in_firmware(options):
    """The same, but the initrd would lie in the firmware's memory, which may not even be read."""
    return initrd_at(
        options, "0x80000000", "0x80010000", "initrd at 0x80000000 overlaps reserved memory"
    )


def initrd_everywhere(options):
    """The tree names an initrd that leaves no memory for anything else."""
    return initrd_at(options, "0x0 0x0", "0xffffffff 0xffffffff", "initrd at 0x0 is not in memory")


def other_uart(options, registers, error, *more, change=lambda source: source):
    """The port chosen as the console is unusable: the firmware's console stays."""

    def add(source):
        node = f'uart@0 {{ compatible = "ns16550a"; reg = <{registers}>; }};'
        source = replaced(source, r"(\n\tsoc \{.*?)(\n\t\t\S+@)", rf"\1 {node}\2")
        return change(replaced(source, r"\};\s*$", 'aliases { serial1 = "/soc/uart@0"; };};\n'))

    return Machine(
        with_tree(options, add, "-append", "console=ttyS1", *more),
        4,
        "",
        suites=("boot",),
        shows=(rf"uart: uart@0: error -{error}\b",),
    )


def bad_uart(options):
    """A second port in the tree has no registers."""
    return other_uart(options, "0x0 0x30000000 0x0 0x0", errno.EINVAL)


def far_uart(options):
    """A second port has registers at an address that no hart can reach."""
    return other_uart(options, "0x1000000 0x0 0x0 0x100", errno.ENOMEM)


def dead_uart(options):
    """A second port answers every read with ones, as a missing device may."""
    ones = "loader,addr=0xb8000000,data=0xffffffffffffffff,data-len=8"
    less = memory_is(0x80000000, 0x30000000)
    return other_uart(
        options, "0x0 0xb8000000 0x0 0x100", errno.ENODEV, "-device", ones, change=less
    )


def no_clock(options):
    """The tree gives an impossible clock frequency: a clear message, and no more."""

    def change(source):
        return replaced(source, r"timebase-frequency = <[^>]*>", "timebase-frequency = <0x1 0x0>")

    tree = changed_tree(options.folder, virt(options)[1:], change)
    command = virt(options, "-append", "panic=-1", "-dtb", str(tree), "-no-reboot")
    return Machine(command, 0, "", shows=("no clock can have the timebase-frequency of 4294967296",))


def no_memory(options):
    """The tree describes no memory: a clear message, and no more."""
    tree = changed_tree(
        options.folder,
        virt(options)[1:],
        lambda source: replaced(source, r"memory@80000000 \{.*?\};", ""),
    )
    command = virt(options, "-append", "panic=-1", "-dtb", str(tree), "-no-reboot")
    return Machine(command, 0, "", shows=("the device tree describes no memory",))


def memory_is(base, size):
    """A change of virt's tree, after which this is all the memory."""
    node = f'memory@80000000 {{ device_type = "memory"; reg = <0 {base:#x} 0 {size:#x}>; }};'
    return lambda source: replaced(source, r"memory@80000000 \{.*?\};", node)


def tree_outside(options):
    """The device tree lies in memory that it does not describe, behind what it describes."""
    return Machine(
        with_tree(options, memory_is(0x80000000, 0x10000000)),
        4,
        "uart@10000000|serial@10000000",
        suites=("boot",),
        shows=(r"2[45]\d{4} KiB of memory free",),
    )


def image_outside(options):
    """The same for the kernel's image, which lies before the memory described."""
    return Machine(
        with_tree(options, memory_is(0x90000000, 0x10000000)),
        4,
        "uart@10000000|serial@10000000",
        suites=("boot",),
        shows=("the image at 0x80200000 is not in memory",),
    )


def loaded(options, *more, address=IMAGE_AT, tree=None, memory="1G"):
    """virt with a boot loader that starts the Image at any address, with any device tree address."""
    code = [
        0x00000297,  # auipc t0, 0
        0x0102B303,  # ld    t1, 16(t0)
        0x00000013 if tree is None else 0x0182B583,  # ld    a1, 24(t0)
        0x00030067,  # jr    t1
    ]
    loader = options.folder / "loader"
    loader.write_bytes(struct.pack("<4L2Q", *code, address, tree or 0))
    command = virt(options, *more, memory=memory)
    command[command.index("-kernel") + 1] = str(loader)
    image = f"loader,file={options.image},addr={address:#x},force-raw=on"
    return [*command, "-device", image, "-no-reboot"]


def many_harts(options):
    """The kernel's tree, but not the firmware's, lists more harts than the kernel has room for."""
    machine = virt(options, harts=66)[1:]
    tree = changed_tree(options.folder, machine, lambda source: source)
    place = f"loader,file={tree},addr={TREE_AT:#x},force-raw=on"
    return Machine(
        loaded(options, "-device", place, tree=TREE_AT),
        4,
        "uart@10000000|serial@10000000",
        shows=("2 harts are more than", r"hart \d+ does not start", "4 of 64 harts online"),
    )


def odd_place(options):
    """The Image does not lie at a multiple of 2 MiB."""
    command = loaded(options, address=IMAGE_AT + 0x1000)
    return Machine(command, 0, "", shows=("Cowslip cannot run here",), power=False)


def odd_place_dbcn(options):
    """The same with new firmware."""
    command = loaded(options, address=IMAGE_AT + 0x1000)
    command[command.index("-bios") + 1] = str(opensbi())
    return Machine(command, 0, "", shows=("Cowslip cannot run here",), power=False)


def no_room(options):
    """The Image fits into memory, but not the room that it needs behind itself."""
    size = pathlib.Path(options.image).stat().st_size
    command = loaded(options, address=0xC0000000, memory=f"{(0x40000000 + size) // 1024 + 8}K")
    return Machine(command, 0, "", shows=("Cowslip cannot run here",), power=False)


def no_sv39(options):
    """Harts without an MMU."""
    command = loaded(options, "-cpu", "rv64,mmu=off")
    return Machine(command, 0, "", shows=("Cowslip cannot run here",), power=False)


def no_tree(options):
    """The boot loader gives no device tree."""
    return Machine(loaded(options, tree=0), 0, "", shows=("no device tree at 0x0",), power=False)


def tree_nowhere(options):
    """The boot loader gives an impossible address of the device tree."""
    command = loaded(options, tree=NO_SUCH_ADDRESS)
    return Machine(command, 0, "", shows=(f"no device tree at {NO_SUCH_ADDRESS:#x}",), power=False)


def no_clock_waits(options):
    """The same with a panic that should wait before it restarts the machine: it cannot wait."""
    machine = no_clock(options)
    words = machine.command.index("-append") + 1
    machine.command[words] = "panic=1"
    return machine


MACHINES = {
    "t1": t1,
    "t1b": t1b,
    "t1-sbi": t1_sbi,
    "t1-legacy": t1_legacy,
    "t1-noasid": t1_noasid,
    "t1-fu740": t1_fu740,
    "t1-jh7110": t1_jh7110,
    "t2": t2,
    "t2-tftp": t2_tftp,
    "t3": t3,
    "t4": t4,
    "t6": t6,
    "t7": t7,
    "t8": t8,
    "t9": t9,
    "c906": c906,
    "no-sstc": no_sstc,
    "no-messages": no_messages,
    "base-only": base_only,
    "many-harts": many_harts,
    "lost": lost,
    "banks": banks,
    "no-initrd": no_initrd,
    "initrd-in-image": initrd_in_image,
    "initrd-in-tree": initrd_in_tree,
    "initrd-in-firmware": initrd_in_firmware,
    "initrd-everywhere": initrd_everywhere,
    "tree-outside": tree_outside,
    "image-outside": image_outside,
    "odd-place": odd_place,
    "odd-place-dbcn": odd_place_dbcn,
    "no-room": no_room,
    "no-sv39": no_sv39,
    "no-tree": no_tree,
    "tree-nowhere": tree_nowhere,
    "bad-uart": bad_uart,
    "far-uart": far_uart,
    "dead-uart": dead_uart,
    "no-clock": no_clock,
    "no-clock-waits": no_clock_waits,
    "no-memory": no_memory,
}
