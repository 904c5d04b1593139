/*
 * Errors that travel in a pointer. A function that returns "a pointer, or why not" returns
 * error_pointer(-ENOENT); its caller asks is_error() and reads the errno with pointer_error().
 * NULL is not an error here: where it can come back, it means "there is none".
 */
#pragma once

#include "lib/abi/errno.h"
#include "lib/types.h"

/* The last page of the address space is never mapped, so its addresses are free to be errnos. */
#define ERROR_POINTER_LIMIT 4095

static inline void *error_pointer(int error)
{
	return (void *)(intptr_t)error;
}

static inline int pointer_error(const void *pointer)
{
	return (int)(intptr_t)pointer;
}

static inline MUST_CHECK bool is_error(const void *pointer)
{
	return unlikely((uintptr_t)pointer >= (uintptr_t)-ERROR_POINTER_LIMIT);
}
