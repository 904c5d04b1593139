/*
 * What /proc shows of the machine as a whole. The numbers are read without locks: each is right,
 * but they are not all from exactly the same moment.
 */
#include "arch/riscv/smp.h"
#include "arch/riscv/timer.h"
#include "drivers/clock.h"
#include "fs/mount.h"
#include "fs/procfs.h"
#include "lib/abi/time.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/ledger.h"
#include "mm/slab.h"

#define KIB_OF_PAGE          (PAGE_SIZE / KIB(1))
#define NANOSECONDS_PER_TICK (NANOSECONDS_PER_SECOND / CLOCK_TICKS_PER_SECOND)

static const char *command_line = "";

void procfs_set_command_line(const char *text)
{
	command_line = text ? text : "";
}

static int show_command_line(struct text *out, void *argument UNUSED)
{
	text_printf(out, "%s\n", command_line);
	return 0;
}

static void show_kib(struct text *out, const char *name, u64 pages)
{
	char label[20];

	snprintf(label, sizeof(label), "%s:", name);
	text_printf(out, "%-16s%8lu kB\n", label, pages * KIB_OF_PAGE);
}

/* All memory that is not free is really in use: none of it is a cache that could be dropped. */
static int show_memory(struct text *out, void *argument UNUSED)
{
	struct ledger ledger;

	ledger_read(&ledger);
	show_kib(out, "MemTotal", ledger.total);
	show_kib(out, "MemFree", ledger.pages[PAGE_FREE]);
	show_kib(out, "MemAvailable", ledger.pages[PAGE_FREE]);
	show_kib(out, "Buffers", 0);
	show_kib(out, "Cached", ledger.pages[PAGE_CACHE]);
	show_kib(out, "SwapCached", 0);
	show_kib(out, "SwapTotal", 0);
	show_kib(out, "SwapFree", 0);
	show_kib(out, "AnonPages", ledger.pages[PAGE_ANONYMOUS]);
	show_kib(out, "Shmem", ledger.pages[PAGE_CACHE]);
	show_kib(out, "Slab", ledger.pages[PAGE_SLAB]);
	show_kib(out, "SReclaimable", 0);
	show_kib(out, "SUnreclaim", ledger.pages[PAGE_SLAB]);
	show_kib(out, "PageTables", ledger.pages[PAGE_TABLE]);
	return 0;
}

/* There is no disk: nothing is ever paged or swapped. */
static int show_memory_counters(struct text *out, void *argument UNUSED)
{
	struct ledger ledger;

	ledger_read(&ledger);
	text_printf(out,
		"nr_free_pages %lu\n"
		"nr_anon_pages %lu\n"
		"nr_file_pages %lu\n"
		"nr_shmem %lu\n"
		"nr_slab_unreclaimable %lu\n"
		"nr_page_table_pages %lu\n"
		"pgpgin 0\n"
		"pgpgout 0\n"
		"pswpin 0\n"
		"pswpout 0\n",
		ledger.pages[PAGE_FREE], ledger.pages[PAGE_ANONYMOUS], ledger.pages[PAGE_CACHE],
		ledger.pages[PAGE_CACHE], ledger.pages[PAGE_SLAB], ledger.pages[PAGE_TABLE]);
	return 0;
}

static int show_ledger(struct text *out, void *argument UNUSED)
{
	struct ledger ledger;

	ledger_read(&ledger);
	for (u32 kind = 0; kind < PAGE_KINDS; kind++)
		text_printf(out, "%-12s%10lu\n", ledger_kind_name(kind), ledger.pages[kind]);
	text_printf(out, "%-12s%10lu\n", "total", ledger.total);
	return 0;
}

/* "audit" recounts everything; differences are reported on the console, and the write fails. */
static int write_ledger(void *argument UNUSED, const char *text, size_t size UNUSED)
{
	if (strcmp(text, "audit") != 0 && strcmp(text, "audit\n") != 0)
		return -EINVAL;
	return procfs_audit() ? -EIO : 0;
}

static void show_hundredths(struct text *out, u64 nanoseconds, char end)
{
	u64 hundredths = nanoseconds / (NANOSECONDS_PER_SECOND / 100);

	text_printf(out, "%lu.%02lu%c", hundredths / 100, hundredths % 100, end);
}

/* Of all harts together. */
static struct procfs_times all_times(void)
{
	struct procfs_times all = {};

	for (u32 i = 0; i < hart_count(); i++) {
		struct procfs_times one = procfs_times(i);

		all.user += one.user;
		all.system += one.system;
		all.idle += one.idle;
	}
	return all;
}

static int show_uptime(struct text *out, void *argument UNUSED)
{
	show_hundredths(out, time_now(), ' ');
	show_hundredths(out, all_times().idle, '\n');
	return 0;
}

static int show_load(struct text *out, void *argument UNUSED)
{
	struct procfs_load load;

	procfs_load(&load);
	for (size_t i = 0; i < ARRAY_SIZE(load.average); i++)
		text_printf(out, "%lu.%02lu ", load.average[i] / 100, load.average[i] % 100);
	text_printf(out, "%u/%u %d\n", load.running, load.tasks, load.last_pid);
	return 0;
}

static void show_times(struct text *out, const char *label, struct procfs_times times)
{
	text_printf(out, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", label, times.user / NANOSECONDS_PER_TICK,
		times.system / NANOSECONDS_PER_TICK, times.idle / NANOSECONDS_PER_TICK);
}

static int show_statistics(struct text *out, void *argument UNUSED)
{
	struct procfs_load load;
	u64 boot = atomic_load_explicit(&clock_realtime_offset, memory_order_relaxed);
	char label[8];

	procfs_load(&load);
	show_times(out, "cpu ", all_times());
	for (u32 i = 0; i < hart_count(); i++) {
		snprintf(label, sizeof(label), "cpu%u", i);
		show_times(out, label, procfs_times(i));
	}
	text_printf(out, "ctxt %lu\n", load.context_switches);
	text_printf(out, "btime %lu\n", boot / NANOSECONDS_PER_SECOND);
	text_printf(out, "processes %lu\n", load.forks);
	text_printf(out, "procs_running %u\n", load.running);
	text_printf(out, "procs_blocked 0\n");
	return 0;
}

/* Programs may rely on the same instructions on every hart: RV64GC. */
static int show_harts(struct text *out, void *argument UNUSED)
{
	u64 online = harts_online();

	for (u32 index = 0; index < hart_count(); index++) {
		if (!(online & BIT(index)))
			continue;
		text_printf(out, "processor\t: %u\n", index);
		text_printf(out, "hart\t\t: %lu\n", harts[index].id);
		text_printf(out, "isa\t\t: rv64imafdc_zicsr_zifencei\n");
		text_printf(out, "mmu\t\t: sv39\n\n");
	}
	return 0;
}

static int show_version(struct text *out, void *argument UNUSED)
{
	text_printf(out, "Cowslip version " COWSLIP_VERSION " (clang " __clang_version__ ")\n");
	return 0;
}

static void show_slab_cache(const struct slab_usage *usage, void *out)
{
	text_printf(out, "%-16s %6u %6u %6u %6u\n", usage->name, usage->used, usage->total,
		usage->object_size, usage->pages);
}

/* Fewer columns than on Linux, but in the same order. */
static int show_slabs(struct text *out, void *argument UNUSED)
{
	text_printf(out, "# name        <active_objs> <num_objs> <objsize> <pages>\n");
	slab_for_each(show_slab_cache, out);
	return 0;
}

const struct pseudo_file procfs_system_files[] = {
	{ "cmdline", PERMISSIONS_READ, .show = show_command_line },
	{ "cpuinfo", PERMISSIONS_READ, .show = show_harts },
	{ "filesystems", PERMISSIONS_READ, .show = file_system_show },
	{ "ledger", PERMISSIONS_WRITE, .show = show_ledger, .write = write_ledger },
	{ "loadavg", PERMISSIONS_READ, .show = show_load },
#if COWSLIP_DEBUG
	{ "lock-check", PERMISSIONS_WRITE, .write = procfs_plant_lock_mistake },
#endif
	{ "meminfo", PERMISSIONS_READ, .show = show_memory },
	{ "mounts", PERMISSIONS_READ, .show = mount_show },
	{ "slabinfo", PERMISSIONS_READ, .show = show_slabs },
	{ "stat", PERMISSIONS_READ, .show = show_statistics },
	{ "uptime", PERMISSIONS_READ, .show = show_uptime },
	{ "version", PERMISSIONS_READ, .show = show_version },
	{ "vmstat", PERMISSIONS_READ, .show = show_memory_counters },
	{},
};
