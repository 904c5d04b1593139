/*
 * System calls that send and receive messages: bytes together with names and files. What they do
 * is in fs/socket_data.c.
 */
#include "fs/file.h"
#include "fs/file_table.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/credentials.h"
#include "proc/pid.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

/* The limit on one call's control messages: Linux's net.core.optmem_max. */
#define CONTROL_MAX KIB(128)

#define SEND_FLAGS    (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_EOR)
#define RECEIVE_FLAGS (MSG_DONTWAIT | MSG_PEEK | MSG_WAITALL | MSG_TRUNC | MSG_CMSG_CLOEXEC)

/* One call's message. */
struct message {
	struct msghdr header;
	struct socket_extra extra;
	struct io io;
	struct iovec vector[UIO_MAXIOV]; /* not cleared at first */
};

/* An empty one. NULL: no memory. */
static struct message *create_message(void)
{
	struct message *message = kmalloc(sizeof(*message));

	if (message)
		memset(message, 0, offsetof(struct message, vector));
	return message;
}

static void free_message(struct message **message)
{
	for (u32 i = 0; *message && i < (*message)->extra.file_count; i++)
		file_put((*message)->extra.files[i]);
	kfree(*message);
}

/* For a variable with a message or NULL: leaving its block drops its files and frees it. */
#define MESSAGE_HELD __attribute__((cleanup(free_message)))

/* Reads the list of segments. 0 or an errno. */
static int read_vector(struct message *message)
{
	u64 count = message->header.msg_iovlen;
	int error;

	if (count > UIO_MAXIOV)
		return -EMSGSIZE;
	error = user_vector(message->vector, (u64)message->header.msg_iov, count);
	if (!error)
		io_vector(&message->io, current_space(), message->vector, count);
	message->io.left = min(message->io.left, TRANSFER_MAX);
	return error;
}

static int read_address(u64 address, u64 size, struct socket_address *to)
{
	int error = 0;

	if (!address || !size)
		return 0;
	error = socket_address_from_user(address, size, to);
	return !error && !to->length ? -EINVAL : error;
}

/* Looks up one descriptor that is sent along. */
static int add_file(struct socket_extra *extra, u64 fd)
{
	struct file *file = user_file_or_path(fd);

	if (!file)
		return -EBADF;
	if (extra->file_count == SOCKET_FILES_MAX) {
		file_put(file);
		return -EINVAL;
	}
	extra->files[extra->file_count++] = file;
	return 0;
}

/* The descriptors of one control message, whose data begins at an address. */
static int add_files(struct socket_extra *extra, u64 address, u64 size)
{
	int error = 0;

	for (u64 at = 0; at + sizeof(s32) <= size && !error; at += sizeof(s32)) {
		s32 fd;

		error = from_user(&fd, address + at, sizeof(fd));
		if (!error)
			error = add_file(extra, (u64)fd);
	}
	return error;
}

/* Who the sender claims to be: unless privileged, itself, as one of its own users and groups. */
static int read_sender(struct socket_extra *extra, u64 address, u64 size)
{
	struct ucred *sender = &extra->sender;
	int error = size == sizeof(*sender) ? 0 : -EINVAL;

	if (!error)
		error = from_user(sender, address, sizeof(*sender));
	if (!error && (sender->uid == ID_KEEP || sender->gid == ID_KEEP))
		error = -EINVAL;
	if (!error && !credentials_may_claim(sender->pid, sender->uid, sender->gid))
		error = -EPERM;
	if (error)
		return error;
	spin_lock(&family_lock);
	if (!process_find((u32)sender->pid))
		error = -ESRCH;
	spin_unlock(&family_lock);
	extra->has_sender = true;
	return error;
}

static int read_control(struct message *message)
{
	struct socket_extra *extra = &message->extra;
	u64 start = (u64)message->header.msg_control, size = message->header.msg_controllen;
	u64 data, data_size;
	struct cmsghdr header;
	int error = 0;

	if (size > CONTROL_MAX)
		return -ENOBUFS;
	for (u64 at = 0; at + sizeof(header) <= size && !error;) {
		error = from_user(&header, start + at, sizeof(header));
		if (error)
			break;
		if (header.cmsg_len < sizeof(header) || header.cmsg_len > size - at)
			return -EINVAL;
		data = start + at + sizeof(header);
		data_size = header.cmsg_len - sizeof(header);
		if (header.cmsg_level != SOL_SOCKET)
			error = 0; /* not for sockets like these */
		else if (header.cmsg_type == SCM_RIGHTS)
			error = add_files(extra, data, data_size);
		else if (header.cmsg_type == SCM_CREDENTIALS)
			error = read_sender(extra, data, data_size);
		else
			error = -EINVAL;
		at += align_up(header.cmsg_len, sizeof(u64));
	}
	return error;
}

static s64 send(u64 fd, struct message *message, u64 flags)
{
	FILE_HELD struct file *file = user_file(fd);
	s64 result;

	if (!file)
		return -EBADF;
	if (!file_is_socket(file))
		return -ENOTSOCK;
	if ((u32)flags & ~(u32)SEND_FLAGS)
		return -EOPNOTSUPP;
	result = socket_send(file, current->process->fs, &message->io, &message->extra, (u32)flags);
	if (result == -EPIPE && !(flags & MSG_NOSIGNAL))
		user_broken_pipe(file);
	return result;
}

s64 sys_sendmsg(u64 fd, u64 address, u64 flags)
{
	MESSAGE_HELD struct message *message = create_message();
	int error;

	if (!message)
		return -ENOMEM;
	error = from_user(&message->header, address, sizeof(message->header));
	if (!error)
		error = read_vector(message);
	if (!error)
		error = read_address((u64)message->header.msg_name, message->header.msg_namelen,
			&message->extra.address);
	if (!error)
		error = read_control(message);
	return error ? error : send(fd, message, flags);
}

s64 sys_sendto(u64 fd, u64 buffer, u64 size, u64 flags, u64 address, u64 address_size)
{
	MESSAGE_HELD struct message *message = create_message();
	int error;

	if (!is_user_range(buffer, size))
		return -EFAULT;
	if (!message)
		return -ENOMEM;
	io_user(&message->io, current_space(), UADDR(buffer), min(size, TRANSFER_MAX));
	error = read_address(address, address_size, &message->extra.address);
	return error ? error : send(fd, message, flags);
}

static s64 receive(u64 fd, struct message *message, u64 flags)
{
	FILE_HELD struct file *file = user_file(fd);

	if (!file)
		return -EBADF;
	if ((u32)flags & ~(u32)(RECEIVE_FLAGS | MSG_NOSIGNAL))
		return -EOPNOTSUPP;
	return socket_receive(file, &message->io, &message->extra, (u32)flags);
}

/* Writes the sender's address; nothing if the sender has no name. *size: that of the address. */
static int write_address(const struct socket_address *from, u64 address, u32 room, u32 *size)
{
	*size = 0;
	if ((s32)room < 0)
		return -EINVAL;
	return from->length ? socket_address_to_user(from, address, room, size) : 0;
}

/* The room left for control messages, at an address. */
struct control {
	u64 address, room;
};

/*
 * Writes the header of a control message, after its data; `size` is that of both. As on Linux, a
 * message that cannot be written is left out, and that is no error: the data has been received.
 */
static void finish_control(struct control *control, s32 type, u64 size)
{
	const struct cmsghdr header = {
		.cmsg_len = size,
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = type,
	};

	if (to_user(control->address, &header, sizeof(header)))
		return;
	size = min(align_up(size, sizeof(u64)), control->room);
	control->address += size;
	control->room -= size;
}

/* Writes who sent the message, cut off where the room ends. */
static void write_sender(struct message *message, struct control *control)
{
	const struct ucred *sender = &message->extra.sender;
	u64 head = sizeof(struct cmsghdr), size = head + sizeof(*sender);

	if (control->room < size)
		message->header.msg_flags |= MSG_CTRUNC;
	if (control->room < head)
		return;
	size = min(size, control->room);
	if (!to_user(control->address + head, sender, size - head))
		finish_control(control, SCM_CREDENTIALS, size);
}

/*
 * Installs the files that fit, and writes their descriptors. Files that do not fit, or whose
 * descriptor cannot be written, are closed.
 */
static void write_files(struct message *message, struct control *control, u64 flags)
{
	struct socket_extra *extra = &message->extra;
	u64 at = sizeof(struct cmsghdr);
	u32 done = 0;

	for (; done < extra->file_count && at + sizeof(s32) <= control->room; done++) {
		struct file *file = extra->files[done];
		s32 fd;

		/* For use here: another thread may close the descriptor as soon as it exists. */
		file_get(file);
		fd = file_table_add(current->process->files, file, 0, flags & MSG_CMSG_CLOEXEC);
		if (fd < 0) {
			file_put(file);
			break;
		}
		if (to_user(control->address + at, &fd, sizeof(fd))) {
			file_table_close(current->process->files, (u64)fd);
			break;
		}
		file_put(file);
		at += sizeof(fd);
	}
	for (u32 i = done; i < extra->file_count; i++) {
		file_put(extra->files[i]);
		message->header.msg_flags |= MSG_CTRUNC;
	}
	extra->file_count = 0;
	if (done)
		finish_control(control, SCM_RIGHTS, at);
}

static void write_control(struct message *message, u64 flags)
{
	struct msghdr *header = &message->header;
	u64 start = (u64)header->msg_control;
	struct control control = { start, start ? header->msg_controllen : 0 };

	if (message->extra.has_sender)
		write_sender(message, &control);
	write_files(message, &control, flags);
	header->msg_controllen = control.address - start;
}

s64 sys_recvmsg(u64 fd, u64 address, u64 flags)
{
	MESSAGE_HELD struct message *message = create_message();
	struct msghdr *header;
	s64 result;
	int error = 0;

	if (!message)
		return -ENOMEM;
	header = &message->header;
	result = from_user(header, address, sizeof(*header));
	if (!result && header->msg_name && (s32)header->msg_namelen < 0)
		result = -EINVAL;
	if (!result)
		result = read_vector(message);
	if (!result)
		result = receive(fd, message, flags);
	if (result < 0)
		return result;
	header->msg_flags =
		(message->extra.truncated ? MSG_TRUNC : 0) | ((u32)flags & MSG_CMSG_CLOEXEC);
	if (header->msg_name)
		error = write_address(&message->extra.address, (u64)header->msg_name,
			header->msg_namelen, &header->msg_namelen);
	if (error)
		return error;
	write_control(message, flags);
	error = to_user(address, header, sizeof(*header));
	return error ? error : result;
}

s64 sys_recvfrom(u64 fd, u64 buffer, u64 size, u64 flags, u64 address, u64 size_address)
{
	MESSAGE_HELD struct message *message = create_message();
	u32 room = 0, name_size;
	s64 result = 0;
	int error;

	if (!is_user_range(buffer, size))
		return -EFAULT;
	if (!message)
		return -ENOMEM;
	io_user(&message->io, current_space(), UADDR(buffer), min(size, TRANSFER_MAX));
	if (address)
		result = from_user(&room, size_address, sizeof(room));
	if (!result)
		result = receive(fd, message, flags);
	if (result < 0 || !address)
		return result;
	error = write_address(&message->extra.address, address, room, &name_size);
	if (!error)
		error = to_user(size_address, &name_size, sizeof(name_size));
	return error ? error : result;
}
