#ifndef COWSLIP_LIBC_SCHED_H
#define COWSLIP_LIBC_SCHED_H

#include <sys/types.h>

#include "lib/abi/sched.h"

#define CPU_SETSIZE 1024

typedef struct {
	unsigned long bits[CPU_SETSIZE / 64];
} cpu_set_t;

#define CPU_ZERO(set)       (*(set) = (cpu_set_t){ { 0 } })
#define CPU_SET(cpu, set)   ((set)->bits[(cpu) / 64] |= 1UL << (cpu) % 64)
#define CPU_CLR(cpu, set)   ((set)->bits[(cpu) / 64] &= ~(1UL << (cpu) % 64))
#define CPU_ISSET(cpu, set) ((set)->bits[(cpu) / 64] >> (cpu) % 64 & 1)

int sched_yield(void);
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set);
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);
int getcpu(unsigned int *cpu, unsigned int *node);

/*
 * Starts a child in `function` on a stack that ends at `stack`. When the function returns, the
 * child exits with its result. The variable arguments are pid_t *parent_tid, void *tls and
 * pid_t *child_tid, needed only with the flags that use them.
 */
int clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

#endif
