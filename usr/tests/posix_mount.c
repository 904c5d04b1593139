/* Mounts: the effects of their flags and size; what is in use stays. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include "usr/tests/posixtest.h"

#define SIZE   (1 << 20)
#define REST   (64 * 1024) /* what the file system may use for itself */
#define DEVICE 0x103       /* /dev/null's */

#define PATH_BYTES 64
#define TEXT_BYTES 4096
#define CHANGES    2000
#define REMOUNTS   500
#define LOOKS      5000

static void mount_at_point(unsigned long flags, const char *options)
{
	CHECK(mkdir("point", DIRECTORY_MODE) == 0 || errno == EEXIST);
	GIVES(0, mount, "none", "point", "tmpfs", flags, options);
}

static void mount_size(void)
{
	static char data[REST];
	struct statfs status;
	long written = 0, part;
	int file;

	mount_at_point(0, "size=1m,mode=0700,uid=5,gid=6");
	CHECK(statfs("point", &status) == 0);
	CHECK_EQUAL(status.f_blocks * status.f_bsize, SIZE);
	file = (int)WORKS(openat, AT_FDCWD, "point/file", O_CREAT | O_RDWR, FILE_MODE);
	while ((part = write(file, data, sizeof(data))) > 0)
		written += part;
	CHECK_EQUAL(errno, ENOSPC);
	CHECK(written <= SIZE && written >= SIZE - REST);
	GIVES(-ENOSPC, fallocate, file, 0, 0, 2 * SIZE);
	GIVES(0, ftruncate, file, 0);
	GIVES(REST, write, file, data, REST); /* there is room again */
	GIVES(0, mount, NULL, "point", NULL, MS_REMOUNT, "size=2m");
	CHECK(statfs("point", &status) == 0);
	CHECK_EQUAL(status.f_blocks * status.f_bsize, 2 * SIZE);
	close(file);
	GIVES(0, umount2, "point", 0);
}

/* An earlier reservation stays if there is no room for another. */
static void reserve_too_much(void)
{
	struct stat before, after;
	int file, other;

	mount_at_point(0, "size=1m");
	file = (int)WORKS(openat, AT_FDCWD, "point/file", O_CREAT | O_RDWR, FILE_MODE);
	GIVES(0, fallocate, file, FALLOC_FL_KEEP_SIZE, 2 * SIZE, REST);
	GIVES(0, fstat, file, &before);
	CHECK_EQUAL(before.st_blocks, REST / 512);
	GIVES(-ENOSPC, fallocate, file, FALLOC_FL_KEEP_SIZE, 0, SIZE);
	GIVES(0, fstat, file, &after);
	CHECK_EQUAL(after.st_blocks, before.st_blocks);
	GIVES(-ENOSPC, fallocate, file, 0, 4 * SIZE, SIZE);
	GIVES(0, fstat, file, &after);
	CHECK(after.st_blocks == before.st_blocks && after.st_size == 0);
	other = (int)WORKS(openat, AT_FDCWD, "point/other", O_CREAT | O_RDWR, FILE_MODE);
	GIVES(0, fallocate, other, 0, 0, REST);
	GIVES(-ENOSPC, fallocate, file, FALLOC_FL_KEEP_SIZE, 2 * SIZE, SIZE);
	GIVES(0, fstat, file, &after);
	CHECK_EQUAL(after.st_blocks, before.st_blocks);
	close(file);
	close(other);
	GIVES(0, umount2, "point", 0);
}

static void mount_owner(void)
{
	struct stat status;

	mount_at_point(0, NULL);
	CHECK(stat("point", &status) == 0);
	CHECK_EQUAL(status.st_mode & 07777, 01777);
	GIVES(0, umount2, "point", 0);
	mount_at_point(0, "mode=0710,uid=5,gid=6");
	CHECK(stat("point", &status) == 0);
	CHECK_EQUAL(status.st_mode & 07777, 0710);
	CHECK(status.st_uid == 5 && status.st_gid == 6);
	GIVES(0, umount2, "point", 0);
	mount_at_point(MS_MGC_VAL, NULL); /* needed by Linux up to 2.2 */
	GIVES(0, umount2, "point", 0);
	GIVES(-EINVAL, mount, "none", "point", "tmpfs", 0, "size=many");
	GIVES(-EINVAL, mount, "none", "point", "tmpfs", 0, "nonsense");
}

static void expect_node(const char *path, mode_t mode, gid_t group)
{
	struct stat status;

	CHECK(stat(path, &status) == 0);
	CHECK_EQUAL(status.st_mode, S_IFCHR | mode);
	CHECK(status.st_uid == 0 && status.st_gid == group);
}

/* A terminal made through the mount's own ptmx has the mode and group of its options. */
static void make_terminal(const char *options, mode_t mode, gid_t group)
{
	char name[PATH_BYTES];
	int master, number;

	GIVES(0, mount, "none", "point", "devpts", 0, options);
	master = (int)WORKS(openat, AT_FDCWD, "point/ptmx", O_RDWR | O_NOCTTY, 0);
	WORKS(ioctl, master, TIOCGPTN, &number);
	snprintf(name, sizeof(name), "point/%d", number);
	expect_node(name, mode, group);
	close(master);
}

static void mount_terminals(void)
{
	CHECK(mkdir("point", DIRECTORY_MODE) == 0);
	GIVES(-EINVAL, mount, "none", "point", "devpts", 0, "nonsense");
	GIVES(-EINVAL, mount, "none", "point", "devpts", 0, "size=1m");
	GIVES(-EINVAL, mount, "none", "point", "tmpfs", 0, "ptmxmode=666");
	make_terminal("mode=0620,gid=5,ptmxmode=0666", 0620, 5);
	expect_node("point/ptmx", 0666, 0);
	GIVES(0, umount2, "point", 0);
	make_terminal(NULL, 0600, 0);
	expect_node("point/ptmx", 0, 0);
	GIVES(0, umount2, "point", 0);
}

static void mount_read_only(void)
{
	int file;

	mount_at_point(0, NULL);
	file = (int)WORKS(openat, AT_FDCWD, "point/file", O_CREAT | O_RDWR, FILE_MODE);
	GIVES(-EBUSY, mount, NULL, "point", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	close(file);
	GIVES(0, mount, NULL, "point", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	GIVES(-EROFS, openat, AT_FDCWD, "point/file", O_RDWR, 0);
	GIVES(-EROFS, openat, AT_FDCWD, "point/new", O_CREAT | O_RDWR, FILE_MODE);
	GIVES(-EROFS, mkdirat, AT_FDCWD, "point/new", DIRECTORY_MODE);
	GIVES(-EROFS, truncate, "point/file", 0);
	GIVES(-EROFS, fchmodat, AT_FDCWD, "point/file", 0);
	GIVES(-EROFS, faccessat, AT_FDCWD, "point/file", W_OK);
	GIVES(0, mount, NULL, "point", NULL, MS_REMOUNT, NULL);
	GIVES(0, truncate, "point/file", 0);
	GIVES(0, umount2, "point", 0);
	GIVES(-EINVAL, mount, NULL, "point", NULL, MS_REMOUNT, NULL);
}

/* Whether the file is open for writing; set by the process that opens it. */
static volatile int *held;

static _Noreturn void open_for_writing(void)
{
	for (;;) {
		int file = open("point/file", O_WRONLY);

		*held = file >= 0;
		sched_yield();
		*held = 0;
		if (file >= 0)
			close(file);
	}
}

/* A process opens a file for writing over and over. On a read-only mount it is never open. */
static void mount_read_only_meanwhile(void)
{
	int child;

	mount_at_point(0, NULL);
	close((int)WORKS(openat, AT_FDCWD, "point/file", O_CREAT | O_RDWR, FILE_MODE));
	held = (void *)WORKS(mmap, NULL, sizeof(*held), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = tap_fork();
	if (child == 0)
		open_for_writing();
	for (int i = 0; i < REMOUNTS; i++) {
		if (mount(NULL, "point", NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
			continue;
		for (int j = 0; j < LOOKS; j++)
			CHECK_EQUAL(*held, 0);
		GIVES(0, mount, NULL, "point", NULL, MS_REMOUNT, NULL);
	}
	CHECK(kill(child, SIGKILL) == 0);
	tap_join_killed(child, SIGKILL);
	GIVES(0, umount2, "point", 0);
}

static void mount_without(void)
{
	int file;

	mount_at_point(MS_NODEV | MS_NOEXEC | MS_NOSUID, NULL);
	GIVES(0, mknodat, AT_FDCWD, "point/null", S_IFCHR | 0666, DEVICE);
	GIVES(-EACCES, openat, AT_FDCWD, "point/null", O_RDWR, 0);
	file = (int)WORKS(openat, AT_FDCWD, "point/program", O_CREAT | O_RDWR, 0755);
	close(file);
	GIVES(-EACCES, execve, "point/program", NULL, NULL);
	GIVES(-EACCES, faccessat, AT_FDCWD, "point/program", X_OK);
	GIVES(0, mount, NULL, "point", NULL, MS_REMOUNT, NULL);
	close((int)WORKS(openat, AT_FDCWD, "point/null", O_RDWR, 0));
	GIVES(0, faccessat, AT_FDCWD, "point/program", X_OK);
	GIVES(0, umount2, "point", 0);
}

static void mount_in_use(void)
{
	char here[PATH_BYTES], point[PATH_BYTES + 8];
	int file;

	mount_at_point(0, NULL);
	file = (int)WORKS(openat, AT_FDCWD, "point/file", O_CREAT | O_RDWR, FILE_MODE);
	GIVES(-EBUSY, umount2, "point", 0);
	GIVES(0, linkat, AT_FDCWD, "point/file", AT_FDCWD, "point/other", 0);
	GIVES(0, unlinkat, AT_FDCWD, "point/file", 0);
	GIVES(0, unlinkat, AT_FDCWD, "point/other", 0);
	GIVES(-EBUSY, umount2, "point", 0); /* still open, though without a name */
	close(file);
	GIVES(0, mkdirat, AT_FDCWD, "point/directory", DIRECTORY_MODE);
	CHECK(getcwd(here, sizeof(here)));
	CHECK(chdir("point/directory") == 0);
	GIVES(0, unlinkat, AT_FDCWD, "../directory", AT_REMOVEDIR);
	CHECK(snprintf(point, sizeof(point), "%s/point", here) > 0);
	GIVES(-EBUSY, umount2, point, 0); /* a process is in a removed directory */
	CHECK(chdir(here) == 0);
	GIVES(0, symlinkat, "point", AT_FDCWD, "link");
	GIVES(-EINVAL, umount2, "link", UMOUNT_NOFOLLOW);
	GIVES(0, umount2, "link", 0);
}

static void mount_detached(void)
{
	char mounts[4096] = "";
	int file;

	mount_at_point(0, NULL);
	file = (int)WORKS(openat, AT_FDCWD, "point/file", O_CREAT | O_RDWR, FILE_MODE);
	GIVES(4, write, file, "text", 4);
	GIVES(0, umount2, "point", MNT_DETACH);
	GIVES(-ENOENT, faccessat, AT_FDCWD, "point/file", F_OK);
	GIVES(4, pread64, file, (char[8]){ 0 }, 8, 0); /* for as long as it is open */
	GIVES(-EINVAL, umount2, "point", 0);
	/* With a mount inside it. */
	mount_at_point(0, NULL);
	GIVES(0, mkdirat, AT_FDCWD, "point/directory", DIRECTORY_MODE);
	GIVES(0, mount, "inner", "point/directory", "tmpfs", 0, NULL);
	GIVES(0, umount2, "point", MNT_DETACH);
	file = (int)WORKS(openat, AT_FDCWD, "/proc/mounts", O_RDONLY, 0);
	WORKS(read, file, mounts, sizeof(mounts) - 1);
	CHECK(strstr(mounts, "inner") == NULL);
}

/* The files that programs read there; the host name can be written, too. */
static void system_files(void)
{
	static const char *const names[] = {
		"fs/nr_open",
		"fs/pipe-max-size",
		"kernel/cap_last_cap",
		"kernel/hostname",
		"kernel/ngroups_max",
		"kernel/osrelease",
		"kernel/ostype",
		"kernel/pid_max",
		"kernel/version",
		"kernel/random/boot_id",
		"kernel/random/uuid",
		"vm/max_map_count",
		"vm/overcommit_memory",
	};
	char path[PATH_BYTES], text[PATH_BYTES];
	int file;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/sys/%s", names[i]);
		tap_place(names[i]);
		file = (int)WORKS(openat, AT_FDCWD, path, O_RDONLY, 0);
		CHECK(WORKS(read, file, text, sizeof(text)) > 1);
		close(file);
	}
	file = (int)WORKS(openat, AT_FDCWD, "/proc/sys/kernel/hostname", O_RDWR, 0);
	GIVES(4, write, file, "host", 4);
	close(file);
	file = (int)WORKS(openat, AT_FDCWD, "/proc/sys/kernel/hostname", O_RDONLY, 0);
	GIVES(5, read, file, text, sizeof(text));
	CHECK(memcmp(text, "host\n", 5) == 0);
}

#define HOST_NAME "/proc/sys/kernel/hostname"

/* Writes the text to the file, and returns the host name after that. */
static const char *name_after(const char *text)
{
	static struct utsname names;
	int file = (int)WORKS(openat, AT_FDCWD, HOST_NAME, O_WRONLY, 0);

	GIVES((long)strlen(text), write, file, text, strlen(text));
	close(file);
	CHECK(uname(&names) == 0);
	return names.nodename;
}

/* The name is the first line, cut off if it is too long. */
static void host_name(void)
{
	char longest[66];

	memset(longest, 'n', sizeof(longest));
	longest[65] = '\0';
	CHECK(strcmp(name_after("one\n"), "one") == 0);
	CHECK(strcmp(name_after("two\nlines\n"), "two") == 0);
	CHECK(strcmp(name_after("with space \n"), "with space ") == 0);
	CHECK(strlen(name_after(longest)) == 64);
	CHECK(strlen(name_after("")) == 64);
	CHECK(strcmp(name_after("\n"), "") == 0);
	GIVES(0, sethostname, longest, 64);
	CHECK(strlen(name_after("host")) == 4);
	GIVES(-EINVAL, sethostname, longest, 65);
	GIVES(0, sethostname, "with\nline", 9);
	GIVES(0, sethostname, "host", 4);
}

/* The writer must be root at the time of the write: an open file is not enough. */
static void host_name_without_rights(void)
{
	int file = (int)WORKS(openat, AT_FDCWD, HOST_NAME, O_RDWR, 0);
	char text[PATH_BYTES];

	GIVES(0, sethostname, "host", 4);
	GIVES(0, setresuid, -1, 1000, -1);
	GIVES(-EPERM, write, file, "other", 5);
	GIVES(5, read, file, text, sizeof(text));
	GIVES(-EACCES, openat, AT_FDCWD, HOST_NAME, O_WRONLY, 0);
	GIVES(0, setresuid, -1, 0, -1);
	CHECK(memcmp(text, "host\n", 5) == 0);
}

/* Lists show spaces and the like in names as octal numbers. */
static void mounts_are_listed(void)
{
	const char *const lists[] = { "/proc/self/mounts", "/proc/self/mountinfo" };
	static const char *const source = "a\\040b\\011\\134 ", *const path = "/c\\040d\\012e ";

	CHECK(mkdir("c d\ne", DIRECTORY_MODE) == 0);
	GIVES(0, mount, "a b\t\\", "c d\ne", "tmpfs", 0, NULL);
	for (int i = 0; i < 2; i++) {
		char text[4096] = "";
		int file = (int)WORKS(openat, AT_FDCWD, lists[i], O_RDONLY, 0);

		WORKS(read, file, text, sizeof(text) - 1);
		CHECK(strstr(text, source) && strstr(text, path));
		close(file);
	}
	GIVES(0, umount2, "c d\ne", 0);
}

static _Noreturn void read_mounts(void)
{
	static char text[TEXT_BYTES];

	for (;;) {
		int file = (int)WORKS(openat, AT_FDCWD, "/proc/mounts", O_RDONLY, 0);

		WORKS(read, file, text, sizeof(text));
		close(file);
	}
}

/* A process reads the list of mounts while they come and go. */
static void mounts_change_meanwhile(void)
{
	int child;

	GIVES(0, mkdirat, AT_FDCWD, "point", DIRECTORY_MODE);
	child = tap_fork();
	if (child == 0)
		read_mounts();
	for (int i = 0; i < CHANGES; i++) {
		GIVES(0, mount, "none", "point", "devpts", 0, NULL);
		GIVES(0, umount2, "point", MNT_DETACH);
	}
	CHECK(kill(child, SIGKILL) == 0);
	tap_join_killed(child, SIGKILL);
}

static const struct tap_case cases[] = {
	{ "mount-size", mount_size, 0 },
	{ "reserve-too-much", reserve_too_much, 0 },
	{ "mount-owner", mount_owner, 0 },
	{ "mount-terminals", mount_terminals, 0 },
	{ "mount-read-only", mount_read_only, 0 },
	{ "mount-read-only-meanwhile", mount_read_only_meanwhile, 0 },
	{ "mount-without", mount_without, 0 },
	{ "mount-in-use", mount_in_use, 0 },
	{ "system-files", system_files, 0 },
	{ "host-name", host_name, 0 },
	{ "host-name-without-rights", host_name_without_rights, 0 },
	{ "mount-detached", mount_detached, 0 },
	{ "mounts-are-listed", mounts_are_listed, 0 },
	{ "mounts-change-meanwhile", mounts_change_meanwhile, TAP_SLOW },
};

const struct tap_group posix_mount_group = TAP_GROUP(cases);
