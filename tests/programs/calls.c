/*
 * A program for glibc, linked statically: calls on locks, memory, timers, events and sockets, with
 * good arguments and bad ones. What it expects is what Linux does, where it runs as well. Prints one
 * line for each thing that does not hold, then how many did, and ends with 0 if all did.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define BAD  nowhere

static void *volatile nowhere = (void *)8; /* nothing is ever mapped there */
static int held, failed;

static void check(int holds, const char *what, int line)
{
	held += holds != 0;
	failed += !holds;
	if (!holds)
		printf("FAILS: line %d: %s, errno %d\n", line, what, errno);
}

#define CHECK(condition)      check((condition), #condition, __LINE__)
#define ERROR(expected, call) check((call) == -1 && errno == (expected), #call, __LINE__)

static int make_file(const char *name)
{
	return open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
}

static int set_lock(int fd, int command, int type, off_t start, off_t length)
{
	struct flock lock = { .l_type = type, .l_start = start, .l_len = length };

	return fcntl(fd, command, &lock);
}

/* What a child process does; its result is its exit status. */
static int in_child(int (*function)(int), int argument)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(function(argument));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_lock_records(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_start = 15, .l_len = 1 };

	if (set_lock(fd, F_SETLK, F_WRLCK, 5, 1) == 0 || errno != EAGAIN)
		return 1;
	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type != F_WRLCK || lock.l_pid != getppid())
		return 2;
	if (lock.l_start != 10 || lock.l_len != 10)
		return 3;
	return set_lock(fd, F_SETLK, F_RDLCK, 30, 5) == 0 ? 0 : 4;
}

static int lock_is_free(int fd)
{
	return set_lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0;
}

/* The child holds the first byte and waits for the second, the parent the other way round. */
static void deadlock(int fd)
{
	int ready[2], status;
	pid_t child;

	CHECK(pipe(ready) == 0);
	CHECK(set_lock(fd, F_SETLK, F_WRLCK, 101, 1) == 0);
	child = fork();
	if (child == 0) {
		set_lock(fd, F_SETLK, F_WRLCK, 100, 1);
		write(ready[1], "", 1);
		_exit(set_lock(fd, F_SETLKW, F_WRLCK, 101, 1) != 0);
	}
	read(ready[0], &status, 1);
	usleep(200000);
	ERROR(EDEADLK, set_lock(fd, F_SETLKW, F_WRLCK, 100, 1));
	CHECK(set_lock(fd, F_SETLK, F_UNLCK, 101, 1) == 0);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	close(ready[0]);
	close(ready[1]);
}

static void locks(void)
{
	int fd = make_file("locked"), other = open("locked", O_RDWR), reader;

	CHECK(set_lock(fd, F_SETLK, F_WRLCK, 0, 10) == 0);
	CHECK(set_lock(fd, F_SETLK, F_WRLCK, 20, 10) == 0);
	CHECK(set_lock(fd, F_SETLK, F_RDLCK, 30, 10) == 0);
	CHECK(set_lock(fd, F_SETLK, F_WRLCK, 10, 10) == 0);
	CHECK(set_lock(fd, F_SETLK, F_UNLCK, 20, 10) == 0);
	CHECK(set_lock(fd, F_SETLK, F_UNLCK, 6, 4) == 0);
	CHECK(in_child(try_lock_records, fd) == 0);
	deadlock(fd);
	close(other); /* with any descriptor of the file the process's locks go */
	CHECK(in_child(lock_is_free, fd) == 1);
	ERROR(EINVAL, set_lock(fd, F_SETLK, 7, 0, 1));
	ERROR(EINVAL, set_lock(fd, F_SETLK, F_RDLCK, -1, 1));
	ERROR(EFAULT, fcntl(fd, F_SETLK, BAD));
	ERROR(EBADF, set_lock(99, F_SETLK, F_RDLCK, 0, 1));
	reader = open("locked", O_RDONLY);
	ERROR(EBADF, set_lock(reader, F_SETLK, F_WRLCK, 0, 1));

	CHECK(flock(fd, LOCK_SH) == 0 && flock(reader, LOCK_SH) == 0);
	ERROR(EWOULDBLOCK, flock(fd, LOCK_EX | LOCK_NB));
	CHECK(close(reader) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
	ERROR(EINVAL, flock(fd, 0));
	ERROR(EBADF, flock(99, LOCK_SH));
	close(fd);
}

static void memory(void)
{
	unsigned char resident[4] = {};
	char *pages =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(munmap(pages + 3 * PAGE, PAGE) == 0);
	pages[PAGE] = 1;
	CHECK(mincore(pages, 3 * PAGE, resident) == 0);
	CHECK(!(resident[0] & 1) && (resident[1] & 1) && !(resident[2] & 1));
	ERROR(ENOMEM, mincore(pages, 4 * PAGE, resident));
	ERROR(EINVAL, mincore(pages + 1, PAGE, resident));
	ERROR(EFAULT, mincore(pages, PAGE, BAD));
	CHECK(mlock(pages + 2 * PAGE, PAGE) == 0 && mincore(pages, 3 * PAGE, resident) == 0);
	CHECK(resident[2] & 1);
	ERROR(ENOMEM, mlock(pages + 3 * PAGE, PAGE));
	CHECK(munlock(pages, 3 * PAGE) == 0);
	CHECK(msync(pages, 3 * PAGE, MS_SYNC) == 0);
	ERROR(ENOMEM, msync(pages, 4 * PAGE, MS_SYNC));
	ERROR(EINVAL, msync(pages, PAGE, MS_SYNC | MS_ASYNC));
	ERROR(EINVAL, msync(pages + 1, PAGE, MS_SYNC));
	CHECK(madvise(pages, 3 * PAGE, MADV_POPULATE_WRITE) == 0 && pages[PAGE] == 1);
	CHECK(madvise(pages, 3 * PAGE, MADV_DONTNEED) == 0 && pages[PAGE] == 0);
	munmap(pages, 3 * PAGE);
}

static void files(void)
{
	int fd = make_file("reserved"), ends[2];
	struct stat status;

	CHECK(pipe(ends) == 0);
	CHECK(fallocate(fd, 0, 100, 5000) == 0 && fstat(fd, &status) == 0);
	CHECK(status.st_size == 5100 && status.st_blocks == 16);
	CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20000) == 0 && fstat(fd, &status) == 0);
	CHECK(status.st_size == 5100 && status.st_blocks == 40);
	ERROR(EINVAL, fallocate(fd, 0, 0, 0));
	ERROR(EINVAL, fallocate(fd, 0, -1, 1));
	ERROR(EBADF, fallocate(99, 0, 0, 1));
	ERROR(ESPIPE, fallocate(ends[1], 0, 0, 1));
	CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED) == 0);
	CHECK(posix_fadvise(ends[0], 0, 0, POSIX_FADV_WILLNEED) == ESPIPE);
	CHECK(posix_fadvise(fd, 0, 0, 77) == EINVAL);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void timers(void)
{
	struct itimerval often = { .it_interval.tv_usec = 20000, .it_value.tv_usec = 20000 };
	struct itimerval bad = { .it_value.tv_usec = 1000000 }, old, none = {};
	struct itimerspec spec = { .it_value.tv_nsec = 20000000, .it_interval.tv_nsec = 20000000 };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	uint64_t count;

	signal(SIGALRM, on_alarm);
	CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
	while (alarms < 3)
		pause();
	CHECK(setitimer(ITIMER_REAL, &none, &old) == 0);
	CHECK(old.it_interval.tv_usec == 20000 && old.it_value.tv_usec <= 20000);
	CHECK(getitimer(ITIMER_REAL, &old) == 0 && !old.it_value.tv_sec && !old.it_value.tv_usec);
	ERROR(EINVAL, setitimer(ITIMER_REAL, &bad, NULL));
	ERROR(EINVAL, setitimer(9, &often, NULL));
	CHECK(syscall(SYS_setitimer, ITIMER_REAL, BAD, NULL) == -1 && errno == EFAULT);

	ERROR(EAGAIN, read(fd, &count, sizeof(count)));
	CHECK(timerfd_settime(fd, 0, &spec, NULL) == 0);
	usleep(70000);
	CHECK(read(fd, &count, sizeof(count)) == sizeof(count) && count >= 3);
	CHECK(timerfd_gettime(fd, &spec) == 0 && spec.it_value.tv_nsec > 0 &&
		spec.it_value.tv_nsec <= 20000000);
	ERROR(EINVAL, read(fd, &count, 4));
	ERROR(EINVAL, timerfd_create(77, 0));
	ERROR(EINVAL, timerfd_gettime(STDOUT_FILENO, &spec));
	ERROR(EFAULT, timerfd_settime(fd, 0, BAD, NULL));
	close(fd);
}

static void events(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = 42 }, got[4];
	int set = epoll_create1(EPOLL_CLOEXEC), fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	int copy = dup(fd), regular = make_file("regular");
	uint64_t value = 0;

	CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
	ERROR(EEXIST, epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	CHECK(epoll_wait(set, got, 4, 0) == 1 && got[0].events == EPOLLIN);
	CHECK(got[0].data.u64 == 42 && epoll_wait(set, got, 4, 10) == 0);
	CHECK(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) == 0 && epoll_wait(set, got, 4, 0) == 1);
	event.events = EPOLLIN | EPOLLET;
	CHECK(epoll_ctl(set, EPOLL_CTL_ADD, copy, &event) == 0 && epoll_wait(set, got, 4, 0) == 1);
	CHECK(epoll_wait(set, got, 4, 0) == 0);
	CHECK(read(fd, &value, sizeof(value)) == sizeof(value) && value == 1);
	CHECK(read(fd, &value, sizeof(value)) == sizeof(value) && value == 1);
	ERROR(EAGAIN, read(fd, &value, sizeof(value)));
	value = UINT64_MAX;
	ERROR(EINVAL, write(fd, &value, sizeof(value)));
	ERROR(EPERM, epoll_ctl(set, EPOLL_CTL_ADD, regular, &event));
	ERROR(ENOENT, epoll_ctl(set, EPOLL_CTL_DEL, STDOUT_FILENO, &event));
	ERROR(EBADF, epoll_ctl(set, EPOLL_CTL_ADD, 99, &event));
	ERROR(EINVAL, epoll_ctl(fd, EPOLL_CTL_ADD, copy, &event));
	ERROR(EINVAL, epoll_ctl(set, EPOLL_CTL_ADD, set, &event));
	ERROR(EFAULT, epoll_ctl(set, EPOLL_CTL_MOD, fd, BAD));
	ERROR(EINVAL, epoll_wait(set, got, 0, 0));
	ERROR(EINVAL, epoll_create1(1));
	CHECK(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL) == 0);
	value = 1;
	CHECK(write(fd, &value, sizeof(value)) == sizeof(value));
	CHECK(epoll_wait(set, got, 4, 1000) == 1);
	close(fd);
	close(copy);
	CHECK(epoll_wait(set, got, 4, 0) == 0);
	close(regular);
	close(set);
}

static void sockets(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "name" };
	int pair[2], listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), server;
	socklen_t size = sizeof(int);
	struct ucred peer;
	char data[16];
	int value;

	signal(SIGPIPE, SIG_IGN);
	ERROR(ECONNREFUSED,
		(unlink("name"), close(open("name", O_CREAT, 0600)),
			connect(client, (void *)&name, sizeof(name))));
	ERROR(EADDRINUSE, bind(listener, (void *)&name, sizeof(name)));
	CHECK(unlink("name") == 0);
	ERROR(ENOENT, connect(client, (void *)&name, sizeof(name)));
	CHECK(bind(listener, (void *)&name, sizeof(name)) == 0 && listen(listener, 0) == 0);
	ERROR(EINVAL, accept(client, NULL, NULL));
	CHECK(connect(client, (void *)&name, sizeof(name)) == 0);
	server = accept(listener, NULL, NULL);
	CHECK(server >= 0);
	ERROR(EAGAIN, recv(client, data, 1, 0));
	CHECK(send(server, "words", 5, 0) == 5 && recv(client, data, 2, MSG_PEEK) == 2);
	CHECK(recv(client, data, sizeof(data), 0) == 5 && !memcmp(data, "words", 5));
	size = sizeof(peer);
	CHECK(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0);
	CHECK(peer.pid == getpid() && peer.uid == 0);
	CHECK(shutdown(server, SHUT_WR) == 0 && recv(client, data, 1, 0) == 0);
	CHECK(send(client, "x", 1, 0) == 1);
	ERROR(EPIPE, send(server, "x", 1, 0));
	close(server);
	ERROR(EPIPE, send(client, "x", 1, 0));
	close(client);
	close(listener);

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	CHECK(send(pair[0], "long message", 12, 0) == 12 && recv(pair[1], data, 4, 0) == 4);
	ERROR(EAGAIN, recv(pair[1], data, 4, MSG_DONTWAIT));
	ERROR(EFAULT, send(pair[0], BAD, 1, 0));
	size = sizeof(value);
	CHECK(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_DGRAM);
	ERROR(EFAULT, sendmsg(pair[0], BAD, 0));
	ERROR(EFAULT, getsockname(pair[0], (void *)&name, BAD));
	ERROR(EINVAL, bind(pair[0], (void *)&name, 1));
	ERROR(EOPNOTSUPP, listen(pair[0], 1));
	close(pair[0]);
	close(pair[1]);
	ERROR(EFAULT, socketpair(AF_UNIX, SOCK_STREAM, 0, BAD));
	ERROR(ENOTSOCK, listen(STDOUT_FILENO, 1));
	ERROR(EBADF, listen(99, 1));
	ERROR(EAFNOSUPPORT, socket(77, SOCK_STREAM, 0));
	ERROR(ENOTCONN, (client = socket(AF_UNIX, SOCK_STREAM, 0), send(client, "x", 1, 0)));
	close(client);
}

int main(void)
{
	int first = dup(STDOUT_FILENO);

	close(first);
	locks();
	memory();
	files();
	timers();
	events();
	sockets();
	CHECK(dup(STDOUT_FILENO) == first); /* nothing is left open */
	printf("held %d, failed %d\n", held, failed);
	return failed != 0;
}
