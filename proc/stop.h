/*
 * Stopping every other hart at a point where it holds no spin lock and no half-made reference: when
 * it is idle, in wait_give_way(), or about to return to user mode. For the audit of the ledger.
 */
#pragma once

/*
 * Returns when all others have stopped. The caller holds no spin lock, and between the two calls
 * neither sleeps nor takes a lock that may be held while sleeping.
 */
void harts_stop(void);
void harts_resume(void);

/* A hart asked to stop waits here until it may go on. Interrupts are off. */
void harts_stop_point(void);
