/*
 * signalfd(2) (proc/signalfd.h). The file is nothing but a set of signals, which is atomic.
 */
#include "proc/signalfd.h"

#include "fs/anonymous.h"
#include "fs/poll.h"
#include "lib/abi/signalfd.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "proc/task.h"

struct signalfd {
	_Atomic u64 set;
};

static struct signalfd_siginfo describe(const struct signal_info *info)
{
	struct signalfd_siginfo result = {};
	siginfo_t user;

	signal_info_export(info, &user);
	result.ssi_signo = (u32)user.si_signo;
	result.ssi_code = user.si_code;
	if (info->signal == SIGCHLD && info->code > 0) {
		result.ssi_pid = (u32)user.si_pid;
		result.ssi_uid = user.si_uid;
		result.ssi_status = user.si_status;
		result.ssi_utime = (u64)user.si_utime;
		result.ssi_stime = (u64)user.si_stime;
	} else if (info->code == SI_TIMER) {
		result.ssi_tid = (u32)user.si_timerid;
		result.ssi_overrun = (u32)user.si_overrun;
		result.ssi_ptr = (u64)user.si_ptr;
		result.ssi_int = user.si_int;
	} else if (info->code > 0 && info->code < SI_KERNEL) {
		result.ssi_addr = (u64)user.si_addr;
	} else {
		result.ssi_pid = (u32)user.si_pid;
		result.ssi_uid = user.si_uid;
		result.ssi_ptr = (u64)user.si_ptr;
		result.ssi_int = user.si_int;
	}
	return result;
}

/* Reads as many as are pending and fit; waits for the first. */
static ssize_t signalfd_read(struct file *file, struct io *io, u64 *offset UNUSED)
{
	struct signalfd *signalfd = file->private;
	bool may_block = !(file_flags(file) & O_NONBLOCK);
	size_t done = 0;

	if (io->left < sizeof(struct signalfd_siginfo))
		return -EINVAL;
	while (io->left >= sizeof(struct signalfd_siginfo)) {
		struct signalfd_siginfo result;
		struct signal_info info;
		s32 signal = signal_wait(atomic_load(&signalfd->set),
			may_block && !done ? WAIT_FOREVER : 0, &info);

		if (signal < 0 && !done)
			return signal == -ETIMEDOUT ? -EAGAIN : signal;
		if (signal < 0)
			break;
		result = describe(&info);
		if (io_write(io, &result, sizeof(result)) < sizeof(result))
			return io_result(io, done);
		done += sizeof(result);
	}
	return (ssize_t)done;
}

static u32 signalfd_poll(struct file *file, struct poll_table *table)
{
	struct signalfd *signalfd = file->private;

	/* The caller's: as on Linux, an epoll set stays in that of the process that filled it. */
	poll_join(table, &current->process->signal_readers);
	return signal_pending_set() & atomic_load(&signalfd->set) ? POLLIN | POLLRDNORM : 0;
}

static void signalfd_release(struct file *file)
{
	kfree(file->private);
}

static const struct file_operations signalfd_operations = {
	.kind = "signalfd",
	.release = signalfd_release,
	.read = signalfd_read,
	.poll = signalfd_poll,
};

int signalfd_set(struct file *file, u64 set)
{
	struct signalfd *signalfd = file->private;

	if (file->operations != &signalfd_operations)
		return -EINVAL;
	atomic_store(&signalfd->set, set & ~SIGNALS_UNMASKABLE);
	wake_all(&current->process->signal_readers);
	return 0;
}

struct file *signalfd_create(u64 set, u32 flags)
{
	struct signalfd *signalfd = kmalloc_zeroed(sizeof(*signalfd));
	struct file *file;

	if (!signalfd)
		return NULL;
	atomic_init(&signalfd->set, set & ~SIGNALS_UNMASKABLE);
	file = anonymous_file(&signalfd_operations, signalfd, 0, O_RDWR | flags);
	if (!file)
		kfree(signalfd);
	return file;
}
