/* Red-black trees (lib/tree.h): random operations against a plain set, the rules checked. */
#include "lib/tree.h"
#include "tests/unit/unit.h"

#define KEYS 512

struct item {
	u32 key;
	struct tree_node node;
};

static struct item items[KEYS], spare;
static bool present[KEYS];
static struct tree tree;

static struct item *item_of(struct tree_node *node)
{
	return tree_entry(node, struct item, node);
}

static void insert(u32 key)
{
	struct tree_node *parent = NULL, **link = &tree.root;

	while (*link) {
		parent = *link;
		link = &parent->child[key > item_of(parent)->key ? TREE_RIGHT : TREE_LEFT];
	}
	items[key].key = key;
	tree_insert(&tree, &items[key].node, parent, link);
	present[key] = true;
}

static void remove_key(u32 key)
{
	tree_remove(&tree, &items[key].node);
	items[key].node = (struct tree_node){ 0 };
	present[key] = false;
}

/* The number of black nodes on every way down; -1 if a rule is broken below. */
static int black_height(const struct tree_node *node)
{
	if (!node)
		return 1;
	for (u32 side = 0; side < 2; side++) {
		const struct tree_node *child = node->child[side];

		if (child && (child->parent != node || (node->red && child->red)))
			return -1;
	}

	int left = black_height(node->child[TREE_LEFT]);
	int right = black_height(node->child[TREE_RIGHT]);

	return left < 0 || left != right ? -1 : left + !node->red;
}

static bool is_sound(void)
{
	struct item *item;
	u32 key = 0;

	if (tree.root && (tree.root->red || tree.root->parent))
		return false;
	if (black_height(tree.root) < 0)
		return false;
	tree_for_each_entry(item, &tree, node) {
		while (key < KEYS && !present[key])
			key++;
		if (key == KEYS || item->key != key++)
			return false;
	}
	while (key < KEYS && !present[key])
		key++;
	return key == KEYS;
}

static void reset(void)
{
	tree_init(&tree);
	for (u32 key = 0; key < KEYS; key++)
		present[key] = false;
}

static void in_order(void)
{
	reset();
	CHECK(tree_empty(&tree) && !tree_first(&tree) && !tree_last(&tree));
	for (u32 key = 0; key < KEYS; key++) {
		insert(key);
		CHECK(is_sound());
	}
	for (u32 key = 0; key < KEYS; key++) {
		remove_key(key);
		CHECK(is_sound());
	}
	for (u32 key = KEYS; key-- > 0;)
		insert(key);
	CHECK(is_sound());
	while (tree.root)
		remove_key(item_of(tree.root)->key);
	CHECK(is_sound() && tree_empty(&tree));
}

static void at_random(void)
{
	reset();
	for (u32 round = 0; round < 20000; round++) {
		u32 key = unit_random_below(round % 4000 < 2000 ? KEYS : KEYS / 8);

		if (present[key])
			remove_key(key);
		else
			insert(key);
		if (round % 16 == 0)
			CHECK(is_sound());
	}
}

static void both_ways(void)
{
	struct tree_node *node;
	u32 key = 0;

	reset();
	for (u32 i = 0; i < KEYS; i++)
		insert((i * 37) % KEYS);
	for (node = tree_first(&tree); node; node = tree_next(node))
		CHECK_EQUAL(item_of(node)->key, key++);
	CHECK_EQUAL(key, KEYS);
	for (node = tree_last(&tree); node; node = tree_previous(node))
		CHECK_EQUAL(item_of(node)->key, --key);
	CHECK_EQUAL(key, 0);
}

static void replacing(void)
{
	reset();
	for (u32 key = 0; key < 40; key++)
		insert(key);
	for (u32 key = 0; key < 40; key++) {
		spare.key = key;
		tree_replace(&tree, &items[key].node, &spare.node);
		items[key].node = (struct tree_node){ 0 };
		CHECK(is_sound());
		tree_replace(&tree, &spare.node, &items[key].node);
		CHECK(is_sound());
	}
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "insertion and removal in order", in_order },
		{ "random insertion and removal", at_random },
		{ "walking both ways", both_ways },
		{ "replacing nodes", replacing },
	};

	return UNIT_RUN(cases);
}
