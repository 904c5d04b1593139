/*
 * usertests: what a hostile, careless or merely busy program can do to a kernel. Every case also
 * passes on Linux, which is the oracle.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "usr/tests/usertests.h"

#define FILE_MODE   0644
#define CHECK_BYTES 512

void write_file(const char *name, const void *content, size_t size)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, FILE_MODE);

	if (fd < 0)
		FAIL("open %s: errno %d", name, errno);
	CHECK_EQUAL(write(fd, content, size), size);
	CHECK(close(fd) == 0);
}

void check_file(const char *name, const void *content, size_t size)
{
	const char *expected = content;
	char found[CHECK_BYTES];
	size_t done = 0;
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		FAIL("open %s: errno %d", name, errno);
	for (;;) {
		ssize_t count = read(fd, found, sizeof(found));
		CHECK(count >= 0);
		if (count == 0)
			break;
		if (done + (size_t)count > size)
			FAIL("%s is longer than %lu", name, (unsigned long)size);
		if (memcmp(found, expected + done, (size_t)count) != 0)
			FAIL("%s differs after %lu", name, (unsigned long)done);
		done += (size_t)count;
	}
	CHECK_EQUAL(done, size);
	close(fd);
}

int lowest_descriptor(void)
{
	int fd = dup(STDOUT_FILENO);

	CHECK(fd >= 0);
	close(fd);
	return fd;
}

void volunteer_to_be_killed(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0)
		return;
	CHECK(write(fd, "1000", 4) == 4);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct tap_group groups[] = {
		user_pointer_group,
		user_exec_group,
		user_file_group,
		user_writer_group,
		user_directory_group,
		user_process_group,
		user_crowd_group,
		user_memory_group,
		user_break_group,
		user_library_group,
	};
	const struct tap_suite suite = {
		.name = "usertests",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL TESTS PASSED",
	};

	if (argc == 2 && strcmp(argv[1], EXEC_REPORT) == 0)
		return exec_report();
	return tap_main(argc, argv, &suite);
}
