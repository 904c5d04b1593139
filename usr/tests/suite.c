/*
 * suite: runs the programs of one test suite and checks the memory afterwards. If the kernel starts
 * it as init ("init=/bin/suite -- cow"), it powers the machine off at the end; started from a shell
 * it just exits. Words after the suite's name go to its programs.
 *
 * Each program prints TAP with numbers of its own; readers of the output have to count anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/tap.h"

#define ARGUMENTS_MAX    16
#define DIRECTORY_MODE   0755
#define TEMPORARY_MODE   01777
#define SETTLE_ATTEMPTS  1000
#define SETTLE_PAUSE     20 /* milliseconds */
#define PATH_BYTES       64
#define EXEC_FAILED      127
#define TICK_NANOSECONDS 100   /* of QEMU's virt machine */
#define BOOT_REST        20000 /* milliseconds, before costs are measured */

struct suite {
	const char *name;
	const char *program;
	const char *argument; /* or NULL */
};

static const struct suite suites[] = {
	{ "boot", "boottest", NULL },
	{ "cow", "cowtest", NULL },
	{ "tables", "tabletest", NULL },
	{ "usertests", "usertests", NULL },
	{ "usertests-q", "usertests", "-q" },
	{ "files", "filetest", NULL },
	{ "uaccess", "uaccesstest", NULL },
	{ "leak", "leaktest", NULL },
	{ "shell", "shelltest", NULL },
	{ "signal", "signaltest", NULL },
	{ "posix", "posixtest", NULL },
	{ "smp", "smptest", NULL },
	{ "oom", "oomtest", NULL },
	{ "attacks", "attacktest", "-q" },
	{ "attacks-all", "attacktest", NULL },
	{ "fuzz", "sysfuzz", NULL },
	{ "endurance", "endurance", NULL },
	{ "bench", "forkbench", NULL },
	{ "bench-thp", "forkbench", "-t" },
	{ "bench-storm", "forkbench", "-s" },
	{ "bench-boot", "nop", NULL },
};

static unsigned int case_number;

/* Opens the console as all three descriptors if they are missing: all output needs them. */
static void open_console(void)
{
	while (fcntl(STDERR_FILENO, F_GETFD) < 0) {
		if (open("/dev/console", O_RDWR) < 0)
			return;
	}
}

/* On Linux nothing is mounted yet; on Cowslip everything is, and the calls may fail. */
static void prepare_as_init(void)
{
	mkdir("/proc", DIRECTORY_MODE);
	mkdir("/dev", DIRECTORY_MODE);
	mkdir("/tmp", TEMPORARY_MODE);
	if (access("/proc/meminfo", F_OK) != 0)
		mount("proc", "/proc", "proc", 0, NULL);
	if (access("/dev/null", F_OK) != 0)
		mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mkdir("/dev/pts", DIRECTORY_MODE);
	if (access("/dev/pts/ptmx", F_OK) != 0)
		mount("devpts", "/dev/pts", "devpts", 0, NULL);
	(void)symlink("pts/ptmx", "/dev/ptmx");
	open_console();
}

static void report(bool passed, const char *program, const char *what, const char *remark)
{
	char line[PATH_BYTES * 4];

	snprintf(line, sizeof(line), "%s %u - %s: %s%s%s\n", passed ? "ok" : "not ok",
		++case_number, program, what, remark[0] != '\0' ? " # " : "", remark);
	(void)!write(STDOUT_FILENO, line, strlen(line));
}

/* Waits for one process; as init, for all the orphans that end before it, too. */
static int wait_and_reap(int pid)
{
	int status = -1;
	int ended;

	do {
		ended = waitpid(-1, &status, 0);
	} while (ended != pid && (ended > 0 || errno == EINTR));
	return status;
}

static int run(const char *program, char **arguments)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/bin/%s", program);
	int pid = fork();
	if (pid == 0) {
		arguments[0] = path;
		execv(path, arguments);
		tap_note("cannot execute %s, errno %d", path, errno);
		_exit(EXEC_FAILED);
	}
	return pid < 0 ? -1 : wait_and_reap(pid);
}

static void report_exit(const char *program, int status)
{
	char remark[PATH_BYTES] = "";

	if (WIFSIGNALED(status))
		snprintf(remark, sizeof(remark), "killed by signal %d", WTERMSIG(status));
	else if (status != 0)
		snprintf(remark, sizeof(remark), "exit status %d", WEXITSTATUS(status));
	report(status == 0, program, "ends well", remark);
}

static long audited_free_pages(void)
{
	return memory_audit() ? memory_free_pages() : -1;
}

/* Memory of a killed process may not be free yet: gives it a while. */
static void report_memory(const char *program, long before)
{
	char remark[PATH_BYTES] = "";
	long after = audited_free_pages();

	report(after >= 0, program, "ledger audit agrees", remark);
	for (int i = 0; i < SETTLE_ATTEMPTS && after != before; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		sleep_milliseconds(SETTLE_PAUSE);
		after = audited_free_pages();
	}
	if (after != before)
		snprintf(remark, sizeof(remark), "%ld, were %ld", after, before);
	report(after == before, program, "as many free pages as at the start", remark);
}

static void run_suite(const struct suite *suite, int extra_count, char **extra)
{
	char *arguments[ARGUMENTS_MAX + 3] = { NULL };
	char *nothing[] = { NULL, NULL };
	int count = 1;
	long before = -1;

	if (suite->argument != NULL)
		arguments[count++] = (char *)suite->argument;
	for (int i = 0; i < extra_count && i < ARGUMENTS_MAX; i++)
		arguments[count++] = extra[i];

	if (memory_has_ledger()) {
		run("nop", nothing); /* what a first fork and exec leave behind does not count */
		(void)audited_free_pages();
		before = audited_free_pages();
	}
	report_exit(suite->program, run(suite->program, arguments));
	if (memory_has_ledger()) {
		report_memory(suite->program, before);
	} else {
		report(true, suite->program, "ledger audit agrees", "SKIP only on Cowslip");
		report(true, suite->program, "as many free pages as at the start",
			"SKIP only on Cowslip");
	}
}

static const struct suite *find_suite(const char *name)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		if (strcmp(suites[i].name, name) == 0)
			return &suites[i];
	}
	return NULL;
}

/* How long the boot took, as the machine's clock starts at its reset; and the memory left free. */
static void report_boot(void)
{
	unsigned long ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks));
	printf("bench boot %lu\n", ticks * TICK_NANOSECONDS);
	printf("bench free-pages %ld\n", memory_free_pages());
	fflush(stdout);
	/* Linux goes on with its boot in the background. */
	sleep_milliseconds(BOOT_REST);
}

int main(int argc, char **argv)
{
	bool is_init = getpid() == 1;
	const struct suite *suite = argc > 1 ? find_suite(argv[1]) : NULL;

	if (is_init)
		prepare_as_init();
	if (is_init && suite != NULL && strncmp(suite->name, "bench", strlen("bench")) == 0)
		report_boot();
	if (suite != NULL) {
		run_suite(suite, argc - 2, argv + 2);
		printf("1..%u\n", case_number);
		printf("SUITE %s DONE\n", suite->name);
	} else {
		printf("usage: suite NAME [WORD]...; the suites are");
		for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
			printf(" %s", suites[i].name);
		printf("\n");
	}
	fflush(stdout);
	if (is_init)
		reboot(RB_POWER_OFF);
	return suite != NULL ? 0 : 2;
}
