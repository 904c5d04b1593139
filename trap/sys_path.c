/*
 * System calls that make, remove and move names, and the working directory.
 */
#include "fs/context.h"
#include "fs/credentials.h"
#include "fs/directory.h"
#include "fs/file.h"
#include "fs/path.h"
#include "fs/pseudo.h"
#include "lib/abi/dirent.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

static struct fs_context *context(void)
{
	return current->process->fs;
}

/* What is left of a new file's permissions after the umask. */
static u32 masked(u64 mode)
{
	return (u32)mode & PERMISSIONS & ~atomic_load(&context()->umask);
}

s64 sys_mkdirat(u64 directory, u64 address, u64 mode)
{
	PATH_HELD struct path path = {};
	int error = user_path_get(&path, directory, address);

	return error ? error : path_mkdir(path, masked(mode) & ~(u32)(S_ISUID | S_ISGID));
}

s64 sys_mknodat(u64 directory, u64 address, u64 mode, u64 device)
{
	u32 type = (u32)mode & S_IFMT;
	PATH_HELD struct path path = {};
	int error;

	if (type == S_IFDIR)
		return -EPERM;
	if ((S_ISCHR(type) || S_ISBLK(type)) && !capable(CAP_MKNOD))
		return -EPERM;
	if (type == S_IFLNK ||
		(type && !S_ISREG(type) && !S_ISCHR(type) && !S_ISBLK(type) && !S_ISFIFO(type) &&
			!S_ISSOCK(type)))
		return -EINVAL;
	error = user_path_get(&path, directory, address);
	if (error)
		return error;
	if (!type)
		type = S_IFREG;
	return path_mknod(path, type | masked(mode),
		S_ISCHR(type) || S_ISBLK(type) ? (u32)device : 0);
}

s64 sys_unlinkat(u64 directory, u64 address, u64 flags)
{
	PATH_HELD struct path path = {};
	int error;

	if (flags & ~(u64)AT_REMOVEDIR)
		return -EINVAL;
	error = user_path_get(&path, directory, address);
	if (error)
		return error;
	return flags & AT_REMOVEDIR ? path_rmdir(path) : path_unlink(path);
}

/* linkat() with AT_EMPTY_PATH: links the file of the descriptor. */
static int link_descriptor(u64 fd, struct path new)
{
	FILE_HELD struct file *file = user_file_or_path(fd);

	if (!file)
		return -EBADF;
	return file->dentry ? path_link_dentry(file->dentry, new) : -EXDEV;
}

s64 sys_linkat(u64 old_directory, u64 old_address, u64 new_directory, u64 new_address, u64 flags)
{
	PATH_HELD struct path old = {};
	PATH_HELD struct path new = {};
	int error;

	if (flags & ~(u64)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = user_path_get(&new, new_directory, new_address);
	if (!error && (flags & AT_EMPTY_PATH)) {
		char first;

		error = from_user(&first, old_address, sizeof(first));
		if (!error && !first)
			return link_descriptor(old_directory, new);
	}
	if (!error)
		error = user_path_get(&old, old_directory, old_address);
	return error ? error : path_link(old, flags & AT_SYMLINK_FOLLOW ? PATH_FOLLOW : 0, new);
}

s64 sys_symlinkat(u64 target_address, u64 directory, u64 address)
{
	PATH_HELD struct path path = {};
	KMALLOC_HELD char *target = user_string(target_address);
	int error =
		is_error(target) ? pointer_error(target) : user_path_get(&path, directory, address);

	return error ? error : path_symlink(path, target);
}

/* The text of a symbolic link. 0 or an errno. */
static int read_target(struct inode *inode, struct text *out)
{
	if (inode->operations && inode->operations->show_target)
		return inode->operations->show_target(inode, out);
	text_append(out, inode->target, strlen(inode->target));
	return 0;
}

s64 sys_readlinkat(u64 directory, u64 address, u64 buffer, u64 size)
{
	int not_a_link = -EINVAL;
	struct text text;
	s64 result;

	if ((s32)size <= 0)
		return -EINVAL;
	INODE_HELD struct inode *inode = user_inode(directory, address, AT_SYMLINK_NOFOLLOW);

	/* An empty path works only with a descriptor of the link itself (O_PATH). */
	if (is_error(inode) && pointer_error(inode) == -ENOENT && (s32)directory != AT_FDCWD) {
		inode = user_inode(directory, address, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
		not_a_link = -ENOENT;
	}
	if (is_error(inode))
		return pointer_error(inode);
	if (!S_ISLNK(inode->type))
		return not_a_link;
	text_init(&text);
	result = read_target(inode, &text);
	if (!result)
		result = text.error;
	if (!result) {
		size = min(size, (u64)text.size);
		result = to_user(buffer, text.data, size);
		if (!result)
			result = (s64)size;
	}
	text_free(&text);
	return result;
}

s64 sys_renameat2(u64 old_directory, u64 old_address, u64 new_directory, u64 new_address, u64 flags)
{
	PATH_HELD struct path old = {};
	PATH_HELD struct path new = {};
	int error;

	if ((flags & ~(u64)(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
		flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	error = user_path_get(&old, old_directory, old_address);
	if (!error)
		error = user_path_get(&new, new_directory, new_address);
	return error ? error : path_rename(old, new, (u32)flags);
}

/* Whether the caller may enter it: 0, -ENOTDIR or -EACCES. */
static s64 check_directory(const struct inode *inode)
{
	return inode_is_directory(inode) ? permission(inode, X_OK) : -ENOTDIR;
}

s64 sys_chdir(u64 address)
{
	DENTRY_HELD struct dentry *dentry = user_path_lookup((u64)AT_FDCWD, address, PATH_FOLLOW);
	s64 error = is_error(dentry) ? pointer_error(dentry) : check_directory(dentry->inode);

	if (!error)
		fs_context_set_cwd(context(), dentry);
	return error;
}

s64 sys_chroot(u64 address)
{
	DENTRY_HELD struct dentry *dentry = user_path_lookup((u64)AT_FDCWD, address, PATH_FOLLOW);
	s64 error = is_error(dentry) ? pointer_error(dentry) : check_directory(dentry->inode);

	if (!error && !capable(CAP_SYS_CHROOT))
		error = -EPERM;
	if (!error)
		fs_context_set_root(context(), dentry);
	return error;
}

s64 sys_fchdir(u64 fd)
{
	FILE_HELD struct file *file = user_file_or_path(fd);
	s64 error = file ? check_directory(file->inode) : -EBADF;

	if (!error)
		fs_context_set_cwd(context(), file->dentry);
	return error;
}

s64 sys_getcwd(u64 buffer, u64 size)
{
	KMALLOC_HELD char *path = kmalloc(PATH_MAX);
	DENTRY_HELD struct dentry *cwd = fs_context_cwd(context());
	DENTRY_HELD struct dentry *root = fs_context_root(context());
	s64 length = path ? dentry_path(cwd, root, path, PATH_MAX) : -ENOMEM;
	int error;

	if (length < 0)
		return length;
	length++; /* its NUL */
	error = (u64)length > size ? -ERANGE : to_user(buffer, path, (u64)length);
	return error ? error : length;
}

s64 sys_umask(u64 mask)
{
	return atomic_exchange(&context()->umask, (u32)mask & (S_IRWXU | S_IRWXG | S_IRWXO));
}

/* getdents64() fills a kernel buffer of at most a page, and copies it out in one piece. */
struct dirent_buffer {
	struct directory_cursor cursor;
	char *data;
	size_t size, used;
	bool full; /* an entry did not fit */
};

static bool emit_dirent(struct directory_cursor *cursor, const char *name, u64 inode, u32 type,
	u64 next)
{
	struct dirent_buffer *buffer = container_of(cursor, struct dirent_buffer, cursor);
	size_t name_size = strlen(name) + 1;
	size_t size = align_up(offsetof(struct linux_dirent64, d_name) + name_size,
		_Alignof(struct linux_dirent64));
	struct linux_dirent64 *entry = (void *)(buffer->data + buffer->used);

	if (size > buffer->size - buffer->used) {
		buffer->full = true;
		return false;
	}
	memset(entry, 0, size);
	entry->d_ino = inode;
	entry->d_off = (s64)next;
	entry->d_reclen = (u16)size;
	entry->d_type = (u8)type;
	memcpy(entry->d_name, name, name_size);
	buffer->used += size;
	return true;
}

/*
 * Returns how many bytes reached the user, or an errno if none did. If not all can be copied, as
 * many whole entries as possible are, and the rest is left for the next call.
 */
static s64 copy_entries(struct file *file, const struct dirent_buffer *buffer, u64 address)
{
	u64 next = buffer->cursor.start, done = 0;
	int error = to_user(address, buffer->data, buffer->used);

	if (!error)
		return (s64)buffer->used;
	while (done < buffer->used) {
		const struct linux_dirent64 *entry = (void *)(buffer->data + done);

		error = to_user(address + done, entry, entry->d_reclen);
		if (error)
			break;
		next = (u64)entry->d_off;
		done += entry->d_reclen;
	}
	(void)file_seek(file, (s64)next, SEEK_SET);
	return done ? (s64)done : error;
}

s64 sys_getdents64(u64 fd, u64 address, u64 size)
{
	KMALLOC_HELD char *data = kmalloc(PAGE_SIZE);
	struct dirent_buffer buffer = {
		.cursor.emit = emit_dirent,
		.data = data,
		.size = min((u32)size, (u32)PAGE_SIZE),
	};
	FILE_HELD struct file *file = user_file(fd);
	s64 error;

	if (!file)
		return -EBADF;
	if (!data)
		return -ENOMEM;
	error = directory_read(file, &buffer.cursor);
	if (!error && buffer.full && !buffer.used)
		error = -EINVAL;
	return error ? error : copy_entries(file, &buffer, address);
}
