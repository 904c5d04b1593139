/*
 * A single page and its breaks: the frame, the count and the W and COW bits behind it, before and
 * after each break (/proc/<pid>/frames). These run on Cowslip alone; what POSIX says about the same
 * breaks is in cow_region.c.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "usr/tests/cowtest.h"
#include "usr/tests/memory.h"

#define PARENT_TAG  0x44444444ul
#define CHILD_TAG   0x55555555ul
#define GENERATIONS 5

/* Makes the process own the page table above, so that the leaf's bits are its own. */
static unsigned long load(const unsigned char *page)
{
	return *(const volatile unsigned long *)(const void *)page;
}

static void store(unsigned char *page, unsigned long value)
{
	*(volatile unsigned long *)(void *)page = value;
}

static struct frame_view look(const unsigned char *page)
{
	load(page);
	return frame_at(0, page);
}

static void check_own(const struct frame_view *view)
{
	CHECK(view->flags & FRAME_PRESENT);
	CHECK(view->flags & FRAME_WRITABLE);
	CHECK(!(view->flags & FRAME_COW));
	CHECK(!(view->flags & FRAME_ZERO));
	CHECK_EQUAL(view->count, 1);
}

static void check_shared(const struct frame_view *view, unsigned int count)
{
	CHECK(view->flags & FRAME_PRESENT);
	CHECK(!(view->flags & FRAME_WRITABLE));
	CHECK(view->flags & FRAME_COW);
	CHECK_EQUAL(view->count, count);
}

/* Two processes that take turns: the parent says "go", the child does a step and says "done". */
struct turns {
	struct gate go;
	struct gate done;
};

static void turns_init(struct turns *turns)
{
	gate_init(&turns->go);
	gate_init(&turns->done);
}

static void turns_step(struct turns *turns)
{
	gate_open(&turns->go);
	gate_wait(&turns->done);
}

static void child_writes_child(unsigned char *page, unsigned long frame, struct turns *turns)
{
	struct cow_counts counts;
	struct frame_view view = look(page);

	CHECK_EQUAL(view.frame, frame);
	gate_open(&turns->done);
	gate_wait(&turns->go);

	view = look(page);
	check_shared(&view, 2);
	CHECK_EQUAL(view.frame, frame);
	cow_begin(&counts);
	store(page, CHILD_TAG);
	cow_end(&counts);
	CHECK_EQUAL(counts.copied, 1);
	CHECK_EQUAL(counts.reused, 0);
	view = look(page);
	check_own(&view);
	CHECK(view.frame != frame);
	gate_open(&turns->done);
	gate_wait(&turns->go);
	CHECK_EQUAL(load(page), CHILD_TAG);
	_exit(0);
}

/* The child's write copies the page; the parent is then the sole owner, and writes in place. */
static void bits_child_writes(void)
{
	unsigned char *page = memory_map_pages(1);
	struct cow_counts counts;
	struct turns turns;

	turns_init(&turns);
	store(page, PARENT_TAG);
	struct frame_view own = look(page);
	check_own(&own);

	int pid = tap_fork();
	if (pid == 0)
		child_writes_child(page, own.frame, &turns);
	gate_wait(&turns.done);
	struct frame_view view = look(page);
	CHECK_EQUAL(view.frame, own.frame);
	check_shared(&view, 2);

	turns_step(&turns);
	view = look(page);
	CHECK_EQUAL(view.frame, own.frame);
	check_shared(&view, 1);

	cow_begin(&counts);
	store(page, PARENT_TAG + 1);
	cow_end(&counts);
	CHECK_EQUAL(counts.copied, 0);
	CHECK_EQUAL(counts.reused, 1);
	view = look(page);
	check_own(&view);
	CHECK_EQUAL(view.frame, own.frame);
	gate_open(&turns.go);
	tap_join(pid);
}

static void parent_writes_child(unsigned char *page, unsigned long frame, struct turns *turns)
{
	struct cow_counts counts;

	load(page);
	gate_open(&turns->done);
	gate_wait(&turns->go);
	struct frame_view view = look(page);
	check_shared(&view, 1);
	CHECK_EQUAL(view.frame, frame);
	CHECK_EQUAL(load(page), PARENT_TAG);

	cow_begin(&counts);
	store(page, CHILD_TAG);
	cow_end(&counts);
	CHECK_EQUAL(counts.copied, 0);
	CHECK_EQUAL(counts.reused, 1);
	view = look(page);
	check_own(&view);
	CHECK_EQUAL(view.frame, frame);
	_exit(0);
}

/* The other way round: the parent gets the copy, the child keeps the old frame. */
static void bits_parent_writes(void)
{
	unsigned char *page = memory_map_pages(1);
	struct cow_counts counts;
	struct turns turns;

	turns_init(&turns);
	store(page, PARENT_TAG);
	struct frame_view own = look(page);
	int pid = tap_fork();
	if (pid == 0)
		parent_writes_child(page, own.frame, &turns);
	gate_wait(&turns.done);
	struct frame_view view = look(page);
	check_shared(&view, 2);

	cow_begin(&counts);
	store(page, PARENT_TAG + 1);
	cow_end(&counts);
	CHECK_EQUAL(counts.copied, 1);
	CHECK_EQUAL(counts.reused, 0);
	view = look(page);
	check_own(&view);
	CHECK(view.frame != own.frame);
	gate_open(&turns.go);
	tap_join(pid);
	CHECK_EQUAL(load(page), PARENT_TAG + 1);
}

/* Runs in the child of each generation: the count is the number of processes that are alive. */
static void generation(unsigned char *page, unsigned int depth, unsigned long frame)
{
	struct frame_view view = look(page);

	check_shared(&view, depth + 1);
	CHECK_EQUAL(view.frame, frame);
	if (depth == GENERATIONS)
		return;
	int pid = tap_fork();
	load(page);
	if (pid == 0) {
		generation(page, depth + 1, frame);
		_exit(0);
	}
	tap_join(pid);
	view = look(page);
	check_shared(&view, depth + 1);
}

static void bits_generations(void)
{
	unsigned char *page = memory_map_pages(1);

	store(page, PARENT_TAG);
	struct frame_view own = look(page);
	int pid = tap_fork();
	load(page);
	if (pid == 0) {
		generation(page, 1, own.frame);
		_exit(0);
	}
	tap_join(pid);
	struct frame_view view = look(page);
	CHECK_EQUAL(view.frame, own.frame);
	CHECK_EQUAL(view.count, 1);
}

/* A page that was only read maps the zero page; its first write gets a zeroed page, not a copy. */
static void bits_zero_page(void)
{
	unsigned char *page = memory_map_pages(1);
	struct cow_counts counts;

	CHECK_EQUAL(load(page), 0);
	struct frame_view view = look(page);
	CHECK(view.flags & FRAME_PRESENT);
	CHECK(view.flags & FRAME_ZERO);
	CHECK(!(view.flags & FRAME_WRITABLE));
	unsigned long zero_frame = view.frame;

	int pid = tap_fork();
	if (pid == 0) {
		load(page);
		cow_begin(&counts);
		store(page, CHILD_TAG);
		cow_end(&counts);
		CHECK_EQUAL(counts.copied, 0);
		CHECK_EQUAL(counts.reused, 0);
		CHECK_EQUAL(counts.zeroed, 1);
		view = look(page);
		check_own(&view);
		CHECK(view.frame != zero_frame);
		CHECK_EQUAL(load(page), CHILD_TAG);
		_exit(0);
	}
	tap_join(pid);
	view = look(page);
	CHECK_EQUAL(view.frame, zero_frame);
	CHECK_EQUAL(load(page), 0);
}

/* A process that writes page after page gets some pages ahead, in the mapping; others do not. */
static void bits_ahead(void)
{
	enum { PAGES = 64, AHEAD = 8 };
	struct cow_counts counts;

	unsigned char *pages = memory_map_pages(PAGES);
	cow_begin(&counts);
	for (size_t i = 0; i < PAGES; i += 2)
		store(pages + i * PAGE_BYTES, PARENT_TAG);
	cow_end(&counts);
	CHECK_EQUAL(counts.zeroed, PAGES / 2);
	memory_unmap_pages(pages, PAGES);

	pages = memory_map_pages(PAGES);
	cow_begin(&counts);
	for (size_t i = 0; i < PAGES / 2; i++)
		store(pages + i * PAGE_BYTES, PARENT_TAG);
	cow_end(&counts);
	CHECK(counts.zeroed >= PAGES / 2 && counts.zeroed <= PAGES / 2 + AHEAD);
	CHECK(counts.faults <= PAGES / 4);
	for (size_t i = PAGES / 2; i < PAGES; i++) {
		CHECK_EQUAL(load(pages + i * PAGE_BYTES), 0);
		store(pages + i * PAGE_BYTES, PARENT_TAG);
	}
	memory_unmap_pages(pages, PAGES);
}

/* Text is the same frame in every process and never becomes writable. */
static void bits_text(void)
{
	const unsigned char *text = (const unsigned char *)(void *)bits_text;
	struct frame_view own = look(text);

	CHECK(own.flags & FRAME_PRESENT);
	CHECK(!(own.flags & FRAME_WRITABLE));
	int pid = tap_fork();
	if (pid == 0) {
		struct frame_view view = look(text);
		CHECK_EQUAL(view.frame, own.frame);
		CHECK(!(view.flags & FRAME_WRITABLE));
		_exit(0);
	}
	tap_join(pid);
}

/* Write-protecting and unprotecting a shared page does not make it writable behind COW's back. */
static void bits_mprotect(void)
{
	unsigned char *page = memory_map_pages(1);
	struct cow_counts counts;
	struct gate leave;

	gate_init(&leave);
	store(page, PARENT_TAG);
	int pid = tap_fork();
	if (pid == 0) {
		gate_wait(&leave);
		CHECK_EQUAL(load(page), PARENT_TAG);
		_exit(0);
	}
	CHECK(mprotect(page, PAGE_BYTES, PROT_READ) == 0);
	CHECK(mprotect(page, PAGE_BYTES, PROT_READ | PROT_WRITE) == 0);
	struct frame_view view = look(page);
	CHECK(!(view.flags & FRAME_WRITABLE));
	cow_begin(&counts);
	store(page, PARENT_TAG + 1);
	cow_check_copied(&counts, 1);
	view = look(page);
	check_own(&view);
	gate_open(&leave);
	tap_join(pid);
}

/* The parent sees its child's frames, too; and the file has an end. */
static void bits_of_another(void)
{
	unsigned char *page = memory_map_pages(1);
	struct turns turns;

	turns_init(&turns);
	store(page, PARENT_TAG);
	struct frame_view own = look(page);
	int pid = tap_fork();
	if (pid == 0) {
		store(page, CHILD_TAG);
		gate_open(&turns.done);
		gate_wait(&turns.go);
		_exit(0);
	}
	gate_wait(&turns.done);
	struct frame_view view = frame_at(pid, page);
	check_own(&view);
	CHECK(view.frame != own.frame);
	memory_unmap_pages(page, 1);
	view = frame_at(0, page);
	CHECK_EQUAL(view.flags, 0);
	CHECK_EQUAL(view.frame, 0);
	gate_open(&turns.go);
	tap_join(pid);
}

static const struct tap_case cases[] = {
	{ "bits-child-writes", bits_child_writes, TAP_COWSLIP },
	{ "bits-parent-writes", bits_parent_writes, TAP_COWSLIP },
	{ "bits-generations", bits_generations, TAP_COWSLIP },
	{ "bits-zero-page", bits_zero_page, TAP_COWSLIP },
	{ "bits-ahead", bits_ahead, TAP_COWSLIP },
	{ "bits-text", bits_text, TAP_COWSLIP },
	{ "bits-mprotect", bits_mprotect, TAP_COWSLIP },
	{ "bits-of-another", bits_of_another, TAP_COWSLIP },
};

const struct tap_group cow_break_group = TAP_GROUP(cases);
