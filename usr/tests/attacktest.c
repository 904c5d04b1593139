/*
 * attacktest: published attacks on copy-on-write and on user copies, each written anew. What each
 * one was, and what the test found, is in docs/testing.md ("Known attacks").
 */
#include "usr/tests/attacktest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "usr/tests/memory.h"

#define RACE_NANOSECONDS 150000000ul
#define FLIPS_A_LOOK     64
#define INSTRUCTION      4 /* bytes: guarded instructions are not compressed */

unsigned long attack_deadline(void)
{
	return now_nanoseconds() + RACE_NANOSECONDS * tap_scale();
}

static void flip(void *argument)
{
	struct flipper *flipper = argument;

	kernel_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0,
		0); /* its maker may be another program */
	while (!atomic_load_flag(&flipper->stop)) {
		for (int i = 0; i < FLIPS_A_LOOK; i++)
			atomic_store_flag(atomic_load_flag(&flipper->word), flipper->values[i % 2]);
	}
}

void flipper_start(struct flipper *flipper, void *word, unsigned long one, unsigned long other)
{
	*flipper = (struct flipper){ .word = word, .values = { one, other } };
	*flipper->word = one;
	thread_start(&flipper->thread, flip, flipper);
	while (atomic_load_flag(flipper->word) == one)
		kernel_call(SYS_sched_yield);
	while (atomic_load_flag(flipper->word) != one)
		continue;
}

void flipper_stop(struct flipper *flipper)
{
	atomic_store_flag(&flipper->stop, 1);
	thread_join(&flipper->thread);
}

__asm__(".text\n"
	".option push\n"
	".option norvc\n"
	".globl guarded_load, guarded_store\n"
	".type guarded_load, @function\n"
	"guarded_load:\n"
	"	mv	t0, a0\n"
	"	li	a0, -1\n"
	".globl guarded_load_here\n"
	"guarded_load_here:\n"
	"	ld	a0, 0(t0)\n"
	"	ret\n"
	".type guarded_store, @function\n"
	"guarded_store:\n"
	"	sd	a1, 0(a0)\n"
	"	ret\n"
	".option pop\n");

extern const char guarded_load_here[];

static void skip_guarded(int number, siginfo_t *information, void *context)
{
	unsigned long *pc = &((ucontext_t *)context)->uc_mcontext.regs.pc;

	(void)information;
	if (*pc == (unsigned long)guarded_load_here || *pc == (unsigned long)guarded_store)
		*pc += INSTRUCTION;
	else
		signal(number, SIG_DFL);
}

void guard_faults(void)
{
	struct sigaction action = { .sa_sigaction = skip_guarded, .sa_flags = SA_SIGINFO };

	CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
	CHECK(sigaction(SIGBUS, &action, NULL) == 0);
}

void attack_become_user(void)
{
	CHECK_EQUAL(kernel_call(SYS_setgroups, 0, NULL), 0);
	CHECK_EQUAL(kernel_call(SYS_setresgid, USER, USER, USER), 0);
	CHECK_EQUAL(kernel_call(SYS_setresuid, USER, USER, USER), 0);
}

void attack_open_place(void)
{
	CHECK(mkdir("place", 0777) == 0);
	CHECK(chmod("place", 0777) == 0);
	CHECK(chdir("place") == 0);
}

int main(int argc, char **argv)
{
	const struct tap_group groups[] = { attack_cow_group, attack_stale_group,
		attack_fetch_group, attack_exec_group, attack_owner_group, attack_stack_group,
		attack_length_group };
	const struct tap_suite suite = {
		.name = "attacktest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL ATTACK TESTS PASSED",
	};
	int told = attack_run_as_program(argc, argv);

	return told >= 0 ? told : tap_main(argc, argv, &suite);
}
