/*
 * /proc. What it shows about the machine is made in fs/procfs_system.c; what it shows about
 * processes comes through the interface below, which proc/report.c implements.
 *
 * The functions may be called with names_lock held, so they must not sleep nor touch user memory;
 * show, read and write are called without locks.
 */
#pragma once

#include "fs/dentry.h"
#include "fs/pseudo.h"
#include "lib/abi/utsname.h"
#include "lib/types.h"

struct io;
struct process;

/*
 * One entry of /proc/<pid>: a generated file, whose argument is the struct process, or a symbolic
 * link, whose target `follow` returns: counted, NULL (stands for -ENOENT), or an error pointer.
 * show, write and read return -ESRCH when the process is gone.
 */
struct procfs_entry {
	struct pseudo_file file;
	struct dentry *(*follow)(struct process *process);
};

/* All entries but "fd" and "task", ended by one without a name. */
extern const struct procfs_entry procfs_process_entries[];

/* A thread, perhaps one that has ended, of a process that is counted. */
struct procfs_thread {
	struct process *process;
	s32 id;
};

/*
 * The entries of /proc/<pid>/task/<tid>, ended by one without a name. Their argument is a struct
 * procfs_thread; they return -ESRCH when the thread is gone.
 */
extern const struct pseudo_file procfs_thread_entries[];

/* Whether the thread has not ended. */
bool procfs_thread_exists(const struct procfs_thread *thread);

/* The lowest id, from `from` on, of a thread of the process, or 0. */
s32 procfs_process_next_thread(const struct process *process, u64 from);

/* The lowest existing process id >= `from`, or 0. */
s32 procfs_process_next(u64 from);

/* The process, counted; NULL: there is none. Finds zombies, too. */
struct process *procfs_process_get(s32 pid);
void procfs_process_hold(struct process *process);
void procfs_process_put(struct process *process);

/* The owner of the process's files; inside: of those files that are for the owner alone. */
void procfs_process_owner(struct process *process, bool inside, u32 *user, u32 *group);

/* Whether the caller may look inside: follow links to what the process has open. */
bool procfs_may_inspect(struct process *target);

/* The caller's process id: where /proc/self leads. */
s32 procfs_own_pid(void);

/*
 * The process's lowest descriptor from `from` on, or -1; and what a descriptor leads to: counted,
 * NULL (it is not open), or an error pointer. They take no reference to the table or the file,
 * since dropping the last one takes locks that may not be taken inside names_lock.
 */
s64 procfs_process_next_fd(struct process *process, u64 from);
struct dentry *procfs_process_fd(struct process *process, u64 fd);

/* For /proc/loadavg and /proc/stat. */
struct procfs_load {
	u32 running; /* tasks that run or could */
	u32 tasks;
	s32 last_pid;
	u32 pid_limit; /* no process has this number, or a higher one */
	u64 context_switches;
	u64 forks;
	u64 average[3]; /* load over 1, 5 and 15 minutes, in hundredths */
};

void procfs_load(struct procfs_load *result);

/* How a hart has spent its time since boot, in nanoseconds. */
struct procfs_times {
	u64 user, system, idle;
};

struct procfs_times procfs_times(u32 hart);

/*
 * Recounts the ledger (mm/ledger.h) while all other harts are at rest. The result is how many
 * differences it found. May sleep.
 */
u64 procfs_audit(void);

/* /proc/lock-check of debug builds: makes the mistake that it names (proc/lock_plant.c). */
int procfs_plant_lock_mistake(void *argument, const char *text, size_t size);

/* Makes /proc/sys. 0 or -ENOMEM. */
int procfs_add_sys(struct dentry *root) MUST_CHECK REQUIRES(names_lock);

/* The host's name, as for uname(2) and sethostname(2): at most UTSNAME_LENGTH - 1 bytes. */
void host_name_get(char name[UTSNAME_LENGTH]);
void host_name_set(const char *name, size_t length);

extern const struct file_system proc_type;

/* The generated files of the root of /proc, ended by one without a name (fs/procfs_system.c). */
extern const struct pseudo_file procfs_system_files[];

/* What /proc/cmdline shows; the text stays in use. */
void procfs_set_command_line(const char *text);
