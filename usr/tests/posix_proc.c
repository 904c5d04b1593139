/* The files of /proc and /dev, as programs read them. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/abi/syslog.h"
#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

#define TEXT_BYTES    16384
#define PROCESSES     40
#define CHANGES       100
#define PAGEMAP_BYTES (64l << 20) /* read at once */
#define PIECE_BYTES   (2l << 20)

/* The whole file as a string. */
static char *text_of(const char *path)
{
	static char text[TEXT_BYTES];
	int file = open(path, O_RDONLY);
	long size = 0, count;

	if (file < 0)
		FAIL("%s cannot be opened, errno %d", path, errno);
	while ((count = read(file, text + size, sizeof(text) - 1 - (size_t)size)) > 0)
		size += count;
	CHECK_EQUAL(count, 0);
	text[size] = '\0';
	close(file);
	return text;
}

/* What follows a name at the beginning of a line, or NULL. */
static const char *after(const char *text, const char *name)
{
	for (const char *line = text; line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			return line + strlen(name);
	return NULL;
}

static long number_after(const char *text, const char *name)
{
	const char *value = after(text, name);

	if (!value)
		FAIL("there is no line %s", name);
	return strtol(value, NULL, 10);
}

static void proc_stat_of_process(void)
{
	char *text = text_of("/proc/self/stat"), *rest = strrchr(text, ')'), state;
	long fields[50];
	int count = 0;

	CHECK_EQUAL(strtol(text, NULL, 10), getpid());
	CHECK(strncmp(strchr(text, '('), "(posixtest)", 11) == 0);
	state = rest[2];
	CHECK_EQUAL(state, 'R');
	for (char *at = rest + 3; *at && *at != '\n' && count < 50; count++)
		fields[count] = (long)strtoul(at, &at, 10);
	CHECK_EQUAL(count, 49); /* 52 in all */
	CHECK_EQUAL(fields[0], getppid());
	CHECK_EQUAL(fields[1], getpgrp());
	CHECK_EQUAL(fields[2], getsid(0));
	CHECK_EQUAL(fields[16], 1); /* threads */
	CHECK(fields[18] > 0);      /* start time */
	CHECK(fields[19] > 0 && fields[19] % (long)PAGE_BYTES == 0);
	CHECK(fields[20] > 0);
}

static void proc_status(void)
{
	char *text = text_of("/proc/self/status");

	CHECK(strncmp(text, "Name:\tposixtest\n", 16) == 0);
	CHECK(strncmp(after(text, "State:\t"), "R (running)", 11) == 0);
	CHECK_EQUAL(number_after(text, "Tgid:\t"), getpid());
	CHECK_EQUAL(number_after(text, "Pid:\t"), getpid());
	CHECK_EQUAL(number_after(text, "PPid:\t"), getppid());
	CHECK(strncmp(after(text, "Uid:\t"), "0\t0\t0\t0\n", 8) == 0);
	CHECK_EQUAL(number_after(text, "Threads:\t"), 1);
	CHECK(number_after(text, "VmRSS:\t") > 0);
	CHECK(number_after(text, "VmSize:\t") >= number_after(text, "VmRSS:\t"));
	CHECK(strncmp(after(text, "SigBlk:\t"), "0000000000000000\n", 17) == 0);
	after(text, "SigIgn:\t");
	after(text, "SigCgt:\t");
}

static void proc_names(void)
{
	char path[64];
	int file, child;

	CHECK_EQUAL(strcmp(text_of("/proc/self/comm"), "posixtest\n"), 0);
	CHECK(prctl(PR_SET_NAME, "another name") == 0);
	CHECK_EQUAL(strcmp(text_of("/proc/self/comm"), "another name\n"), 0);
	file = open("/proc/self/comm", O_WRONLY);
	GIVES(5, write, file, "third", 5);
	CHECK_EQUAL(strcmp(text_of("/proc/self/comm"), "third\n"), 0);
	child = tap_fork();
	if (child == 0) {
		GIVES(-EINVAL, write, file, "fourth", 6); /* the parent's */
		_exit(0);
	}
	tap_join(child);
	CHECK_EQUAL(strcmp(text_of("/proc/self/cmdline"), "/bin/posixtest"), 0);
	CHECK(readlink("/proc/self/exe", path, sizeof(path)) == 14);
	CHECK_EQUAL(strncmp(path, "/bin/posixtest", 14), 0);
	CHECK(readlink("/proc/self/root", path, sizeof(path)) == 1 && path[0] == '/');
	CHECK(readlink("/proc/self", path, sizeof(path)) > 0);
	CHECK_EQUAL(strtol(path, NULL, 10), getpid());
	CHECK(chdir("/tmp") == 0 && readlink("/proc/self/cwd", path, sizeof(path)) == 4);
	CHECK_EQUAL(strncmp(path, "/tmp", 4), 0);
}

/* A name that contains line ends does not add lines to the file. */
static void proc_names_of_lines(void)
{
	int file = posix_file("a\nb \\", "x");

	WORKS(mmap, NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, file, 0);
	CHECK(strstr(text_of("/proc/self/maps"), "/a\\012b \\\n") != NULL);
	CHECK(strstr(text_of("/proc/self/smaps"), "/a\\012b \\\n") != NULL);
	CHECK(prctl(PR_SET_NAME, "a\nUid:\t7 \\") == 0);
	CHECK(strncmp(text_of("/proc/self/status"), "Name:\ta\\nUid:\t7 \\\\\n", 19) == 0);
}

static void proc_memory(void)
{
	unsigned char *pages = memory_map_pages(64);
	char line[64], *text;
	long before, size;

	strtol(text_of("/proc/self/statm"), &text, 10);
	before = strtol(text, NULL, 10);
	memory_tag(pages, 64, 1);
	size = strtol(text_of("/proc/self/statm"), &text, 10);
	CHECK(strtol(text, &text, 10) >= before + 64 && size > before + 64);
	for (int i = 0; i < 5; i++)
		strtol(text, &text, 10);
	CHECK_EQUAL(*text, '\n');
	snprintf(line, sizeof(line), "%08lx-", (unsigned long)pages);
	CHECK(after(text_of("/proc/self/maps"), line) != NULL);
	CHECK(strstr(text_of("/proc/self/maps"), "[stack]") != NULL);
	CHECK(number_after(text_of("/proc/self/smaps_rollup"), "Rss:") >= 256);
	CHECK(number_after(text_of("/proc/self/smaps_rollup"), "Private_Dirty:") >= 256);
}

static void expect_locked(long kib)
{
	CHECK_EQUAL(number_after(text_of("/proc/self/status"), "VmLck:"), kib);
}

static void proc_locked(void)
{
	const int both = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	unsigned char *pages = memory_map_pages(4);
	long all;
	int child;

	GIVES(0, mlock, pages, 2 * PAGE_BYTES);
	expect_locked(8);
	CHECK_EQUAL(number_after(text_of("/proc/self/smaps_rollup"), "Locked:"), 8);
	CHECK(strstr(text_of("/proc/self/smaps"), " lo") != NULL);
	WORKS(mmap, NULL, PAGE_BYTES, both, flags | MAP_LOCKED, -1, 0);
	expect_locked(12);
	child = tap_fork();
	if (child == 0) {
		expect_locked(0); /* locks are not inherited */
		_exit(0);
	}
	tap_join(child);
	GIVES(0, munmap, pages, PAGE_BYTES);
	expect_locked(8);
	GIVES(0, munlock, pages + PAGE_BYTES, 3 * PAGE_BYTES);
	expect_locked(4);
	GIVES(0, mlockall, MCL_CURRENT | MCL_FUTURE);
	all = number_after(text_of("/proc/self/status"), "VmLck:");
	CHECK(all > 12);
	memory_map_pages(4);
	expect_locked(all + 16);
	GIVES(0, munlockall);
	expect_locked(0);
	memory_map_pages(4);
	expect_locked(0);
}

static void proc_descriptors(void)
{
	char path[64], target[64] = { 0 };
	int file = posix_file("file", "contents"), ends[2];

	CHECK(pipe(ends) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	CHECK(readlink(path, target, sizeof(target)) > 5);
	CHECK_EQUAL(strcmp(target + strlen(target) - 5, "/file"), 0);
	CHECK_EQUAL(strcmp(text_of(path), "contents"), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	CHECK(readlink(path, target, sizeof(target)) > 6);
	CHECK_EQUAL(strncmp(target, "pipe:[", 6), 0);
	CHECK_EQUAL(write(ends[1], "last", 4), 4);
	close(ends[1]); /* opening it now does not wait for a writer */
	CHECK_EQUAL(strcmp(text_of(path), "last"), 0);
	close(ends[0]);
	GIVES(-ENOENT, openat, AT_FDCWD, path, O_RDONLY);
}

/*
 * The parent looks up a child's open files by name while the child closes them: it must not be the one to
 * drop a file's last reference, nor, in the end, that of the whole table.
 */
static void proc_descriptors_meanwhile(void)
{
	char path[64];
	int ends[2];

	text_of("/proc/self/maps"); /* and a fault in a write: the lock checker sees the locks' order */
	CHECK(pipe(ends) == 0);
	close(ends[0]);
	close(ends[1]);
	for (int i = 0; i < PROCESSES; i++) {
		int child = tap_fork();

		for (int j = 0; child == 0 && j < CHANGES; j++) {
			CHECK(pipe(ends) == 0 && write(ends[1], memory_map_pages(1), 1) == 1);
			if (j == CHANGES - 1)
				_exit(0);
			close(ends[0]);
			close(ends[1]);
		}
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", child, ends[0]);
		while (waitpid(child, NULL, WNOHANG) == 0)
			(void)access(path, F_OK);
		CHECK_ERROR(access(path, F_OK), ENOENT);
	}
}

static void proc_of_machine(void)
{
	char *text = text_of("/proc/stat");

	CHECK_EQUAL(strncmp(text, "cpu  ", 5), 0);
	CHECK(number_after(text, "cpu0 ") >= 0);
	CHECK(number_after(text, "btime ") >= 0 && number_after(text, "processes ") > 0);
	CHECK(number_after(text, "procs_running ") > 0);
	text = text_of("/proc/meminfo");
	CHECK(number_after(text, "MemTotal:") > number_after(text, "MemFree:"));
	CHECK(number_after(text, "MemAvailable:") > 0);
	CHECK_EQUAL(number_after(text, "SwapTotal:"), 0);
	CHECK(strtol(text_of("/proc/uptime"), NULL, 10) >= 0);
	CHECK(strstr(text_of("/proc/version"), " version ") != NULL);
	CHECK(strchr(text_of("/proc/loadavg"), '/') != NULL);
	text = text_of("/proc/cpuinfo");
	CHECK(number_after(text, "processor\t: ") == 0 && after(text, "isa\t\t: rv64i") != NULL);
	CHECK(number_after(text_of("/proc/vmstat"), "nr_free_pages ") > 0);
	CHECK(strstr(text_of("/proc/mounts"), " /proc proc ") != NULL);
	CHECK(strstr(text_of("/proc/self/mounts"), " /proc proc ") != NULL);
	text = text_of("/proc/self/mountinfo");
	CHECK(strstr(text, " / /proc rw") != NULL && strstr(text, " - proc ") != NULL);
	CHECK(strstr(text_of("/proc/filesystems"), "nodev\ttmpfs\n") != NULL);
	CHECK(strstr(text_of("/proc/cmdline"), "rdinit=/bin/suite") != NULL);
}

static void proc_errors(void)
{
	char byte;
	int file = open("/proc/self/stat", O_RDONLY);

	GIVES(-ENOENT, openat, AT_FDCWD, "/proc/99999999", O_RDONLY);
	GIVES(-ENOENT, openat, AT_FDCWD, "/proc/self/nothing", O_RDONLY);
	GIVES(-EPERM, unlinkat, AT_FDCWD, "/proc/version", 0);
	GIVES(-EFAULT, read, file, BAD_POINTER, 1);
	GIVES(1, pread64, file, &byte, 1, 0);
	GIVES(0, pread64, file, &byte, 1, 100000);
	GIVES(5, lseek, file, 5, SEEK_SET);
}

/* A process that has ended, before and after it has been waited for. */
static void proc_of_dead(void)
{
	char path[64];
	siginfo_t info;
	int pid = tap_fork();

	if (pid == 0)
		_exit(0);
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(strncmp(strrchr(text_of(path), ')'), ") Z", 3) == 0);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	CHECK_EQUAL(text_of(path)[0], '\0');
	tap_join(pid);
	GIVES(-ENOENT, openat, AT_FDCWD, path, O_RDONLY);
}

static void device_files(void)
{
	char bytes[16] = "unchanged";
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
	int full = open("/dev/full", O_RDWR);
	struct stat status;

	GIVES(0, read, null, bytes, 4);
	GIVES(4, write, null, bytes, 4);
	GIVES(4, read, zero, bytes, 4);
	CHECK(bytes[0] == 0 && bytes[3] == 0 && bytes[4] == 'a');
	GIVES(4, write, zero, bytes, 4);
	GIVES(-ENOSPC, write, full, bytes, 4);
	GIVES(4, read, full, bytes, 4);
	CHECK(fstat(null, &status) == 0 && S_ISCHR(status.st_mode));
	CHECK_EQUAL(status.st_rdev, 0x103);
	CHECK(stat("/dev/tty", &status) == 0 && status.st_rdev == 0x500);
	CHECK(stat("/dev/console", &status) == 0 && status.st_rdev == 0x501);
	CHECK(stat("/dev/zero", &status) == 0 && status.st_rdev == 0x105);
	GIVES(-ENODEV, mmap, NULL, 1, PROT_READ, MAP_PRIVATE, null, 0);
	WORKS(mmap, NULL, 1, PROT_READ, MAP_PRIVATE, zero, 0);
}

/* A directory has these names, and no other that begins with a digit. */
static void check_numbers(const char *path, long first, long second)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	unsigned int seen = 0;

	CHECK(directory != NULL);
	while ((entry = readdir(directory)) != NULL) {
		long number = strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		if (number != first && number != second && number != dirfd(directory))
			FAIL("%s has %s", path, entry->d_name);
		seen += number == first || number == second;
	}
	closedir(directory);
	CHECK_EQUAL(seen, 2);
}

static void proc_lists_descriptors(void)
{
	for (int file = 0; file < BAD_FD; file++)
		close(file);
	CHECK_EQUAL(open("/", O_RDONLY), 0);
	GIVES(57, dup3, 0, 57, 0);
	check_numbers("/proc/self/fd", 0, 57);
}

static void random_device(void)
{
	unsigned char once[300], twice[300];
	int file;

	if (access("/dev/urandom", F_OK) != 0)
		WORKS(mknodat, AT_FDCWD, "/dev/urandom", S_IFCHR | FILE_MODE, 1 << 8 | 9);
	file = open("/dev/urandom", O_RDWR);
	GIVES(sizeof(once), read, file, once, sizeof(once));
	GIVES(sizeof(twice), read, file, twice, sizeof(twice));
	CHECK(memcmp(once, twice, sizeof(once)) != 0);
	GIVES(sizeof(once), write, file, once, sizeof(once));
	GIVES(-EFAULT, read, file, BAD_POINTER, 1);
	GIVES(-EFAULT, write, file, BAD_POINTER, 1);
}

static void kernel_log(void)
{
	static char text[TEXT_BYTES];
	const long size = WORKS(syslog, SYSLOG_ACTION_SIZE_BUFFER, NULL, 0);
	const long some = WORKS(syslog, SYSLOG_ACTION_READ_ALL, text, sizeof(text));

	CHECK(some > 0 && some <= size);
	CHECK(WORKS(syslog, SYSLOG_ACTION_READ_ALL, text, 10) <= 10);
	GIVES(0, syslog, SYSLOG_ACTION_OPEN, NULL, 0);
	GIVES(-EINVAL, syslog, SYSLOG_ACTION_READ_ALL, NULL, 10);
	GIVES(-EINVAL, syslog, SYSLOG_ACTION_READ_ALL, text, -1);
	GIVES(-EFAULT, syslog, SYSLOG_ACTION_READ_ALL, BAD_POINTER, sizeof(text));
	GIVES(-EINVAL, syslog, 77, NULL, 0);
}

/* The arguments read while a process executes a program are those of either the old or the new one. */
static void arguments_in_exec(void)
{
	const char *sleep = tap_sibling("sleep");
	char path[32], text[256];

	for (int i = 0; i < 30; i++) {
		int pid = tap_fork(), file;

		if (pid == 0) {
			execl(sleep, "other", "100", NULL);
			_exit(1);
		}
		snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
		file = open(path, O_RDONLY);
		CHECK(file >= 0);
		do {
			long size = pread(file, text, sizeof(text) - 1, 0);

			CHECK(size >= 0);
			text[size] = '\0';
		} while (strcmp(text, "other") != 0);
		close(file);
		GIVES(0, kill, pid, SIGKILL);
		tap_join_killed(pid, SIGKILL);
	}
}

static char *buffer;

/* Of PAGEMAP_BYTES, but it needs little memory: it maps the same pages again and again. */
static void map_buffer(void)
{
	int file = memfd_create("buffer", 0);

	buffer = mmap(NULL, PAGEMAP_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(file >= 0 && buffer != MAP_FAILED);
	GIVES(0, ftruncate, file, PIECE_BYTES);
	for (long at = 0; at < PAGEMAP_BYTES; at += PIECE_BYTES)
		CHECK(mmap(buffer + at, PIECE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			      file, 0) == buffer + at);
	close(file);
}

static void read_pagemap(void)
{
	int file = open("/proc/self/pagemap", O_RDONLY);

	GIVES(PAGEMAP_BYTES, pread64, file, buffer, PAGEMAP_BYTES, 0);
	close(file);
}

/* A long read of pagemap keeps neither others from the hart nor its process from being killed. */
static void pagemap_gives_way(void)
{
	map_buffer();
	tap_check_killable(read_pagemap);
}

static const struct tap_case cases[] = {
	{ "proc-stat-of-process", proc_stat_of_process, 0 },
	{ "proc-status", proc_status, 0 },
	{ "proc-names", proc_names, 0 },
	{ "proc-names-of-lines", proc_names_of_lines, 0 },
	{ "proc-memory", proc_memory, 0 },
	{ "proc-locked", proc_locked, 0 },
	{ "proc-descriptors", proc_descriptors, 0 },
	{ "proc-descriptors-meanwhile", proc_descriptors_meanwhile, 0 },
	{ "pagemap-gives-way", pagemap_gives_way, TAP_COWSLIP },
	{ "proc-of-machine", proc_of_machine, 0 },
	{ "proc-errors", proc_errors, 0 },
	{ "proc-of-dead", proc_of_dead, 0 },
	{ "device-files", device_files, 0 },
	{ "proc-lists-descriptors", proc_lists_descriptors, 0 },
	{ "random-device", random_device, 0 },
	{ "kernel-log", kernel_log, 0 },
	{ "arguments-in-exec", arguments_in_exec, 0 },
};

const struct tap_group posix_proc_group = TAP_GROUP(cases);
