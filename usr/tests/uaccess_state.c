/* The calls that write to user memory the state of a process, its memory, its files, a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "lib/abi/hwprobe.h"
#include "lib/abi/prctl.h"
#include "usr/tests/memory.h"
#include "usr/tests/tap.h"
#include "usr/tests/thread.h"
#include "usr/tests/uaccess.h"

#define CONTENT_BYTES 100
#define GROUPS        3
#define PAGES         16
#define RECORDS_BYTES (PAGES * sizeof(uint64_t)) /* of /proc/<pid>/pagemap */
#define LINK_TARGET   "where the link leads"

/* Made by prepare(), used by make(). */
static int file;

/* Static, since a new mapping could end up where a test wants none. */
static unsigned char pages[PAGES * PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));

static long make_capget(void *out)
{
	struct capability_header header = { CAPABILITY_VERSION_3, 0 };

	return kernel_call(SYS_capget, &header, out);
}

static void prepare_groups(void)
{
	const unsigned int groups[GROUPS] = { 4711, 4712, 4713 };

	CHECK_EQUAL(kernel_call(SYS_setgroups, (long)GROUPS, groups), 0);
}

static long make_getgroups(void *out)
{
	return kernel_call(SYS_getgroups, (long)GROUPS, out);
}

static long make_getresuid(void *out)
{
	unsigned int real, saved;

	return kernel_call(SYS_getresuid, &real, out, &saved);
}

static long make_getresgid(void *out)
{
	unsigned int real, effective;

	return kernel_call(SYS_getresgid, &real, &effective, out);
}

static long make_sigaltstack(void *out)
{
	return kernel_call(SYS_sigaltstack, NULL, out);
}

static long make_getrlimit(void *out)
{
	return kernel_call(SYS_getrlimit, (long)RLIMIT_STACK, out);
}

static long make_name(void *out)
{
	return kernel_call(SYS_prctl, (long)PR_GET_NAME, out);
}

static long make_death_signal(void *out)
{
	return kernel_call(SYS_prctl, (long)PR_GET_PDEATHSIG, out);
}

static long make_sched_getparam(void *out)
{
	return kernel_call(SYS_sched_getparam, 0l, out);
}

static long make_sched_rr_get_interval(void *out)
{
	return kernel_call(SYS_sched_rr_get_interval, 0l, out);
}

static long make_getcpu(void *out)
{
	return kernel_call(SYS_getcpu, out, NULL, NULL);
}

/* The memory's old content says which key is asked for; an unknown one gets an answer, too. */
static long make_hwprobe(void *out)
{
	return kernel_call(SYS_riscv_hwprobe, out, 1l, 0l, NULL, 0l);
}

static void prepare_pages(void)
{
	memset(pages, 1, sizeof(pages));
}

static long make_mincore(void *out)
{
	return kernel_call(SYS_mincore, pages, sizeof(pages), out);
}

static void prepare_pagemap(void)
{
	prepare_pages();
	file = open("/proc/self/pagemap", O_RDONLY);
	CHECK(file >= 0);
}

static long make_pagemap(void *out)
{
	return kernel_call(SYS_pread64, file, out, RECORDS_BYTES,
		(uintptr_t)pages / PAGE_BYTES * sizeof(uint64_t));
}

static long make_statfs(void *out)
{
	return kernel_call(SYS_statfs, "/", out);
}

static void prepare_file(void)
{
	file = open("measured", O_CREAT | O_RDWR, 0644);
	CHECK(file >= 0 && ftruncate(file, CONTENT_BYTES) == 0);
}

static long make_fstatfs(void *out)
{
	return kernel_call(SYS_fstatfs, file, out);
}

static long make_fionread(void *out)
{
	return kernel_call(SYS_ioctl, file, (long)FIONREAD, out);
}

static void prepare_link(void)
{
	unlink("link");
	CHECK(symlink(LINK_TARGET, "link") == 0);
}

static long make_readlinkat(void *out)
{
	return kernel_call(SYS_readlinkat, (long)AT_FDCWD, "link", out, sizeof(LINK_TARGET));
}

static void prepare_master(void)
{
	file = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	CHECK(file >= 0);
}

static long make_tiocgptn(void *out)
{
	return kernel_call(SYS_ioctl, file, (long)TIOCGPTN, out);
}

static long make_tiocgexcl(void *out)
{
	return kernel_call(SYS_ioctl, file, (long)TIOCGEXCL, out);
}

/* Nothing has been typed. */
static long make_typed(void *out)
{
	return kernel_call(SYS_ioctl, file, (long)FIONREAD, out);
}

static const struct call calls[] = {
	{ "capget", CAPABILITY_WORDS * sizeof(struct capability_data), CALL_STEADY, NULL,
		make_capget, NULL },
	{ "getgroups", GROUPS * sizeof(int), CALL_STEADY, prepare_groups, make_getgroups, NULL },
	{ "getresuid", sizeof(int), CALL_STEADY, NULL, make_getresuid, NULL },
	{ "getresgid", sizeof(int), CALL_STEADY, NULL, make_getresgid, NULL },
	{ "sigaltstack", sizeof(stack_t), CALL_STEADY, NULL, make_sigaltstack, NULL },
	{ "getrlimit", sizeof(struct rlimit), CALL_STEADY, NULL, make_getrlimit, NULL },
	{ "prctl-name", TASK_NAME_LENGTH, CALL_STEADY, NULL, make_name, NULL },
	{ "prctl-pdeathsig", sizeof(int), CALL_STEADY, NULL, make_death_signal, NULL },
	{ "sched_getparam", sizeof(struct sched_param), CALL_STEADY, NULL, make_sched_getparam,
		NULL },
	{ "sched_rr_get_interval", sizeof(struct timespec), 0, NULL, make_sched_rr_get_interval,
		NULL },
	{ "getcpu", sizeof(int), 0, NULL, make_getcpu, NULL },
	{ "riscv_hwprobe", sizeof(struct riscv_hwprobe), 0, NULL, make_hwprobe, NULL },
	{ "mincore", PAGES, CALL_STEADY, prepare_pages, make_mincore, NULL },
	{ "read-pagemap", RECORDS_BYTES, CALL_SHORT, prepare_pagemap, make_pagemap, NULL },
	{ "statfs", sizeof(struct statfs), 0, NULL, make_statfs, NULL },
	{ "fstatfs", sizeof(struct statfs), 0, prepare_file, make_fstatfs, NULL },
	{ "ioctl-fionread", sizeof(int), CALL_STEADY, prepare_file, make_fionread, NULL },
	{ "readlinkat", sizeof(LINK_TARGET) - 1, CALL_STEADY, prepare_link, make_readlinkat, NULL },
	{ "ioctl-tiocgptn", sizeof(int), 0, prepare_master, make_tiocgptn, NULL },
	{ "ioctl-tiocgexcl", sizeof(int), CALL_STEADY, prepare_master, make_tiocgexcl, NULL },
	{ "ioctl-fionread-tty", sizeof(int), CALL_STEADY, prepare_master, make_typed, NULL },
};

const struct call_table state_calls = CALL_TABLE(calls);
