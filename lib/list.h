/*
 * Intrusive doubly linked lists. A `struct list` is the list itself, a `struct list_node` sits
 * inside each element. The ring closes over the list's own node, so that no operation has a
 * special case. The caller locks.
 *
 *	list_for_each_entry(task, &queue->tasks, queue_node) ...
 */
#pragma once

#include "lib/types.h"

struct list_node {
	struct list_node *next, *previous;
};

struct list {
	struct list_node ring;
};

#define LIST_INITIAL(list)                         \
	{                                          \
		{                                  \
			&(list).ring, &(list).ring \
		}                                  \
	}

static inline void list_init(struct list *list)
{
	list->ring.next = list->ring.previous = &list->ring;
}

/* A node that may be asked list_node_linked() before it was ever on a list. */
static inline void list_node_init(struct list_node *node)
{
	node->next = node->previous = NULL;
}

static inline bool list_node_linked(const struct list_node *node)
{
	return node->next != NULL;
}

static inline bool list_empty(const struct list *list)
{
	return list->ring.next == &list->ring;
}

static inline void list_insert_after(struct list_node *position, struct list_node *node)
{
	node->previous = position;
	node->next = position->next;
	position->next->previous = node;
	position->next = node;
}

static inline void list_insert_before(struct list_node *position, struct list_node *node)
{
	list_insert_after(position->previous, node);
}

static inline void list_push_front(struct list *list, struct list_node *node)
{
	list_insert_after(&list->ring, node);
}

static inline void list_push_back(struct list *list, struct list_node *node)
{
	list_insert_before(&list->ring, node);
}

/* Takes the node off the list that it is on, and leaves it unlinked. */
static inline void list_remove(struct list_node *node)
{
	node->previous->next = node->next;
	node->next->previous = node->previous;
	list_node_init(node);
}

/* The first node, NULL in an empty list; the one after a node, NULL past the last. */
static inline struct list_node *list_first(const struct list *list)
{
	return list_empty(list) ? NULL : list->ring.next;
}

static inline struct list_node *list_next(const struct list *list, const struct list_node *node)
{
	return node->next == &list->ring ? NULL : node->next;
}

static inline struct list_node *list_pop_front(struct list *list)
{
	struct list_node *node = list_first(list);

	if (node)
		list_remove(node);
	return node;
}

/* Moves all of `from` behind the last of `to`; `from` is empty afterwards. */
static inline void list_append_all(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->ring.next->previous = to->ring.previous;
	to->ring.previous->next = from->ring.next;
	from->ring.previous->next = &to->ring;
	to->ring.previous = from->ring.previous;
	list_init(from);
}

static inline size_t list_length(const struct list *list)
{
	size_t length = 0;

	for (const struct list_node *node = list->ring.next; node != &list->ring; node = node->next)
		length++;
	return length;
}

#define list_entry(node, type, member) container_of(node, type, member)

/* The element around the first or last node; the list is not empty. */
#define list_first_entry(list, type, member) list_entry((list)->ring.next, type, member)
#define list_last_entry(list, type, member)  list_entry((list)->ring.previous, type, member)

/* NULL if the list is empty, else its first element, taken off. */
#define list_pop_front_entry(list, type, member)                    \
	({                                                          \
		struct list_node *popped_ = list_pop_front(list);   \
		popped_ ? list_entry(popped_, type, member) : NULL; \
	})

/* `entry` is a pointer that the caller declared. After a full run it points to no element. */
#define list_for_each_entry(entry, list, member)                                    \
	for ((entry) = list_entry((list)->ring.next, __typeof__(*(entry)), member); \
		&(entry)->member != &(list)->ring;                                  \
		(entry) = list_entry((entry)->member.next, __typeof__(*(entry)), member))

/* As above, and the body may remove or free `entry`; `following` is another such pointer. */
#define list_for_each_entry_safe(entry, following, list, member)                          \
	for ((entry) = list_entry((list)->ring.next, __typeof__(*(entry)), member),       \
	    (following) = list_entry((entry)->member.next, __typeof__(*(entry)), member); \
		&(entry)->member != &(list)->ring; (entry) = (following),                 \
	    (following) = list_entry((following)->member.next, __typeof__(*(entry)), member))
