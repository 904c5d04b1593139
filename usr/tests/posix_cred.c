/* Users and groups: how they change, and what they allow. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "lib/abi/reboot.h"
#include "usr/tests/posixtest.h"

#define USER    1000
#define OTHER   1001
#define GROUP   2000
#define FURTHER 2001
#define KEEP    (-1)

/* From here on the process is an ordinary user's. */
static void become(unsigned int user, unsigned int group)
{
	GIVES(0, setgroups, 0, NULL);
	GIVES(0, setresgid, group, group, group);
	GIVES(0, setresuid, user, user, user);
}

static void expect_user(unsigned int real, unsigned int effective, unsigned int saved)
{
	unsigned int got[3];

	GIVES(0, getresuid, &got[0], &got[1], &got[2]);
	CHECK_EQUAL(got[0], real);
	CHECK_EQUAL(got[1], effective);
	CHECK_EQUAL(got[2], saved);
	GIVES(real, getuid);
	GIVES(effective, geteuid);
}

static void expect_mode(const char *name, unsigned int mode)
{
	struct stat status;

	CHECK(stat(name, &status) == 0);
	CHECK_EQUAL(status.st_mode & 07777, mode);
}

static void expect_owner(const char *name, unsigned int user, unsigned int group)
{
	struct stat status;

	CHECK(lstat(name, &status) == 0);
	CHECK_EQUAL(status.st_uid, user);
	CHECK_EQUAL(status.st_gid, group);
}

/* Makes a directory that everybody may write to, and changes into it. */
static void open_place(void)
{
	CHECK(mkdir("place", DIRECTORY_MODE) == 0);
	CHECK(chmod("place", 0777) == 0);
	CHECK(chdir("place") == 0);
}

/* A file with a mode and an owner. */
static void owned_file(const char *name, unsigned int mode, unsigned int user, unsigned int group)
{
	close(posix_file(name, "text"));
	CHECK(chown(name, user, group) == 0);
	CHECK(chmod(name, mode) == 0);
}

static void user_numbers(void)
{
	GIVES(-EINVAL, setuid, KEEP);
	GIVES(0, setresuid, USER, OTHER, 0);
	expect_user(USER, OTHER, 0);
	GIVES(0, setresuid, KEEP, 0, KEEP); /* back, through the saved one */
	expect_user(USER, 0, 0);
	GIVES(0, setreuid, OTHER, USER);
	expect_user(OTHER, USER, USER); /* the saved one follows */
	GIVES(0, setreuid, USER, OTHER);
	expect_user(USER, OTHER, OTHER);
	GIVES(-EPERM, setreuid, 0, KEEP);
	GIVES(-EPERM, setreuid, KEEP, 5);
	GIVES(-EPERM, setresuid, KEEP, KEEP, 0);
	GIVES(-EPERM, setuid, 0);
	GIVES(0, setuid, USER);
	expect_user(USER, USER, OTHER);
	GIVES(0, setuid, OTHER);
	expect_user(USER, OTHER, OTHER);
	GIVES(-EFAULT, getresuid, BAD_POINTER, BAD_POINTER, BAD_POINTER);
}

static void user_of_root(void)
{
	GIVES(0, setuid, USER); /* all three, for good */
	expect_user(USER, USER, USER);
	GIVES(-EPERM, setuid, 0);
	GIVES(-EPERM, setgid, 1);
	GIVES(-EPERM, setregid, 1, KEEP);
	GIVES(-EPERM, setresgid, KEEP, 1, KEEP);
	GIVES(-EPERM, setgroups, 0, NULL);
	GIVES(0, setgid, 0);
}

static void group_numbers(void)
{
	unsigned int list[4] = { FURTHER, 7, 5 }, got[3];

	GIVES(0, getgroups, 0, NULL);
	GIVES(-EINVAL, getgroups, -1, got);
	GIVES(0, setgroups, 3, list);
	GIVES(3, getgroups, 0, NULL);
	GIVES(-EINVAL, getgroups, 2, got);
	GIVES(3, getgroups, 3, got);
	CHECK(got[0] == 5 && got[1] == 7 && got[2] == FURTHER);
	GIVES(-EINVAL, setgroups, 65537, list);
	GIVES(-EFAULT, setgroups, 2, BAD_POINTER);
	GIVES(0, setresgid, GROUP, 3, 4);
	GIVES(GROUP, getgid);
	GIVES(3, getegid);
	GIVES(0, getresgid, &got[0], &got[1], &got[2]);
	CHECK(got[0] == GROUP && got[1] == 3 && got[2] == 4);
	GIVES(3, setfsgid, GROUP);
	GIVES(GROUP, setfsgid, KEEP);
}

static void user_for_files(void)
{
	open_place();
	GIVES(0, setfsuid, USER);
	GIVES(USER, setfsuid, KEEP);
	close(posix_file("mine", "text"));
	expect_owner("mine", USER, 0);
	GIVES(-EPERM, fchownat, AT_FDCWD, "mine", OTHER, 0, 0); /* setfsuid() took the right */
	GIVES(USER, setfsuid, 0);
	GIVES(0, fchownat, AT_FDCWD, "mine", OTHER, 0, 0);
}

static void file_modes(void)
{
	unsigned int groups[] = { FURTHER };

	open_place();
	owned_file("of-owner", 0600, USER, GROUP);
	owned_file("of-group", 0040, OTHER, FURTHER);
	owned_file("of-others", 0604, OTHER, OTHER);
	owned_file("not-of-owner", 0077, USER, GROUP);
	GIVES(0, setgroups, 1, groups);
	GIVES(0, setresgid, GROUP, GROUP, GROUP);
	GIVES(0, setresuid, USER, USER, USER);
	close((int)WORKS(openat, AT_FDCWD, "of-owner", O_RDWR, 0));
	close((int)WORKS(openat, AT_FDCWD, "of-group", O_RDONLY, 0));
	GIVES(-EACCES, openat, AT_FDCWD, "of-group", O_WRONLY, 0);
	close((int)WORKS(openat, AT_FDCWD, "of-others", O_RDONLY, 0));
	GIVES(-EACCES, openat, AT_FDCWD, "of-others", O_RDWR, 0);
	GIVES(-EACCES, openat, AT_FDCWD, "of-others", O_RDONLY | O_TRUNC, 0);
	GIVES(-EACCES, openat, AT_FDCWD, "not-of-owner", O_RDONLY, 0);
	GIVES(-EACCES, truncate, "of-others", 0);
	GIVES(-EPERM, openat, AT_FDCWD, "of-others", O_RDONLY | O_NOATIME, 0);
	close((int)WORKS(openat, AT_FDCWD, "new", O_RDWR | O_CREAT, 0)); /* the mode counts later */
	GIVES(-EACCES, openat, AT_FDCWD, "new", O_RDWR, 0);
	expect_owner("new", USER, GROUP);
}

/* Only the owner may switch off access times, also later. */
static void no_access_time(void)
{
	int mine, roots, given;

	open_place();
	owned_file("mine", 0644, USER, 0);
	owned_file("roots", 0644, 0, 0);
	given = (int)WORKS(openat, AT_FDCWD, "roots", O_RDONLY | O_NOATIME, 0);
	become(USER, GROUP);
	mine = (int)WORKS(openat, AT_FDCWD, "mine", O_RDONLY, 0);
	roots = (int)WORKS(openat, AT_FDCWD, "roots", O_RDONLY, 0);
	GIVES(0, fcntl, mine, F_SETFL, O_NOATIME);
	GIVES(-EPERM, fcntl, roots, F_SETFL, O_NOATIME | O_NONBLOCK);
	GIVES(O_RDONLY | O_LARGEFILE, fcntl, roots, F_GETFL);
	GIVES(0, fcntl, given, F_SETFL, O_NOATIME | O_NONBLOCK); /* it was set before */
	GIVES(0, fcntl, given, F_SETFL, 0);
	GIVES(-EPERM, fcntl, given, F_SETFL, O_NOATIME);
}

static void directory_modes(void)
{
	open_place();
	CHECK(mkdir("readable", 0755) == 0 && chmod("readable", 0744) == 0);
	CHECK(mkdir("searchable", 0755) == 0 && chmod("searchable", 0711) == 0);
	owned_file("readable/file", 0666, 0, 0);
	owned_file("searchable/file", 0666, 0, 0);
	become(USER, GROUP);
	GIVES(-EACCES, openat, AT_FDCWD, "readable/file", O_RDONLY, 0);
	GIVES(-EACCES, openat, AT_FDCWD, "readable/nothing", O_RDONLY, 0);
	close((int)WORKS(openat, AT_FDCWD, "readable", O_RDONLY, 0));
	GIVES(-EACCES, chdir, "readable");
	close((int)WORKS(openat, AT_FDCWD, "searchable/file", O_RDWR, 0));
	GIVES(-EACCES, openat, AT_FDCWD, "searchable", O_RDONLY, 0);
	GIVES(-ENOENT, openat, AT_FDCWD, "searchable/nothing", O_RDONLY, 0);
	GIVES(-EACCES, openat, AT_FDCWD, "searchable/nothing", O_RDWR | O_CREAT, FILE_MODE);
	GIVES(-EACCES, mkdirat, AT_FDCWD, "searchable/nothing", DIRECTORY_MODE);
	GIVES(-EACCES, symlinkat, "x", AT_FDCWD, "searchable/nothing");
	GIVES(-EACCES, linkat, AT_FDCWD, "searchable/file", AT_FDCWD, "searchable/nothing", 0);
	GIVES(-EACCES, unlinkat, AT_FDCWD, "searchable/file", 0);
	GIVES(-EACCES, renameat2, AT_FDCWD, "searchable/file", AT_FDCWD, "file", 0);
	GIVES(0, chdir, "searchable");
}

static void sticky_directory(void)
{
	open_place();
	CHECK(chmod(".", 01777) == 0);
	owned_file("roots", 0666, 0, 0);
	owned_file("mine", 0600, USER, 0);
	owned_file("mine-too", 0600, USER, 0);
	become(USER, GROUP);
	GIVES(-EPERM, unlinkat, AT_FDCWD, "roots", 0);
	GIVES(-EPERM, renameat2, AT_FDCWD, "roots", AT_FDCWD, "other", 0);
	GIVES(-EPERM, renameat2, AT_FDCWD, "mine", AT_FDCWD, "roots", 0);
	GIVES(0, renameat2, AT_FDCWD, "mine", AT_FDCWD, "mine-too", 0);
	GIVES(0, unlinkat, AT_FDCWD, "mine-too", 0);
}

static void change_modes(void)
{
	open_place();
	owned_file("mine", 0600, USER, OTHER);
	owned_file("roots", 0666, 0, 0);
	owned_file("roots-set-user", 04755, 0, 0);
	CHECK(mkdir("directory", 0755) == 0 && chown("directory", USER, OTHER) == 0);
	become(USER, GROUP);
	GIVES(-EPERM, fchmodat, AT_FDCWD, "roots", 0777);
	GIVES(0, fchmodat, AT_FDCWD, "mine", 06755);
	expect_mode("mine", 04755); /* the user is not in the file's group */
	GIVES(0, fchownat, AT_FDCWD, "mine", KEEP, GROUP, 0);
	expect_mode("mine", 0755); /* lost with the change of group */
	GIVES(0, fchmodat, AT_FDCWD, "mine", 02755);
	expect_mode("mine", 02755);
	GIVES(-EPERM, fchownat, AT_FDCWD, "mine", KEEP, OTHER, 0);
	GIVES(-EPERM, fchownat, AT_FDCWD, "mine", OTHER, KEEP, 0);
	GIVES(0, fchownat, AT_FDCWD, "mine", USER, GROUP, 0);
	GIVES(-EPERM, fchownat, AT_FDCWD, "roots", KEEP, GROUP, 0);
	GIVES(0, fchownat, AT_FDCWD, "roots", KEEP, KEEP, 0);
	GIVES(-EPERM, fchownat, AT_FDCWD, "roots-set-user", KEEP, KEEP, 0); /* would lose it */
}

static void written_programs(void)
{
	int file;

	open_place();
	owned_file("program", 06777, 0, 0);
	owned_file("truncated", 06777, 0, 0);
	file = (int)WORKS(openat, AT_FDCWD, "program", O_RDWR, 0);
	GIVES(1, write, file, "x", 1);
	expect_mode("program", 06777); /* root may */
	become(USER, GROUP);
	GIVES(1, write, file, "x", 1);
	expect_mode("program", 0777);
	GIVES(0, truncate, "truncated", 1);
	expect_mode("truncated", 0777);
}

static void group_directory(void)
{
	open_place();
	CHECK(chown(".", 0, OTHER) == 0 && chmod(".", 02777) == 0);
	become(USER, GROUP);
	close((int)WORKS(openat, AT_FDCWD, "file", O_RDWR | O_CREAT, FILE_MODE));
	GIVES(0, mkdirat, AT_FDCWD, "directory", DIRECTORY_MODE);
	GIVES(0, symlinkat, "x", AT_FDCWD, "link");
	expect_owner("file", USER, OTHER);
	expect_owner("link", USER, OTHER);
	expect_owner("directory", USER, OTHER);
	expect_mode("directory", 02755);
}

static void set_times(void)
{
	const struct timespec times[2] = { { 5, 0 }, { 6, 0 } };
	const struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	const struct timespec nothing[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };

	open_place();
	owned_file("writable", 0666, 0, 0);
	owned_file("readable", 0644, 0, 0);
	owned_file("mine", 0000, USER, 0);
	become(USER, GROUP);
	GIVES(0, utimensat, AT_FDCWD, "writable", NULL, 0);
	GIVES(0, utimensat, AT_FDCWD, "writable", now, 0);
	GIVES(-EPERM, utimensat, AT_FDCWD, "writable", times, 0);
	GIVES(-EACCES, utimensat, AT_FDCWD, "readable", NULL, 0);
	GIVES(-EPERM, utimensat, AT_FDCWD, "readable", times, 0);
	GIVES(0, utimensat, AT_FDCWD, "readable", nothing, 0);
	GIVES(0, utimensat, AT_FDCWD, "mine", times, 0);
}

static void access_by_real(void)
{
	open_place();
	owned_file("users", 0600, USER, 0);
	owned_file("roots", 0600, 0, 0);
	owned_file("nobodys", 0000, 0, 0);
	GIVES(-EACCES, faccessat2, AT_FDCWD, "roots", X_OK, 0);
	GIVES(0, faccessat2, AT_FDCWD, "nobodys", R_OK | W_OK, 0);
	GIVES(0, setresuid, USER, 0, 0); /* as a set-user-id program */
	GIVES(0, faccessat2, AT_FDCWD, "users", R_OK | W_OK, 0);
	GIVES(-EACCES, faccessat2, AT_FDCWD, "roots", R_OK, 0);
	GIVES(0, faccessat2, AT_FDCWD, "roots", R_OK, AT_EACCESS);
	GIVES(-EACCES, faccessat, AT_FDCWD, "roots", R_OK);
	GIVES(0, faccessat2, AT_FDCWD, "roots", F_OK, 0);
	GIVES(0, setresuid, 0, USER, 0);
	GIVES(0, faccessat, AT_FDCWD, "roots", R_OK);
	GIVES(-EACCES, faccessat2, AT_FDCWD, "roots", R_OK, AT_EACCESS);
	GIVES(USER, geteuid);
}

static void only_for_root(void)
{
	const struct timespec time = { 5, 0 };

	open_place();
	CHECK(mkdir("directory", DIRECTORY_MODE) == 0);
	become(USER, GROUP);
	GIVES(-EPERM, mount, "none", "directory", "tmpfs", 0, NULL);
	GIVES(-EPERM, umount2, "/proc", 0);
	GIVES(-EPERM, chroot, "directory");
	GIVES(-EPERM, mknodat, AT_FDCWD, "null", S_IFCHR | 0666, 0x103);
	GIVES(0, mknodat, AT_FDCWD, "fifo", S_IFIFO | 0666, 0);
	GIVES(-EPERM, sethostname, "name", 4);
	GIVES(-EPERM, clock_settime, 0, &time);
	GIVES(-EPERM, reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART,
		NULL);
	GIVES(-EPERM, sched_setaffinity, 1, sizeof(long), &(unsigned long){ 1 });
	GIVES(-EACCES, openat, AT_FDCWD, "/proc/1/environ", O_RDONLY, 0);
	GIVES(-EACCES, openat, AT_FDCWD, "/proc/1/cwd/etc", O_RDONLY, 0);
	GIVES(-EACCES, openat, AT_FDCWD, "/proc/1/fd", O_RDONLY, 0);
}

static void send_signals(void)
{
	int victim = tap_fork(), own;

	if (victim == 0)
		pause();
	become(USER, GROUP);
	own = tap_fork();
	if (own == 0)
		pause();
	GIVES(-EPERM, kill, victim, SIGTERM);
	GIVES(-EPERM, kill, victim, 0);
	GIVES(-EPERM, tkill, victim, SIGTERM);
	GIVES(-EPERM, tgkill, victim, victim, SIGTERM);
	GIVES(0, kill, victim, SIGCONT); /* within a session */
	GIVES(-EPERM, kill, 1, SIGTERM);
	GIVES(-ESRCH, kill, 1 << 21, SIGTERM);
	GIVES(0, kill, own, SIGTERM);
	tap_join_killed(own, SIGTERM);
	GIVES(0, kill, getpid(), 0);
	GIVES(0, kill, 0, 0); /* at least one of the group is allowed */
}

/* What SIGCHLD says about the child's user. */
static void siginfo_tells_user(void)
{
	siginfo_t info;
	int child = tap_fork();

	if (child == 0) {
		GIVES(0, setresuid, USER, OTHER, OTHER);
		_exit(3);
	}
	CHECK(waitid(P_PID, (id_t)child, &info, WEXITED) == 0);
	CHECK_EQUAL(info.si_uid, USER);
	CHECK_EQUAL(info.si_status, 3);
}

static void credentials_inherited(void)
{
	unsigned int groups[] = { FURTHER, 9 };
	int child;

	GIVES(0, setgroups, 2, groups);
	GIVES(0, setresgid, GROUP, GROUP, GROUP);
	GIVES(0, setresuid, USER, OTHER, 0);
	child = tap_fork();
	if (child == 0) {
		expect_user(USER, OTHER, 0);
		GIVES(2, getgroups, 0, NULL);
		GIVES(GROUP, getegid);
		GIVES(0, setresuid, KEEP, USER, KEEP);
		_exit(0);
	}
	tap_join(child);
	expect_user(USER, OTHER, 0); /* the child changed its own */
}

int posix_tell_identity(void)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data rights[CAPABILITY_WORDS];
	unsigned int user[3], group[3];
	char text[64];

	kernel_call(SYS_getresuid, &user[0], &user[1], &user[2]);
	kernel_call(SYS_getresgid, &group[0], &group[1], &group[2]);
	kernel_call(SYS_capget, &header, rights);
	snprintf(text, sizeof(text), "%u %u %u %u %u %u%s%s", user[0], user[1], user[2], group[0],
		group[1], group[2], getauxval(AT_SECURE) ? " secure" : "",
		rights[0].permitted ? " rights" : "");
	if (getauxval(AT_UID) != user[0] || getauxval(AT_EUID) != user[1] ||
		getauxval(AT_GID) != group[0] || getauxval(AT_EGID) != group[1])
		return 1;
	return write(STDOUT_FILENO, text, strlen(text)) < 0;
}

/* What the program `name`, run with IDENTITY_ARGUMENT, says about itself. */
static void expect_identity(const char *name, const char *expected)
{
	char text[64] = { 0 };
	int ends[2], child;

	CHECK(pipe(ends) == 0);
	child = tap_fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl(name, name, IDENTITY_ARGUMENT, NULL);
		_exit(errno);
	}
	close(ends[1]);
	CHECK(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	tap_join(child);
	if (strcmp(text, expected) != 0)
		FAIL("%s is %s, not %s", name, text, expected);
}

#define DUMPABLE 64 /* a bit that no signal number of this test has */

int posix_tell_death(void)
{
	int signal = -1;

	prctl(PR_GET_PDEATHSIG, &signal);
	return signal | (prctl(PR_GET_DUMPABLE) == 1 ? DUMPABLE : 0);
}

/* What is left of both in the program if its process first calls `before`. */
static void expect_death(const char *name, void (*before)(void), int expected)
{
	int child = tap_fork();

	if (child == 0) {
		before();
		GIVES(0, prctl, PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
		GIVES(0, prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
		execl(name, name, DEATH_ARGUMENT, NULL);
		_exit(1);
	}
	CHECK_EQUAL(WEXITSTATUS(tap_wait(child)), expected);
}

static void nothing(void)
{
}

static void keep_capabilities(void)
{
	GIVES(0, prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

static void become_user(void)
{
	keep_capabilities();
	become(USER, GROUP);
}

static void save_other_user(void)
{
	GIVES(0, setresuid, KEEP, KEEP, OTHER);
}

static void drop_capabilities(void)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data data[CAPABILITY_WORDS] = { { 0, 0, 0 } };

	GIVES(0, capset, &header, data);
}

static void read_as_user(void)
{
	GIVES(0, setfsuid, USER);
}

static void act_as_user(void)
{
	GIVES(0, setresuid, KEEP, USER, KEEP);
}

/* Exec clears both only if the program gains rights or runs with another user's or group's ids. */
static void death_signal_and_exec(void)
{
	open_place();
	tap_copy_program("plain", 0755, 0, 0);
	tap_copy_program("set-user", 04755, OTHER, OTHER);
	tap_copy_program("set-group", 02755, OTHER, OTHER);
	tap_copy_program("set-own", 04755, USER, OTHER);
	expect_death("./plain", nothing, DUMPABLE | SIGUSR1);
	expect_death("./plain", keep_capabilities, DUMPABLE | SIGUSR1);
	expect_death("./plain", become_user, DUMPABLE | SIGUSR1);
	expect_death("./plain", save_other_user, DUMPABLE | SIGUSR1);
	expect_death("./plain", drop_capabilities, 0);
	expect_death("./plain", read_as_user, 0);
	expect_death("./plain", act_as_user, 0);
	expect_death("./set-own", become_user, DUMPABLE | SIGUSR1);
	expect_death("./set-user", become_user, 0);
	expect_death("./set-group", become_user, 0);
}

static void set_id_programs(void)
{
	open_place();
	tap_copy_program("set-user", 04755, OTHER, OTHER);
	tap_copy_program("set-group", 02755, OTHER, OTHER);
	tap_copy_program("set-root", 06755, 0, 0);
	tap_copy_program("no-group", 02745, OTHER, OTHER); /* no g+x: not set-group-id */
	tap_copy_program("secret", 0711, OTHER, OTHER);
	tap_copy_program("forbidden", 0700, OTHER, OTHER);
	become(USER, GROUP);
	expect_identity("./set-user", "1000 1001 1001 2000 2000 2000 secure");
	expect_identity("./set-group", "1000 1000 1000 2000 1001 1001 secure");
	expect_identity("./set-root", "1000 0 0 2000 0 0 secure rights");
	expect_identity("./no-group", "1000 1000 1000 2000 2000 2000");
	expect_identity("./secret", "1000 1000 1000 2000 2000 2000");
	GIVES(-EACCES, execve, "./forbidden", NULL, NULL);
	GIVES(0, prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	GIVES(-EINVAL, prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
	GIVES(0, prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	GIVES(1, prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	expect_identity("./set-root", "1000 1000 1000 2000 2000 2000");
}

/* On a file system mounted with MS_NOSUID such programs gain nothing. */
static void set_id_on_nosuid(void)
{
	int child;

	open_place();
	GIVES(0, mkdirat, AT_FDCWD, "point", 0755);
	GIVES(0, mount, "none", "point", "tmpfs", MS_NOSUID, "mode=755");
	tap_copy_program("point/set-root", 06755, 0, 0);
	child = tap_fork();
	if (child == 0) {
		become(USER, GROUP);
		expect_identity("point/set-root", "1000 1000 1000 2000 2000 2000");
		_exit(0);
	}
	tap_join(child);
	GIVES(0, umount2, "point", 0);
}

/* What the program says about itself when a user with these ids, and no capabilities, starts it. */
static void expect_rights(unsigned int real, unsigned int effective, const char *expected)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data none[CAPABILITY_WORDS] = {};
	int child = tap_fork();

	if (child == 0) {
		GIVES(0, setresgid, real, effective, effective);
		GIVES(0, setresuid, real, effective, effective);
		GIVES(0, capset, &header, none);
		expect_identity(tap_program(), expected);
		_exit(0);
	}
	tap_join(child);
}

/* With PR_SET_NO_NEW_PRIVS exec keeps only the real user's rights, and gives no dropped ones back. */
static void exec_without_new_rights(void)
{
	expect_rights(0, 0, "0 0 0 0 0 0 rights");
	expect_rights(USER, OTHER, "1000 1001 1001 1000 1001 1001 secure");
	expect_rights(USER, 0, "1000 0 0 1000 0 0 secure rights");
	GIVES(0, prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	expect_rights(0, 0, "0 0 0 0 0 0");
	expect_rights(USER, OTHER, "1000 1000 1000 1000 1000 1000 secure");
	expect_rights(USER, 0, "1000 1000 1000 1000 1000 1000 secure");
}

static const struct tap_case cases[] = {
	{ "user-numbers", user_numbers, 0 },
	{ "user-of-root", user_of_root, 0 },
	{ "group-numbers", group_numbers, 0 },
	{ "user-for-files", user_for_files, 0 },
	{ "file-modes", file_modes, 0 },
	{ "no-access-time", no_access_time, 0 },
	{ "directory-modes", directory_modes, 0 },
	{ "sticky-directory", sticky_directory, 0 },
	{ "change-modes", change_modes, 0 },
	{ "written-programs", written_programs, 0 },
	{ "group-directory", group_directory, 0 },
	{ "set-times", set_times, 0 },
	{ "access-by-real", access_by_real, 0 },
	{ "only-for-root", only_for_root, 0 },
	{ "send-signals", send_signals, 0 },
	{ "siginfo-tells-user", siginfo_tells_user, 0 },
	{ "set-id-programs", set_id_programs, 0 },
	{ "set-id-on-nosuid", set_id_on_nosuid, 0 },
	{ "exec-without-new-rights", exec_without_new_rights, 0 },
	{ "death-signal-and-exec", death_signal_and_exec, 0 },
	{ "credentials-inherited", credentials_inherited, 0 },
};

const struct tap_group posix_cred_group = TAP_GROUP(cases);
