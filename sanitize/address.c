/*
 * Accesses to memory that must not be accessed (-Dsanitize=address): past the end of an object, to
 * a freed one, to a free frame.
 *
 * For each 8 bytes of the direct map, the kernel's stacks and the image, a byte of shadow
 * (arch/riscv/layout.h) says how many of them may be accessed: 0: all, 1 to 7: so many from the
 * start; another value: none, and why (enum poison). The compiler calls one of the functions below
 * before each access, surrounds local variables and globals with redzones, and poisons these. The
 * allocators poison what is free (lib/sanitize.h). No locks: the owner of memory owns its shadow.
 *
 * The names that begin with __asan_ are the compiler's.
 */
#include "arch/riscv/kmap.h"
#include "arch/riscv/layout.h"
#include "lib/format.h"
#include "lib/sanitize.h"
#include "lib/string.h"

#define GRANULE      8 /* bytes that share a byte of shadow */
#define DETAILS_SIZE 640
#define SHADOW_SHOWN 16 /* bytes on either side of the bad one */

static bool started;

void sanitize_start(void)
{
	started = true;
}

/* What the compiler tells about a global; it passes an array of these. */
struct global {
	u64 address;
	u64 size;
	u64 size_with_redzone;
	const char *name;
	const char *file;
	u64 has_constructor;
	u64 location;
	u64 other;
};

static bool has_shadow(u64 address)
{
	return (address >= DIRECT_MAP_BASE && address < DIRECT_MAP_BASE + DIRECT_MAP_SIZE) ||
		(address >= STACKS_BASE && address < STACKS_BASE + STACKS_SIZE) ||
		(address >= (u64)image_start && address < (u64)image_end);
}

/* Devices and struct page have no shadow: all may be accessed. Lower addresses are the user's. */
static bool is_bad(u64 address)
{
	if (!has_shadow(address))
		return address < DIRECT_MAP_BASE;
	s8 shadow = (s8)*shadow_of(address);

	return shadow && (s8)(address % GRANULE) >= shadow;
}

static const char *meaning(u8 shadow)
{
	switch (shadow) {
	case POISON_STACK_LEFT:
	case POISON_STACK_MIDDLE:
	case POISON_STACK_RIGHT:
		return "stack overflow";
	case POISON_STACK_SCOPE:
		return "use of a variable after its block";
	case POISON_GLOBAL:
		return "global overflow";
	case POISON_OBJECT_FREE:
		return "use after free";
	case POISON_OBJECT_REDZONE:
		return "heap overflow";
	case POISON_PAGE_TAIL:
		return "heap overflow past pages";
	case POISON_PAGE_FREE:
		return "use of a free page";
	default:
		return "wild access";
	}
}

/* The row of shadow bytes around the bad one, which is in brackets. */
static void show_shadow(u64 address, char *text, size_t size)
{
	size_t used = 0;

	for (u64 at = address - SHADOW_SHOWN * GRANULE; at < address + SHADOW_SHOWN * GRANULE;
		at += GRANULE) {
		bool bad = at / GRANULE == address / GRANULE;

		if (has_shadow(at) && used < size)
			used += (size_t)snprintf(text + used, size - used, bad ? "[%02x]" : " %02x",
				*shadow_of(at));
	}
}

static void report(u64 address, size_t size, bool write, u64 pc)
{
	static char details[DETAILS_SIZE];
	char row[6 * SHADOW_SHOWN + 6] = "";
	u8 shadow = has_shadow(address) ? *shadow_of(address) : 0;

	/* The start of this granule is good: the next granule tells why the rest is not. */
	if (shadow && shadow < GRANULE)
		shadow = *shadow_of(address + GRANULE);
	show_shadow(address, row, sizeof(row));
	details[0] = '\0';
	if (address >= DIRECT_MAP_BASE && address < DIRECT_MAP_BASE + DIRECT_MAP_SIZE)
		sanitize_describe(address, details, sizeof(details));
	sanitize_report("bad address: %s: %s of %lu bytes at 0x%lx, pc 0x%lx%s\nshadow:%s",
		meaning(shadow), write ? "write" : "read", size, address, pc, details, row);
}

static inline void check(u64 address, size_t size, bool write, u64 pc)
{
	if (!started || sanitize_reporting())
		return;
	/* An access by one instruction is aligned: if it is bad anywhere, it is bad at its end. */
	if (is_bad(address + size - 1) || is_bad(address))
		report(address, size, write, pc);
}

/* The first bad byte of a range, or its end. Shadow is looked at eight bytes at a time. */
static u64 first_bad(u64 start, u64 end)
{
	u64 at = start;

	while (at < end && !is_bad(at)) {
		u64 next = align_down(at, GRANULE) + GRANULE;

		while (has_shadow(at) && is_aligned(next, GRANULE * GRANULE) &&
			next + GRANULE * GRANULE <= end && !*(const u64 *)shadow_of(next))
			next += GRANULE * GRANULE;
		if (next >= end)
			return is_bad(end - 1) ? end - 1 : end;
		at = next;
	}
	return at;
}

static void check_range(u64 start, size_t size, bool write, u64 pc)
{
	if (!started || !size || sanitize_reporting())
		return;
	if (!has_shadow(start) && start >= DIRECT_MAP_BASE)
		return;
	u64 bad = first_bad(start, start + size);

	if (bad != start + size)
		report(bad, size, write, pc);
}

#define CALLER ((u64)__builtin_return_address(0))

void sanitize_read(const void *start, size_t size)
{
	check_range((u64)start, size, false, CALLER);
}

void sanitize_write(const void *start, size_t size)
{
	check_range((u64)start, size, true, CALLER);
}

void sanitize_poison(const void *start, size_t size, enum poison why)
{
	if (started)
		memset(shadow_of((u64)start), why, align_up(size, GRANULE) / GRANULE);
}

void sanitize_unpoison(const void *start, size_t size)
{
	u8 *shadow = shadow_of((u64)start);

	if (!started)
		return;
	memset(shadow, 0, size / GRANULE);
	if (size % GRANULE)
		shadow[size / GRANULE] = size % GRANULE;
}

/* Only compiled code calls them: no header declares them. */
#define ENTRY(name, ...)                 \
	void __asan_##name(__VA_ARGS__); \
	void __asan_##name(__VA_ARGS__)

#define ACCESSES(size)                               \
	ENTRY(load##size, u64 address)               \
	{                                            \
		check(address, size, false, CALLER); \
	}                                            \
	ENTRY(store##size, u64 address)              \
	{                                            \
		check(address, size, true, CALLER);  \
	}

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

ENTRY(loadN, u64 address, size_t size)
{
	check_range(address, size, false, CALLER);
}

ENTRY(storeN, u64 address, size_t size)
{
	check_range(address, size, true, CALLER);
}

/* Redzones in stacks: the shadow's own address is given. */
#define SET_SHADOW(value)                                  \
	ENTRY(set_shadow_##value, u64 shadow, size_t size) \
	{                                                  \
		memset((void *)shadow, 0x##value, size);   \
	}

SET_SHADOW(00)
SET_SHADOW(01)
SET_SHADOW(02)
SET_SHADOW(03)
SET_SHADOW(04)
SET_SHADOW(05)
SET_SHADOW(06)
SET_SHADOW(07)
SET_SHADOW(f1)
SET_SHADOW(f2)
SET_SHADOW(f3)
SET_SHADOW(f5)
SET_SHADOW(f8)

/* Called before main(), so to speak: the image has its shadow from the first instruction on. */
ENTRY(register_globals, const struct global *global, size_t number)
{
	for (; number; number--, global++) {
		u64 good = align_down(global->size, GRANULE);
		u64 rest = global->size % GRANULE;

		memset(shadow_of(global->address + good), POISON_GLOBAL,
			(global->size_with_redzone - good) / GRANULE);
		if (rest)
			*shadow_of(global->address + good) = (u8)rest;
	}
}

/* Called at the end of a program, which a kernel does not have. */
ENTRY(unregister_globals, const struct global *global UNUSED, size_t number UNUSED)
{
}

/* Called before a call that does not return. The redzones stay: nothing uses this stack again. */
ENTRY(handle_no_return, void)
{
}
