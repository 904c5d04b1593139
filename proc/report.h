/*
 * What /proc shows of processes: proc/ implements the interface of fs/procfs.h in report.c (what a
 * process is), report_memory.c (what it has in memory) and report_load.c (how busy the machine is).
 */
#pragma once

#include "lib/types.h"

struct io;
struct process;
struct text;

void report_init(void);

/* Entries; their argument is the struct process. */
int report_show_maps(struct text *out, void *argument);
int report_show_smaps(struct text *out, void *argument);
int report_show_smaps_rollup(struct text *out, void *argument);
int report_show_statm(struct text *out, void *argument);
int report_show_cow(struct text *out, void *argument);
ssize_t report_read_pagemap(void *argument, struct io *io, u64 *offset);
ssize_t report_read_frames(void *argument, struct io *io, u64 *offset);

/* The memory lines of /proc/<pid>/status; none for a process without an address space. */
void report_status_memory(struct text *out, struct process *process);

/* Bytes, for /proc/<pid>/stat. */
void report_sizes(struct process *process, u64 *size, u64 *resident);
