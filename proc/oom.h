/* Who has to go when memory has run out. */
#ifndef COWSLIP_PROC_OOM_H
#define COWSLIP_PROC_OOM_H

#include "lib/types.h"

/*
 * A program touches memory, and there is none. Ends those who have the most, unless that is little, or the
 * caller's: false, then the caller is to go. True: he may try again. Sleeps; holds no lock.
 */
bool oom_kill_other(void);

#endif
