/*
 * Threads that store while another thread of the same address space forks, unmaps, protects or
 * replaces the pages under them. If a hart kept its old translation, the thread would go on storing
 * through it; each case watches the place where such a store would show.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/smptest.h"
#include "usr/tests/thread.h"

#define STORERS_MAX  7
#define STORE_PAGES  8
#define WORDS_A_PAGE (PAGE_BYTES / sizeof(unsigned long))
#define LOOKS        2000 /* how often a snapshot is compared */
#define LOOK_ROUNDS  20
#define REUSE_PAGES  8
#define REUSED_TAG   0x5eed5eed5eed5eedul
#define STORER_TAG   0xbadbadbadbadbadul
#define RACE_PAGES   32
#define WATCH_ROUNDS 50

/* A storing thread: its pages, how far it has got, and what it has seen wrong. */
struct storer {
	volatile unsigned long *pages;
	unsigned long stored; /* every page has at least this number */
	unsigned long lost;   /* the page whose number went back, plus one; 0: none */
	const int *stop;
};

/* A word, 0 at first, in a shared mapping, which fork leaves alone. */
static unsigned long *map_word(void)
{
	void *page =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED && memory_has_ledger())
		tap_skip("no shared anonymous memory, errno %d", errno);
	CHECK(page != MAP_FAILED);
	return page;
}

/* All harts but two, left to the thread that forks and to its child, so that all run at once. */
static unsigned int storer_count(void)
{
	unsigned int harts = smp_harts();

	return harts <= 3 ? 1 : harts - 2 > STORERS_MAX ? STORERS_MAX : harts - 2;
}

/*
 * Stores rising numbers, the same to each of its pages in turn. No other thread stores there, so
 * each page must still hold the number before: a store to a frame that is no longer mapped at the
 * page would be lost.
 */
static void store_rising(void *argument)
{
	struct storer *storer = argument;

	for (unsigned long number = 1; !atomic_load_flag(storer->stop); number++) {
		for (size_t page = 0; page < STORE_PAGES; page++) {
			volatile unsigned long *word = storer->pages + page * WORDS_A_PAGE;
			if (*word != number - 1)
				storer->lost = page + 1;
			*word = number;
		}
		atomic_store_flag(&storer->stored, number);
	}
}

/* A snapshot: no page may change any more, and no two may differ by more than one. */
static void check_snapshot(const struct storer *storer)
{
	unsigned long seen[STORE_PAGES];

	for (size_t page = 0; page < STORE_PAGES; page++)
		seen[page] = storer->pages[page * WORDS_A_PAGE];
	for (size_t page = 1; page < STORE_PAGES; page++) {
		if (seen[page] > seen[page - 1] || seen[0] - seen[page] > 1)
			FAIL("page 0 has %lu, page %lu has %lu", seen[0], (unsigned long)page,
				seen[page]);
	}
	for (int round = 0; round < LOOK_ROUNDS; round++) {
		for (int look = 0; look < LOOKS / LOOK_ROUNDS; look++) {
			for (size_t page = 0; page < STORE_PAGES; page++) {
				unsigned long now = storer->pages[page * WORDS_A_PAGE];
				if (now != seen[page])
					FAIL("page %lu had %lu, has %lu", (unsigned long)page,
						seen[page], now);
			}
		}
		kernel_call(SYS_sched_yield);
	}
}

static void check_all_snapshots(const struct storer *storers, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		check_snapshot(&storers[i]);
}

/* Returns when all of them are storing. */
static void start_storers(struct storer *storers, struct thread *threads, unsigned int count,
	const int *stop)
{
	for (unsigned int i = 0; i < count; i++) {
		/* Every second one has its pages below a page table that fork shares. */
		unsigned char *pages =
			i % 2 == 0 ? memory_map_pages(STORE_PAGES) : memory_map_table(0);
		storers[i] = (struct storer){
			.pages = (volatile unsigned long *)(void *)pages,
			.stop = stop,
		};
		thread_start(&threads[i], store_rising, &storers[i]);
	}
	for (unsigned int i = 0; i < count; i++) {
		while (atomic_load_flag(&storers[i].stored) == 0)
			kernel_call(SYS_sched_yield);
	}
}

static void join_storers(const struct storer *storers, struct thread *threads, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		thread_join(&threads[i]);
		if (storers[i].lost != 0)
			FAIL("thread %u lost a store to page %lu", i, storers[i].lost - 1);
	}
}

/* The child's memory is one moment of its parent's, however many harts store in the parent. */
static void store_against_fork(void)
{
	static struct storer storers[STORERS_MAX];
	static struct thread threads[STORERS_MAX];
	static int stop;
	unsigned int count = storer_count();
	unsigned long *checked = map_word();
	unsigned long deadline = smp_deadline();

	start_storers(storers, threads, count, &stop);
	for (unsigned long round = 1; now_nanoseconds() < deadline; round++) {
		int pid = (int)thread_fork(checked, round);
		CHECK(pid >= 0);
		if (pid == 0) {
			check_all_snapshots(storers, count);
			atomic_store_flag(checked, round);
			_exit(0);
		}
		tap_join(pid);
	}
	atomic_store_flag(&stop, 1);
	join_storers(storers, threads, count);
}

/* The same with several living children, which store as well: none sees another's stores. */
static void store_against_storing_children(void)
{
	static struct storer storers[STORERS_MAX];
	static struct thread threads[STORERS_MAX];
	static int stop;
	unsigned int count = storer_count();
	const unsigned long *zero = map_word();
	unsigned long deadline = smp_deadline();

	start_storers(storers, threads, count, &stop);
	while (now_nanoseconds() < deadline) {
		int pids[2];
		for (int child = 0; child < 2; child++) {
			pids[child] = (int)thread_fork(zero, 0);
			CHECK(pids[child] >= 0);
			if (pids[child] != 0)
				continue;
			for (unsigned int i = 0; i < count; i++) {
				for (size_t page = 0; page < STORE_PAGES; page++)
					storers[i].pages[page * WORDS_A_PAGE] = ~0ul;
			}
			check_all_snapshots(storers, count);
			_exit(0);
		}
		for (int child = 0; child < 2; child++)
			tap_join(pids[child]);
	}
	atomic_store_flag(&stop, 1);
	join_storers(storers, threads, count);
}

/*
 * A thread that only reads: `numbers` is private memory, whose pages the main thread breaks after
 * each fork; `announced` lies in a shared mapping, which fork leaves alone.
 */
struct reader {
	const volatile unsigned long *numbers;
	const unsigned long *announced;
	unsigned long seen; /* the last number that was announced, and found */
	unsigned long missed;
	int stop;
};

/* Once a number has been announced every page must show it, or a later one. */
static void read_numbers(void *argument)
{
	struct reader *reader = argument;
	unsigned long seen = 0;

	while (!atomic_load_flag(&reader->stop)) {
		unsigned long announced = atomic_load_flag(reader->announced);
		for (size_t page = 0; page < STORE_PAGES; page++) {
			if (reader->numbers[page * WORDS_A_PAGE] < announced)
				reader->missed = announced;
		}
		if (announced == seen)
			continue;
		seen = announced;
		atomic_store_flag(&reader->seen, seen);
	}
}

static void wait_until_seen(const struct reader *reader, unsigned long number)
{
	while (atomic_load_flag(&reader->seen) != number)
		kernel_call(SYS_sched_yield);
	if (atomic_load_flag(&reader->missed) != 0)
		FAIL("number %lu was announced, a page showed an older one", reader->missed);
}

/*
 * A store by one thread breaks a page, which gets a new frame: from then on no thread may see the
 * old one, even if its hart still has a translation that leads there.
 */
static void load_against_break(void)
{
	static struct reader reader;
	static struct thread thread;
	static struct gate gate;
	unsigned long *announced = map_word();
	const unsigned long *zero = map_word();
	unsigned char *pages = memory_map_pages(STORE_PAGES);
	unsigned long deadline = smp_deadline();

	gate_init(&gate);
	memory_tag(pages, STORE_PAGES, 0);
	reader.numbers = (volatile unsigned long *)(void *)pages;
	reader.announced = announced;
	thread_start(&thread, read_numbers, &reader);
	for (unsigned long number = 1; now_nanoseconds() < deadline; number++) {
		int pid = (int)thread_fork(zero, 0);
		CHECK(pid >= 0);
		if (pid == 0) {
			gate_wait(&gate);
			_exit(0);
		}
		wait_until_seen(&reader, number - 1);
		__atomic_fetch_or(announced, 0, __ATOMIC_RELAXED); /* takes its fault now */
		memory_check_tag(pages, STORE_PAGES, number - 1);
		sleep_milliseconds(1); /* the thread reads the old frames meanwhile */
		memory_tag(pages, STORE_PAGES, number);
		atomic_store_flag(announced, number);
		wait_until_seen(&reader, number);
		gate_open(&gate);
		tap_join(pid);
	}
	atomic_store_flag(&reader.stop, 1);
	thread_join(&thread);
}

/* A page that a thread stores to without pause. */
struct target {
	volatile unsigned long *word;
	unsigned long rounds;
	int stop;
};

static void store_tag(void *argument)
{
	struct target *target = argument;

	while (!atomic_load_flag(&target->stop)) {
		for (int i = 0; i < 64; i++)
			*target->word = STORER_TAG;
		atomic_store_flag(&target->rounds, target->rounds + 1);
	}
}

/* The next round may have been stored before this was called, and only its count be late. */
static void wait_for_round(const struct target *target)
{
	unsigned long before = atomic_load_flag(&target->rounds);

	while (atomic_load_flag(&target->rounds) < before + 2)
		kernel_call(SYS_sched_yield);
}

/*
 * The page under a storing thread is replaced by a fresh one, and the old frame is most likely the
 * next to be allocated: no store may reach memory that was allocated since.
 */
static void store_against_replace(void)
{
	static struct target target;
	static struct thread thread;
	unsigned char *page = memory_map_pages(1);
	unsigned long deadline = smp_deadline();

	target.word = (volatile unsigned long *)(void *)page;
	thread_start(&thread, store_tag, &target);
	while (now_nanoseconds() < deadline) {
		wait_for_round(&target);
		void *fresh = mmap(page, PAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		CHECK(fresh == page);
		unsigned char *others = memory_map_pages(REUSE_PAGES);
		memory_tag(others, REUSE_PAGES, REUSED_TAG);
		for (int i = 0; i < WATCH_ROUNDS; i++)
			memory_check_tag(others, REUSE_PAGES, REUSED_TAG);
		wait_for_round(&target);
		memory_check_tag(others, REUSE_PAGES, REUSED_TAG);
		CHECK_EQUAL(*target.word, STORER_TAG);
		memory_unmap_pages(others, REUSE_PAGES);
	}
	atomic_store_flag(&target.stop, 1);
	thread_join(&thread);
}

/* Starts a thread that stores to the page, and sees it do so. */
static void start_target(struct target *target, struct thread *thread, unsigned char *page)
{
	target->word = (volatile unsigned long *)(void *)page;
	target->rounds = 0;
	target->stop = 0;
	thread_start(thread, store_tag, target);
	wait_for_round(target);
}

/* The thread must die of its next store. */
static void expect_death(struct thread *thread)
{
	tap_join_killed(thread->pid, SIGSEGV);
	memory_unmap_pages(thread->stack, THREAD_STACK_PAGES);
}

/* Once mprotect() has returned no store reaches the page any more, and the storing thread dies. */
static void store_against_protect(void)
{
	static struct target target;
	static struct thread thread;
	unsigned char *page = memory_map_pages(1);
	unsigned long deadline = smp_deadline();

	while (now_nanoseconds() < deadline) {
		start_target(&target, &thread, page);
		CHECK(mprotect(page, PAGE_BYTES, PROT_READ) == 0);
		CHECK_EQUAL(*target.word, STORER_TAG);
		expect_death(&thread);
		CHECK(mprotect(page, PAGE_BYTES, PROT_READ | PROT_WRITE) == 0);
		*target.word = 0;
	}
}

/* Nor does one reach the frame that munmap() has freed, which soon has another owner. */
static void store_against_unmap(void)
{
	static struct target target;
	static struct thread thread;
	unsigned long deadline = smp_deadline();

	while (now_nanoseconds() < deadline) {
		unsigned char *others = memory_map_pages(REUSE_PAGES); /* touched only later */
		unsigned char *page = memory_map_pages(1);
		start_target(&target, &thread, page);
		memory_unmap_pages(page, 1);
		memory_tag(others, REUSE_PAGES, REUSED_TAG);
		expect_death(&thread);
		memory_check_tag(others, REUSE_PAGES, REUSED_TAG);
		memory_unmap_pages(others, REUSE_PAGES);
	}
}

/* Pages that several threads touch at the same time. */
struct race {
	unsigned char *pages;
	unsigned int started;
	unsigned int count;
};

static void add_to_all(void *argument)
{
	struct race *race = argument;

	__atomic_add_fetch(&race->started, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&race->started, __ATOMIC_ACQUIRE) < race->count)
		kernel_call(SYS_sched_yield);
	for (size_t page = 0; page < RACE_PAGES; page++)
		__atomic_add_fetch((unsigned long *)(void *)(race->pages + page * PAGE_BYTES), 1,
			__ATOMIC_RELAXED);
}

static void race_once(struct race *race, struct thread *threads)
{
	race->started = 0;
	for (unsigned int i = 0; i < race->count; i++)
		thread_start(&threads[i], add_to_all, race);
	for (unsigned int i = 0; i < race->count; i++)
		thread_join(&threads[i]);
}

/* When several harts first touch a page at once, all get the same page, and no addition is lost. */
static void fault_race_fresh(void)
{
	static struct race race;
	static struct thread threads[STORERS_MAX + 2];
	unsigned long deadline = smp_deadline();

	race.count = storer_count() + 2;
	while (now_nanoseconds() < deadline) {
		race.pages = memory_map_pages(RACE_PAGES);
		race_once(&race, threads);
		memory_check_tag(race.pages, RACE_PAGES, race.count);
		memory_unmap_pages(race.pages, RACE_PAGES);
	}
}

/* The same for the break of a COW page, while the child keeps the old one. */
static void fault_race_cow(void)
{
	static struct race race;
	static struct thread threads[STORERS_MAX + 2];
	static struct gate gate;
	const unsigned long *zero = map_word();
	unsigned long deadline = smp_deadline();
	unsigned long value = 0;

	gate_init(&gate);
	race.count = storer_count() + 2;
	race.pages = memory_map_pages(RACE_PAGES);
	memory_tag(race.pages, RACE_PAGES, 0);
	while (now_nanoseconds() < deadline) {
		int pid = (int)thread_fork(zero, 0);
		CHECK(pid >= 0);
		if (pid == 0) {
			gate_wait(&gate);
			memory_check_tag(race.pages, RACE_PAGES, value);
			_exit(0);
		}
		race_once(&race, threads);
		gate_open(&gate);
		tap_join(pid);
		value += race.count;
		memory_check_tag(race.pages, RACE_PAGES, value);
	}
}

/* Each thread begins at another page, so that they meet where one maps the next one's pages. */
static void read_all(void *argument)
{
	struct race *race = argument;
	size_t first = __atomic_add_fetch(&race->started, 1, __ATOMIC_ACQ_REL);

	while (__atomic_load_n(&race->started, __ATOMIC_ACQUIRE) < race->count)
		kernel_call(SYS_sched_yield);
	for (size_t page = 0; page < RACE_PAGES; page++)
		(void)*(volatile unsigned char *)(race->pages +
			(first + page) % RACE_PAGES * PAGE_BYTES);
}

/* The pages of a file that several harts read at once: each is mapped once, and counted so. */
static void fault_race_file(void)
{
	static struct race race;
	static struct thread threads[STORERS_MAX + 2];
	unsigned long deadline = smp_deadline();
	int fd = open("raced", O_CREAT | O_RDWR, S_IRUSR | S_IWUSR);

	CHECK(fd >= 0);
	for (unsigned long page = 0; page < RACE_PAGES; page++)
		CHECK(pwrite(fd, &page, sizeof(page), (off_t)(page * PAGE_BYTES)) == sizeof(page));
	race.count = storer_count() + 2;
	while (now_nanoseconds() < deadline) {
		race.pages = mmap(NULL, RACE_PAGES * PAGE_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
		CHECK(race.pages != MAP_FAILED);
		race.started = 0;
		for (unsigned int i = 0; i < race.count; i++)
			thread_start(&threads[i], read_all, &race);
		for (unsigned int i = 0; i < race.count; i++)
			thread_join(&threads[i]);
		memory_unmap_pages(race.pages, RACE_PAGES);
	}
}

static const struct tap_case cases[] = {
	{ "store-against-fork", store_against_fork, 0 },
	{ "store-against-storing-children", store_against_storing_children, 0 },
	{ "load-against-break", load_against_break, 0 },
	{ "store-against-replace", store_against_replace, 0 },
	{ "store-against-protect", store_against_protect, 0 },
	{ "store-against-unmap", store_against_unmap, 0 },
	{ "fault-race-fresh", fault_race_fresh, 0 },
	{ "fault-race-cow", fault_race_cow, 0 },
	{ "fault-race-file", fault_race_file, 0 },
};

const struct tap_group smp_store_group = TAP_GROUP(cases);
