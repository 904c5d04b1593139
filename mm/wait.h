/*
 * Giving way to other tasks, for everything below proc/: declared here, implemented by proc/wait.c.
 */
#pragma once

#include "lib/types.h"

/*
 * For system calls that may take long, where they hold no spin lock: other tasks get the hart if it
 * is their turn. False: the task is to die, and ends the call with what is done.
 */
bool wait_give_way(void);
