/* Bad pointers, lengths and strings given to system calls: an errno, never more. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/usertests.h"

#define FILE_MODE    0644
#define FILE_BYTES   100
#define LONGEST_PATH 4096 /* the terminator included */
#define LONGEST_NAME 255

static const unsigned long bad_addresses[] = {
	0x0,                /* nothing is ever mapped there */
	0x8,                /* a null structure's field */
	0x1234567000,       /* in the user half, unmapped */
	0x3ffffffff8,       /* the last word of Sv39's user half */
	0x4000000000,       /* just after it */
	0x0000800000000000, /* not canonical in any mode up to Sv48 */
	0x8000000080000000, /* the kernel's physical address with the top bit set */
	0xffffffc000000000, /* where Sv39's kernel half begins */
	0xffffffc080000000,
	0xffffffd000000000,
	0xffffffff80000000,
	0xfffffffffffff000, /* the last page */
	0xffffffffffffffff,
};

#define FOR_EACH_BAD_ADDRESS(pointer)                                                      \
	for (size_t index = 0; index < sizeof(bad_addresses) / sizeof(bad_addresses[0]) && \
		((pointer) = (void *)bad_addresses[index], true);                          \
		index++)

/* A page with an unmapped one behind it. */
static unsigned char *last_page(void)
{
	unsigned char *pages = memory_map_pages(2);

	memory_unmap_pages(pages + PAGE_BYTES, 1);
	return pages;
}

static int open_scratch(void)
{
	char content[FILE_BYTES];

	memset(content, 'f', sizeof(content));
	write_file("scratch", content, sizeof(content));
	int fd = open("scratch", O_RDWR);
	CHECK(fd >= 0);
	return fd;
}

/* System calls are made without the C library, which might look at the pointer itself. */
static void read_bad_buffer(void)
{
	char byte;
	int ends[2];
	int fd = open_scratch();
	void *bad;

	CHECK(pipe(ends) == 0);
	CHECK_EQUAL(write(ends[1], "xy", 2), 2);
	FOR_EACH_BAD_ADDRESS(bad)
	{
		CHECK_ERROR(syscall(SYS_read, fd, bad, 10l), EFAULT);
		CHECK_ERROR(syscall(SYS_read, ends[0], bad, 10l), EFAULT);
	}
	CHECK_EQUAL(read(fd, &byte, 1), 1);
	CHECK_EQUAL(byte, 'f');
}

static void write_bad_buffer(void)
{
	struct stat status;
	char byte;
	int ends[2];
	int fd = open("empty", O_CREAT | O_RDWR, FILE_MODE);
	void *bad;

	CHECK(fd >= 0);
	CHECK(pipe(ends) == 0);
	FOR_EACH_BAD_ADDRESS(bad)
	{
		CHECK_ERROR(syscall(SYS_write, fd, bad, 10l), EFAULT);
		CHECK_ERROR(syscall(SYS_write, ends[1], bad, 10l), EFAULT);
	}
	CHECK(fstat(fd, &status) == 0);
	CHECK_EQUAL(status.st_size, 0);
	CHECK_EQUAL(write(ends[1], "z", 1), 1);
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
	CHECK_EQUAL(byte, 'z');
}

static void vector_bad_buffer(void)
{
	char good[8];
	int fd = open_scratch();
	void *bad;

	FOR_EACH_BAD_ADDRESS(bad)
	{
		struct iovec vector[2] = { { good, sizeof(good) }, { bad, 8 } };
		CHECK_ERROR(syscall(SYS_readv, fd, bad, 1l), EFAULT);
		CHECK_ERROR(syscall(SYS_writev, fd, bad, 1l), EFAULT);
		CHECK(lseek(fd, 0, SEEK_SET) == 0);
		long count = syscall(SYS_readv, fd, vector, 2l);
		CHECK(count == (long)sizeof(good) || (count == -1 && errno == EFAULT));
		CHECK_ERROR(syscall(SYS_readv, fd, &vector[1], 1l), EFAULT);
	}
	struct iovec one = { good, 1 };
	CHECK_ERROR(syscall(SYS_readv, fd, &one, -1l), EINVAL);
	CHECK_ERROR(syscall(SYS_readv, fd, &one, 1025l), EINVAL);
}

static void path_bad_pointer(void)
{
	void *bad;

	write_file("file", "x", 1);
	FOR_EACH_BAD_ADDRESS(bad)
	{
		CHECK_ERROR(syscall(SYS_openat, AT_FDCWD, bad, O_RDONLY, 0l), EFAULT);
		CHECK_ERROR(syscall(SYS_openat, AT_FDCWD, bad, O_CREAT | O_RDWR, 0l), EFAULT);
		CHECK_ERROR(syscall(SYS_mkdirat, AT_FDCWD, bad, 0l), EFAULT);
		CHECK_ERROR(syscall(SYS_unlinkat, AT_FDCWD, bad, 0l), EFAULT);
		CHECK_ERROR(syscall(SYS_chdir, bad), EFAULT);
		CHECK_ERROR(syscall(SYS_linkat, AT_FDCWD, bad, AT_FDCWD, "new", 0l), EFAULT);
		CHECK_ERROR(syscall(SYS_linkat, AT_FDCWD, "file", AT_FDCWD, bad, 0l), EFAULT);
		CHECK_ERROR(syscall(SYS_execve, bad, NULL, NULL), EFAULT);
	}
}

static void pipe_bad_array(void)
{
	unsigned char *end = last_page() + PAGE_BYTES;
	int before = lowest_descriptor();
	void *bad;

	FOR_EACH_BAD_ADDRESS(bad)
	CHECK_ERROR(syscall(SYS_pipe2, bad, 0l), EFAULT);
	CHECK_ERROR(syscall(SYS_pipe2, end - 4, 0l), EFAULT); /* one number fits, two do not */
	CHECK_EQUAL(lowest_descriptor(), before);
	CHECK_ERROR(syscall(SYS_pipe2, end - 8, ~0l), EINVAL);
	CHECK_EQUAL(lowest_descriptor(), before);
}

static void stat_bad_buffer(void)
{
	int fd = open_scratch();
	void *bad;

	FOR_EACH_BAD_ADDRESS(bad)
	{
		CHECK_ERROR(syscall(SYS_fstat, fd, bad), EFAULT);
		CHECK_ERROR(syscall(SYS_newfstatat, AT_FDCWD, "scratch", bad, 0l), EFAULT);
	}
}

/* A transfer that reaches beyond the end of a mapping stops there, or fails. */
static void buffer_straddles(void)
{
	unsigned char *end = last_page() + PAGE_BYTES;
	int fd = open_scratch();
	long count = syscall(SYS_read, fd, end - 10, 20l);

	CHECK(count == 10 || (count == -1 && errno == EFAULT));
	memset(end - 10, 's', 10);
	int out = open("out", O_CREAT | O_RDWR, FILE_MODE);
	count = syscall(SYS_write, out, end - 10, 20l);
	CHECK(count == 10 || (count == -1 && errno == EFAULT));
	check_file("out", end - 10, count == 10 ? 10 : 0);
	CHECK_EQUAL(pread(fd, end - 10, 10, 0), 10);
	CHECK_EQUAL(pwrite(out, end - 10, 10, 0), 10);
	check_file("out", end - 10, 10);
}

static void just_unmapped(void)
{
	unsigned char *page = memory_map_pages(1);
	int fd = open_scratch();

	CHECK_EQUAL(read(fd, page, 10), 10);
	strcpy((char *)page, "scratch");
	CHECK(access((char *)page, F_OK) == 0);
	memory_unmap_pages(page, 1);
	CHECK_ERROR(syscall(SYS_read, fd, page, 10l), EFAULT);
	CHECK_ERROR(syscall(SYS_write, fd, page, 10l), EFAULT);
	CHECK_ERROR(syscall(SYS_openat, AT_FDCWD, page, O_RDONLY, 0l), EFAULT);
	CHECK_ERROR(syscall(SYS_pipe2, page, 0l), EFAULT);
}

static void no_permission(void)
{
	unsigned char *page = memory_map_pages(1);
	int fd = open_scratch();

	memset(page, 'q', 16);
	CHECK(mprotect(page, PAGE_BYTES, PROT_READ) == 0);
	CHECK_ERROR(syscall(SYS_read, fd, page, 10l), EFAULT);
	CHECK_ERROR(syscall(SYS_pipe2, page, 0l), EFAULT);
	CHECK_EQUAL(write(fd, page, 10), 10);
	CHECK(mprotect(page, PAGE_BYTES, PROT_NONE) == 0);
	CHECK_ERROR(syscall(SYS_read, fd, page, 10l), EFAULT);
	CHECK_ERROR(syscall(SYS_write, fd, page, 10l), EFAULT);
	CHECK(mprotect(page, PAGE_BYTES, PROT_READ) == 0);
	CHECK_EQUAL(page[0], 'q');
}

static void unterminated_string(void)
{
	char *end = (char *)last_page() + PAGE_BYTES;

	memset(end - PAGE_BYTES, 'u', PAGE_BYTES);
	for (long length = 1; length <= 16; length++) {
		char *path = end - length;
		CHECK_ERROR(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0l), EFAULT);
		CHECK_ERROR(syscall(SYS_unlinkat, AT_FDCWD, path, 0l), EFAULT);
		CHECK_ERROR(syscall(SYS_execve, path, NULL, NULL), EFAULT);
	}
	end[-1] = '\0';
	CHECK_ERROR(syscall(SYS_openat, AT_FDCWD, end - 8, O_RDONLY, 0l), ENOENT);
	int fd = open(end - 8, O_CREAT | O_RDWR, FILE_MODE);
	CHECK(fd >= 0);
	CHECK(unlink("uuuuuuu") == 0);
}

/* "././…/x", of `length` bytes including the terminator. */
static void make_long_path(char *path, size_t length)
{
	size_t last = length - 2;

	for (size_t i = 0; i < last; i++)
		path[i] = i % 2 == 0 ? '.' : '/';
	if (last % 2 != 0)
		path[last - 1] = '/'; /* "…//x" */
	if (last % 2 != 0 && last > 1)
		path[last - 2] = '/';
	path[last] = 'x';
	path[last + 1] = '\0';
}

static void longest_path(void)
{
	static char path[LONGEST_PATH + 2];

	write_file("x", "x", 1);
	for (size_t length = LONGEST_PATH - 3; length <= LONGEST_PATH; length++) {
		make_long_path(path, length);
		CHECK_EQUAL(strlen(path), length - 1);
		CHECK(access(path, F_OK) == 0);
	}
	make_long_path(path, LONGEST_PATH + 1);
	CHECK_ERROR(access(path, F_OK), ENAMETOOLONG);
}

static void longest_name(void)
{
	char name[LONGEST_NAME + 2];

	memset(name, 'n', sizeof(name));
	name[LONGEST_NAME + 1] = '\0';
	CHECK_ERROR(open(name, O_CREAT | O_RDWR, FILE_MODE), ENAMETOOLONG);
	CHECK_ERROR(mkdir(name, FILE_MODE), ENAMETOOLONG);
	CHECK_ERROR(access(name, F_OK), ENAMETOOLONG);
	name[LONGEST_NAME] = '\0';
	write_file(name, "long", 4);
	check_file(name, "long", 4);
	CHECK(unlink(name) == 0);
	CHECK_ERROR(access(name, F_OK), ENOENT);
}

/* A count of -1 must not be taken for a size. */
static void count_minus_one(void)
{
	char small[16] = "untouched";
	int fd = open_scratch();
	long count = syscall(SYS_read, fd, small, -1l);

	CHECK(count == -1 && (errno == EFAULT || errno == EINVAL));
	CHECK(strcmp(small, "untouched") == 0);
	count = syscall(SYS_write, fd, small, -1l);
	CHECK(count == -1 && (errno == EFAULT || errno == EINVAL));
	CHECK_EQUAL(lseek(fd, 0, SEEK_END), FILE_BYTES);
	CHECK_ERROR(syscall(SYS_pread64, fd, small, 4l, -1l), EINVAL);
	CHECK_EQUAL(syscall(SYS_read, fd, small, 0l), 0);
	CHECK_EQUAL(syscall(SYS_write, fd, small, 0l), 0);
}

/* Numbers of no system call, and descriptors that are not open. */
static void bad_numbers(void)
{
	static const long numbers[] = { -1, 600, 1000, 0x7fffffff, 0x100000000 };
	static const long descriptors[] = { -1, 99, 0x7fffffff, -0x80000000l };
	char byte = 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		CHECK_ERROR(syscall(numbers[i], 0l, 0l, 0l, 0l, 0l, 0l), ENOSYS);
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
		CHECK_ERROR(syscall(SYS_read, descriptors[i], &byte, 1l), EBADF);
		CHECK_ERROR(syscall(SYS_write, descriptors[i], &byte, 1l), EBADF);
		CHECK_ERROR(syscall(SYS_close, descriptors[i]), EBADF);
		CHECK_ERROR(syscall(SYS_dup, descriptors[i]), EBADF);
		CHECK_ERROR(syscall(SYS_lseek, descriptors[i], 0l, SEEK_SET), EBADF);
	}
}

static const struct tap_case cases[] = {
	{ "read-bad-buffer", read_bad_buffer, 0 },
	{ "write-bad-buffer", write_bad_buffer, 0 },
	{ "vector-bad-buffer", vector_bad_buffer, 0 },
	{ "path-bad-pointer", path_bad_pointer, 0 },
	{ "pipe-bad-array", pipe_bad_array, 0 },
	{ "stat-bad-buffer", stat_bad_buffer, 0 },
	{ "buffer-straddles", buffer_straddles, 0 },
	{ "just-unmapped", just_unmapped, 0 },
	{ "no-permission", no_permission, 0 },
	{ "unterminated-string", unterminated_string, 0 },
	{ "longest-path", longest_path, 0 },
	{ "longest-name", longest_name, 0 },
	{ "count-minus-one", count_minus_one, 0 },
	{ "bad-numbers", bad_numbers, 0 },
};

const struct tap_group user_pointer_group = TAP_GROUP(cases);
