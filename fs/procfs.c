/*
 * The tree of /proc. The root's own entries are linked like any others; a process's directory and
 * its entries are made on demand, and freed when nobody uses them any more. Locks: none but
 * names_lock, under which lookup and follow run.
 *
 * An inode of a process holds the process (inode->argument; one of a thread has a procfs_thread
 * there). Its number is made from the process or thread and the entry, so that it is the same each
 * time the inode is made.
 */
#include "fs/procfs.h"

#include "fs/credentials.h"
#include "fs/dentry.h"
#include "fs/directory.h"
#include "fs/mount.h"
#include "fs/ramfs.h"
#include "lib/abi/dirent.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

#define FD_DIRECTORY_MODE (S_IFDIR | S_IRUSR | S_IXUSR)
#define DIRECTORY_MODE    (S_IFDIR | S_IRUSR | S_IXUSR | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH)
#define LINK_MODE         (S_IFLNK | PERMISSIONS_LINK)

/* Inode numbers: the id of the process or thread, and in the low bits the entry. */
#define NUMBER_SHIFT           20
#define ENTRY_DIRECTORY        0
#define ENTRY_FD_DIRECTORY     1
#define ENTRY_TASK_DIRECTORY   2
#define ENTRY_THREAD_DIRECTORY 3
#define ENTRY_FIRST            4    /* + index in procfs_process_entries */
#define ENTRY_THREAD_FIRST     512  /* + index in procfs_thread_entries */
#define ENTRY_FD_FIRST         1024 /* + descriptor */

/* A path in a link's text is cut off at this length. */
#define TARGET_MAX 512

static u64 number_of(s32 pid, u64 entry)
{
	return ((u64)pid << NUMBER_SHIFT) + entry;
}

static s32 pid_of(const struct inode *inode)
{
	return (s32)(inode->number >> NUMBER_SHIFT);
}

static u64 entry_of(const struct inode *inode)
{
	return inode->number & (BIT(NUMBER_SHIFT) - 1);
}

static void process_evict(struct inode *inode)
{
	procfs_process_put(inode->argument);
}

static void own(struct inode *inode, struct process *process, bool inside)
{
	u32 user, group;

	procfs_process_owner(process, inside, &user, &group);
	inode_set_attributes(inode, ID_KEEP, user, group);
}

/* A directory or a link, with neither entries nor a target yet. NULL: no memory. */
static struct inode *empty_inode(struct mount *mount, u32 mode)
{
	struct inode *inode = inode_create(mount, mode);

	if (!inode)
		return NULL;
	if (S_ISDIR(mode))
		inode->file_operations = &directory_file_operations;
	atomic_init(&inode->links, S_ISDIR(mode) ? 2 : 1);
	return inode;
}

/* An inode of the process, whose reference is taken over, even on failure (NULL: no memory). */
static struct inode *process_inode(struct mount *mount, u32 mode, u64 number,
	struct process *process, const struct inode_operations *operations)
{
	struct inode *inode = empty_inode(mount, mode);

	if (!inode) {
		procfs_process_put(process);
		return NULL;
	}
	own(inode, process, mode != DIRECTORY_MODE);
	inode->number = number;
	inode->argument = process;
	inode->operations = operations;
	return inode;
}

/* Links to open files (/proc/<pid>/fd), and to other things that a process has: exe, cwd, root. */

static struct dentry *follow_link(struct inode *inode)
{
	u64 entry = entry_of(inode);
	struct dentry *dentry;

	if (!procfs_may_inspect(inode->argument))
		return error_pointer(-EACCES);
	if (entry >= ENTRY_FD_FIRST)
		dentry = procfs_process_fd(inode->argument, entry - ENTRY_FD_FIRST);
	else
		dentry = procfs_process_entries[entry - ENTRY_FIRST].follow(inode->argument);
	return dentry ? dentry : error_pointer(-ENOENT);
}

static int show_link_target(struct inode *inode, struct text *out)
{
	DENTRY_HELD struct dentry *dentry = follow_link(inode);
	char path[TARGET_MAX];

	if (is_error(dentry))
		return pointer_error(dentry);
	dentry_show_path(dentry, path, sizeof(path));
	text_append(out, path, strlen(path));
	return 0;
}

static const struct inode_operations process_link_operations = {
	.show_target = show_link_target,
	.follow = follow_link,
	.evict = process_evict,
};

/* /proc/<pid>/fd */

static struct dentry *fd_lookup(struct dentry *directory, const char *name)
{
	struct inode *inode = directory->inode;
	s64 fd = pseudo_number(name);
	struct process *process;

	if (fd < 0 || procfs_process_next_fd(inode->argument, (u64)fd) != fd)
		return NULL;
	process = procfs_process_get(pid_of(inode));
	if (!process)
		return NULL;
	return pseudo_entry(directory, name,
		process_inode(inode->mount, LINK_MODE,
			number_of(pid_of(inode), ENTRY_FD_FIRST + (u64)fd), process,
			&process_link_operations));
}

static int fd_list(struct inode *inode, struct directory_cursor *cursor)
{
	s64 fd;

	while ((fd = procfs_process_next_fd(inode->argument,
			cursor->position - DIRECTORY_LIST_POSITION)) >= 0)
		if (!pseudo_emit(cursor, (u64)fd,
			    number_of(pid_of(inode), ENTRY_FD_FIRST + (u64)fd), DT_LNK))
			break;
	return 0;
}

static const struct inode_operations fd_directory_operations = {
	.lookup = fd_lookup,
	.list = fd_list,
	.evict = process_evict,
};

/*
 * Emits the entry at the position, which it moves on, unless the cursor is behind the entry. False:
 * no room. The cursor is where lseek() has put it, perhaps far behind the last entry.
 */
static bool emit_at(struct directory_cursor *cursor, u64 *position, const char *name, u64 number,
	u32 type)
{
	u64 next = *position + 1;

	if (*position >= cursor->position) {
		if (!cursor->emit(cursor, name, number, type, next))
			return false;
		cursor->position = next;
	}
	*position = next;
	return true;
}

/* /proc/<pid>/task */

static void thread_evict(struct inode *inode)
{
	struct procfs_thread *thread = inode->argument;

	procfs_process_put(thread->process);
	kfree(thread);
}

/* Makes a new inode one of the thread's. Returns NULL, and frees it, if there is no memory. */
static struct inode *thread_inode(struct inode *inode, struct procfs_thread thread, u64 entry,
	const struct inode_operations *operations)
{
	struct procfs_thread *copy = inode ? kmalloc(sizeof(*copy)) : NULL;

	if (!copy) {
		inode_put(inode);
		return NULL;
	}
	*copy = thread;
	procfs_process_hold(copy->process);
	own(inode, copy->process, !inode_is_directory(inode));
	inode->number = number_of(copy->id, entry);
	inode->argument = copy;
	inode->operations = operations;
	return inode;
}

static const struct inode_operations thread_file_operations = {
	.truncate = pseudo_truncate,
	.evict = thread_evict,
};

static struct dentry *thread_lookup(struct dentry *directory, const char *name)
{
	const struct procfs_thread *thread = directory->inode->argument;
	const struct pseudo_file *file = procfs_thread_entries;
	u64 entry = ENTRY_THREAD_FIRST;

	for (; file->name && strcmp(file->name, name) != 0; file++)
		entry++;
	if (!file->name || !procfs_thread_exists(thread))
		return NULL;
	return pseudo_entry(directory, name,
		thread_inode(pseudo_inode(directory->inode->mount, file, NULL), *thread, entry,
			&thread_file_operations));
}

static int thread_list(struct inode *inode, struct directory_cursor *cursor)
{
	const struct procfs_thread *thread = inode->argument;
	u64 position = DIRECTORY_LIST_POSITION, number = number_of(thread->id, ENTRY_THREAD_FIRST);

	for (const struct pseudo_file *file = procfs_thread_entries; file->name; file++)
		if (!emit_at(cursor, &position, file->name, number++, DT_REG))
			break;
	return 0;
}

static const struct inode_operations thread_directory_operations = {
	.lookup = thread_lookup,
	.list = thread_list,
	.evict = thread_evict,
};

static struct dentry *task_lookup(struct dentry *directory, const char *name)
{
	const struct procfs_thread thread = { directory->inode->argument,
		(s32)pseudo_number(name) };

	if (thread.id <= 0 || !procfs_thread_exists(&thread))
		return NULL;
	return pseudo_entry(directory, name,
		thread_inode(empty_inode(directory->inode->mount, DIRECTORY_MODE), thread,
			ENTRY_THREAD_DIRECTORY, &thread_directory_operations));
}

static int task_list(struct inode *inode, struct directory_cursor *cursor)
{
	s32 id;

	while ((id = procfs_process_next_thread(inode->argument,
			cursor->position - DIRECTORY_LIST_POSITION)) > 0)
		if (!pseudo_emit(cursor, (u64)id, number_of(id, ENTRY_THREAD_DIRECTORY), DT_DIR))
			break;
	return 0;
}

static const struct inode_operations task_directory_operations = {
	.lookup = task_lookup,
	.list = task_list,
	.evict = process_evict,
};

/* /proc/<pid> */

/*
 * A private file was opened by somebody who was allowed to, but the process may now run another
 * program with other rights.
 */
static int recheck_owner(const struct inode *inode, bool write)
{
	u32 user, group;

	if (inode_permissions(inode) & (write ? S_IWOTH : S_IROTH))
		return 0;
	procfs_process_owner(inode->argument, true, &user, &group);
	return user == inode_uid(inode) && group == inode_gid(inode) ? 0 : -EACCES;
}

static const struct inode_operations process_file_operations = {
	.recheck = recheck_owner,
	.truncate = pseudo_truncate,
	.evict = process_evict,
};

static const struct subdirectory {
	const char *name;
	u32 mode;
	u64 entry;
	const struct inode_operations *operations;
} subdirectories[] = {
	{ "fd", FD_DIRECTORY_MODE, ENTRY_FD_DIRECTORY, &fd_directory_operations },
	{ "task", DIRECTORY_MODE, ENTRY_TASK_DIRECTORY, &task_directory_operations },
};

/* NULL: none has the name. */
static const struct subdirectory *find_subdirectory(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(subdirectories); i++)
		if (strcmp(subdirectories[i].name, name) == 0)
			return &subdirectories[i];
	return NULL;
}

/* The index in procfs_process_entries, or -1. */
static s64 find_entry(const char *name)
{
	for (s64 i = 0; procfs_process_entries[i].file.name; i++)
		if (strcmp(procfs_process_entries[i].file.name, name) == 0)
			return i;
	return -1;
}

/* The inode of an entry; takes over the reference to the process. NULL: no memory. */
static struct inode *entry_inode(struct mount *mount, s32 pid, const struct procfs_entry *entry,
	struct process *process)
{
	u64 number = number_of(pid, ENTRY_FIRST + (u64)(entry - procfs_process_entries));
	struct inode *inode;

	if (entry->follow)
		return process_inode(mount, LINK_MODE, number, process, &process_link_operations);
	inode = pseudo_inode(mount, &entry->file, process);
	if (!inode) {
		procfs_process_put(process);
		return NULL;
	}
	own(inode, process, true);
	inode->number = number;
	inode->operations = &process_file_operations;
	return inode;
}

static struct dentry *process_lookup(struct dentry *directory, const char *name)
{
	struct mount *mount = directory->inode->mount;
	s32 pid = pid_of(directory->inode);
	const struct subdirectory *subdirectory = find_subdirectory(name);
	s64 index = subdirectory ? 0 : find_entry(name);
	struct process *process;

	if (index < 0)
		return NULL;
	process = procfs_process_get(pid);
	/* A process that is gone is not found, even if another has its id now. */
	if (process != directory->inode->argument) {
		procfs_process_put(process);
		return NULL;
	}
	if (subdirectory)
		return pseudo_entry(directory, name,
			process_inode(mount, subdirectory->mode,
				number_of(pid, subdirectory->entry), process,
				subdirectory->operations));
	return pseudo_entry(directory, name,
		entry_inode(mount, pid, &procfs_process_entries[index], process));
}

static int process_list(struct inode *inode, struct directory_cursor *cursor)
{
	const struct procfs_entry *entry = procfs_process_entries;
	u64 position = DIRECTORY_LIST_POSITION, number = number_of(pid_of(inode), ENTRY_FIRST);

	for (size_t i = 0; i < ARRAY_SIZE(subdirectories); i++)
		if (!emit_at(cursor, &position, subdirectories[i].name,
			    number_of(pid_of(inode), subdirectories[i].entry), DT_DIR))
			return 0;
	for (; entry->file.name; entry++)
		if (!emit_at(cursor, &position, entry->file.name, number++,
			    entry->follow ? DT_LNK : DT_REG))
			return 0;
	return 0;
}

static const struct inode_operations process_directory_operations = {
	.lookup = process_lookup,
	.list = process_list,
	.evict = process_evict,
};

/* /proc */

static struct dentry *process_directory(struct dentry *root, s32 pid, const char *name)
{
	struct process *process = pid > 0 ? procfs_process_get(pid) : NULL;

	if (!process)
		return NULL;
	return pseudo_entry(root, name,
		process_inode(root->inode->mount, DIRECTORY_MODE, number_of(pid, ENTRY_DIRECTORY),
			process, &process_directory_operations));
}

static struct dentry *root_lookup(struct dentry *root, const char *name)
{
	return process_directory(root, (s32)pseudo_number(name), name);
}

static int root_list(struct inode *inode UNUSED, struct directory_cursor *cursor)
{
	s32 pid;

	while ((pid = procfs_process_next(cursor->position - DIRECTORY_LIST_POSITION)) > 0)
		if (!pseudo_emit(cursor, (u64)pid, number_of(pid, ENTRY_DIRECTORY), DT_DIR))
			break;
	return 0;
}

static const struct inode_operations root_operations = {
	.lookup = root_lookup,
	.list = root_list,
};

static struct dentry *follow_self(struct inode *inode)
{
	struct dentry *directory;
	char name[24];

	snprintf(name, sizeof(name), "%d", procfs_own_pid());
	directory = process_directory(inode->mount->root, procfs_own_pid(), name);
	return directory ? directory : error_pointer(-ENOENT);
}

static int show_self(struct inode *inode UNUSED, struct text *out)
{
	text_printf(out, "%d", procfs_own_pid());
	return 0;
}

static const struct inode_operations self_operations = {
	.show_target = show_self,
	.follow = follow_self,
};

static bool add_self(struct dentry *root) REQUIRES(names_lock)
{
	struct inode *inode = inode_create(root->inode->mount, LINK_MODE);

	if (!dentry_add(root, "self", inode))
		return false;
	inode->operations = &self_operations;
	return true;
}

static struct dentry *procfs_root(struct mount *mount) REQUIRES(names_lock)
{
	struct dentry *root = ramfs_make_root(mount, DIRECTORY_MODE & PERMISSIONS);

	if (!root)
		return NULL;
	root->inode->operations = &root_operations;
	if (!add_self(root) || procfs_add_sys(root))
		goto undo_entries;
	for (const struct pseudo_file *file = procfs_system_files; file->name; file++)
		if (pseudo_add(root, file, NULL))
			goto undo_entries;
	return root;
undo_entries:
	mount_empty_tree(root);
	dentry_put(root);
	return NULL;
}

const struct file_system proc_type = {
	.name = "proc",
	.magic = PROC_SUPER_MAGIC,
	.one_instance = true,
	.root = procfs_root,
};
