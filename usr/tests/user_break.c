/* The heap's end: brk() and sbrk() in both directions, byte by byte and by the hundred mebibytes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/usertests.h"

#define FILE_MODE    0644
#define SINGLE_BYTES 5000
#define LARGE_GROWTH (100 * MIB)
#define LAST_BYTES   64

static unsigned char *break_now(void)
{
	return sbrk(0);
}

static void grow(intptr_t bytes)
{
	void *old = break_now();
	void *result = sbrk(bytes);

	if (result != old)
		FAIL("sbrk(%ld) gave %p, not %p, errno %d", (long)bytes, result, old, errno);
	CHECK(break_now() == (unsigned char *)old + bytes);
}

/* Moves the end up to a page boundary. */
static void align_break(void)
{
	grow((intptr_t)(-(unsigned long)break_now() % PAGE_BYTES));
}

static void touch(void *address)
{
	*(volatile char *)address = 1;
}

static void expect_segv_at(void *address)
{
	int status = tap_in_child(touch, address);

	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
		FAIL("at %p: wait status %#x, not SIGSEGV", address, (unsigned int)status);
}

static void single_bytes(void)
{
	unsigned char *start = break_now();

	for (int i = 0; i < SINGLE_BYTES; i++) {
		unsigned char *byte = sbrk(1);
		CHECK(byte == start + i);
		*byte = (unsigned char)i;
	}
	int pid = tap_fork();
	if (pid == 0) {
		CHECK(sbrk(1) == start + SINGLE_BYTES);
		CHECK(sbrk(1) == start + SINGLE_BYTES + 1);
		_exit(0);
	}
	tap_join(pid);
	CHECK(break_now() == start + SINGLE_BYTES);
	for (int i = 0; i < SINGLE_BYTES; i++)
		CHECK_EQUAL(start[i], (unsigned char)i);
}

/* The heap grows by much, shrinks by a page and grows again: the page is a new one. */
static void regrown_page_is_zero(void)
{
	size_t bytes = memory_share_pages(3, 4) * PAGE_BYTES;
	if (bytes > LARGE_GROWTH)
		bytes = LARGE_GROWTH;

	align_break();
	unsigned char *start = break_now();
	grow((intptr_t)bytes);
	unsigned char *last = start + bytes - 1;
	*start = 's';
	*last = 99;
	grow(-(intptr_t)PAGE_BYTES);
	expect_segv_at(last);
	grow((intptr_t)PAGE_BYTES);
	CHECK_EQUAL(*last, 0);
	CHECK_EQUAL(*start, 's');
	grow(-(intptr_t)bytes);
	expect_segv_at(start);
}

/* With the end in the middle of a page that page stays; those after it do not. */
static void shrink_to_mid_page(void)
{
	align_break();
	unsigned char *start = break_now();
	grow((intptr_t)(5 * PAGE_BYTES));
	memset(start, 'b', 5 * PAGE_BYTES);
	grow(-(intptr_t)(2 * PAGE_BYTES + PAGE_BYTES / 2));
	CHECK_EQUAL(start[2 * PAGE_BYTES + PAGE_BYTES / 2 - 1], 'b');
	expect_segv_at(start + 3 * PAGE_BYTES);
	grow(10);
	CHECK_EQUAL(start[0], 'b');
	grow(-10);
	grow((intptr_t)PAGE_BYTES);
	CHECK_EQUAL(start[3 * PAGE_BYTES], 0);
}

/* The whole heap is given back; the kernel does not go below its start. */
static void shrink_to_nothing(void)
{
	unsigned char *start = break_now();

	grow((intptr_t)(3 * PAGE_BYTES));
	memset(start, 'n', 3 * PAGE_BYTES);
	CHECK((unsigned char *)syscall(SYS_brk, start) == start);
	CHECK((unsigned char *)syscall(SYS_brk, 0l) == start);
	CHECK((unsigned char *)syscall(SYS_brk, PAGE_BYTES) == start);
	CHECK((unsigned char *)syscall(SYS_brk, ~0l) == start);
	CHECK((unsigned char *)syscall(SYS_brk, 0xffffffc080000000l) == start);
	CHECK((unsigned char *)syscall(SYS_brk, start + PAGE_BYTES) == start + PAGE_BYTES);
	CHECK((unsigned char *)syscall(SYS_brk, start) == start);
}

/* System calls on the very last bytes below the end, which is a page boundary. */
static void last_bytes(void)
{
	align_break();
	grow((intptr_t)PAGE_BYTES);
	char *end = (char *)break_now();
	char *buffer = end - LAST_BYTES;

	strcpy(buffer, "last");
	int fd = open(buffer, O_CREAT | O_RDWR, FILE_MODE);
	CHECK(fd >= 0);
	memset(buffer, 'l', LAST_BYTES);
	CHECK_EQUAL(write(fd, buffer, LAST_BYTES), LAST_BYTES);
	memset(buffer, 0, LAST_BYTES);
	CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQUAL(read(fd, buffer, LAST_BYTES), LAST_BYTES);
	for (int i = 0; i < LAST_BYTES; i++)
		CHECK_EQUAL(buffer[i], 'l');
	CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQUAL(read(fd, end - 1, 1), 1);
	CHECK_ERROR(syscall(SYS_read, fd, end, 1l), EFAULT);
}

/* A child that gives its heap back does not take it from its parent. */
static void shared_heap_shrinks(void)
{
	unsigned char *start = break_now();

	grow((intptr_t)(4 * PAGE_BYTES));
	memset(start, 'h', 4 * PAGE_BYTES);
	int pid = tap_fork();
	if (pid == 0) {
		grow(-(intptr_t)(4 * PAGE_BYTES));
		grow((intptr_t)(4 * PAGE_BYTES));
		CHECK_EQUAL(start[3 * PAGE_BYTES], 0);
		_exit(0);
	}
	tap_join(pid);
	for (size_t i = 0; i < 4 * PAGE_BYTES; i++)
		CHECK_EQUAL(start[i], 'h');
}

static const struct tap_case cases[] = {
	{ "break-single-bytes", single_bytes, 0 },
	{ "break-regrown-page-is-zero", regrown_page_is_zero, 0 },
	{ "break-mid-page", shrink_to_mid_page, 0 },
	{ "break-to-nothing", shrink_to_nothing, 0 },
	{ "break-last-bytes", last_bytes, 0 },
	{ "break-shared-heap-shrinks", shared_heap_shrinks, 0 },
};

const struct tap_group user_break_group = TAP_GROUP(cases);
