/*
 * Changes below shared tables. Each case is one operation, done in all arrangements: by two processes
 * or three in a chain, sharing at the top or at the last level, by the oldest, the youngest, each in
 * turn, all at once, or the oldest after the others have ended. Only those that have done it see it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/tabletest.h"

#define MIDDLE_BYTES (MIDDLE_PAGES * PAGE_BYTES)
#define PLACE_BYTES  64

enum order { OLDEST, YOUNGEST, IN_TURN, AT_ONCE, SOLE, ORDERS };

static const char *const order_names[] = { "oldest", "youngest", "in turn", "at once", "sole" };

struct operation {
	const char *name;
	void (*map)(struct area *area);
	void (*change)(struct area *area);
	void (*check)(struct area *area); /* NULL: the process does not survive the change */
};

struct arrangement {
	const struct operation *operation;
	enum level level;
	enum order order;
	unsigned int sharers;
};

/* Between the sharers and the process that directs them, which does not have the area. */
struct signals {
	struct gate ready;
	struct gate go[SHARERS_MAX];
	struct gate done;
	struct gate leave[SHARERS_MAX];
	struct gate left;
};

static unsigned char *middle(const struct area *area)
{
	return area_page(area, MIDDLE_START);
}

static void do_unmap(struct area *area)
{
	CHECK(munmap(middle(area), MIDDLE_BYTES) == 0);
}

static void check_unmapped(struct area *area)
{
	area_check_edges(area);
	area_check_hole(area);
}

static void do_protect(struct area *area)
{
	CHECK(mprotect(middle(area), MIDDLE_BYTES, PROT_READ) == 0);
}

static void check_protected(struct area *area)
{
	int zero = open("/dev/zero", O_RDONLY);

	area_check_edges(area);
	area_check_middle(area);
	for (size_t i = MIDDLE_START; i < MIDDLE_START + MIDDLE_PAGES; i += TABLE_PAGES / 8)
		CHECK_ERROR(read(zero, area_page(area, i), 1), EFAULT);
	close(zero);
}

static void do_protect_twice(struct area *area)
{
	CHECK(mprotect(middle(area), MIDDLE_BYTES, PROT_NONE) == 0);
	CHECK(mprotect(middle(area), MIDDLE_BYTES, PROT_READ | PROT_WRITE) == 0);
	memory_tag(middle(area), MIDDLE_PAGES, NEW_TAG);
}

static void check_new_tag(struct area *area)
{
	area_check_edges(area);
	memory_check_tag(middle(area), MIDDLE_PAGES, NEW_TAG);
}

/* There is no room to grow in place. */
static void do_move(struct area *area)
{
	unsigned char *moved = mremap(middle(area), MIDDLE_BYTES, 2 * MIDDLE_BYTES, MREMAP_MAYMOVE);

	CHECK(moved != MAP_FAILED);
	CHECK(moved != middle(area));
	for (size_t i = 0; i < MIDDLE_PAGES; i++)
		memory_check_tag(moved + i * PAGE_BYTES, 1, AREA_TAG + MIDDLE_START + i);
	memory_check_tag(moved + MIDDLE_BYTES, MIDDLE_PAGES, 0);
	memory_tag(moved, MIDDLE_PAGES, NEW_TAG);
}

static void do_discard(struct area *area)
{
	CHECK(madvise(middle(area), MIDDLE_BYTES, MADV_DONTNEED) == 0);
}

static void check_zeroes(struct area *area)
{
	area_check_edges(area);
	memory_check_tag(middle(area), MIDDLE_PAGES, 0);
}

static void do_replace(struct area *area)
{
	CHECK(mmap(middle(area), MIDDLE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == middle(area));
}

/* The heap gives the upper end of the area back, and grows again. */
static void do_break(struct area *area)
{
	const long bytes = (AREA_PAGES - MIDDLE_START) * PAGE_BYTES;

	CHECK(sbrk(-bytes) == area_page(area, AREA_PAGES));
	CHECK(sbrk(bytes) == middle(area));
}

static void check_break(struct area *area)
{
	area_check_range(area, 0, MIDDLE_START);
	memory_check_tag(middle(area), AREA_PAGES - MIDDLE_START, 0);
}

static void do_store(struct area *area)
{
	memory_tag(middle(area), MIDDLE_PAGES, NEW_TAG);
}

/* The kernel stores to each page of the middle, across boundaries of pages and tables. */
static void do_read(struct area *area)
{
	unsigned long words[PAGE_BYTES / sizeof(unsigned long)] = { NEW_TAG };
	int ends[2];

	CHECK(pipe(ends) == 0);
	for (size_t i = MIDDLE_START; i < MIDDLE_START + MIDDLE_PAGES; i++) {
		CHECK_EQUAL(write(ends[1], words, sizeof(words)), sizeof(words));
		CHECK_EQUAL(read(ends[0], area_page(area, i), sizeof(words)), sizeof(words));
	}
	close(ends[0]);
	close(ends[1]);
}

static void do_nothing(struct area *area)
{
	(void)area;
}

static void check_all(struct area *area)
{
	area_check_edges(area);
	area_check_middle(area);
}

static void do_execute(struct area *area)
{
	char *arguments[] = { "nop", NULL };
	char *environment[] = { NULL };

	(void)area;
	execve(tap_sibling("nop"), arguments, environment);
	FAIL("execve: errno %d", errno);
}

static void do_exit(struct area *area)
{
	(void)area;
	_exit(0);
}

static const struct operation operations[] = {
	{ "load", area_map, do_nothing, check_all },
	{ "store", area_map, do_store, check_new_tag },
	{ "munmap", area_map, do_unmap, check_unmapped },
	{ "mprotect", area_map, do_protect, check_protected },
	{ "mprotect-twice", area_map, do_protect_twice, check_new_tag },
	{ "mremap", area_map, do_move, check_unmapped },
	{ "dontneed", area_map, do_discard, check_zeroes },
	{ "map-fixed", area_map, do_replace, check_zeroes },
	{ "read", area_map, do_read, check_new_tag },
	{ "brk", area_map_heap, do_break, check_break },
	{ "smaps", area_map, view_smaps, check_new_tag },
	{ "pagemap", area_map, view_pagemap, check_new_tag },
	{ "futex", area_map, view_futex, check_new_tag },
	{ "exec", area_map, do_execute, NULL },
	{ "exit", area_map, do_exit, NULL },
};

/* The life of one sharer, once all of them exist. */
static void take_part(const struct arrangement *arrangement, struct area *area,
	struct signals *signals, unsigned int self)
{
	const struct operation *operation = arrangement->operation;
	bool acts[] = {
		[OLDEST] = self == 0,
		[YOUNGEST] = self == arrangement->sharers - 1,
		[IN_TURN] = true,
		[AT_ONCE] = true,
		[SOLE] = self == 0,
	};

	area_own_above(area, arrangement->level);
	gate_open(&signals->ready);
	gate_wait(&signals->go[self]);
	if (area->sharers == 1 && acts[arrangement->order])
		area_wait_until_alone(area);
	if (!acts[arrangement->order]) {
		gate_open(&signals->done);
	} else if (operation->check == NULL) {
		gate_open(&signals->done);
		gate_open(&signals->left);
		operation->change(area);
		FAIL("outlived %s", operation->name);
	} else {
		operation->change(area);
		operation->check(area);
		gate_open(&signals->done);
	}
	gate_wait(&signals->leave[self]);
	if (acts[arrangement->order])
		operation->check(area);
	else
		check_all(area);
	gate_open(&signals->left);
	_exit(0);
}

static void sharers_start(const struct arrangement *arrangement, struct signals *signals)
{
	struct area area;

	area.sharers = arrangement->order == SOLE ? 1 : arrangement->sharers;
	arrangement->operation->map(&area);
	for (unsigned int self = 0; self + 1 < arrangement->sharers; self++) {
		if (tap_fork() != 0)
			take_part(arrangement, &area, signals, self);
	}
	take_part(arrangement, &area, signals, arrangement->sharers - 1);
}

static void let_go(struct signals *signals, unsigned int who)
{
	gate_open(&signals->go[who]);
	gate_wait(&signals->done);
}

static void direct(const struct arrangement *arrangement, struct signals *signals)
{
	unsigned int sharers = arrangement->sharers;
	bool sole = arrangement->order == SOLE;

	for (unsigned int i = 0; i < sharers; i++)
		gate_wait(&signals->ready);
	for (unsigned int i = 1; i < sharers && sole; i++) {
		let_go(signals, i);
		gate_open(&signals->leave[i]);
		gate_wait(&signals->left);
	}
	if (arrangement->order == AT_ONCE) {
		for (unsigned int i = 0; i < sharers; i++)
			gate_open(&signals->go[i]);
		for (unsigned int i = 0; i < sharers; i++)
			gate_wait(&signals->done);
	} else {
		for (unsigned int i = 0; i < (sole ? 1 : sharers); i++)
			let_go(signals, i);
	}
	for (unsigned int i = 0; i < (sole ? 1 : sharers); i++)
		gate_open(&signals->leave[i]);
	for (unsigned int i = 0; i < (sole ? 1 : sharers); i++)
		gate_wait(&signals->left);
}

/* Runs in a process of its own, whose end closes the gates. */
static void arrange(const struct arrangement *arrangement)
{
	struct signals signals;
	char place[PLACE_BYTES];
	int director = tap_fork();

	if (director != 0) {
		tap_join(director);
		return;
	}
	snprintf(place, sizeof(place), "%u sharers, %s, %s", arrangement->sharers,
		arrangement->level == SHARED_AT_TOP ? "at the top" : "at the leaves",
		order_names[arrangement->order]);
	tap_place(place);
	gate_init(&signals.ready);
	gate_init(&signals.done);
	gate_init(&signals.left);
	for (unsigned int i = 0; i < arrangement->sharers; i++) {
		gate_init(&signals.go[i]);
		gate_init(&signals.leave[i]);
	}
	int oldest = tap_fork();
	if (oldest == 0)
		sharers_start(arrangement, &signals);
	direct(arrangement, &signals);
	tap_join(oldest);
	_exit(0);
}

static const struct operation *operation_of_case(void)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, tap_case_name()) == 0)
			return &operations[i];
	}
	FAIL("no such operation");
}

static void change(void)
{
	struct arrangement arrangement = { .operation = operation_of_case() };

	for (arrangement.sharers = 2; arrangement.sharers <= SHARERS_MAX; arrangement.sharers++) {
		for (arrangement.order = 0; arrangement.order < ORDERS; arrangement.order++) {
			arrangement.level = SHARED_AT_TOP;
			arrange(&arrangement);
			arrangement.level = SHARED_AT_LEAVES;
			arrange(&arrangement);
		}
	}
}

static const struct tap_case cases[] = {
	{ "load", change, 0 },
	{ "store", change, 0 },
	{ "munmap", change, 0 },
	{ "mprotect", change, 0 },
	{ "mprotect-twice", change, 0 },
	{ "mremap", change, 0 },
	{ "dontneed", change, 0 },
	{ "map-fixed", change, 0 },
	{ "read", change, 0 },
	{ "brk", change, 0 },
	{ "smaps", change, 0 },
	{ "pagemap", change, 0 },
	{ "futex", change, 0 },
	{ "exec", change, 0 },
	{ "exit", change, 0 },
};

const struct tap_group table_change_group = TAP_GROUP(cases);
