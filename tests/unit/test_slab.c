/* The slab allocator (mm/slab.c): objects do not overlap, and their pages come back. */
#include "lib/error.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

#define OBJECTS 400

static struct object {
	u8 *bytes;
	size_t size;
	u8 pattern;
} objects[OBJECTS];

static bool is_intact(const struct object *object)
{
	for (size_t i = 0; i < object->size; i++)
		if (object->bytes[i] != object->pattern)
			return false;
	return true;
}

static void release(struct object *object)
{
	CHECK(is_intact(object));
	kfree(object->bytes);
	object->bytes = NULL;
}

static void general_sizes(void)
{
	memory_reclaim();
	u64 before = page_free_total();

	for (u32 round = 0; round < 30000; round++) {
		struct object *object = &objects[unit_random_below(OBJECTS)];

		machine_hart = unit_random_below(HARTS_MAX);
		if (object->bytes) {
			release(object);
			continue;
		}
		/* Mostly small ones, a few of several pages. */
		object->size = 1 + unit_random_below(unit_random_below(20) ? 600 : 20000);
		object->bytes = kmalloc(object->size);
		if (!object->bytes)
			continue;
		CHECK(is_aligned((uintptr_t)object->bytes, 16));
		object->pattern = (u8)round;
		memset(object->bytes, object->pattern, object->size);
	}
	for (u32 i = 0; i < OBJECTS; i++)
		if (objects[i].bytes)
			release(&objects[i]);
	memory_reclaim();
	CHECK_EQUAL(page_free_total(), before);
}

static void one_cache(size_t size)
{
	static struct slab_cache caches[8];
	static u32 made;
	static void *taken[MACHINE_FRAMES * 4];
	struct slab_cache *cache = &caches[made++];
	u64 before = page_free_total();
	size_t count = 0;

	*cache = (struct slab_cache)SLAB_CACHE(*cache, "test", (u32)size);
	while (count < ARRAY_SIZE(taken) && (taken[count] = slab_alloc_zeroed(cache))) {
		const u8 *bytes = taken[count];

		CHECK(is_aligned((uintptr_t)bytes, 16));
		for (size_t i = 0; i < size; i++)
			CHECK(bytes[i] == 0);
		memset(taken[count], 0xee, size);
		count++;
	}
	CHECK(count * size > ARRAY_SIZE(taken) * 16 || count == ARRAY_SIZE(taken));
	for (size_t i = 0; i < count; i++)
		slab_free(cache, taken[i]);
	memory_reclaim();
	CHECK_EQUAL(page_free_total(), before);
}

static void own_caches(void)
{
	memory_reclaim();
	one_cache(1);
	one_cache(16);
	one_cache(24);
	one_cache(520);
	one_cache(1000);
	one_cache(SLAB_OBJECT_MAX);
}

static void too_large(void)
{
	static struct slab_cache cache = SLAB_CACHE(cache, "too large", SLAB_OBJECT_MAX + 1);

	slab_alloc(&cache);
}

static void limits(void)
{
	char *copy = kstrdup("cowslip");

	CHECK_STRING(copy, "cowslip");
	kfree(copy);
	kfree(NULL);
	CHECK(!kmalloc(MIB(4) + 1) && !kmalloc(SIZE_MAX / 2));
	void *large = kmalloc_zeroed(MIB(4));

	CHECK(large && is_aligned((uintptr_t)large, PAGE_SIZE));
	kfree(large);
	CHECK_PANICS(too_large);
}

static void injected(void)
{
	memory_reclaim();
	u64 before = page_free_total();

	for (u32 nth = 1; nth < 4; nth++) {
		machine_fail_allocation(nth);
		void *object = kmalloc(100);

		CHECK(!object == machine_allocation_failed());
		kfree(object);
		memory_reclaim();
		CHECK_EQUAL(page_free_total(), before);
	}
	machine_fail_allocation(0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "random sizes on several harts", general_sizes },
		{ "caches, to the end of memory", own_caches },
		{ "limits", limits },
		{ "allocations that fail", injected },
	};

	machine_start();
	return UNIT_RUN(cases);
}
