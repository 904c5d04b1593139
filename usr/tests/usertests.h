/* The cases of usertests, by file, and what they share. */
#pragma once

#include "usr/tests/tap.h"

extern const struct tap_group user_pointer_group;
extern const struct tap_group user_exec_group;
extern const struct tap_group user_file_group;
extern const struct tap_group user_writer_group;
extern const struct tap_group user_directory_group;
extern const struct tap_group user_process_group;
extern const struct tap_group user_crowd_group;
extern const struct tap_group user_memory_group;
extern const struct tap_group user_break_group;
extern const struct tap_group user_library_group;

/* With this argument usertests exits at once: 0 if its signals are as exec should leave them. */
#define EXEC_REPORT "exec-report"
int exec_report(void);

/* Makes the file with this content, or fails the case. */
void write_file(const char *name, const void *content, size_t size);

/* The file must hold exactly this. */
void check_file(const char *name, const void *content, size_t size);

/* The lowest free descriptor: the same before and after means that none leaked. */
int lowest_descriptor(void);

/* Linux chooses by a score which process to kill for memory; this makes it choose the caller. */
void volunteer_to_be_killed(void);
