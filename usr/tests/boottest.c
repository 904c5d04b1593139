/*
 * boottest: what must hold after every boot, on every machine: the files under /proc exist and
 * parse, all harts are online, the system gives its name, the console is a terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/tap.h"

#define TEXT_BYTES  16384
#define MASK_BYTES  128
#define BITS_A_BYTE 8

#define LONGEST_PAUSE 60000000000ul /* nanoseconds that 20 ms may take on a busy host */

static char text[TEXT_BYTES];

/* Fails the case when the file is not there or empty; a device tree file may hold NULs. */
static size_t read_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		FAIL("%s: errno %d", path, errno);
	ssize_t count = read(fd, text, sizeof(text) - 1);
	if (count <= 0)
		FAIL("%s: read gave %ld, errno %d", path, (long)count, errno);
	text[count] = '\0';
	close(fd);
	return (size_t)count;
}

static void proc_meminfo(void)
{
	long free = memory_free_pages();
	long total = memory_total_pages();

	CHECK(total > 0);
	CHECK(free > 0);
	CHECK(free < total);
}

static void proc_uptime(void)
{
	char *end;

	read_file("/proc/uptime");
	strtoul(text, &end, 10);
	CHECK(end > text);
	CHECK_EQUAL(*end, '.');
	char *idle = end + 1;
	strtoul(idle, &end, 10);
	CHECK(end > idle);
	CHECK_EQUAL(*end, ' ');
}

static void proc_cmdline(void)
{
	size_t length = read_file("/proc/cmdline");

	CHECK_EQUAL(text[length - 1], '\n');
}

/* Every line is "from-to rwxp offset device inode path", in rising order. */
static void proc_maps(void)
{
	unsigned long previous = 0;
	unsigned int lines = 0;
	bool stack = false;

	read_file("/proc/self/maps");
	for (char *line = text; *line != '\0' && strchr(line, '\n') != NULL; lines++) {
		char *end;
		unsigned long from = strtoul(line, &end, 16);
		CHECK_EQUAL(*end, '-');
		unsigned long to = strtoul(end + 1, &end, 16);
		CHECK_EQUAL(*end, ' ');
		CHECK(from >= previous && to > from);
		CHECK(strchr("r-", end[1]) != NULL && strchr("w-", end[2]) != NULL);
		CHECK(strchr("x-", end[3]) != NULL && strchr("ps", end[4]) != NULL);
		CHECK(!(end[2] == 'w' && end[3] == 'x'));
		stack |= from <= (unsigned long)&stack && (unsigned long)&stack < to;
		previous = to;
		line = strchr(line, '\n') + 1;
	}
	CHECK(lines >= 3);
	CHECK(stack);
}

static void proc_status(void)
{
	char expected[64];

	read_file("/proc/self/status");
	CHECK(strncmp(text, "Name:\tboottest\n", strlen("Name:\tboottest\n")) == 0);
	snprintf(expected, sizeof(expected), "\nPid:\t%d\n", (int)getpid());
	CHECK(strstr(text, expected) != NULL);
	snprintf(expected, sizeof(expected), "\nPPid:\t%d\n", (int)getppid());
	CHECK(strstr(text, expected) != NULL);
}

static void proc_smaps(void)
{
	read_file("/proc/self/smaps");
	CHECK(strstr(text, "\nRss:") != NULL);
	CHECK(strstr(text, "\nPss:") != NULL);
	CHECK(strstr(text, "\nShared_Clean:") != NULL);
	CHECK(strstr(text, "\nPrivate_Dirty:") != NULL);
}

static void proc_ledger(void)
{
	static const char *const kinds[] = { "free", "table", "anonymous", "cache", "slab",
		"kernel" };
	long sum = 0;

	/* Read only once: other harts allocate and free memory all the time. */
	read_file("/proc/ledger");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long pages = memory_number_after(text, kinds[i]);
		if (pages < 0)
			FAIL("no line for %s", kinds[i]);
		sum += pages;
	}
	CHECK_EQUAL(sum, memory_number_after(text, "total"));
	CHECK(memory_audit());
}

static unsigned int harts_online(void)
{
	unsigned char mask[MASK_BYTES];
	unsigned int harts = 0;

	memset(mask, 0, sizeof(mask));
	long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	if (bytes < 0)
		tap_skip("sched_getaffinity: errno %d", errno);
	for (long i = 0; i < bytes * BITS_A_BYTE; i++)
		harts += (mask[i / BITS_A_BYTE] >> (i % BITS_A_BYTE)) & 1;
	return harts;
}

/* "harts=N" in the environment (an unknown word of the command line) says how many to expect. */
static void harts(void)
{
	const char *expected = getenv("harts");
	unsigned int online = harts_online();

	CHECK(online >= 1);
	if (expected == NULL)
		tap_skip("%u online; none expected on the command line", online);
	CHECK_EQUAL(online, strtoul(expected, NULL, 10));
}

/* One paragraph for each hart, and nothing after the last one. */
static void proc_cpuinfo(void)
{
	const char *place = text;
	unsigned int told = 0;

	read_file("/proc/cpuinfo");
	while ((place = strstr(place, "processor\t: ")) != NULL) {
		place++;
		told++;
	}
	CHECK_EQUAL(told, harts_online());
}

static void names(void)
{
	struct utsname name;

	CHECK(uname(&name) == 0);
	CHECK(strcmp(name.machine, "riscv64") == 0);
	CHECK(name.sysname[0] != '\0' && name.release[0] != '\0' && name.version[0] != '\0');
}

static void console(void)
{
	struct termios settings;
	struct stat status;
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	CHECK(fd >= 0);
	CHECK(fstat(fd, &status) == 0);
	CHECK(S_ISCHR(status.st_mode));
	CHECK(isatty(fd));
	CHECK(tcgetattr(fd, &settings) == 0);
	CHECK(settings.c_lflag & ICANON);
	close(fd);
}

static void devices(void)
{
	char byte = 'x';
	int null = open("/dev/null", O_RDWR);
	int zero = open("/dev/zero", O_RDWR);
	int full = open("/dev/full", O_RDWR);

	CHECK(null >= 0 && zero >= 0 && full >= 0);
	CHECK_EQUAL(read(null, &byte, 1), 0);
	CHECK_EQUAL(write(null, &byte, 1), 1);
	CHECK_EQUAL(read(zero, &byte, 1), 1);
	CHECK_EQUAL(byte, 0);
	CHECK_ERROR(write(full, &byte, 1), ENOSPC);
	close(null);
	close(zero);
	close(full);
}

static void clock_advances(void)
{
	unsigned long before = now_nanoseconds();

	sleep_milliseconds(20);
	unsigned long slept = now_nanoseconds() - before;
	CHECK(slept >= 20000000ul);
	CHECK(slept < LONGEST_PAUSE);
}

static const struct tap_case cases[] = {
	{ "proc-meminfo", proc_meminfo, 0 },
	{ "proc-uptime", proc_uptime, 0 },
	{ "proc-cmdline", proc_cmdline, 0 },
	{ "proc-maps", proc_maps, 0 },
	{ "proc-smaps", proc_smaps, 0 },
	{ "proc-status", proc_status, 0 },
	{ "proc-ledger", proc_ledger, TAP_COWSLIP },
	{ "harts", harts, 0 },
	{ "proc-cpuinfo", proc_cpuinfo, 0 },
	{ "names", names, 0 },
	{ "console", console, 0 },
	{ "devices", devices, 0 },
	{ "clock-advances", clock_advances, 0 },
};

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { TAP_GROUP(cases) };
	const struct tap_suite suite = {
		.name = "boottest",
		.groups = groups,
		.group_count = 1,
		.last_line = "ALL BOOT TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
