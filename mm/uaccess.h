/*
 * Copying between the kernel and user memory.
 *
 * The kernel never dereferences a user pointer. These routines walk the address space's page
 * tables, ask fault_resolve() for what is absent or not writable (so a copy into a COW page breaks
 * the sharing exactly as a store would), and copy through the direct map.
 *
 * Any address may be passed in: 0, -EFAULT (not allowed) or -ENOMEM comes back. Nothing sleeps.
 */
#pragma once

#include "lib/abi/uio.h"
#include "lib/types.h"
#include "mm/space.h"

/* Copies all, or returns an error; what was copied before the error stays copied. */
int copy_to_user(struct space *space, uaddr_t to, const void *from, size_t size) MUST_CHECK;
int copy_from_user(struct space *space, void *to, uaddr_t from, size_t size) MUST_CHECK;
int clear_user(struct space *space, uaddr_t to, size_t size) MUST_CHECK;

/*
 * Copies a structure that grows from version to version. The program's may be shorter than the
 * `known` bytes: the rest becomes zero. It may be longer: the rest must be zero, else -E2BIG. More
 * than a page is -E2BIG as well.
 */
int copy_structure_from_user(struct space *space, void *to, size_t known, uaddr_t from,
	size_t size) MUST_CHECK;

/*
 * Copies a NUL-terminated string. The result is its length without the NUL, or -EFAULT, -ENOMEM,
 * or -ENAMETOOLONG when there is no NUL within `size` bytes.
 */
ssize_t copy_string_from_user(struct space *space, char *to, uaddr_t from, size_t size) MUST_CHECK;

/*
 * Atomically replaces the aligned 32-bit word at an address by `desired` when it is `*expected`;
 * *expected becomes what was there.
 */
int user_compare_exchange(struct space *space, uaddr_t address, u32 *expected,
	u32 desired) MUST_CHECK;

/*
 * The kernel's address of a user byte, good for reading, or for writing, from there to the end of
 * the page, until user_release(). NULL: *error says why not, -EFAULT or -ENOMEM. Other threads of
 * the program see these bytes, and may change them, at any time.
 */
const void *user_reach_read(struct space *space, uaddr_t address, int *error)
	TRY_ACQUIRE(true, space->table_lock) MUST_CHECK;
void *user_reach_write(struct space *space, uaddr_t address, int *error)
	TRY_ACQUIRE(true, space->table_lock) MUST_CHECK;
void user_release(struct space *space) RELEASE(space->table_lock);

/*
 * A transfer in progress, to or from a list of segments of user memory, or of kernel memory
 * (space NULL). Files read and write through it, and do not know the difference.
 */
struct io {
	struct space *space;
	const struct iovec *segment; /* kernel copy of the list; the current one */
	size_t offset;               /* done of the current segment */
	size_t left;                 /* bytes left in all */
	int error;                   /* why the last copy was short */
	struct iovec single;         /* storage for a list of one */
};

void io_user(struct io *io, struct space *space, uaddr_t address, size_t size);
void io_kernel(struct io *io, void *address, size_t size);

/* segments: checked and copied in; the sum of lengths must fit ssize_t. */
void io_vector(struct io *io, struct space *space, const struct iovec *segments, size_t count);

/*
 * Copies up to `size` bytes into (out of) the transfer and moves it on. The result is how many were
 * copied: fewer than min(size, io->left) only with io->error set to -EFAULT or -ENOMEM.
 */
size_t io_write(struct io *io, const void *from, size_t size);
size_t io_read(struct io *io, void *to, size_t size);
size_t io_write_zeroes(struct io *io, size_t size);

/* The result of a transfer that has moved `done` bytes: their number or, if there are none, why. */
static inline ssize_t io_result(const struct io *io, size_t done)
{
	return done || !io->error ? (ssize_t)done : io->error;
}
