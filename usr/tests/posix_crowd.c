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
#define ROUNDS     20 /* the fastest counts, as the host pauses now and then */
#define TRIES      10 /* and may be busy for longer */

/* The shorter one of the times: that given, and the one since the start. */
static unsigned long shorter(unsigned long fastest, unsigned long start)
{
	unsigned long time = now_nanoseconds() - start;

	return time < fastest ? time : fastest;
}

/* With many things something takes less than so many times as long as with few. */
static void check_growth(unsigned long (*time_with)(unsigned int number), unsigned int few,
	unsigned int many, unsigned long factor)
{
	unsigned long low = 0, high = 0;

	for (int i = 0; i < TRIES; i++) {
		low = time_with(few);
		high = time_with(many);
		if (high < factor * low)
			return;
	}
	FAIL("%lu ns with %u, and %lu ns with %u", low, few, high, many);
}

static void close_all(const int *files, unsigned int number)
{
	for (unsigned int i = 0; i < number; i++)
		close(files[i]);
}

#define SETS   220
#define COPIES 50

static void copy_file(int file, int copies[COPIES])
{
	copies[0] = file;
	for (int i = 1; i < COPIES; i++)
		copies[i] = (int)WORKS(dup, file);
}

/* Makes one more set that watches all copies. The result is the time that watching them took. */
static unsigned long watch_all(const int copies[COPIES], int *set)
{
	struct epoll_event event = { .events = POLLIN };
	unsigned long start;

	*set = (int)WORKS(epoll_create1, 0);
	start = now_nanoseconds();
	for (int i = 0; i < COPIES; i++)
		GIVES(0, epoll_ctl, *set, EPOLL_CTL_ADD, copies[i], &event);
	return now_nanoseconds() - start;
}

/* The shortest time in which a set comes to watch files that so many sets watch already. */
static unsigned long time_to_watch(unsigned int number)
{
	int ends[2], copies[COPIES], sets[SETS + ROUNDS];
	unsigned long fastest = ~0ul;

	CHECK(pipe(ends) == 0);
	copy_file(ends[0], copies);
	for (unsigned int i = 0; i < number + ROUNDS; i++) {
		unsigned long time = watch_all(copies, &sets[i]);

		if (i >= number && time < fastest)
			fastest = time;
	}
	close_all(sets, number + ROUNDS);
	close_all(copies, COPIES);
	close(ends[1]);
	return fastest;
}

/* Watching a file does not take longer if many sets watch it already. */
static void crowd_of_watchers(void)
{
	check_growth(time_to_watch, 0, SETS, 5);
}

/*
 * The shortest time in which a signal is sent to a process that blocks it, while so many sets watch for
 * signals of their own.
 */
static unsigned long time_to_signal(unsigned int number)
{
	const unsigned long one = 1ul << (SIGUSR1 - 1);
	int copies[COPIES], sets[SETS], other = tap_fork();
	unsigned long fastest = ~0ul;

	if (other == 0) {
		for (;;)
			pause();
	}
	copy_file((int)WORKS(signalfd4, -1, &one, MASK_BYTES, 0), copies);
	for (unsigned int i = 0; i < number; i++)
		watch_all(copies, &sets[i]);
	for (int round = 0; round < ROUNDS; round++) {
		unsigned long start = now_nanoseconds();

		GIVES(0, kill, other, SIGRTMIN);
		fastest = shorter(fastest, start);
	}
	close_all(sets, number);
	close_all(copies, COPIES);
	GIVES(0, kill, other, SIGKILL);
	tap_join_killed(other, SIGKILL);
	return fastest;
}

/* Processes that wait for their own signals do not slow down those sent to others. */
static void crowd_of_signal_readers(void)
{
	const unsigned long all = ~0ul;

	GIVES(0, rt_sigprocmask, SIG_SETMASK, &all, NULL, MASK_BYTES);
	check_growth(time_to_signal, 0, SETS, 5);
}

#define NAMED_SOCKETS 900

/* The shortest time in which a lookup fails, as none of so many sockets has the name. */
static unsigned long time_to_find(unsigned int number)
{
	struct sockaddr_un nobody = { AF_UNIX, "\0nobody" };
	int socket = (int)WORKS(socket, AF_UNIX, SOCK_STREAM, 0), named[NAMED_SOCKETS];
	unsigned long fastest = ~0ul;

	for (unsigned int i = 0; i < number; i++) {
		struct sockaddr_un name = { AF_UNIX, "" };

		named[i] = (int)WORKS(socket, AF_UNIX, SOCK_STREAM, 0);
		snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "%u", i);
		GIVES(0, bind, named[i], &name, sizeof(name));
	}
	for (int round = 0; round < ROUNDS; round++) {
		unsigned long start = now_nanoseconds();

		GIVES(-ECONNREFUSED, connect, socket, &nobody, sizeof(nobody));
		fastest = shorter(fastest, start);
	}
	close_all(named, number);
	close(socket);
	return fastest;
}

/* However many sockets have names, a lookup is fast. */
static void crowd_of_names(void)
{
	check_growth(time_to_find, 0, NAMED_SOCKETS, 4);
}

#define READY 900

/* The shortest time in which a set reports one of so many ready files. */
static unsigned long time_to_tell(unsigned int number)
{
	struct epoll_event event = { .events = POLLIN };
	int set = (int)WORKS(epoll_create1, 0), ready[READY];
	unsigned long fastest = ~0ul;

	for (unsigned int i = 0; i < number; i++) {
		ready[i] = (int)WORKS(eventfd2, 1, 0);
		GIVES(0, epoll_ctl, set, EPOLL_CTL_ADD, ready[i], &event);
	}
	for (int round = 0; round < ROUNDS; round++) {
		unsigned long start = now_nanoseconds();

		GIVES(1, epoll_pwait, set, &event, 1, 0, NULL, MASK_BYTES);
		fastest = shorter(fastest, start);
	}
	close_all(ready, number);
	close(set);
	return fastest;
}

/* However many files are ready, one is found at once. */
static void crowd_of_ready(void)
{
	check_growth(time_to_tell, 1, READY, 2);
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
static unsigned long time_of_depth(unsigned int depth)
{
	unsigned long fastest = ~0ul;

	for (int round = 0; round < ROUNDS / 2; round++) {
		unsigned long start;
		int child;

		GIVES(0, mount, "none", "top", "tmpfs", 0, NULL);
		child = tap_fork();
		if (child == 0) {
			CHECK(chdir("top") == 0);
			for (unsigned int i = 0; i < depth; i++)
				CHECK(mkdir("d", DIRECTORY_MODE) == 0 && chdir("d") == 0);
			_exit(0);
		}
		tap_join(child);
		start = now_nanoseconds();
		GIVES(0, umount2, "top", 0);
		fastest = shorter(fastest, start);
	}
	return fastest / depth;
}

static void deep_tree_goes(void)
{
	CHECK(mkdir("top", DIRECTORY_MODE) == 0);
	check_growth(time_of_depth, 400, 6000, 6);
}

#define NAMES_MAX 2000

#define FILES 30000

static void mount_files(unsigned int number)
{
	GIVES(0, mount, "none", "top", "tmpfs", 0, NULL);
	for (unsigned int i = 0; i < number; i++) {
		char name[NAME_BYTES];

		snprintf(name, sizeof(name), "top/%u", i);
		GIVES(0, mknodat, AT_FDCWD, name, S_IFREG | FILE_MODE, 0);
	}
}

/* What a process that looks something up again and again tells another. */
struct looks {
	_Atomic unsigned long longest, number;
};

static _Noreturn void look_on(struct looks *looks)
{
	struct stat status;

	for (;;) {
		unsigned long start = now_nanoseconds(), time;

		CHECK(stat("/", &status) == 0);
		time = now_nanoseconds() - start;
		if (time > looks->longest)
			looks->longest = time;
		looks->number++;
	}
}

static void wait_for_look(const struct looks *looks)
{
	unsigned long before = looks->number;

	while (looks->number == before)
		sleep_milliseconds(1);
}

/* The longest time that a lookup took while a tree with many files was freed. */
static unsigned long longest_look(unsigned long *whole)
{
	struct looks *looks = (void *)WORKS(mmap, NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long start;
	int child;

	mount_files(FILES);
	child = tap_fork();
	if (child == 0)
		look_on(looks);
	wait_for_look(looks);
	looks->longest = 0;
	start = now_nanoseconds();
	GIVES(0, umount2, "top", MNT_DETACH);
	*whole = now_nanoseconds() - start;
	wait_for_look(looks);
	GIVES(0, kill, child, SIGKILL);
	tap_join_killed(child, SIGKILL);
	return looks->longest;
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
		fastest = shorter(fastest, start);
	}
	close(file);
	GIVES(0, umount2, "top", 0);
	return fastest;
}

/* Finding out whether a tree is in use does not depend on how many files it has. */
static void large_tree_is_in_use(void)
{
	CHECK(mkdir("top", DIRECTORY_MODE) == 0);
	check_growth(time_to_refuse, 1, FILES, 10);
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

static int groups; /* of the children */

/* How long a process with so many children takes to end. */
static unsigned long time_of_end(int number)
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

/* The shortest time. */
static unsigned long time_to_leave(unsigned int number)
{
	unsigned long fastest = ~0ul;

	for (int round = 0; round < ROUNDS / 4; round++) {
		unsigned long time = time_of_end((int)number);

		if (time < fastest)
			fastest = time;
	}
	return fastest;
}

/* A process with many children ends as fast, for each child, as one with few. */
static void crowd_of_children(void)
{
	for (groups = 1; groups <= GROUPS; groups++)
		check_growth(time_to_leave, CHILDREN / 10, CHILDREN, 20);
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
		fastest = shorter(fastest, start);
		close(pty.terminal);
		close(pty.master);
	}
	return fastest;
}

static void long_line_is_killed(void)
{
	check_growth(time_to_kill, LINE_BYTES / 10, LINE_BYTES, 30);
}

#define PIECES      1024
#define PIECE_BYTES 65536

static int flooded; /* the end of a terminal that many megabytes are written to */
static struct iovec flood[PIECES];

static void write_flood(void)
{
	(void)writev(flooded, flood, PIECES);
}

/* A process that writes many megabytes to either end of a terminal can be killed meanwhile. */
static void long_write_ends(int file, char character)
{
	static char piece[PIECE_BYTES];
	unsigned long life = SECOND;

	memset(piece, character, sizeof(piece));
	for (int i = 0; i < PIECES; i++)
		flood[i] = (struct iovec){ piece, sizeof(piece) };
	flooded = file;
	for (int i = 0; i < TRIES && life >= SECOND; i++)
		life = tap_life_of(write_flood, true);
	CHECK(life < SECOND);
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
	{ "deep-tree-goes", deep_tree_goes, TAP_SLOW },
	{ "tree-goes-in-pieces", tree_goes_in_pieces, 0 },
	{ "large-tree-is-in-use", large_tree_is_in_use, 0 },
	{ "crowd-of-regions", crowd_of_regions, TAP_SLOW },
	{ "crowd-of-children", crowd_of_children, TAP_COWSLIP },
	{ "long-line-is-killed", long_line_is_killed, 0 },
	{ "long-line-ends", long_line_ends, 0 },
	{ "long-output-ends", long_output_ends, 0 },
	{ "names-leave-room", names_leave_room, TAP_COWSLIP },
};

const struct tap_group posix_crowd_group = TAP_GROUP(cases);
