/*
 * Where cores deviate from the architecture (arch/riscv/errata.h). All harts that run the kernel
 * are assumed to be of the boot hart's kind.
 */
#include "arch/riscv/errata.h"

#include "arch/riscv/sbi.h"

#define VENDOR_SIFIVE        0x489
#define ARCHITECTURE_SERIES7 0x8000000000000007
#define ARCHITECTURE_ROCKET  0x1

/* The lower bits of the implementation number are a date in hexadecimal digits. */
#define IMPLEMENTATION_DATE_MASK 0xffffff
#define CIP_1200_LAST_DATE       0x200630
#define CIP_1200_MENDED          0x01200626 /* an earlier date, but without the fault */

bool core_has_cip_1200(void)
{
	struct sbi_core core = sbi_core();

	if (core.vendor != VENDOR_SIFIVE ||
		(core.architecture != ARCHITECTURE_SERIES7 &&
			core.architecture != ARCHITECTURE_ROCKET))
		return false;
	return (core.implementation & IMPLEMENTATION_DATE_MASK) <= CIP_1200_LAST_DATE &&
		core.implementation != CIP_1200_MENDED;
}
