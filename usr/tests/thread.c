/* clone() into a function on a new stack, and system calls that leave errno alone. */
#include "usr/tests/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/tap.h"

/* The longest that thread_fork() waits for the child, in ticks of (mostly) 100 ns. */
#define FORK_PAUSE 3000000

#define STRING_OF(text) #text
#define STRING(macro)   STRING_OF(macro)

/*
 * long kernel_call(number, a, b, c, d, e, f)
 * long thread_clone(stack, flags): the new thread takes the body from 0(stack) and its argument from
 * 8(stack). `.cfi` is left out: nothing returns through the first frame of a thread.
 */
__asm__(".text\n"
	".globl kernel_call\n"
	".type kernel_call, @function\n"
	"kernel_call:\n"
	"	mv	a7, a0\n"
	"	mv	a0, a1\n"
	"	mv	a1, a2\n"
	"	mv	a2, a3\n"
	"	mv	a3, a4\n"
	"	mv	a4, a5\n"
	"	mv	a5, a6\n"
	"	ecall\n"
	"	ret\n"
	".globl thread_clone\n"
	".type thread_clone, @function\n"
	"thread_clone:\n"
	"	mv	t0, a1\n"
	"	mv	a1, a0\n"
	"	mv	a0, t0\n"
	"	li	a2, 0\n"
	"	li	a3, 0\n"
	"	li	a4, 0\n"
	"	li	a7, 220\n" /* clone */
	"	ecall\n"
	"	bnez	a0, 1f\n"
	"	ld	t0, 0(sp)\n"
	"	ld	a0, 8(sp)\n"
	"	jalr	t0\n"
	"	li	a0, 0\n"
	"	li	a7, 94\n" /* exit_group */
	"	ecall\n"
	"1:	ret\n"
	".globl thread_fork\n"
	".type thread_fork, @function\n"
	"thread_fork:\n"
	"	mv	t3, a0\n"
	"	mv	t4, a1\n"
	"	li	a0, 17\n" /* SIGCHLD */
	"	li	a1, 0\n"
	"	li	a2, 0\n"
	"	li	a3, 0\n"
	"	li	a4, 0\n"
	"	li	a7, 220\n" /* clone */
	"	ecall\n"
	"	blez	a0, 2f\n"
	"	mv	t0, a0\n"
	"	rdtime	t1\n"
	"	li	t2, " STRING(
		FORK_PAUSE) "\n"
			    "	add	t1, t1, t2\n"
			    "1:	li	a7, 124\n" /* sched_yield: the child may wait for this hart */
			    "	ecall\n"
			    "	rdtime	t2\n"
			    "	bgeu	t2, t1, 3f\n"
			    "	ld	t2, 0(t3)\n"
			    "	bne	t2, t4, 1b\n"
			    "3:	mv	a0, t0\n"
			    "2:	ret\n");

long thread_clone(void *stack, unsigned long flags);

void thread_start_on(struct thread *thread, void *stack_end, void (*body)(void *), void *argument)
{
	void **top = (void **)stack_end - 2;

	top[0] = (void *)body;
	top[1] = argument;
	long pid = thread_clone(top, CLONE_VM | SIGCHLD);
	if (pid < 0)
		FAIL("clone: errno %ld", -pid);
	*thread = (struct thread){ .pid = (int)pid };
}

void thread_start(struct thread *thread, void (*body)(void *), void *argument)
{
	unsigned char *stack = memory_map_pages(THREAD_STACK_PAGES);

	thread_start_on(thread, stack + THREAD_STACK_PAGES * PAGE_BYTES, body, argument);
	thread->stack = stack;
}

void thread_join(struct thread *thread)
{
	tap_join(thread->pid);
	if (thread->stack != NULL)
		memory_unmap_pages(thread->stack, THREAD_STACK_PAGES);
}
