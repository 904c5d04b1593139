/*
 * Inodes: making and freeing them, their times, their attributes. Locks: see fs/inode.h.
 */
#include "fs/inode.h"

#include "drivers/clock.h"
#include "fs/credentials.h"
#include "fs/mount.h"
#include "fs/session.h"
#include "lib/abi/fcntl.h"
#include "lib/abi/resource.h"
#include "lib/abi/signal.h"
#include "lib/abi/time.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/limit.h"
#include "mm/slab.h"

static struct slab_cache inode_cache = SLAB_CACHE(inode_cache, "inode", sizeof(struct inode));

/* An access time is stored when it is older than this, or older than the last change. */
#define ACCESS_TIME_STALE (24 * 60 * 60 * (s64)NANOSECONDS_PER_SECOND)

struct inode *inode_create(struct mount *mount, u32 mode)
{
	struct inode *inode = slab_alloc_zeroed(&inode_cache);
	const struct credentials *maker = credentials_of_caller();
	s64 now = (s64)clock_realtime();

	if (!inode)
		return NULL;
	mount_get(mount);
	inode->mount = mount;
	inode->number = atomic_fetch_add_explicit(&mount->next_inode, 1, memory_order_relaxed) + 1;
	inode->type = mode & S_IFMT;
	atomic_init(&inode->permissions, mode & PERMISSIONS);
	atomic_init(&inode->uid, maker->user.file);
	atomic_init(&inode->gid, maker->group.file);
	atomic_init(&inode->count, 1);
	atomic_init(&inode->accessed, now);
	atomic_init(&inode->modified, now);
	atomic_init(&inode->changed, now);
	mutex_init(&inode->lock);
	return inode;
}

void inode_put(struct inode *inode)
{
	if (!inode || atomic_fetch_sub_explicit(&inode->count, 1, memory_order_acq_rel) != 1)
		return;
	if (inode->operations && inode->operations->evict)
		inode->operations->evict(inode);
	mount_put(inode->mount);
	slab_free(&inode_cache, inode);
}

/* Moves the count of writers away from 0, unless it is on the other side of 0. */
static int count_writers(struct inode *inode, s32 direction)
{
	s32 writers = atomic_load_explicit(&inode->writers, memory_order_relaxed);

	do {
		if (writers * direction < 0)
			return -ETXTBSY;
	} while (!atomic_compare_exchange_weak(&inode->writers, &writers, writers + direction));
	return 0;
}

int inode_start_writing(struct inode *inode)
{
	int error = count_writers(inode, 1);

	if (!error)
		atomic_fetch_add_explicit(&inode->mount->writers, 1, memory_order_relaxed);
	return error;
}

void inode_end_writing(struct inode *inode)
{
	atomic_fetch_sub_explicit(&inode->mount->writers, 1, memory_order_release);
	atomic_fetch_sub_explicit(&inode->writers, 1, memory_order_release);
}

int inode_deny_writing(struct inode *inode)
{
	return count_writers(inode, -1);
}

void inode_touch_accessed(struct inode *inode)
{
	s64 accessed = atomic_load_explicit(&inode->accessed, memory_order_relaxed);
	s64 now = (s64)clock_realtime();

	if (accessed <= atomic_load_explicit(&inode->modified, memory_order_relaxed) ||
		accessed < now - ACCESS_TIME_STALE)
		atomic_store_explicit(&inode->accessed, now, memory_order_relaxed);
}

void inode_touch_modified(struct inode *inode)
{
	s64 now = (s64)clock_realtime();

	atomic_store_explicit(&inode->modified, now, memory_order_relaxed);
	atomic_store_explicit(&inode->changed, now, memory_order_relaxed);
}

void inode_touch_changed(struct inode *inode)
{
	atomic_store_explicit(&inode->changed, (s64)clock_realtime(), memory_order_relaxed);
}

u64 inode_limit_size(u64 offset, u64 size)
{
	u64 limit = limit_of_caller(RLIMIT_FSIZE);

	if (offset < limit)
		return min(size, limit - offset);
	session_signal_caller(SIGXFSZ);
	return 0;
}

/* Whether a file may be made that large, or small. 0, -EPERM or -EFBIG. */
static int check_size(struct inode *inode, u64 size)
{
	u64 old = inode_size(inode);

	if ((size < old && (inode->seals & F_SEAL_SHRINK)) ||
		(size > old && (inode->seals & F_SEAL_GROW)))
		return -EPERM;
	return size <= old || inode_limit_size(size - 1, 1) ? 0 : -EFBIG;
}

int inode_truncate(struct inode *inode, s64 size)
{
	int error;

	if (inode_is_directory(inode))
		return -EISDIR;
	if (size < 0 || !inode->operations || !inode->operations->truncate)
		return -EINVAL;
	mutex_lock(&inode->lock);
	error = check_size(inode, (u64)size);
	if (!error)
		error = inode->operations->truncate(inode, (u64)size);
	if (!error) {
		inode_drop_set_id(inode);
		inode_touch_modified(inode);
	}
	mutex_unlock(&inode->lock);
	return error;
}

/* Why a file's pages cannot be reserved, or 0. */
static int check_reservable(const struct inode *inode)
{
	if (inode_is_directory(inode))
		return -EISDIR;
	if (S_ISFIFO(inode->type))
		return -ESPIPE;
	if (!S_ISREG(inode->type))
		return -ENODEV;
	return inode->operations && inode->operations->reserve ? 0 : -EOPNOTSUPP;
}

int inode_reserve(struct inode *inode, u64 offset, u64 length, bool keep_size)
{
	int error = check_reservable(inode);
	u64 end = offset + length;

	if (error)
		return error;
	if (end > (u64)INT64_MAX)
		return -EFBIG;
	mutex_lock(&inode->lock);
	error = end > inode_size(inode) ? check_size(inode, end) : 0;
	if (!error)
		error = inode->operations->reserve(inode, offset / PAGE_SIZE,
			align_up(end, PAGE_SIZE) / PAGE_SIZE);
	if (!error && !keep_size && end > inode_size(inode))
		error = inode->operations->truncate(inode, end);
	if (!error)
		inode_touch_modified(inode);
	mutex_unlock(&inode->lock);
	return error;
}

int inode_punch(struct inode *inode, u64 offset, u64 length)
{
	int error = check_reservable(inode);

	if (error)
		return error;
	if (offset + length > (u64)INT64_MAX)
		return -EFBIG;
	mutex_lock(&inode->lock);
	if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) {
		error = -EPERM;
	} else {
		inode->operations->punch(inode, offset, offset + length);
		inode_touch_modified(inode);
	}
	mutex_unlock(&inode->lock);
	return error;
}

/* Nobody may make a program run with the rights of a group that he is not in. */
static bool may_have_set_group_id(u32 group)
{
	return credentials_in_group(credentials_of_caller(), group) || capable(CAP_FSETID);
}

void inode_set_attributes(struct inode *inode, u32 permissions, u32 uid, u32 gid)
{
	if (permissions != ID_KEEP)
		atomic_store_explicit(&inode->permissions, permissions, memory_order_relaxed);
	if (uid != ID_KEEP)
		atomic_store_explicit(&inode->uid, uid, memory_order_relaxed);
	if (gid != ID_KEEP)
		atomic_store_explicit(&inode->gid, gid, memory_order_relaxed);
}

static bool seals_forbid(const struct inode *inode, u32 permissions)
{
	return (inode->seals & F_SEAL_EXEC) &&
		((permissions ^ inode_permissions(inode)) & EXECUTE_BITS);
}

/* Checks the owner under the lock: the file may be given to somebody else at any moment. */
int inode_set_permissions(struct inode *inode, u32 permissions)
{
	int error = 0;

	mutex_lock(&inode->lock);
	if (!owns_inode(inode) || seals_forbid(inode, permissions)) {
		error = -EPERM;
	} else {
		if (!may_have_set_group_id(inode_gid(inode)))
			permissions &= ~(u32)S_ISGID;
		inode_set_attributes(inode, permissions & PERMISSIONS, ID_KEEP, ID_KEEP);
		inode_touch_changed(inode);
	}
	mutex_unlock(&inode->lock);
	return error;
}

/* What is left of a file's permissions when its owner or its contents have changed. */
static u32 without_set_id(const struct inode *inode)
{
	u32 permissions = inode_permissions(inode);

	return permissions & ~(u32)(S_ISUID | (permissions & S_IXGRP ? S_ISGID : 0));
}

/* A program that ran with its old owner's rights must not run with those of a new one. */
static bool loses_set_id(const struct inode *inode)
{
	return !inode_is_directory(inode) && inode_permissions(inode) != without_set_id(inode);
}

void inode_drop_set_id(struct inode *inode)
{
	if (S_ISREG(inode->type) && loses_set_id(inode) && !capable(CAP_FSETID))
		inode_set_attributes(inode, without_set_id(inode), ID_KEEP, ID_KEEP);
}

/* An owner may give a file to a group that he is in. */
static bool may_set_owner(const struct inode *inode, u32 uid, u32 gid)
{
	const struct credentials *caller = credentials_of_caller();

	if (capable(CAP_CHOWN))
		return true;
	if ((uid != ID_KEEP || gid != ID_KEEP || loses_set_id(inode)) &&
		caller->user.file != inode_uid(inode))
		return false;
	return (uid == ID_KEEP || uid == inode_uid(inode)) &&
		(gid == ID_KEEP || gid == inode_gid(inode) || credentials_in_group(caller, gid));
}

int inode_set_owner(struct inode *inode, u32 uid, u32 gid)
{
	int error = 0;

	mutex_lock(&inode->lock);
	if (may_set_owner(inode, uid, gid)) {
		inode_set_attributes(inode, loses_set_id(inode) ? without_set_id(inode) : ID_KEEP,
			uid, gid);
		inode_touch_changed(inode);
	} else {
		error = -EPERM;
	}
	mutex_unlock(&inode->lock);
	return error;
}

void inode_inherit_group(struct inode *inode, const struct inode *directory)
{
	u32 permissions = inode_permissions(inode), group = inode_gid(directory);

	if (!(inode_permissions(directory) & S_ISGID))
		return;
	if (inode_is_directory(inode))
		permissions |= S_ISGID;
	else if ((permissions & S_IXGRP) && !may_have_set_group_id(group))
		permissions &= ~(u32)S_ISGID;
	inode_set_attributes(inode, permissions, ID_KEEP, group);
}

bool inode_set_target(struct inode *inode, const char *target)
{
	inode->target = kstrdup(target);
	if (!inode->target)
		return false;
	atomic_store_explicit(&inode->size, strlen(target), memory_order_relaxed);
	return true;
}

static struct timespec timespec_of(_Atomic s64 *time)
{
	s64 nanoseconds = atomic_load_explicit(time, memory_order_relaxed);
	s64 seconds = nanoseconds / (s64)NANOSECONDS_PER_SECOND;
	s64 rest = nanoseconds % (s64)NANOSECONDS_PER_SECOND;

	if (rest < 0) {
		seconds--;
		rest += (s64)NANOSECONDS_PER_SECOND;
	}
	return (struct timespec){ .tv_sec = seconds, .tv_nsec = rest };
}

static u64 inode_pages(struct inode *inode)
{
	if (!inode->operations || !inode->operations->pages)
		return 0;
	return inode->operations->pages(inode);
}

void inode_stat(struct inode *inode, struct stat *stat)
{
	*stat = (struct stat){
		.st_dev = inode->mount->device,
		.st_ino = inode->number,
		.st_mode = inode->type | inode_permissions(inode),
		.st_nlink = atomic_load_explicit(&inode->links, memory_order_relaxed),
		.st_uid = inode_uid(inode),
		.st_gid = inode_gid(inode),
		.st_rdev = inode->device,
		.st_size = (long)inode_size(inode),
		.st_blksize = PAGE_SIZE,
		.st_blocks = (long)(inode_pages(inode) * (PAGE_SIZE / STAT_BLOCK_SIZE)),
		.st_atim = timespec_of(&inode->accessed),
		.st_mtim = timespec_of(&inode->modified),
		.st_ctim = timespec_of(&inode->changed),
	};
}
