/*
 * Names and paths (fs/path.c, fs/name.c, fs/rename.c, fs/dentry.c): the same random calls are made to
 * our file system and to the build machine's Linux, and the results compared, errno for errno. Some
 * of our allocations fail; then nothing may have changed.
 */
#include "arch/riscv/timer.h"
#include "fs/context.h"
#include "fs/credentials.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "fs/procfs.h"
#include "fs/pseudo.h"
#include "fs/ramfs.h"
#include "fs/session.h"
#include "lib/abi/fcntl.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/page.h"
#include "tests/unit/host_names.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

#define CALLS 60000

static struct fs_context *context;

/* What stands in for the parts of the kernel that no path leads through here. */

const struct file_system proc_type = { .name = "proc" };
const struct file_system devtmpfs_type = { .name = "devtmpfs" };
const struct file_system devpts_type = { .name = "devpts" };
const struct file_operations device_node_operations, fifo_operations;

void session_signal_caller(int signal UNUSED)
{
}

const struct credentials *credentials_of_caller(void)
{
	return &credentials_root;
}

void pipe_evict(struct inode *inode UNUSED)
{
}

u64 time_now(void)
{
	static u64 now;

	return ++now;
}

void text_printf(struct text *text UNUSED, const char *format UNUSED, ...)
{
}

void wait_queue_init(struct wait_queue *queue UNUSED)
{
}

void mutex_init(struct mutex *mutex UNUSED)
{
}

void mutex_lock(struct mutex *mutex UNUSED) NO_THREAD_SAFETY_ANALYSIS
{
}

void mutex_unlock(struct mutex *mutex UNUSED) NO_THREAD_SAFETY_ANALYSIS
{
}

/* Paths at random. */

static const char *random_component(void)
{
	static const char *const components[] = { "a", "b", "c", "a", "b", "c", "dd", ".", "..", "",
		"e" };

	return components[unit_random_below(ARRAY_SIZE(components))];
}

static void random_path(char path[64])
{
	u32 components = 1 + unit_random_below(4);
	size_t length = 0;

	path[0] = '\0';
	if (unit_random_below(3) == 0)
		path[length++] = '/';
	for (u32 i = 0; i < components; i++) {
		length += strlcpy(path + length, random_component(), 64 - length);
		if (i + 1 < components || unit_random_below(8) == 0)
			path[length++] = '/';
	}
	path[length] = '\0';
	if (!length)
		strlcpy(path, "/", 2);
}

/* Calls: ours, and the same for the oracle. */

static struct path path_of(const char *text)
{
	return (struct path){ .context = context, .text = text };
}

static int our_lookup(const char *text, bool follow, struct host_status *status)
{
	struct dentry *dentry = path_lookup(path_of(text), follow ? PATH_FOLLOW : 0);

	if (is_error(dentry))
		return pointer_error(dentry);
	*status = (struct host_status){
		.mode = dentry->inode->mode,
		.links = atomic_load(&dentry->inode->links),
		.number = dentry->inode->number,
	};
	dentry_put(dentry);
	return 0;
}

enum call {
	CALL_MAKE_FILE,
	CALL_MKDIR,
	CALL_SYMLINK,
	CALL_LINK,
	CALL_LINK_FOLLOW,
	CALL_UNLINK,
	CALL_RMDIR,
	CALL_RENAME,
	CALL_RENAME_NOREPLACE,
	CALL_KINDS,
};

static const char *const call_names[CALL_KINDS] = { "mknod", "mkdir", "symlink", "link",
	"link following", "unlink", "rmdir", "rename", "rename without replacing" };

static int our_call(enum call call, const char *first, const char *second)
{
	switch (call) {
	case CALL_MAKE_FILE:
		return path_mknod(path_of(first), S_IFREG | 0644, 0);
	case CALL_MKDIR:
		return path_mkdir(path_of(first), 0755);
	case CALL_SYMLINK:
		return *second ? path_symlink(path_of(first), second) : -ENOENT;
	case CALL_LINK:
		return path_link(path_of(first), 0, path_of(second));
	case CALL_LINK_FOLLOW:
		return path_link(path_of(first), PATH_FOLLOW, path_of(second));
	case CALL_UNLINK:
		return path_unlink(path_of(first));
	case CALL_RMDIR:
		return path_rmdir(path_of(first));
	case CALL_RENAME:
		return path_rename(path_of(first), path_of(second), 0);
	default:
		return path_rename(path_of(first), path_of(second), RENAME_NOREPLACE);
	}
}

static int host_call(enum call call, const char *first, const char *second)
{
	switch (call) {
	case CALL_MAKE_FILE:
		return host_make_file(first);
	case CALL_MKDIR:
		return host_mkdir(first);
	case CALL_SYMLINK:
		return host_symlink(second, first);
	case CALL_LINK:
		return host_link(first, false, second);
	case CALL_LINK_FOLLOW:
		return host_link(first, true, second);
	case CALL_UNLINK:
		return host_unlink(first);
	case CALL_RMDIR:
		return host_rmdir(first);
	case CALL_RENAME:
		return host_rename(first, second, 0);
	default:
		return host_rename(first, second, RENAME_NOREPLACE);
	}
}

static bool agree(const char *what, const char *first, const char *second, int ours, int theirs)
{
	if (ours == theirs)
		return true;
	printf("# %s(\"%s\", \"%s\"): %d, Linux says %d\n", what, first, second, ours, theirs);
	return false;
}

/* The same file at the end of a path, or the same error. */
static void compare_lookup(const char *path, bool follow)
{
	struct host_status ours = { 0 }, theirs = { 0 };
	int our_error = our_lookup(path, follow, &ours);
	int their_error = host_lookup(path, follow, &theirs);

	CHECK(agree(follow ? "stat" : "lstat", path, "", our_error, their_error));
	if (our_error || their_error)
		return;
	CHECK_EQUAL(ours.mode & S_IFMT, theirs.mode & S_IFMT);
	/* Not every file system counts the links of its directories. */
	if (!S_ISDIR(ours.mode))
		CHECK_EQUAL(ours.links, theirs.links);
}

static void one_call(bool with_failures)
{
	enum call call = unit_random_below(CALL_KINDS);
	char first[64], second[64];

	random_path(first);
	random_path(second);
	if (with_failures && unit_random_below(3) == 0)
		machine_fail_allocation(1 + unit_random_below(4));

	int ours = our_call(call, first, second);

	machine_fail_allocation(0);
	if (ours == -ENOMEM)
		return;
	CHECK(agree(call_names[call], first, second, ours, host_call(call, first, second)));
}

static void remove_all(const char *path, u32 depth)
{
	static const char *const names[] = { "a", "b", "c", "dd", "e" };
	char below[64];

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		size_t length = strlcpy(below, path, sizeof(below));

		if (length + 4 >= sizeof(below))
			return;
		below[length++] = '/';
		strlcpy(below + length, names[i], sizeof(below) - length);
		if (path_unlink(path_of(below)) == -EISDIR) {
			remove_all(below, depth + 1);
			CHECK_EQUAL(path_rmdir(path_of(below)), 0);
			host_rmdir(below);
		} else {
			host_unlink(below);
		}
	}
}

static void run(bool with_failures)
{
	memory_reclaim();
	u64 before = page_free_total();

	for (u32 i = 0; i < CALLS; i++) {
		char path[64];

		one_call(with_failures);
		random_path(path);
		compare_lookup(path, unit_random_below(2));
		/* Deep trees make for long chains of names: begin afresh now and then. */
		if (i % 3000 == 2999)
			remove_all("", 0);
	}
	remove_all("", 0);
	memory_reclaim();
	CHECK_EQUAL(page_free_total(), before);
}

static void with_memory(void)
{
	run(false);
}

static void with_failures(void)
{
	run(true);
}

static void lengths(void)
{
	static char path[PATH_MAX + 8];

	for (enum call call = 0; call < CALL_KINDS; call++)
		CHECK(agree(call_names[call], "", "", our_call(call, "", ""),
			host_call(call, "", "")));
	compare_lookup("", true);

	for (size_t length = NAME_MAX - 1; length <= NAME_MAX + 1; length++) {
		memset(path, 'n', length);
		path[length] = '\0';
		CHECK(agree("mkdir", path, "", path_mkdir(path_of(path), 0755), host_mkdir(path)));
		compare_lookup(path, true);
		CHECK(agree("rmdir", path, "", path_rmdir(path_of(path)), host_rmdir(path)));
	}
	for (size_t length = PATH_MAX - 2; length <= PATH_MAX + 1; length++) {
		memset(path, '/', length);
		path[length] = '\0';
		compare_lookup(path, true);
	}
}

/* Chains of symbolic links, as long as they may be and longer. */
static void links(void)
{
	char name[16], target[16];

	CHECK_EQUAL(path_mkdir(path_of("l0"), 0755), host_mkdir("l0"));
	for (u32 i = 1; i <= 45; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		snprintf(target, sizeof(target), "l%u", i - 1);
		CHECK_EQUAL(path_symlink(path_of(name), target), host_symlink(target, name));
		compare_lookup(name, true);
		compare_lookup(name, false);
		strlcpy(name + strlen(name), "/.", 3);
		compare_lookup(name, false);
	}
	CHECK_EQUAL(path_symlink(path_of("self"), "self"), host_symlink("self", "self"));
	compare_lookup("self", true);
	compare_lookup("self/x", true);
	CHECK_EQUAL(path_symlink(path_of("up"), "../../.."), host_symlink("../../..", "up"));
	compare_lookup("up/l3", true);
	for (u32 i = 0; i <= 45; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		CHECK_EQUAL(i ? path_unlink(path_of(name)) : path_rmdir(path_of(name)),
			i ? host_unlink(name) : host_rmdir(name));
	}
	CHECK_EQUAL(path_unlink(path_of("self")), host_unlink("self"));
	CHECK_EQUAL(path_unlink(path_of("up")), host_unlink("up"));
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "random calls", with_memory },
		{ "random calls, and allocations fail", with_failures },
		{ "the longest names and paths", lengths },
		{ "chains of symbolic links", links },
	};

	machine_start();
	inode_init();
	dentry_init();
	ramfs_init();
	mount_init();
	context = fs_context_create();
	if (!host_begin()) {
		printf("1..0 # SKIP no root directory of its own can be had here\n");
		return 0;
	}

	int result = UNIT_RUN(cases);

	host_end();
	return result;
}
