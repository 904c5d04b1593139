/*
 * From the first C code to the first process: the order in which the kernel's parts are started.
 */
#include "arch/riscv/asid.h"
#include "arch/riscv/kmap.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/timer.h"
#include "arch/riscv/tlb.h"
#include "arch/riscv/trap.h"
#include "drivers/console.h"
#include "drivers/driver.h"
#include "drivers/log.h"
#include "drivers/panic.h"
#include "fs/init.h"
#include "fs/tty.h"
#include "lib/abi/errno.h"
#include "lib/cmdline.h"
#include "lib/fdt_board.h"
#include "lib/log.h"
#include "lib/sanitize.h"
#include "mm/cache.h"
#include "mm/fault.h"
#include "mm/memory.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/space.h"
#include "mm/stack.h"
#include "proc/alarm.h"
#include "proc/exec_layout.h"
#include "proc/init.h"
#include "proc/schedule.h"
#include "proc/task.h"
#include "proc/vdso.h"
#include "trap/fatal.h"

/* The archive that the build puts into the image. */
extern const char builtin_initramfs_start[], builtin_initramfs_end[];

static struct fdt device_tree;
static struct fdt_range initrd;
static struct cmdline command_line;

/* Until memory_init() all of memory is in the direct map, and the firmware's console works. */
static void read_device_tree(paddr_t address)
{
	const void *blob = direct_map(address);
	s64 panic_seconds;

	if (!address.value || address.value > DIRECT_MAP_SIZE - FDT_SIZE_MAX ||
		fdt_open(&device_tree, blob, FDT_SIZE_MAX) < 0)
		panic("no device tree at 0x%lx", address.value);
	if (cmdline_parse(&command_line, fdt_boot_arguments(&device_tree)) < 0)
		log_warn("the command line is too long, its end is left out");
	if (cmdline_number(&command_line, "panic", &panic_seconds))
		panic_set_timeout(panic_seconds);
	exec_layout_random = !cmdline_has(&command_line, "norandmaps");
	if (cmdline_has(&command_line, "quiet"))
		log_set_console_level(LOG_LEVEL_WARN);
	if (!fdt_initrd(&device_tree, &initrd))
		initrd.size = 0;
}

static void start_allocators(paddr_t fdt_address)
{
	struct fdt_range fdt_range = {
		.base = fdt_address.value,
		.size = fdt_total_size(direct_map(fdt_address)),
	};

	memory_init(&device_tree, fdt_range, &initrd);
	slab_init();
	fault_init();
}

static void start_time(void)
{
	u64 frequency = fdt_timebase_frequency(&device_tree);
	bool sstc = smp_extension(&device_tree, "sstc");

	if (!frequency)
		panic("the device tree has no timebase-frequency");
	if (!timer_init(frequency, sstc))
		panic("no clock can have the timebase-frequency of %lu", frequency);
	log_info("clock: %lu Hz, alarms by the %s", frequency, sstc ? "hart" : "firmware");
}

static void start_harts(void)
{
	u32 online = 1;

	for (u32 i = 1; i < hart_count(); i++) {
		void *stack = stack_alloc();
		void *emergency = stack_alloc();
		int error = stack && emergency ? smp_start(i, stack, emergency) : -ENOMEM;

		if (error)
			log_warn("hart %lu does not start: error %d", harts[i].id, error);
		else
			online++;
	}
	log_info("%u of %u harts online", online, hart_count());
}

/* After all harts have found out how many address-space numbers they have. */
static void start_numbers(void)
{
	if (cmdline_has(&command_line, "noasid"))
		asid_disable();
	if (asid_limit())
		log_info("address-space numbers: %u", asid_limit());
	else
		log_info("address-space numbers: none");
}

/* The boot loader's archive replaces the one in the image; the memory of both is released. */
static void unpack_root(void)
{
	const char *start = builtin_initramfs_start, *end = builtin_initramfs_end;

	if (initrd.size) {
		start = direct_map(PADDR(initrd.base));
		end = start + initrd.size;
		memory_release(builtin_initramfs_start, builtin_initramfs_end);
	}
	int error = initramfs_unpack(start, (size_t)(end - start));

	vdso_set_realtime(); /* the archive's files may have moved the clock */
	memory_release(start, end);
	if (error)
		log_error("initramfs: error %d, going on with what could be read", error);
}

static void start_processes(void)
{
	struct fdt_property seed = { .length = 0 };

	fdt_property(fdt_node_by_path(&device_tree, "/chosen"), "rng-seed", &seed);
	process_init(seed.value, seed.length);
}

static void hart_prepare(void)
{
	asid_probe();
	scheduler_init_hart();
	timer_init_hart();
	smp_online();
	interrupts_enable();
}

NORETURN void kernel_main(u64 hart_id, paddr_t fdt_address, paddr_t image)
{
	s64 limit = HARTS_MAX;

	sanitize_init();
	this_hart()->id = hart_id;
	image_set_physical(image);
	sbi_init();
	tlb_init();
	fatal_init();
	read_device_tree(fdt_address);
	log_info("Cowslip " COWSLIP_VERSION " on hart %lu, image at 0x%lx", hart_id, image.value);

	cmdline_number(&command_line, "maxcpus", &limit);
	smp_discover(&device_tree, hart_id, (u32)limit);
	start_time();
	start_allocators(fdt_address);
	harts[0].emergency_sp = (u64)stack_alloc();
	console_init(&device_tree, cmdline_value(&command_line, "console"));
	drivers_init(&device_tree);
	log_info("%lu KiB of memory free", page_free_total() * (PAGE_SIZE / KIB(1)));

	start_processes();
	hart_prepare();
	start_harts();
	start_numbers();
	fs_init(fdt_boot_arguments(&device_tree));
	unpack_root();
	fs_mount_system();
	alarm_start();
	if (!kernel_thread("tty", tty_console_run, NULL))
		panic("no memory for the terminal");
	sanitize_plant(cmdline_value(&command_line, "plant"));
	process_start_init(fdt_boot_arguments(&device_tree));
	scheduler_run();
}

NORETURN void hart_main(void)
{
	hart_prepare();
	scheduler_run();
}
