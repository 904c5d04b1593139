/*
 * Included before everything else in unit tests: kernel functions with the same names as the C
 * library's get other names, since the sanitizers need the C library's.
 * __builtin_snprintf() and the like are still those of the host.
 */
#pragma once

/* The C library declares only standard C: the kernel brings its own struct timespec. */
#define _ISOC11_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define memcpy    kernel_memcpy
#define memmove   kernel_memmove
#define memset    kernel_memset
#define memcmp    kernel_memcmp
#define memchr    kernel_memchr
#define strlen    kernel_strlen
#define strnlen   kernel_strnlen
#define strcmp    kernel_strcmp
#define strncmp   kernel_strncmp
#define strchr    kernel_strchr
#define strrchr   kernel_strrchr
#define strlcpy   kernel_strlcpy
#define snprintf  kernel_snprintf
#define vsnprintf kernel_vsnprintf
