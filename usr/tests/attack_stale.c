/*
 * Attacks through a translation that a hart should have forgotten: one thread stores and one loads at an
 * address while the memory there is taken away, and its frame is at once given to another owner
 * (CVE-2018-18281: mremap against ftruncate; CVE-2020-10757, CVE-2022-41222: mremap and page tables).
 * No store may reach, and no load may read, the page that has a new owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "usr/tests/attacktest.h"
#include "usr/tests/memory.h"

#define OWN           0x0a0a0a0aul
#define INTRUDER      0xbadbadbadul
#define VICTIM        0x71c71c71c7ul
#define VICTIM_PAGES  8
#define WORDS_A_PAGE  (PAGE_BYTES / sizeof(unsigned long))
#define PROBES_A_LOOK 4
#define LOOKS         4
#define HOLE          (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)

/* A thread that stores or loads at two addresses. */
struct prober {
	unsigned char *places[2];
	unsigned long rounds;
	unsigned long stolen; /* loads that saw the victim's data */
	int stop;
	struct thread thread;
};

static struct prober storer, loader;

static void probe_by_store(void *argument)
{
	struct prober *prober = argument;

	while (!atomic_load_flag(&prober->stop)) {
		for (int i = 0; i < PROBES_A_LOOK; i++)
			guarded_store(prober->places[i % 2], INTRUDER);
		atomic_store_flag(&prober->rounds, prober->rounds + 1);
		kernel_call(SYS_sched_yield); /* there are more tasks than harts */
	}
}

static void probe_by_load(void *argument)
{
	struct prober *prober = argument;

	while (!atomic_load_flag(&prober->stop)) {
		for (int i = 0; i < PROBES_A_LOOK; i++)
			prober->stolen += guarded_load(prober->places[i % 2]) == VICTIM;
		atomic_store_flag(&prober->rounds, prober->rounds + 1);
		kernel_call(SYS_sched_yield); /* there are more tasks than harts */
	}
}

static void start_probers(unsigned char *one, unsigned char *other)
{
	guard_faults();
	storer = loader = (struct prober){ .places = { one, other } };
	thread_start(&storer.thread, probe_by_store, &storer);
	thread_start(&loader.thread, probe_by_load, &loader);
}

static void wait_for_probe(const struct prober *prober)
{
	unsigned long before = atomic_load_flag(&prober->rounds);

	while (atomic_load_flag(&prober->rounds) < before + 2)
		kernel_call(SYS_sched_yield);
}

static void wait_for_probes(void)
{
	wait_for_probe(&storer);
	wait_for_probe(&loader);
}

static void stop_probers(void)
{
	atomic_store_flag(&storer.stop, 1);
	atomic_store_flag(&loader.stop, 1);
	thread_join(&storer.thread);
	thread_join(&loader.thread);
}

/*
 * The new owners of the pages: a file, and another process, which acts when the shared word becomes odd
 * and makes it even again. It maps and fills pages of its own; the next time it checks and unmaps them.
 */
static struct {
	int file;
	int process;
	unsigned long *turn;
} victim;

static void wait_for_turn(unsigned long parity)
{
	while (atomic_load_flag(victim.turn) % 2 != parity)
		kernel_call(SYS_sched_yield);
}

static void be_victim(void)
{
	while (true) {
		wait_for_turn(1);
		unsigned char *pages = memory_map_pages(VICTIM_PAGES);

		memory_tag(pages, VICTIM_PAGES, VICTIM);
		atomic_store_flag(victim.turn, *victim.turn + 1);
		wait_for_turn(1);
		memory_check_tag(pages, VICTIM_PAGES, VICTIM);
		memory_unmap_pages(pages, VICTIM_PAGES);
		atomic_store_flag(victim.turn, *victim.turn + 1);
	}
}

static void start_victim(void)
{
	victim.turn =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(victim.turn != MAP_FAILED);
	victim.file = open("victim", O_CREAT | O_RDWR, 0600);
	victim.process = tap_fork();
	if (victim.process == 0)
		be_victim();
}

static void victim_acts(void)
{
	atomic_store_flag(victim.turn, *victim.turn + 1);
	wait_for_turn(0);
}

static void victim_takes_pages(void)
{
	static unsigned long words[VICTIM_PAGES * WORDS_A_PAGE];

	for (size_t i = 0; i < VICTIM_PAGES * WORDS_A_PAGE; i++)
		words[i] = VICTIM;
	CHECK_EQUAL(pwrite(victim.file, words, sizeof(words), 0), sizeof(words));
	victim_acts();
}

static void check_victim(void)
{
	static unsigned long words[VICTIM_PAGES * WORDS_A_PAGE];

	CHECK_EQUAL(pread(victim.file, words, sizeof(words), 0), sizeof(words));
	for (size_t i = 0; i < VICTIM_PAGES * WORDS_A_PAGE; i++) {
		if (words[i] != VICTIM)
			FAIL("word %zu of the victim's file is %#lx", i, words[i]);
	}
	CHECK_EQUAL(atomic_load_flag(&loader.stolen), 0);
}

static void victim_lets_go(void)
{
	check_victim();
	CHECK(ftruncate(victim.file, 0) == 0);
	victim_acts();
}

/* What is attacked: a page at `page`, of a file if it has one, and room for a page at `room`. */
struct prey {
	unsigned char *page, *room;
	int file; /* -1: none */
	int flags;
};

static void map_prey(const struct prey *prey)
{
	const unsigned long own = OWN;

	if (prey->file >= 0)
		CHECK_EQUAL(pwrite(prey->file, &own, sizeof(own), 0), sizeof(own));
	CHECK(mmap(prey->page, PAGE_BYTES, PROT_READ | PROT_WRITE, prey->flags | MAP_FIXED,
		      prey->file, 0) == prey->page);
}

static void by_munmap(const struct prey *prey)
{
	CHECK(munmap(prey->page, PAGE_BYTES) == 0);
}

static void by_move(const struct prey *prey)
{
	CHECK(mremap(prey->page, PAGE_BYTES, PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
		      prey->room) == prey->room);
	CHECK(munmap(prey->room, PAGE_BYTES) == 0);
}

/* Another mapping is moved over the page. */
static void by_being_moved_over(const struct prey *prey)
{
	CHECK(mmap(prey->room, PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == prey->room);
	CHECK(mremap(prey->room, PAGE_BYTES, PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
		      prey->page) == prey->page);
}

static void by_replacing(const struct prey *prey)
{
	CHECK(mmap(prey->page, PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		      0) == prey->page);
}

static void by_discarding(const struct prey *prey)
{
	CHECK(madvise(prey->page, PAGE_BYTES, MADV_DONTNEED) == 0);
}

static void by_protecting(const struct prey *prey)
{
	CHECK(mprotect(prey->page, PAGE_BYTES, PROT_NONE) == 0);
	CHECK(madvise(prey->page, PAGE_BYTES, MADV_DONTNEED) == 0);
}

static void by_truncating(const struct prey *prey)
{
	CHECK(ftruncate(prey->file, 0) == 0);
}

static void by_punching(const struct prey *prey)
{
	CHECK_EQUAL(kernel_call(SYS_fallocate, prey->file, HOLE, 0, PAGE_BYTES), 0);
}

enum backing { ANONYMOUS, SHARED_FILE, PRIVATE_FILE };

static const struct {
	const char *name;
	enum backing backing;
	void (*take)(const struct prey *prey);
} takings[] = {
	{ "stale-munmap", ANONYMOUS, by_munmap },
	{ "stale-move", ANONYMOUS, by_move },
	{ "stale-moved-over", ANONYMOUS, by_being_moved_over },
	{ "stale-replace", ANONYMOUS, by_replacing },
	{ "stale-discard", ANONYMOUS, by_discarding },
	{ "stale-protect", ANONYMOUS, by_protecting },
	{ "stale-truncate", SHARED_FILE, by_truncating },
	{ "stale-truncate-private", PRIVATE_FILE, by_truncating },
	{ "stale-punch", SHARED_FILE, by_punching },
	{ "stale-discard-private", PRIVATE_FILE, by_discarding },
};

static void take_once(const struct prey *prey, void (*take)(const struct prey *prey))
{
	map_prey(prey);
	wait_for_probes();
	take(prey);
	victim_takes_pages();
	for (int i = 0; i < LOOKS; i++)
		check_victim();
	wait_for_probes();
	victim_lets_go();
}

static struct prey make_prey(enum backing backing, unsigned char *page)
{
	struct prey prey = { .page = page, .room = memory_map_pages(1), .file = -1 };

	prey.flags = backing == SHARED_FILE ? MAP_SHARED : MAP_PRIVATE;
	if (backing == ANONYMOUS)
		prey.flags |= MAP_ANONYMOUS;
	else
		prey.file = open("prey", O_CREAT | O_RDWR, 0600);
	return prey;
}

static void stale(void)
{
	unsigned char *table = memory_map_table(OWN);
	size_t taking = 0;
	unsigned long deadline;
	struct prey prey;

	while (strcmp(takings[taking].name, tap_case_name()) != 0)
		taking++;
	prey = make_prey(takings[taking].backing, table);
	start_victim();
	start_probers(table, table);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;)
		take_once(&prey, takings[taking].take);
	stop_probers();
}

/*
 * CVE-2018-18281 itself: one thread moves a page of a file to and fro while another makes it a hole.
 * Threads that probe both places meanwhile must not use a translation that was left behind.
 */
static struct {
	unsigned char *places[2];
	int stop;
	struct thread thread;
} mover;

static void move_to_and_fro(void *argument)
{
	(void)argument;
	for (int turn = 0; !atomic_load_flag(&mover.stop); turn ^= 1) {
		kernel_call(SYS_mremap, mover.places[turn], PAGE_BYTES, PAGE_BYTES,
			MREMAP_MAYMOVE | MREMAP_FIXED, mover.places[turn ^ 1]);
		kernel_call(SYS_sched_yield);
	}
}

static void move_against(void (*take)(const struct prey *prey))
{
	struct prey prey = make_prey(SHARED_FILE, memory_map_table(OWN));
	const unsigned long own = OWN;
	unsigned long deadline;

	mover.places[0] = prey.page;
	mover.places[1] = prey.room;
	start_victim();
	start_probers(prey.page, prey.room);
	map_prey(&prey);
	CHECK(munmap(prey.room, PAGE_BYTES) == 0);
	thread_start(&mover.thread, move_to_and_fro, NULL);
	for (deadline = attack_deadline(); now_nanoseconds() < deadline;) {
		wait_for_probes();
		take(&prey);
		victim_takes_pages();
		for (int i = 0; i < LOOKS; i++)
			check_victim();
		victim_lets_go();
		CHECK_EQUAL(pwrite(prey.file, &own, sizeof(own), 0), sizeof(own));
	}
	atomic_store_flag(&mover.stop, 1);
	thread_join(&mover.thread);
	stop_probers();
}

static void move_against_punch(void)
{
	move_against(by_punching);
}

static void move_against_truncate(void)
{
	move_against(by_truncating);
}

/*
 * A thread sleeps on a word of shared memory that is then unmapped, and another on the word that takes its
 * place: a wake-up is for the one that waits there now (CVE-2014-0205: a futex that outlives its memory).
 */
static unsigned int *shared_word(void)
{
	void *page =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	return page;
}

#define SLEEP_SECONDS 20 /* unless it is woken */

static long sleep_on(void *word)
{
	const struct timespec limit = { .tv_sec = SLEEP_SECONDS };

	return kernel_call(SYS_futex, word, FUTEX_WAIT, 0, &limit, NULL, 0);
}

static void sleep_in_thread(void *word)
{
	sleep_on(word);
}

static void wake_up_stolen(void)
{
	for (int round = 0; round < 5; round++) {
		unsigned int *gone = shared_word(), *word;
		struct thread thread;
		int sleeper;

		thread_start(&thread, sleep_in_thread, gone);
		tap_wait_until_asleep(thread.pid);
		CHECK(munmap(gone, PAGE_BYTES) == 0);
		word = shared_word();
		sleeper = tap_fork();
		if (sleeper == 0) {
			CHECK_EQUAL(sleep_on(word), 0);
			_exit(0);
		}
		tap_wait_until_asleep(sleeper);
		CHECK_EQUAL(kernel_call(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
		tap_join(sleeper);
		CHECK(kill(thread.pid, SIGKILL) == 0); /* nothing else ends its sleep */
		tap_join_killed(thread.pid, SIGKILL);
		memory_unmap_pages(thread.stack, THREAD_STACK_PAGES);
		CHECK(munmap(word, PAGE_BYTES) == 0);
	}
}

static const struct tap_case cases[] = {
	{ "stale-munmap", stale, 0 },
	{ "stale-move", stale, 0 },
	{ "stale-moved-over", stale, 0 },
	{ "stale-replace", stale, 0 },
	{ "stale-discard", stale, 0 },
	{ "stale-protect", stale, 0 },
	{ "stale-truncate", stale, 0 },
	{ "stale-truncate-private", stale, 0 },
	{ "stale-punch", stale, 0 },
	{ "stale-discard-private", stale, 0 },
	{ "move-against-punch", move_against_punch, TAP_SLOW },
	{ "move-against-truncate", move_against_truncate, TAP_SLOW },
	{ "wake-up-stolen", wake_up_stolen, 0 },
};

const struct tap_group attack_stale_group = TAP_GROUP(cases);
