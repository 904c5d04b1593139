/*
 * Attacks by changing names, owners, bits and directories while others open files or start programs.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/attacktest.h"
#include "usr/tests/memory.h"

#define CHANGES 40

static int stop;

static void exchange_names(void *argument)
{
	(void)argument;
	while (!atomic_load_flag(&stop))
		kernel_call(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "link", RENAME_EXCHANGE);
}

/* O_NOFOLLOW opens the file or nothing, never what the link leads to. */
static void link_against_open(void)
{
	struct stat real, seen;
	static struct thread thread;
	unsigned long deadline;

	close(open("file", O_CREAT | O_RDWR, 0600));
	close(open("secret", O_CREAT | O_RDWR, 0600));
	CHECK(symlink("secret", "link") == 0);
	CHECK(stat("file", &real) == 0);
	thread_start(&thread, exchange_names, NULL);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		int file = open("file", O_RDWR | O_NOFOLLOW);

		if (file < 0) {
			CHECK_EQUAL(errno, ELOOP);
			continue;
		}
		CHECK(fstat(file, &seen) == 0);
		CHECK_EQUAL(seen.st_ino, real.st_ino);
		close(file);
		CHECK_ERROR(open("file", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	}
	atomic_store_flag(&stop, 1);
	thread_join(&thread);
}

static void change_owner(void *argument)
{
	(void)argument;
	while (!atomic_load_flag(&stop)) {
		kernel_call(SYS_fchownat, AT_FDCWD, "program", USER, USER, 0);
		kernel_call(SYS_fchmodat, AT_FDCWD, "program", 04755);
		kernel_call(SYS_fchownat, AT_FDCWD, "program", 0, 0, 0);
	}
}

/* exec never combines a program's old owner with its new mode bits (CVE-2015-3339). */
static void owner_against_exec(void)
{
	static struct thread thread;
	unsigned long deadline;

	attack_open_place();
	tap_copy_program("program", 0755, 0, 0);
	thread_start(&thread, change_owner, NULL);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		int child = tap_fork();

		if (child == 0) {
			attack_become_user();
			execl("program", "program", "-user", NULL);
			_exit(errno);
		}
		tap_join(child);
	}
	atomic_store_flag(&stop, 1);
	thread_join(&thread);
}

/* A user whose file is given to root cannot make it set-user-id, not even at that very moment. */
static void owner_against_chmod(void)
{
	struct stat seen;
	unsigned long deadline;
	int child;

	attack_open_place();
	close(open("program", O_CREAT | O_RDWR, 0755));
	child = tap_fork();
	if (child == 0) {
		attack_become_user();
		for (;;)
			kernel_call(SYS_fchmodat, AT_FDCWD, "program", 04755);
	}
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		CHECK(chown("program", USER, USER) == 0);
		usleep(rand() % 50);
		CHECK(chown("program", 0, 0) == 0);
		CHECK(stat("program", &seen) == 0);
		CHECK_EQUAL(seen.st_mode & S_ISUID, 0);
	}
	CHECK(kill(child, SIGKILL) == 0);
	CHECK_EQUAL(waitpid(child, NULL, 0), child);
}

static unsigned long share_moment;

/* Shares its directories with a new process, which changes them once this one has called exec. */
static int share_directories(void *unused)
{
	const struct timespec pause = { 0, ATTACK_MOVE_PAUSE * 1000000l };

	(void)unused;
	while (now_nanoseconds() < share_moment)
		continue;
	if (kernel_call(SYS_clone, CLONE_FS, 0, 0, 0, 0) == 0) {
		kernel_call(SYS_nanosleep, &pause, NULL);
		kernel_call(SYS_chdir, "/");
		kernel_call(SYS_exit_group, 0);
	}
	for (;;)
		kernel_call(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

/*
 * A process that shares its directories with the caller of exec must not change those of a program
 * that runs with other rights, no matter when that process is made.
 */
static void directories_shared_in_exec(void)
{
	attack_open_place();
	tap_copy_program("set-root", 04755, 0, 0);
	for (unsigned int i = 0; i < CHANGES; i++) {
		int child = tap_fork();

		if (child == 0) {
			char *stack = (char *)memory_map_pages(THREAD_STACK_PAGES);

			attack_become_user();
			share_moment = now_nanoseconds() + i * 50000;
			CHECK(clone(share_directories, stack + THREAD_STACK_PAGES * PAGE_BYTES,
				      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
					      CLONE_THREAD | CLONE_SYSVSEM,
				      NULL) > 0);
			execl("./set-root", "set-root", "-moved", NULL);
			_exit(errno);
		}
		tap_join(child);
	}
}

static const struct tap_case cases[] = {
	{ "link-against-open", link_against_open, 0 },
	{ "owner-against-exec", owner_against_exec, 0 },
	{ "owner-against-chmod", owner_against_chmod, 0 },
	{ "directories-shared-in-exec", directories_shared_in_exec, 0 },
};

const struct tap_group attack_owner_group = TAP_GROUP(cases);
