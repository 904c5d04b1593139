/*
 * Unpacking cpio archives into the root, through the calls that processes use. Runs once, at boot,
 * before there is a process: no locks.
 */
#include "fs/init.h"

#include "drivers/clock.h"
#include "fs/context.h"
#include "fs/file.h"
#include "fs/path.h"
#include "lib/cpio.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/slab.h"

/* A file with several names, the first of which has been made. */
struct hard_link {
	struct list_node node;
	u32 archive, inode, file_system_major, file_system_minor;
	struct dentry *dentry; /* counted */
};

struct unpacking {
	struct fs_context *context;
	struct list links; /* struct hard_link */
	u32 refused;       /* entries that could not be made */
	int error;         /* the error of the last one */
};

static struct path path_to(struct unpacking *unpacking, const char *name)
{
	/* Names in the archive are relative; the working directory is the root. */
	return (struct path){ .context = unpacking->context, .text = name };
}

/* Makes the directories above a name, which archives may leave out. */
static void make_parents(struct unpacking *unpacking, const char *name)
{
	KMALLOC_HELD char *copy = kstrdup(name);

	if (!copy)
		return;
	for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		/* -EEXIST is usual; any other error comes up again with the file itself. */
		if (path_mkdir(path_to(unpacking, copy), PERMISSIONS_DIRECTORY) == -ENOMEM)
			break;
		*slash = '/';
	}
}

/* Removes what is in the way of a new file: later archives replace files of earlier ones. */
static void remove_old(struct unpacking *unpacking, const char *name)
{
	if (path_unlink(path_to(unpacking, name)) == -EISDIR &&
		path_rmdir(path_to(unpacking, name)))
		log_warn("initramfs: %s is a directory, and stays", name);
}

static struct hard_link *find_link(struct unpacking *unpacking, const struct cpio_entry *entry)
{
	struct hard_link *link;

	list_for_each_entry(link, &unpacking->links, node)
		if (link->archive == entry->archive && link->inode == entry->inode &&
			link->file_system_major == entry->file_system_major &&
			link->file_system_minor == entry->file_system_minor)
			return link;
	return NULL;
}

static int remember_link(struct unpacking *unpacking, const struct cpio_entry *entry)
{
	DENTRY_HELD struct dentry *dentry = path_lookup(path_to(unpacking, entry->name), 0);
	struct hard_link *link;

	if (is_error(dentry))
		return pointer_error(dentry);
	link = kmalloc(sizeof(*link));
	if (!link)
		return -ENOMEM;
	*link = (struct hard_link){
		.archive = entry->archive,
		.inode = entry->inode,
		.file_system_major = entry->file_system_major,
		.file_system_minor = entry->file_system_minor,
		.dentry = dentry_get(dentry),
	};
	list_push_back(&unpacking->links, &link->node);
	return 0;
}

static int write_content(struct unpacking *unpacking, const struct cpio_entry *entry)
{
	struct file *file = file_open(path_to(unpacking, entry->name), O_WRONLY, 0);
	ssize_t written;
	struct io io;

	if (is_error(file))
		return pointer_error(file);
	io_kernel(&io, (void *)entry->data, entry->size);
	written = file_write(file, &io);
	file_put(file);
	if (written < 0)
		return (int)written;
	return (u64)written == entry->size ? 0 : -ENOSPC;
}

static int unpack_file(struct unpacking *unpacking, const struct cpio_entry *entry)
{
	struct hard_link *link = entry->links > 1 ? find_link(unpacking, entry) : NULL;
	struct path path = path_to(unpacking, entry->name);
	int error;

	remove_old(unpacking, entry->name);
	error = link ? path_link_dentry(link->dentry, path) : path_mknod(path, entry->mode, 0);
	if (!error && !link && entry->links > 1)
		error = remember_link(unpacking, entry);
	return error || !entry->size ? error : write_content(unpacking, entry);
}

static int unpack_link(struct unpacking *unpacking, const struct cpio_entry *entry)
{
	if (entry->size >= PATH_MAX)
		return -ENAMETOOLONG;
	KMALLOC_HELD char *target = kmalloc(entry->size + 1UL);

	if (!target)
		return -ENOMEM;
	memcpy(target, entry->data, entry->size);
	target[entry->size] = '\0';
	remove_old(unpacking, entry->name);
	return path_symlink(path_to(unpacking, entry->name), target);
}

/* Sets what stat() reports of a new file, or of a directory that was there already. */
static void set_attributes(struct unpacking *unpacking, const struct cpio_entry *entry)
{
	const char *name = *entry->name ? entry->name : "/";
	DENTRY_HELD struct dentry *dentry = path_lookup(path_to(unpacking, name), 0);
	s64 time = entry->mtime * (s64)NANOSECONDS_PER_SECOND;

	if (is_error(dentry))
		return;
	clock_not_before((u64)time);
	inode_set_attributes(dentry->inode, entry->mode & PERMISSIONS, entry->uid, entry->gid);
	atomic_store_explicit(&dentry->inode->modified, time, memory_order_relaxed);
}

static int make_entry(struct unpacking *unpacking, const struct cpio_entry *entry)
{
	struct path path = path_to(unpacking, entry->name);
	int error;

	switch (entry->mode & S_IFMT) {
	case S_IFREG:
		return unpack_file(unpacking, entry);
	case S_IFLNK:
		return unpack_link(unpacking, entry);
	case S_IFDIR:
		if (!*entry->name)
			return 0;
		error = path_mkdir(path, PERMISSIONS_DIRECTORY);
		return error == -EEXIST ? 0 : error;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		remove_old(unpacking, entry->name);
		return path_mknod(path, entry->mode,
			device_number(entry->device_major, entry->device_minor));
	default:
		return -EINVAL;
	}
}

static void unpack_entry(struct unpacking *unpacking, const struct cpio_entry *entry)
{
	int error = make_entry(unpacking, entry);

	if (error == -ENOENT) {
		make_parents(unpacking, entry->name);
		error = make_entry(unpacking, entry);
	}
	if (!error) {
		set_attributes(unpacking, entry);
		return;
	}
	if (!unpacking->refused++)
		log_warn("initramfs: %s: error %d", entry->name, error);
	unpacking->error = error;
}

static void forget_links(struct unpacking *unpacking)
{
	struct hard_link *link, *next;

	list_for_each_entry_safe(link, next, &unpacking->links, node) {
		dentry_put(link->dentry);
		kfree(link);
	}
}

int initramfs_unpack(const void *start, size_t size)
{
	struct unpacking unpacking = { .context = fs_context_create() };
	struct cpio_entry entry;
	struct cpio cpio;
	int found;

	if (!unpacking.context)
		return -ENOMEM;
	list_init(&unpacking.links);
	cpio_open(&cpio, start, size);
	while ((found = cpio_next(&cpio, &entry)) > 0)
		unpack_entry(&unpacking, &entry);
	if (found < 0)
		log_warn("initramfs: malformed or cut off at byte %lu", cpio.offset);
	if (unpacking.refused > 1)
		log_warn("initramfs: %u entries could not be made", unpacking.refused);
	forget_links(&unpacking);
	fs_context_put(unpacking.context);
	return found < 0 ? found : unpacking.error;
}
