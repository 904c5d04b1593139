/*
 * posixtest: each system call with good arguments, whose effect is checked, and with bad ones, each
 * of which has its errno. Linux is the oracle: the test linux-posix checks that it prints the same.
 */
#include "usr/tests/posixtest.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void posix_expect(const char *file, int line, const char *call, long result, long expected)
{
	if (result != expected)
		tap_fail(file, line, "%s gave %ld, not %ld", call, result, expected);
}

long posix_succeed(const char *file, int line, const char *call, long result)
{
	if (result < 0)
		tap_fail(file, line, "%s gave %ld", call, result);
	return result;
}

int posix_file(const char *name, const char *text)
{
	int file = open(name, O_RDWR | O_CREAT | O_TRUNC, FILE_MODE);

	CHECK(file >= 0);
	CHECK_EQUAL(write(file, text, strlen(text)), strlen(text));
	CHECK_EQUAL(lseek(file, 0, SEEK_SET), 0);
	return file;
}

int main(int argc, char **argv)
{
	const struct tap_group groups[] = {
		posix_capability_group,
		posix_cred_group,
		posix_crowd_group,
		posix_descriptor_group,
		posix_event_group,
		posix_file_group,
		posix_futex_group,
		posix_kinds_group,
		posix_limit_group,
		posix_lock_group,
		posix_map_group,
		posix_memory_group,
		posix_memory_file_group,
		posix_mount_group,
		posix_path_group,
		posix_poll_group,
		posix_proc_group,
		posix_process_group,
		posix_pty_group,
		posix_sender_group,
		posix_signal_group,
		posix_socket_group,
		posix_timer_group,
		posix_travel_group,
		posix_tty_group,
		posix_vdso_group,
		posix_stack_group,
	};
	const struct tap_suite suite = {
		.name = "posixtest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL POSIX TESTS PASSED",
	};

	if (argc == 2 && strcmp(argv[1], IDENTITY_ARGUMENT) == 0)
		return posix_tell_identity();
	if (argc == 2 && strcmp(argv[1], DEATH_ARGUMENT) == 0)
		return posix_tell_death();
	return tap_main(argc, argv, &suite);
}
