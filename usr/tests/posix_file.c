/* Files: bad flags and numbers, space, attributes, directories as programs read them. */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/abi/dirent.h"
#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

#define CWD   AT_FDCWD
#define BLOCK 512

#define ENTRY_BYTES 24l /* size of an entry with a short name, from getdents64 */

static void open_flags(void)
{
	int file = posix_file("file", "contents"), other;

	GIVES(-EINVAL, openat, CWD, "new", O_RDWR | O_CREAT | O_DIRECTORY, FILE_MODE);
	GIVES(-ENOENT, openat, CWD, "new", O_RDWR);
	other = (int)WORKS(openat, CWD, "file", O_WRONLY | O_APPEND | O_NONBLOCK | O_CREAT, 0);
	GIVES(O_WRONLY | O_APPEND | O_NONBLOCK | O_LARGEFILE, fcntl, other, F_GETFL);
	GIVES(0, fcntl, other, F_SETFL, O_RDWR | O_CREAT | O_NOATIME); /* the mode stays */
	GIVES(O_WRONLY | O_NOATIME | O_LARGEFILE, fcntl, other, F_GETFL);
	GIVES(-EBADF, read, other, &file, 1);
	other = (int)WORKS(openat, CWD, "file", O_PATH | O_CLOEXEC | O_TRUNC);
	GIVES(O_PATH, fcntl, other, F_GETFL);
	GIVES(FD_CLOEXEC, fcntl, other, F_GETFD);
	GIVES(8, lseek, file, 0, SEEK_END); /* not truncated */
	WORKS(openat, CWD, "file", O_RDWR | O_TRUNC);
	GIVES(0, lseek, file, 0, SEEK_END);
	GIVES(-EINVAL, fcntl, file, F_DUPFD, 1 << 30);
	GIVES(-ENOTDIR, openat, file, "new", O_RDWR);
}

static void close_ranges(void)
{
	int first = dup(0);

	CHECK(dup(0) == first + 1 && dup(0) == first + 2);
	GIVES(-EINVAL, close_range, 5, 4, 0);
	GIVES(-EINVAL, close_range, first, first + 2, 0x100);
	GIVES(0, close_range, first, first + 1, CLOSE_RANGE_CLOEXEC);
	GIVES(FD_CLOEXEC, fcntl, first + 1, F_GETFD);
	GIVES(0, fcntl, first + 2, F_GETFD);
	GIVES(0, close_range, first + 1, ~0u, 0);
	GIVES(-EBADF, fcntl, first + 2, F_GETFD);
	GIVES(FD_CLOEXEC, fcntl, first, F_GETFD);
}

static void space_of_files(void)
{
	int file = posix_file("file", "");
	struct stat status;

	GIVES(0, fallocate, file, 0, 100, 5000);
	GIVES(0, fstat, file, &status);
	CHECK(status.st_size == 5100 && status.st_blocks == 2 * 4096 / BLOCK);
	GIVES(0, fallocate, file, FALLOC_FL_KEEP_SIZE, 0, 20000);
	GIVES(0, fstat, file, &status);
	CHECK(status.st_size == 5100 && status.st_blocks == 5 * 4096 / BLOCK);
	GIVES(-EINVAL, fallocate, file, 0, 0, 0);
	GIVES(-EINVAL, fallocate, file, 0, -1, 1);
	GIVES(-EINVAL, fallocate, file, 0, 0, -1);
	GIVES(-EOPNOTSUPP, fallocate, file, 0x1000, 0, 1);
	GIVES(-EFBIG, fallocate, file, 0, LONG_MAX, 1);
	GIVES(0, fadvise64, file, 0, 0, 3);
	GIVES(-EINVAL, fadvise64, file, 0, 0, 77);
	GIVES(-EINVAL, fadvise64, file, 0, -1, 3);
	GIVES(-EINVAL, ftruncate, file, -1);
	GIVES(-EINVAL, truncate, "file", -1);
	GIVES(0, ftruncate, file, 0);
	GIVES(0, fstat, file, &status);
	CHECK(status.st_size == 0 && status.st_blocks == 0);
}

static void offsets(void)
{
	int file = posix_file("file", "0123456789"), pipes[2];
	struct iovec vector[2] = { { pipes, 1 }, { pipes, (size_t)-1 } };
	int full = open("/dev/full", O_RDONLY);
	long byte;

	CHECK(full >= 0 && pipe(pipes) == 0);
	GIVES(0, lseek, full, -1, SEEK_SET);
	GIVES(0, lseek, full, 5, SEEK_CUR);
	GIVES(-EINVAL, lseek, file, -1, SEEK_SET);
	GIVES(-EINVAL, lseek, file, -11, SEEK_END);
	GIVES(-EINVAL, lseek, file, 0, 77);
	GIVES(20, lseek, file, 10, SEEK_END);
	GIVES(-EINVAL, lseek, file, LONG_MAX, SEEK_CUR);
	GIVES(0, read, file, &byte, 1);
	GIVES(3, lseek, file, 3, SEEK_DATA);
	GIVES(10, lseek, file, 3, SEEK_HOLE);
	GIVES(-ENXIO, lseek, file, 10, SEEK_DATA);
	GIVES(-ENXIO, lseek, file, 10, SEEK_HOLE);
	GIVES(-EINVAL, pread64, file, &byte, 1, -1);
	GIVES(-EINVAL, pwrite64, file, &byte, 1, -1);
	GIVES(-EFAULT, read, file, (lseek(file, 0, SEEK_SET), BAD_POINTER), 1);
	GIVES(0, read, file, BAD_POINTER, 0);
	GIVES(-EFAULT, write, file, BAD_POINTER, 1);
	GIVES(-EINVAL, readv, file, vector, 2);
	GIVES(-EINVAL, readv, file, vector, 1025);
	GIVES(-EINVAL, readv, file, vector, -1);
	GIVES(-EFAULT, readv, file, BAD_POINTER, 1);
	GIVES(0, readv, file, BAD_POINTER, 0);
	GIVES(-EINVAL, preadv, file, vector, 1, -1);
	GIVES(-ESPIPE, lseek, pipes[0], 0, SEEK_CUR);
}

static void sending(void)
{
	int file = posix_file("file", "0123456789"), other = posix_file("other", ""), pipes[2];
	long offset = -1;

	CHECK(pipe2(pipes, O_NONBLOCK) == 0);
	GIVES(-EINVAL, sendfile, other, file, &offset, 1);
	GIVES(-EFAULT, sendfile, other, file, BAD_POINTER, 1);
	offset = 7;
	GIVES(3, sendfile, pipes[1], file, &offset, 100);
	CHECK_EQUAL(offset, 10);
	GIVES(-ESPIPE, sendfile, other, pipes[0], &offset, 1);
	GIVES(0, lseek, file, 0, SEEK_CUR);
	GIVES(4, sendfile, other, file, NULL, 4);
	GIVES(4, lseek, file, 0, SEEK_CUR);
	GIVES(0, fcntl, other, F_SETFL, O_APPEND);
	GIVES(-EINVAL, sendfile, other, file, NULL, 4);
}

static void attributes(void)
{
	struct timespec times[2] = { { 0, UTIME_OMIT }, { 5, 6 } },
			bad[2] = { { 0, -1 }, { 0, 0 } };
	int file = posix_file("file", "contents");
	struct stat status;
	struct statx more;

	GIVES(0, fchmod, file, 07777 | S_IFDIR);
	GIVES(0, fstat, file, &status);
	CHECK_EQUAL(status.st_mode, S_IFREG | 07777);
	GIVES(0, mkdirat, CWD, "directory", 07777);
	GIVES(0, newfstatat, CWD, "directory", &status, 0);
	CHECK_EQUAL(status.st_mode & 07000, S_ISVTX);
	GIVES(0, fchown, file, 12, -1);
	GIVES(0, utimensat, CWD, "file", times, 0);
	memset(&more, -1, sizeof(more));
	GIVES(0, statx, CWD, "file", 0, STATX_BASIC_STATS, &more);
	CHECK_EQUAL(more.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
	CHECK(more.stx_uid == 12 && more.stx_gid == 0 && more.stx_size == 8);
	CHECK(more.stx_mtime.tv_sec == 5 && more.stx_mtime.tv_nsec == 6);
	CHECK_EQUAL(more.stx_mode, S_IFREG | 01777); /* a change of owner takes these away */
	GIVES(0, fstat, file, &status);
	CHECK(more.stx_ino == status.st_ino && more.stx_nlink == 1);
	GIVES(-EINVAL, statx, CWD, "file", 0, STATX_RESERVED, &more);
	GIVES(-EINVAL, statx, CWD, "file", AT_STATX_SYNC_TYPE, 0, &more);
	GIVES(-EINVAL, statx, CWD, "file", 0x8000, 0, &more);
	GIVES(-EFAULT, statx, CWD, "file", 0, 0, BAD_POINTER);
	GIVES(-EINVAL, newfstatat, CWD, "file", &status, 0x8000);
	GIVES(-EFAULT, newfstatat, CWD, "file", BAD_POINTER, 0);
	GIVES(-EFAULT, fstat, file, BAD_POINTER);
	GIVES(-EINVAL, utimensat, CWD, "file", bad, 0);
	GIVES(-EINVAL, utimensat, CWD, "file", times, 0x8000);
	GIVES(-EFAULT, utimensat, CWD, "file", BAD_POINTER, 0);
	GIVES(-EFAULT, utimensat, CWD, NULL, times, 0);
	GIVES(-EINVAL, utimensat, file, NULL, times, AT_SYMLINK_NOFOLLOW);
	GIVES(-EINVAL, fchownat, CWD, "file", 0, 0, 0x8000);
	GIVES(-EINVAL, faccessat, CWD, "file", 8);
	GIVES(-EINVAL, faccessat2, CWD, "file", R_OK, 0x8000);
	GIVES(-EFAULT, statfs, ".", BAD_POINTER);
	GIVES(-EFAULT, fstatfs, file, BAD_POINTER);
}

static void names_with_flags(void)
{
	close(posix_file("file", "contents"));
	GIVES(-EINVAL, unlinkat, CWD, "file", 1);
	GIVES(-EINVAL, linkat, CWD, "file", CWD, "new", 1);
	GIVES(-EINVAL, renameat2, CWD, "file", CWD, "new", 0x100);
	GIVES(-EINVAL, renameat2, CWD, "file", CWD, "new", RENAME_NOREPLACE | RENAME_EXCHANGE);
	GIVES(-EINVAL, mknodat, CWD, "new", 0170000 | FILE_MODE, 0);
	GIVES(-EPERM, mknodat, CWD, "new", S_IFDIR | FILE_MODE, 0);
	GIVES(-EFAULT, symlinkat, BAD_POINTER, CWD, "new");
	GIVES(-EFAULT, linkat, CWD, BAD_POINTER, CWD, "new", 0);
	GIVES(-EFAULT, linkat, CWD, "file", CWD, BAD_POINTER, 0);
	GIVES(-EFAULT, renameat2, CWD, "file", CWD, BAD_POINTER, 0);
	GIVES(-EBADF, renameat2, CWD, "file", BAD_FD, "new", 0);
	GIVES(-EBADF, linkat, BAD_FD, "file", CWD, "new", 0);
	GIVES(-EINVAL, readlinkat, CWD, "file", BAD_POINTER, 0);
	GIVES(0, symlinkat, "target", CWD, "link");
	GIVES(-EFAULT, readlinkat, CWD, "link", BAD_POINTER, 10);
	GIVES(-EINVAL, umount2, "file", 0x100);
	GIVES(-EFAULT, getcwd, BAD_POINTER, 4096);
	GIVES(-ERANGE, getcwd, BAD_POINTER, 1);
	GIVES(077, umask, (umask(077), 022));
	GIVES(022, umask, 0777777 & ~0777); /* other bits are ignored */
	GIVES(0, umask, 022);
}

/* Each entry is listed once, "." and ".." included, in as many calls as it takes. */
static void directory_entries(void)
{
	static const char *const names[] = { ".", "..", "directory", "fifo", "file", "link" };
	char buffer[64];
	unsigned int seen = 0;
	int directory;
	long count;

	CHECK(mkdir("d", DIRECTORY_MODE) == 0 && mkdir("d/directory", DIRECTORY_MODE) == 0);
	CHECK(mkfifo("d/fifo", FILE_MODE) == 0 && symlink("x", "d/link") == 0);
	close(posix_file("d/file", ""));
	directory = open("d", O_RDONLY);
	while ((count = WORKS(getdents64, directory, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < count;) {
			struct linux_dirent64 *entry = (void *)(buffer + at);

			for (unsigned int i = 0; i < 6; i++) {
				if (strcmp(entry->d_name, names[i]) != 0)
					continue;
				CHECK((seen & (1u << i)) == 0);
				seen |= 1u << i;
				CHECK_EQUAL(entry->d_type,
					i < 3            ? 4
						: i == 3 ? 1
						: i == 4 ? 8
							 : 10);
			}
			CHECK(entry->d_reclen % 8 == 0);
			at += entry->d_reclen;
		}
	}
	CHECK_EQUAL(seen, 63);
	GIVES(0, lseek, directory, 0, SEEK_SET);
	GIVES(-EINVAL, getdents64, directory, buffer, 10); /* no room for an entry */
	GIVES(-EFAULT, getdents64, directory, BAD_POINTER, 100);
	GIVES(0, unlinkat, directory, "directory", AT_REMOVEDIR);
	CHECK(unlink("d/file") == 0 && unlink("d/fifo") == 0 && unlink("d/link") == 0);
	CHECK(rmdir("d") == 0);
	GIVES(-ENOENT, getdents64, directory, buffer, sizeof(buffer));
}

static long count_entries(const char *entries, long size)
{
	long count = 0;

	for (long at = 0; at < size; count++)
		at += ((const struct linux_dirent64 *)(entries + at))->d_reclen;
	return count;
}

/* Entries that cannot be written to the buffer are not lost: the next call returns them. */
static void directory_entries_without_memory(void)
{
	char *end = (char *)memory_map_pages(2) + PAGE_BYTES, buffer[512], name[] = "d/0";
	int directory;

	memory_unmap_pages(end, 1);
	CHECK(mkdir("d", DIRECTORY_MODE) == 0);
	for (; name[2] < '8'; name[2]++)
		close(posix_file(name, ""));
	directory = open("d", O_RDONLY);
	GIVES(-EFAULT, getdents64, directory, end - 8, sizeof(buffer));
	GIVES(2 * ENTRY_BYTES, getdents64, directory, end - 3 * ENTRY_BYTES + 8, sizeof(buffer));
	CHECK_EQUAL(count_entries(end - 3 * ENTRY_BYTES + 8, 2 * ENTRY_BYTES), 2);
	GIVES(-EFAULT, getdents64, directory, end - 8, sizeof(buffer));
	GIVES(8 * ENTRY_BYTES, getdents64, directory, buffer, sizeof(buffer));
	CHECK_EQUAL(count_entries(buffer, 8 * ENTRY_BYTES), 8);
	GIVES(0, getdents64, directory, buffer, sizeof(buffer));
}

static void pipes(void)
{
	int ends[2];

	GIVES(-EFAULT, pipe2, BAD_POINTER, 0);
	GIVES(-EINVAL, pipe2, ends, O_APPEND);
	GIVES(0, pipe2, ends, O_CLOEXEC | O_NONBLOCK);
	GIVES(O_RDONLY | O_NONBLOCK, fcntl, ends[0], F_GETFL);
	GIVES(O_WRONLY | O_NONBLOCK, fcntl, ends[1], F_GETFL);
	GIVES(FD_CLOEXEC, fcntl, ends[1], F_GETFD);
	GIVES(-EAGAIN, read, ends[0], ends, 1);
	GIVES(0, read, ends[0], ends, 0);
	GIVES(0, write, ends[1], ends, 0);
	GIVES(-EFAULT, write, ends[1], BAD_POINTER, 1);
	GIVES(65536, fcntl, ends[0], F_GETPIPE_SZ);
}

/* No writer has come since it was opened, whether or not there was one before: not yet the end. */
static void fifo_opened_again(void)
{
	struct pollfd one = { .events = POLLIN };

	GIVES(0, mknodat, AT_FDCWD, "again", S_IFIFO | FILE_MODE, 0);
	for (int i = 0; i < 2; i++) {
		one.fd = (int)WORKS(openat, AT_FDCWD, "again", O_RDONLY | O_NONBLOCK, 0);
		CHECK_EQUAL(poll(&one, 1, 0), 0);
		close((int)WORKS(openat, AT_FDCWD, "again", O_WRONLY, 0));
		CHECK_EQUAL(poll(&one, 1, 0), 1);
		CHECK_EQUAL(one.revents, POLLHUP);
		close(one.fd);
	}
}

/* As with write(2), a pipe without a reader causes SIGPIPE. */
static void send_breaks(void)
{
	int file = posix_file("sent", "text"), ends[2], child;

	CHECK(pipe(ends) == 0);
	close(ends[0]);
	child = tap_fork();
	if (child == 0) {
		kernel_call(SYS_sendfile, ends[1], file, NULL, 4);
		_exit(0);
	}
	tap_join_killed(child, SIGPIPE);
}

static const struct tap_case cases[] = {
	{ "open-flags", open_flags, 0 },
	{ "close-ranges", close_ranges, 0 },
	{ "space-of-files", space_of_files, 0 },
	{ "offsets", offsets, 0 },
	{ "sending", sending, 0 },
	{ "attributes", attributes, 0 },
	{ "names-with-flags", names_with_flags, 0 },
	{ "directory-entries", directory_entries, 0 },
	{ "directory-entries-without-memory", directory_entries_without_memory, 0 },
	{ "pipes", pipes, 0 },
	{ "fifo-opened-again", fifo_opened_again, 0 },
	{ "send-breaks", send_breaks, 0 },
};

const struct tap_group posix_file_group = TAP_GROUP(cases);
