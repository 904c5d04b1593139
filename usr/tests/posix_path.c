/*
 * Each call that takes a path, given good ones and bad ones: a table with a row for each call and a
 * letter for each path, which says what the call gives (posix_table.c). One case is one path, a
 * column.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/abi/limits.h"
#include "lib/abi/socket.h"
#include "usr/tests/posixtest.h"

#define PATH SUBJECT(0) /* in a row's arguments */
#define NAME SUBJECT(1) /* the same as a socket's name */

#define CWD ((long)AT_FDCWD)

static char long_path[PATH_MAX + 1];
static char long_name[NAME_MAX + 2];

/* The columns, in order. */
static const struct {
	const char *name;
	const char *path;
} paths[] = {
	{ "path-bad-address", BAD_POINTER },
	{ "path-empty", "" },
	{ "path-too-long", long_path },
	{ "path-name-too-long", long_name },
	{ "path-missing", "missing" },
	{ "path-below-missing", "missing/x" },
	{ "path-below-file", "file/x" },
	{ "path-file-slash", "file/" },
	{ "path-loop", "loop" },
	{ "path-below-loop", "loop/x" },
	{ "path-dangling", "dangling" },
	{ "path-file", "file" },
	{ "path-link", "link" },
	{ "path-directory", "directory" },
	{ "path-full-directory", "full" },
	{ "path-dot", "." },
	{ "path-below-dot", "full/." },
	{ "path-root", "/" },
};

#define PATHS (sizeof(paths) / sizeof(paths[0]))

static char buffer[512];
static char *const arguments[] = { "x", NULL };

static const struct posix_row rows[] = {
	/* bad-address
	   |empty
	   ||too-long
	   |||name-too-long
	   ||||missing
	   |||||below-missing
	   ||||||below-file
	   |||||||file-slash
	   ||||||||loop
	   |||||||||below-loop
	   ||||||||||dangling
	   |||||||||||file
	   ||||||||||||link
	   |||||||||||||directory
	   ||||||||||||||full-directory
	   |||||||||||||||dot
	   ||||||||||||||||below-dot
	   |||||||||||||||||root */
	{ "FNLLNNDDllN.......", "open", SYS_openat, { CWD, PATH, O_RDONLY } },
	{ "FNLLNNDDllN..ddddd", "open O_WRONLY", SYS_openat, { CWD, PATH, O_WRONLY } },
	{ "FNLLNNDDllN..ddddd", "open O_TRUNC", SYS_openat, { CWD, PATH, O_RDONLY | O_TRUNC } },
	{ "FNLLNNDDllNDD.....", "open O_DIRECTORY", SYS_openat,
		{ CWD, PATH, O_RDONLY | O_DIRECTORY } },
	{ "FNLLNNDDlll.l.....", "open O_NOFOLLOW", SYS_openat,
		{ CWD, PATH, O_RDONLY | O_NOFOLLOW } },
	{ "FNLLNNDD.l........", "open O_PATH", SYS_openat, { CWD, PATH, O_PATH | O_NOFOLLOW } },
	{ "FNLL.NDdll...ddddd", "open O_CREAT", SYS_openat,
		{ CWD, PATH, O_RDWR | O_CREAT, FILE_MODE } },
	{ "FNLL.NDdeleeeeeeee", "open O_EXCL", SYS_openat,
		{ CWD, PATH, O_RDWR | O_CREAT | O_EXCL, FILE_MODE } },
	{ "FNLL.NDeeleeeeeeee", "mkdirat", SYS_mkdirat, { CWD, PATH, DIRECTORY_MODE } },
	{ "FNLL.NDeeleeeeeeee", "mknodat", SYS_mknodat, { CWD, PATH, S_IFIFO | FILE_MODE, 0 } },
	{ "FNLLNNDD.l...ddddd", "unlinkat", SYS_unlinkat, { CWD, PATH, 0 } },
	{ "FNLLNNDDDlDDD.yiiB", "rmdir", SYS_unlinkat, { CWD, PATH, AT_REMOVEDIR } },
	{ "FNLL.NDeeleeeeeeee", "symlinkat", SYS_symlinkat, { AT("target"), CWD, PATH } },
	{ "FNL...............", "symlinkat to", SYS_symlinkat, { PATH, CWD, AT("new") } },
	{ "FNLLNNDD.l.i.iiiii", "readlinkat", SYS_readlinkat,
		{ CWD, PATH, AT(buffer), sizeof(buffer) } },
	{ "FNLLNNDD.l...ppppp", "linkat from", SYS_linkat, { CWD, PATH, CWD, AT("new"), 0 } },
	{ "FNLLNNDDllN..ppppp", "linkat following", SYS_linkat,
		{ CWD, PATH, CWD, AT("new"), AT_SYMLINK_FOLLOW } },
	{ "FNLL.NDeeleeeeeeee", "linkat to", SYS_linkat, { CWD, AT("other"), CWD, PATH, 0 } },
	{ "FNLLNNDD.l.....BBB", "rename from", SYS_renameat2, { CWD, PATH, CWD, AT("new"), 0 } },
	{ "FNLL.NDD.l...ddBBB", "rename file to", SYS_renameat2,
		{ CWD, AT("other"), CWD, PATH, 0 } },
	{ "FNLL.NDDDlDDD.yBBB", "rename directory to", SYS_renameat2,
		{ CWD, AT("empty"), CWD, PATH, 0 } },
	{ "FNLL.NDeeleeeeeeee", "rename to new", SYS_renameat2,
		{ CWD, AT("other"), CWD, PATH, RENAME_NOREPLACE } },
	{ "FNLLNNDDllNDD.....", "chdir", SYS_chdir, { PATH } },
	{ "FNLLNNDDllNDD.....", "chroot", SYS_chroot, { PATH } },
	{ "FNLLNNDDllN.......", "stat", SYS_newfstatat, { CWD, PATH, AT(buffer), 0 } },
	{ "FNLLNNDD.l........", "lstat", SYS_newfstatat,
		{ CWD, PATH, AT(buffer), AT_SYMLINK_NOFOLLOW } },
	{ "F.LLNNDDllN.......", "stat of cwd", SYS_newfstatat,
		{ CWD, PATH, AT(buffer), AT_EMPTY_PATH } },
	{ "FNLLNNDDllN.......", "statx", SYS_statx,
		{ CWD, PATH, 0, STATX_BASIC_STATS, AT(buffer) } },
	{ "FNLLNNDDllN.......", "statfs", SYS_statfs, { PATH, AT(buffer) } },
	{ "FNLLNNDDllN.......", "faccessat", SYS_faccessat, { CWD, PATH, F_OK } },
	{ "FNLLNNDDllNmm.....", "faccessat X_OK", SYS_faccessat, { CWD, PATH, X_OK } },
	{ "FNLLNNDD.l........", "faccessat2", SYS_faccessat2,
		{ CWD, PATH, R_OK, AT_SYMLINK_NOFOLLOW } },
	{ "FNLLNNDDllN.......", "fchmodat", SYS_fchmodat, { CWD, PATH, 0700 } },
	{ "FNLLNNDDllN.......", "fchownat", SYS_fchownat, { CWD, PATH, -1, -1, 0 } },
	{ "FNLLNNDD.l........", "lchown", SYS_fchownat, { CWD, PATH, 1, 2, AT_SYMLINK_NOFOLLOW } },
	{ "FNLLNNDDllN.......", "utimensat", SYS_utimensat, { CWD, PATH, 0, 0 } },
	{ "FNLLNNDD.l........", "lutimes", SYS_utimensat, { CWD, PATH, 0, AT_SYMLINK_NOFOLLOW } },
	{ "FNLLNNDDllN..ddddd", "truncate", SYS_truncate, { PATH, 3 } },
	{ "FNLLNNDDllNmmmmmmm", "execve", SYS_execve, { PATH, AT(arguments), 0 } },
	{ "FNLLNNDDllNnnnnnnn", "mount", SYS_mount, { AT("none"), PATH, AT("nothing"), 0, 0 } },
	{ "FNLLNNDDllNiiiiiii", "umount2", SYS_umount2, { PATH, 0 } },
	{ "F.u..NDuuluuuuuuuu", "bind", SYS_bind,
		{ SUBJECT(2), NAME, sizeof(struct sockaddr_un) } },
	{ "FrrNNNDDllNrrrrrrr", "connect", SYS_connect,
		{ SUBJECT(2), NAME, sizeof(struct sockaddr_un) } },
};

/* All that the paths name, in a directory of its own. */
static void make_files(size_t row)
{
	char name[16];

	memset(long_path, '/', PATH_MAX);
	memset(long_name, 'n', NAME_MAX + 1);
	snprintf(name, sizeof(name), "%lu", (unsigned long)row);
	CHECK(mkdir(name, DIRECTORY_MODE) == 0 && chdir(name) == 0);
	close(posix_file("file", "contents"));
	close(posix_file("other", "contents"));
	CHECK(symlink("loop", "loop") == 0 && symlink("nowhere", "dangling") == 0);
	CHECK(symlink("file", "link") == 0);
	CHECK(mkdir("directory", DIRECTORY_MODE) == 0 && mkdir("empty", DIRECTORY_MODE) == 0);
	CHECK(mkdir("full", DIRECTORY_MODE) == 0 && mkdir("full/x", DIRECTORY_MODE) == 0);
}

/* Makes the call of the row in a child, so that no call sees what another has done. */
static void check_row(size_t row, size_t column)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int pid = tap_fork();

	if (pid != 0) {
		tap_join(pid);
		return;
	}
	make_files(row);
	if (paths[column].path != BAD_POINTER)
		strncpy(name.sun_path, paths[column].path, sizeof(name.sun_path));
	const long subjects[] = {
		AT(paths[column].path),
		paths[column].path == BAD_POINTER ? AT(BAD_POINTER) : AT(&name),
		WORKS(socket, AF_UNIX, SOCK_STREAM, 0),
	};

	posix_check_row(&rows[row], column, subjects);
	_exit(0);
}

static void check_path(void)
{
	for (size_t column = 0; column < PATHS; column++) {
		if (strcmp(paths[column].name, tap_case_name()) != 0)
			continue;
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			check_row(i, column);
	}
}

static const struct tap_case cases[] = {
	{ "path-bad-address", check_path, 0 },
	{ "path-empty", check_path, 0 },
	{ "path-too-long", check_path, 0 },
	{ "path-name-too-long", check_path, 0 },
	{ "path-missing", check_path, 0 },
	{ "path-below-missing", check_path, 0 },
	{ "path-below-file", check_path, 0 },
	{ "path-file-slash", check_path, 0 },
	{ "path-loop", check_path, 0 },
	{ "path-below-loop", check_path, 0 },
	{ "path-dangling", check_path, 0 },
	{ "path-file", check_path, 0 },
	{ "path-link", check_path, 0 },
	{ "path-directory", check_path, 0 },
	{ "path-full-directory", check_path, 0 },
	{ "path-dot", check_path, 0 },
	{ "path-below-dot", check_path, 0 },
	{ "path-root", check_path, 0 },
};

const struct tap_group posix_path_group = TAP_GROUP(cases);
