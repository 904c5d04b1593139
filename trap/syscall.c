/*
 * The table of system calls, by Linux/riscv64's numbers (lib/abi/syscall.h). arch/riscv/trap.S calls
 * through it, with interrupts enabled. docs/abi.md says how far each goes.
 */
#include "lib/abi/syscall.h"
#include "arch/riscv/trap.h"
#include "lib/abi/errno.h"
#include "lib/log.h"
#include "proc/task.h"
#include "trap/sys.h"

s64 syscall_unknown(u64 number)
{
	log_debug("%s[%u]: system call %lu is unknown", current->name, current->id, number);
	return -ENOSYS;
}

const union syscall_handler syscall_table[SYSCALL_TABLE_SIZE] = {
	/* Memory */
	[SYS_brk] = { .one = sys_brk },
	[SYS_mmap] = { .six = sys_mmap },
	[SYS_munmap] = { .two = sys_munmap },
	[SYS_mremap] = { .five = sys_mremap },
	[SYS_mprotect] = { .three = sys_mprotect },
	[SYS_madvise] = { .three = sys_madvise },
};
