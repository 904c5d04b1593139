/* Operations on processes and their memory: fork, exec, mapping, touching, COW breaks. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/oomtest.h"
#include "usr/tests/tap.h"
#include "usr/tests/thread.h"

#define SPREAD       3         /* places, each below a page table of its own */
#define SPREAD_STEP  (2 * MIB) /* what one last-level table maps */
#define SPREAD_BYTES (SPREAD * SPREAD_STEP)
#define DENSE_PAGES  64
#define MOVED_PAGES  4
#define TAG          0x4f4f4dul
#define READ_BYTES   (2 * PAGE_BYTES)

static unsigned char *spread; /* inherited from the case's process, one page touched per step */
static unsigned char *dense;  /* inherited, every page touched */
static unsigned char *mapped;
static int zero = -1;

static unsigned char *try_map(size_t bytes)
{
	void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return start == MAP_FAILED ? NULL : start;
}

static void touch_spread(unsigned char *start)
{
	for (size_t i = 0; i < SPREAD; i++)
		memory_tag(start + i * SPREAD_STEP, 1, TAG);
}

static void prepare_memory(void)
{
	spread = try_map(SPREAD_BYTES);
	dense = try_map(2 * SPREAD_STEP);
	CHECK(spread != NULL && dense != NULL);
	/* All of it below one page table, which is then dense: fork() copies sparse tables. */
	dense += -(unsigned long)dense % SPREAD_STEP;
	touch_spread(spread);
	memory_tag(dense, DENSE_PAGES, TAG);
}

static int fork_and_wait(void)
{
	int pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(0);
	tap_join(pid);
	return 0;
}

/* No kernel stack is in reserve, so that fork maps some. */
static void prepare_no_reserve(void)
{
	prepare_memory();
	CHECK(memory_audit());
}

/* The child does not get all of the memory. */
static void prepare_left_out(void)
{
	prepare_memory();
	CHECK(madvise(dense + PAGE_BYTES, PAGE_BYTES, MADV_DONTFORK) == 0);
	CHECK(madvise(dense + 2 * PAGE_BYTES, PAGE_BYTES, MADV_WIPEONFORK) == 0);
}

static int clone_and_wait(void)
{
	long pid = kernel_call(SYS_clone, (long)(CLONE_VM | CLONE_VFORK | SIGCHLD), 0l, 0l, 0l, 0l);

	if (pid < 0)
		return (int)-pid;
	if (pid == 0) {
		kernel_call(SYS_exit_group, 0l);
		__builtin_unreachable();
	}
	return waitpid((int)pid, NULL, 0) == pid ? 0 : errno;
}

/* The new program's first faults count, too: it reports as soon as it has started. */
static int exec_again(void)
{
	static char *arguments[] = { "oomtest", OOMTEST_REPORT, NULL };
	static char *environment[] = { "and=environment", NULL };

	execve(tap_program(), arguments, environment);
	return errno;
}

static int map_and_touch(void)
{
	mapped = try_map(SPREAD_BYTES);
	if (mapped == NULL)
		return errno;
	touch_spread(mapped);
	return 0;
}

static void unmap(void)
{
	if (mapped != NULL)
		munmap(mapped, SPREAD_BYTES);
	mapped = NULL;
}

static int grow_break(void)
{
	unsigned char *old = sbrk(4 * PAGE_BYTES);

	if (old == (void *)-1)
		return errno;
	memory_tag((unsigned char *)(((unsigned long)old + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1)), 3,
		TAG);
	return 0;
}

static unsigned char *first_break;

static void prepare_break(void)
{
	first_break = sbrk(0);
}

static void shrink_break(void)
{
	sbrk((unsigned char *)first_break - (unsigned char *)sbrk(0));
}

/* The pages belong to a parent that is still alive, so every store copies. */
static int cow_fault(void)
{
	touch_spread(spread);
	memory_tag(dense, 4, TAG + 1);
	return 0;
}

/* Goes on in a child; the parent holds the same pages, and passes on how the child ends. */
static void prepare_cow(void)
{
	prepare_memory();
	int pid = tap_fork();
	if (pid == 0)
		return;
	int status = tap_wait(pid);
	if (WIFSIGNALED(status))
		kill(getpid(), WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

static void prepare_cow_call(void)
{
	zero = open("/dev/zero", O_RDONLY);
	CHECK(zero >= 0);
	prepare_cow();
}

/* read() breaks two COW pages: the error is ENOMEM, not EFAULT, and never a kill. */
static int cow_call(void)
{
	ssize_t count = read(zero, dense, READ_BYTES);

	if (count < 0)
		return errno;
	return count == READ_BYTES ? 0 : ENOMEM; /* it may read less if memory ran out */
}

/* Fresh pages filled by the kernel. */
static int fresh_call(void)
{
	mapped = try_map(SPREAD_BYTES);
	if (mapped == NULL)
		return errno;
	ssize_t count = read(zero, mapped, READ_BYTES);
	if (count < 0)
		return errno;
	return count == READ_BYTES ? 0 : ENOMEM;
}

static void prepare_zero(void)
{
	zero = open("/dev/zero", O_RDONLY);
	CHECK(zero >= 0);
}

/* Unmapping or protecting the middle of a region splits it into two or three. */
static int split_regions(void)
{
	mapped = try_map(SPREAD_BYTES);
	if (mapped == NULL)
		return errno;
	if (mprotect(mapped + PAGE_BYTES, PAGE_BYTES, PROT_READ) < 0)
		return errno;
	if (munmap(mapped + 3 * PAGE_BYTES, PAGE_BYTES) < 0)
		return errno;
	return 0;
}

/* Protects memory shared with the parent, whose tables it must not change. */
static int protect_shared(void)
{
	if (mprotect(dense, PAGE_BYTES, PROT_READ) < 0)
		return errno;
	return mprotect(dense, PAGE_BYTES, PROT_READ | PROT_WRITE) < 0 ? errno : 0;
}

static int unmap_shared(void)
{
	if (munmap(spread, PAGE_BYTES) < 0)
		return errno;
	return munmap(dense + PAGE_BYTES, PAGE_BYTES) < 0 ? errno : 0;
}

/* The neighbouring page keeps its content, whether or not there was memory for an own table. */
static int discard_shared(void)
{
	int error = madvise(dense + PAGE_BYTES, PAGE_BYTES, MADV_DONTNEED) < 0 ? errno : 0;

	memory_check_tag(dense, 1, TAG);
	memory_check_tag(dense + PAGE_BYTES, 1, error ? TAG : 0);
	return error;
}

static int replace_shared(void)
{
	void *place = dense + PAGE_BYTES;
	void *got = mmap(place, PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	memory_check_tag(dense, 1, TAG);
	memory_check_tag(dense + PAGE_BYTES, 1, got == place ? 0 : TAG);
	return got == place ? 0 : errno;
}

static void prepare_shared_break(void)
{
	prepare_break();
	CHECK_EQUAL(grow_break(), 0);
	prepare_cow();
}

/* Gives back a part of a shared heap. */
static int break_shared(void)
{
	return sbrk(-(long)(2 * PAGE_BYTES)) == (void *)-1 ? errno : 0;
}

/*
 * Moves the middle of one mapping over the middle of another, across a border of page tables, all
 * shared with the parent. If that fails, both keep their content.
 */
static int move_onto(void)
{
	unsigned char *from = dense + PAGE_BYTES;
	unsigned char *to = spread + SPREAD_STEP - PAGE_BYTES;
	size_t bytes = MOVED_PAGES * PAGE_BYTES;

	if (mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to) {
		memory_check_tag(to, MOVED_PAGES, TAG);
		return 0;
	}
	int error = errno;
	memory_check_tag(from, MOVED_PAGES, TAG);
	memory_check_tag(to, 1, 0);
	memory_check_tag(to + PAGE_BYTES, 1, TAG);
	memory_check_tag(to + 2 * PAGE_BYTES, MOVED_PAGES - 2, 0);
	return error;
}

const struct operation memory_operations[] = {
	{ "fork", prepare_memory, fork_and_wait, NULL, true, false },
	{ "fork-without-reserve", prepare_no_reserve, fork_and_wait, NULL, true, true },
	{ "fork-left-out", prepare_left_out, fork_and_wait, NULL, true, false },
	{ "vfork", prepare_memory, clone_and_wait, NULL, true, false },
	{ "exec", NULL, exec_again, NULL, true, true },
	{ "map-and-touch", NULL, map_and_touch, unmap, true, false },
	{ "break", prepare_break, grow_break, shrink_break, true, false },
	{ "cow-fault", prepare_cow, cow_fault, NULL, true, true },
	{ "cow-call", prepare_cow_call, cow_call, NULL, false, true },
	{ "fresh-call", prepare_zero, fresh_call, unmap, false, false },
	{ "split-regions", NULL, split_regions, unmap, false, false },
	{ "protect-shared", prepare_cow, protect_shared, NULL, false, true },
	{ "unmap-shared", prepare_cow, unmap_shared, NULL, false, true },
	{ "discard-shared", prepare_cow, discard_shared, NULL, false, true },
	{ "replace-shared", prepare_cow, replace_shared, NULL, false, true },
	{ "break-shared", prepare_shared_break, break_shared, NULL, false, true },
	{ "move-onto", prepare_cow, move_onto, NULL, false, true },
};

const size_t memory_operation_count = sizeof(memory_operations) / sizeof(memory_operations[0]);
