/* Affinity: a task runs only where it may, whoever sets its mask, and whenever. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/signaltest.h"
#include "usr/tests/thread.h"

#define PAUSE 30 /* milliseconds */
#define TRIES 999

/* A task runs only where its mask lets it. */
static void affinity_holds(void)
{
	cpu_set_t all, one;
	unsigned int cpu;

	CHECK(sched_getaffinity(0, sizeof(all), &all) >= 0);
	for (int i = 0; i < 64; i++) {
		if (!(all.bits[0] >> i & 1))
			continue;
		memset(&one, 0, sizeof(one));
		one.bits[0] = 1ul << i;
		CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
		for (int n = 0; n < 20; n++) {
			CHECK(getcpu(&cpu, NULL) == 0);
			CHECK_EQUAL(cpu, i);
			sched_yield();
		}
		sleep_milliseconds(1);
		CHECK(getcpu(&cpu, NULL) == 0);
		CHECK_EQUAL(cpu, i);
	}
	memset(&one, 0, sizeof(one));
	CHECK_ERROR(sched_setaffinity(0, sizeof(one), &one), EINVAL);
}

/* Reports the hart that it runs on, without ever sleeping. */
static void tell_hart(volatile unsigned int *cpu)
{
	for (;;)
		getcpu((unsigned int *)cpu, NULL);
}

static void bind_to(int pid, unsigned long harts)
{
	cpu_set_t set = {};

	set.bits[0] = harts;
	CHECK(sched_setaffinity(pid, sizeof(set), &set) == 0);
}

/* A task whose mask changes just when another hart is about to take it does not stay there. */
static void affinity_of_others_holds(void)
{
	volatile unsigned int *cpus =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long others;
	cpu_set_t all;
	int pids[3];

	CHECK(cpus != MAP_FAILED && sched_getaffinity(0, sizeof(all), &all) >= 0);
	others = all.bits[0] == 1 ? 1 : all.bits[0] & ~1ul;
	for (int i = 0; i < 3; i++) {
		pids[i] = tap_fork();
		if (pids[i] == 0 && i < 2)
			tell_hart(&cpus[i]);
		while (pids[i] == 0)
			kernel_call(SYS_nanosleep, &(struct timespec){ 0, 100000 }, NULL);
		bind_to(pids[i], i < 2 ? 1 : others);
	}
	for (int i = 0; i < 20; i++) {
		unsigned long moment = now_nanoseconds() + 500000ul * (unsigned int)i;

		bind_to(pids[1], all.bits[0]);
		while (now_nanoseconds() < moment)
			continue;
		bind_to(pids[1], 1);
		/* On a busy machine the task may have to wait long for its hart. */
		for (int n = 0; n == 0 || (n < TRIES && cpus[1]); n++)
			sleep_milliseconds(PAUSE);
		CHECK_EQUAL(cpus[1], 0);
	}
	for (int i = 0; i < 3; i++) {
		CHECK(kill(pids[i], SIGKILL) == 0);
		tap_join_killed(pids[i], SIGKILL);
	}
}

static const struct tap_case cases[] = {
	{ "affinity-holds", affinity_holds, 0 },
	{ "affinity-of-others-holds", affinity_of_others_holds, 0 },
};

const struct tap_group signal_affinity_group = TAP_GROUP(cases);
