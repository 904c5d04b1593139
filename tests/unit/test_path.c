/*
 * Names and paths (fs/path.c, fs/name.c, fs/rename.c, fs/dentry.c): the same random calls are made to
 * our file system, to a model (names_model.h) and to the build machine's Linux, and the results
 * compared, errno for errno. Every name, file and reference is where the model has it. Some of our
 * allocations fail; then nothing may have changed.
 */
#include "tests/unit/test_path.h"
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
#include "tests/unit/names_model.h"
#include "tests/unit/unit.h"

#define CALLS 60000

static struct fs_context *context;
static bool with_host; /* Linux is asked as well */

/* Stand-ins for the parts of the kernel that this test does not use. */

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

void text_append_name(struct text *text UNUSED, const char *name UNUSED, const char *special UNUSED)
{
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

/*
 * As long as a name inside a dentry may be, and longer; as long as any name may be, and, without
 * Linux, longer: we report that before all other errors, Linux has no such order.
 */
static const char *random_long_name(void)
{
	static const u32 lengths[] = { DENTRY_INLINE_NAME - 1, DENTRY_INLINE_NAME, NAME_MAX,
		NAME_MAX + 1 };
	static char name[NAME_MAX + 2];
	u32 length = lengths[unit_random_below(ARRAY_SIZE(lengths) - with_host)];

	memset(name, 'n', length);
	name[length] = '\0';
	return name;
}

static const char *random_component(void)
{
	static const char *const components[] = { "a", "b", "c", "a", "b", "c", "dd", ".", "..", "",
		"e", "a", "b" };
	u32 choice = unit_random_below(ARRAY_SIZE(components) + 1);

	return choice < ARRAY_SIZE(components) ? components[choice] : random_long_name();
}

static void random_path(char path[MODEL_PATH_SIZE])
{
	u32 components = 1 + unit_random_below(4);
	size_t length = 0;

	path[0] = '\0';
	if (unit_random_below(3) == 0)
		path[length++] = '/';
	for (u32 i = 0; i < components; i++) {
		length += strlcpy(path + length, random_component(), MODEL_PATH_SIZE - length);
		if (i + 1 < components || unit_random_below(8) == 0)
			path[length++] = '/';
	}
	path[length] = '\0';
	if (!length)
		strlcpy(path, "/", 2);
}

/* Our calls. */

static struct path path_of(const char *text)
{
	return (struct path){ .context = context, .text = text };
}

/* Does what file_open() does, but without the open file. */
static int create(const char *path, bool exclusive)
{
	bool created;
	struct dentry *dentry = path_open_or_create(path_of(path), S_IFREG | 0644, exclusive,
		PATH_FOLLOW, &created);
	int error;

	if (is_error(dentry))
		return pointer_error(dentry);
	error = inode_is_directory(dentry->inode) ? -EISDIR : 0;
	dentry_put(dentry);
	return error;
}

static int go(const char *path, void set(struct fs_context *context, struct dentry *directory))
{
	struct dentry *dentry = path_lookup(path_of(path), PATH_FOLLOW);
	int error;

	if (is_error(dentry))
		return pointer_error(dentry);
	error = inode_is_directory(dentry->inode) ? 0 : -ENOTDIR;
	if (!error)
		set(context, dentry);
	dentry_put(dentry);
	return error;
}

static int our_call(enum name_call call, const char *first, const char *second)
{
	switch (call) {
	case CALL_MAKE_FILE:
		return path_mknod(path_of(first), S_IFREG | 0644, 0);
	case CALL_CREATE:
	case CALL_CREATE_NEW:
		return create(first, call == CALL_CREATE_NEW);
	case CALL_MKDIR:
		return path_mkdir(path_of(first), 0755);
	case CALL_SYMLINK:
		return path_symlink(path_of(first), second);
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
	case CALL_RENAME_NOREPLACE:
		return path_rename(path_of(first), path_of(second), RENAME_NOREPLACE);
	case CALL_RENAME_EXCHANGE:
		return path_rename(path_of(first), path_of(second), RENAME_EXCHANGE);
	case CALL_MOUNT:
		return mount_create(path_of(first), "none", "tmpfs", 0, &MOUNT_OPTIONS_NONE);
	case CALL_UNMOUNT:
		return mount_remove(path_of(first), PATH_FOLLOW, false);
	case CALL_CHDIR:
		return go(first, fs_context_set_cwd);
	case CALL_CHROOT:
		return go(first, fs_context_set_root);
	default:
		fs_context_set_root(context, mount_root->root);
		fs_context_set_cwd(context, mount_root->root);
		return 0;
	}
}

/* Whether all three give the same answers. */

static const char *const call_names[CALL_KINDS] = { "mknod", "create", "create anew", "mkdir",
	"symlink", "link", "link following", "unlink", "rmdir", "rename",
	"rename without replacing", "exchange", "mount", "unmount", "chdir", "chroot", "return" };

static bool agree(const char *who, const char *what, const char *first, const char *second,
	int ours, int theirs)
{
	if (ours == theirs)
		return true;
	printf("# %s(\"%s\", \"%s\"): %d, %s says %d\n", what, first, second, ours, who, theirs);
	return false;
}

/* Our file is the one that the model has there. */
static void compare_file(struct inode *ours, struct model_file *theirs)
{
	CHECK_EQUAL(ours->type, theirs->type);
	CHECK_EQUAL(atomic_load(&ours->links), model_links(theirs));
	if (!theirs->number)
		theirs->number = ours->number;
	CHECK_EQUAL(ours->number, theirs->number);
}

static void compare_with_host(const char *what, const char *path, bool follow,
	const struct dentry *found, int our_error)
{
	struct name_status theirs;

	CHECK(agree("Linux", what, path, "", our_error, host_lookup(path, follow, &theirs)));
	if (our_error)
		return;
	CHECK_EQUAL(found->inode->type, theirs.type);
	/* Not every file system counts the links of its directories. */
	if (theirs.type != S_IFDIR)
		CHECK_EQUAL(atomic_load(&found->inode->links), theirs.links);
}

/* The same file at the end of a path, or the same error. */
static void compare_lookup(const char *path, bool follow)
{
	const char *what = follow ? "stat" : "lstat";
	struct dentry *found = path_lookup(path_of(path), follow ? PATH_FOLLOW : 0);
	int our_error = is_error(found) ? pointer_error(found) : 0;
	struct model_file *file;
	int model_error = model_lookup(path, follow, &file);

	if (CHECK(agree("the model", what, path, "", our_error, model_error)) && !our_error)
		compare_file(found->inode, file);
	if (with_host)
		compare_with_host(what, path, follow, found, our_error);
	if (!our_error)
		dentry_put(found);
}

static void compare_cwd(void)
{
	static char ours[PATH_MAX], models[2 * PATH_MAX], hosts[PATH_MAX];
	struct dentry *cwd = fs_context_cwd(context), *root = fs_context_root(context);
	ssize_t result = dentry_path(cwd, root, ours, sizeof(ours));

	dentry_put(cwd);
	dentry_put(root);
	CHECK_EQUAL(result, model_cwd(models, sizeof(models)));
	if (result >= 0)
		CHECK_STRING(ours, models);
	if (with_host)
		CHECK_EQUAL(result, host_cwd(hosts, sizeof(hosts)));
	if (with_host && result >= 0)
		CHECK_STRING(ours, hosts);
}

/* Compares every name below, and counts every reference to the directories. */
static void compare_directory(struct dentry *ours, struct model_file *theirs)
{
	struct model_entry *entry;
	struct dentry *child;
	u32 names = 0;

	for (; (entry = model_entry(theirs, names)); names++) {
		read_lock(&names_lock);
		child = dentry_find(ours, entry->name);
		read_unlock(&names_lock);
		if (!CHECK(child))
			return;
		compare_file(child->inode, entry->file);
		CHECK(child->parent == ours);
		if (entry->file->over && CHECK(child->mounted))
			compare_directory(child->mounted->root, entry->file->over);
		if (S_ISDIR(entry->file->type))
			compare_directory(child, entry->file);
		else
			CHECK_EQUAL(atomic_load(&child->count), 1);
	}
	CHECK_EQUAL(atomic_load(&ours->count), 1 + names + model_holders(theirs));
	tree_for_each_entry(child, &ours->inode->directory.by_name, by_name)
		names--;
	CHECK_EQUAL(names, 0);
}

static void look_at_everything(void)
{
	compare_cwd();
	compare_directory(mount_root->root, model_root_of_all());
}

/* False: the call failed, for lack of memory or otherwise. */
static bool call_all(enum name_call call, const char *first, const char *second)
{
	int ours = our_call(call, first, second), models;

	if (ours == -ENOMEM) {
		CHECK(machine_allocation_failed());
		return false;
	}
	machine_fail_allocation(0);
	models = model_call(call, first, second);
	CHECK(agree("the model", call_names[call], first, second, ours, models));
	if (with_host) {
		int hosts = host_call(call, first, second);

		CHECK(agree("Linux", call_names[call], first, second, ours, hosts));
		/* The process must not leave its root: the machine's own files are outside. */
		if (call == CALL_CHROOT)
			call_all(CALL_CHDIR, "/", "");
	}
	return !ours;
}

/* Whether the path leads to the root of all: what is mounted there could not be unmounted. */
static bool is_root_of_all(const char *path)
{
	struct model_file *file;

	return model_lookup(path, true, &file) == 0 && file == model_root_of_all();
}

static enum name_call random_call(const char *path)
{
	/* Mostly calls that make or move names. */
	u32 choice = unit_random_below(2 * CALL_MOUNT + 5);
	enum name_call call = choice < 2 * CALL_MOUNT ? choice % CALL_MOUNT : choice - CALL_MOUNT;

	/* Nothing is mounted on Linux: for mounts, only the model is asked. */
	if (call == CALL_MOUNT || call == CALL_UNMOUNT)
		return with_host || is_root_of_all(path) ? CALL_CHDIR : call;
	return call;
}

static void one_call(bool with_failures)
{
	char first[MODEL_PATH_SIZE], second[MODEL_PATH_SIZE];

	random_path(first);
	random_path(second);

	enum name_call call = random_call(first);

	if (with_failures && unit_random_below(3) == 0)
		machine_fail_allocation(1 + unit_random_below(4));
	call_all(call, first, second);
	machine_fail_allocation(0);
	compare_lookup(first, false);
	compare_lookup(second, unit_random_below(2));
}

/* Removes all that is in the working directory. */
static void remove_here(void)
{
	struct model_entry *entry;

	while ((entry = model_entry(NULL, 0)) && !unit_has_failed()) {
		char name[NAME_MAX + 1];

		strlcpy(name, entry->name, sizeof(name));
		if (!S_ISDIR(entry->file->type)) {
			call_all(CALL_UNLINK, name, "");
			continue;
		}
		do {
			call_all(CALL_CHDIR, name, "");
			remove_here();
			call_all(CALL_CHDIR, "..", "");
		} while (!with_host && call_all(CALL_UNMOUNT, name, ""));
		call_all(CALL_RMDIR, name, "");
	}
}

static void begin_afresh(void)
{
	call_all(CALL_RETURN, "", "");
	look_at_everything();
	remove_here();
	model_clear();
	look_at_everything();
}

void test_path_run(u32 calls, bool with_failures)
{
	memory_reclaim();
	u64 before = page_free_total();

	for (u32 i = 0; i < calls && !unit_random_is_used_up() && !unit_has_failed(); i++) {
		one_call(with_failures);
		if (i % 50 == 0)
			look_at_everything();
		/* Deep trees make for long chains of names: begin afresh now and then. */
		if (i % 3000 == 2999 || model_is_full())
			begin_afresh();
	}
	look_at_everything();
	begin_afresh();
	memory_reclaim();
	CHECK_EQUAL(page_free_total(), before);
}

static void with_memory(void)
{
	test_path_run(CALLS, false);
}

static void with_failures(void)
{
	test_path_run(CALLS, true);
}

static void lengths(void)
{
	static char path[PATH_MAX + 8];

	for (enum name_call call = 0; call < CALL_KINDS; call++)
		call_all(call, "", "");
	compare_lookup("", true);

	for (size_t length = NAME_MAX - 1; length <= NAME_MAX + 1; length++) {
		memset(path, 'n', length);
		path[length] = '\0';
		call_all(CALL_MKDIR, path, "");
		compare_lookup(path, true);
		call_all(CALL_RMDIR, path, "");
	}
	for (size_t length = PATH_MAX - 2; length <= PATH_MAX + 1; length++) {
		memset(path, '/', length);
		path[length] = '\0';
		compare_lookup(path, true);
	}
}

/* Chains of symbolic links, as long as they may be, and longer. */
static void links(void)
{
	char name[16], target[16];

	call_all(CALL_MKDIR, "l0", "");
	for (u32 i = 1; i <= 45; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		snprintf(target, sizeof(target), "l%u", i - 1);
		call_all(CALL_SYMLINK, name, target);
		compare_lookup(name, true);
		compare_lookup(name, false);
		strlcpy(name + strlen(name), "/.", 3);
		compare_lookup(name, false);
	}
	call_all(CALL_SYMLINK, "self", "self");
	compare_lookup("self", true);
	compare_lookup("self/x", true);
	call_all(CALL_SYMLINK, "up", "../../..");
	compare_lookup("up/l3", true);
	begin_afresh();
}

/* The first word of a program, which a new process runs on another hart. */
static u64 first_instruction(struct file *file)
{
	struct region region = {
		.start = MIB(1),
		.end = MIB(1) + PAGE_SIZE,
		.flags = REGION_READ | REGION_EXECUTE,
	};
	struct space *space = space_create();
	u64 word = 0;

	CHECK_EQUAL(file->operations->map(file, &region), 0);
	CHECK_EQUAL(space_map(space, &region, MAP_EXACT), region.start);
	machine_hart = 1;
	space_switch(NULL, space);
	CHECK_EQUAL(machine_access(space, region.start, ACCESS_EXECUTE, &word), 0);
	space_switch(space, NULL);
	machine_hart = 0;
	region.operations->put(&region);
	space_put(space);
	return word;
}

/* What has been written to a program is what runs: no hart uses what it fetched before. */
static void program_is_rewritten(void)
{
	struct file file = { .flags = O_RDWR };
	struct io io;

	CHECK_EQUAL(our_call(CALL_CREATE, "program", ""), 0);
	file.dentry = path_lookup(path_of("program"), 0);
	file.inode = file.dentry->inode;
	file.operations = file.inode->file_operations;
	machine_keeps_instructions = true;
	for (u64 word = 1; word < 4; word++) {
		io_kernel(&io, &word, sizeof(word));
		CHECK_EQUAL(file.operations->write(&file, &io, &(u64){ 0 }), sizeof(word));
		CHECK_EQUAL(first_instruction(&file), word);
	}
	machine_keeps_instructions = false;
	dentry_put(file.dentry);
	CHECK_EQUAL(our_call(CALL_UNLINK, "program", ""), 0);
}

void test_path_start(void)
{
	machine_start();
	ramfs_init();
	mount_init();
	context = fs_context_create();
	model_clear();
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "random calls", with_memory },
		{ "random calls, and allocations fail", with_failures },
		{ "the longest names and paths", lengths },
		{ "chains of symbolic links", links },
		{ "a program is rewritten", program_is_rewritten },
	};

	test_path_start();
	with_host = host_begin();
	if (!with_host) {
		printf("1..0 # SKIP no root directory of its own can be had here\n");
		return 0;
	}

	int result = UNIT_RUN(cases);

	host_end();
	return result;
}
