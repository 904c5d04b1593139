/*
 * Costs and counts of shared tables: the sizes in smaps, how many tables a fork copies, and that
 * nothing is lost when many sharers end at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "usr/tests/tabletest.h"

#define TABLE_BYTES   (TABLE_PAGES * PAGE_BYTES)
#define TREE_DEPTH    6 /* 2^6 processes */
#define MAPPINGS      1000
#define STRIDED_BYTES (16384 * MIB)
#define COPIES_MAX    32 /* tables copied by a fork and by what the parent touches next */

struct turns {
	struct gate go;
	struct gate done;
};

static void take_turn(struct turns *turns)
{
	gate_open(&turns->go);
	gate_wait(&turns->done);
}

/* A region of exactly these whole tables; page number i has a tag of its own. */
static unsigned char *map_exactly(size_t tables)
{
	unsigned long size = tables * TABLE_BYTES;
	unsigned long mapping = (unsigned long)memory_map_pages((tables + 1) * TABLE_PAGES);
	unsigned long start = (mapping + TABLE_BYTES - 1) & ~(TABLE_BYTES - 1);

	if (start != mapping)
		CHECK(munmap((void *)mapping, start - mapping) == 0);
	if (mapping + TABLE_BYTES != start)
		CHECK(munmap((void *)(start + size), mapping + TABLE_BYTES - start) == 0);
	CHECK(mprotect((void *)start, size, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
	memory_tag((unsigned char *)start, tables * TABLE_PAGES, AREA_TAG);
	return (unsigned char *)start;
}

static void grandchild_counts(const unsigned char *memory, struct turns *turns)
{
	area_check_sizes(memory, AREA_PAGES, 0, 3);
	gate_open(&turns->done);
	gate_wait(&turns->go);
	_exit(0);
}

static void child_counts(unsigned char *memory, struct turns *parent)
{
	struct turns turns;

	gate_init(&turns.go);
	gate_init(&turns.done);
	area_check_sizes(memory, AREA_PAGES, 0, 2);
	gate_open(&parent->done);
	gate_wait(&parent->go);
	int pid = tap_fork();
	if (pid == 0)
		grandchild_counts(memory, &turns);
	gate_wait(&turns.done);
	area_check_sizes(memory, AREA_PAGES, 0, 3);
	gate_open(&parent->done);
	gate_wait(&parent->go);
	gate_open(&turns.go);
	tap_join(pid);
	memory_tag(memory, TABLE_PAGES / 2, NEW_TAG);
	area_check_sizes(memory, AREA_PAGES, TABLE_PAGES / 2, 2);
	gate_open(&parent->done);
	gate_wait(&parent->go);
	_exit(0);
}

/* A page that a system call writes is dirty, like one that the program writes. */
static void call_makes_dirty(void)
{
	unsigned char *page =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int zero = open("/dev/zero", O_RDONLY);

	CHECK(page != MAP_FAILED && zero >= 0);
	CHECK_EQUAL(*(volatile unsigned char *)page, 0);
	CHECK_EQUAL(sizes_at(page).dirty, 0);
	CHECK_EQUAL(read(zero, page, 1), 1);
	CHECK_EQUAL(sizes_at(page).dirty, sizes_at(page).resident);
}

/* Whichever tables are shared, the sizes are those of the pages. */
static void smaps(void)
{
	unsigned char *memory = map_exactly(AREA_TABLES);
	struct turns turns;

	gate_init(&turns.go);
	gate_init(&turns.done);
	area_check_sizes(memory, AREA_PAGES, 0, 1);
	int pid = tap_fork();
	if (pid == 0)
		child_counts(memory, &turns);
	gate_wait(&turns.done);
	area_check_sizes(memory, AREA_PAGES, 0, 2);
	take_turn(&turns);
	area_check_sizes(memory, AREA_PAGES, 0, 3);
	take_turn(&turns);
	/* The child has copied half of a table's pages, so that the parent alone has the old ones. */
	area_check_sizes(memory, AREA_PAGES, TABLE_PAGES / 2, 2);
	gate_open(&turns.go);
	tap_join(pid);
	area_check_sizes(memory, AREA_PAGES, 0, 1);
}

/* A tree of processes, in which each stores somewhere. All end at the same moment. */
static void tree(void)
{
	struct area area;
	struct gate ready;
	struct gate end;
	unsigned int self = 0;

	area_map(&area);
	gate_init(&ready);
	gate_init(&end);
	int root = tap_fork();
	if (root != 0) {
		for (int i = 0; i < 1 << TREE_DEPTH; i++)
			gate_wait(&ready);
		for (int i = 0; i < 1 << TREE_DEPTH; i++)
			gate_open(&end);
		tap_join(root);
		area_check_edges(&area);
		area_check_middle(&area);
		return;
	}
	for (unsigned int level = 0; level < TREE_DEPTH; level++)
		self = 2 * self + (tap_fork() == 0);
	for (size_t i = self; i < AREA_PAGES; i += AREA_PAGES / 8)
		memory_tag(area_page(&area, i), 1, self);
	gate_open(&ready);
	gate_wait(&end);
	_exit(0);
}

/* Limits what fork and the parent's first steps after it may copy, whatever is mapped. */
static void check_fork_is_cheap(void (*check_child)(unsigned char *memory), unsigned char *memory,
	size_t touched)
{
	struct cow_counts counts;
	struct gate stored;

	gate_init(&stored);
	cow_begin(&counts);
	int pid = tap_fork();
	if (pid == 0) {
		gate_wait(&stored);
		check_child(memory);
		_exit(0);
	}
	(void)*(volatile unsigned char *)(memory + touched);
	cow_end(&counts);
	gate_open(&stored);
	tap_join(pid);
	if (counts.tables_copied > COPIES_MAX)
		FAIL("%lu tables copied", counts.tables_copied);
	check_child(memory);
}

static void check_mappings(unsigned char *memory)
{
	for (size_t i = 0; i < MAPPINGS; i++)
		memory_check_tag(memory + i * PAGE_BYTES, 1, AREA_TAG + i);
}

/* Neighbouring pages differ in protection, so that each is a mapping. */
static void many_mappings(void)
{
	unsigned char *memory = memory_map_pages(MAPPINGS);

	for (size_t i = 0; i < MAPPINGS; i++) {
		memory_tag(memory + i * PAGE_BYTES, 1, AREA_TAG + i);
		if (i % 2)
			CHECK(mprotect(memory + i * PAGE_BYTES, PAGE_BYTES, PROT_READ) == 0);
	}
	check_fork_is_cheap(check_mappings, memory, 0);
}

static void check_strided(unsigned char *memory)
{
	for (unsigned long i = 0; i < STRIDED_BYTES / TABLE_BYTES; i++)
		memory_check_tag(memory + i * TABLE_BYTES, 1, AREA_TAG + i);
}

/* A page in each table: every table is sparse, and there are thousands. */
static void one_page_a_table(void)
{
	unsigned char *memory = mmap(NULL, STRIDED_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(memory != MAP_FAILED);
	for (unsigned long i = 0; i < STRIDED_BYTES / TABLE_BYTES; i++)
		memory_tag(memory + i * TABLE_BYTES, 1, AREA_TAG + i);
	check_fork_is_cheap(check_strided, memory, STRIDED_BYTES / 2);
}

static const struct tap_case cases[] = {
	{ "call-makes-dirty", call_makes_dirty, TAP_COWSLIP },
	{ "smaps-of-a-chain", smaps, 0 },
	{ "tree-of-64", tree, 0 },
	{ "many-mappings", many_mappings, 0 },
	{ "one-page-a-table", one_page_a_table, 0 },
};

const struct tap_group table_count_group = TAP_GROUP(cases);
