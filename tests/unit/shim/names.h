/*
 * Included before everything else in unit tests: the kernel's functions that have the names of
 * the C library's get names of their own, since the sanitizers live on the C library's.
 * __builtin_snprintf() and the like are still those of the host.
 */
#pragma once

/* Of the C library only what the C standard has: the kernel brings its own struct timespec. */
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
