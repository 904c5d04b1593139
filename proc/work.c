/*
 * What is done before a return to user mode, when this_hart()->work asks for it.
 */
#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/trap.h"
#include "proc/alarm.h"
#include "proc/schedule.h"
#include "proc/signal.h"
#include "proc/stop.h"

void user_return_work(struct trap_frame *frame)
{
	u32 work;

	while ((work = atomic_exchange(&this_hart()->work, 0))) {
		if (work & WORK_STOP)
			harts_stop_point();
		if (work & WORK_RESCHEDULE)
			schedule();
		if (work & WORK_TIME) {
			interrupts_enable();
			alarm_check_process(current->process);
			interrupts_disable();
		}
		if (work & WORK_SIGNAL) {
			interrupts_enable();
			signal_deliver(frame);
			interrupts_disable();
		}
	}
}
