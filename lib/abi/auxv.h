/*
 * The auxiliary vector: pairs of (type, value) that exec leaves on the stack above the
 * environment, ended by AT_NULL.
 */
#pragma once

#define AT_NULL         0
#define AT_IGNORE       1
#define AT_EXECFD       2
#define AT_PHDR         3 /* address of the program headers in memory */
#define AT_PHENT        4 /* bytes in one of them */
#define AT_PHNUM        5
#define AT_PAGESZ       6
#define AT_BASE         7 /* where the interpreter was loaded */
#define AT_FLAGS        8
#define AT_ENTRY        9 /* the program's own entry point */
#define AT_UID          11
#define AT_EUID         12
#define AT_GID          13
#define AT_EGID         14
#define AT_PLATFORM     15
#define AT_HWCAP        16
#define AT_CLKTCK       17
#define AT_SECURE       23
#define AT_RANDOM       25 /* address of 16 random bytes */
#define AT_HWCAP2       26
#define AT_EXECFN       31 /* address of the path that was executed */
#define AT_SYSINFO_EHDR 33 /* address of the vDSO */
#define AT_MINSIGSTKSZ  51

/* AT_HWCAP on riscv: bit n stands for the extension of the letter 'A' + n. */
#define HWCAP_ISA_A (1UL << 0)
#define HWCAP_ISA_C (1UL << 2)
#define HWCAP_ISA_D (1UL << 3)
#define HWCAP_ISA_F (1UL << 5)
#define HWCAP_ISA_I (1UL << 8)
#define HWCAP_ISA_M (1UL << 12)
