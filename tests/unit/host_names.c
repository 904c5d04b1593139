/*
 * The build machine's kernel, asked directly (host_names.h): the C library's headers and those of
 * lib/abi do not go together.
 */
#include "tests/unit/host_names.h"

#include <errno.h>
#include <sys/syscall.h>

#define READ_ONLY          0
#define CURRENT_DIRECTORY  (-100)
#define SYMLINK_FOLLOW     0x400
#define SYMLINK_NOFOLLOW   0x100
#define REMOVE_DIRECTORY   0x200
#define STATX_BASIC        0x7ff
#define NEW_USER_NAMESPACE 0x10000000
#define REGULAR_FILE       0100644
#define DIRECTORY_MODE     0755

long syscall(long number, ...);
char *mkdtemp(char *template);

/* What statx(2) fills in: the beginning is of interest. */
struct host_statx {
	u32 mask, block_size;
	u64 attributes;
	u32 links, uid, gid;
	u16 mode, padding;
	u64 number;
	u64 rest[27];
};

static int result_of(long result)
{
	return result < 0 ? -errno : 0;
}

/* The folder for temporary files, open since before the root changed, and our name in it. */
static long temporary;
static char folder[] = "/tmp/cowslip-unit-XXXXXX";

bool host_begin(void)
{
	temporary = syscall(SYS_openat, CURRENT_DIRECTORY, "/tmp", READ_ONLY);
	if (temporary < 0 || !mkdtemp(folder))
		return false;
	/* Who is not root can become it in a name space of users of his own. */
	if (syscall(SYS_chroot, folder) != 0 &&
		(syscall(SYS_unshare, NEW_USER_NAMESPACE) != 0 || syscall(SYS_chroot, folder) != 0))
		return false;
	syscall(SYS_umask, 0);
	return syscall(SYS_chdir, "/") == 0;
}

void host_end(void)
{
	syscall(SYS_unlinkat, temporary, folder + sizeof("/tmp/") - 1, REMOVE_DIRECTORY);
}

int host_lookup(const char *path, bool follow, struct host_status *status)
{
	struct host_statx statx = { 0 };
	int error = result_of(syscall(SYS_statx, CURRENT_DIRECTORY, path,
		follow ? 0 : SYMLINK_NOFOLLOW, STATX_BASIC, &statx));

	*status = (struct host_status){ statx.mode, statx.links, statx.number };
	return error;
}

int host_make_file(const char *path)
{
	return result_of(syscall(SYS_mknodat, CURRENT_DIRECTORY, path, REGULAR_FILE, 0));
}

int host_mkdir(const char *path)
{
	return result_of(syscall(SYS_mkdirat, CURRENT_DIRECTORY, path, DIRECTORY_MODE));
}

int host_symlink(const char *target, const char *path)
{
	return result_of(syscall(SYS_symlinkat, target, CURRENT_DIRECTORY, path));
}

int host_link(const char *old, bool follow, const char *new)
{
	return result_of(syscall(SYS_linkat, CURRENT_DIRECTORY, old, CURRENT_DIRECTORY, new,
		follow ? SYMLINK_FOLLOW : 0));
}

int host_unlink(const char *path)
{
	return result_of(syscall(SYS_unlinkat, CURRENT_DIRECTORY, path, 0));
}

int host_rmdir(const char *path)
{
	return result_of(syscall(SYS_unlinkat, CURRENT_DIRECTORY, path, REMOVE_DIRECTORY));
}

int host_rename(const char *old, const char *new, u32 flags)
{
	return result_of(
		syscall(SYS_renameat2, CURRENT_DIRECTORY, old, CURRENT_DIRECTORY, new, flags));
}
