/* Mappings: of files that end, shrink or get holes; flags, advice, moves; barriers. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/abi/membarrier.h"
#include "usr/tests/memory.h"
#include "usr/tests/posixtest.h"

#define PAGE       PAGE_BYTES
#define READ_WRITE (PROT_READ | PROT_WRITE)
#define LOWEST     0x8000l /* below the program */

/* Where a fault jumps to: the load or store then returns its signal, with details in `fault`. */
static jmp_buf escape;
static siginfo_t fault;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)context;
	fault = *info;
	longjmp(escape, signal);
}

static void catch_faults(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER };

	action.sa_sigaction = on_fault;
	CHECK_EQUAL(sigaction(SIGBUS, &action, NULL), 0);
	CHECK_EQUAL(sigaction(SIGSEGV, &action, NULL), 0);
}

static int load(const volatile unsigned char *address)
{
	int signal = setjmp(escape);

	if (signal == 0)
		(void)*address;
	return signal;
}

static int store(volatile unsigned char *address, unsigned char value)
{
	int signal = setjmp(escape);

	if (signal == 0)
		*address = value;
	return signal;
}

static void check_end(volatile unsigned char *address)
{
	CHECK_EQUAL(load(address), SIGBUS);
	CHECK_EQUAL(fault.si_code, BUS_ADRERR);
	CHECK(fault.si_addr == address);
	CHECK_EQUAL(store(address, 1), SIGBUS);
}

/* A file of so many pages, each filled with its number from 1 on. */
static int page_file(size_t pages)
{
	int file = posix_file("file", "");
	char page[PAGE];

	for (size_t i = 0; i < pages; i++) {
		memset(page, (int)i + 1, sizeof(page));
		CHECK_EQUAL(write(file, page, sizeof(page)), sizeof(page));
	}
	return file;
}

static unsigned char *map_file(int file, size_t pages, int type)
{
	unsigned char *start = mmap(NULL, pages * PAGE, READ_WRITE, type, file, 0);

	CHECK(start != MAP_FAILED);
	return start;
}

static void file_end(void)
{
	int file = page_file(1), zero = open("/dev/zero", O_RDONLY);
	unsigned char *start = map_file(file, 3, MAP_SHARED);
	unsigned char *copy = map_file(file, 3, MAP_PRIVATE), last;

	catch_faults();
	CHECK_EQUAL(ftruncate(file, PAGE + 100), 0);
	CHECK_EQUAL(start[PAGE + 100], 0);
	CHECK_EQUAL(store(start + PAGE + 99, 8), 0);
	CHECK_EQUAL(store(start + PAGE + 100, 9), 0); /* past the end, but in the page */
	CHECK_EQUAL(pread(file, &last, 1, PAGE + 99), 1);
	CHECK_EQUAL(last, 8);
	CHECK_EQUAL(pread(file, &last, 1, PAGE + 100), 0);
	check_end(start + 2 * PAGE + 5);
	check_end(copy + 2 * PAGE + 5);
	GIVES(-EFAULT, read, zero, start + 2 * PAGE, 1);
	GIVES(1, read, zero, start + 2 * PAGE - 1, 2);
	GIVES(-EFAULT, write, file, start + 2 * PAGE, 1);
}

static void check_shorter(unsigned char *start, unsigned char tail)
{
	CHECK_EQUAL(start[0], 1);
	CHECK_EQUAL(start[PAGE + 99], 2);
	CHECK_EQUAL(start[PAGE + 100], tail);
	check_end(start + 2 * PAGE);
	check_end(start + 3 * PAGE);
}

static void file_shorter(void)
{
	int file = page_file(4);
	unsigned char *shared = map_file(file, 4, MAP_SHARED);
	unsigned char *plain = map_file(file, 4, MAP_PRIVATE);
	unsigned char *copied = map_file(file, 4, MAP_PRIVATE);

	catch_faults();
	for (size_t i = 0; i < 4; i++) {
		CHECK_EQUAL(shared[i * PAGE], i + 1);
		CHECK_EQUAL(plain[i * PAGE], i + 1);
		copied[i * PAGE + 1] = 9;
	}
	CHECK_EQUAL(ftruncate(file, PAGE + 100), 0);
	check_shorter(shared, 0);
	check_shorter(plain, 0);
	check_shorter(copied, 2);
	CHECK_EQUAL(copied[1], 9);
	CHECK_EQUAL(ftruncate(file, 4 * PAGE), 0);
	for (size_t i = 2; i < 4; i++) {
		CHECK_EQUAL(shared[i * PAGE], 0);
		CHECK_EQUAL(plain[i * PAGE], 0);
		CHECK_EQUAL(copied[i * PAGE + 1], 0);
	}
	shared[2 * PAGE] = 5;
	CHECK_EQUAL(plain[2 * PAGE], 5);
}

/* Enough pages that their tables are shared at fork rather than copied. */
#define FAMILY_PAGES 100

struct family {
	unsigned char *shared, *copied;
	struct gate cut;
};

static void look_after_cut(void *argument)
{
	struct family *family = argument;

	gate_wait(&family->cut);
	for (size_t i = 0; i < FAMILY_PAGES; i++) {
		int expected = i < FAMILY_PAGES / 2 ? 0 : SIGBUS;

		CHECK_EQUAL(load(family->shared + i * PAGE), expected);
		CHECK_EQUAL(load(family->copied + i * PAGE), expected);
		if (expected == 0) {
			CHECK_EQUAL(family->shared[i * PAGE], i + 1);
			CHECK_EQUAL(family->copied[i * PAGE], 200);
		}
	}
}

static void family_shorter(void)
{
	int file = page_file(FAMILY_PAGES), child, grandchild;
	struct family family = { map_file(file, FAMILY_PAGES, MAP_SHARED),
		map_file(file, FAMILY_PAGES, MAP_PRIVATE), { { 0 } } };

	catch_faults();
	gate_init(&family.cut);
	for (size_t i = 0; i < FAMILY_PAGES; i++) {
		CHECK_EQUAL(family.shared[i * PAGE], i + 1);
		family.copied[i * PAGE] = 200;
	}
	child = tap_fork();
	if (child == 0) {
		grandchild = tap_fork();
		look_after_cut(&family);
		if (grandchild != 0)
			tap_join(grandchild);
		_exit(0);
	}
	CHECK_EQUAL(truncate("file", FAMILY_PAGES / 2 * PAGE), 0);
	gate_open(&family.cut);
	gate_open(&family.cut);
	gate_open(&family.cut);
	look_after_cut(&family);
	tap_join(child);
}

/*
 * Threads store into a file that is truncated again and again. After that its pages belong to others,
 * and no store may reach them.
 */
#define STORM_PAGES   16
#define STORM_THREADS 3
#define STORM_ROUNDS  200
#define STORM_TAG     0x5a

static struct storm {
	unsigned char *start;
	int ended;
} storm;

static void skip_store(int signal, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)signal;
	(void)info;
	at->uc_mcontext.regs.pc += 4;
}

static void store_on(void *argument)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	(void)argument;
	action.sa_sigaction = skip_store;
	if (kernel_call(SYS_rt_sigaction, SIGBUS, &action, NULL, sizeof(action.sa_mask)) != 0)
		_exit(1);
	while (!atomic_load_flag(&storm.ended)) {
		for (size_t i = 0; i < STORM_PAGES; i++)
			__asm__ volatile(".option push\n.option norvc\nsb %0, 0(%1)\n.option pop"
					 :
					 : "r"(1), "r"(storm.start + i * PAGE)
					 : "memory");
	}
}

static void threads_shorter(void)
{
	int file = page_file(STORM_PAGES);
	struct thread threads[STORM_THREADS];

	storm.start = map_file(file, STORM_PAGES, MAP_SHARED);
	for (size_t i = 0; i < STORM_THREADS; i++)
		thread_start(&threads[i], store_on, NULL);
	for (int round = 0; round < STORM_ROUNDS; round++) {
		CHECK_EQUAL(ftruncate(file, 0), 0);
		unsigned char *fresh = memory_map_pages(STORM_PAGES);
		memset(fresh, STORM_TAG, STORM_PAGES * PAGE);
		for (size_t i = 0; i < STORM_PAGES * PAGE; i++)
			CHECK_EQUAL(fresh[i], STORM_TAG);
		memory_unmap_pages(fresh, STORM_PAGES);
		CHECK_EQUAL(ftruncate(file, STORM_PAGES * PAGE), 0);
	}
	atomic_store_flag(&storm.ended, 1);
	for (size_t i = 0; i < STORM_THREADS; i++)
		thread_join(&threads[i]);
}

static void file_hole(void)
{
	int file = page_file(4);
	unsigned char *shared = map_file(file, 4, MAP_SHARED);
	unsigned char *plain = map_file(file, 4, MAP_PRIVATE);
	unsigned char *copied = map_file(file, 4, MAP_PRIVATE);
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	struct stat before, after;

	for (size_t i = 0; i < 4; i++) {
		CHECK_EQUAL(shared[i * PAGE], i + 1);
		CHECK_EQUAL(plain[i * PAGE], i + 1);
		copied[i * PAGE] = 9;
	}
	CHECK_EQUAL(fstat(file, &before), 0);
	GIVES(-EOPNOTSUPP, fallocate, file, FALLOC_FL_PUNCH_HOLE, 0, PAGE);
	GIVES(-EINVAL, fallocate, file, punch, 0, 0);
	GIVES(-EINVAL, fallocate, file, punch, -1, PAGE);
	GIVES(-EBADF, fallocate, BAD_FD, punch, 0, PAGE);
	GIVES(0, fallocate, file, punch, PAGE - 10, 2 * PAGE);
	CHECK_EQUAL(fstat(file, &after), 0);
	CHECK_EQUAL(after.st_size, 4 * PAGE);
	CHECK_EQUAL(before.st_blocks - after.st_blocks, PAGE / 512);
	CHECK_EQUAL(shared[PAGE - 11], 1);
	CHECK_EQUAL(shared[PAGE - 10], 0);
	CHECK_EQUAL(shared[PAGE], 0);
	CHECK_EQUAL(plain[PAGE], 0);
	CHECK_EQUAL(plain[3 * PAGE - 11], 0);
	CHECK_EQUAL(plain[3 * PAGE - 10], 3);
	CHECK_EQUAL(copied[PAGE], 9);
	GIVES(0, fallocate, file, punch, 4 * PAGE, PAGE); /* past the end */
	GIVES(0, fallocate, file, punch, 10, 20);
	CHECK_EQUAL(shared[9], 1);
	CHECK_EQUAL(shared[10], 0);
	CHECK_EQUAL(shared[30], 1);
}

static void map_arguments(void)
{
	const int private = MAP_PRIVATE | MAP_ANONYMOUS;
	int file = page_file(1), reader = open("file", O_RDONLY), writer = open("file", O_WRONLY);
	unsigned char *start = memory_map_pages(4);

	GIVES(-EINVAL, mmap, NULL, 0, PROT_READ, private, -1, 0);
	GIVES(-EINVAL, mmap, NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0);
	GIVES(-EINVAL, mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 1);
	GIVES(-EINVAL, mmap, start + 1, PAGE, PROT_READ, private | MAP_FIXED, -1, 0);
	GIVES(-ENOMEM, mmap, NULL, 1ul << 60, PROT_READ, private, -1, 0);
	GIVES(-ENOMEM, mmap, NULL, -1ul, PROT_READ, private, -1, 0);
	GIVES(-EOVERFLOW, mmap, NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, file, -PAGE);
	GIVES(-EEXIST, mmap, start, PAGE, PROT_READ, private | MAP_FIXED_NOREPLACE, -1, 0);
	GIVES(-EBADF, mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, BAD_FD, 0);
	GIVES(-EACCES, mmap, NULL, PAGE, READ_WRITE, MAP_SHARED, reader, 0);
	GIVES(-EACCES, mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0);
	GIVES(-EOPNOTSUPP, mmap, NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 1 << 24, file, 0);
	GIVES(-EINVAL, mmap, NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1,
		0);
	GIVES(-EACCES, mprotect, (void *)WORKS(mmap, NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0),
		PAGE, READ_WRITE);
	GIVES(-EINVAL, munmap, start + 1, PAGE);
	GIVES(-EINVAL, munmap, start, 0);
	GIVES(0, munmap, start + PAGE, PAGE);
	GIVES(0, munmap, start, 4 * PAGE); /* holes do not matter */
	GIVES((long)start, mmap, start, PAGE, PROT_READ, private | MAP_FIXED_NOREPLACE, -1, 0);
	GIVES(-EINVAL, msync, start, PAGE, MS_SYNC | MS_ASYNC);
	GIVES(-EINVAL, msync, start, PAGE, 8);
	GIVES(-EINVAL, msync, start + 1, PAGE, MS_SYNC);
	GIVES(-ENOMEM, msync, start, 2 * PAGE, MS_SYNC);
	GIVES(0, msync, start, PAGE, MS_ASYNC | MS_INVALIDATE);
}

static void populated(void)
{
	const int flags[] = { MAP_POPULATE, MAP_LOCKED };
	unsigned char resident[4];
	int file = page_file(2);
	unsigned char *start;

	for (size_t i = 0; i < 2; i++) {
		start = mmap(NULL, 4 * PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags[i], -1,
			0);
		CHECK(start != MAP_FAILED);
		GIVES(0, mincore, start, 4 * PAGE, resident);
		CHECK(resident[0] & resident[1] & resident[2] & resident[3] & 1);
	}
	CHECK(mmap(NULL, 4 * PAGE, READ_WRITE, MAP_PRIVATE | MAP_POPULATE, file, 0) != MAP_FAILED);
}

static void residence(void)
{
	unsigned char *start = memory_map_pages(2), resident[2];
	int file = page_file(1);

	CHECK_EQUAL(ftruncate(file, 2 * PAGE), 0);
	GIVES(0, mincore, start, 2 * PAGE, resident);
	CHECK_EQUAL((resident[0] | resident[1]) & 1, 0);
	start[PAGE] = 1;
	GIVES(0, mincore, start, PAGE + 1, resident);
	CHECK_EQUAL(resident[0] & 1, 0);
	CHECK_EQUAL(resident[1] & 1, 1);
	GIVES(-EINVAL, mincore, start + 1, PAGE, resident);
	GIVES(-EFAULT, mincore, start, PAGE, BAD_POINTER);
	memory_unmap_pages(start, 2);
	GIVES(-ENOMEM, mincore, start, PAGE, resident);
	start = map_file(file, 2, MAP_SHARED);
	GIVES(0, mincore, start, 2 * PAGE, resident);
	CHECK_EQUAL(resident[0] & 1, 1);
	CHECK_EQUAL(resident[1] & 1, 0);
}

static void advice(void)
{
	int file = page_file(2);
	unsigned char *start = memory_map_pages(3), *shared = map_file(file, 2, MAP_SHARED);
	const int hints[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_COLD,
		MADV_PAGEOUT, MADV_DONTDUMP, MADV_DODUMP };

	memset(start, 1, 3 * PAGE);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		GIVES(0, madvise, start, 3 * PAGE, hints[i]);
		CHECK_EQUAL(start[PAGE], 1);
	}
	GIVES(-EINVAL, madvise, start, PAGE, 99);
	GIVES(-EINVAL, madvise, start, 0, 99);
	GIVES(-EINVAL, madvise, start + 1, PAGE, MADV_NORMAL);
	GIVES(-EINVAL, madvise, start, -1ul, MADV_NORMAL);
	GIVES(0, madvise, start, 0, MADV_DONTNEED);
	GIVES(0, madvise, start, PAGE - 5, MADV_DONTNEED);
	CHECK_EQUAL(start[0], 0);
	CHECK_EQUAL(start[PAGE], 1);
	GIVES(-EINVAL, madvise, shared, PAGE, MADV_FREE);
	GIVES(-EINVAL, madvise, shared, PAGE, MADV_WIPEONFORK);
	GIVES(0, madvise, start, PAGE, MADV_FREE);
	shared[0] = 77;
	GIVES(0, madvise, shared, 2 * PAGE, MADV_DONTNEED);
	CHECK_EQUAL(shared[0], 77);
	GIVES(0, munmap, start + PAGE, PAGE);
	start[2 * PAGE] = 1;
	GIVES(-ENOMEM, madvise, start, 3 * PAGE, MADV_DONTNEED);
	CHECK_EQUAL(start[2 * PAGE], 0);
	GIVES(-ENOMEM, madvise, start, 2 * PAGE, MADV_POPULATE_READ);
	GIVES(0, madvise, start, PAGE, MADV_POPULATE_WRITE);
	GIVES(0, mprotect, start, PAGE, PROT_READ);
	GIVES(-EINVAL, madvise, start, PAGE, MADV_POPULATE_WRITE);
	GIVES(0, madvise, start, PAGE, MADV_POPULATE_READ);
	GIVES(0, mprotect, start, PAGE, PROT_NONE);
	GIVES(-EINVAL, madvise, start, PAGE, MADV_POPULATE_READ);
	GIVES(0, ftruncate, file, 0);
	GIVES(-EFAULT, madvise, shared, PAGE, MADV_POPULATE_READ);
}

static void advice_for_children(void)
{
	unsigned char *start = memory_map_table(0);
	const size_t some = 4 * PAGE;

	catch_faults();
	memset(start, 1, TABLE_PAGES * PAGE);
	GIVES(0, madvise, start + PAGE, some, MADV_DONTFORK);
	GIVES(0, madvise, start + PAGE + some, some, MADV_WIPEONFORK);
	GIVES(0, madvise, start + PAGE + some, PAGE, MADV_KEEPONFORK);
	GIVES(0, madvise, start + PAGE, PAGE, MADV_DOFORK);
	int child = tap_fork();
	if (child == 0) {
		CHECK_EQUAL(start[0], 1);
		CHECK_EQUAL(start[PAGE], 1);
		CHECK_EQUAL(load(start + 2 * PAGE), SIGSEGV);
		CHECK_EQUAL(fault.si_code, SEGV_MAPERR);
		CHECK_EQUAL(load(start + some), SIGSEGV);
		CHECK_EQUAL(start[PAGE + some], 1);
		CHECK_EQUAL(start[2 * PAGE + some], 0);
		CHECK_EQUAL(start[2 * some], 0);
		CHECK_EQUAL(start[PAGE + 2 * some], 1);
		start[2 * some] = 2;
		int grandchild = tap_fork();
		if (grandchild == 0) {
			CHECK_EQUAL(start[2 * some], 0);
			_exit(0);
		}
		tap_join(grandchild);
		_exit(0);
	}
	tap_join(child);
	for (size_t i = 0; i < TABLE_PAGES; i++)
		CHECK_EQUAL(start[i * PAGE], 1);
}

/* Also for the lowest mapping, after mappings have changed on one side of a fork. */
static void advice_on_the_lowest(void)
{
	unsigned char *page = (unsigned char *)LOWEST;

	GIVES(LOWEST, mmap, page, PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	GIVES(0, madvise, page, PAGE, MADV_WIPEONFORK);
	int child = tap_fork();
	if (child == 0) {
		memory_map_pages(1);
		page[0] = 2;
		int grandchild = tap_fork();
		if (grandchild == 0) {
			CHECK_EQUAL(page[0], 0);
			_exit(0);
		}
		tap_join(grandchild);
		_exit(0);
	}
	tap_join(child);
}

static void move_and_keep(void)
{
	unsigned char *start = memory_map_pages(3), *moved;

	memset(start, 6, 3 * PAGE);
	GIVES(-EINVAL, mremap, start, PAGE, PAGE, MREMAP_DONTUNMAP, 0);
	GIVES(-EINVAL, mremap, start, PAGE, 2 * PAGE, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, 0);
	GIVES(-EINVAL, mremap, start, PAGE, PAGE, 8, 0);
	moved = (void *)WORKS(mremap, start, 2 * PAGE, 2 * PAGE, MREMAP_DONTUNMAP | MREMAP_MAYMOVE,
		0);
	CHECK(moved != start);
	CHECK_EQUAL(moved[0], 6);
	CHECK_EQUAL(moved[PAGE], 6);
	CHECK_EQUAL(start[0], 0);
	CHECK_EQUAL(start[PAGE], 0);
	CHECK_EQUAL(start[2 * PAGE], 6);
	start[0] = 1;
	CHECK_EQUAL(moved[0], 6);
}

static void barriers(void)
{
	long known = WORKS(membarrier, MEMBARRIER_QUERY, 0, 0);
	const long wanted = MEMBARRIER_GLOBAL | MEMBARRIER_GLOBAL_EXPEDITED |
		MEMBARRIER_PRIVATE_EXPEDITED | MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE;

	CHECK_EQUAL(known & wanted, wanted);
	GIVES(-EINVAL, membarrier, MEMBARRIER_QUERY, 4, 0);
	GIVES(-EINVAL, membarrier, 1 << 20, 0, 0);
	GIVES(-EINVAL, membarrier, MEMBARRIER_GLOBAL | MEMBARRIER_GLOBAL_EXPEDITED, 0, 0);
	GIVES(-EPERM, membarrier, MEMBARRIER_PRIVATE_EXPEDITED, 0, 0);
	GIVES(-EPERM, membarrier, MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
	GIVES(0, membarrier, MEMBARRIER_GET_REGISTRATIONS, 0, 0);
	GIVES(0, membarrier, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	GIVES(0, membarrier, MEMBARRIER_PRIVATE_EXPEDITED, 0, 0);
	GIVES(-EPERM, membarrier, MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
	GIVES(0, membarrier, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
	GIVES(0, membarrier, MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
	GIVES(MEMBARRIER_REGISTER_PRIVATE_EXPEDITED |
			MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
		membarrier, MEMBARRIER_GET_REGISTRATIONS, 0, 0);
	GIVES(0, membarrier, MEMBARRIER_GLOBAL, 0, 0);
	GIVES(0, membarrier, MEMBARRIER_GLOBAL_EXPEDITED, 0, 0);
}

/* No page can be written but not read: so it can also be read before it was written. */
static void write_only_can_be_read(void)
{
	int file = page_file(2), ends[2];
	unsigned char *fresh, *mapped;

	catch_faults();
	CHECK_EQUAL(pipe(ends), 0);
	fresh = mmap(NULL, 2 * PAGE, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mapped = mmap(NULL, 2 * PAGE, PROT_WRITE, MAP_PRIVATE, file, 0);
	CHECK(fresh != MAP_FAILED && mapped != MAP_FAILED);
	CHECK_EQUAL(load(fresh), 0);
	CHECK_EQUAL(load(mapped), 0);
	CHECK_EQUAL(mapped[0], 1);
	GIVES(1, write, ends[1], fresh + PAGE, 1);
	GIVES(1, write, ends[1], mapped + PAGE, 1);
	CHECK_EQUAL(store(mapped, 7), 0);
	CHECK_EQUAL(mapped[0], 7);
	fresh = mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQUAL(load(fresh), SIGSEGV);
	GIVES(-EFAULT, write, ends[1], fresh, 1);
}

/* The same for a page that was present when it became write-only. */
static void made_write_only(void)
{
	unsigned char *page;
	int ends[2];

	catch_faults();
	CHECK_EQUAL(pipe(ends), 0);
	for (int before = PROT_NONE; before <= (PROT_READ | PROT_EXEC); before++) {
		if (before & PROT_WRITE)
			continue;
		page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(page != MAP_FAILED);
		CHECK_EQUAL(load(page), 0);
		CHECK_EQUAL(mprotect(page, PAGE, before), 0);
		CHECK_EQUAL(mprotect(page, PAGE, PROT_WRITE), 0);
		CHECK_EQUAL(load(page), 0);
		GIVES(1, write, ends[1], page, 1);
		CHECK_EQUAL(store(page, 7), 0);
		GIVES(1, write, ends[1], page, 1);
	}
}

static const struct tap_case cases[] = {
	{ "file-end", file_end, 0 },
	{ "file-shorter", file_shorter, 0 },
	{ "family-shorter", family_shorter, 0 },
	{ "threads-shorter", threads_shorter, TAP_SLOW },
	{ "file-hole", file_hole, 0 },
	{ "map-arguments", map_arguments, 0 },
	{ "populated", populated, 0 },
	{ "residence", residence, 0 },
	{ "advice", advice, 0 },
	{ "advice-for-children", advice_for_children, 0 },
	{ "advice-on-the-lowest", advice_on_the_lowest, 0 },
	{ "move-and-keep", move_and_keep, 0 },
	{ "barriers", barriers, 0 },
	{ "write-only-can-be-read", write_only_can_be_read, 0 },
	{ "made-write-only", made_write_only, 0 },
};

const struct tap_group posix_map_group = TAP_GROUP(cases);
