/*
 * Pseudoterminals (fs/pty.h). The terminal is like any other (fs/tty.c); its driver is the master:
 * a ring of output that the master reads, and input that goes straight to the line discipline.
 *
 *	terminals_lock	the table, and which ends are open (fs/tty_internal.h)
 *	ring_lock	the output and packet mode; user memory is copied with it held
 */
#include "fs/pty.h"

#include "fs/credentials.h"
#include "fs/dentry.h"
#include "fs/pseudo.h"
#include "fs/tty_internal.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/ring.h"
#include "mm/slab.h"

#define OUTPUT_CAPACITY 4096

struct pty {
	struct tty tty;
	u32 number;
	/* terminals_lock */
	struct inode *inode; /* of /dev/pts/N; NULL: the master is closed */
	bool locked;         /* the terminal cannot be opened yet */
	_Atomic bool left;   /* it was open, and has been closed */

	struct spinlock ring_lock;
	struct ring output;
	bool packet;     /* each read by the master begins with a byte that says what follows */
	_Atomic u8 news; /* for this byte: TIOCPKT_STOP and so on */
	struct wait_queue written; /* the master waits here for output, news and `left` */
	u8 data[OUTPUT_CAPACITY];
};

static struct pty *ptys[PTY_LIMIT] GUARDED_BY(terminals_lock);

/* The options of devpts: owner and mode of new terminals. */
static struct mount_options options GUARDED_BY(terminals_lock) = MOUNT_OPTIONS_NONE;

/* All inodes of terminals belong to this mount, wherever devpts is mounted. */
static struct mount hidden_mount = MOUNT_HIDDEN(devpts_type, DEVICE_OF_TERMINALS);

static struct pty *pty_of(struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}

/* The driver */

/* How many bytes the master could read now. */
static u32 waiting(struct pty *pty)
{
	u32 used;

	spin_lock(&pty->ring_lock);
	used = ring_used(&pty->output);
	spin_unlock(&pty->ring_lock);
	return used;
}

static u32 room(struct tty *tty)
{
	return OUTPUT_CAPACITY - waiting(pty_of(tty));
}

static void write(struct tty *tty, const char *text, size_t size)
{
	struct pty *pty = pty_of(tty);

	spin_lock(&pty->ring_lock);
	for (size_t i = 0; i < size; i++)
		ring_push(&pty->output, (u8)text[i]);
	spin_unlock(&pty->ring_lock);
	if (size)
		wake_all(&pty->written);
}

static void discard(struct tty *tty, u32 queue)
{
	struct pty *pty = pty_of(tty);

	if (queue != TCOFLUSH)
		return;
	spin_lock(&pty->ring_lock);
	ring_consume(&pty->output, ring_used(&pty->output));
	spin_unlock(&pty->ring_lock);
}

/* News replaces older news that says the opposite. */
static void tell(struct tty *tty, u8 news)
{
	const u8 state = TIOCPKT_STOP | TIOCPKT_START, keys = TIOCPKT_NOSTOP | TIOCPKT_DOSTOP;
	struct pty *pty = pty_of(tty);

	spin_lock(&pty->ring_lock);
	if (news & state)
		pty->news &= ~state;
	if (news & keys)
		pty->news &= ~keys;
	pty->news |= pty->packet ? news : 0;
	spin_unlock(&pty->ring_lock);
	wake_all(&pty->written);
}

static bool closed(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	atomic_store_explicit(&pty->left, true, memory_order_release);
	wake_all(&pty->written);
	return tty_is_hung_up(tty);
}

static void free_pty(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	spin_lock(&terminals_lock);
	ptys[pty->number] = NULL;
	list_remove(&tty->node);
	spin_unlock(&terminals_lock);
	kfree(pty);
}

static const struct tty_driver driver = {
	.room = room,
	.write = write,
	.discard = discard,
	.tell = tell,
	.closed = closed,
	.free = free_pty,
};

/* The terminal */

static int pts_open(struct file *file)
{
	u32 number = file->inode->device - PTS_NUMBER(0);
	struct pty *pty;
	int error;

	spin_lock(&terminals_lock);
	pty = ptys[number];
	if (!pty || pty->inode != file->inode || pty->locked) {
		spin_unlock(&terminals_lock);
		return -EIO;
	}
	/* One more user, so that the terminal lasts until tty_use() has counted this file. */
	pty->tty.users++;
	atomic_store_explicit(&pty->left, false, memory_order_relaxed);
	spin_unlock(&terminals_lock);
	error = tty_use(file, &pty->tty);
	tty_unuse(&pty->tty);
	return error;
}

static const struct file_operations pts_operations = TTY_OPERATIONS(pts_open);

struct inode *pty_inode(u32 number)
{
	struct inode *inode = NULL;

	spin_lock(&terminals_lock);
	if (number < PTY_LIMIT && ptys[number])
		inode = inode_get(ptys[number]->inode);
	spin_unlock(&terminals_lock);
	return inode;
}

u64 pty_next(u64 number)
{
	spin_lock(&terminals_lock);
	while (number < PTY_LIMIT && !(ptys[number] && ptys[number]->inode))
		number++;
	spin_unlock(&terminals_lock);
	return number;
}

/* The master */

/* Reads the byte that comes first in packet mode. The result is how many bytes were read. */
static size_t read_header(struct pty *pty, struct io *io) REQUIRES(pty->ring_lock)
{
	const u8 header = pty->news;

	if (!pty->packet || (!header && !ring_used(&pty->output)) || !io_write(io, &header, 1))
		return 0;
	pty->news = 0;
	return 1;
}

/* Reads output, if there is any, or news. The result is how many bytes were read. */
static size_t read_output(struct pty *pty, struct io *io)
{
	size_t done;
	bool news;
	u32 span;

	spin_lock(&pty->ring_lock);
	news = pty->news;
	done = read_header(pty, io);
	while (!news && io->left && !io->error && ring_used(&pty->output)) {
		const u8 *from = ring_read_span(&pty->output, &span);
		u32 count = (u32)io_write(io, from, span);

		ring_consume(&pty->output, count);
		done += count;
	}
	spin_unlock(&pty->ring_lock);
	return done;
}

static ssize_t master_read(struct file *file, struct io *io, u64 *offset UNUSED)
{
	struct pty *pty = file->private;
	struct waiter waiter = {};
	size_t done = 0;
	int error = 0;

	while (io->left) {
		wait_join(&pty->written, &waiter);
		if (atomic_load_explicit(&pty->left, memory_order_acquire))
			error = -EIO; /* if there is nothing left to read */
		done = read_output(pty, io);
		if (done || error || io->error)
			break;
		error = file_flags(file) & O_NONBLOCK ? -EAGAIN : wait_sleep(WAIT_FOREVER);
		if (error)
			break;
	}
	wait_leave(&waiter);
	if (!done)
		return io->error ? io->error : error;
	wake_all(&pty->tty.writable);
	return (ssize_t)done;
}

/* What is written to the master is typed, a piece at a time. */
#define TYPED_PIECE 256

struct typed {
	struct io *io;
	u32 left; /* of the piece */
};

static bool next_typed(struct tty *tty, void *source, u8 *character)
{
	struct typed *typed = source;

	if (!typed->left || !typed->io->left || !line_has_room(&tty->line, 0))
		return false;
	typed->left--;
	return io_read(typed->io, character, 1) == 1;
}

static ssize_t master_write(struct file *file, struct io *io, u64 *offset UNUSED)
{
	struct pty *pty = file->private;
	struct waiter waiter = {};
	size_t wanted = io->left;
	int error = 0;

	do {
		struct typed typed = { io, TYPED_PIECE };

		wait_join(&pty->tty.arrived, &waiter);
		tty_input(&pty->tty, next_typed, &typed);
		if (!io->left || io->error)
			break;
		if (typed.left)
			error = file_flags(file) & O_NONBLOCK ? -EAGAIN : wait_sleep(WAIT_FOREVER);
		wait_leave(&waiter);
	} while (!error && wait_give_way());
	wait_leave(&waiter);
	if (io->left < wanted)
		return (ssize_t)(wanted - io->left);
	return io->error ? io->error : error;
}

static u32 master_poll(struct file *file, struct poll_table *table)
{
	struct pty *pty = file->private;
	u32 ready = 0;

	poll_join(table, &pty->written);
	poll_join(table, &pty->tty.arrived);
	if (pty->news)
		ready |= POLLPRI;
	if (pty->news || waiting(pty))
		ready |= POLLIN | POLLRDNORM;
	if (line_has_room(&pty->tty.line, 0))
		ready |= POLLOUT | POLLWRNORM;
	if (atomic_load_explicit(&pty->left, memory_order_acquire))
		ready |= POLLHUP;
	return ready;
}

/* TIOCSPTLCK and TIOCPKT */
static int set_mode(struct pty *pty, u32 command, u64 argument, struct space *space)
{
	s32 on;
	int error = copy_from_user(space, &on, UADDR(argument), sizeof(on));

	if (error)
		return error;
	if (command == (u32)TIOCSPTLCK) {
		spin_lock(&terminals_lock);
		pty->locked = on;
		spin_unlock(&terminals_lock);
		return 0;
	}
	spin_lock(&pty->ring_lock);
	if (pty->packet != (bool)on)
		pty->news = 0;
	pty->packet = on;
	spin_unlock(&pty->ring_lock);
	return 0;
}

/* TCFLSH: what the master has written is typed already, and is kept. */
static int flush_master(struct pty *pty, u64 queue)
{
	if (queue > TCIOFLUSH)
		return -EINVAL;
	if (queue != TCOFLUSH) {
		discard(&pty->tty, TCOFLUSH);
		wake_all(&pty->tty.writable);
	}
	return 0;
}

static s64 master_ioctl(struct file *file, u32 command, u64 argument, struct space *space)
{
	struct pty *pty = file->private;
	s32 number;

	switch (command) {
	case (u32)TIOCGPTN:
		number = (s32)pty->number;
		break;
	case (u32)TIOCSPTLCK:
	case TIOCPKT:
		return set_mode(pty, command, argument, space);
	case (u32)TIOCGPTLCK:
		number = pty->locked;
		break;
	case (u32)TIOCGPKT:
		number = pty->packet;
		break;
	case FIONREAD:
		number = (s32)waiting(pty);
		break;
	case TCFLSH:
		return flush_master(pty, argument);
	default:
		return tty_ioctl_from_master(&pty->tty, command, argument, space);
	}
	return copy_to_user(space, UADDR(argument), &number, sizeof(number));
}

static void master_release(struct file *file)
{
	struct pty *pty = file->private;
	struct inode *inode;

	spin_lock(&terminals_lock);
	inode = pty->inode;
	pty->inode = NULL;
	pty->tty.users++; /* until everybody is told */
	spin_unlock(&terminals_lock);
	atomic_store_explicit(&inode->links, 0, memory_order_relaxed);
	inode_put(inode);
	tty_hang_up(&pty->tty);
	tty_unuse(&pty->tty);
}

static const struct file_operations master_operations = {
	.release = master_release,
	.read = master_read,
	.write = master_write,
	.ioctl = master_ioctl,
	.poll = master_poll,
};

/* Takes the first free number. 0 or -ENOSPC. */
static int take_number(struct pty *pty)
{
	u32 number = 0;

	spin_lock(&terminals_lock);
	while (number < PTY_LIMIT && ptys[number])
		number++;
	pty->number = number;
	if (number < PTY_LIMIT)
		ptys[number] = pty;
	spin_unlock(&terminals_lock);
	return number < PTY_LIMIT ? 0 : -ENOSPC;
}

void pty_configure(const struct mount_options *new)
{
	spin_lock(&terminals_lock);
	options = *new;
	if (options.mode == ID_KEEP)
		options.mode = S_IRUSR | S_IWUSR;
	spin_unlock(&terminals_lock);
}

void pty_show_options(struct text *out)
{
	struct mount_options shown;

	spin_lock(&terminals_lock);
	shown = options;
	spin_unlock(&terminals_lock);
	if (shown.uid != ID_KEEP)
		text_printf(out, ",uid=%u", shown.uid);
	if (shown.gid != ID_KEEP)
		text_printf(out, ",gid=%u", shown.gid);
	text_printf(out, ",mode=%03o", shown.mode);
}

/* Makes the inode appear in devpts. */
static void show_terminal(struct pty *pty, struct inode *inode)
{
	spin_lock(&terminals_lock);
	inode_set_attributes(inode, options.mode, options.uid, options.gid);
	pty->inode = inode;
	spin_unlock(&terminals_lock);
}

static int ptmx_open(struct file *file)
{
	struct pty *pty = kmalloc_zeroed(sizeof(*pty));
	struct inode *inode = inode_create(&hidden_mount, S_IFCHR);
	int error = -ENOMEM;

	if (!pty || !inode)
		goto undo;
	pty->locked = true;
	spin_init(&pty->ring_lock);
	wait_queue_init(&pty->written);
	ring_init(&pty->output, pty->data, sizeof(pty->data));
	error = take_number(pty);
	if (error)
		goto undo;
	inode->device = PTS_NUMBER(pty->number);
	inode->file_operations = &pts_operations;
	atomic_init(&inode->links, 1);
	tty_setup(&pty->tty, &driver, inode->device);
	show_terminal(pty, inode);
	file->operations = &master_operations;
	file->private = pty;
	return 0;
undo:
	inode_put(inode);
	kfree(pty);
	return error;
}

static const struct file_operations ptmx_operations = { .open = ptmx_open };

struct character_device ptmx_device = {
	.number = 5 << 8 | 2,
	.name = "ptmx",
	.permissions = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH,
	.operations = &ptmx_operations,
};

struct file *pty_open_peer(struct file *master, u32 flags)
{
	struct pty *pty = master->private;
	char name[24];
	struct file *file;
	int error;

	if (master->operations != &master_operations)
		return error_pointer(-ENOTTY);
	file = file_create(pty->inode, &pts_operations, flags);
	if (!file)
		return error_pointer(-ENOMEM);
	snprintf(name, sizeof(name), "/dev/pts/%u", pty->number);
	file->dentry = dentry_create(NULL, name, inode_get(pty->inode));
	error = file->dentry ? pts_open(file) : -ENOMEM;
	if (!error)
		return file;
	file->operations = &ptmx_operations; /* it is not open: nothing to release */
	file_put(file);
	return error_pointer(error);
}

void pty_init(void)
{
	device_register(&ptmx_device);
}
