/*
 * Transfers: a cursor over a list of segments of user or kernel memory (mm/uaccess.h). A transfer
 * belongs to the task that makes it.
 */
#include "lib/string.h"
#include "mm/uaccess.h"

void io_user(struct io *io, struct space *space, uaddr_t address, size_t size)
{
	*io = (struct io){
		.space = space,
		.left = size,
		.single = { (void *)address.value, size },
	};
	io->segment = &io->single;
}

void io_kernel(struct io *io, void *address, size_t size)
{
	io_user(io, NULL, UADDR(address), size);
}

void io_vector(struct io *io, struct space *space, const struct iovec *segments, size_t count)
{
	*io = (struct io){ .space = space, .segment = segments };
	for (size_t i = 0; i < count; i++)
		io->left += segments[i].iov_len;
}

/* Moves one piece, to or from the address. `buffer` is the kernel's side, NULL for zeroes. */
typedef int io_mover(struct io *io, u64 address, void *buffer, size_t size);

static void put(void *to, const void *buffer, size_t size)
{
	if (buffer)
		memcpy(to, buffer, size);
	else
		memset(to, 0, size);
}

static int move_out(struct io *io, u64 address, void *buffer, size_t size)
{
	int error;

	if (!io->space) {
		put((void *)address, buffer, size);
		return 0;
	}
	void *to = user_reach_write(io->space, UADDR(address), &error);

	if (!to)
		return error;
	put(to, buffer, size);
	user_release(io->space);
	return 0;
}

static int move_in(struct io *io, u64 address, void *buffer, size_t size)
{
	int error;

	if (!io->space) {
		memcpy(buffer, (void *)address, size);
		return 0;
	}
	const void *from = user_reach_read(io->space, UADDR(address), &error);

	if (!from)
		return error;
	memcpy(buffer, from, size);
	user_release(io->space);
	return 0;
}

/* Up to the end of the current page, so that a fault further on leaves this part done. */
static size_t next_piece(const struct io *io, u64 address, size_t size)
{
	size_t piece = min(size, io->segment->iov_len - io->offset);

	return io->space ? min(piece, PAGE_SIZE - (address & (PAGE_SIZE - 1))) : piece;
}

static size_t io_move(struct io *io, void *buffer, size_t size, io_mover *move)
{
	size_t done = 0;

	size = min(size, io->left);
	while (done < size) {
		if (io->offset == io->segment->iov_len) {
			io->segment++;
			io->offset = 0;
			continue;
		}
		u64 address = (u64)io->segment->iov_base + io->offset;
		size_t piece = next_piece(io, address, size - done);

		io->error = move(io, address, buffer ? (char *)buffer + done : NULL, piece);
		if (io->error)
			break;
		io->offset += piece;
		done += piece;
	}
	io->left -= done;
	return done;
}

size_t io_write(struct io *io, const void *from, size_t size)
{
	return io_move(io, (void *)from, size, move_out);
}

size_t io_read(struct io *io, void *to, size_t size)
{
	return io_move(io, to, size, move_in);
}

size_t io_write_zeroes(struct io *io, size_t size)
{
	return io_move(io, NULL, size, move_out);
}
