/*
 * personality(2).
 */
#pragma once

#define PER_LINUX         0x0000000
#define ADDR_NO_RANDOMIZE 0x0040000

/* Changes nothing, and returns the current one. */
#define PERSONALITY_ASK 0xffffffff
