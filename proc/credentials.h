/*
 * The credentials of tasks: how the setuid family and exec change them. (What they allow with files:
 * fs/credentials.h.)
 *
 * A task's own are read by itself without a lock, by others under its process's lock.
 */
#pragma once

#include "fs/credentials.h"
#include "proc/task.h"

/* Those of the process's first thread, or of the last one that it had; under its lock. */
const struct credentials *process_credentials(const struct process *process)
	REQUIRES(process->lock);

/* The (real) user of its process. */
u32 process_user(struct process *process) EXCLUDES(process->lock);

/* Whether who changes so becomes another, or gets rights: nobody may look into his process any more. */
bool credentials_of_another(const struct credentials *old, const struct credentials *new);

/* The model becomes the current task's. 0 or -ENOMEM. */
int credentials_commit(const struct credentials *model) MUST_CHECK;

/*
 * The rules of setuid(2), setreuid(2), setresuid(2) and of the same calls for groups: changes *to,
 * the model's user or group, which `capability` allows freely. ID_KEEP leaves a number. -EPERM.
 */
int identity_set(struct identity *to, u32 id, u32 capability) MUST_CHECK;
int identity_set_two(struct identity *to, u32 real, u32 effective, u32 capability) MUST_CHECK;
int identity_set_three(struct identity *to, u32 real, u32 effective, u32 saved,
	u32 capability) MUST_CHECK;

/* Whether all but the number for files are this one. */
bool identity_is_all(const struct identity *identity, u32 id);

/* What a change of the user does to the capabilities, and what setfsuid(2) does. */
void credentials_user_changed(struct credentials *model);
void credentials_file_user_changed(struct credentials *model);

/* capset(2) on the caller's. 0 or -EPERM. */
int credentials_set_capabilities(u64 effective, u64 permitted, u64 inheritable);

/* What prctl(2) has on credentials: PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, ... */
s64 credentials_control(u32 operation, u64 argument);

/* What the caller is to be once it runs the file. Whether the file is to distrust it (AT_SECURE). */
bool credentials_for_exec(struct inode *program, struct credentials *model);

/*
 * For access(2), which asks by the real numbers: until credentials_use_own() the caller goes by them.
 * *kept: what that wants back; NULL: nothing had to change. 0 or -ENOMEM.
 */
int credentials_use_real(struct credentials **kept) MUST_CHECK;
void credentials_use_own(struct credentials *kept);

/* Whether exec has changed anything. */
bool credentials_differ(const struct credentials *new, const struct credentials *old);

/* A task's account counts it, for RLIMIT_NPROC. */
void account_add_task(struct credentials *credentials);
void account_remove_task(struct credentials *credentials);

/* Whether the caller's user and capabilities are a match for another's: kill(2), sched_*(2), ... */
bool credentials_may_signal(struct process *target) EXCLUDES(target->lock);
bool credentials_may_schedule(struct process *target) EXCLUDES(target->lock);

/* Whether the caller may say that he is that process, that user and that group (SCM_CREDENTIALS). */
bool credentials_may_claim(s32 pid, u32 user, u32 group);
