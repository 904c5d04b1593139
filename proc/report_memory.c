/*
 * /proc/<pid>/{maps,smaps,statm,pagemap,cow,frames}, in Linux's formats where Linux has them.
 */
#include "fs/procfs.h"
#include "fs/wait.h"
#include "lib/abi/cowslip.h"
#include "lib/abi/errno.h"
#include "lib/abi/pagemap.h"
#include "lib/string.h"
#include "mm/report.h"
#include "mm/space.h"
#include "mm/uaccess.h"
#include "proc/credentials.h"
#include "proc/exec_stack.h"
#include "proc/report.h"
#include "proc/task.h"

#define NAME_COLUMN 73 /* of a line in maps */

/* How many pages are described before other tasks may have the hart, and the tallies. */
#define RECORDS_AT_ONCE 32768UL

static u64 kib(u64 bytes)
{
	return bytes / KIB(1);
}

/* A region's line in maps, which is also the first of its lines in smaps. */
static void show_region(struct text *out, const struct region_report *region)
{
	size_t start = out->size, width;

	text_printf(out, "%08lx-%08lx %c%c%c%c %08lx 00:%02x %lu", region->start, region->end,
		region->flags & REGION_READ ? 'r' : '-', region->flags & REGION_WRITE ? 'w' : '-',
		region->flags & REGION_EXECUTE ? 'x' : '-',
		region->flags & REGION_SHARED ? 's' : 'p', region->offset, region->inode != 0,
		region->inode);
	width = out->size - start;
	if (region->name[0])
		text_printf(out, "%*s", width < NAME_COLUMN ? (int)(NAME_COLUMN - width) : 1, "");
	text_append_name(out, region->name, "\n");
	text_printf(out, "\n");
}

int report_show_maps(struct text *out, void *argument)
{
	SPACE_HELD struct space *space = process_space_get(argument);
	struct region_report region;
	u64 address = out->next;

	if (!space)
		return 0;
	while (!text_pauses(out, address) && report_region(space, address, &region)) {
		show_region(out, &region);
		address = region.end;
	}
	return 0;
}

static void show_usage(struct text *out, const struct memory_usage *usage)
{
	text_printf(out,
		"Rss:            %8lu kB\n"
		"Pss:            %8lu kB\n"
		"Shared_Clean:   %8lu kB\n"
		"Shared_Dirty:   %8lu kB\n"
		"Private_Clean:  %8lu kB\n"
		"Private_Dirty:  %8lu kB\n"
		"Referenced:     %8lu kB\n"
		"Anonymous:      %8lu kB\n"
		"Locked:         %8lu kB\n",
		kib(usage->resident), kib(usage->proportional), kib(usage->shared_clean),
		kib(usage->shared_dirty), kib(usage->private_clean), kib(usage->private_dirty),
		kib(usage->referenced), kib(usage->anonymous), kib(usage->locked));
}

int report_show_smaps(struct text *out, void *argument)
{
	SPACE_HELD struct space *space = process_space_get(argument);
	struct region_report region;
	u64 address = out->next;

	if (!space)
		return 0;
	report_begin(space);
	while (!text_pauses(out, address) && report_region_usage(space, address, &region)) {
		address = region.end;
		show_region(out, &region);
		text_printf(out,
			"Size:           %8lu kB\n"
			"KernelPageSize: %8lu kB\n"
			"MMUPageSize:    %8lu kB\n",
			kib(region.usage.size), kib(PAGE_SIZE), kib(PAGE_SIZE));
		show_usage(out, &region.usage);
		text_printf(out, "VmFlags:%s%s%s%s%s%s\n", region.flags & REGION_READ ? " rd" : "",
			region.flags & REGION_WRITE ? " wr" : "",
			region.flags & REGION_EXECUTE ? " ex" : "",
			region.flags & REGION_SHARED ? " sh" : "",
			region.flags & REGION_GROWS_DOWN ? " gd" : "",
			region.flags & REGION_LOCKED ? " lo" : "");
	}
	report_end();
	return 0;
}

/* All regions as if they were one. */
int report_show_smaps_rollup(struct text *out, void *argument)
{
	SPACE_HELD struct space *space = process_space_get(argument);
	struct region_report all = {}, region;
	u64 locked = 0;

	if (!space)
		return 0;
	report_begin(space);
	for (u64 address = 0; report_region_usage(space, address, &region); address = region.end) {
		if (!all.end)
			all.start = region.start;
		all.end = region.end;
		locked += region.usage.locked;
	}
	all.usage = report_total(space);
	all.usage.locked = locked;
	report_end();
	strlcpy(all.name, "[rollup]", sizeof(all.name));
	show_region(out, &all);
	show_usage(out, &all.usage);
	return 0;
}

/* Sizes that status and statm tell apart, in bytes. */
struct size_summary {
	struct memory_usage total;
	u64 data, stack, text, tables, locked;
};

static void summarise(struct space *space, struct size_summary *summary)
{
	struct region_report region;

	*summary = (struct size_summary){ .total = report_total(space) };
	for (u64 address = 0; report_region(space, address, &region); address = region.end) {
		u64 size = region.end - region.start;

		if (region.flags & REGION_LOCKED)
			summary->locked += size;
		if (region.flags & REGION_GROWS_DOWN)
			summary->stack += size;
		else if ((region.flags & (REGION_WRITE | REGION_SHARED)) == REGION_WRITE)
			summary->data += size;
		else if (region.flags & REGION_EXECUTE)
			summary->text += size;
	}
	summary->tables = report_tables(space);
}

int report_show_statm(struct text *out, void *argument)
{
	SPACE_HELD struct space *space = process_space_get(argument);
	struct size_summary summary = {};

	if (space)
		summarise(space, &summary);
	text_printf(out, "%lu %lu %lu %lu 0 %lu 0\n", summary.total.size / PAGE_SIZE,
		summary.total.resident / PAGE_SIZE,
		(summary.total.resident - summary.total.anonymous) / PAGE_SIZE,
		summary.text / PAGE_SIZE, (summary.data + summary.stack) / PAGE_SIZE);
	return 0;
}

void report_status_memory(struct text *out, struct process *process)
{
	SPACE_HELD struct space *space = process_space_get(process);
	struct size_summary summary;

	if (!space)
		return;
	summarise(space, &summary);
	text_printf(out,
		"VmSize:\t%8lu kB\n"
		"VmLck:\t%8lu kB\n"
		"VmRSS:\t%8lu kB\n"
		"RssAnon:\t%8lu kB\n"
		"RssFile:\t%8lu kB\n"
		"VmData:\t%8lu kB\n"
		"VmStk:\t%8lu kB\n"
		"VmExe:\t%8lu kB\n"
		"VmPTE:\t%8lu kB\n",
		kib(summary.total.size), kib(summary.locked), kib(summary.total.resident),
		kib(summary.total.anonymous), kib(summary.total.resident - summary.total.anonymous),
		kib(summary.data), kib(summary.stack), kib(summary.text), kib(summary.tables));
}

void report_sizes(struct process *process, u64 *size, u64 *resident)
{
	SPACE_HELD struct space *space = process_space_get(process);
	struct memory_usage total = {};

	if (space)
		total = report_total(space);
	*size = total.size;
	*resident = total.resident;
}

int report_show_cow(struct text *out, void *argument)
{
	SPACE_HELD struct space *space = process_space_get(argument);
	struct space_events events;

	if (!space)
		return -ESRCH;
	events = report_events(space);
	text_printf(out,
		"faults %lu\n"
		"copied %lu\n"
		"reused %lu\n"
		"zeroed %lu\n"
		"tables_shared %lu\n"
		"tables_copied %lu\n"
		"tables_owned %lu\n",
		events.faults, events.copied, events.reused, events.zeroed, events.tables_shared,
		events.tables_copied, events.tables_owned);
	return 0;
}

/* Frame numbers help attacks on the memory itself: only the super-user sees them. */
static bool may_see_frames(void)
{
	return capable(CAP_SYS_ADMIN);
}

/*
 * Record i, of `size` bytes, describes the page at i * PAGE_SIZE; only whole records are read, and
 * RECORDS_AT_ONCE at most.
 */
static ssize_t read_records(struct space *space, struct io *io, u64 *offset, size_t size,
	void (*describe)(struct space *space, u64 address, void *record))
{
	const u64 end = min(*offset + RECORDS_AT_ONCE * size, USER_END / PAGE_SIZE * size);
	struct frame_view record; /* the largest */
	size_t done = 0;

	while (io->left >= size && *offset < end) {
		describe(space, *offset / size * PAGE_SIZE, &record);
		if (io_write(io, &record, size) != size)
			break;
		*offset += size;
		done += size;
	}
	return io_result(io, done);
}

/* The same for as many as the caller wants. tallied: `describe` needs the tallies. */
static ssize_t read_all_records(struct space *space, struct io *io, u64 *offset, size_t size,
	void (*describe)(struct space *space, u64 address, void *record), bool tallied)
{
	ssize_t done = 0, piece;

	do {
		if (tallied)
			report_begin(space);
		piece = read_records(space, io, offset, size, describe);
		if (tallied)
			report_end();
		done += max(piece, (ssize_t)0);
	} while (piece == (ssize_t)(RECORDS_AT_ONCE * size) && wait_give_way());
	return done ? done : piece;
}

static void describe_page(struct space *space, u64 address, void *record)
{
	u64 page = report_page(space, address);

	*(u64 *)record = may_see_frames() ? page : page & ~PAGEMAP_FRAME;
}

static void describe_frame(struct space *space, u64 address, void *record)
{
	*(struct frame_view *)record = report_frame(space, address);
}

ssize_t report_read_pagemap(void *argument, struct io *io, u64 *offset)
{
	SPACE_HELD struct space *space = process_space_get(argument);

	if (!space)
		return 0;
	if (!is_aligned(*offset | io->left, sizeof(u64)))
		return -EINVAL;
	return read_all_records(space, io, offset, sizeof(u64), describe_page, true);
}

ssize_t report_read_frames(void *argument, struct io *io, u64 *offset)
{
	SPACE_HELD struct space *space = process_space_get(argument);

	if (!may_see_frames())
		return -EPERM;
	if (!space)
		return -ESRCH;
	return read_all_records(space, io, offset, sizeof(struct frame_view), describe_frame,
		false);
}
