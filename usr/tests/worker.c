/* Threads of one process: see usr/tests/worker.h. */
#include "usr/tests/worker.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "lib/abi/futex.h"
#include "lib/abi/sched.h"
#include "usr/tests/memory.h"
#include "usr/tests/tap.h"
#include "usr/tests/thread.h"

#define THREAD_FLAGS                                                                        \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | \
		CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

long futex(uint32_t *word, long operation, long value, const void *timeout, void *second,
	long third)
{
	return kernel_call(SYS_futex, word, operation, value, timeout, second, third);
}

static int run(void *worker)
{
	((struct worker *)worker)->body(worker);
	return 0;
}

void worker_start(struct worker *worker, void (*body)(struct worker *worker), uint32_t *words)
{
	worker->stack = memory_map_pages(THREAD_STACK_PAGES);
	worker->body = body;
	worker->words = words;
	CHECK(clone(run, (char *)worker->stack + THREAD_STACK_PAGES * PAGE_BYTES, THREAD_FLAGS,
		      worker, &worker->tid, NULL, &worker->tid) > 0);
}

/* When the thread has ended the kernel clears the tid, and wakes the waiters there. */
void worker_join(struct worker *worker)
{
	uint32_t tid;

	while ((tid = __atomic_load_n(&worker->tid, __ATOMIC_ACQUIRE)))
		futex(&worker->tid, FUTEX_WAIT, (long)tid, NULL, NULL, 0);
	memory_unmap_pages(worker->stack, THREAD_STACK_PAGES);
}
