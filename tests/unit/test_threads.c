/*
 * Threads on a simulated machine (machine.h). Address spaces that share pages and page tables, each
 * used by its own thread: no other space ever sees what one stores. One address space, used by
 * several threads that store while others fork it, unmap and protect. One page cache that several
 * threads use. In the end every reference is accounted for.
 */
#include <pthread.h>

#include "lib/error.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/cache.h"
#include "mm/ledger.h"
#include "mm/page.h"
#include "mm/uaccess.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

#define THREADS 4
#define PAGES   600 /* over the border of two page tables, each with many entries in use */
#define ROUNDS  40000
#define FAMILY  3 /* the most spaces of a thread */

static const u64 base = GIB(1) - 300 * PAGE_SIZE;

struct member {
	struct space *space;
	bool mapped[PAGES];
	u64 word[PAGES];
};

struct family {
	u32 hart;
	u64 random;
	u32 wrong; /* how many wrong values were seen */
	struct member member[FAMILY];
};

static struct family families[THREADS];

static u64 address_of(u32 page)
{
	return base + page * PAGE_SIZE;
}

/* Each thread has its own random numbers. */
static u64 random_below(struct family *family, u64 limit)
{
	family->random = family->random * 6364136223846793005 + 1442695040888963407;
	return (family->random >> 33) % limit;
}

static void access_page(struct family *family, struct member *member, u32 page)
{
	bool store = random_below(family, 2);
	u64 value = family->random;
	int error = machine_access(member->space, address_of(page),
		store ? ACCESS_WRITE : ACCESS_READ, &value);

	if (!member->mapped[page])
		family->wrong += error != -EFAULT;
	else if (error)
		family->wrong++;
	else if (store)
		member->word[page] = value;
	else
		family->wrong += value != member->word[page];
}

static void unmap_pages(struct family *family, struct member *member, u32 page)
{
	u32 count = min(1 + (u32)random_below(family, 8), PAGES - page);

	family->wrong += space_unmap(member->space, address_of(page), count * PAGE_SIZE) != 0;
	for (u32 i = page; i < page + count; i++)
		member->mapped[i] = false;
}

static void map_pages(struct family *family, struct member *member, u32 page)
{
	u32 count = min(1 + (u32)random_below(family, 20), PAGES - page);
	struct region region = {
		.start = address_of(page),
		.end = address_of(page + count),
		.flags = REGION_READ | REGION_WRITE,
	};

	family->wrong += space_map(member->space, &region, MAP_REPLACE) != (s64)region.start;
	for (u32 i = page; i < page + count; i++) {
		member->mapped[i] = true;
		member->word[i] = 0;
	}
}

/* The running member dies, or gets a child, and the next one runs. */
static u32 change_family(struct family *family, u32 current)
{
	u32 next = (current + 1 + random_below(family, FAMILY - 1)) % FAMILY;
	struct member *from = &family->member[current], *to = &family->member[next];

	if (!to->space) {
		struct space *space = space_fork(from->space);

		*to = *from;
		to->space = space;
		family->wrong += !space;
	}
	space_switch(from->space, to->space);
	if (random_below(family, 2)) {
		space_put(from->space);
		from->space = NULL;
	}
	return next;
}

static void *live(void *argument)
{
	struct family *family = argument;
	u32 current = 0;

	machine_hart = family->hart;
	space_switch(NULL, family->member[0].space);
	for (u32 round = 0; round < ROUNDS; round++) {
		u32 page = random_below(family, PAGES);
		u32 what = random_below(family, 100);

		if (what < 3)
			current = change_family(family, current);
		else if (what < 5)
			unmap_pages(family, &family->member[current], page);
		else if (what < 8)
			map_pages(family, &family->member[current], page);
		else
			access_page(family, &family->member[current], page);
	}
	space_switch(family->member[current].space, NULL);
	return NULL;
}

static void make_ancestor(struct member *ancestor)
{
	const struct region region = {
		.start = address_of(0),
		.end = address_of(PAGES),
		.flags = REGION_READ | REGION_WRITE,
	};

	ancestor->space = space_create();
	CHECK_EQUAL(space_map(ancestor->space, &region, MAP_EXACT), region.start);
	space_switch(NULL, ancestor->space);
	for (u32 page = 0; page < PAGES; page++) {
		ancestor->mapped[page] = true;
		ancestor->word[page] = page + 1;
		CHECK_EQUAL(machine_access(ancestor->space, address_of(page), ACCESS_WRITE,
				    &ancestor->word[page]),
			0);
	}
	space_switch(ancestor->space, NULL);
}

static void check_member(const struct member *member)
{
	space_switch(NULL, member->space);
	for (u32 page = 0; page < PAGES; page++) {
		u64 value;
		int error = machine_access(member->space, address_of(page), ACCESS_READ, &value);

		CHECK_EQUAL(error, member->mapped[page] ? 0 : -EFAULT);
		if (!error)
			CHECK_EQUAL(value, member->word[page]);
	}
	space_switch(member->space, NULL);
}

static void families_in_parallel(void)
{
	static struct member ancestor;
	pthread_t threads[THREADS];

	memory_reclaim();
	u64 before = page_free_total();

	make_ancestor(&ancestor);
	for (u32 i = 0; i < THREADS; i++) {
		families[i] = (struct family){ .hart = i + 1, .random = i };
		families[i].member[0] = ancestor;
		families[i].member[0].space = space_fork(ancestor.space);
	}
	for (u32 i = 0; i < THREADS; i++)
		CHECK_EQUAL(pthread_create(&threads[i], NULL, live, &families[i]), 0);
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	CHECK_EQUAL(ledger_audit(), 0);
	check_member(&ancestor);
	space_put(ancestor.space);
	for (u32 i = 0; i < THREADS * FAMILY; i++) {
		struct member *member = &families[i / FAMILY].member[i % FAMILY];

		CHECK_EQUAL(families[i / FAMILY].wrong, 0);
		if (!member->space)
			continue;
		check_member(member);
		space_put(member->space);
	}
	CHECK_EQUAL(ledger_audit(), 0);
	CHECK_EQUAL(page_free_total(), before);
}

/*
 * One space, several threads: writers store ever larger numbers, each to its own word of every
 * page, alternately by stores and by system calls.
 */
#define WRITERS      2
#define FORKS        200
#define BURST        8
#define SHARED_PAGES 200
#define FILLED_PAGE  (SHARED_PAGES - 1) /* not used by the writers */

static struct shared_space {
	struct space *space;
	_Atomic bool over;
	_Atomic u32 wrong;
} shared;

static u64 word_address(u32 page, u32 writer)
{
	return address_of(page) + writer * sizeof(u64);
}

static void *write_for_ever(void *argument)
{
	u32 writer = *(u32 *)argument;

	machine_hart = 1 + writer;
	space_switch(NULL, shared.space);
	for (u64 number = 1; !atomic_load(&shared.over); number++) {
		for (u32 page = 0; page < FILLED_PAGE; page++) {
			u64 address = word_address(page, writer);
			u64 seen, stored = number;
			int error = number % 2
				? machine_access(shared.space, address, ACCESS_WRITE, &stored)
				: copy_to_user(shared.space, UADDR(address), &stored,
					  sizeof(stored));

			if (!error)
				error = machine_access(shared.space, address, ACCESS_READ, &seen);
			if (error || seen != number)
				atomic_fetch_add(&shared.wrong, 1);
		}
	}
	space_switch(shared.space, NULL);
	return NULL;
}

/* A system call fills a page again and again: a child sees each filling in full or not at all. */
static void *fill_for_ever(void *unused UNUSED)
{
	static u64 words[PAGE_SIZE / sizeof(u64)];

	machine_hart = 2 + WRITERS;
	for (u64 number = 1; !atomic_load(&shared.over); number++) {
		for (u32 i = 0; i < ARRAY_SIZE(words); i++)
			words[i] = number;
		if (copy_to_user(shared.space, UADDR(address_of(FILLED_PAGE)), words,
			    sizeof(words)))
			atomic_fetch_add(&shared.wrong, 1);
	}
	return NULL;
}

static void check_filled(struct space *space)
{
	static u64 words[PAGE_SIZE / sizeof(u64)];

	CHECK_EQUAL(copy_from_user(space, words, UADDR(address_of(FILLED_PAGE)), sizeof(words)), 0);
	for (u32 i = 1; i < ARRAY_SIZE(words); i++)
		if (!CHECK_EQUAL(words[i], words[0]))
			return;
}

/* Maps, stores, protects and unmaps next to the writers' pages, in the same page tables. */
static void *remap_for_ever(void *unused UNUSED)
{
	const struct region region = {
		.start = address_of(SHARED_PAGES),
		.end = address_of(SHARED_PAGES + 8),
		.flags = REGION_READ | REGION_WRITE,
	};
	u64 value = 1;

	machine_hart = 1 + WRITERS;
	space_switch(NULL, shared.space);
	while (!atomic_load(&shared.over)) {
		bool right = space_map(shared.space, &region, MAP_EXACT) == (s64)region.start &&
			machine_access(shared.space, region.start, ACCESS_WRITE, &value) == 0 &&
			space_protect(shared.space, region.start, 2 * PAGE_SIZE, REGION_READ) ==
				0 &&
			machine_access(shared.space, region.start, ACCESS_WRITE, &value) ==
				-EFAULT &&
			space_unmap(shared.space, region.start, 8 * PAGE_SIZE) == 0 &&
			machine_access(shared.space, region.start, ACCESS_READ, &value) == -EFAULT;

		if (!right)
			atomic_fetch_add(&shared.wrong, 1);
	}
	space_switch(shared.space, NULL);
	return NULL;
}

static u64 word_of(struct space *space, u32 index)
{
	uaddr_t address = UADDR(word_address(index / WRITERS, index % WRITERS));
	u64 word = 0;

	CHECK_EQUAL(copy_from_user(space, &word, address, sizeof(word)), 0);
	return word;
}

/* A child's memory does not change any more once fork() has returned. */
static void watch(struct space *child)
{
	static u64 first[FILLED_PAGE * WRITERS];

	CHECK(child);
	check_filled(child);
	for (u32 i = 0; i < ARRAY_SIZE(first); i++)
		first[i] = word_of(child, i);
	for (u32 i = 0; i < ARRAY_SIZE(first); i++) {
		/* A writer is at most one round further on the first page than on the others. */
		CHECK(first[i] == first[i % WRITERS] || first[i] + 1 == first[i % WRITERS]);
		CHECK_EQUAL(word_of(child, i), first[i]);
	}
	space_put(child);
}

/* A burst of forks, so that all but the first meet writers in the middle of a fault. */
static void fork_and_watch(void)
{
	struct space *children[BURST];

	for (u32 i = 0; i < BURST; i++)
		children[i] = space_fork(shared.space);
	for (u32 i = 0; i < BURST; i++)
		watch(children[i]);
}

static void one_space_in_parallel(void)
{
	const struct region region = {
		.start = address_of(0),
		.end = address_of(SHARED_PAGES),
		.flags = REGION_READ | REGION_WRITE,
	};
	u32 numbers[WRITERS];
	pthread_t writers[WRITERS], mapper, filler;

	machine_hart = 0;
	memory_reclaim();
	u64 before = page_free_total();

	shared.space = space_create();
	CHECK_EQUAL(space_map(shared.space, &region, MAP_EXACT), region.start);
	for (u32 i = 0; i < WRITERS; i++) {
		numbers[i] = i;
		pthread_create(&writers[i], NULL, write_for_ever, &numbers[i]);
	}
	pthread_create(&mapper, NULL, remap_for_ever, NULL);
	pthread_create(&filler, NULL, fill_for_ever, NULL);
	for (u32 i = 0; i < FORKS; i++)
		fork_and_watch();
	atomic_store(&shared.over, true);
	for (u32 i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	pthread_join(mapper, NULL);
	pthread_join(filler, NULL);
	CHECK_EQUAL(atomic_load(&shared.wrong), 0);
	space_put(shared.space);
	CHECK_EQUAL(ledger_audit(), 0);
	CHECK_EQUAL(page_free_total(), before);
}

/* One page cache: pages are created, looked up and removed, as files are written, read and cut. */
#define CACHE_USERS  3
#define CACHE_PAGES  4
#define CACHE_ROUNDS 60000

static struct page_cache cache;
static _Atomic u32 users_left;

static void *use_cache(void *argument)
{
	struct family *user = argument;

	machine_hart = user->hart;
	for (u32 round = 0; round < CACHE_ROUNDS; round++) {
		u64 index = random_below(user, CACHE_PAGES);
		struct page *page = random_below(user, 2) ? cache_find_or_create(&cache, index)
							  : cache_find(&cache, index);

		if (page)
			page_put(page);
	}
	atomic_fetch_sub(&users_left, 1);
	return NULL;
}

static void one_cache_in_parallel(void)
{
	struct family users[CACHE_USERS];
	pthread_t threads[CACHE_USERS];

	machine_hart = 0;
	memory_reclaim();
	u64 before = page_free_total();

	cache_init(&cache, NULL);
	users_left = CACHE_USERS;
	for (u32 i = 0; i < CACHE_USERS; i++) {
		users[i] = (struct family){ .hart = i + 1, .random = i };
		pthread_create(&threads[i], NULL, use_cache, &users[i]);
	}
	while (atomic_load(&users_left))
		cache_remove(&cache, 0, CACHE_PAGES);
	for (u32 i = 0; i < CACHE_USERS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQUAL(ledger_audit(), 0);
	cache_destroy(&cache);
	CHECK_EQUAL(ledger_audit(), 0);
	memory_reclaim();
	CHECK_EQUAL(page_free_total(), before);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "four families, one thread each", families_in_parallel },
		{ "one space: stores against fork, unmap and protect", one_space_in_parallel },
		{ "one page cache: found, made and removed", one_cache_in_parallel },
	};

	machine_start();
	return UNIT_RUN(cases);
}
