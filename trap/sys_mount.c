/*
 * mount(2) and umount2(2), of the file systems that there are.
 */
#include "fs/credentials.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "lib/abi/fcntl.h"
#include "lib/abi/mount.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user_path.h"

#define FLAGS_KEPT (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_RELATIME)

/* Options are text; no file system here has any. 0, -EINVAL: there are some, or -EFAULT. */
static int check_no_options(u64 data)
{
	char first = '\0';
	int error = data ? copy_from_user(current_space(), &first, UADDR(data), sizeof(first)) : 0;

	return !error && first ? -EINVAL : error;
}

s64 sys_mount(u64 source_address, u64 target, u64 type_address, u64 flags, u64 data)
{
	struct user_path path;
	char *source, *type;
	s64 error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(u64)(FLAGS_KEPT | MS_SILENT))
		return -EINVAL;
	error = check_no_options(data);
	if (error)
		return error;
	if (!type_address)
		return -EINVAL;
	type = user_string(type_address);
	if (is_error(type))
		return pointer_error(type);
	source = source_address ? user_string(source_address) : kstrdup("none");
	if (!source || is_error(source)) {
		error = source ? pointer_error(source) : -ENOMEM;
		goto free_type;
	}
	error = user_path_get(&path, (u64)AT_FDCWD, target);
	if (error)
		goto free_source;
	error = mount_create(path.path, source, type, (u32)flags & FLAGS_KEPT);
	user_path_put(&path);
free_source:
	kfree(source);
free_type:
	kfree(type);
	return error;
}

s64 sys_umount2(u64 target, u64 flags)
{
	struct user_path path;
	s64 error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(u64)(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
		return -EINVAL;
	error = user_path_get(&path, (u64)AT_FDCWD, target);
	if (error)
		return error;
	error = mount_remove(path.path, flags & MNT_DETACH);
	user_path_put(&path);
	return error;
}
