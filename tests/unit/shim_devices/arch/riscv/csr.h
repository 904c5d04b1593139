/* For the test of drivers: the one hart's own interrupts. */
#pragma once

#define INTERRUPT_EXTERNAL 9

static inline void device_interrupts_accept(void)
{
}
