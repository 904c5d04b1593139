/* Sets of regions (mm/region.c) against one flag word for each page. */
#include "lib/error.h"
#include "mm/page.h"
#include "mm/region.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

#define BASE  0x100000UL
#define PAGES 96

static u32 reference[PAGES]; /* flags, 0: not mapped */
static u64 offsets[PAGES];
static struct regions *regions;
static s32 object_references;

static void object_get(struct region *region UNUSED)
{
	object_references++;
}

static void object_put(struct region *region UNUSED)
{
	object_references--;
}

static const struct region_operations operations = { .get = object_get, .put = object_put };

static u64 address_of(u32 page)
{
	return BASE + page * PAGE_SIZE;
}

/* Whether the set agrees with the reference, and its regions are in order and counted right. */
static bool agrees(void)
{
	const struct region *previous = NULL;
	u32 page = 0, count = 0;
	s32 with_object = 0;

	for (struct region *region = region_first(regions); region; region = region_next(region)) {
		if (region->start >= region->end || (previous && previous->end > region->start))
			return false;
		for (; address_of(page) < region->start; page++)
			if (reference[page])
				return false;
		for (; address_of(page) < region->end; page++)
			if (reference[page] != region->flags ||
				offsets[page] !=
					region->offset +
						(address_of(page) - region->start) / PAGE_SIZE)
				return false;
		with_object += region->operations != NULL;
		previous = region;
		count++;
	}
	for (; page < PAGES; page++)
		if (reference[page])
			return false;
	return count == regions->number && object_references == with_object;
}

/* The fewest regions possible: a new one begins where flags change, or offsets do not go on. */
static u32 fewest_regions(void)
{
	u32 count = 0;

	for (u32 page = 0; page < PAGES; page++)
		if (reference[page] &&
			(page == 0 || reference[page - 1] != reference[page] ||
				offsets[page - 1] + 1 != offsets[page]))
			count++;
	return count;
}

static void change_at_random(void)
{
	u32 first = unit_random_below(PAGES), count = 1 + unit_random_below(12);
	u32 end = min(first + count, (u32)PAGES);
	u32 flags = 1 + unit_random_below(3);
	int error = region_remove(regions, address_of(first), address_of(end));

	if (error) {
		CHECK_EQUAL(error, -ENOMEM);
		CHECK(machine_allocation_failed());
		return;
	}
	for (u32 page = first; page < end; page++)
		reference[page] = 0;
	if (unit_random_below(2))
		return;

	struct region model = {
		.start = address_of(first),
		.end = address_of(end),
		.flags = flags,
		.offset = unit_random_below(4) ? 1000 + first : unit_random_below(5),
		.operations = &operations,
	};

	error = region_insert(regions, &model);
	if (error) {
		CHECK_EQUAL(error, -ENOMEM);
		CHECK(machine_allocation_failed());
		return;
	}
	for (u32 page = first; page < end; page++) {
		reference[page] = flags;
		offsets[page] = model.offset + page - first;
	}
}

static void start(void)
{
	regions = regions_create();
	for (u32 page = 0; page < PAGES; page++)
		reference[page] = 0;
}

static void at_random(void)
{
	start();
	for (u32 round = 0; round < 20000; round++) {
		machine_fail_allocation(round % 2 ? 1 + unit_random_below(3) : 0);
		change_at_random();
		machine_fail_allocation(0);
		if (!CHECK(agrees()))
			break;
		CHECK_EQUAL(regions->number, fewest_regions());
	}
	regions_put(regions);
	CHECK_EQUAL(object_references, 0);
}

static void finding(void)
{
	start();
	for (u32 round = 0; round < 300; round++) {
		change_at_random();
		for (u32 page = 0; page < PAGES; page++) {
			struct region *at = region_at(regions, address_of(page) + 5);
			struct region *found = region_find(regions, address_of(page));
			u32 next = page;

			while (next < PAGES && !reference[next])
				next++;
			CHECK(!at == !reference[page]);
			CHECK(!found == (next == PAGES));
			if (found && next < PAGES)
				CHECK(found == region_at(regions, address_of(next)));
		}
	}
	regions_put(regions);
}

/* Finds the highest gap by looking at every page. */
static u64 gap_reference(u32 low, u32 high, u32 size)
{
	for (u32 end = high; end >= low + size; end--) {
		u32 free = 0;

		while (free < size && !reference[end - 1 - free])
			free++;
		if (free == size)
			return address_of(end - size);
	}
	return 0;
}

static void gaps(void)
{
	start();
	for (u32 round = 0; round < 3000; round++) {
		u32 low = unit_random_below(PAGES), high = unit_random_below(PAGES);
		u32 size = 1 + unit_random_below(10);

		change_at_random();
		CHECK_EQUAL(region_gap_below(regions, address_of(low), address_of(high),
				    size * PAGE_SIZE),
			gap_reference(low, high, size));
	}
	regions_put(regions);
}

static void splitting(void)
{
	start();
	for (u32 round = 0; round < 2000; round++) {
		u32 page = 1 + unit_random_below(PAGES - 1);

		change_at_random();

		struct region *region = region_at(regions, address_of(page));
		u32 number = regions->number;

		if (!region || region->start == address_of(page))
			continue;
		CHECK_EQUAL(region_split(regions, region, address_of(page)), 0);
		CHECK(region->end == address_of(page) && regions->number == number + 1);
		CHECK(agrees());
		regions_merge(regions, address_of(page), address_of(page));
		CHECK(agrees() && regions->number == number);
	}
	regions_put(regions);
}

static void sharing(void)
{
	struct regions *shared;
	int error;

	start();
	for (u32 round = 0; round < 100; round++)
		change_at_random();
	CHECK_EQUAL(regions_own(&regions), 0);
	shared = regions;
	regions_get(shared);

	u32 number = regions->number;

	/* One allocation for each region, and one for the set: each of them fails once. */
	for (u32 nth = 1;; nth++) {
		s32 before = object_references;

		machine_fail_allocation(nth);
		error = regions_own(&regions);
		if (!machine_allocation_failed())
			break;
		CHECK_EQUAL(error, -ENOMEM);
		CHECK(regions == shared && object_references == before);
	}
	machine_fail_allocation(0);
	CHECK_EQUAL(error, 0);
	CHECK(regions != shared && regions->number == number);
	CHECK_EQUAL(object_references, 2 * number);
	regions_put(shared);
	CHECK(agrees());
	regions_put(regions);
	CHECK_EQUAL(object_references, 0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "random insertion and removal, with and without memory", at_random },
		{ "finding", finding },
		{ "gaps", gaps },
		{ "splitting and merging", splitting },
		{ "sharing", sharing },
	};

	machine_start();
	return UNIT_RUN(cases);
}
