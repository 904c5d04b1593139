/*
 * Linux's fixed limits.
 */
#pragma once

#define NAME_MAX    255  /* bytes in a file name */
#define PATH_MAX    4096 /* bytes in a path, with the ending zero */
#define PIPE_BUF    4096 /* a write to a pipe up to this size is not torn apart */
#define SYMLOOP_MAX 40   /* symbolic links followed while one path is walked */
#define NGROUPS_MAX 65536
#define IOV_MAX     1024
#define ARG_MAX     131072
