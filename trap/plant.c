/*
 * Deliberate bugs: `plant=NAME` on a sanitized kernel's command line makes it commit one of them at
 * the end of its start. tests/sanitize.py demands that each is reported. The operand that makes an
 * operation wrong is volatile, or the compiler would see the mistake.
 */
#include "lib/log.h"
#include "lib/sanitize.h"
#include "lib/string.h"
#include "lib/types.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/task.h"

#define LENGTH     20
#define RACE_TURNS 100000000UL

static volatile s32 largest = INT32_MAX;
static volatile u32 length = LENGTH;
static volatile u32 width = 32;
static volatile u64 odd = 1;
static volatile u32 sink;

static void plant_overflow(void)
{
	sink = (u32)(largest + 1);
}

static void plant_shift(void)
{
	sink = 1u << width;
}

static void plant_index(void)
{
	u32 array[LENGTH] = { 0 };

	sink = array[length];
}

static void plant_misaligned(void)
{
	u64 array[2] = { 0 };

	sink = *(u32 *)((u64)array + odd);
}

static void plant_heap(void)
{
	char *object = kmalloc(LENGTH);

	object[length] = 1;
}

static void plant_copy(void)
{
	char array[LENGTH + 1] = { 0 };

	memcpy(kmalloc(LENGTH), array, length + 1);
}

static void plant_freed(void)
{
	char *object = kmalloc(LENGTH);

	kfree(object);
	sink = object[0];
}

static void plant_freed_twice(void)
{
	char *object = kmalloc(LENGTH);

	kfree(object);
	kfree(object);
}

static void plant_freed_page(void)
{
	struct page *page = page_alloc(PAGE_KERNEL);

	page_put(page);
	sink = *(char *)page_address(page);
}

static void plant_stack(void)
{
	volatile char array[LENGTH] = { 0 };
	volatile char *at = array;

	sink = at[length];
}

static void plant_global(void)
{
	static char array[LENGTH];
	char *at = array;

	sink = at[length];
	array[sink % LENGTH] = 1;
}

static u64 shared;

/* Not inlined, or the compiler would replace the loop by its sum. */
static RARE void count_one(void)
{
	shared++;
}

static void count(void *argument UNUSED)
{
	for (u64 i = 0; i < RACE_TURNS; i++)
		count_one();
}

static void plant_race(void)
{
	kernel_thread("race", count, NULL);
	count(NULL);
}

static const struct {
	const char *name;
	void (*plant)(void);
} bugs[] = {
	{ "overflow", plant_overflow },
	{ "shift", plant_shift },
	{ "index", plant_index },
	{ "misaligned", plant_misaligned },
	{ "heap", plant_heap },
	{ "copy", plant_copy },
	{ "freed", plant_freed },
	{ "freed-twice", plant_freed_twice },
	{ "freed-page", plant_freed_page },
	{ "stack", plant_stack },
	{ "global", plant_global },
	{ "race", plant_race },
};

void sanitize_plant(const char *name)
{
	for (u32 i = 0; name && i < ARRAY_SIZE(bugs); i++)
		if (strcmp(name, bugs[i].name) == 0) {
			bugs[i].plant();
			panic("plant=%s: nobody noticed", name);
		}
}
