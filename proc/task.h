/*
 * Tasks and processes.
 *
 * A task is what the scheduler runs: a kernel stack, saved registers, and for user tasks a thread
 * of a process. A process owns what its threads share: the address space, open files, signal
 * actions, its place in the family. Tasks without a process are kernel threads.
 *
 * Locks, in the order in which they are taken:
 *
 *	family_lock		parents and children, threads, groups, sessions, pids (proc/pid.h)
 *	process->lock		signals of the process and its threads, the pointers to what it owns
 *	wait_queue->lock	(fs/wait.h)
 *	timers			(proc/timer.h)
 *	runqueue->lock		(proc/schedule.h)
 *
 * The last three are taken with interrupts off, since interrupt handlers wake tasks. (They do not
 * send signals.) What only the task itself touches needs no lock.
 */
#pragma once

#include "arch/riscv/context.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/lock.h"
#include "fs/wait.h"
#include "lib/abi/prctl.h"
#include "lib/abi/resource.h"
#include "lib/abi/signal.h"
#include "lib/list.h"
#include "lib/types.h"
#include "proc/timer.h"

struct credentials;
struct file;
struct file_table;
struct fs_context;
struct pid;
struct signal_actions;
struct space;

enum task_state {
	TASK_RUNNABLE, /* runs, or waits for a hart */
	TASK_WAITING,  /* until it is woken */
	TASK_STOPPED,  /* by a stop signal, until it is continued or killed */
	TASK_DEAD,
};

/* What is known of a signal, in short form; siginfo_t is made from it. */
struct signal_info {
	s32 signal;
	s32 code;
	s32 pid; /* of the sender, or of the child */
	u32 uid;
	u64 value;        /* by signal and code: sigval, address of a fault, status of a child */
	u64 utime, stime; /* of a child, nanoseconds */
};

/* Signals that wait to be taken. */
struct signal_queue {
	u64 set;                  /* bit n - 1: signal n */
	struct signal_info first; /* the one that came to an empty queue; signal 0: it was taken */
	struct list entries;      /* those that came later (struct signal_entry, proc/signal.c) */
	u32 length;
};

struct task {
	/*
	 * Scheduling: runqueue->lock of the hart, except for the state, which is atomic. Affinity
	 * and slice, which system calls set, are changed under family_lock as well, and read under
	 * either; nice and policy have family_lock alone.
	 */
	struct context context;
	_Atomic u32 state;
	_Atomic u32 hart; /* where it runs, waits to run, or ran last */
	bool queued;      /* runs, or is in a runqueue */
	struct list_node run_node;
	u64 affinity; /* bit n: may run on hart n */
	u64 slice;    /* nanoseconds that its turn lasts */
	u64 turns;    /* that it has had, in parts of a turn (proc/schedule.c) */
	s32 nice;     /* proc/priority.h */
	u32 policy;   /* SCHED_* */
	u64 runtime;  /* nanoseconds on a hart, without the present turn */
	/* At the last sample (usage_of_task()): runtime, system time, the mode that was found. */
	u64 sampled_runtime, sampled_system;
	bool sampled_in_system;

	void *stack; /* the top of its kernel stack */
	/* A kernel thread's body; what a user task does before its first user mode, or NULL. */
	void (*function)(void *argument);
	void *argument;
	struct fpu_state fpu;
	struct timer sleep_timer;
	char name[TASK_NAME_LENGTH];

	/* Replaced by the task itself, under process->lock (proc/credentials.h). */
	struct credentials *credentials;

	/* Threads of a process. */
	struct process *process; /* NULL: a kernel thread, or one that has left its process */
	u32 id;                  /* tid */
	struct pid *pid;         /* family_lock */
	struct list_node thread_node;

	/* Signals: process->lock. */
	u64 signal_mask; /* written only by the task itself */
	struct signal_queue pending;
	u64 waited_signals;          /* those that it sleeps for, even if blocked (sigtimedwait) */
	_Atomic bool signal_pending; /* there may be something to take: look before user mode */
	bool killed;                 /* the whole process ends, or another thread calls exec */

	/* The task's own. */
	u64 saved_mask; /* restored when a signal was handled (sigsuspend, ppoll) */
	bool restore_mask;
	enum task_restart {
		RESTART_NONE,
		RESTART_ALWAYS,
		RESTART_UNLESS_FORBIDDEN, /* by a handler without SA_RESTART */
		RESTART_WITHOUT_HANDLER,
	} restart;            /* what is to become of a call that returns -EINTR (proc/signal.h) */
	u64 restart_deadline; /* of a sleep that is restarted, or 0 */
	stack_t signal_stack;
	u64 set_child_tid;   /* user address to which it writes its tid before it starts, or 0 */
	u64 clear_child_tid; /* user address, cleared and woken when the task ends, or 0 */
	u64 robust_list;     /* user address, or 0 */
	u32 fail_nth;        /* the allocation, counted from now, that fails; 0: none */
	/* Written by the task itself (task_count()), read by all who ask for its usage. */
	_Atomic u64 page_faults;
	_Atomic u64 switches_voluntary;
	_Atomic u64 switches_forced;
};

/* proc/alarm.h */
struct alarm {
	union {
		struct tree_node node;         /* in the tree of those on the monotonic clock */
		struct list_node process_node; /* in the list of those on a process's time */
	};
	enum alarm_clock {
		ALARM_MONOTONIC,
		ALARM_PROCESS, /* the process's time */
		ALARM_VIRTUAL, /* the same without system time */
		ALARM_THREAD,  /* a thread's time */
	} clock;
	struct process *process;
	u32 thread;             /* for ALARM_THREAD: its tid */
	u64 deadline, interval; /* nanoseconds */
	bool active;
	void (*expired)(struct alarm *alarm, u64 now); /* with family_lock held */
};

#define ITIMERS 3 /* ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF */

struct process {
	_Atomic u32 count; /* references: its entry in the family, and those of its users */
	u32 id;            /* pid */
	struct pid *pid;   /* family_lock; until it is reaped */

	/* The family: family_lock. */
	struct process *parent;
	struct list_node sibling; /* in the parent's children or zombies */
	struct list children;     /* that live */
	struct list zombies;      /* children that have ended and wait to be reaped */
	struct list threads;      /* changed under family_lock and `lock`, read under either */
	u32 thread_count;         /* the same */
	struct pid *group;
	struct list_node group_node;
	struct pid *session;
	struct list_node session_node;
	bool zombie;
	bool executed; /* it called exec since fork: the parent can no longer set its group */
	struct wait_queue child_events; /* a child ended, stopped or continued */
	_Atomic bool vfork_pending;     /* its maker waits until this one calls exec or ends */

	/* Set under `lock`; the process's own tasks read them without it. */
	struct spinlock lock;
	struct space *space; /* NULL: it has ended */
	struct file_table *files;
	struct fs_context *fs;
	struct file *executable; /* what exec ran; NULL: nothing yet */
	struct signal_actions *actions;
	struct credentials *credentials; /* of the last thread, when that has ended */
	bool secretive;                  /* only the super-user may look inside: not "dumpable" */
	struct signal_queue pending;
	struct wait_queue signal_readers; /* signalfd: woken at each signal that is sent */

	/* Ending, stopping: `lock`. */
	bool exiting;
	bool stop_taken; /* a thread has taken a stop signal, and nothing has continued it since */
	bool stopping;   /* all threads are to stop */
	bool stop_reported; /* to a waiting parent */
	bool continued;     /* and not yet reported */
	u32 stop_signal;
	u32 stopped_count;    /* threads that have stopped */
	s32 exit_status;      /* as wait4 reports it */
	s32 exit_signal;      /* what the parent gets when it ends; 0: nothing */
	struct task *execing; /* the thread that calls exec and waits for the others to end */
	struct wait_queue thread_events; /* the other threads have ended, or the vfork is over */

	/* Alarms and timers: family_lock. */
	struct alarm time_limit; /* RLIMIT_CPU */
	struct alarm itimers[ITIMERS];
	struct list time_alarms; /* those that count its time */
	struct list timers;      /* proc/posix_timer.c */
	u32 next_timer;
	_Atomic u64 time_check; /* monotonic time before which none of time_alarms can be due */

	u32 parent_death_signal;
	u32 personality;             /* ADDR_NO_RANDOMIZE, or PER_LINUX */
	_Atomic u32 membarrier;      /* what the program has registered for, until exec */
	char name[TASK_NAME_LENGTH]; /* of the first thread */
	u64 start_time;
	/* Of the threads that have ended, and of the children that were reaped: family_lock. */
	struct usage {
		u64 runtime; /* nanoseconds, user and system together */
		u64 system;
		u64 page_faults;
		u64 switches_voluntary;
		u64 switches_forced;
	} usage, children_usage;
	struct rlimit limits[RLIM_NLIMITS];
	/* Where arguments and environment lie on its stack, for /proc. */
	struct program_strings {
		u64 argument_start, argument_end;
		u64 environment_start, environment_end;
	} strings;
};

extern struct spinlock family_lock;
extern struct process *init_process; /* process 1, which inherits orphans */

/* What a hart runs: exact if the caller holds the lock of its runqueue, else a hint. */
static inline struct task *hart_task(const struct hart *hart)
{
	return __atomic_load_n(&hart->current, __ATOMIC_RELAXED);
}

static inline void hart_set_task(struct hart *hart, struct task *task)
{
	__atomic_store_n(&hart->current, task, __ATOMIC_RELAXED);
}

/* Only the hart itself ever changes it. */
static inline struct task *own_task(void)
{
	return hart_register->current;
}

#define current (own_task())

/* Adds one to a counter that only one hart at a time writes: no need for an atomic addition. */
static inline void task_count(_Atomic u64 *counter)
{
	u64 count = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, count + 1, memory_order_relaxed);
}

/* The current task's address space; not for kernel threads. */
static inline struct space *current_space(void)
{
	return current->process->space;
}

/* The registers with which a user task entered the kernel. */
static inline struct trap_frame *task_frame(const struct task *task)
{
	return context_frame(task->stack);
}

/*
 * A new task without process or stack, not started, with the credentials of its maker. NULL: no
 * memory.
 */
struct task *task_alloc(const char *name);

/*
 * Names a thread: itself, or another with family_lock held. The first thread's name is its process's,
 * too. Cuts off what is too long.
 */
void task_set_name(struct task *task, const char *name);

/* Creates a kernel thread, which starts at once. The function must not return. NULL: no memory. */
struct task *kernel_thread(const char *name, void (*function)(void *), void *argument);

/* Frees a task that never ran, or that is dead and no longer on its stack. */
void task_free(struct task *task);

/* A new process, in no family yet, count 1, owning nothing. NULL: no memory. */
struct process *process_alloc(void);

static inline struct process *process_get(struct process *process)
{
	if (process)
		atomic_fetch_add_explicit(&process->count, 1, memory_order_relaxed);
	return process;
}

void process_put(struct process *process);

/* The process's address space with a reference for the caller; NULL: it has ended. */
struct space *process_space_get(struct process *process);

/*
 * What tasks and processes have used. Time is counted exactly, but split into user and system by
 * samples: one in each period of a task's running time, and the period that follows a sample counts
 * for the mode that the sample found.
 */

/* Up to now. */
struct usage usage_of_task(struct task *task);

/* Of a process: its ended threads, and those that live. */
struct usage usage_of_process(struct process *process) REQUIRES(family_lock);

void usage_add(struct usage *to, const struct usage *from);
