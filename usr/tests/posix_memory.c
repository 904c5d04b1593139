/* Memory: what is resident, locked, synchronised, advised; and bad ranges and flags. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/abi/hwprobe.h"
#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

#define LARGE_BYTES     (128ul << 20)
#define PAIR_PAGES      2048ul
#define GIVES_WAY_TRIES 30

/* Three pages, and a hole behind them. */
static char *three_pages(void)
{
	char *pages = (char *)memory_map_pages(4);

	memory_unmap_pages(pages + 3 * PAGE_BYTES, 1);
	return pages;
}

static void resident_pages(void)
{
	unsigned char resident[4];
	char *pages = three_pages();

	pages[PAGE_BYTES] = 1;
	GIVES(0, mincore, pages, 3 * PAGE_BYTES, resident);
	CHECK(!(resident[0] & 1) && (resident[1] & 1) && !(resident[2] & 1));
	GIVES(0, mlock, pages + 2 * PAGE_BYTES, 1);
	GIVES(0, mincore, pages, 3 * PAGE_BYTES, resident);
	CHECK(resident[2] & 1);
	GIVES(-ENOMEM, mincore, pages, 4 * PAGE_BYTES, resident);
	GIVES(-EINVAL, mincore, pages + 1, PAGE_BYTES, resident);
	GIVES(-EFAULT, mincore, pages, PAGE_BYTES, BAD_POINTER);
	GIVES(0, mincore, pages, 0, resident);
}

static void locked_pages(void)
{
	char *pages = three_pages();

	GIVES(0, mlock, pages, 3 * PAGE_BYTES);
	GIVES(-ENOMEM, mlock, pages, 4 * PAGE_BYTES);
	GIVES(0, mlock, pages, 0);
	GIVES(0, munlock, pages, 3 * PAGE_BYTES);
	GIVES(-ENOMEM, munlock, pages, 4 * PAGE_BYTES);
	GIVES(0, mprotect, pages, PAGE_BYTES, PROT_EXEC);
	GIVES(0, mlock, pages, PAGE_BYTES);
	GIVES(0, mprotect, pages, PAGE_BYTES, PROT_NONE);
	GIVES(-ENOMEM, mlock, pages, PAGE_BYTES);
	GIVES(0, mlock2, pages, PAGE_BYTES, MLOCK_ONFAULT);
	GIVES(-EINVAL, mlock2, pages, PAGE_BYTES, 8);
	GIVES(-EINVAL, madvise, pages, 3 * PAGE_BYTES, MADV_DONTNEED);
	GIVES(0, munlock, pages, PAGE_BYTES);
	GIVES(0, madvise, pages, 3 * PAGE_BYTES, MADV_DONTNEED);
	GIVES(-EINVAL, mlockall, 0);
	GIVES(-EINVAL, mlockall, MCL_ONFAULT);
	GIVES(-EINVAL, mlockall, 8);
}

static int resident(long page)
{
	unsigned char byte;

	GIVES(0, mincore, page, PAGE_BYTES, &byte);
	return byte & 1;
}

static void locked_in_future(void)
{
	const int both = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *pages = three_pages();
	long page, heap;

	CHECK(resident(WORKS(mmap, NULL, PAGE_BYTES, both, flags | MAP_LOCKED, -1, 0)));
	GIVES(0, mlockall, MCL_CURRENT);
	CHECK(resident((long)pages + PAGE_BYTES));
	CHECK(!resident(WORKS(mmap, NULL, PAGE_BYTES, both, flags, -1, 0)));
	GIVES(0, mlockall, MCL_FUTURE);
	page = WORKS(mmap, NULL, PAGE_BYTES, both, flags, -1, 0);
	CHECK(resident(page));
	page = WORKS(mremap, page, PAGE_BYTES, 2 * PAGE_BYTES, MREMAP_MAYMOVE);
	CHECK(resident(page + PAGE_BYTES));
	heap = (WORKS(brk, 0) + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	GIVES(heap + PAGE_BYTES, brk, heap + PAGE_BYTES);
	CHECK(resident(heap));
	GIVES(0, mlockall, MCL_FUTURE | MCL_ONFAULT);
	CHECK(!resident(WORKS(mmap, NULL, PAGE_BYTES, both, flags, -1, 0)));
}

static void synchronised_pages(void)
{
	char *pages = three_pages();

	GIVES(0, msync, pages, 3 * PAGE_BYTES, MS_SYNC);
	GIVES(0, msync, pages, 3 * PAGE_BYTES, MS_ASYNC | MS_INVALIDATE);
	GIVES(0, msync, pages, 0, MS_SYNC);
	GIVES(-ENOMEM, msync, pages, 4 * PAGE_BYTES, MS_SYNC);
	GIVES(-EINVAL, msync, pages, PAGE_BYTES, MS_SYNC | MS_ASYNC);
	GIVES(-EINVAL, msync, pages, PAGE_BYTES, 0x100);
	GIVES(-EINVAL, msync, pages + 1, PAGE_BYTES, MS_SYNC);
}

/* Locked pages cannot be invalidated. */
static void synchronised_locked_pages(void)
{
	char *pages = three_pages();

	GIVES(0, mlock, pages + 2 * PAGE_BYTES, PAGE_BYTES);
	GIVES(0, msync, pages, 2 * PAGE_BYTES, MS_INVALIDATE);
	GIVES(0, msync, pages, 3 * PAGE_BYTES, MS_SYNC);
	GIVES(-EBUSY, msync, pages, 3 * PAGE_BYTES, MS_SYNC | MS_INVALIDATE);
	GIVES(-EBUSY, msync, pages, 4 * PAGE_BYTES, MS_INVALIDATE);
	memory_unmap_pages(pages + PAGE_BYTES, 1);
	GIVES(-ENOMEM, msync, pages, 2 * PAGE_BYTES, MS_INVALIDATE);
	GIVES(-EBUSY, msync, pages, 3 * PAGE_BYTES, MS_INVALIDATE); /* the hole is reported last */
}

static void advised_pages(void)
{
	char *pages = three_pages();

	pages[PAGE_BYTES] = 1;
	GIVES(0, madvise, pages, 3 * PAGE_BYTES, MADV_POPULATE_WRITE);
	CHECK_EQUAL(pages[PAGE_BYTES], 1);
	GIVES(0, madvise, pages, 3 * PAGE_BYTES, MADV_DONTNEED);
	CHECK_EQUAL(pages[PAGE_BYTES], 0);
	GIVES(0, madvise, pages, 3 * PAGE_BYTES, MADV_WILLNEED);
	GIVES(0, madvise, pages, 0, MADV_DONTNEED);
	GIVES(-ENOMEM, madvise, pages, 4 * PAGE_BYTES, MADV_DONTNEED);
	GIVES(-EINVAL, madvise, pages + 1, PAGE_BYTES, MADV_DONTNEED);
	GIVES(-EINVAL, madvise, pages + 1, PAGE_BYTES, MADV_DONTFORK);
	GIVES(-EINVAL, madvise, pages, PAGE_BYTES, 9999);
	GIVES(-EINVAL, madvise, pages, -PAGE_BYTES, MADV_DONTNEED);
}

static void mapping_errors(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *pages = three_pages();

	GIVES(-EINVAL, mmap, NULL, 0, PROT_READ, flags, -1, 0);
	GIVES(-EINVAL, mmap, NULL, PAGE_BYTES, PROT_READ, MAP_ANONYMOUS, -1, 0);
	GIVES(-EINVAL, mmap, pages + 1, PAGE_BYTES, PROT_READ, flags | MAP_FIXED, -1, 0);
	GIVES(-EINVAL, mmap, NULL, PAGE_BYTES, PROT_READ, flags, -1, 1);
	GIVES(-EBADF, mmap, NULL, PAGE_BYTES, PROT_READ, MAP_PRIVATE, -1, 0);
	GIVES(-ENOMEM, mmap, NULL, 1ul << 62, PROT_READ, flags, -1, 0);
	GIVES(-ENOMEM, mmap, NULL, -1ul, PROT_READ, flags, -1, 0);
	GIVES(-EEXIST, mmap, pages, PAGE_BYTES, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0);
	GIVES(-EINVAL, munmap, pages + 1, PAGE_BYTES);
	GIVES(-EINVAL, munmap, pages, 0);
	GIVES(-EINVAL, munmap, pages, -PAGE_BYTES);
	GIVES(0, munmap, pages + 3 * PAGE_BYTES, PAGE_BYTES); /* nothing there */
	GIVES(-EINVAL, mprotect, pages + 1, PAGE_BYTES, PROT_READ);
	GIVES(-ENOMEM, mprotect, pages, 4 * PAGE_BYTES, PROT_READ);
	GIVES(-ENOMEM, mprotect, pages, -PAGE_BYTES, PROT_READ);
	GIVES(-EINVAL, mprotect, pages, PAGE_BYTES, 0x100);
	GIVES(0, mprotect, pages, 0, PROT_READ);
	GIVES(-EINVAL, mremap, pages + 1, PAGE_BYTES, PAGE_BYTES, 0);
	GIVES(-EINVAL, mremap, pages, PAGE_BYTES, 0, 0);
	GIVES(-EINVAL, mremap, pages, PAGE_BYTES, PAGE_BYTES, 0x100);
	GIVES(-EINVAL, mremap, pages, PAGE_BYTES, PAGE_BYTES, MREMAP_FIXED, pages);
	GIVES(-EFAULT, mremap, pages + 3 * PAGE_BYTES, PAGE_BYTES, 2 * PAGE_BYTES, MREMAP_MAYMOVE);
	GIVES(-EFAULT, mremap, pages, 4 * PAGE_BYTES, 5 * PAGE_BYTES, MREMAP_MAYMOVE);
	GIVES(-ENOMEM, mremap, pages, PAGE_BYTES, 2 * PAGE_BYTES, 0); /* no room behind */
}

/* A mapping changes its length in place. */
static void remapped_in_place(void)
{
	char *pages = (char *)memory_map_pages(4);
	const long start = (long)pages;

	memory_unmap_pages(pages + 2 * PAGE_BYTES, 2);
	pages[0] = 1;
	pages[PAGE_BYTES] = 2;
	GIVES(start, mremap, pages, 2 * PAGE_BYTES, 2 * PAGE_BYTES, 0);
	GIVES(start, mremap, pages, 2 * PAGE_BYTES, 4 * PAGE_BYTES, 0);
	CHECK_EQUAL(pages[3 * PAGE_BYTES], 0);
	pages[3 * PAGE_BYTES] = 3;
	GIVES(start, mremap, pages, 4 * PAGE_BYTES, PAGE_BYTES, 0);
	GIVES(-ENOMEM, msync, pages, 2 * PAGE_BYTES, MS_ASYNC);
	GIVES(start, mremap, pages, PAGE_BYTES, 4 * PAGE_BYTES, 0);
	CHECK_EQUAL(pages[0], 1);
	CHECK_EQUAL(pages[PAGE_BYTES], 0);
	CHECK_EQUAL(pages[3 * PAGE_BYTES], 0);
}

/* A hint is followed if there is room. */
static void mapped_where_wanted(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *pages = (char *)memory_map_pages(4);
	const long wanted = (long)pages + (long)PAGE_BYTES;

	memory_unmap_pages(pages + PAGE_BYTES, 2);
	GIVES(wanted, mmap, wanted, PAGE_BYTES, PROT_READ, flags, -1, 0);
	GIVES(wanted + (long)PAGE_BYTES, mmap, wanted + (long)PAGE_BYTES, PAGE_BYTES, PROT_READ,
		flags, -1, 0);
	CHECK(WORKS(mmap, wanted, PAGE_BYTES, PROT_READ, flags, -1, 0) != wanted);
}

/* The heap does not grow over what is mapped behind it. */
static void heap_meets_mapping(void)
{
	const long page = (long)PAGE_BYTES, end = (WORKS(brk, 0) + page - 1) & -page;

	GIVES(end, brk, end);
	GIVES(end + 2 * page, mmap, end + 2 * page, page, PROT_READ,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	GIVES(end + 1, brk, end + 1);
	GIVES(end + 1, brk, end + 3 * page);
	GIVES(end + page, brk, end + page);
}

/* How often others got the hart although the caller still wanted it. */
static long forced_switches(void)
{
	struct rusage usage;

	GIVES(0, getrusage, RUSAGE_SELF, &usage);
	return usage.ru_nivcsw;
}

/*
 * The call lasts for many turns, of which a waiting rival gets some: not only one before and one after
 * it. If the host pauses in the rival's turn, it may get none for a while; so the caller tries again.
 */
#define GIVES_WAY(call, ...)                                             \
	do {                                                             \
		bool gave_way = false;                                   \
		for (int i = 0; i < GIVES_WAY_TRIES && !gave_way; i++) { \
			long before = forced_switches();                 \
			GIVES(0, call, __VA_ARGS__);                     \
			gave_way = forced_switches() > before + 2;       \
		}                                                        \
		CHECK(gave_way);                                         \
	} while (0)

/* Others on the same hart run during a call that goes through much memory. */
static void long_calls_give_way(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	struct riscv_hwprobe *pairs = (void *)memory_map_pages(PAIR_PAGES);
	long memory = WORKS(mmap, NULL, LARGE_BYTES, PROT_READ, flags, -1, 0);
	volatile unsigned long hart = 1;
	int rival;

	GIVES(0, sched_setaffinity, 0, sizeof(hart), &hart);
	rival = tap_fork();
	if (rival == 0) {
		for (;;)
			hart++;
	}
	GIVES_WAY(madvise, memory, LARGE_BYTES, MADV_POPULATE_READ);
	GIVES_WAY(mlock, memory, LARGE_BYTES);
	GIVES_WAY(riscv_hwprobe, pairs, PAIR_PAGES * PAGE_BYTES / sizeof(*pairs), 0, NULL, 0);
	GIVES(0, kill, rival, SIGKILL);
	tap_join_killed(rival, SIGKILL);
}

/* Zero pages, which cost only page tables and time. */
#define VAST_BYTES (3ul << 30)

static void populate(void)
{
	long memory = WORKS(mmap, NULL, VAST_BYTES, PROT_READ,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	WORKS(madvise, memory, VAST_BYTES, MADV_POPULATE_READ);
}

static void long_call_can_be_killed(void)
{
	tap_check_killable(populate);
}

static const struct tap_case cases[] = {
	{ "resident-pages", resident_pages, 0 },
	{ "locked-pages", locked_pages, 0 },
	{ "locked-in-future", locked_in_future, 0 },
	{ "synchronised-pages", synchronised_pages, 0 },
	{ "synchronised-locked-pages", synchronised_locked_pages, 0 },
	{ "advised-pages", advised_pages, 0 },
	{ "memory-errors", mapping_errors, 0 },
	{ "remapped-in-place", remapped_in_place, 0 },
	{ "mapped-where-wanted", mapped_where_wanted, 0 },
	{ "heap-meets-mapping", heap_meets_mapping, 0 },
	{ "long-calls-give-way", long_calls_give_way, TAP_SLOW },
	{ "long-call-can-be-killed", long_call_can_be_killed, TAP_SLOW },
};

const struct tap_group posix_memory_group = TAP_GROUP(cases);
