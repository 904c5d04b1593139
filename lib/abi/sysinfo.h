/*
 * sysinfo(2). Sizes count in units of mem_unit bytes.
 */
#pragma once

struct sysinfo {
	long uptime;            /* seconds */
	unsigned long loads[3]; /* over 1, 5 and 15 minutes, scaled by 1 << SYSINFO_LOAD_SHIFT */
	unsigned long totalram;
	unsigned long freeram;
	unsigned long sharedram;
	unsigned long bufferram;
	unsigned long totalswap;
	unsigned long freeswap;
	unsigned short procs;
	unsigned long totalhigh;
	unsigned long freehigh;
	unsigned int mem_unit;
};

#define SYSINFO_LOAD_SHIFT 16

_Static_assert(sizeof(struct sysinfo) == 112, "struct sysinfo has Linux's size");
