/* Large numbers: of sets that watch one file, levels of a tree, names, and megabytes in one write. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/memory.h"
#include "usr/tests/posix_pty.h"
#include "usr/tests/posixtest.h"

#define SECOND     1000000000ul
#define MASK_BYTES 8l
#define SETS       240
#define COPIES     50
#define ROUNDS     20 /* the fastest counts, as the host pauses now and then */

/* How long it takes to make one more set that watches all copies. */
static unsigned long watch_all(const int copies[COPIES])
{
	struct epoll_event event = { .events = POLLIN };
	int set = (int)WORKS(epoll_create1, 0);
	unsigned long start = now_nanoseconds();

	for (int i = 0; i < COPIES; i++)
		GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, copies[i], &event);
	return now_nanoseconds() - start;
}

/* Watching a file does not take longer if many sets watch it already. */
static void crowd_of_watchers(void)
{
	unsigned long first = ~0ul, last = ~0ul;
	int ends[2], copies[COPIES];

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < COPIES; i++)
		copies[i] = (int)WORKS(dup, ends[0]);
	for (int set = 0; set < SETS; set++) {
		unsigned long time = watch_all(copies);

		if (set < ROUNDS && time < first)
			first = time;
		if (set >= SETS - ROUNDS && time < last)
			last = time;
	}
	CHECK(last < 5 * first);
}

/* The shortest time in which a signal is sent to a process that blocks it. */
static unsigned long time_to_signal(int process)
{
	unsigned long fastest = ~0ul;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned long start = now_nanoseconds();

		GIVES(0, kill, process, SIGRTMIN);
		start = now_nanoseconds() - start;
		if (start < fastest)
			fastest = start;
	}
	return fastest;
}

/* Processes that wait for their own signals do not slow down those sent to others. */
static void crowd_of_signal_readers(void)
{
	const unsigned long all = ~0ul, one = 1ul << (SIGUSR1 - 1);
	unsigned long first;
	int copies[COPIES], other;

	GIVES(0, rt_sigprocmask, SIG_SETMASK, &all, NULL, MASK_BYTES);
	other = tap_fork();
	if (other == 0) {
		for (;;)
			pause();
	}
	first = time_to_signal(other);
	copies[0] = (int)WORKS(signalfd4, -1, &one, MASK_BYTES, 0);
	for (int i = 1; i < COPIES; i++)
		copies[i] = (int)WORKS(dup, copies[0]);
	for (int set = 0; set < SETS; set++)
		watch_all(copies);
	CHECK(time_to_signal(other) < 5 * first);
	GIVES(0, kill, other, SIGKILL);
	tap_join_killed(other, SIGKILL);
}

#define NAMED_SOCKETS 900

/* The shortest time in which a lookup fails: no socket has the name. */
static unsigned long time_to_find(void)
{
	struct sockaddr_un nobody = { AF_UNIX, "\0nobody" };
	int socket = (int)WORKS(socket, AF_UNIX, SOCK_STREAM, 0);
	unsigned long fastest = ~0ul;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned long start = now_nanoseconds();

		GIVES(-ECONNREFUSED, connect, socket, &nobody, sizeof(nobody));
		start = now_nanoseconds() - start;
		if (start < fastest)
			fastest = start;
	}
	close(socket);
	return fastest;
}

/* However many sockets have names, a lookup is fast. */
static void crowd_of_names(void)
{
	unsigned long first = time_to_find();

	for (unsigned int i = 0; i < NAMED_SOCKETS; i++) {
		struct sockaddr_un name = { AF_UNIX, "" };
		int socket = (int)WORKS(socket, AF_UNIX, SOCK_STREAM, 0);

		snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "%u", i);
		GIVES(0, bind, socket, &name, sizeof(name));
	}
	CHECK(time_to_find() < 4 * first);
}

#define READY 900

/* The shortest time in which a set reports one of its ready files. */
static unsigned long time_to_tell(int set)
{
	unsigned long fastest = ~0ul;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned long start = now_nanoseconds();
		struct epoll_event event;

		GIVES(1, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
		start = now_nanoseconds() - start;
		if (start < fastest)
			fastest = start;
	}
	return fastest;
}

/* However many files are ready, one is found at once. */
static void crowd_of_ready(void)
{
	struct epoll_event event = { .events = POLLIN };
	int set = (int)WORKS(epoll_create1, 0);
	unsigned long first = 0;

	for (int i = 0; i < READY; i++) {
		int ready = (int)WORKS(eventfd2, 1, 0);

		GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, ready, &event);
		if (i == 0)
			first = time_to_tell(set);
	}
	CHECK(time_to_tell(set) < 2 * first);
}

/* Events of other sockets cause none on the one that is watched. */
static void socket_is_told_of_itself(void)
{
	struct epoll_event event = { .events = POLLIN | POLLOUT | EPOLLET };
	int set = (int)WORKS(epoll_create1, 0), watched[2], others[2];

	GIVES(0, socketpair, AF_UNIX, SOCK_STREAM, 0, watched);
	GIVES(0, socketpair, AF_UNIX, SOCK_STREAM, 0, others);
	GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, watched[0], &event);
	GIVES(1, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
	CHECK_EQUAL(event.events, POLLOUT);
	GIVES(1, write, others[0], "x", 1);
	GIVES(0, shutdown, others[1], SHUT_WR);
	close(others[0]);
	close(others[1]);
	GIVES(0, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
}

/* A socket is bound to the file that it made, not to what has that name a moment later. */
static void socket_names_what_it_made(void)
{
	struct sockaddr_un name = { AF_UNIX, "name" }, victim = { AF_UNIX, "victim" };
	unsigned long end = now_nanoseconds() + tap_scale() * SECOND / 3;
	int child = tap_fork(), other = posix_file("victim", "");

	if (child == 0) {
		for (;;) {
			(void)symlink("victim", "link");
			(void)rename("link", "name");
		}
	}
	while (now_nanoseconds() < end) {
		int listener = (int)WORKS(socket, AF_UNIX, SOCK_STREAM, 0);
		int client = (int)WORKS(socket, AF_UNIX, SOCK_STREAM, 0);

		(void)unlink("name");
		if (kernel_call(SYS_bind, listener, &name, 2 + sizeof("name")) == 0) {
			GIVES(0, listen, listener, 1);
			GIVES(-ECONNREFUSED, connect, client, &victim, 2 + sizeof("victim"));
		}
		close(listener);
		close(client);
	}
	close(other);
	GIVES(0, kill, child, SIGKILL);
	tap_join_killed(child, SIGKILL);
}

/* Nested directories: the time per directory that freeing them all takes. */
static unsigned long time_of_depth(unsigned long depth)
{
	unsigned long fastest = ~0ul;

	for (int round = 0; round < ROUNDS / 2; round++) {
		unsigned long start;
		int child;

		GIVES(0, mount, "none", "top", "tmpfs", 0, NULL);
		child = tap_fork();
		if (child == 0) {
			CHECK(chdir("top") == 0);
			for (unsigned long i = 0; i < depth; i++)
				CHECK(mkdir("d", DIRECTORY_MODE) == 0 && chdir("d") == 0);
			_exit(0);
		}
		tap_join(child);
		start = now_nanoseconds();
		GIVES(0, umount2, "top", 0);
		start = now_nanoseconds() - start;
		if (start < fastest)
			fastest = start;
	}
	return fastest / depth;
}

static void deep_tree_goes(void)
{
	CHECK(mkdir("top", DIRECTORY_MODE) == 0);
	CHECK(time_of_depth(6000) < 6 * time_of_depth(400));
}

#define NAMES_MAX 2000

#define FILES 30000
#define TRIES 5

static void mount_files(unsigned int number)
{
	GIVES(0, mount, "none", "top", "tmpfs", 0, NULL);
	for (unsigned int i = 0; i < number; i++) {
		char name[NAME_BYTES];

		snprintf(name, sizeof(name), "top/%u", i);
		GIVES(0, mknodat, AT_FDCWD, name, S_IFREG | FILE_MODE, 0);
	}
}

/* The longest time that a lookup took while a tree with many files was freed. */
static unsigned long longest_look(unsigned long *whole)
{
	_Atomic unsigned long *longest = (void *)WORKS(mmap, NULL, PAGE_BYTES,
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long start;
	struct stat status;
	int child;

	mount_files(FILES);
	child = tap_fork();
	if (child == 0) {
		for (;;) {
			start = now_nanoseconds();
			CHECK(stat("/", &status) == 0);
			start = now_nanoseconds() - start;
			if (start > *longest)
				*longest = start;
		}
	}
	sleep_milliseconds(SHORT_WAIT);
	*longest = 0;
	start = now_nanoseconds();
	GIVES(0, umount2, "top", MNT_DETACH);
	*whole = now_nanoseconds() - start;
	sleep_milliseconds(SHORT_WAIT);
	GIVES(0, kill, child, SIGKILL);
	tap_join_killed(child, SIGKILL);
	return *longest;
}

/* A lookup does not wait until all files of a tree are freed. */
static void tree_goes_in_pieces(void)
{
	unsigned long whole, longest;
	int tries = 0;

	CHECK(mkdir("top", DIRECTORY_MODE) == 0);
	do
		longest = longest_look(&whole);
	while (longest > whole / 2 && ++tries < TRIES);
	CHECK(tries < TRIES);
}

/* The shortest time in which a tree with so many files is found to be in use. */
static unsigned long time_to_refuse(unsigned int files)
{
	unsigned long fastest = ~0ul;
	int file;

	mount_files(files);
	file = posix_file("top/open", "");
	for (int round = 0; round < ROUNDS; round++) {
		unsigned long start = now_nanoseconds();

		GIVES(-EBUSY, umount2, "top", 0);
		start = now_nanoseconds() - start;
		if (start < fastest)
			fastest = start;
	}
	close(file);
	GIVES(0, umount2, "top", 0);
	return fastest;
}

/* Finding out whether a tree is in use does not depend on how many files it has. */
static void large_tree_is_in_use(void)
{
	CHECK(mkdir("top", DIRECTORY_MODE) == 0);
	CHECK(time_to_refuse(FILES) < 10 * time_to_refuse(1));
}

#define REGIONS 60000ul

/* How many lines of the file begin with `start`. */
static unsigned long lines_with(const char *name, const char *start)
{
	FILE *file = fopen(name, "r");
	unsigned long lines = 0;
	char line[512];

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file))
		lines += strncmp(line, start, strlen(start)) == 0;
	CHECK(ferror(file) == 0);
	fclose(file);
	return lines;
}

#define FAR (REGIONS * 30) /* an offset in a text with a line for each region */

/* A long file reads the same at an offset that is reached directly, step by step, or once more. */
static void same_from_everywhere(const char *name)
{
	char at_once[PAGE_BYTES / 2], in_steps[sizeof(at_once)], again[sizeof(at_once)];
	int file = (int)WORKS(openat, AT_FDCWD, name, O_RDONLY);
	unsigned long at = 0;

	GIVES(sizeof(at_once), pread64, file, at_once, sizeof(at_once), FAR);
	while (at <= FAR)
		at += (unsigned long)WORKS(read, file, in_steps, sizeof(in_steps));
	GIVES(sizeof(again), pread64, file, again, sizeof(again), 0);
	GIVES(sizeof(again), pread64, file, again, sizeof(again), FAR);
	CHECK(memcmp(at_once, again, sizeof(again)) == 0);
	GIVES(sizeof(again), pread64, file, again, sizeof(again), at - sizeof(again));
	CHECK(memcmp(in_steps, again, sizeof(again)) == 0);
	close(file);
}

/* /proc lists all regions of a process, however many there are. */
static void crowd_of_regions(void)
{
	unsigned char *start = memory_map_pages(REGIONS);

	for (unsigned long i = 0; i < REGIONS; i += 2)
		GIVES(0, mprotect, start + i * PAGE_BYTES, PAGE_BYTES, PROT_READ);
	CHECK(lines_with("/proc/self/maps", "") > REGIONS);
	CHECK(lines_with("/proc/self/smaps", "VmFlags:") > REGIONS);
	same_from_everywhere("/proc/self/maps");
}

#define CHILDREN 500
#define GROUPS   2

/* How long a process with so many children, in so many groups, takes to end. */
static unsigned long time_to_leave(int number, int groups)
{
	unsigned long start;
	int parent, ends[2], first[GROUPS] = {};

	CHECK(pipe(ends) == 0);
	parent = tap_fork();
	for (int i = 0; parent == 0 && i < number; i++) {
		int child = tap_fork();

		if (child == 0) {
			for (;;)
				pause();
		}
		GIVES(0, setpgid, child, first[i % groups]);
		first[i % groups] = getpgid(child);
	}
	if (parent == 0) {
		CHECK_EQUAL(write(ends[1], first, sizeof(first)), sizeof(first));
		for (;;)
			pause();
	}
	CHECK_EQUAL(read(ends[0], first, sizeof(first)), sizeof(first));
	start = now_nanoseconds();
	GIVES(0, kill, parent, SIGKILL);
	tap_join_killed(parent, SIGKILL);
	start = now_nanoseconds() - start;
	for (int i = 0; i < groups; i++) {
		GIVES(0, kill, -first[i], SIGKILL);
		while (kill(-first[i], 0) == 0)
			sleep_milliseconds(1);
	}
	close(ends[0]);
	close(ends[1]);
	return start;
}

/* A process with many children ends as fast, for each child, as one with few. */
static void crowd_of_children(void)
{
	for (int groups = 1; groups <= GROUPS; groups++) {
		unsigned long few = ~0ul, many = ~0ul;

		for (int i = 0; i < TRIES; i++) {
			unsigned long time = time_to_leave(CHILDREN / 10, groups);

			few = time < few ? time : few;
			time = time_to_leave(CHILDREN, groups);
			many = time < many ? time : many;
		}
		CHECK(many < 20 * few);
	}
}

#define LINE_BYTES 3000

/* The shortest time in which Ctrl-U erases a line of so many characters, each on a new terminal. */
static unsigned long time_to_kill(unsigned int size)
{
	static char line[LINE_BYTES];
	unsigned long fastest = ~0ul;

	memset(line, 'x', size);
	for (int round = 0; round < ROUNDS; round++) {
		unsigned long start;
		struct pty pty;

		make_pty(&pty);
		set_modes(pty.terminal, 0, 0, ICANON);
		CHECK_EQUAL(write(pty.master, line, size), size);
		start = now_nanoseconds();
		type(&pty, "\x15");
		start = now_nanoseconds() - start;
		if (start < fastest)
			fastest = start;
		close(pty.terminal);
		close(pty.master);
	}
	return fastest;
}

static void long_line_is_killed(void)
{
	CHECK(time_to_kill(LINE_BYTES) < 30 * time_to_kill(LINE_BYTES / 10));
}

#define PIECES      1024
#define PIECE_BYTES 65536

/* A process that writes many megabytes to either end of a terminal can be killed meanwhile. */
static void long_write_ends(int file, char character)
{
	static char piece[PIECE_BYTES];
	static struct iovec pieces[PIECES];
	unsigned long start;
	int child;

	memset(piece, character, sizeof(piece));
	for (int i = 0; i < PIECES; i++)
		pieces[i] = (struct iovec){ piece, sizeof(piece) };
	child = tap_fork();
	if (child == 0) {
		(void)writev(file, pieces, PIECES);
		_exit(0);
	}
	sleep_milliseconds(SHORT_WAIT);
	start = now_nanoseconds();
	GIVES(0, kill, child, SIGKILL);
	tap_join_killed(child, SIGKILL);
	CHECK(now_nanoseconds() - start < SECOND);
}

/* Endless input without an end of line is thrown away, so that there is always room for it. */
static void long_line_ends(void)
{
	struct pty pty;

	make_pty(&pty);
	long_write_ends(pty.master, 'x');
}

/* The same for output of which nothing is left. */
static void long_output_ends(void)
{
	struct pty pty;

	make_pty(&pty);
	set_modes(pty.terminal, 0, OPOST | ONOCR, 0);
	long_write_ends(pty.terminal, '\r');
}

/* Empty files leave as much memory to others as files with contents do. */
static void names_leave_room(void)
{
	static char block[1 << 20];
	int file = posix_file("file", "");
	char name[NAME_BYTES];
	long error = 0;

	while (write(file, block, sizeof(block)) > 0)
		continue;
	CHECK_EQUAL(errno, ENOSPC);
	for (unsigned long i = 0; !error && i < NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "%lu", i);
		error = kernel_call(SYS_mknodat, AT_FDCWD, name, S_IFREG | FILE_MODE, 0);
	}
	CHECK_EQUAL(error, -ENOSPC);
	GIVES(-ENOSPC, linkat, AT_FDCWD, "file", AT_FDCWD, "link", 0);
	GIVES(-ENOSPC, symlinkat, "file", AT_FDCWD, "link");
	GIVES(-ENOSPC, mkdirat, AT_FDCWD, "link", DIRECTORY_MODE);
	GIVES(-ENOSPC, openat, AT_FDCWD, "link", O_CREAT | O_RDWR, FILE_MODE);
	GIVES(0, renameat2, AT_FDCWD, "file", AT_FDCWD, "link", 0);
	GIVES(0, unlinkat, AT_FDCWD, "link", 0);
}

static const struct tap_case cases[] = {
	{ "crowd-of-watchers", crowd_of_watchers, 0 },
	{ "crowd-of-signal-readers", crowd_of_signal_readers, 0 },
	{ "crowd-of-names", crowd_of_names, 0 },
	{ "crowd-of-ready", crowd_of_ready, 0 },
	{ "socket-is-told-of-itself", socket_is_told_of_itself, 0 },
	{ "socket-names-what-it-made", socket_names_what_it_made, 0 },
	{ "deep-tree-goes", deep_tree_goes, 0 },
	{ "tree-goes-in-pieces", tree_goes_in_pieces, 0 },
	{ "large-tree-is-in-use", large_tree_is_in_use, 0 },
	{ "crowd-of-regions", crowd_of_regions, 0 },
	{ "crowd-of-children", crowd_of_children, TAP_COWSLIP },
	{ "long-line-is-killed", long_line_is_killed, 0 },
	{ "long-line-ends", long_line_ends, 0 },
	{ "long-output-ends", long_output_ends, 0 },
	{ "names-leave-room", names_leave_room, TAP_COWSLIP },
};

const struct tap_group posix_crowd_group = TAP_GROUP(cases);
