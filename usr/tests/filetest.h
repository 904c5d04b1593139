/* The cases of filetest, by file. */
#pragma once

#include "usr/tests/tap.h"

extern const struct tap_group file_name_group;
extern const struct tap_group file_data_group;
extern const struct tap_group file_wait_group;

#define FILE_MODE      0644
#define DIRECTORY_MODE 0755

/* A new file with this text in it, or the case fails. */
void make_file(const char *name, const char *text);

/* The file must hold exactly this text. */
void expect_file(const char *name, const char *text);
