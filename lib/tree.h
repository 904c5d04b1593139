/*
 * Intrusive red-black trees. The tree knows no keys: the caller that inserts a node descends with
 * its own comparison, and says at which link the node goes:
 *
 *	struct tree_node *parent = NULL, **link = &tree->root;
 *
 *	while (*link) {
 *		parent = *link;
 *		link = &parent->child[key > entry_of(parent)->key];
 *	}
 *	tree_insert(tree, node, parent, link);
 *
 * Insertion and removal take O(log n) and never allocate. The caller locks.
 */
#pragma once

#include "lib/types.h"

enum tree_side { TREE_LEFT, TREE_RIGHT };

struct tree_node {
	struct tree_node *parent;
	struct tree_node *child[2]; /* by tree_side: the nodes before, the nodes after */
	bool red;
};

struct tree {
	struct tree_node *root;
};

static inline void tree_init(struct tree *tree)
{
	tree->root = NULL;
}

static inline bool tree_empty(const struct tree *tree)
{
	return tree->root == NULL;
}

/* Puts `node` at `link`, an empty child link of `parent` (the root's link: parent is NULL). */
void tree_insert(struct tree *tree, struct tree_node *node, struct tree_node *parent,
	struct tree_node **link);

void tree_remove(struct tree *tree, struct tree_node *node);

/* Puts `replacement` in the place of `node`, in constant time; both must sort alike. */
void tree_replace(struct tree *tree, struct tree_node *node, struct tree_node *replacement);

/* In order; NULL when there is none. tree_next and tree_previous take O(1) on average. */
struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_last(const struct tree *tree);
struct tree_node *tree_next(const struct tree_node *node);
struct tree_node *tree_previous(const struct tree_node *node);

#define tree_entry(node, type, member) container_of(node, type, member)

/* The same, but NULL stays NULL. */
#define tree_entry_or_null(node, type, member)                                  \
	({                                                                      \
		struct tree_node *node_or_null_ = (node);                       \
		node_or_null_ ? tree_entry(node_or_null_, type, member) : NULL; \
	})

/* The caller declared the pointer `entry`; NULL after a full run. The tree must not change. */
#define tree_for_each_entry(entry, tree, member)                                           \
	for ((entry) = tree_entry_or_null(tree_first(tree), __typeof__(*(entry)), member); \
		(entry); (entry) = tree_entry_or_null(tree_next(&(entry)->member),         \
				 __typeof__(*(entry)), member))
