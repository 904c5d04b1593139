/* Resource limits and their effects; priorities and theirs. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/posixtest.h"

#define USER              1000
#define MIB               (1ul << 20)
#define PAGE              4096ul
#define FILE_LIMIT        10000
#define HIGH_NICE         10 /* of high priority: how far below 0 */
#define RACE_MILLISECONDS 250
#define NICE_TRIES        20

static void limit(int resource, unsigned long soft, unsigned long hard)
{
	const struct rlimit wanted = { soft, hard };

	GIVES(0, prlimit64, 0, resource, &wanted, NULL);
}

static void limit_arguments(void)
{
	struct rlimit old, wrong = { 5, 4 };

	GIVES(-EINVAL, prlimit64, 0, RLIM_NLIMITS, NULL, &old);
	GIVES(-EINVAL, prlimit64, 0, RLIMIT_FSIZE, &wrong, NULL);
	GIVES(-EFAULT, prlimit64, 0, RLIMIT_FSIZE, BAD_POINTER, NULL);
	GIVES(-EFAULT, prlimit64, 0, RLIMIT_FSIZE, NULL, BAD_POINTER);
	GIVES(-ESRCH, prlimit64, 1 << 21, RLIMIT_FSIZE, NULL, &old);
	GIVES(-ESRCH, prlimit64, 1 << 21, RLIM_NLIMITS, NULL, &old);
	GIVES(-EFAULT, getrlimit, RLIMIT_FSIZE, NULL);
	GIVES(-EFAULT, setrlimit, RLIMIT_FSIZE, NULL);
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		GIVES(0, prlimit64, 0, resource, NULL, &old);
		GIVES(0, prlimit64, getpid(), resource, &old, NULL);
	}
	limit(RLIMIT_CORE, 1, 2);
	GIVES(0, getrlimit, RLIMIT_CORE, &old);
	CHECK(old.rlim_cur == 1 && old.rlim_max == 2);
	GIVES(0, setrlimit, RLIMIT_CORE, &(struct rlimit){ 2, 3 }); /* root may raise it */
	GIVES(0, setresuid, USER, USER, USER);
	GIVES(-EPERM, setrlimit, RLIMIT_CORE, &(struct rlimit){ 2, 4 });
	GIVES(0, setrlimit, RLIMIT_CORE, &(struct rlimit){ 3, 3 });
	GIVES(0, setrlimit, RLIMIT_CORE, &(struct rlimit){ 0, 1 });
	GIVES(-EPERM, prlimit64, 1, RLIMIT_CORE, NULL, &old);
}

static void limits_inherited(void)
{
	struct rlimit got;
	int child;

	limit(RLIMIT_NOFILE, 77, 88);
	child = tap_fork();
	if (child == 0) {
		GIVES(0, prlimit64, 0, RLIMIT_NOFILE, NULL, &got);
		CHECK(got.rlim_cur == 77 && got.rlim_max == 88);
		limit(RLIMIT_NOFILE, 66, 66);
		_exit(0);
	}
	tap_join(child);
	GIVES(0, prlimit64, 0, RLIMIT_NOFILE, NULL, &got);
	CHECK_EQUAL(got.rlim_cur, 77);
}

static void limit_descriptors(void)
{
	int file = posix_file("file", ""), high;

	high = (int)WORKS(fcntl, file, F_DUPFD, 40);
	limit(RLIMIT_NOFILE, 10, 2000);
	while (dup(file) >= 0)
		continue;
	GIVES(-EMFILE, dup, file);
	GIVES(-EMFILE, openat, AT_FDCWD, "file", O_RDONLY, 0);
	GIVES(-EINVAL, fcntl, file, F_DUPFD, 10);
	GIVES(-EBADF, dup3, file, 10, 0);
	GIVES(0, fcntl, high, F_GETFD); /* what is open stays open */
	limit(RLIMIT_NOFILE, 2000, 2000);
	GIVES(1999, fcntl, file, F_DUPFD, 1999);
	GIVES(0, close, 1999);
}

static void limit_file_size(void)
{
	static char data[FILE_LIMIT + 1];
	int file = posix_file("file", "");

	limit(RLIMIT_FSIZE, FILE_LIMIT, FILE_LIMIT);
	signal(SIGXFSZ, SIG_IGN);
	GIVES(FILE_LIMIT, write, file, data, sizeof(data));
	GIVES(-EFBIG, write, file, data, 1);
	GIVES(-EFBIG, pwrite64, file, data, 1, FILE_LIMIT);
	GIVES(1, pwrite64, file, data, 2, FILE_LIMIT - 1);
	GIVES(-EFBIG, ftruncate, file, FILE_LIMIT + 1);
	GIVES(-EFBIG, fallocate, file, 0, FILE_LIMIT, 1);
	GIVES(-EFBIG, fallocate, file, FALLOC_FL_KEEP_SIZE, FILE_LIMIT, 1);
	GIVES(0, fallocate, file, FALLOC_FL_KEEP_SIZE, 0, FILE_LIMIT);
	GIVES(0, ftruncate, file, 5);
	GIVES(0, ftruncate, file, FILE_LIMIT);
	signal(SIGXFSZ, SIG_DFL);
	int child = tap_fork();

	if (child == 0)
		write(file, data, 1);
	tap_join_killed(child, SIGXFSZ);
}

static void limit_address_space(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *memory;

	limit(RLIMIT_AS, 64 * MIB, RLIM_INFINITY);
	GIVES(-ENOMEM, mmap, NULL, 64 * MIB, PROT_READ, flags, -1, 0);
	memory = (void *)WORKS(mmap, NULL, 32 * MIB, PROT_READ, flags, -1, 0);
	GIVES(-ENOMEM, mmap, NULL, 32 * MIB, PROT_READ, flags, -1, 0);
	GIVES((long)memory, mmap, memory, 32 * MIB, PROT_READ, flags | MAP_FIXED, -1, 0);
	GIVES(-ENOMEM, mremap, memory, 32 * MIB, 64 * MIB, MREMAP_MAYMOVE);
	GIVES(-ENOMEM, mremap, memory, 32 * MIB, 32 * MIB, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	GIVES(0, munmap, memory, 32 * MIB);
	(void)WORKS(mmap, NULL, 32 * MIB, PROT_READ, flags, -1, 0);
	limit(RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY);
	(void)WORKS(mmap, NULL, 64 * MIB, PROT_READ, flags, -1, 0);
}

static void limit_data(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS, both = PROT_READ | PROT_WRITE;
	long heap = WORKS(brk, 0), quiet, shared;

	limit(RLIMIT_DATA, 16 * MIB, RLIM_INFINITY);
	GIVES(heap, brk, heap + 16 * (long)MIB);
	GIVES(heap + (long)MIB, brk, heap + (long)MIB);
	GIVES(-ENOMEM, mmap, NULL, 16 * MIB, both, flags, -1, 0);
	quiet = WORKS(mmap, NULL, 16 * MIB, PROT_READ, flags, -1, 0); /* does not count as data */
	shared = WORKS(mmap, NULL, 16 * MIB, both, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	WORKS(mmap, NULL, 8 * MIB, both, flags, -1, 0);
	GIVES(-ENOMEM, mprotect, quiet, 16 * MIB, both);
	GIVES(0, mprotect, quiet, 16 * MIB, PROT_NONE);
	GIVES(0, mprotect, quiet, 4 * MIB, both);
	GIVES(-ENOMEM, mprotect, quiet, 8 * MIB, both);
	GIVES(0, mprotect, shared, 16 * MIB, both);
	limit(RLIMIT_DATA, MIB, RLIM_INFINITY);
	GIVES(0, mprotect, quiet, 4 * MIB, both | PROT_EXEC); /* it counts already */
}

static void limit_locked(void)
{
	const int both = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	long pages = WORKS(mmap, NULL, 4 * PAGE, both, flags, -1, 0);

	limit(RLIMIT_MEMLOCK, 2 * PAGE, 2 * PAGE);
	GIVES(0, mlock, pages, 4 * PAGE); /* root may lock what it likes */
	GIVES(0, munlock, pages, 4 * PAGE);
	GIVES(0, setresuid, USER, USER, USER);
	GIVES(-ENOMEM, mlock, pages, 3 * PAGE);
	GIVES(0, mlock, pages, 2 * PAGE);
	GIVES(0, mlock2, pages, 2 * PAGE, MLOCK_ONFAULT); /* these pages count already */
	GIVES(-ENOMEM, mlock, pages, 3 * PAGE);
	GIVES(-ENOMEM, mlock2, pages + 3 * (long)PAGE, PAGE, MLOCK_ONFAULT);
	GIVES(0, munlock, pages, PAGE);
	GIVES(0, mlock, pages + 3 * (long)PAGE, PAGE);
	GIVES(-EAGAIN, mmap, NULL, PAGE, both, flags | MAP_LOCKED, -1, 0);
	GIVES(-ENOMEM, mlockall, MCL_CURRENT);
	GIVES(0, munlock, pages, 4 * PAGE);
	GIVES(0, mlockall, MCL_FUTURE);
	WORKS(mmap, NULL, 2 * PAGE, both, flags, -1, 0);
	GIVES(-EAGAIN, mmap, NULL, PAGE, both, flags, -1, 0);
	GIVES(0, munlockall);
	WORKS(mmap, NULL, 3 * PAGE, both, flags, -1, 0);
	limit(RLIMIT_MEMLOCK, 0, 0);
	GIVES(-EPERM, mlock, pages, PAGE);
	GIVES(-EPERM, mlockall, MCL_FUTURE);
	GIVES(-EPERM, mmap, NULL, PAGE, both, flags | MAP_LOCKED, -1, 0);
	GIVES(0, munlock, pages, PAGE);
}

/* Touches so much of the stack, page by page. */
static void use_and_exit(unsigned long bytes)
{
	volatile char *top = __builtin_frame_address(0);

	for (unsigned long used = 0; used < bytes; used += PAGE)
		top[-(long)used] = 1;
	_exit(0);
}

static void limit_stack(void)
{
	int child = tap_fork();

	if (child == 0)
		use_and_exit(6 * MIB);
	tap_join(child);
	limit(RLIMIT_STACK, 2 * MIB, RLIM_INFINITY); /* in force at once */
	child = tap_fork();
	if (child == 0)
		use_and_exit(6 * MIB);
	tap_join_killed(child, SIGSEGV);
	limit(RLIMIT_STACK, 32 * MIB, RLIM_INFINITY);
	child = tap_fork();
	if (child == 0)
		use_and_exit(24 * MIB);
	tap_join(child);
}

/* If any limit forbids the stack to grow, an access below it is one to any unmapped address. */
static void limit_stack_growth(void)
{
	const int both = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *room = (char *)WORKS(mmap, NULL, 4 * MIB, PROT_NONE, flags, -1, 0);
	char *stack = room + 3 * MIB;
	int zeroes = (int)WORKS(openat, AT_FDCWD, "/dev/zero", O_RDONLY, 0), child;

	GIVES(0, munmap, room, 4 * MIB);
	GIVES((long)stack, mmap, stack, PAGE, both, flags | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	GIVES(0, mlock, stack, PAGE);
	limit(RLIMIT_AS, PAGE, RLIM_INFINITY);
	GIVES(-EFAULT, read, zeroes, stack - 1, 1);
	child = tap_fork();
	if (child == 0)
		*(volatile char *)(stack - 1) = 1;
	tap_join_killed(child, SIGSEGV);
	limit(RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY);
	limit(RLIMIT_MEMLOCK, PAGE, PAGE);
	GIVES(0, setresuid, USER, USER, USER);
	GIVES(-EFAULT, read, zeroes, stack - 1, 1);
}

/* Forks until that fails, at most so often; returns how often it succeeded. */
static int fork_many(int most)
{
	int count = 0, child;

	while (count < most && (child = fork()) >= 0) {
		if (child == 0)
			pause();
		count++;
	}
	return count;
}

static void limit_processes(void)
{
	int group;

	limit(RLIMIT_NPROC, 5, 5);
	CHECK_EQUAL(fork_many(8), 8); /* root has no limit */
	group = tap_fork();
	if (group == 0) {
		GIVES(0, setresuid, USER, USER, USER);
		CHECK_EQUAL(fork_many(8), 4); /* and the caller */
		CHECK_EQUAL(errno, EAGAIN);
		_exit(0);
	}
	tap_join(group);
}

/* The limits are in seconds of the process's own time. */
static void limit_time(void)
{
	volatile unsigned long spin = 0;
	int child = tap_fork();

	if (child == 0) {
		limit(RLIMIT_CPU, 1, 60);
		while (true)
			spin++;
	}
	tap_join_killed(child, SIGXCPU);
	/* The child's own time counts, against the same limit. The host may pause in the parent's. */
	signal(SIGXCPU, SIG_IGN);
	limit(RLIMIT_CPU, 1, 3);
	child = tap_fork();
	if (child == 0) {
		while (true)
			spin++;
	}
	limit(RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY);
	tap_join_killed(child, SIGKILL);
}

static void nice_values(void)
{
	GIVES(20, getpriority, PRIO_PROCESS, 0);
	GIVES(0, setpriority, PRIO_PROCESS, 0, 5);
	GIVES(15, getpriority, PRIO_PROCESS, getpid());
	GIVES(0, setpriority, PRIO_PROCESS, 0, 100);
	GIVES(1, getpriority, PRIO_PROCESS, 0);
	GIVES(0, setpriority, PRIO_PROCESS, 0, -100);
	GIVES(40, getpriority, PRIO_PROCESS, 0);
	GIVES(0, setpriority, PRIO_PGRP, 0, 3);
	GIVES(17, getpriority, PRIO_PGRP, 0);
	GIVES(-EINVAL, getpriority, 3, 0);
	GIVES(-EINVAL, setpriority, -1, 0, 0);
	GIVES(-ESRCH, getpriority, PRIO_PROCESS, 1 << 21);
	GIVES(-ESRCH, setpriority, PRIO_USER, USER + 5, 0);
	GIVES(0, setresuid, USER, USER, USER);
	GIVES(0, setpriority, PRIO_PROCESS, 0, 4);
	GIVES(-EACCES, setpriority, PRIO_PROCESS, 0, 3);
	GIVES(-EPERM, setpriority, PRIO_PROCESS, 1, 19);
	GIVES(0, setpriority, PRIO_USER, 0, 6);
	GIVES(14, getpriority, PRIO_USER, USER);
}

static void nice_by_limit(void)
{
	limit(RLIMIT_NICE, 25, 25); /* as low as -5 */
	GIVES(0, setresuid, USER, USER, USER);
	GIVES(0, setpriority, PRIO_PROCESS, 0, -5);
	GIVES(-EACCES, setpriority, PRIO_PROCESS, 0, -6);
	int child = tap_fork();

	if (child == 0) {
		GIVES(25, getpriority, PRIO_PROCESS, 0);
		_exit(0);
	}
	tap_join(child);
}

static void scheduling(void)
{
	struct sched_param parameter = { 0 }, wrong = { 7 };

	GIVES(0, sched_yield);
	GIVES(SCHED_OTHER, sched_getscheduler, 0);
	GIVES(-ESRCH, sched_getscheduler, 1 << 21);
	GIVES(-EINVAL, sched_getscheduler, -1);
	GIVES(0, sched_setscheduler, 0, SCHED_OTHER, &parameter);
	GIVES(-EINVAL, sched_setscheduler, 0, SCHED_OTHER, &wrong);
	GIVES(-EINVAL, sched_setscheduler, 0, 77, &parameter);
	GIVES(-EINVAL, sched_setscheduler, 0, SCHED_OTHER, NULL);
	GIVES(-EFAULT, sched_setscheduler, 0, SCHED_OTHER, BAD_POINTER);
	GIVES(-ESRCH, sched_setscheduler, 1 << 21, SCHED_OTHER, &parameter);
	GIVES(0, sched_getparam, 0, &wrong);
	CHECK_EQUAL(wrong.sched_priority, 0);
	GIVES(-EINVAL, sched_getparam, 0, NULL);
	GIVES(-ESRCH, sched_getparam, 1 << 21, &wrong);
	GIVES(0, sched_get_priority_max, SCHED_OTHER);
	GIVES(0, sched_get_priority_min, SCHED_OTHER);
	GIVES(-EINVAL, sched_get_priority_max, 77);
}

static void policies(void)
{
	struct sched_param zero = { 0 }, one = { 1 };
	struct timespec slice;

	GIVES(SCHED_OTHER, sched_getscheduler, 0);
	GIVES(0, sched_setscheduler, 0, SCHED_BATCH, &zero);
	GIVES(SCHED_BATCH, sched_getscheduler, 0);
	GIVES(0, sched_setparam, 0, &zero);
	GIVES(-EINVAL, sched_setparam, 0, &one);
	GIVES(0, sched_getparam, 0, &one);
	CHECK_EQUAL(one.sched_priority, 0);
	GIVES(-EINVAL, sched_setscheduler, 0, 99, &zero);
	GIVES(-EINVAL, sched_setscheduler, 0, SCHED_FIFO, &zero);
	GIVES(-EINVAL, sched_setscheduler, -1, SCHED_OTHER, &zero);
	GIVES(-EINVAL, sched_setscheduler, 0, SCHED_OTHER, NULL);
	GIVES(-EFAULT, sched_setscheduler, 0, SCHED_OTHER, BAD_POINTER);
	GIVES(-ESRCH, sched_setscheduler, 1 << 21, SCHED_OTHER, &zero);
	GIVES(-EINVAL, sched_getscheduler, -1);
	GIVES(-ESRCH, sched_getscheduler, 1 << 21);
	GIVES(0, sched_get_priority_max, SCHED_IDLE);
	GIVES(-EINVAL, sched_get_priority_min, 99);
	GIVES(-ESRCH, sched_rr_get_interval, 1 << 21, &zero);
	GIVES(0, sched_rr_get_interval, 0, &slice);
	CHECK(slice.tv_sec == 0 && slice.tv_nsec >= 0);
	GIVES(0, sched_setscheduler, 0, SCHED_IDLE, &zero);
	GIVES(0, setresuid, USER, USER, USER);
	GIVES(-EPERM, sched_setscheduler, 1, SCHED_OTHER, &zero);
	GIVES(-EPERM, sched_setscheduler, 0, SCHED_OTHER, &zero);
}

static void policy_attributes(void)
{
	struct sched_attr wanted = { .sched_policy = SCHED_BATCH, .sched_nice = 5 }, got;
	struct {
		struct sched_attr known;
		unsigned long util, rest; /* Linux knows the first */
	} larger = { .known = { .size = sizeof(larger) } };

	GIVES(0, sched_setattr, 0, &wanted, 0); /* size 0: the oldest version */
	GIVES(0, sched_getattr, 0, &got, sizeof(got), 0);
	CHECK_EQUAL(got.size, sizeof(got));
	CHECK(got.sched_policy == SCHED_BATCH && got.sched_nice == 5 && !got.sched_priority);
	GIVES(20 - 5, getpriority, PRIO_PROCESS, 0);
	GIVES(0, sched_setattr, 0, &larger, 0);
	GIVES(SCHED_OTHER, sched_getscheduler, 0);
	larger.rest = 1ul << 32;
	GIVES(-E2BIG, sched_setattr, 0, &larger, 0); /* and stores the known size */
	CHECK(larger.known.size >= sizeof(wanted) && larger.known.size < sizeof(larger));
	larger.known.size = 5000;
	GIVES(-E2BIG, sched_setattr, 0, &larger, 0);
	CHECK(larger.known.size >= sizeof(wanted) && larger.known.size < sizeof(larger));
	wanted.size = 47;
	GIVES(-E2BIG, sched_setattr, 0, &wanted, 0);
	CHECK(wanted.size >= sizeof(wanted) && wanted.size < sizeof(larger));
	wanted.size = sizeof(wanted);
	GIVES(-EINVAL, sched_setattr, 0, &wanted, 1);
	GIVES(-EINVAL, sched_setattr, -1, &wanted, 0);
	GIVES(-ESRCH, sched_setattr, 1 << 21, &wanted, 0);
	GIVES(-EINVAL, sched_setattr, 0, NULL, 0);
	GIVES(-EFAULT, sched_setattr, 0, BAD_POINTER, 0);
	wanted.sched_priority = 1;
	GIVES(-EINVAL, sched_setattr, 0, &wanted, 0);
	GIVES(-EINVAL, sched_getattr, 0, &got, 47, 0);
	GIVES(-EINVAL, sched_getattr, 0, &got, sizeof(got), 1);
	GIVES(-ESRCH, sched_getattr, 1 << 21, &got, sizeof(got), 0);
	GIVES(-EFAULT, sched_getattr, 0, BAD_POINTER, sizeof(got), 0);
	GIVES(0, setresuid, USER, USER, USER);
	wanted = (struct sched_attr){ .sched_nice = -1 };
	GIVES(-EPERM, sched_setattr, 0, &wanted, 0);
	wanted.sched_nice = 3;
	GIVES(0, sched_setattr, 0, &wanted, 0);
}

static void spin_until(unsigned long end)
{
	while (now_nanoseconds() < end)
		continue;
	_exit(0);
}

/* The CPU time of a child that has ended, in microseconds. */
static unsigned long time_of(int pid)
{
	struct rusage usage;
	int status;

	CHECK(wait4(pid, &status, 0, &usage) == pid);
	CHECK_EQUAL(status, 0);
	return (unsigned long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		(unsigned long)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The CPU times, in microseconds, of two processes on one hart; the first has higher priority. */
static void share_hart(unsigned long times[2])
{
	unsigned long end = now_nanoseconds() + RACE_MILLISECONDS * 1000000ul;
	int children[2];

	for (int i = 0; i < 2; i++) {
		children[i] = tap_fork();
		if (children[i] == 0) {
			GIVES(0, setpriority, PRIO_PROCESS, 0, i == 0 ? -HIGH_NICE : 0);
			spin_until(end);
		}
	}
	for (int i = 0; i < 2; i++)
		times[i] = time_of(children[i]);
}

/*
 * The nicer process gets less time, but not none. While a virtual hart waits for its host, the time
 * of the running process goes on, which makes a short turn long: a busy host needs several tries.
 */
static void nice_counts(void)
{
	unsigned long hart = 1, times[2];

	GIVES(0, sched_setaffinity, 0, sizeof(hart), &hart);
	for (int i = 0; i < NICE_TRIES; i++) {
		share_hart(times);
		if (times[1] != 0 && times[0] >= 4 * times[1])
			return;
	}
	FAIL("%lu and %lu microseconds", times[0], times[1]);
}

static const struct tap_case cases[] = {
	{ "limit-arguments", limit_arguments, 0 },
	{ "limits-inherited", limits_inherited, 0 },
	{ "limit-descriptors", limit_descriptors, 0 },
	{ "limit-file-size", limit_file_size, 0 },
	{ "limit-address-space", limit_address_space, 0 },
	{ "limit-data", limit_data, 0 },
	{ "limit-locked", limit_locked, 0 },
	{ "limit-stack", limit_stack, 0 },
	{ "limit-stack-growth", limit_stack_growth, 0 },
	{ "limit-processes", limit_processes, 0 },
	{ "limit-time", limit_time, 0 },
	{ "nice-values", nice_values, 0 },
	{ "nice-by-limit", nice_by_limit, 0 },
	{ "scheduling", scheduling, 0 },
	{ "policies", policies, 0 },
	{ "policy-attributes", policy_attributes, 0 },
	{ "nice-counts", nice_counts, 0 },
};

const struct tap_group posix_limit_group = TAP_GROUP(cases);
