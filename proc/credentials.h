/*
 * The credentials of tasks: how the setuid family and exec change them. (What they allow with
 * files: fs/credentials.h.)
 *
 * A task reads its own without a lock; others read them under its process's lock.
 */
#pragma once

#include "fs/credentials.h"
#include "proc/task.h"

/* Those of its first thread or, when all have ended, of the last one; under the process's lock. */
const struct credentials *process_credentials(const struct process *process)
	REQUIRES(process->lock);

/* The real user of a process. */
u32 process_user(struct process *process) EXCLUDES(process->lock);

/* Whether the change gives another user or group, or more rights: the process becomes secretive. */
bool credentials_of_another(const struct credentials *old, const struct credentials *new);

/* Gives the current task a copy of the model. 0 or -ENOMEM. */
int credentials_commit(const struct credentials *model) MUST_CHECK;

/*
 * The rules of setuid(2), setreuid(2), setresuid(2) and of the same calls for groups: change *to,
 * the model's user or group; a caller with `capability` may set anything. ID_KEEP leaves a number
 * as it is. 0 or -EPERM.
 */
int identity_set(struct identity *to, u32 id, u32 capability) MUST_CHECK;
int identity_set_two(struct identity *to, u32 real, u32 effective, u32 capability) MUST_CHECK;
int identity_set_three(struct identity *to, u32 real, u32 effective, u32 saved,
	u32 capability) MUST_CHECK;

/* Whether all numbers, except the one for files, are `id`. */
bool identity_is_all(const struct identity *identity, u32 id);

/* What a change of the user does to the capabilities, and what setfsuid(2) does. */
void credentials_user_changed(struct credentials *model);
void credentials_file_user_changed(struct credentials *model);

/* capset(2) for the caller. 0, -EPERM or -ENOMEM. */
int credentials_set_capabilities(u64 effective, u64 permitted, u64 inheritable);

/* prctl(2)'s operations on credentials: PR_SET_KEEPCAPS, PR_CAPBSET_DROP, ... */
s64 credentials_control(u32 operation, u64 argument);

/* What the caller becomes by running the file. True: the program should distrust it (AT_SECURE). */
bool credentials_for_exec(struct inode *program, struct credentials *model);

/*
 * For access(2), which checks the real numbers: the caller uses them for files until
 * credentials_use_own(), which gets *kept back. NULL: nothing had to change. 0 or -ENOMEM.
 */
int credentials_use_real(struct credentials **kept) MUST_CHECK;
void credentials_use_own(struct credentials *kept);

/* Whether exec changes anything. */
bool credentials_differ(const struct credentials *new, const struct credentials *old);

/* Count a task in its user's account, for RLIMIT_NPROC. */
void account_add_task(struct credentials *credentials);
void account_remove_task(struct credentials *credentials);

/* Whether the caller's user and capabilities allow kill(2), sched_*(2), ... on the target. */
bool credentials_may_signal(struct process *target) EXCLUDES(target->lock);
bool credentials_may_schedule(struct process *target) EXCLUDES(target->lock);

/* Whether the caller may claim to be this process, user and group (SCM_CREDENTIALS). */
bool credentials_may_claim(s32 pid, u32 user, u32 group);
