/*
 * The cases of posixtest, by file, and how they state what a call gives: GIVES(-EBADF, close, 99).
 */
#pragma once

#include <errno.h>
#include <sys/syscall.h>

#include "usr/tests/tap.h"
#include "usr/tests/thread.h"

extern const struct tap_group posix_capability_group;
extern const struct tap_group posix_cred_group;
extern const struct tap_group posix_crowd_group;
extern const struct tap_group posix_descriptor_group;
extern const struct tap_group posix_event_group;
extern const struct tap_group posix_file_group;
extern const struct tap_group posix_futex_group;
extern const struct tap_group posix_kinds_group;
extern const struct tap_group posix_limit_group;
extern const struct tap_group posix_lock_group;
extern const struct tap_group posix_map_group;
extern const struct tap_group posix_memory_group;
extern const struct tap_group posix_memory_file_group;
extern const struct tap_group posix_mount_group;
extern const struct tap_group posix_path_group;
extern const struct tap_group posix_poll_group;
extern const struct tap_group posix_proc_group;
extern const struct tap_group posix_process_group;
extern const struct tap_group posix_pty_group;
extern const struct tap_group posix_sender_group;
extern const struct tap_group posix_signal_group;
extern const struct tap_group posix_socket_group;
extern const struct tap_group posix_timer_group;
extern const struct tap_group posix_travel_group;
extern const struct tap_group posix_tty_group;
extern const struct tap_group posix_vdso_group;
extern const struct tap_group posix_stack_group;

#define FILE_MODE      0644
#define DIRECTORY_MODE 0755
#define BAD_FD         99          /* never open */
#define BAD_POINTER    ((void *)8) /* nothing is ever mapped there */

/* The system call, made as it is written here, must return this: a result, or -errno. */
#define GIVES(expected, call, ...)                                   \
	posix_expect(__FILE__, __LINE__, #call "(" #__VA_ARGS__ ")", \
		kernel_call(SYS_##call, ##__VA_ARGS__), (expected))

/* The system call must succeed; evaluates to its result. */
#define WORKS(call, ...)                                              \
	posix_succeed(__FILE__, __LINE__, #call "(" #__VA_ARGS__ ")", \
		kernel_call(SYS_##call, ##__VA_ARGS__))

void posix_expect(const char *file, int line, const char *call, long result, long expected);
long posix_succeed(const char *file, int line, const char *call, long result);

/*
 * Run with this argument, the program prints its user and group ids, and whether it is "secure"
 * (posix_cred.c).
 */
#define IDENTITY_ARGUMENT "-identity"
int posix_tell_identity(void);

/* With this one its exit status tells what became of PR_SET_PDEATHSIG and PR_SET_DUMPABLE. */
#define DEATH_ARGUMENT "-death"
int posix_tell_death(void);

/* A new file, open for reading and writing, with this text in it; the position is at its start. */
int posix_file(const char *name, const char *text);

/* A row of a table of calls; see posix_table.c. */
struct posix_row {
	const char *results; /* a letter for each column; '?': not checked, since Cowslip differs */
	const char *name;
	long number;
	long arguments[6];
};

#define AT(address) ((long)(address)) /* in arguments: a pointer */

/* In arguments: the column's n-th subject. */
#define SUBJECT(n)   (-1000l - (n))
#define SUBJECTS_MAX 4

/* Makes the call, which must give what the row has in that column. */
void posix_check_row(const struct posix_row *row, size_t column, const long subjects[]);
