/*
 * Opening files by path: what open(2)'s flags mean.
 */
#include "fs/context.h"
#include "fs/credentials.h"
#include "fs/directory.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "lib/abi/mount.h"
#include "lib/error.h"

/* Flags that concern only the call itself; F_GETFL does not show them. */
#define FLAGS_OF_CALL (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)

/* The only flags that count together with O_PATH. */
#define FLAGS_WITH_PATH (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const struct file_operations path_only_operations;

static u32 write_wanted(u32 flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

static u32 access_wanted(u32 flags)
{
	return ((flags & O_ACCMODE) != O_WRONLY ? R_OK : 0) | (write_wanted(flags) ? W_OK : 0);
}

/* Whether an existing file may be opened with these flags. 0 or an errno. */
static int check_open(struct inode *inode, u32 flags)
{
	int error;

	if (S_ISLNK(inode->type) && !(flags & O_PATH))
		return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
	if ((flags & O_DIRECTORY) && !inode_is_directory(inode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return 0;
	if (inode_is_directory(inode) && (write_wanted(flags) || (flags & O_CREAT)))
		return -EISDIR;
	if ((inode->mount->flags & MS_NODEV) && (S_ISCHR(inode->type) || S_ISBLK(inode->type)))
		return -EACCES;
	if ((inode->mount->flags & MS_RDONLY) && S_ISREG(inode->type) && write_wanted(flags))
		return -EROFS;
	error = permission(inode, access_wanted(flags));
	if (error)
		return error;
	if ((flags & O_NOATIME) && !owns_inode(inode))
		return -EPERM;
	/* -ENXIO: sockets, block devices, and nameless files behind /proc/<pid>/fd. */
	return inode->file_operations ? 0 : -ENXIO;
}

/*
 * Counts a writer of a regular file, unless the mount has become read-only since that was checked:
 * names_lock keeps it from doing so in between. 0, -EROFS or -ETXTBSY.
 */
static int count_writer(struct file *file, u32 flags)
{
	int error = -EROFS;

	if (!S_ISREG(file->inode->type) || (flags & O_PATH) || !write_wanted(flags))
		return 0;
	read_lock(&names_lock);
	if (!(file->inode->mount->flags & MS_RDONLY))
		error = inode_start_writing(file->inode);
	read_unlock(&names_lock);
	file->counts_writer = !error;
	return error;
}

static const struct file_operations *operations_of(struct inode *inode, u32 flags)
{
	return flags & O_PATH ? &path_only_operations : inode->file_operations;
}

/* Opens the file that was found or made. Takes over the reference to the dentry. */
static struct file *open_dentry(struct dentry *dentry, u32 flags, bool created)
{
	struct inode *inode = dentry->inode;
	struct file *file;
	int error = created ? 0 : check_open(inode, flags);

	if (error)
		goto put_dentry;
	file = file_create(inode, &path_only_operations, flags & ~(FLAGS_OF_CALL & ~O_NOCTTY));
	if (!file) {
		error = -ENOMEM;
		goto put_dentry;
	}
	file->dentry = dentry;
	error = count_writer(file, flags);
	if (error)
		goto put_file;
	file->operations = operations_of(inode, flags);
	if (file->operations->open)
		error = file->operations->open(file);
	if (error) {
		/* It is not open, so there is nothing to release. */
		file->operations = &path_only_operations;
		goto put_file;
	}
	if ((flags & O_TRUNC) && S_ISREG(inode->type) && !created) {
		error = inode_truncate(inode, 0);
		if (error && error != -EINVAL)
			goto put_file;
	}
	atomic_fetch_and_explicit(&file->flags, ~(u32)O_NOCTTY, memory_order_relaxed);
	return file;
put_dentry:
	dentry_put(dentry);
	return error_pointer(error);
put_file:
	file_put(file);
	return error_pointer(error);
}

struct file *file_open_made(struct dentry *dentry, u32 flags)
{
	return open_dentry(dentry, flags, true);
}

/* O_TMPFILE: a regular file in the directory, without a name. Its dentry, or an error pointer. */
static struct dentry *make_nameless(struct path place, u32 flags, u32 mode)
{
	struct dentry *dentry;
	struct inode *inode;

	if ((flags & O_ACCMODE) == O_RDONLY)
		return error_pointer(-EINVAL);
	DENTRY_HELD struct dentry *directory =
		path_lookup(place, flags & O_NOFOLLOW ? 0 : PATH_FOLLOW);

	if (is_error(directory))
		return error_pointer(pointer_error(directory));
	inode = path_make_nameless(directory, S_IFREG | mode);
	if (is_error(inode))
		return (struct dentry *)inode;
	inode->linkable = !(flags & O_EXCL);
	dentry = dentry_create(directory, "#nameless", inode);
	if (!dentry)
		return error_pointer(-ENOMEM);
	dentry_set_state(dentry, DENTRY_DELETED);
	return dentry;
}

/* Finds or makes the file, as the flags say. */
static struct dentry *find_or_make(struct path place, u32 flags, u32 mode, bool *created)
{
	u32 follow = flags & O_NOFOLLOW ? 0 : PATH_FOLLOW;
	u32 permissions = mode & ~atomic_load(&place.context->umask) & ~S_IFMT;

	*created = false;
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		*created = true;
		return make_nameless(place, flags, permissions);
	}
	if (!(flags & O_CREAT))
		return path_lookup(place, follow);
	return path_open_or_create(place, S_IFREG | permissions, flags & O_EXCL, follow, created);
}

struct file *file_open(struct path path, u32 flags, u32 mode)
{
	struct dentry *dentry;
	bool created;

	if (flags & O_PATH)
		flags &= FLAGS_WITH_PATH;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return error_pointer(-EINVAL);
	if ((flags & O_CREAT) && (flags & O_DIRECTORY))
		return error_pointer(-EINVAL);
	dentry = find_or_make(path, flags, mode, &created);
	return is_error(dentry) ? (struct file *)dentry : open_dentry(dentry, flags, created);
}

static int check_program(const struct inode *inode)
{
	if (S_ISLNK(inode->type))
		return -ELOOP;
	if (!S_ISREG(inode->type) || (inode->mount->flags & MS_NOEXEC))
		return -EACCES;
	return permission(inode, X_OK);
}

struct file *file_open_program(struct dentry *dentry)
{
	struct file *file;
	int error = check_program(dentry->inode);

	if (!error)
		error = inode_deny_writing(dentry->inode);
	if (error)
		goto put_dentry;
	file = file_create(dentry->inode, dentry->inode->file_operations, O_RDONLY);
	if (!file) {
		error = -ENOMEM;
		goto allow_writing;
	}
	file->dentry = dentry;
	file->denies_writing = true;
	return file;
allow_writing:
	inode_allow_writing(dentry->inode);
put_dentry:
	dentry_put(dentry);
	return error_pointer(error);
}
