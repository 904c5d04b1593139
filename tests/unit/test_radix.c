/* Radix trees (lib/radix.h): random operations against a plain table, with memory that fails. */
#include "lib/error.h"
#include "lib/radix.h"
#include "tests/unit/unit.h"

static u32 nodes_in_use;
static u32 nodes_left; /* how many more may be allocated */

static struct radix_node *allocate(void)
{
	if (nodes_left == 0)
		return NULL;
	nodes_left--;
	nodes_in_use++;
	return calloc(1, sizeof(struct radix_node));
}

static void release(struct radix_node *node)
{
	nodes_in_use--;
	free(node);
}

static const struct radix_memory memory = { allocate, release };
static struct radix radix;

static void reset(void)
{
	nodes_left = UINT32_MAX;
	radix_init(&radix, &memory);
}

static void *value_for(u64 index)
{
	return (void *)(index * 8 + 8);
}

/* Indexes that differ in every group of bits. */
static const u64 edges[] = {
	0,
	1,
	63,
	64,
	65,
	4095,
	4096,
	1UL << 18,
	(1UL << 24) - 1,
	1UL << 32,
	(1UL << 60) - 1,
	1UL << 60,
	1UL << 63,
	UINT64_MAX - 1,
	UINT64_MAX,
};

static void far_apart(void)
{
	void *value;
	u64 index;
	u32 seen = 0;

	reset();
	CHECK(!radix.root && !radix_lookup(&radix, 0) && !radix_remove(&radix, 0));
	for (u32 i = ARRAY_SIZE(edges); i-- > 0;) {
		CHECK_EQUAL(radix_insert(&radix, edges[i], value_for(i)), 0);
		CHECK_EQUAL(radix_insert(&radix, edges[i], value_for(i)), -EEXIST);
	}
	radix_for_each(value, index, &radix) {
		CHECK_EQUAL(index, edges[seen]);
		CHECK(value == value_for(seen));
		seen++;
	}
	CHECK_EQUAL(seen, ARRAY_SIZE(edges));
	for (u32 i = 0; i < ARRAY_SIZE(edges); i++) {
		index = edges[i] + 1;
		value = index ? radix_next(&radix, &index) : NULL;
		if (i + 1 < ARRAY_SIZE(edges))
			CHECK(value == value_for(i + 1) && index == edges[i + 1]);
		else
			CHECK(!value);
	}
	for (u32 i = 0; i < ARRAY_SIZE(edges); i++) {
		CHECK(radix_lookup(&radix, edges[i]) == value_for(i));
		CHECK(radix_remove(&radix, edges[i]) == value_for(i));
		CHECK(!radix_lookup(&radix, edges[i]) && !radix_remove(&radix, edges[i]));
	}
	CHECK(!radix.root);
	CHECK_EQUAL(nodes_in_use, 0);
}

static void dense(void)
{
	u32 count = 0;
	void *value;
	u64 index;

	reset();
	for (u64 i = 0; i < 10000; i++)
		CHECK_EQUAL(radix_insert(&radix, i, value_for(i)), 0);
	CHECK_EQUAL(nodes_in_use, 157 + 3 + 1); /* 10000/64, then /64, then the root */
	radix_for_each(value, index, &radix) {
		CHECK_EQUAL(index, count);
		CHECK(radix_remove(&radix, index) == value);
		count++;
	}
	CHECK_EQUAL(count, 10000);
	CHECK_EQUAL(nodes_in_use, 0);
}

static void at_random(void)
{
	enum { INDEXES = 300 };
	static bool present[INDEXES];
	u64 index, stretch = 97; /* spreads the indexes over several nodes */

	reset();
	for (u32 round = 0; round < 50000; round++) {
		u32 i = unit_random_below(INDEXES), next = i;

		if (present[i])
			CHECK(radix_remove(&radix, i * stretch) == value_for(i));
		else
			CHECK_EQUAL(radix_insert(&radix, i * stretch, value_for(i)), 0);
		present[i] = !present[i];

		while (next < INDEXES && !present[next])
			next++;
		index = i * stretch;
		if (next < INDEXES)
			CHECK(radix_next(&radix, &index) == value_for(next) &&
				index == next * stretch);
		else
			CHECK(!radix_next(&radix, &index));
	}
	for (u32 i = 0; i < INDEXES; i++)
		if (present[i])
			CHECK(radix_remove(&radix, i * stretch) == value_for(i));
	CHECK_EQUAL(nodes_in_use, 0);
}

/* Every insertion is tried with 0, 1, 2… free nodes, and must undo itself until it fits. */
static void no_memory(void)
{
	reset();
	for (u32 i = 0; i < ARRAY_SIZE(edges); i++) {
		u32 before = nodes_in_use, budget = 0;
		u32 bits = radix.bits;

		for (;; budget++) {
			nodes_left = budget;

			int error = radix_insert(&radix, edges[i], value_for(i));

			if (error == 0)
				break;
			CHECK_EQUAL(error, -ENOMEM);
			CHECK_EQUAL(nodes_in_use, before);
			CHECK_EQUAL(radix.bits, bits);
			for (u32 earlier = 0; earlier < i; earlier++)
				CHECK(radix_lookup(&radix, edges[earlier]) == value_for(earlier));
		}
		CHECK_EQUAL(nodes_in_use, before + budget);
	}
	for (u32 i = 0; i < ARRAY_SIZE(edges); i++)
		CHECK(radix_remove(&radix, edges[i]) == value_for(i));
	CHECK_EQUAL(nodes_in_use, 0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "indexes that are far apart", far_apart },
		{ "dense indexes, and no node too many", dense },
		{ "random insertion, removal and search", at_random },
		{ "insertion without memory is undone", no_memory },
	};

	return UNIT_RUN(cases);
}
