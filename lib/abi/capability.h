/*
 * Capabilities: capget(2).
 */
#ifndef COWSLIP_ABI_CAPABILITY_H
#define COWSLIP_ABI_CAPABILITY_H

#include <stdint.h>

#define CAPABILITY_VERSION_1 0x19980330
#define CAPABILITY_VERSION_2 0x20071026
#define CAPABILITY_VERSION_3 0x20080522

/* 41 capabilities, in two words from the second version on. */
#define CAPABILITY_WORDS  2
#define CAPABILITIES_HIGH 0x1ff

struct capability_header {
	uint32_t version;
	int32_t pid;
};

struct capability_data {
	uint32_t effective;
	uint32_t permitted;
	uint32_t inheritable;
};

#endif
