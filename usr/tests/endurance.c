/*
 * endurance: storms of all kinds side by side, for as long as wanted. After each round the ledger is
 * audited, and there must be as many free pages and processes as before; in every third round memory
 * is scarce. Meanwhile a process that is otherwise idle runs a shell command now and then, and
 * measures how long that takes.
 *
 * "seed=N seconds=N bound=N" in the environment (words of the kernel's command line get there):
 * the seed determines all random numbers; no command may take longer than the bound, in milliseconds.
 */
#include "usr/tests/endurance.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/scratch.h"
#include "usr/tests/thread.h"

#define SECOND          1000000000ul
#define DEFAULT_SECONDS 15
#define ROUND_SECONDS   5 /* at most */
#define SCARCE_EVERY    3 /* rounds */
#define WORKERS_MAX     48
#define STORMS_MAX      16
#define EXIT_REFUSED    78
#define PATIENCE        (120 * SECOND) /* for a worker whose time is over */
#define PAUSE           10             /* milliseconds */
#define PROBE_PAUSE     40             /* milliseconds, on average */
#define SETTLE_ATTEMPTS 2000
#define BUCKET          100000ul /* nanoseconds */
#define BUCKETS         4000

/* Shared by all processes. */
struct account {
	unsigned long turns[STORMS_MAX], refused[STORMS_MAX], killed[STORMS_MAX];
	unsigned long probes, probes_refused, longest; /* nanoseconds */
	unsigned int probes_by_time[BUCKETS];          /* by duration in buckets */
};

struct worker {
	int pid;
	const struct storm *storm;
};

static struct account *account;
static const struct storm *storms[STORMS_MAX];
static unsigned int storm_count;
static struct worker workers[WORKERS_MAX];
static unsigned int worker_count;
static struct gate start_gate;
static unsigned long seed, round_number, round_end;
static bool scarce;
static unsigned int own_number; /* this worker's */
static unsigned long random_state;

unsigned int storm_worker(void)
{
	return own_number;
}

bool storm_is_scarce(void)
{
	return scarce;
}

/* Numbers that differ in few bits give states that may differ in every bit. */
static unsigned long mix(unsigned long value)
{
	value = (value ^ value >> 31) * 0x9e3779b97f4a7c15ul;
	value = (value ^ value >> 29) * 0xbf58476d1ce4e5b9ul;
	return value ^ value >> 32;
}

unsigned long storm_random(void)
{
	return mix(random_state += 0x9e3779b97f4a7c15ul);
}

unsigned long storm_below(unsigned long limit)
{
	return storm_random() % limit;
}

static void draw_from(unsigned long turn)
{
	random_state = mix(mix(mix(seed) + own_number) + round_number) + turn;
}

void storm_refused(const char *file, int line, const char *what)
{
	if (!scarce)
		tap_fail(file, line, "refused: %s (errno %d)", what, errno);
	_exit(EXIT_REFUSED);
}

int storm_fork(void)
{
	int pid = fork();

	NEEDS(pid >= 0);
	return pid;
}

static bool is_refusal(int status)
{
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
		(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED);
}

void storm_join(int pid, int expected)
{
	int status = tap_wait(pid);

	if (status == expected)
		return;
	if (scarce && is_refusal(status))
		_exit(EXIT_REFUSED);
	if (status == STORM_EXIT(1))
		_exit(1); /* it has said why */
	CHECK_EQUAL(status, expected);
}

static unsigned char byte_at(unsigned long number, unsigned long tag)
{
	return (unsigned char)((number + tag) * 167 ^ number >> 8);
}

void storm_fill(unsigned char *bytes, unsigned long size, unsigned long first, unsigned long tag)
{
	for (unsigned long i = 0; i < size; i++)
		bytes[i] = byte_at(first + i, tag);
}

void storm_check(const unsigned char *bytes, unsigned long size, unsigned long first,
	unsigned long tag)
{
	for (unsigned long i = 0; i < size; i++) {
		if (bytes[i] != byte_at(first + i, tag))
			FAIL("byte %lu is %#x, not %#x", first + i, bytes[i],
				byte_at(first + i, tag));
	}
}

static void take_turn(const struct storm *storm)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	tap_place(storm->name);
	storm->turn();
	_exit(0);
}

static void judge(const struct storm *storm, unsigned int index, int status)
{
	if (status == 0)
		__atomic_fetch_add(&account->turns[index], 1, __ATOMIC_RELAXED);
	else if (scarce && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		__atomic_fetch_add(&account->killed[index], 1, __ATOMIC_RELAXED);
	else if (scarce && is_refusal(status))
		__atomic_fetch_add(&account->refused[index], 1, __ATOMIC_RELAXED);
	else if (status == STORM_EXIT(1))
		_exit(1);
	else
		FAIL("%s has ended with wait status %#x", storm->name, (unsigned int)status);
}

/* A worker's whole life. */
static void work(unsigned int index)
{
	const struct storm *storm = storms[index];

	gate_wait(&start_gate);
	for (unsigned long turn = 0; now_nanoseconds() < round_end; turn++) {
		draw_from(turn);
		int pid = fork();
		if (pid == 0)
			take_turn(storm);
		if (pid < 0 && scarce) {
			sleep_milliseconds(PAUSE);
			continue;
		}
		CHECK(pid > 0);
		int status = tap_wait(pid);
		kill(-pid, SIGKILL);
		judge(storm, index, status);
	}
	_exit(0);
}

static void record(unsigned long duration)
{
	unsigned long bucket = duration / BUCKET;

	account->probes++;
	account->probes_by_time[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
	if (duration > account->longest)
		account->longest = duration;
}

/* A user at an otherwise idle terminal. A shell that lacks memory says so, and exits with an error. */
static void probe(void)
{
	gate_wait(&start_gate);
	draw_from(0);
	while (now_nanoseconds() < round_end) {
		int status = -1;
		sleep_milliseconds((unsigned int)storm_below(2 * PROBE_PAUSE));
		unsigned long start = now_nanoseconds();
		int pid = fork();
		if (pid == 0) {
			execl("/bin/sh", "sh", "-c", "true", NULL);
			_exit(EXIT_REFUSED);
		}
		if (pid > 0)
			status = tap_wait(pid);
		if (status == 0)
			record(now_nanoseconds() - start);
		else if (scarce && (pid < 0 || WIFEXITED(status) || is_refusal(status)))
			account->probes_refused++;
		else
			FAIL("sh -c true: wait status %#x", (unsigned int)status);
	}
	_exit(0);
}

static void start(const struct storm *storm, unsigned int index)
{
	CHECK(worker_count < WORKERS_MAX);
	own_number = worker_count;
	int pid = tap_fork();
	if (pid == 0) {
		if (storm != NULL)
			work(index);
		probe();
	}
	workers[worker_count++] = (struct worker){ pid, storm };
}

static void start_all(void)
{
	worker_count = 0;
	start(NULL, 0);
	for (unsigned int i = 0; i < storm_count; i++) {
		for (unsigned int n = 0; n < storms[i]->workers; n++) {
			if (!scarce || storms[i]->when_scarce)
				start(storms[i], i);
		}
	}
	/* From here on this process touches no new page, so that it cannot be killed for memory. */
	for (unsigned int i = 0; i < worker_count; i++)
		gate_open(&start_gate);
}

static void await(const struct worker *worker)
{
	int status = 0;

	while (waitpid(worker->pid, &status, WNOHANG) != worker->pid) {
		if (now_nanoseconds() > round_end + PATIENCE)
			FAIL("%s does not come to an end",
				worker->storm ? worker->storm->name : "probe");
		sleep_milliseconds(PAUSE);
	}
	if (status == 0 || (scarce && is_refusal(status)))
		return;
	if (status == STORM_EXIT(1))
		_exit(1);
	FAIL("worker %u has ended with wait status %#x", (unsigned int)(worker - workers),
		(unsigned int)status);
}

static unsigned int process_count(void)
{
	DIR *stream = opendir("/proc");
	unsigned int count = 0;

	CHECK(stream != NULL);
	for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
		count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
	closedir(stream);
	return count;
}

/* Killed processes may still be on their way out, and process 1 has to wait for orphans. */
static void check_nothing_lost(long pages, unsigned int processes)
{
	long free_pages = 0;
	unsigned int left = 0;

	scratch_empty();
	for (int i = 0; i < SETTLE_ATTEMPTS; i++) {
		left = process_count();
		if (memory_has_ledger())
			CHECK(memory_audit());
		free_pages = memory_free_pages();
		if (left <= processes && (free_pages >= pages || !memory_has_ledger()))
			return;
		sleep_milliseconds(PAUSE);
	}
	FAIL("round %lu: %u processes, were %u; %ld free pages, were %ld", round_number, left,
		processes, free_pages, pages);
}

static void run_round(unsigned long seconds)
{
	scarce = memory_has_ledger() && round_number % SCARCE_EVERY == SCARCE_EVERY - 1;
	round_end = now_nanoseconds() + seconds * SECOND;
	start_all();
	for (unsigned int i = 0; i < worker_count; i++)
		await(&workers[i]);
}

/* The duration in microseconds within which so many per mille of the commands were done. */
static unsigned long within(unsigned long per_mille)
{
	unsigned long wanted = (account->probes * per_mille + 999) / 1000;
	unsigned long count = 0;
	unsigned long bucket = 0;

	for (; bucket < BUCKETS - 1; bucket++) {
		count += account->probes_by_time[bucket];
		if (count >= wanted)
			break;
	}
	return (bucket + 1) * BUCKET / 1000;
}

static void report(void)
{
	for (unsigned int i = 0; i < storm_count; i++)
		tap_note("%-8s %lu turns, %lu refused memory, %lu killed", storms[i]->name,
			account->turns[i], account->refused[i], account->killed[i]);
	tap_note("sh -c true: %lu times (%lu refused), median %lu us, 99 %% within %lu us, maximum "
		 "%lu us",
		account->probes, account->probes_refused, within(500), within(990),
		account->longest / 1000);
}

static unsigned long number_of(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoul(text, NULL, 0) : otherwise;
}

static void collect(const struct storm *some, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		storms[storm_count++] = &some[i];
}

static void endure(void)
{
	unsigned long seconds = number_of("seconds", DEFAULT_SECONDS) * tap_scale();
	unsigned long bound = number_of("bound", 0);
	unsigned long length =
		seconds < SCARCE_EVERY * ROUND_SECONDS ? seconds / SCARCE_EVERY : ROUND_SECONDS;

	seed = number_of("seed", 1);
	collect(process_storms, process_storm_count);
	collect(data_storms, data_storm_count);
	collect(memory_storms, memory_storm_count);
	account = mmap(NULL, sizeof(*account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);
	CHECK(account != MAP_FAILED);
	memset(account, 0, sizeof(*account));
	gate_init(&start_gate);
	tap_note("seed %lu, %lu seconds in rounds of %lu", seed, seconds, length);

	run_round(1); /* what the first round leaves behind does not count */
	check_nothing_lost(0, process_count());
	long pages = memory_free_pages();
	unsigned int processes = process_count();
	unsigned long end = now_nanoseconds() + seconds * SECOND;
	for (round_number = 1; round_number <= SCARCE_EVERY || now_nanoseconds() < end;
		round_number++) {
		run_round(length);
		check_nothing_lost(pages, processes);
	}
	tap_note("%lu rounds", round_number - 1);
	report();
	CHECK(account->probes > 0);
	if (bound != 0 && account->longest > bound * 1000000)
		FAIL("a command took %lu us", account->longest / 1000);
}

static const struct tap_case cases[] = {
	{ "endure", endure, 0 },
};

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { TAP_GROUP(cases) };
	const struct tap_suite suite = {
		.name = "endurance",
		.groups = groups,
		.group_count = 1,
		.last_line = "ALL STORMS ENDURED",
	};

	char limit[24];
	char *arguments[] = { argv[0], "-t", limit, NULL };

	if (argc >= 3 && strcmp(argv[1], ENDURANCE_EXIT) == 0)
		return (int)strtoul(argv[2], NULL, 10);
	if (argc > 1)
		return tap_main(argc, argv, &suite);
	/* Time to settle after each round, and for slow machines. */
	snprintf(limit, sizeof(limit), "%lu", 240 + 3 * number_of("seconds", DEFAULT_SECONDS));
	return tap_main(3, arguments, &suite);
}
