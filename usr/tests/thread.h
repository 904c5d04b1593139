/*
 * Threads without a thread library: a process made by clone(CLONE_VM) that runs on a stack of its
 * own and is waited for like any child. It shares errno with its maker, so it calls the kernel
 * through kernel_call(), which leaves errno alone.
 */
#pragma once

#define THREAD_STACK_PAGES 8

struct thread {
	int pid;
	void *stack; /* to be unmapped in the end, or NULL */
};

/* Runs body(argument); its end is the end of the thread. Fails the case when it cannot start. */
void thread_start(struct thread *thread, void (*body)(void *), void *argument);

/* The same on a stack of the caller's that ends at stack_end, aligned to 16 bytes. */
void thread_start_on(struct thread *thread, void *stack_end, void (*body)(void *), void *argument);

/* Waits for the thread, which must exit with status 0, and frees its stack. */
void thread_join(struct thread *thread);

/* A system call with up to six arguments; returns what the kernel returns: -errno on failure. */
long kernel_call(long number, ...);

/*
 * fork() that a thread may call. In the parent it returns only when the word, in a shared mapping,
 * has the value, or after some tenths of a second; until then the parent stores nothing, as its
 * first store would break a page and so flush translations: the very ones that other threads must
 * not have kept since the fork.
 */
long thread_fork(const unsigned long *word, unsigned long value);

/* Memory through which threads communicate. */
#define atomic_load_flag(pointer)         __atomic_load_n((pointer), __ATOMIC_ACQUIRE)
#define atomic_store_flag(pointer, value) __atomic_store_n((pointer), (value), __ATOMIC_RELEASE)
