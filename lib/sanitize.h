/*
 * What the kernel tells its sanitizers (sanitize/), which the build's option `sanitize` adds. In a
 * normal build all of it is empty and costs nothing.
 *
 *	undefined	nothing to tell: the compiler's checks call sanitize/undefined.c
 *	address		which bytes may be accessed now, and what code that the compiler does not
 *			check (assembly, memcpy() and its kin) is about to access
 *	thread		nothing: sanitize/thread.c assumes that atomic accesses are intended
 */
#pragma once

#ifndef SANITIZE_ADDRESS
#define SANITIZE_ADDRESS 0
#endif
#ifndef SANITIZE_THREAD
#define SANITIZE_THREAD 0
#endif
#ifndef SANITIZE_UNDEFINED
#define SANITIZE_UNDEFINED 0
#endif
#define SANITIZE_ANY (SANITIZE_ADDRESS || SANITIZE_THREAD || SANITIZE_UNDEFINED)

#ifndef __ASSEMBLER__

#include "lib/types.h"

/* Why bytes must not be accessed; their shadow bytes hold this. 0xf1 to 0xf8 are the compiler's. */
enum poison {
	POISON_STACK_LEFT = 0xf1,
	POISON_STACK_MIDDLE = 0xf2,
	POISON_STACK_RIGHT = 0xf3,
	POISON_STACK_SCOPE = 0xf8,
	POISON_GLOBAL = 0xf9,
	POISON_OBJECT_FREE = 0xfb,    /* of a slab: was in use */
	POISON_OBJECT_REDZONE = 0xfc, /* of a slab: around objects, or never in use */
	POISON_PAGE_TAIL = 0xfe,      /* of a kmalloc() in pages: what was not asked for */
	POISON_PAGE_FREE = 0xff,
};

/*
 * Fills memory that is handed out with undefined contents; the compiler puts it into local
 * variables without initial value. A program that ever sees such a byte has been shown memory that
 * nobody has written (usr/tests/leaktest.c looks for this value).
 */
#define UNWRITTEN_BYTE 0xaa

/* Which kernels fill memory so: those with the address sanitizer, and debug kernels. */
#define SHOWS_UNWRITTEN (SANITIZE_ADDRESS || COWSLIP_DEBUG)

#if SANITIZE_ANY

/* On a function: the compiler adds no checks of accesses. */
#define UNCHECKED __attribute__((no_sanitize("address", "thread")))

/* Calls what the compiler wants called at the start. Before any checks, in the first C code. */
void sanitize_init(void);

/* Says what is wrong, and stops the machine: all checks that fail end here. */
NORETURN void sanitize_report(const char *format, ...) PRINTF_LIKE(1, 2);

/* True while a report is made; its own accesses are not checked. */
bool sanitize_reporting(void);

/* Commits the bug of that name, if there is one (trap/plant.c); NULL: does nothing. */
void sanitize_plant(const char *name);

#else

#define UNCHECKED

#define sanitize_init()      ((void)0)
#define sanitize_plant(name) ((void)0)

#endif

#if SANITIZE_ADDRESS

/* The shadow is mapped: from now on accesses are checked. */
void sanitize_start(void);

/*
 * From now on these bytes must not be accessed, or may be again. A poisoned `size` is rounded up to
 * a multiple of 8; an unpoisoned range begins at a multiple of 8 and may end anywhere.
 */
void sanitize_poison(const void *start, size_t size, enum poison why);
void sanitize_unpoison(const void *start, size_t size);

/* For code that the compiler does not check. */
void sanitize_read(const void *start, size_t size);
void sanitize_write(const void *start, size_t size);

/*
 * Writes to `text` what a report adds about an address in the direct map; mm/slab_guard.c
 * implements it. Takes no lock.
 */
void sanitize_describe(u64 address, char *text, size_t size);

#else

#define sanitize_start()                  ((void)0)
#define sanitize_poison(start, size, why) ((void)0)
#define sanitize_unpoison(start, size)    ((void)0)
#define sanitize_read(start, size)        ((void)0)
#define sanitize_write(start, size)       ((void)0)

#endif
#endif
