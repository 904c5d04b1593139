/*
 * System calls that are RISC-V's own, and those by which programs ask what they may rely on:
 * riscv_hwprobe, riscv_flush_icache, membarrier, personality.
 */
#include "arch/riscv/smp.h"
#include "arch/riscv/tlb.h"
#include "lib/abi/hwprobe.h"
#include "lib/abi/membarrier.h"
#include "lib/abi/personality.h"
#include "lib/error.h"
#include "mm/wait.h"
#include "proc/task.h"
#include "trap/sys.h"
#include "trap/user.h"

/* What holds for every hart: programs may rely on RV64GC, and on nothing more. */
static void probe(struct riscv_hwprobe *pair)
{
	switch (pair->key) {
	case RISCV_HWPROBE_KEY_BASE_BEHAVIOR:
		pair->value = RISCV_HWPROBE_BASE_BEHAVIOR_IMA;
		break;
	case RISCV_HWPROBE_KEY_IMA_EXT_0:
		pair->value = RISCV_HWPROBE_IMA_FD | RISCV_HWPROBE_IMA_C;
		break;
	case RISCV_HWPROBE_KEY_CPUPERF_0:
		pair->value = RISCV_HWPROBE_MISALIGNED_UNKNOWN;
		break;
	default:
		pair->key = -1;
		pair->value = 0;
		break;
	}
}

s64 sys_riscv_hwprobe(u64 pairs, u64 count, u64 mask_size, u64 mask_address, u64 flags)
{
	u64 mask = 0;
	int error = 0;

	if (flags || (!mask_size != !mask_address))
		return -EINVAL;
	if (mask_address)
		error = from_user(&mask, mask_address, min(mask_size, sizeof(mask)));
	if (!error && mask_address && !(mask & harts_online()))
		error = -EINVAL;
	for (u64 i = 0; i < count && !error && wait_give_way(); i++) {
		u64 address = pairs + i * sizeof(struct riscv_hwprobe);
		struct riscv_hwprobe pair;

		error = from_user(&pair, address, sizeof(pair));
		if (error)
			break;
		probe(&pair);
		error = to_user(address, &pair, sizeof(pair));
	}
	return error;
}

s64 sys_riscv_flush_icache(u64 start UNUSED, u64 end UNUSED, u64 flags)
{
	if (flags & ~(u64)RISCV_FLUSH_ICACHE_LOCAL)
		return -EINVAL;
	tlb_flush_instructions(&current_space()->tlb);
	return 0;
}

/*
 * Every kind of barrier is the same strong one: the firmware interrupts each hart, which thereby
 * orders all that it did before against all that it does after, and refetches its instructions.
 */
s64 sys_membarrier(u64 command, u64 flags)
{
	struct process *process = current->process;
	const u32 registrations = MEMBARRIER_REGISTER_GLOBAL_EXPEDITED |
		MEMBARRIER_REGISTER_PRIVATE_EXPEDITED |
		MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;

	if (flags)
		return -EINVAL;
	switch (command) {
	case MEMBARRIER_QUERY:
		return registrations | registrations >> 1 | MEMBARRIER_GLOBAL |
			MEMBARRIER_GET_REGISTRATIONS;
	case MEMBARRIER_GET_REGISTRATIONS:
		return process->membarrier;
	case MEMBARRIER_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
	case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
		atomic_fetch_or(&process->membarrier, (u32)command);
		return 0;
	case MEMBARRIER_PRIVATE_EXPEDITED:
	case MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE:
		/* A command's registration is the next higher bit. */
		if (!(atomic_load(&process->membarrier) & command << 1))
			return -EPERM;
		tlb_flush_all_instructions();
		return 0;
	case MEMBARRIER_GLOBAL:
	case MEMBARRIER_GLOBAL_EXPEDITED:
		tlb_flush_all_instructions();
		return 0;
	default:
		return -EINVAL;
	}
}

/* Programs run as on Linux, and cannot ask to run as on another system. */
s64 sys_personality(u64 persona)
{
	struct process *process = current->process;
	u32 present = process->personality, wanted = (u32)persona;

	if (wanted == PERSONALITY_ASK)
		return present;
	if (wanted & ~(u32)ADDR_NO_RANDOMIZE)
		return -EINVAL;
	process->personality = wanted;
	return present;
}
