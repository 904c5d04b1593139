/*
 * The four tests by which teaching kernels' copy-on-write exercise is graded: simple, three, file
 * and forkfork, each with the number of copied pages counted.
 */
#include <errno.h>
#include <unistd.h>

#include "usr/tests/cowtest.h"
#include "usr/tests/memory.h"

#define PARENT_TAG     0x11111111ul
#define CHILD_TAG      0x22222222ul
#define GRANDCHILD_TAG 0x33333333ul

#define FILE_ROUNDS 4

#define FORKFORK_PAGES    256
#define FORKFORK_ROUNDS   100
#define FORKFORK_CHILDREN 3
#define FORKFORK_STRIDE   16 /* the pages that a child of forkfork writes */

/* Touches two thirds of memory: fork can only succeed if it does not copy. */
static void simple_once(void)
{
	size_t pages = memory_share_pages(2, 3);
	unsigned char *memory = memory_map_pages(pages);
	struct cow_counts counts;

	memory_tag(memory, pages, PARENT_TAG);
	int pid = tap_fork();
	if (pid == 0) {
		cow_begin(&counts);
		memory_check_tag(memory, pages, PARENT_TAG);
		cow_check_copied(&counts, 0);
		_exit(0);
	}
	tap_join(pid);

	cow_begin(&counts);
	memory_tag(memory, pages, PARENT_TAG + 1);
	cow_check_copied(&counts, 0);
	memory_check_tag(memory, pages, PARENT_TAG + 1);
	memory_unmap_pages(memory, pages);
}

static void simple(void)
{
	simple_once();
	simple_once(); /* again: the first one has given everything back */
}

/* Writes the middle half, all of it shared with the child and the parent. */
static void three_grandchild(unsigned char *memory, size_t pages)
{
	unsigned char *middle = memory + pages / 4 * PAGE_BYTES;
	struct cow_counts counts;

	cow_begin(&counts);
	memory_tag(middle, pages / 2, GRANDCHILD_TAG);
	cow_check_copied(&counts, pages / 2);

	memory_check_tag(memory, pages / 4, PARENT_TAG);
	memory_check_tag(middle, pages / 2, GRANDCHILD_TAG);
	memory_check_tag(middle + pages / 2 * PAGE_BYTES, pages / 4, PARENT_TAG);
	_exit(0);
}

/* Writes the first half, once the grandchild has written and exited. */
static void three_child(unsigned char *memory, size_t pages)
{
	struct cow_counts counts;
	int pid = tap_fork();

	if (pid == 0)
		three_grandchild(memory, pages);
	tap_join(pid);

	cow_begin(&counts);
	memory_tag(memory, pages / 2, CHILD_TAG);
	cow_check_copied(&counts, pages / 2);
	memory_check_tag(memory, pages / 2, CHILD_TAG);
	memory_check_tag(memory + pages / 2 * PAGE_BYTES, pages / 2, PARENT_TAG);
	_exit(0);
}

static void three_once(void)
{
	size_t pages = memory_share_pages(1, 4) / 4 * 4;
	unsigned char *memory = memory_map_pages(pages);
	struct cow_counts counts;

	memory_tag(memory, pages, PARENT_TAG);
	int pid = tap_fork();
	if (pid == 0)
		three_child(memory, pages);
	tap_join(pid);
	memory_check_tag(memory, pages, PARENT_TAG);

	cow_begin(&counts);
	memory_tag(memory, pages, PARENT_TAG + 1);
	cow_check_copied(&counts, 0);
	memory_unmap_pages(memory, pages);
}

/* Copies that are not freed would use memory up by the third time. */
static void three(void)
{
	for (int i = 0; i < 3; i++)
		three_once();
}

static unsigned char file_page[PAGE_BYTES] __attribute__((aligned(4096)));

/* The kernel writes into the child's copy of the page, through read(). */
static void file(void)
{
	int ends[2];
	struct cow_counts counts;

	for (unsigned int i = 0; i < FILE_ROUNDS; i++) {
		unsigned char byte = (unsigned char)(i + 1);

		CHECK(pipe(ends) == 0);
		file_page[0] = 'P';
		int pid = tap_fork();
		if (pid == 0) {
			cow_begin(&counts);
			ssize_t count = read(ends[0], file_page, 1);
			cow_check_copied(&counts, 1);
			CHECK_EQUAL(count, 1);
			CHECK_EQUAL(file_page[0], byte);
			_exit(0);
		}
		CHECK(write(ends[1], &byte, 1) == 1);
		tap_join(pid);
		CHECK_EQUAL(file_page[0], 'P');
		close(ends[0]);
		close(ends[1]);
	}
}

static unsigned char forkfork_byte(size_t page)
{
	return (unsigned char)(page * 7 + 1);
}

static void forkfork_check(const unsigned char *memory)
{
	for (size_t i = 0; i < FORKFORK_PAGES; i++) {
		if (memory[i * PAGE_BYTES] != forkfork_byte(i))
			FAIL("page %lu holds %#x, not %#x", (unsigned long)i,
				memory[i * PAGE_BYTES], forkfork_byte(i));
	}
}

/* Each of the four processes of two nested forks checks all pages, then spoils some. */
static void forkfork_child(unsigned char *memory)
{
	int first = tap_fork();
	int second = tap_fork();

	forkfork_check(memory);
	for (size_t i = 0; i < FORKFORK_PAGES; i += FORKFORK_STRIDE)
		memory[i * PAGE_BYTES] = 0;
	if (second == 0)
		_exit(0);
	tap_join(second);
	if (first != 0)
		tap_join(first);
	_exit(0);
}

static void forkfork(void)
{
	unsigned char *memory = memory_map_pages(FORKFORK_PAGES);
	struct cow_counts counts;
	int children[FORKFORK_CHILDREN];

	for (size_t i = 0; i < FORKFORK_PAGES; i++)
		memory[i * PAGE_BYTES] = forkfork_byte(i);
	for (int round = 0; round < FORKFORK_ROUNDS; round++) {
		for (int i = 0; i < FORKFORK_CHILDREN; i++) {
			children[i] = tap_fork();
			if (children[i] == 0)
				forkfork_child(memory);
		}
		for (int i = 0; i < FORKFORK_CHILDREN; i++)
			tap_join(children[i]);
		forkfork_check(memory);
	}
	cow_begin(&counts);
	memory_tag(memory, FORKFORK_PAGES, PARENT_TAG);
	cow_check_copied(&counts, 0);
}

static const struct tap_case cases[] = {
	{ "simple", simple, 0 },
	{ "three", three, 0 },
	{ "file", file, 0 },
	{ "forkfork", forkfork, 0 },
};

const struct tap_group cow_lab_group = TAP_GROUP(cases);
