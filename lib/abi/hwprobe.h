/*
 * riscv_hwprobe and riscv_flush_icache: the calls that only RISC-V has.
 */
#pragma once

#include <stdint.h>

struct riscv_hwprobe {
	int64_t key; /* -1: it is unknown */
	uint64_t value;
};

#define RISCV_HWPROBE_KEY_BASE_BEHAVIOR 3
#define RISCV_HWPROBE_KEY_IMA_EXT_0     4
#define RISCV_HWPROBE_KEY_CPUPERF_0     5

#define RISCV_HWPROBE_BASE_BEHAVIOR_IMA  1
#define RISCV_HWPROBE_IMA_FD             1
#define RISCV_HWPROBE_IMA_C              2
#define RISCV_HWPROBE_MISALIGNED_UNKNOWN 0

#define RISCV_FLUSH_ICACHE_LOCAL 1
