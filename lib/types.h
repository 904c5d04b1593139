/*
 * The words every file speaks: fixed-width integers, the two address types, and small
 * compile-time helpers. Nothing here has state, and everything may be used anywhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef long ssize_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)

#define KIB(n) ((n)*1024UL)
#define MIB(n) ((n)*1024UL * 1024UL)
#define GIB(n) ((n)*1024UL * 1024UL * 1024UL)
#define BIT(n) (1UL << (n))

#define NORETURN   __attribute__((noreturn))
#define MUST_CHECK __attribute__((warn_unused_result))
/* RARE: a path that must not cost the frequent one registers. ALWAYS_INLINE: worth a copy. */
#define RARE          __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define UNUSED        __attribute__((unused))
#define ALIGNED(n)    __attribute__((aligned(n)))
#define PRINTF_LIKE(format_index, first_argument) \
	__attribute__((format(printf, format_index, first_argument)))

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The structure of `type` whose `member` is what `pointer` points to. */
#define container_of(pointer, type, member)                                 \
	({                                                                  \
		const __typeof__(((type *)0)->member) *member_ = (pointer); \
		(type *)((uintptr_t)member_ - offsetof(type, member));      \
	})

/* Both arguments must have the same type: a comparison of pointers to them checks it. */
#define min(a, b)                                  \
	({                                         \
		__typeof__(a) min_a_ = (a);        \
		__typeof__(b) min_b_ = (b);        \
		(void)(&min_a_ == &min_b_);        \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define max(a, b)                                  \
	({                                         \
		__typeof__(a) max_a_ = (a);        \
		__typeof__(b) max_b_ = (b);        \
		(void)(&max_a_ == &max_b_);        \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})

#define swap(a, b)                           \
	do {                                 \
		__typeof__(a) swap_a_ = (a); \
		(a) = (b);                   \
		(b) = swap_a_;               \
	} while (0)

/* `alignment` is a power of two. align_up wraps to a small value past the last multiple. */
static inline u64 align_down(u64 value, u64 alignment)
{
	return value & ~(alignment - 1);
}

static inline u64 align_up(u64 value, u64 alignment)
{
	return (value + alignment - 1) & ~(alignment - 1);
}

static inline bool is_aligned(u64 value, u64 alignment)
{
	return (value & (alignment - 1)) == 0;
}

/* A physical address. Wrapped, so that it cannot be dereferenced or mixed up with a virtual one. */
typedef struct {
	u64 value;
} paddr_t;

/* A user virtual address: never a pointer, only mm/uaccess.c accesses user memory. */
typedef struct {
	u64 value;
} uaddr_t;

#define PADDR(x) ((paddr_t){ (u64)(x) })
#define UADDR(x) ((uaddr_t){ (u64)(x) })

static inline paddr_t paddr_add(paddr_t address, u64 bytes)
{
	return PADDR(address.value + bytes);
}

static inline u64 paddr_page_offset(paddr_t address)
{
	return address.value & (PAGE_SIZE - 1);
}

/* The frame number: the physical address in pages. */
static inline u64 paddr_frame(paddr_t address)
{
	return address.value >> PAGE_SHIFT;
}

static inline uaddr_t uaddr_add(uaddr_t address, u64 bytes)
{
	return UADDR(address.value + bytes);
}

static inline u64 uaddr_page_offset(uaddr_t address)
{
	return address.value & (PAGE_SIZE - 1);
}

static inline uaddr_t uaddr_page(uaddr_t address)
{
	return UADDR(align_down(address.value, PAGE_SIZE));
}
