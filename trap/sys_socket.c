/*
 * System calls on sockets. Only local ones exist; what the calls do is in fs/socket.c.
 */
#include "fs/file.h"
#include "fs/file_table.h"
#include "lib/error.h"
#include "lib/string.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

#define TYPE_FLAGS (O_NONBLOCK | O_CLOEXEC)

/* 0, or Linux's error for a kind that is not supported. */
static int check_kind(u64 family, u64 type, u64 protocol)
{
	u32 kind = (u32)type & SOCK_TYPE_MASK;

	if ((u32)type & ~(u32)(SOCK_TYPE_MASK | TYPE_FLAGS))
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (kind != SOCK_STREAM && kind != SOCK_DGRAM && kind != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	return protocol && protocol != AF_UNIX ? -EPROTONOSUPPORT : 0;
}

s64 sys_socket(u64 family, u64 type, u64 protocol)
{
	int error = check_kind(family, type, protocol);

	if (error)
		return error;
	return user_file_install(socket_create((u32)type & SOCK_TYPE_MASK, (u32)type & O_NONBLOCK),
		0, type & O_CLOEXEC);
}

s64 sys_socketpair(u64 family, u64 type, u64 protocol, u64 address)
{
	int error = check_kind(family, type, protocol);
	struct file *pair[2];

	if (!error)
		error = socket_create_pair((u32)type & SOCK_TYPE_MASK, (u32)type & O_NONBLOCK,
			pair);
	return error ? error : user_file_install_pair(pair, type & O_CLOEXEC, address);
}

/* Addresses */

int socket_address_from_user(u64 address, u64 size, struct socket_address *to)
{
	struct sockaddr_un name = {};
	const u32 head = offsetof(struct sockaddr_un, sun_path);
	int error;

	to->length = 0;
	if ((u32)size < head || (u32)size > sizeof(name))
		return -EINVAL;
	error = from_user(&name, address, (u32)size);
	if (error)
		return error;
	if (name.sun_family == AF_UNSPEC)
		return 0;
	if (name.sun_family != AF_UNIX)
		return -EINVAL;
	to->length = (u32)size - head;
	memcpy(to->text, name.sun_path, to->length);
	/* A path ends at its NUL; a name that begins with NUL counts in full. */
	if (to->length && to->text[0])
		to->length = (u32)strnlen(to->text, to->length);
	return 0;
}

int socket_address_to_user(const struct socket_address *from, u64 address, u32 room, u32 *size)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const u32 head = offsetof(struct sockaddr_un, sun_path);

	memcpy(name.sun_path, from->text, from->length);
	*size = head + from->length;
	if (from->length && from->text[0] && from->length < UNIX_PATH_MAX)
		(*size)++; /* the NUL of a path */
	room = min(room, (u32)sizeof(name));
	return to_user(address, &name, min(*size, room));
}

/* The same with the size at an address: the room before, the name's size after. */
static int address_to_user(const struct socket_address *from, u64 address, u64 size_address)
{
	u32 room, size;
	int error = from_user(&room, size_address, sizeof(room));

	if (error)
		return error;
	if ((s32)room < 0)
		return -EINVAL;
	error = socket_address_to_user(from, address, room, &size);
	if (error)
		return error;
	return to_user(size_address, &size, sizeof(size));
}

/* Connections */

/* The calls that take a socket and a name. */
static s64 call_with_name(u64 fd, u64 address, u64 size,
	int (*call)(struct file *file, struct fs_context *context,
		const struct socket_address *name))
{
	FILE_HELD struct file *file = user_file(fd);
	struct socket_address name;
	int error;

	if (!file)
		return -EBADF;
	error = socket_address_from_user(address, size, &name);
	return error ? error : call(file, current->process->fs, &name);
}

s64 sys_bind(u64 fd, u64 address, u64 size)
{
	return call_with_name(fd, address, size, socket_bind);
}

s64 sys_listen(u64 fd, u64 backlog)
{
	FILE_HELD struct file *file = user_file(fd);

	return file ? socket_listen(file, min((u32)backlog, 4096U)) : -EBADF;
}

s64 sys_connect(u64 fd, u64 address, u64 size)
{
	return call_with_name(fd, address, size, socket_connect);
}

s64 sys_accept4(u64 fd, u64 address, u64 size_address, u64 flags)
{
	FILE_HELD struct file *file = user_file(fd);
	struct socket_address name;
	struct file *accepted;
	int error;

	if ((u32)flags & ~(u32)TYPE_FLAGS)
		return -EINVAL;
	if (!file)
		return -EBADF;
	/* First of all, so that no connection is accepted that then cannot get a descriptor. */
	error = file_table_make_room(current->process->files);
	if (error)
		return error;
	accepted = socket_accept(file, (u32)flags & O_NONBLOCK);
	if (is_error(accepted))
		return pointer_error(accepted);
	if (address) {
		if (socket_name(accepted, true, &name))
			name.length = 0;
		error = address_to_user(&name, address, size_address);
	}
	if (error) {
		file_put(accepted);
		return error;
	}
	return user_file_install(accepted, 0, flags & O_CLOEXEC);
}

s64 sys_accept(u64 fd, u64 address, u64 size_address)
{
	return sys_accept4(fd, address, size_address, 0);
}

static s64 tell_name(u64 fd, u64 address, u64 size_address, bool peer)
{
	FILE_HELD struct file *file = user_file(fd);
	struct socket_address name;
	int error = file ? socket_name(file, peer, &name) : -EBADF;

	return error ? error : address_to_user(&name, address, size_address);
}

s64 sys_getsockname(u64 fd, u64 address, u64 size_address)
{
	return tell_name(fd, address, size_address, false);
}

s64 sys_getpeername(u64 fd, u64 address, u64 size_address)
{
	return tell_name(fd, address, size_address, true);
}

s64 sys_shutdown(u64 fd, u64 how)
{
	FILE_HELD struct file *file = user_file(fd);

	return file ? socket_shutdown(file, (u32)how) : -EBADF;
}

/* Options */

/* SO_REUSEADDR has no effect, as on Linux. */
s64 sys_setsockopt(u64 fd, u64 level, u64 option, u64 value, u64 size)
{
	FILE_HELD struct file *file = user_file(fd);
	s32 number;
	int error;

	if (!file)
		return -EBADF;
	if (!file_is_socket(file))
		return -ENOTSOCK;
	if (level != SOL_SOCKET || (option != SO_REUSEADDR && option != SO_PASSCRED))
		return -ENOPROTOOPT;
	if ((s32)size < (s32)sizeof(number))
		return -EINVAL;
	error = from_user(&number, value, sizeof(number));
	return error || option == SO_REUSEADDR ? error : socket_set_tell_sender(file, number);
}

/* The option's value, which is not negative, or -ENOPROTOOPT. */
static int option_value(struct file *file, const struct socket_facts *facts, u64 option)
{
	switch (option) {
	case SO_TYPE:
		return (s32)facts->type;
	case SO_DOMAIN:
		return AF_UNIX;
	case SO_ACCEPTCONN:
		return facts->listening;
	case SO_PASSCRED:
		return facts->tell_sender;
	case SO_ERROR:
		return socket_take_error(file);
	case SO_PROTOCOL:
	case SO_REUSEADDR:
		return 0;
	case SO_SNDBUF:
	case SO_RCVBUF:
		return SOCKET_CAPACITY;
	default:
		return -ENOPROTOOPT;
	}
}

s64 sys_getsockopt(u64 fd, u64 level, u64 option, u64 value, u64 size_address)
{
	FILE_HELD struct file *file = user_file(fd);
	struct socket_facts facts;
	const void *from = &facts.peer;
	u32 size, length = sizeof(facts.peer);
	s32 number;
	int error = file ? socket_facts(file, &facts) : -EBADF;

	if (!error && level != SOL_SOCKET)
		error = -EOPNOTSUPP;
	if (!error)
		error = from_user(&size, size_address, sizeof(size));
	if (!error && (s32)size < 0)
		error = -EINVAL;
	if (!error && option != SO_PEERCRED) {
		number = option_value(file, &facts, option);
		error = min(number, 0);
		from = &number;
		length = sizeof(number);
	}
	if (error)
		return error;
	size = min(size, length);
	error = to_user(value, from, size);
	return error ? error : to_user(size_address, &size, sizeof(size));
}
