/* Locks on files: records by process and by open file (fcntl), and whole files (flock). */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/posixtest.h"

#define LAST (~(1l << 63)) /* the last byte that a file can have */

static long set_lock(int file, int command, int type, long start, long length)
{
	struct flock lock = { .l_type = (short)type, .l_start = start, .l_len = length };

	return kernel_call(SYS_fcntl, file, command, &lock);
}

/* What the call gives in a child, which has its parent's open file but not its locks. */
static int lock_in_child(int file, int command, int type, long start, long length)
{
	int pid = tap_fork();

	if (pid == 0)
		_exit((int)-set_lock(file, command, type, start, length));
	return -WEXITSTATUS(tap_wait(pid));
}

static void lock_records(void)
{
	int file = posix_file("file", "");
	struct flock lock = { .l_type = F_WRLCK, .l_start = 15, .l_len = 1 };

	CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 0, 10), 0);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 20, 10), 0);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_RDLCK, 30, 10), 0);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 10, 10), 0); /* joins its neighbours */
	CHECK_EQUAL(set_lock(file, F_SETLK, F_UNLCK, 20, 10), 0);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_UNLCK, 6, 4), 0); /* is split */
	GIVES(0, fcntl, file, F_GETLK, &lock);
	CHECK_EQUAL(lock.l_type, F_UNLCK); /* its own lock is no conflict */
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_WRLCK, 5, 1), -EAGAIN);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_RDLCK, 5, 1), -EAGAIN);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_WRLCK, 6, 4), 0);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_WRLCK, 6, 5), -EAGAIN);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_RDLCK, 30, 5), 0);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_WRLCK, 39, 0), -EAGAIN);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_WRLCK, 40, 0), 0);
}

/* What a child is told of its parent's locks. */
static void lock_is_told(void)
{
	int file = posix_file("file", "0123456789"), pid;

	CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 10, 10), 0);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_RDLCK, 50, 0), 0);
	pid = tap_fork();
	if (pid == 0) {
		struct flock lock = { .l_type = F_RDLCK, .l_start = 15, .l_len = 1 };
		struct flock far = { .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = 90 };

		GIVES(0, fcntl, file, F_GETLK, &lock);
		CHECK_EQUAL(lock.l_type, F_WRLCK);
		CHECK_EQUAL(lock.l_whence, SEEK_SET);
		CHECK_EQUAL(lock.l_start, 10);
		CHECK_EQUAL(lock.l_len, 10);
		CHECK_EQUAL(lock.l_pid, getppid());
		GIVES(0, fcntl, file, F_GETLK, &far);
		CHECK_EQUAL(far.l_type, F_RDLCK);
		CHECK_EQUAL(far.l_start, 50);
		CHECK_EQUAL(far.l_len, 0);
		_exit(0);
	}
	tap_join(pid);
}

static void lock_errors(void)
{
	int file = posix_file("file", ""), reader = open("file", O_RDONLY);
	struct flock lock = { .l_type = F_UNLCK };
	struct flock odd = { .l_type = F_RDLCK, .l_whence = 7 };

	CHECK_EQUAL(set_lock(file, F_SETLK, 7, 0, 1), -EINVAL);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_RDLCK, -1, 1), -EINVAL);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_RDLCK, 4, -5), -EINVAL);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_RDLCK, 4, -4), 0);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_RDLCK, LAST, 2), -EOVERFLOW);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_RDLCK, 1, LAST), 0); /* the same as to the end */
	CHECK_EQUAL(set_lock(file, F_SETLK, F_UNLCK, LAST, 1), 0);
	CHECK_EQUAL(set_lock(reader, F_SETLK, F_WRLCK, 0, 1), -EBADF);
	GIVES(-EINVAL, fcntl, file, F_GETLK, &lock);
	GIVES(-EINVAL, fcntl, file, F_SETLK, &odd);
	GIVES(-EFAULT, fcntl, file, F_SETLK, BAD_POINTER);
	GIVES(-EFAULT, fcntl, file, F_GETLK, BAD_POINTER);
	GIVES(-EBADF, fcntl, BAD_FD, F_SETLK, &lock);
	lock.l_pid = 1;
	GIVES(-EINVAL, fcntl, file, F_OFD_SETLK, &lock);
}

/* When a process closes any descriptor of the file its locks are released. */
static void lock_goes_with_close(void)
{
	int file = posix_file("file", ""), other = open("file", O_RDWR);

	CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 0, 0), 0);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_WRLCK, 0, 0), -EAGAIN);
	close(other);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_WRLCK, 0, 0), 0);
	CHECK_EQUAL(lock_in_child(file, F_SETLK, F_WRLCK, 0, 0), 0); /* also at a process's end */
}

/* A task does not get a lock that it waits for if the descriptor is closed meanwhile. */
static void lock_of_closed(void)
{
	int file = posix_file("file", ""), holder, waiter;
	struct gate locked, closed;

	gate_init(&locked);
	gate_init(&closed);
	holder = tap_fork();
	if (holder == 0) {
		CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 0, 0), 0);
		gate_open(&locked);
		gate_wait(&closed);
		_exit(0);
	}
	gate_wait(&locked);
	waiter = (int)WORKS(clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (waiter == 0) {
		CHECK_EQUAL(set_lock(file, F_SETLKW, F_WRLCK, 0, 0), -EBADF);
		_exit(0);
	}
	tap_wait_until_asleep(waiter);
	GIVES(0, close, file);
	gate_open(&closed);
	tap_join(holder);
	tap_join(waiter);
}

static void lock_deadlock(void)
{
	int file = posix_file("file", ""), child;
	struct gate gate;

	gate_init(&gate);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 101, 1), 0);
	child = tap_fork();
	if (child == 0) {
		CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 100, 1), 0);
		gate_open(&gate);
		CHECK_EQUAL(set_lock(file, F_SETLKW, F_WRLCK, 101, 1), 0);
		_exit(0);
	}
	gate_wait(&gate);
	tap_wait_until_asleep(child);
	CHECK_EQUAL(set_lock(file, F_SETLKW, F_WRLCK, 100, 1), -EDEADLK);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_UNLCK, 101, 1), 0);
	tap_join(child);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void lock_wait_is_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	int file = posix_file("file", ""), child;
	struct gate gate;

	gate_init(&gate);
	CHECK_EQUAL(set_lock(file, F_SETLK, F_WRLCK, 0, 0), 0);
	child = tap_fork();
	if (child == 0) {
		int other = open("file", O_RDWR);

		sigaction(SIGUSR1, &action, NULL);
		CHECK_EQUAL(flock(other, LOCK_EX), 0); /* another kind of lock */
		gate_open(&gate);
		CHECK_EQUAL(set_lock(file, F_SETLKW, F_WRLCK, 0, 0), -EINTR);
		_exit(0);
	}
	gate_wait(&gate);
	tap_wait_until_asleep(child);
	CHECK(kill(child, SIGUSR1) == 0);
	tap_join(child);
}

/* Locks of an open file belong to all that share it, and are released with the last descriptor. */
static void lock_of_open_file(void)
{
	int file = posix_file("file", ""), other = open("file", O_RDWR), copy = dup(file);
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };

	CHECK_EQUAL(set_lock(file, F_OFD_SETLK, F_WRLCK, 0, 10), 0);
	CHECK_EQUAL(set_lock(copy, F_OFD_SETLK, F_WRLCK, 5, 10), 0);
	CHECK_EQUAL(lock_in_child(file, F_OFD_SETLK, F_RDLCK, 0, 5), 0); /* changes it for all */
	CHECK_EQUAL(set_lock(other, F_OFD_SETLK, F_RDLCK, 0, 1), 0);
	CHECK_EQUAL(set_lock(other, F_OFD_SETLK, F_WRLCK, 5, 1), -EAGAIN);
	CHECK_EQUAL(set_lock(other, F_SETLK, F_WRLCK, 5, 1), -EAGAIN);
	lock.l_start = 14;
	GIVES(0, fcntl, other, F_OFD_GETLK, &lock);
	CHECK_EQUAL(lock.l_type, F_WRLCK);
	CHECK_EQUAL(lock.l_start, 5);
	CHECK_EQUAL(lock.l_len, 10);
	CHECK_EQUAL(lock.l_pid, -1);
	close(file);
	CHECK_EQUAL(set_lock(other, F_OFD_SETLK, F_WRLCK, 5, 1), -EAGAIN);
	close(copy);
	CHECK_EQUAL(set_lock(other, F_OFD_SETLK, F_WRLCK, 5, 1), 0);
}

static void lock_whole_files(void)
{
	int file = posix_file("file", ""), reader = open("file", O_RDONLY), copy = dup(file);

	GIVES(0, flock, file, LOCK_SH);
	GIVES(0, flock, reader, LOCK_SH);
	GIVES(-EAGAIN, flock, file, LOCK_EX | LOCK_NB);
	close(reader);
	GIVES(0, flock, file, LOCK_EX | LOCK_NB);
	reader = open("file", O_RDONLY);
	GIVES(-EAGAIN, flock, reader, LOCK_SH | LOCK_NB);
	close(file);
	GIVES(-EAGAIN, flock, reader, LOCK_SH | LOCK_NB); /* its duplicate keeps it */
	GIVES(0, flock, copy, LOCK_UN);
	GIVES(0, flock, reader, LOCK_EX | LOCK_NB);
	GIVES(-EINVAL, flock, reader, 0);
	GIVES(-EINVAL, flock, reader, LOCK_SH | LOCK_EX);
	GIVES(-EINVAL, flock, reader, 0x1000);
	GIVES(-EBADF, flock, BAD_FD, LOCK_SH);
}

static void lock_whole_file_waits(void)
{
	int file = posix_file("file", ""), child;
	struct gate gate;
	char byte = 0;

	gate_init(&gate);
	GIVES(0, flock, file, LOCK_EX);
	child = tap_fork();
	if (child == 0) {
		int own = open("file", O_RDWR);

		close(file);
		gate_open(&gate);
		GIVES(0, flock, own, LOCK_EX);
		GIVES(1, read, own, &byte, 1);
		CHECK_EQUAL(byte, 'x');
		_exit(0);
	}
	gate_wait(&gate);
	tap_wait_until_asleep(child);
	GIVES(1, write, file, "x", 1);
	GIVES(0, flock, file, LOCK_UN);
	tap_join(child);
}

/* Two holders of a shared lock both want it exclusively: each releases its own, and then waits. */
static void lock_is_changed_by_two(void)
{
	int file = posix_file("file", ""), child;

	GIVES(0, flock, file, LOCK_SH);
	child = tap_fork();
	if (child == 0) {
		int own = open("file", O_RDWR);

		close(file);
		GIVES(0, flock, own, LOCK_SH);
		GIVES(0, flock, own, LOCK_EX);
		_exit(0);
	}
	tap_wait_until_asleep(child);
	GIVES(0, flock, file, LOCK_EX);
	GIVES(0, flock, file, LOCK_UN);
	tap_join(child);
}

/* A lock whose type cannot be changed is lost; asking for the same type again changes nothing. */
static void lock_is_lost_in_change(void)
{
	int file = posix_file("file", ""), other = open("file", O_RDWR);

	GIVES(0, flock, file, LOCK_SH);
	GIVES(0, flock, other, LOCK_SH);
	GIVES(0, flock, other, LOCK_SH | LOCK_NB);
	GIVES(-EAGAIN, flock, file, LOCK_EX | LOCK_NB);
	GIVES(0, flock, other, LOCK_EX | LOCK_NB);
	GIVES(-EAGAIN, flock, file, LOCK_SH | LOCK_NB);
	GIVES(0, flock, other, LOCK_SH);
	GIVES(0, flock, file, LOCK_SH | LOCK_NB);
}

/* Locks of an open file can be released by any process that shares it, so there is no deadlock. */
static void lock_of_open_file_waits(void)
{
	int file = posix_file("file", ""), parent = getpid(), child, friend;
	struct gate gate;

	gate_init(&gate);
	CHECK_EQUAL(set_lock(file, F_OFD_SETLK, F_WRLCK, 0, 1), 0);
	child = tap_fork();
	if (child == 0) {
		int own = open("file", O_RDWR);

		CHECK_EQUAL(set_lock(own, F_OFD_SETLK, F_WRLCK, 1, 1), 0);
		friend = tap_fork();
		if (friend == 0) {
			gate_wait(&gate);
			tap_wait_until_asleep(parent);
			CHECK_EQUAL(set_lock(own, F_OFD_SETLK, F_UNLCK, 1, 1), 0);
			_exit(0);
		}
		CHECK_EQUAL(set_lock(own, F_OFD_SETLKW, F_WRLCK, 0, 1), 0);
		tap_join(friend);
		_exit(0);
	}
	tap_wait_until_asleep(child);
	gate_open(&gate);
	CHECK_EQUAL(set_lock(file, F_OFD_SETLKW, F_WRLCK, 1, 1), 0);
	CHECK_EQUAL(set_lock(file, F_OFD_SETLK, F_UNLCK, 0, 1), 0);
	tap_join(child);
}

static const struct tap_case cases[] = {
	{ "lock-records", lock_records, 0 },
	{ "lock-is-told", lock_is_told, 0 },
	{ "lock-errors", lock_errors, 0 },
	{ "lock-goes-with-close", lock_goes_with_close, 0 },
	{ "lock-of-closed", lock_of_closed, 0 },
	{ "lock-deadlock", lock_deadlock, 0 },
	{ "lock-wait-is-interrupted", lock_wait_is_interrupted, 0 },
	{ "lock-of-open-file", lock_of_open_file, 0 },
	{ "lock-whole-files", lock_whole_files, 0 },
	{ "lock-whole-file-waits", lock_whole_file_waits, 0 },
	{ "lock-is-changed-by-two", lock_is_changed_by_two, 0 },
	{ "lock-is-lost-in-change", lock_is_lost_in_change, 0 },
	{ "lock-of-open-file-waits", lock_of_open_file_waits, 0 },
};

const struct tap_group posix_lock_group = TAP_GROUP(cases);
