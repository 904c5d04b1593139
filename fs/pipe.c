/*
 * Pipes and FIFOs: a ring of pages that are allocated when bytes are written to them.
 *
 *	pipe->lock	all of the pipe; user memory is copied with it held, which never sleeps
 *
 * As soon as a pipe is empty it starts again at the beginning of its first page, which it keeps: a
 * pipe that is read as fast as it is written to never needs another.
 */
#include "fs/pipe.h"

#include "fs/mount.h"
#include "fs/poll.h"
#include "lib/abi/limits.h"
#include "lib/abi/termios.h"
#include "lib/error.h"
#include "mm/page.h"
#include "mm/slab.h"

#define PIPE_PAGES (PIPE_CAPACITY / PAGE_SIZE)

struct pipe {
	struct spinlock lock;
	u64 written, read;             /* bytes, since it was last empty */
	struct page *page[PIPE_PAGES]; /* by byte number / PAGE_SIZE, wrapping around; NULL: none */
	u32 readers, writers;          /* open ends */
	u32 readers_ever,
		writers_ever;       /* how often an end was opened, for tasks that wait in open() */
	struct wait_queue readable; /* waiters for bytes, or for a writer */
	struct wait_queue writable; /* waiters for room, or for a reader */
};

static struct slab_cache pipe_cache = SLAB_CACHE(pipe_cache, "pipe", sizeof(struct pipe));

static const struct file_system pipe_file_system = { .name = "pipefs" };
static struct mount pipe_mount = MOUNT_HIDDEN(pipe_file_system, DEVICE_OF_PIPES);

static struct pipe *allocate(void)
{
	struct pipe *pipe = slab_alloc_zeroed(&pipe_cache);

	if (!pipe)
		return NULL;
	spin_init(&pipe->lock);
	wait_queue_init(&pipe->readable);
	wait_queue_init(&pipe->writable);
	return pipe;
}

static void drop_page(struct page **page)
{
	if (*page)
		page_put(*page);
	*page = NULL;
}

static void drop_contents(struct pipe *pipe)
{
	for (size_t i = 0; i < PIPE_PAGES; i++)
		drop_page(&pipe->page[i]);
	pipe->written = pipe->read = 0;
}

void pipe_evict(struct inode *inode)
{
	if (!inode->pipe)
		return;
	drop_contents(inode->pipe);
	slab_free(&pipe_cache, inode->pipe);
}

static u64 used(const struct pipe *pipe)
{
	return pipe->written - pipe->read;
}

static u64 room(const struct pipe *pipe)
{
	return PIPE_CAPACITY - used(pipe);
}

static struct page **slot(struct pipe *pipe, u64 byte)
{
	return &pipe->page[byte / PAGE_SIZE % PIPE_PAGES];
}

/* Bytes from `byte` to the end of its page, at most `limit`. */
static u64 in_page(u64 byte, u64 limit)
{
	return min(limit, PAGE_SIZE - byte % PAGE_SIZE);
}

/* The pipe has become empty: starts at the beginning again, with the page that it has. */
static void restart(struct pipe *pipe) REQUIRES(pipe->lock)
{
	struct page **last = slot(pipe, pipe->read - 1), *page = *last;

	if (last != pipe->page) {
		*last = NULL;
		drop_page(&pipe->page[0]);
		pipe->page[0] = page;
	}
	pipe->written = pipe->read = 0;
}

/*
 * Whether the page also has the latest bytes, before those that were read last: the ring was full.
 */
static bool is_at_end(struct pipe *pipe, struct page **page) REQUIRES(pipe->lock)
{
	return pipe->written % PAGE_SIZE && slot(pipe, pipe->written) == page;
}

/* Moves bytes out until the pipe is empty, the transfer is complete, or it fails. */
static void take_bytes(struct pipe *pipe, struct io *io) REQUIRES(pipe->lock)
{
	while (used(pipe) && io->left) {
		u64 size = in_page(pipe->read, min(used(pipe), io->left));
		struct page **page = slot(pipe, pipe->read);
		char *data = page_address(*page);
		u64 done = io_write(io, data + pipe->read % PAGE_SIZE, size);

		pipe->read += done;
		if (used(pipe) == 0 && done)
			restart(pipe);
		else if (pipe->read % PAGE_SIZE == 0 && done && !is_at_end(pipe, page))
			drop_page(page);
		if (done < size)
			break;
	}
}

/* Makes sure that there are pages for the bytes up to `end`. False: no memory. */
static bool have_pages(struct pipe *pipe, u64 end) REQUIRES(pipe->lock)
{
	for (u64 byte = align_down(pipe->written, PAGE_SIZE); byte < end; byte += PAGE_SIZE) {
		struct page **page = slot(pipe, byte);

		if (!*page)
			*page = page_alloc(PAGE_KERNEL);
		if (!*page)
			return false;
	}
	return true;
}

/*
 * Moves up to PIPE_BUF bytes in, all or none of them: after a fault, the bytes that io_read() has
 * stored do not count. 0, -ENOMEM or -EFAULT.
 */
static int put_bytes(struct pipe *pipe, struct io *io, u64 size) REQUIRES(pipe->lock)
{
	u64 end = pipe->written + size, byte = pipe->written;

	if (!have_pages(pipe, end))
		return -ENOMEM;
	while (byte < end) {
		u64 part = in_page(byte, end - byte);
		char *data = page_address(*slot(pipe, byte));

		if (io_read(io, data + byte % PAGE_SIZE, part) < part)
			return io->error;
		byte += part;
	}
	pipe->written = end;
	return 0;
}

/*
 * Waits until `ready` says so, and returns 0 with the lock held; or returns -EAGAIN (the file
 * would block and must not) or -EINTR, without it.
 */
static int wait_until(struct pipe *pipe, struct wait_queue *queue,
	bool (*ready)(const struct pipe *pipe, u64 argument), u64 argument,
	bool may_block) NO_THREAD_SAFETY_ANALYSIS
{
	struct waiter waiter = {};
	bool joined = false;
	int error = 0;

	for (;;) {
		spin_lock(&pipe->lock);
		if (ready(pipe, argument))
			break;
		spin_unlock(&pipe->lock);
		if (!may_block)
			return -EAGAIN;
		if (!joined) {
			wait_join(queue, &waiter);
			joined = true;
			continue;
		}
		error = wait_sleep(WAIT_FOREVER);
		if (error)
			break;
		joined = false;
	}
	if (waiter.queue)
		wait_leave(&waiter);
	return error;
}

static bool may_read(const struct pipe *pipe, u64 argument UNUSED)
{
	return used(pipe) || pipe->writers == 0;
}

/* `size` bytes fit, or nobody will ever make room. */
static bool may_write(const struct pipe *pipe, u64 size)
{
	return room(pipe) >= size || pipe->readers == 0;
}

static bool may_block(const struct file *file)
{
	return !(file_flags(file) & O_NONBLOCK);
}

static ssize_t pipe_read(struct file *file, struct io *io,
	u64 *offset UNUSED) NO_THREAD_SAFETY_ANALYSIS
{
	struct pipe *pipe = file->inode->pipe;
	size_t wanted = io->left;
	int error;

	if (!wanted)
		return 0;
	error = wait_until(pipe, &pipe->readable, may_read, 0, may_block(file));
	if (error)
		return error;
	take_bytes(pipe, io);
	spin_unlock(&pipe->lock);
	if (io->left < wanted)
		wake_all(&pipe->writable);
	return io_result(io, wanted - io->left);
}

/* Writes as much as goes in at once; `whole`: all of it or nothing. */
static int write_piece(struct file *file, struct pipe *pipe, struct io *io,
	bool whole) NO_THREAD_SAFETY_ANALYSIS
{
	u64 needed = whole ? io->left : 1, size;
	int error = wait_until(pipe, &pipe->writable, may_write, needed, may_block(file));

	if (error)
		return error;
	size = min(io->left, room(pipe));
	if (pipe->readers == 0)
		error = -EPIPE;
	else
		error = put_bytes(pipe, io, min(size, (u64)PIPE_BUF));
	spin_unlock(&pipe->lock);
	if (!error)
		wake_all(&pipe->readable);
	return error;
}

static ssize_t pipe_write(struct file *file, struct io *io, u64 *offset UNUSED)
{
	struct pipe *pipe = file->inode->pipe;
	size_t wanted = io->left, done = 0;
	bool whole = wanted <= PIPE_BUF;
	int error;

	if (!wanted)
		return 0;
	do {
		error = write_piece(file, pipe, io, whole);
		if (!error)
			done = wanted - io->left;
	} while (done < wanted && !error && wait_give_way());
	return done || !error ? (ssize_t)done : error;
}

static s64 pipe_ioctl(struct file *file, u32 command, u64 argument, struct space *space)
{
	struct pipe *pipe = file->inode->pipe;
	s32 bytes;

	if (command != FIONREAD)
		return -ENOTTY;
	spin_lock(&pipe->lock);
	bytes = (s32)used(pipe);
	spin_unlock(&pipe->lock);
	return copy_to_user(space, UADDR(argument), &bytes, sizeof(bytes));
}

static u32 pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->inode->pipe;
	u32 ready = 0;

	if (file_may_read(file))
		poll_join(table, &pipe->readable);
	if (file_may_write(file))
		poll_join(table, &pipe->writable);
	spin_lock(&pipe->lock);
	if (file_may_read(file)) {
		if (used(pipe))
			ready |= POLLIN | POLLRDNORM;
		/* No hang-up unless there has been a writer since this end was opened. */
		if (pipe->writers == 0 && pipe->writers_ever != (u64)file->private)
			ready |= POLLHUP;
	}
	if (file_may_write(file)) {
		if (room(pipe) >= PIPE_BUF)
			ready |= POLLOUT | POLLWRNORM;
		if (pipe->readers == 0)
			ready |= POLLERR;
	}
	spin_unlock(&pipe->lock);
	return ready;
}

/* The result is how often the other end has been opened and closed again so far. */
static u32 add_end(struct pipe *pipe, const struct file *file)
{
	u32 before;

	spin_lock(&pipe->lock);
	before = file_may_read(file) ? pipe->writers_ever - pipe->writers
				     : pipe->readers_ever - pipe->readers;
	if (file_may_read(file)) {
		pipe->readers++;
		pipe->readers_ever++;
	}
	if (file_may_write(file)) {
		pipe->writers++;
		pipe->writers_ever++;
	}
	spin_unlock(&pipe->lock);
	wake_all(&pipe->readable);
	wake_all(&pipe->writable);
	return before;
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->inode->pipe;

	spin_lock(&pipe->lock);
	if (file_may_read(file))
		pipe->readers--;
	if (file_may_write(file))
		pipe->writers--;
	if (pipe->readers == 0 && pipe->writers == 0) {
		drop_contents(pipe);
		pipe->readers_ever = pipe->writers_ever = 0; /* a FIFO opened again begins anew */
	}
	spin_unlock(&pipe->lock);
	wake_all(&pipe->readable);
	wake_all(&pipe->writable);
}

static const struct file_operations pipe_operations = {
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
};

static bool writer_came(const struct pipe *pipe, u64 before)
{
	return pipe->writers_ever != before;
}

static bool reader_came(const struct pipe *pipe, u64 before)
{
	return pipe->readers_ever != before;
}

/* Waits for the other end of a FIFO, as open(2) does. */
static int await_other_end(struct file *file, struct pipe *pipe,
	u32 before) NO_THREAD_SAFETY_ANALYSIS
{
	int error;

	if (file_may_read(file) && file_may_write(file))
		return 0;
	if (file_may_read(file)) {
		error = wait_until(pipe, &pipe->readable, writer_came, before, may_block(file));
		/* A reader may open it without a writer, and reads the end of the file. */
		if (error == -EAGAIN)
			return 0;
	} else {
		error = wait_until(pipe, &pipe->writable, reader_came, before, may_block(file));
		if (error == -EAGAIN)
			return -ENXIO;
	}
	if (!error)
		spin_unlock(&pipe->lock);
	return error;
}

static int fifo_open(struct file *file)
{
	struct inode *inode = file->inode;
	struct pipe *pipe;
	u32 before;
	int error = 0;

	mutex_lock(&inode->lock);
	if (!inode->pipe)
		inode->pipe = allocate();
	pipe = inode->pipe;
	mutex_unlock(&inode->lock);
	if (!pipe)
		return -ENOMEM;
	before = add_end(pipe, file);
	/* A pipe that is opened through /proc has had its other end already. */
	if (inode->mount != &pipe_mount) {
		file->private = (void *)(u64)before;
		error = await_other_end(file, pipe, before);
	}
	if (error)
		pipe_release(file);
	else
		file->operations = &pipe_operations;
	return error;
}

const struct file_operations fifo_operations = { .open = fifo_open };

static const struct inode_operations pipe_inode_operations = { .evict = pipe_evict };

/* One end of a new pipe. NULL: no memory. */
static struct file *open_end(struct inode *inode, u32 flags)
{
	struct file *file = file_create(inode, &pipe_operations, flags);

	if (file)
		add_end(inode->pipe, file);
	return file;
}

int pipe_create(struct file **read_end, struct file **write_end, u32 flags)
{
	struct inode *inode = inode_create(&pipe_mount, S_IFIFO | S_IRUSR | S_IWUSR);
	int error = -ENOMEM;

	if (!inode)
		return -ENOMEM;
	inode->operations = &pipe_inode_operations;
	inode->file_operations = &fifo_operations; /* for opening it through /proc */
	atomic_init(&inode->links, 1);
	inode->pipe = allocate();
	if (!inode->pipe)
		goto put_inode;
	*read_end = open_end(inode, O_RDONLY | flags);
	if (!*read_end)
		goto put_inode;
	*write_end = open_end(inode, O_WRONLY | flags);
	if (!*write_end)
		goto put_read_end;
	error = 0;
	goto put_inode; /* the files hold it */
put_read_end:
	file_put(*read_end);
put_inode:
	inode_put(inode);
	return error;
}
