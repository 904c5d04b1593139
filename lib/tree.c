/*
 * Red-black trees: no red node has a red child, and all ways down from a node pass the same number
 * of black nodes. Left and right differ only in an index, so each case is written once. The
 * caller locks; used for regions, timers, and whatever is kept in order.
 */
#include "lib/tree.h"

static bool is_red(const struct tree_node *node)
{
	return node && node->red;
}

static enum tree_side opposite(enum tree_side side)
{
	return side == TREE_LEFT ? TREE_RIGHT : TREE_LEFT;
}

static enum tree_side side_of(const struct tree_node *parent, const struct tree_node *child)
{
	return parent->child[TREE_RIGHT] == child ? TREE_RIGHT : TREE_LEFT;
}

/* Hangs `child` (which may be NULL) where `node` hangs; node's own links stay as they are. */
static void hang_instead(struct tree *tree, struct tree_node *node, struct tree_node *child)
{
	struct tree_node *parent = node->parent;

	if (parent)
		parent->child[side_of(parent, node)] = child;
	else
		tree->root = child;
	if (child)
		child->parent = parent;
}

/* Moves `node` one level down on `side`; its child on the other side rises to its place. */
static void rotate(struct tree *tree, struct tree_node *node, enum tree_side side)
{
	struct tree_node *rising = node->child[opposite(side)];
	struct tree_node *inner = rising->child[side];

	hang_instead(tree, node, rising);
	node->child[opposite(side)] = inner;
	if (inner)
		inner->parent = node;
	rising->child[side] = node;
	node->parent = rising;
}

void tree_insert(struct tree *tree, struct tree_node *node, struct tree_node *parent,
	struct tree_node **link)
{
	*node = (struct tree_node){ .parent = parent, .red = true };
	*link = node;

	while (is_red(parent = node->parent)) {
		struct tree_node *grandparent = parent->parent;
		enum tree_side side = side_of(grandparent, parent);
		struct tree_node *uncle = grandparent->child[opposite(side)];

		grandparent->red = true;
		if (is_red(uncle)) {
			parent->red = false;
			uncle->red = false;
			node = grandparent;
			continue;
		}
		if (side_of(parent, node) != side) {
			rotate(tree, parent, side);
			parent = node;
		}
		parent->red = false;
		rotate(tree, grandparent, opposite(side));
		break;
	}
	tree->root->red = false;
}

/* All ways through `node`, a child of `parent` that may be NULL, lack a black node: mends that. */
static void restore_black(struct tree *tree, struct tree_node *parent, struct tree_node *node)
{
	while (parent && !is_red(node)) {
		enum tree_side side = side_of(parent, node), far = opposite(side);
		struct tree_node *sibling = parent->child[far];

		if (sibling->red) {
			sibling->red = false;
			parent->red = true;
			rotate(tree, parent, side);
			sibling = parent->child[far];
		}
		if (!is_red(sibling->child[side]) && !is_red(sibling->child[far])) {
			sibling->red = true;
			node = parent;
			parent = node->parent;
			continue;
		}
		if (!is_red(sibling->child[far])) {
			sibling->child[side]->red = false;
			sibling->red = true;
			rotate(tree, sibling, far);
			sibling = parent->child[far];
		}
		sibling->red = parent->red;
		parent->red = false;
		sibling->child[far]->red = false;
		rotate(tree, parent, side);
		return;
	}
	if (node)
		node->red = false;
}

static struct tree_node *outermost(struct tree_node *node, enum tree_side side)
{
	while (node && node->child[side])
		node = node->child[side];
	return node;
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *left = node->child[TREE_LEFT], *right = node->child[TREE_RIGHT];
	struct tree_node *gap_parent, *gap_child;
	bool lost_red;

	if (!left || !right) {
		gap_child = left ? left : right;
		gap_parent = node->parent;
		lost_red = node->red;
		hang_instead(tree, node, gap_child);
	} else {
		/* The successor, which has no left child, leaves its place and takes this one. */
		struct tree_node *successor = outermost(right, TREE_LEFT);

		gap_child = successor->child[TREE_RIGHT];
		gap_parent = successor->parent == node ? successor : successor->parent;
		lost_red = successor->red;
		hang_instead(tree, successor, gap_child);
		tree_replace(tree, node, successor);
	}
	if (!lost_red)
		restore_black(tree, gap_parent, gap_child);
}

void tree_replace(struct tree *tree, struct tree_node *node, struct tree_node *replacement)
{
	hang_instead(tree, node, replacement);
	*replacement = *node;
	for (enum tree_side side = TREE_LEFT; side <= TREE_RIGHT; side++)
		if (replacement->child[side])
			replacement->child[side]->parent = replacement;
}

/* The neighbour of `node` on `side`: the nearest node below it, else the first ancestor there. */
static struct tree_node *neighbour(const struct tree_node *node, enum tree_side side)
{
	if (node->child[side])
		return outermost(node->child[side], opposite(side));
	while (node->parent && side_of(node->parent, node) == side)
		node = node->parent;
	return node->parent;
}

struct tree_node *tree_first(const struct tree *tree)
{
	return outermost(tree->root, TREE_LEFT);
}

struct tree_node *tree_last(const struct tree *tree)
{
	return outermost(tree->root, TREE_RIGHT);
}

struct tree_node *tree_next(const struct tree_node *node)
{
	return neighbour(node, TREE_RIGHT);
}

struct tree_node *tree_previous(const struct tree_node *node)
{
	return neighbour(node, TREE_LEFT);
}
