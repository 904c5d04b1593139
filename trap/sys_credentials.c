/*
 * System calls on credentials: the setuid family, groups, capabilities.
 */
#include "lib/error.h"
#include "proc/credentials.h"
#include "proc/pid.h"
#include "trap/sys.h"
#include "trap/user.h"

s64 sys_getuid(void)
{
	return current->credentials->user.real;
}

s64 sys_geteuid(void)
{
	return current->credentials->user.effective;
}

s64 sys_getgid(void)
{
	return current->credentials->group.real;
}

s64 sys_getegid(void)
{
	return current->credentials->group.effective;
}

/* The last step of the calls that change users. Returns `error`, or that of the commit. */
static s64 commit_user(struct credentials *model, int error)
{
	if (error)
		return error;
	credentials_user_changed(model);
	return credentials_commit(model);
}

static s64 commit_group(const struct credentials *model, int error)
{
	return error ? error : credentials_commit(model);
}

s64 sys_setuid(u64 id)
{
	struct credentials model = *current->credentials;

	if ((u32)id == ID_KEEP)
		return -EINVAL;
	return commit_user(&model, identity_set(&model.user, (u32)id, CAP_SETUID));
}

s64 sys_setgid(u64 id)
{
	struct credentials model = *current->credentials;

	if ((u32)id == ID_KEEP)
		return -EINVAL;
	return commit_group(&model, identity_set(&model.group, (u32)id, CAP_SETGID));
}

s64 sys_setreuid(u64 real, u64 effective)
{
	struct credentials model = *current->credentials;

	return commit_user(&model,
		identity_set_two(&model.user, (u32)real, (u32)effective, CAP_SETUID));
}

s64 sys_setregid(u64 real, u64 effective)
{
	struct credentials model = *current->credentials;

	return commit_group(&model,
		identity_set_two(&model.group, (u32)real, (u32)effective, CAP_SETGID));
}

s64 sys_setresuid(u64 real, u64 effective, u64 saved)
{
	struct credentials model = *current->credentials;

	return commit_user(&model,
		identity_set_three(&model.user, (u32)real, (u32)effective, (u32)saved, CAP_SETUID));
}

s64 sys_setresgid(u64 real, u64 effective, u64 saved)
{
	struct credentials model = *current->credentials;

	return commit_group(&model,
		identity_set_three(&model.group, (u32)real, (u32)effective, (u32)saved,
			CAP_SETGID));
}

static bool may_be_file_identity(const struct identity *identity, u32 id, u32 capability)
{
	return id == identity->real || id == identity->effective || id == identity->saved ||
		id == identity->file || capable(capability);
}

/* These two cannot report errors: they return the previous number. */

s64 sys_setfsuid(u64 id)
{
	struct credentials model = *current->credentials;
	u32 old = model.user.file;

	if ((u32)id != ID_KEEP && may_be_file_identity(&model.user, (u32)id, CAP_SETUID)) {
		model.user.file = (u32)id;
		credentials_file_user_changed(&model);
		(void)!credentials_commit(&model);
	}
	return old;
}

s64 sys_setfsgid(u64 id)
{
	struct credentials model = *current->credentials;
	u32 old = model.group.file;

	if ((u32)id != ID_KEEP && may_be_file_identity(&model.group, (u32)id, CAP_SETGID)) {
		model.group.file = (u32)id;
		(void)!credentials_commit(&model);
	}
	return old;
}

static s64 give_identity(const struct identity *identity, u64 real, u64 effective, u64 saved)
{
	int error = to_user(real, &identity->real, sizeof(u32));

	if (!error)
		error = to_user(effective, &identity->effective, sizeof(u32));
	if (!error)
		error = to_user(saved, &identity->saved, sizeof(u32));
	return error;
}

s64 sys_getresuid(u64 real, u64 effective, u64 saved)
{
	return give_identity(&current->credentials->user, real, effective, saved);
}

s64 sys_getresgid(u64 real, u64 effective, u64 saved)
{
	return give_identity(&current->credentials->group, real, effective, saved);
}

s64 sys_getgroups(u64 size, u64 list)
{
	const struct group_set *groups = current->credentials->groups;
	u32 length = groups ? groups->length : 0;
	int error = 0;

	if ((s32)size < 0 || (size && (u32)size < length))
		return -EINVAL;
	if (size && length)
		error = to_user(list, groups->ids, length * sizeof(groups->ids[0]));
	return error ? error : (s64)length;
}

/* The groups at a user address, sorted; NULL: none; or an error pointer. */
static struct group_set *read_groups(u32 length, u64 list)
{
	struct group_set *groups;
	int error;

	if (!length)
		return NULL;
	groups = group_set_create(length);
	if (!groups)
		return error_pointer(-ENOMEM);
	error = from_user(groups->ids, list, length * sizeof(groups->ids[0]));
	if (!error) {
		group_set_sort(groups);
		if (groups->ids[length - 1] == ID_KEEP)
			error = -EINVAL;
	}
	if (!error)
		return groups;
	group_set_put(groups);
	return error_pointer(error);
}

s64 sys_setgroups(u64 size, u64 list)
{
	struct credentials model = *current->credentials;
	s64 error;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if ((u32)size > GROUPS_MAX)
		return -EINVAL;
	model.groups = read_groups((u32)size, list);
	if (is_error(model.groups))
		return pointer_error(model.groups);
	error = credentials_commit(&model);
	group_set_put(model.groups);
	return error;
}

/*
 * Checks the version. Returns how many words the sets have; 0 for an unknown version, after writing
 * a known one into the user's header; or an errno.
 */
static s64 capability_words(u64 header_address, struct capability_header *header)
{
	s64 error = from_user(header, header_address, sizeof(*header));

	if (error)
		return error;
	switch (header->version) {
	case CAPABILITY_VERSION_1:
		return 1;
	case CAPABILITY_VERSION_2:
	case CAPABILITY_VERSION_3:
		return CAPABILITY_WORDS;
	default:
		header->version = CAPABILITY_VERSION_3;
		return to_user(header_address, header, sizeof(*header));
	}
}

/* The sets of a task, or of a process whose first task has ended; tid 0: the caller's. */
static s64 read_capabilities(s32 tid, struct capability_data *data)
{
	const struct credentials *credentials;
	struct process *process;
	struct task *task;

	if (tid < 0)
		return -EINVAL;
	spin_lock(&family_lock);
	task = tid ? task_find((u32)tid) : current;
	process = task ? task->process : process_of((u32)tid);
	if (process) {
		spin_lock(&process->lock);
		credentials = task ? task->credentials : process_credentials(process);
		for (u32 i = 0; i < CAPABILITY_WORDS; i++)
			data[i] = (struct capability_data){
				.effective = (u32)(credentials->effective >> 32 * i),
				.permitted = (u32)(credentials->permitted >> 32 * i),
				.inheritable = (u32)(credentials->inheritable >> 32 * i),
			};
		spin_unlock(&process->lock);
	}
	spin_unlock(&family_lock);
	return process ? 0 : -ESRCH;
}

s64 sys_capget(u64 header_address, u64 data_address)
{
	struct capability_data data[CAPABILITY_WORDS];
	struct capability_header header;
	s64 words = capability_words(header_address, &header), error;

	if (words < 0)
		return words;
	if (!words)
		return data_address ? -EINVAL : 0;
	error = read_capabilities(header.pid, data);
	if (error || !data_address)
		return error;
	return to_user(data_address, data, (size_t)words * sizeof(data[0]));
}

s64 sys_capset(u64 header_address, u64 data_address)
{
	struct capability_data data[CAPABILITY_WORDS] = {};
	u64 effective = 0, permitted = 0, inheritable = 0;
	struct capability_header header;
	s64 words = capability_words(header_address, &header), error;

	if (words <= 0)
		return words ? words : -EINVAL;
	if (header.pid && (u32)header.pid != current->id)
		return -EPERM;
	error = from_user(data, data_address, (size_t)words * sizeof(data[0]));
	if (error)
		return error;
	for (u32 i = 0; i < CAPABILITY_WORDS; i++) {
		effective |= (u64)data[i].effective << 32 * i;
		permitted |= (u64)data[i].permitted << 32 * i;
		inheritable |= (u64)data[i].inheritable << 32 * i;
	}
	return credentials_set_capabilities(effective & CAPABILITIES_ALL,
		permitted & CAPABILITIES_ALL, inheritable & CAPABILITIES_ALL);
}
