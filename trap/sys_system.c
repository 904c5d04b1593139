/*
 * System calls on the machine and on how it is shared: names, random numbers, the log, turning it
 * off, prctl and limits.
 */
#include "drivers/log.h"
#include "drivers/power.h"
#include "fs/procfs.h"
#include "fs/random.h"
#include "lib/abi/prctl.h"
#include "lib/abi/reboot.h"
#include "lib/abi/resource.h"
#include "lib/abi/signal.h"
#include "lib/abi/sysinfo.h"
#include "lib/abi/syslog.h"
#include "lib/abi/utsname.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/ledger.h"
#include "mm/page.h"
#include "proc/credentials.h"
#include "proc/limit.h"
#include "proc/pid.h"
#include "trap/sys.h"
#include "trap/user.h"

s64 sys_uname(u64 address)
{
	struct utsname name = {
		.sysname = UTSNAME_SYSTEM,
		.release = UTSNAME_RELEASE,
		.version = UTSNAME_VERSION,
		.machine = "riscv64",
		.domainname = "(none)",
	};

	host_name_get(name.nodename);
	return to_user(address, &name, sizeof(name));
}

s64 sys_sethostname(u64 address, u64 size)
{
	char name[UTSNAME_LENGTH] = {};
	int error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (size >= sizeof(name))
		return -EINVAL;
	error = from_user(name, address, size);
	if (error)
		return error;
	host_name_set(name, size);
	return 0;
}

s64 sys_sysinfo(u64 address)
{
	struct procfs_load load;
	struct sysinfo info;

	procfs_load(&load);
	memset(&info, 0, sizeof(info)); /* its padding is copied to the user, too */
	info.uptime = (long)(time_now() / NANOSECONDS_PER_SECOND);
	info.totalram = ledger_total() * PAGE_SIZE;
	info.freeram = page_free_total() * PAGE_SIZE;
	info.procs = (unsigned short)load.tasks;
	info.mem_unit = 1;
	for (size_t i = 0; i < ARRAY_SIZE(info.loads); i++)
		info.loads[i] = (load.average[i] << SYSINFO_LOAD_SHIFT) / 100;
	return to_user(address, &info, sizeof(info));
}

s64 sys_getrandom(u64 address, u64 size, u64 flags)
{
	u8 part[256];
	u64 done = 0;

	if (flags & ~(u64)(GRND_NONBLOCK | GRND_RANDOM))
		return -EINVAL;
	size = min(size, (u64)INT32_MAX);
	while (done < size && wait_give_way()) {
		size_t length = min(size - done, sizeof(part));
		int error;

		random_bytes(part, length);
		error = to_user(address + done, part, length);
		if (error)
			return done ? (s64)done : error;
		done += length;
	}
	return (s64)done;
}

/* Copies the newest `size` bytes of the log to a user address. How many, or an errno. */
static s64 copy_log(u64 address, u64 size)
{
	u64 position = 0, done = 0;
	char part[256];
	size_t length;

	/* What does not fit is the oldest: skip it. */
	while (size < LOG_SIZE && (length = log_read(&position, part, sizeof(part))))
		done += length;
	position = done > size ? position - size : 0;
	for (done = 0; done < size; done += length) {
		int error;

		length = log_read(&position, part, min(size - done, sizeof(part)));
		if (!length)
			break;
		error = to_user(address + done, part, length);
		if (error)
			return error;
	}
	return (s64)done;
}

s64 sys_syslog(u64 action, u64 address, u64 size)
{
	if (!capable(CAP_SYSLOG))
		return -EPERM;
	switch ((u32)action) {
	case SYSLOG_ACTION_CLOSE:
	case SYSLOG_ACTION_OPEN:
		return 0;
	case SYSLOG_ACTION_READ_ALL:
		return !address || (s32)size < 0 ? -EINVAL : copy_log(address, (u32)size);
	case SYSLOG_ACTION_SIZE_BUFFER:
		return LOG_SIZE;
	default:
		return -EINVAL;
	}
}

s64 sys_reboot(u64 magic, u64 magic_2, u64 command)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if ((u32)magic != LINUX_REBOOT_MAGIC1 ||
		((u32)magic_2 != LINUX_REBOOT_MAGIC2 && (u32)magic_2 != LINUX_REBOOT_MAGIC2A &&
			(u32)magic_2 != LINUX_REBOOT_MAGIC2B &&
			(u32)magic_2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch ((u32)command) {
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		power_restart();
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
		power_off();
	default:
		return -EINVAL; /* Ctrl-Alt-Delete cannot be caught */
	}
}

static s64 set_name(u64 address)
{
	char name[TASK_NAME_LENGTH];
	ssize_t length = copy_string_from_user(current_space(), name, UADDR(address), sizeof(name));

	if (length < 0 && length != -ENAMETOOLONG)
		return length;
	name[sizeof(name) - 1] = '\0';
	task_set_name(current, name);
	return 0;
}

s64 sys_prctl(u64 operation, u64 argument, u64 third, u64 fourth, u64 fifth)
{
	struct task *task = current;
	struct process *process = task->process;

	switch (operation) {
	case PR_SET_NAME:
		return set_name(argument);
	case PR_GET_NAME:
		return to_user(argument, task->name, sizeof(task->name));
	case PR_SET_PDEATHSIG:
		if (argument > SIGNAL_MAX)
			return -EINVAL;
		process->parent_death_signal = (u32)argument;
		return 0;
	case PR_GET_PDEATHSIG:
		return to_user(argument, &process->parent_death_signal,
			sizeof(process->parent_death_signal));
	case PR_GET_DUMPABLE:
		return !process->secretive;
	case PR_SET_DUMPABLE:
		if (argument > 1)
			return -EINVAL;
		process->secretive = !argument;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
	case PR_SET_NO_NEW_PRIVS:
		if (third || fourth || fifth)
			return -EINVAL;
		return credentials_control((u32)operation, argument);
	default:
		return credentials_control((u32)operation, argument);
	}
}

s64 sys_prlimit64(u64 pid, u64 resource, u64 new_address, u64 old_address)
{
	struct process *process;
	struct rlimit new, old;
	int error = 0;

	if (new_address)
		error = from_user(&new, new_address, sizeof(new));
	if (error)
		return error;
	spin_lock(&family_lock);
	process = process_get(pid ? process_of((u32)pid) : current->process);
	spin_unlock(&family_lock);
	if (!process)
		return -ESRCH;
	error = resource < RLIM_NLIMITS
		? limit_exchange(process, (u32)resource, new_address ? &new : NULL, &old)
		: -EINVAL;
	process_put(process);
	if (!error && old_address)
		error = to_user(old_address, &old, sizeof(old));
	return error;
}

s64 sys_getrlimit(u64 resource, u64 address)
{
	s64 error = sys_prlimit64(0, (u32)resource, 0, address);

	return error || address ? error : -EFAULT;
}

s64 sys_setrlimit(u64 resource, u64 address)
{
	return address ? sys_prlimit64(0, (u32)resource, address, 0) : -EFAULT;
}
