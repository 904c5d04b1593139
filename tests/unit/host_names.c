/*
 * The build machine's kernel, asked directly (host_names.h), since the C library's headers and
 * those of lib/abi cannot be included together.
 */
#include "tests/unit/host_names.h"

#include <errno.h>
#include <sys/syscall.h>

#define READ_ONLY          0
#define CREATE             0100
#define EXCLUSIVE          0200
#define NOREPLACE          1
#define EXCHANGE           2
#define CURRENT_DIRECTORY  (-100)
#define SYMLINK_FOLLOW     0x400
#define SYMLINK_NOFOLLOW   0x100
#define REMOVE_DIRECTORY   0x200
#define STATX_BASIC        0x7ff
#define NEW_USER_NAMESPACE 0x10000000
#define TYPE_MASK          0170000
#define FILE_MODE          0100644
#define DIRECTORY_MODE     0755

long syscall(long number, ...);
char *mkdtemp(char *template);

/* What statx(2) fills in: only the beginning matters here. */
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

/* The folder for temporary files, opened before the root changed; our own folder, and its name. */
static long temporary, top;
static char folder[] = "/tmp/cowslip-unit-XXXXXX";

bool host_begin(void)
{
	temporary = syscall(SYS_openat, CURRENT_DIRECTORY, "/tmp", READ_ONLY);
	if (temporary < 0 || !mkdtemp(folder))
		return false;
	/* A user other than root can become root in a user name space of its own. */
	if (syscall(SYS_chroot, folder) != 0 &&
		(syscall(SYS_unshare, NEW_USER_NAMESPACE) != 0 || syscall(SYS_chroot, folder) != 0))
		return false;
	syscall(SYS_umask, 0);
	top = syscall(SYS_openat, CURRENT_DIRECTORY, "/", READ_ONLY);
	return top >= 0 && syscall(SYS_chdir, "/") == 0;
}

void host_end(void)
{
	syscall(SYS_unlinkat, temporary, folder + sizeof("/tmp/") - 1, REMOVE_DIRECTORY);
}

int host_lookup(const char *path, bool follow, struct name_status *status)
{
	struct host_statx statx = { 0 };
	int error = result_of(syscall(SYS_statx, CURRENT_DIRECTORY, path,
		follow ? 0 : SYMLINK_NOFOLLOW, STATX_BASIC, &statx));

	*status = (struct name_status){ statx.mode & TYPE_MASK, statx.links, statx.number };
	return error;
}

ssize_t host_cwd(char *buffer, size_t size)
{
	long result = syscall(SYS_getcwd, buffer, size);

	return result < 0 ? -errno : result - 1;
}

static long rename_flags(enum name_call call)
{
	if (call == CALL_RENAME_EXCHANGE)
		return EXCHANGE;
	return call == CALL_RENAME_NOREPLACE ? NOREPLACE : 0;
}

static long open_new(const char *path, int flags)
{
	long fd = syscall(SYS_openat, CURRENT_DIRECTORY, path, CREATE | flags, FILE_MODE);

	return fd < 0 ? fd : syscall(SYS_close, fd);
}

/* Leaves whatever has been made the root since host_begin(). */
static long return_to_root(void)
{
	return syscall(SYS_fchdir, top) == 0 ? syscall(SYS_chroot, ".") : -1;
}

static long make_call(enum name_call call, const char *first, const char *second)
{
	const long here = CURRENT_DIRECTORY;

	switch (call) {
	case CALL_MAKE_FILE:
		return syscall(SYS_mknodat, here, first, FILE_MODE, 0);
	case CALL_CREATE:
		return open_new(first, 0);
	case CALL_CREATE_NEW:
		return open_new(first, EXCLUSIVE);
	case CALL_MKDIR:
		return syscall(SYS_mkdirat, here, first, DIRECTORY_MODE);
	case CALL_SYMLINK:
		return syscall(SYS_symlinkat, second, here, first);
	case CALL_LINK:
		return syscall(SYS_linkat, here, first, here, second, 0);
	case CALL_LINK_FOLLOW:
		return syscall(SYS_linkat, here, first, here, second, SYMLINK_FOLLOW);
	case CALL_UNLINK:
		return syscall(SYS_unlinkat, here, first, 0);
	case CALL_RMDIR:
		return syscall(SYS_unlinkat, here, first, REMOVE_DIRECTORY);
	case CALL_CHDIR:
		return syscall(SYS_chdir, first);
	case CALL_CHROOT:
		return syscall(SYS_chroot, first);
	case CALL_RETURN:
		return return_to_root();
	default:
		return syscall(SYS_renameat2, here, first, here, second, rename_flags(call));
	}
}

int host_call(enum name_call call, const char *first, const char *second)
{
	return result_of(make_call(call, first, second));
}
