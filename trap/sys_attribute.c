/*
 * System calls that read and set attributes: stat, access, chmod, chown, utimensat, statfs.
 */
#include "drivers/clock.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "lib/abi/limits.h"
#include "lib/abi/mount.h"
#include "lib/error.h"
#include "proc/credentials.h"
#include "trap/sys.h"
#include "trap/user.h"

/* The functions below take over the inode that they are given, which may be an error pointer. */

static s64 give_stat(struct inode *taken, u64 address)
{
	INODE_HELD struct inode *inode = taken;
	struct stat stat;

	if (is_error(inode))
		return pointer_error(inode);
	inode_stat(inode, &stat);
	return to_user(address, &stat, sizeof(stat));
}

s64 sys_fstat(u64 fd, u64 address)
{
	return give_stat(inode_of_file(user_file_or_path(fd)), address);
}

s64 sys_newfstatat(u64 directory, u64 path, u64 address, u64 flags)
{
	if (flags & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
		return -EINVAL;
	return give_stat(user_inode(directory, path, flags), address);
}

static struct statx_timestamp statx_time(const struct timespec *time)
{
	return (struct statx_timestamp){ .tv_sec = time->tv_sec, .tv_nsec = (u32)time->tv_nsec };
}

s64 sys_statx(u64 directory, u64 path, u64 flags, u64 mask, u64 address)
{
	struct stat stat;
	struct statx statx;

	if ((flags &
		    ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
			    AT_STATX_SYNC_TYPE)) ||
		(flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || (mask & STATX_RESERVED))
		return -EINVAL;
	INODE_HELD struct inode *inode = user_inode(directory, path, flags);

	if (is_error(inode))
		return pointer_error(inode);
	inode_stat(inode, &stat);
	statx = (struct statx){
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = (u32)stat.st_blksize,
		.stx_nlink = stat.st_nlink,
		.stx_uid = stat.st_uid,
		.stx_gid = stat.st_gid,
		.stx_mode = (u16)stat.st_mode,
		.stx_ino = stat.st_ino,
		.stx_size = (u64)stat.st_size,
		.stx_blocks = (u64)stat.st_blocks,
		.stx_atime = statx_time(&stat.st_atim),
		.stx_ctime = statx_time(&stat.st_ctim),
		.stx_mtime = statx_time(&stat.st_mtim),
		.stx_rdev_major = device_major((u32)stat.st_rdev),
		.stx_rdev_minor = device_minor((u32)stat.st_rdev),
		.stx_dev_major = device_major((u32)stat.st_dev),
		.stx_dev_minor = device_minor((u32)stat.st_dev),
	};
	return to_user(address, &statx, sizeof(statx));
}

static s64 give_statfs(struct inode *taken, u64 address)
{
	INODE_HELD struct inode *inode = taken;
	struct statfs statfs;
	struct mount *mount;
	u64 total = 0, available = 0;

	if (is_error(inode))
		return pointer_error(inode);
	mount = inode->mount;
	if (mount->type->capacity)
		mount->type->capacity(mount, &total, &available);
	statfs = (struct statfs){
		.f_type = mount->type->magic,
		.f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE,
		.f_blocks = (long)total,
		.f_bfree = (long)available,
		.f_bavail = (long)available,
		.f_fsid = { (int)mount->device },
		.f_namelen = NAME_MAX,
		.f_flags = (long)mount->flags,
	};
	return to_user(address, &statfs, sizeof(statfs));
}

/* The calls on extended attributes: no file has any. */
s64 sys_no_attributes(void)
{
	return -EOPNOTSUPP;
}

s64 sys_statfs(u64 path, u64 address)
{
	return give_statfs(user_inode((u64)AT_FDCWD, path, 0), address);
}

s64 sys_fstatfs(u64 fd, u64 address)
{
	return give_statfs(inode_of_file(user_file_or_path(fd)), address);
}

/* Whether a program may be run also depends on its mount. */
static s64 check_access(const struct inode *inode, u32 wanted)
{
	if ((wanted & X_OK) && S_ISREG(inode->type) && (inode->mount->flags & MS_NOEXEC))
		return -EACCES;
	if ((wanted & W_OK) && (inode->mount->flags & MS_RDONLY) &&
		(S_ISREG(inode->type) || inode_is_directory(inode)))
		return -EROFS;
	return permission(inode, wanted);
}

static s64 access_file(u64 directory, u64 path, u32 wanted, u64 flags)
{
	INODE_HELD struct inode *inode = user_inode(directory, path, flags);

	return is_error(inode) ? pointer_error(inode) : check_access(inode, wanted);
}

s64 sys_faccessat2(u64 directory, u64 path, u64 mode, u64 flags)
{
	struct credentials *override = NULL;
	s64 result;

	if ((mode & ~(u64)(R_OK | W_OK | X_OK)) ||
		(flags & ~(u64)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		result = credentials_use_real(&override);
		if (result)
			return result;
	}
	result = access_file(directory, path, (u32)mode, flags);
	credentials_use_own(override);
	return result;
}

s64 sys_faccessat(u64 directory, u64 path, u64 mode)
{
	return sys_faccessat2(directory, path, mode, 0);
}

/* Every call that changes attributes checks this first. */
static s64 check_writable(const struct inode *inode)
{
	if (is_error(inode))
		return pointer_error(inode);
	return inode->mount->flags & MS_RDONLY ? -EROFS : 0;
}

static s64 change_mode(struct inode *taken, u64 mode)
{
	INODE_HELD struct inode *inode = taken;
	s64 error = check_writable(inode);

	return error ? error : inode_set_permissions(inode, (u32)mode);
}

s64 sys_fchmod(u64 fd, u64 mode)
{
	return change_mode(inode_of_file(user_file(fd)), mode);
}

s64 sys_fchmodat(u64 directory, u64 path, u64 mode)
{
	return change_mode(user_inode(directory, path, 0), mode);
}

static s64 change_owner(struct inode *taken, u64 uid, u64 gid)
{
	INODE_HELD struct inode *inode = taken;
	s64 error = check_writable(inode);

	return error ? error : inode_set_owner(inode, (u32)uid, (u32)gid);
}

s64 sys_fchown(u64 fd, u64 uid, u64 gid)
{
	return change_owner(inode_of_file(user_file(fd)), uid, gid);
}

s64 sys_fchownat(u64 directory, u64 path, u64 uid, u64 gid, u64 flags)
{
	if (flags & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return change_owner(user_inode(directory, path, flags), uid, gid);
}

static bool is_valid_time(const struct timespec *time)
{
	return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT ||
		(time->tv_nsec >= 0 && time->tv_nsec < (long)NANOSECONDS_PER_SECOND);
}

/* Times are kept as s64 nanoseconds, which reach from the year 1677 to 2262. */
static s64 clamp_time(const struct timespec *time)
{
	s64 result;

	if (__builtin_mul_overflow(time->tv_sec, (s64)NANOSECONDS_PER_SECOND, &result) ||
		__builtin_add_overflow(result, time->tv_nsec, &result))
		return time->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return result;
}

static void set_time(_Atomic s64 *which, const struct timespec *time, s64 now)
{
	if (time->tv_nsec == UTIME_OMIT)
		return;
	atomic_store(which, time->tv_nsec == UTIME_NOW ? now : clamp_time(time));
}

/* The owner may set any times; others who may write, only the present one. 0, -EPERM or -EACCES. */
static s64 check_times(const struct inode *inode, const struct timespec times[2])
{
	bool now = times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW;

	if (owns_inode(inode))
		return 0;
	return now ? permission(inode, W_OK) : -EPERM;
}

s64 sys_utimensat(u64 directory, u64 path, u64 times_address, u64 flags)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
	bool of_descriptor = !path && (s32)directory != AT_FDCWD;
	s64 now = (s64)clock_realtime(), error = 0;

	if (flags & ~(u64)(of_descriptor ? 0 : AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (times_address)
		error = from_user(times, times_address, sizeof(times));
	if (error)
		return error;
	if (!is_valid_time(&times[0]) || !is_valid_time(&times[1]))
		return -EINVAL;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	INODE_HELD struct inode *inode = of_descriptor ? inode_of_file(user_file(directory))
						       : user_inode(directory, path, flags);

	error = check_writable(inode);
	if (!error)
		error = check_times(inode, times);
	if (error)
		return error;
	set_time(&inode->accessed, &times[0], now);
	set_time(&inode->modified, &times[1], now);
	inode_touch_changed(inode);
	return 0;
}
