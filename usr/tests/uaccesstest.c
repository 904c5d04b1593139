/*
 * uaccesstest: every system call that writes to user memory, aimed at every kind of page. It gives
 * the right result where memory can be written, and EFAULT and nothing else where it cannot; what
 * the kernel writes for a forked child its parent never sees. A case is one call, made once in each
 * place, by a process of its own.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/tap.h"
#include "usr/tests/uaccess.h"

#define CALLS_MAX    128
#define RESULT_BYTES 512 /* the largest result of any call fits */
#define FILL         'P'
#define OFFSET       1024 /* of the result in a page */

static const struct call *call;

/* What the call gives in ordinary memory; its results elsewhere are compared with this. */
static struct {
	size_t size;
	long result;
	unsigned char content[RESULT_BYTES];
} expected;

/*
 * A child's memory, made by its parent before the fork: two pages, and two more in the middle of a
 * full page table, which fork therefore shares.
 */
static unsigned char *inherited;
static unsigned char *inherited_dense;

static unsigned char *filled_pages(size_t pages)
{
	unsigned char *start = memory_map_pages(pages);

	memset(start, FILL, pages * PAGE_BYTES);
	return start;
}

static void prepare(void)
{
	if (call->prepare != NULL)
		call->prepare();
}

static bool all_bytes_are(const unsigned char *start, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++) {
		if (start[i] != value)
			return false;
	}
	return true;
}

/* The result is right; the usual bytes were written, or at least some if they vary. */
static void check_result(long result, const unsigned char *out)
{
	bool right = call->flags & CALL_TICKS ? result > 0 : result == expected.result;

	if (!right)
		FAIL("result %ld, not %ld", result, expected.result);
	if (call->flags & CALL_STEADY)
		CHECK(memcmp(out, expected.content, expected.size) == 0);
	else
		CHECK(!all_bytes_are(out, expected.size, FILL));
}

/* Nothing in the page was written but the result. */
static void check_around(const unsigned char *page, const unsigned char *out, unsigned char fill)
{
	size_t before = (size_t)(out - page);
	size_t after = PAGE_BYTES - before - expected.size;

	CHECK(all_bytes_are(page, before, fill));
	CHECK(all_bytes_are(out + expected.size, after, fill));
}

/* Places that can be written. */

static void check_cow_page(unsigned char *page)
{
	unsigned char *out = page + OFFSET;
	struct cow_counts counts;

	prepare();
	cow_begin(&counts);
	long result = call->make(out);
	cow_check_copied(&counts, 1);
	check_result(result, out);
	check_around(page, out, FILL);
}

static void cow_page(void)
{
	check_cow_page(inherited);
}

static void dense_cow_page(void)
{
	check_cow_page(inherited_dense);
}

/* The result lies across two pages, each of which is copied. */
static void two_cow_pages(void)
{
	unsigned char *out = inherited + PAGE_BYTES - expected.size / 2;
	struct cow_counts counts;

	prepare();
	cow_begin(&counts);
	long result = call->make(out);
	cow_check_copied(&counts, 2);
	check_result(result, out);
	CHECK(all_bytes_are(inherited, (size_t)(out - inherited), FILL));
	CHECK(all_bytes_are(out + expected.size,
		(size_t)(inherited + 2 * PAGE_BYTES - out) - expected.size, FILL));
}

static void check_fresh_page(unsigned char *page)
{
	unsigned char *out = page + OFFSET;
	struct cow_counts counts;

	prepare();
	cow_begin(&counts);
	long result = call->make(out);
	cow_end(&counts);
	CHECK_EQUAL(counts.copied, 0);
	CHECK_EQUAL(counts.zeroed, memory_has_ledger());
	check_result(result, out);
	check_around(page, out, 0);
}

static void never_touched_page(void)
{
	check_fresh_page(memory_map_pages(1));
}

/* A page that maps the zero page. */
static void only_read_page(void)
{
	unsigned char *page = memory_map_pages(1);

	CHECK_EQUAL(*(volatile unsigned char *)page, 0);
	check_fresh_page(page);
}

static void last_bytes(void)
{
	unsigned char *pages = filled_pages(2);
	unsigned char *out = pages + PAGE_BYTES - expected.size;

	memory_unmap_pages(pages + PAGE_BYTES, 1);
	prepare();
	check_result(call->make(out), out);
	check_around(pages, out, FILL);
}

/* Places that cannot be written. */

/* What the call gives there. */
static long refusal(void)
{
	return call->flags & CALL_QUIET ? 0 : -EFAULT;
}

static void check_fault(void *out)
{
	prepare();
	long result = call->make(out);
	if (result != refusal())
		FAIL("at %p: result %ld, not %ld", out, result, refusal());
}

/* One byte does not fit: refused, or as much done as fits where the call may do less. */
static void one_byte_over(void)
{
	unsigned char *pages = filled_pages(2);
	unsigned char *out = pages + PAGE_BYTES - expected.size + 1;

	memory_unmap_pages(pages + PAGE_BYTES, 1);
	prepare();
	long result = call->make(out);
	bool less = (call->flags & CALL_SHORT) && result > 0 && result < expected.result;
	if (result != refusal() && !less)
		FAIL("result %ld, not %ld", result, refusal());
	CHECK(all_bytes_are(pages, (size_t)(out - pages), FILL));
	if (less && (call->flags & CALL_STEADY))
		CHECK(memcmp(out, expected.content, (size_t)result) == 0);
}

static void read_only_page(void)
{
	unsigned char *page = filled_pages(1);

	CHECK(mprotect(page, PAGE_BYTES, PROT_READ) == 0);
	check_fault(page + OFFSET);
	CHECK(all_bytes_are(page, PAGE_BYTES, FILL));
}

/* Write-protected and shared with the parent: still no reason to write, or to copy. */
static void read_only_cow_page(void)
{
	struct cow_counts counts;

	CHECK(mprotect(inherited, PAGE_BYTES, PROT_READ) == 0);
	prepare();
	cow_begin(&counts);
	long result = call->make(inherited + OFFSET);
	cow_check_copied(&counts, 0);
	CHECK_EQUAL(result, refusal());
	CHECK(all_bytes_are(inherited, PAGE_BYTES, FILL));
}

static void inaccessible_page(void)
{
	unsigned char *page = filled_pages(1);

	CHECK(mprotect(page, PAGE_BYTES, PROT_NONE) == 0);
	check_fault(page + OFFSET);
	CHECK(mprotect(page, PAGE_BYTES, PROT_READ) == 0);
	CHECK(all_bytes_are(page, PAGE_BYTES, FILL));
}

static void program_text(void)
{
	check_fault((void *)((unsigned long)program_text & ~(PAGE_BYTES - 1)));
}

static void unmapped_page(void)
{
	unsigned char *page = filled_pages(1);

	memory_unmap_pages(page, 1);
	check_fault(page + OFFSET);
}

static void end_of_user_half(void)
{
	check_fault((void *)0x4000000000);
}

static void not_canonical(void)
{
	static char there[RESULT_BYTES];

	check_fault((void *)0x0000800000000000);
	/* Its lower bits alone are an address that may be written. */
	check_fault((void *)((unsigned long)there | 1ul << 46));
}

static void kernel_half(void)
{
	check_fault((void *)0xffffffc000000000);
}

static void kernel_image(void)
{
	check_fault((void *)0xffffffff80000000);
}

static void minus_one(void)
{
	check_fault((void *)~0ul);
}

static const struct place {
	const char *name;
	void (*body)(void);
} places[] = {
	{ "a COW page", cow_page },
	{ "a COW page below a shared table", dense_cow_page },
	{ "two COW pages", two_cow_pages },
	{ "a page never touched", never_touched_page },
	{ "a page only read", only_read_page },
	{ "the last bytes of memory", last_bytes },
	{ "one byte over the end", one_byte_over },
	{ "a read-only page", read_only_page },
	{ "a read-only COW page", read_only_cow_page },
	{ "an inaccessible page", inaccessible_page },
	{ "program text", program_text },
	{ "an unmapped page", unmapped_page },
	{ "the end of the user half", end_of_user_half },
	{ "an address that is not canonical", not_canonical },
	{ "the kernel half", kernel_half },
	{ "the kernel's image", kernel_image },
	{ "-1", minus_one },
};

/* In a child, so that what prepare() leaves open does not change later results. */
static void measure_expected(void)
{
	int ends[2];

	expected.size = call->measure != NULL ? call->measure() : call->size;
	CHECK(expected.size > 0 && expected.size <= RESULT_BYTES);
	CHECK(pipe(ends) == 0);
	int pid = tap_fork();
	if (pid == 0) {
		unsigned char *page = filled_pages(1);
		prepare();
		expected.result = call->make(page);
		if ((call->flags & CALL_OPTIONAL) && expected.result < 0 &&
			expected.result != -EINTR)
			tap_skip("errno %ld", -expected.result);
		check_around(page, page, FILL);
		memcpy(expected.content, page, expected.size);
		CHECK(write(ends[1], &expected, sizeof(expected)) == sizeof(expected));
		_exit(0);
	}
	int status = tap_wait(pid);
	if (status != 0)
		_exit(status >> 8 != 0 ? status >> 8
				       : 1); /* failed or skipped: the reason is sent */
	CHECK(read(ends[0], &expected, sizeof(expected)) == sizeof(expected));
	if (expected.result < 0 && expected.result != -EINTR)
		FAIL("ordinary memory: errno %ld", -expected.result);
}

static void run_call(void)
{
	for (size_t i = 0; call_at(i) != NULL; i++) {
		if (strcmp(call_at(i)->name, tap_case_name()) == 0)
			call = call_at(i);
	}
	measure_expected();
	inherited = filled_pages(2);
	inherited_dense = memory_map_table(0) + TABLE_PAGES / 2 * PAGE_BYTES;
	memset(inherited_dense, FILL, 2 * PAGE_BYTES);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int pid = tap_fork();
		if (pid == 0) {
			tap_place(places[i].name);
			places[i].body();
			_exit(0);
		}
		tap_join(pid);
		if (!all_bytes_are(inherited, 2 * PAGE_BYTES, FILL) ||
			!all_bytes_are(inherited_dense, 2 * PAGE_BYTES, FILL))
			FAIL("%s: the parent's memory has changed", places[i].name);
	}
}

int main(int argc, char **argv)
{
	static struct tap_case cases[CALLS_MAX];
	struct tap_group groups[] = { { cases, 0 } };
	const struct tap_suite suite = {
		.name = "uaccesstest",
		.groups = groups,
		.group_count = 1,
		.last_line = "ALL UACCESS TESTS PASSED",
	};

	for (size_t i = 0; i < CALLS_MAX && call_at(i) != NULL; i++)
		cases[groups[0].count++] = (struct tap_case){ call_at(i)->name, run_call, 0 };
	return tap_main(argc, argv, &suite);
}
