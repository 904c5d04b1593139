/*
 * sysfuzz: random system calls with plausible and hostile arguments, from several processes and
 * threads at once. The kernel passes if it survives, and its ledger agrees.
 *
 * "seed=N calls=N" in the environment (words of the kernel's command line get there) choose the run:
 * the seed, a worker's number and how often it was started before determine its calls. A worker
 * that was killed, or hangs, is replaced. If the kernel can make an allocation fail, it does so in
 * some calls. Now and then all workers end, and what they made is removed. "verbose=1" shows each
 * call before it is made.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/fuzz.h"
#include "usr/tests/memory.h"
#include "usr/tests/tap.h"

#define WORKERS           8
#define THREADS           3 /* besides the first one, in every second worker */
#define LIFE_CALLS        4000
#define CHILD_CALLS       20
#define DEFAULT_CALLS     20000
#define ROUND_CALLS       20000 /* then all that they have filled memory with is removed */
#define STACK_BYTES       (32 * 1024)
#define ALARM_MICROS      5000   /* calls that block are interrupted */
#define WATCH_MICROS      100000 /* a worker without a call in that time is replaced */
#define VERBOSE_FD        100
#define FAIL_FD           101
#define FAIL_SHARE        16 /* in one call of so many an allocation fails, if it makes enough */
#define FAIL_LIMIT        8
#define FOLDER            "fuzz"
#define REST_MILLISECONDS 50
#define ADDRESS_LIMIT     (256 * MIB)

struct worker {
	int pid;
	unsigned long life;
	unsigned long seen; /* its calls when it was last looked at */
};

/* Shared memory. */
static struct counts {
	unsigned long calls[WORKERS]; /* made by each worker */
	int results[FUZZ_NUMBERS];    /* FUZZ_SUCCEEDED, or the last errno */
} * counts;

static struct worker workers[WORKERS];
static unsigned long seed;
static int verbose;
static unsigned char stacks[THREADS][STACK_BYTES] __attribute__((aligned(16)));
static struct fuzz thread_states[THREADS];
static volatile bool look; /* the watcher's alarm rang */
static DIR *processes;     /* opened while there is memory for it */

static void show(const struct fuzz_call *call, const unsigned long *values)
{
	char line[256];

	snprintf(line, sizeof(line), "# %d %s(%d) %lx %lx %lx %lx %lx %lx\n", (int)getpid(),
		call->name, call->number, values[0], values[1], values[2], values[3], values[4],
		values[5]);
	(void)!write(verbose, line, strlen(line));
}

/* Which allocation from now on is to fail; 0: none. */
static void set_failure(const struct fuzz *fuzz, unsigned long which)
{
	char digit = (char)('0' + which);

	(void)!write(fuzz->fail, &digit, 1);
}

static void open_failure(struct fuzz *fuzz)
{
	int fd = open("/proc/self/fail-nth", O_WRONLY | O_CLOEXEC);

	fuzz->fail = fd < 0 ? fd : dup2(fd, FAIL_FD);
	if (fd >= 0)
		close(fd);
}

/* True in a child that the call made. */
static bool make_call(struct fuzz *fuzz)
{
	unsigned long values[FUZZ_ARGUMENTS] = { 0 };
	struct fuzz_call call;

	fuzz_draw_call(fuzz, &call);
	for (size_t i = 0; call.arguments[i] != '\0'; i++)
		values[i] = fuzz_value(fuzz, call.arguments[i]);
	__atomic_fetch_add(fuzz->calls, 1, __ATOMIC_RELAXED);
	if (fuzz->verbose)
		show(&call, values);
	bool fails = fuzz_below(fuzz, FAIL_SHARE) == 0;
	if (fails)
		set_failure(fuzz, 1 + fuzz_below(fuzz, FAIL_LIMIT));
	long result = syscall(call.number, values[0], values[1], values[2], values[3], values[4],
		values[5]);
	if (fails)
		set_failure(fuzz, 0);
	if (result >= 0)
		__atomic_store_n(&fuzz->results[call.number], FUZZ_SUCCEEDED, __ATOMIC_RELAXED);
	else if (fuzz->results[call.number] != FUZZ_SUCCEEDED)
		__atomic_store_n(&fuzz->results[call.number], errno, __ATOMIC_RELAXED);
	return result == 0 && (call.number == SYS_clone || call.number == SYS_clone3);
}

static void set_alarm(unsigned long microseconds)
{
	const unsigned long times[4] = { 0, microseconds, 0, microseconds };

	syscall(SYS_setitimer, 0, times, NULL);
}

static int run_thread(void *state)
{
	for (int i = 0; i < LIFE_CALLS; i++)
		make_call(state);
	return 0;
}

static void start_threads(unsigned long worker, unsigned long life, int fail)
{
	const int flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	for (unsigned int i = 0; i < THREADS; i++) {
		thread_states[i] = (struct fuzz){
			.state = fuzz_mix(seed, worker + WORKERS * (i + 1), life),
			.calls = &counts->calls[worker],
			.results = counts->results,
			.verbose = verbose,
			.fail = fail,
		};
		clone(run_thread, stacks[i] + STACK_BYTES, flags, &thread_states[i]);
	}
}

static void interrupt(int number)
{
	(void)number;
	look = true;
}

static void on_alarm(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	sigaction(SIGALRM, &action, NULL);
}

/* Makes a process's calls; its children make a few more, with an alarm of their own. */
static void make_calls(struct fuzz *fuzz)
{
	int left = LIFE_CALLS;

	while (left-- > 0) {
		if (!make_call(fuzz))
			continue;
		left = CHILD_CALLS;
		fuzz->state = fuzz_mix(fuzz->state, 1, 1);
		open_failure(fuzz);
		syscall(SYS_prctl, 1, SIGKILL, 0, 0, 0); /* PR_SET_PDEATHSIG */
		set_alarm(ALARM_MICROS);
	}
}

static void work(unsigned long worker, unsigned long life)
{
	struct fuzz fuzz = {
		.state = fuzz_mix(seed, worker, life),
		.calls = &counts->calls[worker],
		.results = counts->results,
		.verbose = verbose,
	};
	const unsigned long limit[2] = { ADDRESS_LIMIT, ADDRESS_LIMIT };

	setpgid(0, 0);
	syscall(SYS_prctl, 1, SIGKILL, 0, 0, 0);
	syscall(SYS_prlimit64, 0, 9, limit, NULL); /* RLIMIT_AS */
	if (verbose)
		verbose = dup2(STDERR_FILENO, VERBOSE_FD);
	fuzz.verbose = verbose;
	/* The calls must not write to the harness's pipe, nor lock it. */
	for (int fd = STDERR_FILENO + 1; fd < VERBOSE_FD; fd++)
		close(fd);
	fuzz_prepare_memory();
	fuzz_prepare_files();
	open_failure(&fuzz);
	on_alarm();
	set_alarm(ALARM_MICROS);
	if (worker % 2)
		start_threads(worker, life, fuzz.fail);
	make_calls(&fuzz);
	_exit(0);
}

static void start(unsigned long worker)
{
	int pid;

	do {
		pid = fork();
	} while (pid < 0 && (errno == ENOMEM || errno == EAGAIN));
	if (pid == 0)
		work(worker, workers[worker].life);
	CHECK(pid > 0);
	workers[worker].pid = pid;
	workers[worker].life++;
}

/* Kills workers that have made no call since the last look: they sleep too long, or are stopped. */
static void watch(void)
{
	for (unsigned long i = 0; i < WORKERS; i++) {
		unsigned long calls = __atomic_load_n(&counts->calls[i], __ATOMIC_RELAXED);
		if (calls == workers[i].seen)
			kill(workers[i].pid, SIGKILL);
		workers[i].seen = calls;
	}
}

static unsigned long calls_made(void)
{
	unsigned long sum = 0;

	for (unsigned long i = 0; i < WORKERS; i++)
		sum += __atomic_load_n(&counts->calls[i], __ATOMIC_RELAXED);
	return sum;
}

/* Nobody knows what has become of a worker's children, so its whole group is killed with it. */
static void replace(int pid)
{
	for (unsigned long i = 0; i < WORKERS; i++) {
		if (workers[i].pid != pid)
			continue;
		kill(-pid, SIGKILL);
		start(i);
	}
}

static bool runs_this_program(const char *pid)
{
	char own[64] = "", path[64], other[64] = "";

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	if (readlink("/proc/self/exe", own, sizeof(own) - 1) < 0 ||
		readlink(path, other, sizeof(other) - 1) < 0)
		return errno == ENOMEM;
	return strcmp(own, other) == 0;
}

/*
 * Kills processes that have left their worker's group; returns whether there may be more. The
 * harness is this program, too, in a group of its own.
 */
static bool kill_strays(void)
{
	struct dirent *entry;
	bool more = false;

	rewinddir(processes);
	while (errno = 0, (entry = readdir(processes)) != NULL) {
		int pid = (int)strtoul(entry->d_name, NULL, 10);
		if (pid == 0 || pid == getpid() || getpgid(pid) == getpgid(getppid()) ||
			!runs_this_program(entry->d_name))
			continue;
		kill(pid, SIGKILL);
		more = true;
	}
	return more || errno == ENOMEM;
}

/* Ends all processes. Some are just being made, or are left to process 1 to wait for. */
static void finish(void)
{
	bool more;

	set_alarm(0);
	for (unsigned long i = 0; i < WORKERS; i++)
		kill(-workers[i].pid, SIGKILL);
	do {
		more = kill_strays();
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		sleep_milliseconds(REST_MILLISECONDS);
	} while (more);
}

static unsigned long number_of(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoul(text, NULL, 0) : otherwise;
}

/* Enters a folder inside the mount, so that workers cannot unmount it under each other's feet. */
static void enter_folder(void)
{
	CHECK_EQUAL(mkdir(FOLDER, 0777), 0);
	CHECK_EQUAL(mount("none", FOLDER, "tmpfs", 0, "size=16m"), 0);
	CHECK_EQUAL(chdir(FOLDER), 0);
	CHECK_EQUAL(mkdir(FOLDER, 0777), 0);
	CHECK_EQUAL(chdir(FOLDER), 0);
}

/* Leaves the folder and unmounts it, with all that was mounted on it and in it. */
static void leave_folder(const char *home)
{
	CHECK_EQUAL(chdir(home), 0);
	while (umount2(FOLDER, MNT_DETACH) == 0)
		continue;
	CHECK_EQUAL(errno, EINVAL);
	CHECK_EQUAL(rmdir(FOLDER), 0);
}

/* Runs until so many calls have been made. */
static void make_round(unsigned long goal)
{
	set_alarm(WATCH_MICROS);
	for (unsigned long i = 0; i < WORKERS; i++)
		start(i);
	while (calls_made() < goal) {
		int pid = waitpid(-1, NULL, 0);
		if (pid > 0)
			replace(pid);
		if (look) {
			look = false;
			watch();
		}
	}
	finish();
}

static void random_calls(void)
{
	unsigned long goal = number_of("calls", DEFAULT_CALLS);
	unsigned long lives = 0;
	char home[64];

	seed = number_of("seed", 1);
	verbose = (int)number_of("verbose", 0);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		0);
	CHECK(counts != MAP_FAILED);
	CHECK(getcwd(home, sizeof(home)) != NULL);
	processes = opendir("/proc");
	CHECK(processes != NULL);
	on_alarm();
	tap_note("seed %lu, %lu calls", seed, goal);
	while (calls_made() < goal) {
		unsigned long end = calls_made() + ROUND_CALLS;

		enter_folder();
		make_round(end < goal ? end : goal);
		leave_folder(home);
	}
	for (unsigned long i = 0; i < WORKERS; i++)
		lives += workers[i].life;
	tap_note("%lu calls by %lu processes", calls_made(), lives);
	fuzz_report(counts->results);
}

static const struct tap_case cases[] = {
	{ "random-calls", random_calls, 0 },
};

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { TAP_GROUP(cases) };
	const struct tap_suite suite = {
		.name = "sysfuzz",
		.groups = groups,
		.group_count = 1,
		.last_line = "ALL RANDOM CALLS SURVIVED",
	};

	return tap_main(argc, argv, &suite);
}
