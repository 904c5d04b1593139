/* Storms of data: through pipes, sockets and terminals, into files, and much of it in one call. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "lib/abi/socket.h"
#include "usr/tests/endurance.h"
#include "usr/tests/memory.h"

#define STREAM_BYTES   (128 * 1024ul)
#define TERMINAL_BYTES (8 * 1024ul)
#define PIECE_BYTES    9000
#define ALARM_MICROS   2000
#define FILES          6
#define FILE_BYTES     20000
#define NAME_BYTES     32
#define DIRECTORY_MODE 0777
#define FILE_MODE      0666
#define VECTORS        64
#define VECTOR_BYTES   (256 * 1024ul)

struct channel {
	int reader, writer;
	unsigned long bytes;
};

static void on_alarm(int number)
{
	(void)number;
}

/* Signals wake a process that waits for data again and again. */
static void be_interrupted(void)
{
	const struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	const unsigned long times[4] = { 0, ALARM_MICROS, 0, ALARM_MICROS };

	NEEDS(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(syscall(SYS_setitimer, 0, times, NULL) == 0);
}

static void send_stream(const struct channel *channel, unsigned long tag)
{
	unsigned char piece[PIECE_BYTES];

	for (unsigned long at = 0; at < channel->bytes;) {
		unsigned long size = 1 + storm_below(PIECE_BYTES);
		if (size > channel->bytes - at)
			size = channel->bytes - at;
		storm_fill(piece, size, at, tag);
		ssize_t count = write(channel->writer, piece, size);
		NEEDS(count > 0);
		at += (unsigned long)count;
	}
	_exit(0);
}

static void receive_stream(const struct channel *channel, unsigned long tag)
{
	unsigned char piece[PIECE_BYTES];

	for (unsigned long at = 0; at < channel->bytes;) {
		ssize_t count = read(channel->reader, piece, 1 + storm_below(PIECE_BYTES));
		NEEDS(count > 0);
		storm_check(piece, (unsigned long)count, at, tag);
		at += (unsigned long)count;
	}
}

static void stream(const struct channel *channel)
{
	unsigned long tag = storm_random();
	int pid = storm_fork();

	be_interrupted();
	if (pid == 0)
		send_stream(channel, tag);
	close(channel->writer);
	receive_stream(channel, tag);
	storm_join(pid, 0);
}

static void stream_pipe(void)
{
	int ends[2];

	NEEDS(pipe(ends) == 0);
	stream(&(struct channel){ ends[0], ends[1], STREAM_BYTES });
}

static void stream_socket(void)
{
	int ends[2];

	NEEDS(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	stream(&(struct channel){ ends[0], ends[1], STREAM_BYTES });
}

/* From the program to the user; the terminal changes no bytes. */
static void stream_terminal(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), number, unlocked = 0;
	struct termios settings;
	char name[NAME_BYTES];

	CHECK(master >= 0);
	CHECK(ioctl(master, TIOCGPTN, &number) == 0 && ioctl(master, TIOCSPTLCK, &unlocked) == 0);
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	int terminal = open(name, O_RDWR | O_NOCTTY);
	CHECK(terminal >= 0 && tcgetattr(terminal, &settings) == 0);
	cfmakeraw(&settings);
	CHECK(tcsetattr(terminal, TCSANOW, &settings) == 0);
	stream(&(struct channel){ master, terminal, TERMINAL_BYTES });
}

static int open_file(unsigned int number, int flags)
{
	char name[NAME_BYTES];

	snprintf(name, sizeof(name), "file%u", number);
	int fd = open(name, flags, FILE_MODE);
	NEEDS(fd >= 0);
	return fd;
}

/* Alternates the order of the two halves: one way the file grows, the other a hole is filled. */
static void write_file(unsigned int number)
{
	unsigned char bytes[FILE_BYTES];
	unsigned long half = 1 + storm_below(FILE_BYTES - 1);
	int fd = open_file(number, O_RDWR | O_CREAT | O_TRUNC);

	storm_fill(bytes, FILE_BYTES, 0, number);
	if (number % 2 == 0)
		NEEDS(write(fd, bytes, half) == (ssize_t)half);
	NEEDS(pwrite(fd, bytes + half, FILE_BYTES - half, (off_t)half) ==
		(ssize_t)(FILE_BYTES - half));
	if (number % 2 != 0)
		NEEDS(pwrite(fd, bytes, half, 0) == (ssize_t)half);
	close(fd);
}

/* The file has what was written, a mapping shows it, and what is cut off comes back as zeroes. */
static void check_file(unsigned int number)
{
	unsigned char bytes[FILE_BYTES];
	unsigned long cut = storm_below(FILE_BYTES);
	int fd = open_file(number, O_RDWR);

	CHECK_EQUAL(pread(fd, bytes, FILE_BYTES, 0), FILE_BYTES);
	storm_check(bytes, FILE_BYTES, 0, number);
	unsigned char *shared = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	NEEDS(shared != MAP_FAILED);
	shared[cut] ^= 1;
	CHECK(pread(fd, bytes, 1, (off_t)cut) == 1 && bytes[0] == shared[cut]);
	CHECK(ftruncate(fd, (off_t)cut) == 0 && ftruncate(fd, FILE_BYTES) == 0);
	storm_check(shared, cut, 0, number);
	CHECK_EQUAL(pread(fd, bytes, FILE_BYTES - cut, (off_t)cut), FILE_BYTES - cut);
	for (unsigned long i = 0; i < FILE_BYTES - cut; i++)
		CHECK_EQUAL(bytes[i], 0);
	munmap(shared, FILE_BYTES);
	close(fd);
}

static unsigned int entries_here(void)
{
	DIR *stream = opendir(".");
	unsigned int count = 0;

	NEEDS(stream != NULL);
	while (readdir(stream) != NULL)
		count++;
	closedir(stream);
	return count - 2; /* . and .. */
}

static void remove_file(unsigned int number)
{
	char name[NAME_BYTES], other[NAME_BYTES];

	snprintf(name, sizeof(name), "file%u", number);
	snprintf(other, sizeof(other), "other%u", number);
	NEEDS(link(name, other) == 0);
	NEEDS(rename(other, name) == 0); /* the same file: no effect */
	NEEDS(unlink(name) == 0);
	NEEDS(rename(other, name) == 0);
	CHECK(access(other, F_OK) != 0);
	NEEDS(unlink(name) == 0);
}

/* Each worker has its own directory, where an earlier turn that was killed may have left files. */
static void use_files(void)
{
	char name[NAME_BYTES];

	snprintf(name, sizeof(name), "worker%u", storm_worker());
	NEEDS(mkdir(name, DIRECTORY_MODE) == 0 || errno == EEXIST);
	NEEDS(chdir(name) == 0);
	for (unsigned int i = 0; i < FILES; i++)
		write_file(i);
	for (unsigned int i = 0; i < FILES; i++)
		check_file(i);
	CHECK(storm_is_scarce() || entries_here() == FILES);
	for (unsigned int i = 0; i < FILES; i++)
		remove_file(i);
	CHECK(storm_is_scarce() || entries_here() == 0);
	NEEDS(chdir("..") == 0);
	CHECK(storm_is_scarce() || rmdir(name) == 0);
}

/* Moves megabytes in one call, over and over into the same memory. */
static void move_much(void)
{
	unsigned char *bytes = memory_map_pages(VECTOR_BYTES / PAGE_BYTES);
	struct iovec vector[VECTORS];
	const ssize_t all = (ssize_t)(VECTORS * VECTOR_BYTES);
	int zero = open("/dev/zero", O_RDONLY);

	for (unsigned int i = 0; i < VECTORS; i++)
		vector[i] = (struct iovec){ bytes, VECTOR_BYTES };
	memory_tag(bytes, VECTOR_BYTES / PAGE_BYTES, 1);
	CHECK_EQUAL(readv(zero, vector, VECTORS), all);
	memory_check_tag(bytes, VECTOR_BYTES / PAGE_BYTES, 0);
	CHECK_EQUAL(getrandom(bytes, VECTOR_BYTES, 0), VECTOR_BYTES);
	int file = open("much", O_RDWR | O_CREAT | O_TRUNC, FILE_MODE);
	CHECK(zero >= 0 && file >= 0 && unlink("much") == 0);
	storm_fill(bytes, VECTOR_BYTES, 0, 1);
	CHECK_EQUAL(writev(file, vector, VECTORS / 8), all / 8);
	CHECK_EQUAL(preadv(file, vector, VECTORS / 8, 0), all / 8);
	storm_check(bytes, VECTOR_BYTES, 0, 1);
}

const struct storm data_storms[] = {
	{ "pipe", stream_pipe, 2, true },
	{ "socket", stream_socket, 1, true },
	{ "terminal", stream_terminal, 1, false },
	{ "files", use_files, 2, true },
	{ "much", move_much, 1, false },
};

const unsigned int data_storm_count = sizeof(data_storms) / sizeof(data_storms[0]);
