/*
 * filetest: what the man pages say about files beyond what usertests checks: names, attributes,
 * mappings, mounts, FIFOs, waiting.
 */
#include "usr/tests/filetest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES 256

void make_file(const char *name, const char *text)
{
	int file = open(name, O_CREAT | O_TRUNC | O_WRONLY, FILE_MODE);

	CHECK(file >= 0);
	CHECK_EQUAL(write(file, text, strlen(text)), strlen(text));
	close(file);
}

void expect_file(const char *name, const char *text)
{
	char content[TEXT_BYTES] = { 0 };
	int file = open(name, O_RDONLY);

	CHECK(file >= 0);
	CHECK_EQUAL(read(file, content, sizeof(content) - 1), strlen(text));
	if (strcmp(content, text) != 0)
		FAIL("%s holds \"%s\", not \"%s\"", name, content, text);
	close(file);
}

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { file_name_group, file_data_group, file_wait_group };
	const struct tap_suite suite = {
		.name = "filetest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL FILE TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
