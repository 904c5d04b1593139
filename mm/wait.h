/*
 * Giving way, as everything below proc/ asks for it: declared here, implemented by proc/wait.c.
 */
#pragma once

#include "lib/types.h"

/*
 * For calls that may take long, where they hold no spin lock: others get the hart if it is their turn.
 * False: the task is to die, and ends the call with what is done.
 */
bool wait_give_way(void);
