/* For the test of drivers: the one hart's own interrupts. */
#ifndef COWSLIP_TESTS_UNIT_SHIM_DEVICES_ARCH_RISCV_CSR_H
#define COWSLIP_TESTS_UNIT_SHIM_DEVICES_ARCH_RISCV_CSR_H

#define INTERRUPT_EXTERNAL 9

static inline void device_interrupts_accept(void)
{
}

#endif
