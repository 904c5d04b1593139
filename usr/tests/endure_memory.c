/* Storms of memory: mappings that change and are inherited, threads and their locks, memory hogs. */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "usr/tests/endurance.h"
#include "usr/tests/memory.h"
#include "usr/tests/thread.h"

#define MAP_PAGES     96
#define RUN_PAGES     24 /* of one change, at most */
#define CHANGES       120
#define THREADS       4
#define LOCKED_ROUNDS 400
#define HOG_LIMIT     (24 * MIB)
#define HOG_PAGES     64 /* at a time */
#define HOG_STEPS     4096

static unsigned long tags[MAP_PAGES]; /* what each page must hold */
static unsigned char *area;

static unsigned char *page_at(unsigned long page)
{
	return area + page * PAGE_BYTES;
}

static void check_area(void)
{
	for (unsigned long i = 0; i < MAP_PAGES; i++)
		memory_check_tag(page_at(i), 1, tags[i]);
}

static void store(unsigned long first, unsigned long count)
{
	unsigned long tag = storm_random();

	memory_tag(page_at(first), count, tag);
	for (unsigned long i = first; i < first + count; i++)
		tags[i] = tag;
}

/* Makes the pages zero again, by one call or the other. */
static void forget(unsigned long first, unsigned long count)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	if (storm_below(2) == 0)
		CHECK(madvise(page_at(first), count * PAGE_BYTES, MADV_DONTNEED) == 0);
	else
		CHECK(mmap(page_at(first), count * PAGE_BYTES, PROT_READ | PROT_WRITE, flags, -1,
			      0) != MAP_FAILED);
	for (unsigned long i = first; i < first + count; i++)
		tags[i] = 0;
}

static void protect(unsigned long first, unsigned long count)
{
	CHECK(mprotect(page_at(first), count * PAGE_BYTES, PROT_READ) == 0);
	memory_check_tag(page_at(first), 1, tags[first]);
	CHECK(mprotect(page_at(first), count * PAGE_BYTES, PROT_READ | PROT_WRITE) == 0);
}

/* Moves the pages to another place and back. */
static void move(unsigned long first, unsigned long count)
{
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	unsigned long size = count * PAGE_BYTES;
	unsigned char *other = memory_map_pages(count);

	CHECK(mremap(page_at(first), size, size, flags, other) == other);
	memory_check_tag(other, 1, tags[first]);
	CHECK(mremap(other, size, size, flags, page_at(first)) == page_at(first));
}

/* The child sees everything as it was at the fork, and then changes its own copy. */
static void inherit(unsigned long first, unsigned long count)
{
	int pid = storm_fork();

	if (pid == 0) {
		check_area();
		forget(first, count);
		store(0, 4);
		check_area();
		_exit(0);
	}
	store(first, count);
	storm_join(pid, 0);
}

static void change_maps(void)
{
	static void (*const changes[])(unsigned long first, unsigned long count) = { store, store,
		forget, protect, move, inherit };

	area = memory_map_pages(MAP_PAGES);
	for (unsigned int i = 0; i < CHANGES; i++) {
		unsigned long first = storm_below(MAP_PAGES);
		unsigned long most = MAP_PAGES - first < RUN_PAGES ? MAP_PAGES - first : RUN_PAGES;
		changes[storm_below(sizeof(changes) / sizeof(changes[0]))](first,
			1 + storm_below(most));
	}
	check_area();
}

static uint32_t lock_word;
static unsigned long counter;

static void lock(void)
{
	uint32_t value = 0;

	if (__atomic_compare_exchange_n(&lock_word, &value, 1, false, __ATOMIC_ACQUIRE,
		    __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(&lock_word, 2, __ATOMIC_ACQUIRE) != 0)
		kernel_call(SYS_futex, &lock_word, FUTEX_WAIT, 2, NULL, NULL, 0);
}

static void unlock(void)
{
	if (__atomic_exchange_n(&lock_word, 0, __ATOMIC_RELEASE) == 2)
		kernel_call(SYS_futex, &lock_word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void count_locked(void *unused)
{
	(void)unused;
	for (int i = 0; i < LOCKED_ROUNDS; i++) {
		lock();
		unsigned long value = counter;
		if (i % 32 == 0)
			kernel_call(SYS_sched_yield); /* others find the lock taken */
		counter = value + 1;
		unlock();
	}
}

/* No wake-up is lost, and no two threads hold the lock at once. */
static void use_threads(void)
{
	struct thread threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		thread_start(&threads[i], count_locked, NULL);
	for (int i = 0; i < THREADS; i++)
		thread_join(&threads[i]);
	CHECK_EQUAL(counter, THREADS * LOCKED_ROUNDS);
	CHECK_EQUAL(lock_word, 0);
}

/* Takes memory until there is no more: up to its own limit or, when memory is scarce, all of it. */
static void take_all(void)
{
	const struct rlimit limit = { HOG_LIMIT, HOG_LIMIT };
	static unsigned char *taken[HOG_STEPS];
	unsigned long tag = storm_random(), steps = 0;

	if (!storm_is_scarce())
		CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
	for (; steps < HOG_STEPS; steps++) {
		void *piece = mmap(NULL, HOG_PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (piece == MAP_FAILED)
			break;
		taken[steps] = piece;
		memory_tag(piece, HOG_PAGES, tag + steps);
	}
	CHECK(errno == ENOMEM);
	for (unsigned long i = 0; i < steps; i++)
		memory_check_tag(taken[i], HOG_PAGES, tag + i);
}

const struct storm memory_storms[] = {
	{ "maps", change_maps, 2, false },
	{ "threads", use_threads, 2, false },
	{ "hog", take_all, 2, true },
};

const unsigned int memory_storm_count = sizeof(memory_storms) / sizeof(memory_storms[0]);
