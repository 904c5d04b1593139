/*
 * Descriptors, paths and strings as system calls get them (trap/user.h). No locks: everything here
 * belongs to the current task.
 */
#include "trap/user.h"

#include "fs/context.h"
#include "fs/file.h"
#include "fs/file_table.h"
#include "fs/session.h"
#include "fs/socket.h"
#include "lib/error.h"
#include "mm/slab.h"

struct file *user_file_or_path(u64 fd)
{
	/* In the ABI a descriptor is an int: the register's upper half does not count. */
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
	error = to_user(address, (s32[]){ (s32)first, (s32)second }, 2 * sizeof(s32));
	if (!error)
		return 0;
	file_table_close(files, (u64)second);
close_first:
	file_table_close(files, (u64)first);
	return error;
}

int user_vector(struct iovec *vector, u64 address, u64 count)
{
	int error = from_user(vector, address, count * sizeof(*vector));

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

/* Paths */

char *user_string(u64 address)
{
	char *text = kmalloc(PATH_MAX);
	ssize_t length;

	if (!text)
		return error_pointer(-ENOMEM);
	length = copy_string_from_user(current_space(), text, UADDR(address), PATH_MAX);
	if (length >= 0)
		return text;
	kfree(text);
	return error_pointer((int)length);
}

static bool is_cwd(u64 directory)
{
	return (s32)directory == AT_FDCWD;
}

/* The directory where a relative path starts, counted; NULL: the working directory. */
static struct dentry *find_start(u64 directory)
{
	if (is_cwd(directory))
		return NULL;
	FILE_HELD struct file *file = user_file_or_path(directory);

	if (!file)
		return error_pointer(-EBADF);
	if (!file->dentry || !inode_is_directory(file->inode))
		return error_pointer(-ENOTDIR);
	return dentry_get(file->dentry);
}

/* Takes over the text, which belongs to the path from then on, even if this fails. */
static int begin(struct path *path, u64 directory, char *text)
{
	struct dentry *start = *text == '/' ? NULL : find_start(directory);

	*path = (struct path){ .context = current->process->fs, .text = text };
	if (is_error(start))
		return *text ? pointer_error(start) : -ENOENT;
	path->start = start;
	return 0;
}

int user_path_get(struct path *path, u64 directory, u64 address)
{
	char *text = user_string(address);

	return is_error(text) ? pointer_error(text) : begin(path, directory, text);
}

void user_path_put(struct path *path)
{
	kfree((char *)path->text);
	dentry_put(path->start);
}

struct dentry *user_path_find(u64 directory, char *text, u32 flags)
{
	PATH_HELD struct path path = {};
	int error = begin(&path, directory, text);

	return error ? error_pointer(error) : path_lookup(path, flags);
}

struct dentry *user_path_lookup(u64 directory, u64 address, u32 flags)
{
	char *text = user_string(address);

	return is_error(text) ? (struct dentry *)text : user_path_find(directory, text, flags);
}

struct inode *inode_of_file(struct file *taken)
{
	FILE_HELD struct file *file = taken;

	return file ? inode_get(file->inode) : error_pointer(-EBADF);
}

struct inode *user_inode(u64 directory, u64 address, u64 flags)
{
	u32 follow = flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW;
	char *text = user_string(address);

	if (is_error(text))
		return (struct inode *)text;
	if (*text || !(flags & AT_EMPTY_PATH))
		return dentry_to_inode(user_path_find(directory, text, follow));
	kfree(text);
	if (is_cwd(directory))
		return dentry_to_inode(fs_context_cwd(current->process->fs));
	return inode_of_file(user_file_or_path(directory));
}
