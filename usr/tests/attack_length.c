/*
 * Lengths and addresses whose sum overflows (CVE-2003-0961: brk;
 * CVE-2003-0985, CVE-2004-0077: mremap; CVE-2008-0600: vmsplice), and files under /proc at odd offsets
 * (CVE-2009-2691 and its kind).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/attacktest.h"
#include "usr/tests/memory.h"

#define HUGE        ((unsigned long)-4096) /* in whole pages; a byte more wraps around when rounded up */
#define FAR_ADDRESS 0x3f00000000ul
#define USER_END    (1ul << 38) /* of Cowslip */
#define NOWHERE     (1ul << 60) /* in no address space */
#define TEXT_BYTES  16384
#define PIECE       7

/* Calls for a page with lengths that wrap around, and their errors; the page stays as it is. */
static const struct {
	const char *name;
	long number;
	long third;
	long huge, whole; /* for HUGE, and for HUGE + 1 */
} ranges[] = {
	{ "munmap", SYS_munmap, 0, -EINVAL, -EINVAL },
	{ "mprotect", SYS_mprotect, PROT_NONE, -ENOMEM, -ENOMEM },
	{ "madvise", SYS_madvise, MADV_DONTNEED, -EINVAL, -EINVAL },
	{ "msync", SYS_msync, MS_SYNC, -ENOMEM, 0 },
	{ "mincore", SYS_mincore, 0, -ENOMEM, -ENOMEM },
	{ "mlock", SYS_mlock, 0, -EINVAL, 0 },
	{ "mlock2", SYS_mlock2, 1, -EINVAL, 0 },
	{ "munlock", SYS_munlock, 0, -EINVAL, 0 },
};

static void ranges_wrap_around(void)
{
	unsigned char *page = memory_map_pages(1), vector[1];

	page[0] = 1;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		long third = ranges[i].number == SYS_mincore ? (long)vector : ranges[i].third;

		tap_place(ranges[i].name);
		CHECK_EQUAL(kernel_call(ranges[i].number, page, HUGE, third), ranges[i].huge);
		CHECK_EQUAL(kernel_call(ranges[i].number, page, HUGE + 1, third), ranges[i].whole);
		CHECK_EQUAL(page[0], 1);
	}
}

/* mremap() with bad lengths, to bad addresses, and of more than is mapped. */
static void mremap_wraps_around(void)
{
	unsigned char *page = memory_map_pages(4);
	const struct {
		unsigned long old_length, new_length, flags, to;
		long error;
	} moves[] = {
		{ 0, 0, MREMAP_MAYMOVE, 0, EINVAL },
		{ PAGE_BYTES, 0, MREMAP_MAYMOVE, 0, EINVAL },
		{ 0, PAGE_BYTES, MREMAP_MAYMOVE, 0, EINVAL }, /* of private memory */
		{ PAGE_BYTES, HUGE + 1, MREMAP_MAYMOVE, 0, EINVAL },
		{ HUGE + 1, PAGE_BYTES, MREMAP_MAYMOVE, 0, EINVAL },
		{ PAGE_BYTES, PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, HUGE, EINVAL },
		{ PAGE_BYTES, PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, NOWHERE, EINVAL },
		{ PAGE_BYTES, PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, (unsigned long)page,
			EINVAL },
		{ 3 * PAGE_BYTES, 2 * PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
			(unsigned long)page + PAGE_BYTES, EINVAL },
		{ 5 * PAGE_BYTES, 6 * PAGE_BYTES, MREMAP_MAYMOVE, 0, EFAULT },
	};

	page[0] = 1;
	CHECK(mprotect(page + 3 * PAGE_BYTES, PAGE_BYTES, PROT_READ) == 0);
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		long result = kernel_call(SYS_mremap, page, moves[i].old_length,
			moves[i].new_length, moves[i].flags, moves[i].to);

		if (result != -moves[i].error)
			FAIL("move %zu gave %ld", i, result);
		CHECK_EQUAL(page[0], 1);
	}
}

static void map_wraps_around(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	const unsigned long end = (memory_has_ledger() ? USER_END : NOWHERE) - PAGE_BYTES;
	unsigned long top = (unsigned long)sbrk(0);
	int file = open("file", O_RDWR | O_CREAT, 0600);

	CHECK_EQUAL(kernel_call(SYS_mmap, 0, 0, 1, flags, -1, 0), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_mmap, 0, HUGE, 1, flags, -1, 0), -ENOMEM);
	CHECK_EQUAL(kernel_call(SYS_mmap, 0, HUGE + 1, 1, flags, -1, 0), -ENOMEM);
	CHECK_EQUAL(kernel_call(SYS_mmap, 0, NOWHERE, 1, flags, -1, 0), -ENOMEM);
	CHECK_EQUAL(kernel_call(SYS_mmap, end, 2 * PAGE_BYTES, 1, flags | MAP_FIXED, -1, 0),
		-ENOMEM);
	CHECK_EQUAL(kernel_call(SYS_mmap, HUGE, PAGE_BYTES, 1, flags | MAP_FIXED, -1, 0), -ENOMEM);
	CHECK_EQUAL(kernel_call(SYS_mmap, HUGE, 2 * PAGE_BYTES, 1, flags | MAP_FIXED, -1, 0),
		-ENOMEM);
	CHECK_EQUAL(kernel_call(SYS_mmap, 0, 2 * PAGE_BYTES, 1, MAP_PRIVATE, file, HUGE),
		-EOVERFLOW);
	CHECK_EQUAL(kernel_call(SYS_mmap, 0, PAGE_BYTES, 1, MAP_PRIVATE, file, 1), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_brk, end + 2 * PAGE_BYTES), top);
	CHECK_EQUAL(kernel_call(SYS_brk, 1ul << 63), top);
	CHECK_EQUAL(kernel_call(SYS_brk, ~0ul), top);
	CHECK_EQUAL(kernel_call(SYS_brk, 1), top);
	CHECK_EQUAL(kernel_call(SYS_brk, &file), top);
}

/* Segments that are not too long each, but are all together. */
static void vectors_wrap_around(void)
{
	unsigned char *page = memory_map_pages(1);
	int zero = open("/dev/zero", O_RDWR);
	struct iovec vector[3] = { { page, 1 }, { page, LONG_MAX }, { page, 1 } };

	CHECK_EQUAL(kernel_call(SYS_readv, zero, vector, 3), -EFAULT);
	CHECK_EQUAL(kernel_call(SYS_writev, zero, vector, 3), -EFAULT);
	vector[1].iov_len = 1ul << 63;
	CHECK_EQUAL(kernel_call(SYS_readv, zero, vector, 3), -EINVAL);
	vector[1].iov_len = ~0ul;
	CHECK_EQUAL(kernel_call(SYS_readv, zero, vector, 3), -EINVAL);
	vector[1].iov_len = NOWHERE;
	CHECK_EQUAL(kernel_call(SYS_readv, zero, vector, 3), -EFAULT);
	vector[1] = (struct iovec){ (void *)(-4096l), 8192 };
	CHECK_EQUAL(kernel_call(SYS_readv, zero, vector, 3), -EFAULT);
	CHECK_EQUAL(kernel_call(SYS_readv, zero, vector, 1025), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_readv, zero, vector, 0xffffffff), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_readv, zero, ~0ul << 4, 2), -EFAULT);
	CHECK_EQUAL(kernel_call(SYS_read, zero, page, HUGE), -EFAULT);
}

/* A list of control messages that is too long to make sense. */
static void control_too_long(void)
{
	static unsigned char room[1 << 20];
	struct iovec byte = { room, 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = room,
	};
	const struct cmsghdr header = { sizeof(header), 1, SCM_RIGHTS };
	int sockets[2];

	for (size_t at = 0; at < sizeof(room); at += sizeof(header))
		memcpy(room + at, &header, sizeof(header));
	CHECK_EQUAL(kernel_call(SYS_socketpair, AF_UNIX, SOCK_DGRAM | O_NONBLOCK, 0, sockets), 0);
	message.msg_controllen = 1024;
	CHECK_EQUAL(kernel_call(SYS_sendmsg, sockets[1], &message, 0), 1);
	message.msg_controllen = sizeof(room);
	CHECK_EQUAL(kernel_call(SYS_sendmsg, sockets[1], &message, 0), -ENOBUFS);
	message.msg_controllen = HUGE;
	CHECK_EQUAL(kernel_call(SYS_sendmsg, sockets[1], &message, 0), -ENOBUFS);
	message.msg_controllen = ~0ul;
	CHECK_EQUAL(kernel_call(SYS_sendmsg, sockets[1], &message, 0), -ENOBUFS);
}

/* Offsets in a file whose sum with the length exceeds the largest offset. */
static void offsets_wrap_around(void)
{
	char bytes[2] = "x";
	struct iovec vector = { bytes, 2 };
	int file = open("file", O_RDWR | O_CREAT, 0600);

	CHECK_EQUAL(write(file, bytes, 2), 2);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, bytes, 2, LONG_MAX), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, bytes, 2, LONG_MAX - 1), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, bytes, 2, LONG_MAX - 2), 0);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, bytes, 2, -1), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_preadv, file, &vector, 1, LONG_MAX, 0), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_pwrite64, file, bytes, 2, LONG_MAX), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_lseek, file, LONG_MAX, SEEK_SET), LONG_MAX);
	CHECK_EQUAL(kernel_call(SYS_lseek, file, 1, SEEK_CUR), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_lseek, file, LONG_MAX, SEEK_END), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_read, file, bytes, 2), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_write, file, bytes, 2), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_fallocate, file, 0, LONG_MAX, 1), -EFBIG);
	CHECK_EQUAL(kernel_call(SYS_fallocate, file, 0, 1, LONG_MAX), -EFBIG);
	CHECK_EQUAL(lseek(file, 0, SEEK_END), 2);
}

/* Numbers of structures whose size wraps around. */
static void counts_wrap_around(void)
{
	const struct timespec none = { 0 };
	struct pollfd poll = { .fd = -1 };
	int set = (int)kernel_call(SYS_epoll_create1, 0);

	CHECK_EQUAL(kernel_call(SYS_ppoll, &poll, 1ul << 61, &none, NULL, 8), 0);
	CHECK_EQUAL(kernel_call(SYS_ppoll, &poll, 0xffffffff, &none, NULL, 8), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_pselect6, -1, NULL, NULL, NULL, NULL, NULL), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_epoll_pwait, set, &poll, 0x7fffffff, 0, NULL, 8), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_epoll_pwait, set, &poll, 0x15555556, 0, NULL, 8), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_setgroups, 0x40000001, &poll), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_clone3, &poll, HUGE), -E2BIG);
	CHECK_EQUAL(kernel_call(SYS_getcwd, FAR_ADDRESS, HUGE), -EFAULT);
}

/* A file under /proc gives the same text when read in odd pieces, and nothing past its end. */
static void proc_in_pieces(void)
{
	static const char *const names[] = { "/proc/self/maps", "/proc/self/environ",
		"/proc/self/cmdline", "/proc/version", "/proc/mounts", "/proc/filesystems" };
	static char text[TEXT_BYTES];
	char piece[PIECE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int file = open(names[i], O_RDONLY);
		long size = 0, count;

		tap_place(names[i]);
		CHECK(file >= 0);
		while ((count = read(file, text + size, TEXT_BYTES - (size_t)size)) > 0)
			size += count;
		for (long at = size - 1; at >= 0; at -= at > 200 ? 101 : 1) {
			long wanted = size - at < PIECE ? size - at : PIECE;

			count = pread(file, piece, sizeof(piece), at);
			CHECK(count > 0 && count <= wanted);
			CHECK_EQUAL(memcmp(piece, text + at, (size_t)count), 0);
		}
		CHECK_EQUAL(kernel_call(SYS_pread64, file, piece, PIECE, size), 0);
		CHECK_EQUAL(kernel_call(SYS_pread64, file, piece, PIECE, size + 1), 0);
		CHECK_EQUAL(kernel_call(SYS_pread64, file, piece, PIECE, 1ul << 40), 0);
		CHECK_EQUAL(kernel_call(SYS_pread64, file, piece, PIECE, -1), -EINVAL);
		close(file);
	}
}

static void pagemap_at_odd_offsets(void)
{
	unsigned long records[2];
	int file = open("/proc/self/pagemap", O_RDONLY);
	const unsigned long end = NOWHERE / PAGE_BYTES * sizeof(long);

	CHECK(file >= 0);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, records, 16, 4), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, records, 12, 8), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, records, 16, end), 0);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, records, 16, end + 8), 0);
	CHECK_EQUAL(kernel_call(SYS_pread64, file, records, 16, LONG_MAX - 31), 0);
}

/* A directory is read from wherever lseek() says; past its end there is nothing. */
static void directory_behind_its_end(void)
{
	static const char *const names[] = { "/proc/self", "/proc", "/proc/self/fd", "/proc/sys",
		"/proc/self/task", "/proc/1/task/1", "/dev/pts", "/" };
	/* On Cowslip generated names begin at 2^32; processes have the numbers up to 2^15. */
	static const long positions[] = { (1L << 32) + (1L << 15), (1L << 32) + (1L << 20),
		(1L << 33), LONG_MAX };
	const size_t count = sizeof(positions) / sizeof(positions[0]);
	char bytes[1024];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) * count; i++) {
		int file = open(names[i / count], O_RDONLY | O_DIRECTORY);

		tap_place(names[i / count]);
		CHECK(file >= 0);
		/* On Linux not every directory can be positioned that far. */
		if (kernel_call(SYS_lseek, file, positions[i % count], SEEK_SET) >= 0) {
			long size = kernel_call(SYS_getdents64, file, bytes, sizeof(bytes));

			if (memory_has_ledger())
				CHECK_EQUAL(size, 0);
		}
		close(file);
	}
}

static const struct tap_case cases[] = {
	{ "ranges-wrap-around", ranges_wrap_around, 0 },
	{ "mremap-wraps-around", mremap_wraps_around, 0 },
	{ "map-wraps-around", map_wraps_around, 0 },
	{ "vectors-wrap-around", vectors_wrap_around, 0 },
	{ "control-too-long", control_too_long, 0 },
	{ "offsets-wrap-around", offsets_wrap_around, 0 },
	{ "counts-wrap-around", counts_wrap_around, 0 },
	{ "directory-behind-its-end", directory_behind_its_end, 0 },
	{ "proc-in-pieces", proc_in_pieces, 0 },
	{ "pagemap-at-odd-offsets", pagemap_at_odd_offsets, 0 },
};

const struct tap_group attack_length_group = TAP_GROUP(cases);
