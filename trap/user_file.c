/*
 * Open files as system calls get them (trap/user_file.h).
 */
#include "trap/user_file.h"

#include "fs/file.h"
#include "fs/file_table.h"
#include "fs/session.h"
#include "fs/socket.h"
#include "lib/error.h"
#include "mm/uaccess.h"
#include "proc/task.h"

struct file *user_file_or_path(u64 fd)
{
	/* The ABI has descriptors as int: the register's upper half is nobody's. */
	return file_table_find(current->process->files, (u32)fd);
}

struct file *user_file(u64 fd)
{
	struct file *file = user_file_or_path(fd);

	if (!file || !(file_flags(file) & O_PATH))
		return file;
	file_put(file);
	return NULL;
}

s64 user_file_install(struct file *file, u64 from, bool close_on_exec)
{
	int fd;

	if (!file)
		return -ENOMEM;
	if (is_error(file))
		return pointer_error(file);
	fd = file_table_add(current->process->files, file, from, close_on_exec);
	if (fd < 0)
		file_put(file);
	return fd;
}

s64 user_file_install_pair(struct file *pair[2], bool close_on_exec, u64 address)
{
	struct file_table *files = current->process->files;
	s64 first = user_file_install(pair[0], 0, close_on_exec), second;
	s64 error;

	if (first < 0) {
		file_put(pair[1]);
		return first;
	}
	second = user_file_install(pair[1], 0, close_on_exec);
	error = second;
	if (second < 0)
		goto close_first;
	error = copy_to_user(current_space(), UADDR(address), (s32[]){ (s32)first, (s32)second },
		2 * sizeof(s32));
	if (!error)
		return 0;
	file_table_close(files, (u64)second);
close_first:
	file_table_close(files, (u64)first);
	return error;
}

int user_vector(struct iovec *vector, u64 address, u64 count)
{
	int error =
		copy_from_user(current_space(), vector, UADDR(address), count * sizeof(*vector));

	for (u64 i = 0; i < count && !error; i++) {
		if ((s64)vector[i].iov_len < 0)
			error = -EINVAL;
		else if (!is_user_range((u64)vector[i].iov_base, vector[i].iov_len))
			error = -EFAULT;
	}
	return error;
}

void user_broken_pipe(struct file *file)
{
	struct socket_facts facts;

	if (socket_facts(file, &facts) || facts.type == SOCK_STREAM)
		session_signal_caller(SIGPIPE);
}
