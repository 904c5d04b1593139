/*
 * The credentials of tasks. Locks: see proc/credentials.h.
 */
#include "proc/credentials.h"

#include "fs/context.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/procfs.h"
#include "lib/abi/errno.h"
#include "lib/abi/mount.h"

/* Those that are about files: they come and go with the user number that is used for files. */
#define CAPABILITIES_OF_FILES                                                            \
	(CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_MKNOD) |                         \
		CAPABILITY_BIT(CAP_DAC_OVERRIDE) | CAPABILITY_BIT(CAP_DAC_READ_SEARCH) | \
		CAPABILITY_BIT(CAP_FOWNER) | CAPABILITY_BIT(CAP_FSETID) |                \
		CAPABILITY_BIT(CAP_LINUX_IMMUTABLE) | CAPABILITY_BIT(CAP_MAC_OVERRIDE))

const struct credentials *credentials_of_caller(void)
{
	return current->credentials;
}

const struct credentials *process_credentials(const struct process *process)
{
	if (list_empty(&process->threads))
		return process->credentials;
	return list_first_entry(&process->threads, struct task, thread_node)->credentials;
}

u32 process_user(struct process *process)
{
	u32 user;

	spin_lock(&process->lock);
	user = process_credentials(process)->user.real;
	spin_unlock(&process->lock);
	return user;
}

void account_add_task(struct credentials *credentials)
{
	atomic_fetch_add_explicit(&credentials->account->tasks, 1, memory_order_relaxed);
}

void account_remove_task(struct credentials *credentials)
{
	atomic_fetch_sub_explicit(&credentials->account->tasks, 1, memory_order_relaxed);
}

bool credentials_of_another(const struct credentials *old, const struct credentials *new)
{
	return old->user.effective != new->user.effective || old->user.file != new->user.file ||
		old->group.effective != new->group.effective ||
		old->group.file != new->group.file || (new->permitted & ~old->permitted);
}

int credentials_commit(const struct credentials *model)
{
	struct task *task = current;
	struct process *process = task->process;
	struct credentials *other = credentials_create(model);

	if (!other)
		return -ENOMEM;
	account_add_task(other);
	spin_lock(&process->lock);
	swap(task->credentials, other);
	if (credentials_of_another(other, task->credentials)) {
		process->secretive = true;
		process->parent_death_signal = 0;
	}
	spin_unlock(&process->lock);
	account_remove_task(other);
	credentials_put(other);
	return 0;
}

/* Replaces the caller's credentials, and returns the old ones. */
static struct credentials *exchange(struct credentials *credentials)
{
	struct task *task = current;

	spin_lock(&task->process->lock);
	swap(task->credentials, credentials);
	spin_unlock(&task->process->lock);
	return credentials;
}

int credentials_use_real(struct credentials **kept)
{
	const struct credentials *own = current->credentials;
	struct credentials model = *own, *new;

	model.user.file = own->user.real;
	model.group.file = own->group.real;
	model.effective = own->user.real ? 0 : own->permitted;
	*kept = NULL;
	if (model.user.file == own->user.file && model.group.file == own->group.file &&
		model.effective == own->effective)
		return 0;
	new = credentials_create(&model);
	if (!new)
		return -ENOMEM;
	*kept = exchange(new);
	return 0;
}

void credentials_use_own(struct credentials *kept)
{
	if (kept)
		credentials_put(exchange(kept));
}

int identity_set(struct identity *to, u32 id, u32 capability)
{
	if (capable(capability))
		to->real = to->saved = id;
	else if (id != to->real && id != to->saved)
		return -EPERM;
	to->effective = to->file = id;
	return 0;
}

int identity_set_two(struct identity *to, u32 real, u32 effective, u32 capability)
{
	const struct identity old = *to;
	bool free = capable(capability);

	if (real != ID_KEEP) {
		if (!free && real != old.real && real != old.effective)
			return -EPERM;
		to->real = real;
	}
	if (effective != ID_KEEP) {
		if (!free && effective != old.real && effective != old.effective &&
			effective != old.saved)
			return -EPERM;
		to->effective = effective;
	}
	if (real != ID_KEEP || (effective != ID_KEEP && effective != old.real))
		to->saved = to->effective;
	to->file = to->effective;
	return 0;
}

static bool is_one_of(const struct identity *identity, u32 id)
{
	return id == ID_KEEP || id == identity->real || id == identity->effective ||
		id == identity->saved;
}

int identity_set_three(struct identity *to, u32 real, u32 effective, u32 saved, u32 capability)
{
	const struct identity old = *to;

	if (!capable(capability) &&
		!(is_one_of(to, real) && is_one_of(to, effective) && is_one_of(to, saved)))
		return -EPERM;
	if (real != ID_KEEP)
		to->real = real;
	if (effective != ID_KEEP)
		to->effective = effective;
	if (saved != ID_KEEP)
		to->saved = saved;
	/* As on Linux, a call that asks for nothing new changes nothing. */
	if (effective != ID_KEEP || to->real != old.real || to->saved != old.saved)
		to->file = to->effective;
	return 0;
}

bool credentials_may_claim(s32 pid, u32 user, u32 group)
{
	const struct credentials *own = current->credentials;

	return (pid == (s32)current->process->id || capable(CAP_SYS_ADMIN)) &&
		(is_one_of(&own->user, user) || capable(CAP_SETUID)) &&
		(is_one_of(&own->group, group) || capable(CAP_SETGID));
}

static bool is_root_somehow(const struct identity *user)
{
	return !user->real || !user->effective || !user->saved;
}

void credentials_user_changed(struct credentials *model)
{
	const struct identity *old = &current->credentials->user, *new = &model->user;

	if (is_root_somehow(old) && !is_root_somehow(new) && !model->keep_capabilities)
		model->permitted = model->effective = 0;
	if (!old->effective && new->effective)
		model->effective = 0;
	else if (old->effective && !new->effective)
		model->effective = model->permitted;
}

void credentials_file_user_changed(struct credentials *model)
{
	const struct identity *old = &current->credentials->user, *new = &model->user;

	if (!old->file && new->file)
		model->effective &= ~CAPABILITIES_OF_FILES;
	else if (old->file && !new->file)
		model->effective |= model->permitted & CAPABILITIES_OF_FILES;
}

int credentials_set_capabilities(u64 effective, u64 permitted, u64 inheritable)
{
	const struct credentials *old = current->credentials;
	struct credentials model = *old;
	u64 inheritable_limit = old->inheritable | old->bounding;

	if (!capable(CAP_SETPCAP))
		inheritable_limit &= old->inheritable | old->permitted;
	if ((inheritable & ~inheritable_limit) || (permitted & ~old->permitted) ||
		(effective & ~permitted))
		return -EPERM;
	model.effective = effective;
	model.permitted = permitted;
	model.inheritable = inheritable;
	return credentials_commit(&model);
}

s64 credentials_control(u32 operation, u64 argument)
{
	struct credentials model = *current->credentials;

	switch (operation) {
	case PR_GET_KEEPCAPS:
		return model.keep_capabilities;
	case PR_SET_KEEPCAPS:
		if (argument > 1)
			return -EINVAL;
		model.keep_capabilities = argument;
		return credentials_commit(&model);
	case PR_CAPBSET_READ:
		if (argument > CAP_LAST)
			return -EINVAL;
		return !!(model.bounding & CAPABILITY_BIT(argument));
	case PR_CAPBSET_DROP:
		if (!capable(CAP_SETPCAP))
			return -EPERM;
		if (argument > CAP_LAST)
			return -EINVAL;
		model.bounding &= ~CAPABILITY_BIT(argument);
		return credentials_commit(&model);
	case PR_GET_NO_NEW_PRIVS:
		return argument ? -EINVAL : model.no_new_privileges;
	case PR_SET_NO_NEW_PRIVS:
		if (argument != 1)
			return -EINVAL;
		model.no_new_privileges = true;
		return credentials_commit(&model);
	default:
		return -EINVAL;
	}
}

/* Whether the caller may gain no rights by exec. */
static bool is_confined(void)
{
	/* Another process that shares it could change the root directory under the program. */
	return current->credentials->no_new_privileges ||
		atomic_load(&current->process->fs->count) > 1;
}

/* Whether exec leaves the caller's user and group as they are. */
static bool keeps_identity(void)
{
	return current->credentials->no_new_privileges || (is_confined() && !capable(CAP_SETUID));
}

bool credentials_for_exec(struct inode *program, struct credentials *model)
{
	const struct credentials *own = current->credentials;
	u32 permissions;
	bool secure;

	*model = *own;
	if (!(program->mount->flags & MS_NOSUID) && !keeps_identity()) {
		/* Read together: a change of owner clears the bits under this lock. */
		mutex_lock(&program->lock);
		permissions = inode_permissions(program);
		if (permissions & S_ISUID)
			model->user.effective = inode_uid(program);
		if ((permissions & S_ISGID) && (permissions & S_IXGRP))
			model->group.effective = inode_gid(program);
		mutex_unlock(&program->lock);
	}
	secure = model->user.effective != model->user.real ||
		model->group.effective != model->group.real;
	model->keep_capabilities = false;
	model->permitted = 0;
	if (!model->user.real || !model->user.effective)
		model->permitted = model->inheritable | model->bounding;
	if (is_confined())
		model->permitted &= own->permitted;
	model->effective = model->user.effective ? 0 : model->permitted;
	if (keeps_identity()) {
		model->user.effective = model->user.real;
		model->group.effective = model->group.real;
	}
	model->user.saved = model->user.file = model->user.effective;
	model->group.saved = model->group.file = model->group.effective;
	return secure;
}

static bool identities_differ(const struct identity *new, const struct identity *old)
{
	return new->effective != old->effective || new->saved != old->saved ||
		new->file != old->file;
}

bool credentials_differ(const struct credentials *new, const struct credentials *old)
{
	return identities_differ(&new->user, &old->user) ||
		identities_differ(&new->group, &old->group) || new->permitted != old->permitted ||
		new->effective != old->effective ||
		new->keep_capabilities != old->keep_capabilities;
}

bool credentials_may_signal(struct process *target)
{
	const struct identity *own = &current->credentials->user, *other;
	bool allowed;

	if (target == current->process || capable(CAP_KILL))
		return true;
	spin_lock(&target->lock);
	other = &process_credentials(target)->user;
	allowed = own->effective == other->saved || own->effective == other->real ||
		own->real == other->saved || own->real == other->real;
	spin_unlock(&target->lock);
	return allowed;
}

bool credentials_may_schedule(struct process *target)
{
	const struct identity *own = &current->credentials->user, *other;
	bool allowed;

	if (capable(CAP_SYS_NICE))
		return true;
	spin_lock(&target->lock);
	other = &process_credentials(target)->user;
	allowed = own->effective == other->effective || own->effective == other->real;
	spin_unlock(&target->lock);
	return allowed;
}

bool identity_is_all(const struct identity *identity, u32 id)
{
	return identity->real == id && identity->effective == id && identity->saved == id;
}

bool procfs_may_inspect(struct process *target)
{
	const struct credentials *own = current->credentials, *other;
	bool allowed;

	if (target == current->process || capable(CAP_SYS_PTRACE))
		return true;
	spin_lock(&target->lock);
	other = process_credentials(target);
	allowed = !target->secretive && identity_is_all(&other->user, own->user.file) &&
		identity_is_all(&other->group, own->group.file) &&
		!(other->permitted & ~own->permitted);
	spin_unlock(&target->lock);
	return allowed;
}
