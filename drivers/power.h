/*
 * The end of the machine: switching it off, and starting it anew.
 */
#pragma once

#include "lib/types.h"

/*
 * Where the firmware can do neither, the last line on the console says what the user can do, and
 * all harts stop.
 */
NORETURN void power_off(void);
NORETURN void power_restart(void);
