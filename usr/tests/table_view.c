/*
 * Views of memory below shared tables: sizes in smaps, the records of pagemap, and the words that
 * futexes use. The operations store to the middle of an area, as all its sharers may at the same
 * moment, and look before and after; table_change.c does them in all arrangements.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "lib/abi/pagemap.h"
#include "usr/tests/tabletest.h"
#include "usr/tests/thread.h"

#define SETTLE_TRIES  20000 /* milliseconds, until ended processes are gone */
#define STACK_BYTES   16384
#define PAUSE_SECONDS 20 /* that a futex waits if it is not woken */

void view_smaps(struct area *area)
{
	memory_tag(area_page(area, MIDDLE_START), MIDDLE_PAGES, NEW_TAG);
	area_check_sizes(area->start, AREA_PAGES, MIDDLE_PAGES, area->sharers);
}

static void read_pagemap(const struct area *area, unsigned long long records[AREA_PAGES])
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	const size_t size = AREA_PAGES * sizeof(*records);
	const long offset = (long)((unsigned long)area->start / PAGE_BYTES * sizeof(*records));

	CHECK(fd >= 0);
	CHECK_EQUAL(pread(fd, records, size, offset), size);
	close(fd);
	for (size_t i = 0; i < AREA_PAGES; i++)
		CHECK(records[i] == 0 || (records[i] & PAGEMAP_FRAME) != 0);
}

static bool is_alone(const struct area *area)
{
	static unsigned long long records[AREA_PAGES];
	size_t alone = 0;

	read_pagemap(area, records);
	while (alone < AREA_PAGES && (records[alone] & PAGEMAP_EXCLUSIVE) != 0)
		alone++;
	return alone == AREA_PAGES;
}

void area_wait_until_alone(const struct area *area)
{
	for (int tries = 0; !is_alone(area); tries++) {
		CHECK(tries < SETTLE_TRIES);
		sleep_milliseconds(1);
	}
}

static bool is_middle(size_t page)
{
	return page >= MIDDLE_START && page < MIDDLE_START + MIDDLE_PAGES;
}

void view_pagemap(struct area *area)
{
	static unsigned long long before[AREA_PAGES], after[AREA_PAGES];
	unsigned char *middle = area_page(area, MIDDLE_START);

	memset(after, 0, sizeof(after)); /* so that filling them causes no faults */
	read_pagemap(area, before);
	memory_tag(middle, MIDDLE_PAGES, NEW_TAG);
	read_pagemap(area, after);
	for (size_t i = 0; i < AREA_PAGES; i++) {
		bool alone = is_middle(i) || area->sharers == 1;
		unsigned long long marks = PAGEMAP_PRESENT | (alone ? PAGEMAP_EXCLUSIVE : 0);
		CHECK((before[i] & PAGEMAP_PRESENT) != 0);
		CHECK_EQUAL(after[i] & ~PAGEMAP_FRAME, marks);
		if (!is_middle(i))
			CHECK_EQUAL(after[i] & PAGEMAP_FRAME, before[i] & PAGEMAP_FRAME);
	}
	CHECK(madvise(middle, PAGE_BYTES, MADV_DONTNEED) == 0);
	read_pagemap(area, after);
	CHECK_EQUAL(after[MIDDLE_START], 0);
	memory_tag(middle, 1, NEW_TAG);
}

/* A thread that waits on the first word of a page. */
struct waiting {
	unsigned int *word;
	unsigned int tag;
	int private;
	long result;
	struct thread thread;
};

static void wait_on_word(void *argument)
{
	struct waiting *waiting = argument;
	struct timespec pause = { .tv_sec = PAUSE_SECONDS };

	waiting->result = kernel_call(SYS_futex, waiting->word, FUTEX_WAIT | waiting->private,
		waiting->tag, &pause, 0l, 0l);
}

static void waiting_start(struct waiting *waiting, void *stack_end)
{
	waiting->tag = *waiting->word;
	thread_start_on(&waiting->thread, stack_end, wait_on_word, waiting);
	tap_wait_until_asleep(waiting->thread.pid); /* its only sleep is in futex() */
}

static long wake(const struct waiting *waiting)
{
	return kernel_call(SYS_futex, waiting->word, FUTEX_WAKE | waiting->private, (long)INT_MAX,
		0l, 0l, 0l);
}

/*
 * A thread waits on a word in a shared page below a shared table; then the process makes both its
 * own. The word is still the same one, and no other process's.
 */
void view_futex(struct area *area)
{
	static unsigned char stack[STACK_BYTES] __attribute__((aligned(16)));
	const int ways[] = { FUTEX_PRIVATE_FLAG, 0 };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		unsigned char *page = area_page(area, MIDDLE_START + i * TABLE_PAGES);
		struct waiting waiting = { .word = (void *)page, .private = ways[i] };
		waiting_start(&waiting, stack + sizeof(stack));
		memory_tag(page, 1, NEW_TAG);
		CHECK_EQUAL(wake(&waiting), 1);
		thread_join(&waiting.thread);
		CHECK_EQUAL(waiting.result, 0);
	}
	memory_tag(area_page(area, MIDDLE_START), MIDDLE_PAGES, NEW_TAG);
}

/* The parent's thread already waits when the child, which has the word, too, wakes and stores. */
static void futex_across_fork(void)
{
	const int ways[] = { FUTEX_PRIVATE_FLAG, 0 };
	static unsigned char stack[STACK_BYTES] __attribute__((aligned(16)));
	struct area area;

	area_map(&area);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct waiting waiting = { .word = (void *)area_page(&area, i),
			.private = ways[i] };
		waiting_start(&waiting, stack + sizeof(stack));
		int pid = tap_fork();
		if (pid == 0) {
			CHECK_EQUAL(wake(&waiting), 0);
			memory_tag(area_page(&area, i), 1, NEW_TAG);
			CHECK_EQUAL(wake(&waiting), 0);
			_exit(0);
		}
		tap_join(pid);
		CHECK_EQUAL(waitpid(waiting.thread.pid, NULL, WNOHANG), 0);
		CHECK_EQUAL(wake(&waiting), 1);
		thread_join(&waiting.thread);
		CHECK_EQUAL(waiting.result, 0);
	}
}

static void pagemap_reads(void)
{
	unsigned char *page = memory_map_pages(2);
	unsigned char *shared =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY);
	unsigned long long record = 0;
	const long size = sizeof(record);

	CHECK(fd >= 0);
	CHECK_EQUAL(pread(fd, &record, sizeof(record), (long)page / (long)PAGE_BYTES * size), size);
	CHECK_EQUAL(record, 0);
	memory_check_tag(page, 1, 0); /* the zero page, which has no owner */
	CHECK_EQUAL(pread(fd, &record, sizeof(record), (long)page / (long)PAGE_BYTES * size), size);
	CHECK_EQUAL(record & ~PAGEMAP_FRAME, PAGEMAP_PRESENT);
	memory_tag(shared, 1, NEW_TAG);
	CHECK_EQUAL(pread(fd, &record, sizeof(record), (long)shared / (long)PAGE_BYTES * size),
		size);
	CHECK_EQUAL(record & ~PAGEMAP_FRAME, PAGEMAP_PRESENT | PAGEMAP_FILE | PAGEMAP_EXCLUSIVE);
	CHECK_ERROR(pread(fd, &record, sizeof(record) - 1, 0), EINVAL);
	CHECK_ERROR(pread(fd, &record, sizeof(record), 4), EINVAL);
	CHECK_EQUAL(pread(fd, &record, sizeof(record), 1l << 60), 0);
	close(fd);
}

static const struct tap_case cases[] = {
	{ "futex-across-fork", futex_across_fork, 0 },
	{ "pagemap-reads", pagemap_reads, 0 },
};

const struct tap_group table_view_group = TAP_GROUP(cases);
