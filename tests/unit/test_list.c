/* Lists (lib/list.h) and byte rings (lib/ring.h). */
#include "lib/list.h"
#include "lib/ring.h"
#include "tests/unit/unit.h"

struct element {
	u32 value;
	struct list_node node;
};

/* Whether the list has these values, in this order, both ways. */
static bool has_values(const struct list *list, const char *values)
{
	const struct list_node *node = list_first(list);
	const char *at = values;

	for (; *at; at++, node = list_next(list, node))
		if (!node || list_entry(node, struct element, node)->value != (u32)*at)
			return false;
	if (node)
		return false;
	for (node = list->ring.previous; at > values; node = node->previous)
		if (node == &list->ring ||
			list_entry(node, struct element, node)->value != (u32) * --at)
			return false;
	return node == &list->ring;
}

static void order(void)
{
	struct element a = { .value = 'a' }, b = { .value = 'b' }, c = { .value = 'c' };
	struct list list;

	list_init(&list);
	CHECK(list_empty(&list) && !list_first(&list) && !list_pop_front(&list));
	list_push_back(&list, &b.node);
	list_push_front(&list, &a.node);
	list_push_back(&list, &c.node);
	CHECK(has_values(&list, "abc") && list_length(&list) == 3);

	list_remove(&b.node);
	CHECK(has_values(&list, "ac") && !list_node_linked(&b.node));
	list_insert_after(&a.node, &b.node);
	CHECK(has_values(&list, "abc") && list_node_linked(&b.node));
	list_remove(&a.node);
	list_insert_before(&c.node, &a.node);
	CHECK(has_values(&list, "bac"));
	CHECK(list_pop_front(&list) == &b.node);
	CHECK(list_pop_front_entry(&list, struct element, node) == &a);
	CHECK(list_pop_front_entry(&list, struct element, node) == &c);
	CHECK(!list_pop_front_entry(&list, struct element, node));
	CHECK(list_empty(&list));
}

static void loops(void)
{
	struct element elements[5];
	struct element *entry, *following;
	struct list list = LIST_INITIAL(list);
	u32 sum = 0;

	for (u32 i = 0; i < ARRAY_SIZE(elements); i++) {
		elements[i].value = '0' + i;
		list_push_back(&list, &elements[i].node);
	}
	list_for_each_entry(entry, &list, node)
		sum += entry->value;
	CHECK_EQUAL(sum, 5 * '2');
	CHECK(list_first_entry(&list, struct element, node) == &elements[0]);
	CHECK(list_last_entry(&list, struct element, node) == &elements[4]);

	list_for_each_entry_safe(entry, following, &list, node)
		if (entry->value % 2)
			list_remove(&entry->node);
	CHECK(has_values(&list, "024"));
	list_for_each_entry_safe(entry, following, &list, node)
		list_remove(&entry->node);
	CHECK(list_empty(&list));
}

static void appending(void)
{
	struct element a = { .value = 'a' }, b = { .value = 'b' }, c = { .value = 'c' };
	struct list one = LIST_INITIAL(one), two = LIST_INITIAL(two);

	list_append_all(&one, &two);
	CHECK(has_values(&one, "") && has_values(&two, ""));
	list_push_back(&two, &a.node);
	list_push_back(&two, &b.node);
	list_append_all(&one, &two);
	CHECK(has_values(&one, "ab") && has_values(&two, ""));
	list_push_back(&two, &c.node);
	list_append_all(&one, &two);
	CHECK(has_values(&one, "abc") && has_values(&two, ""));
}

static void ring_bytes(void)
{
	u8 data[4], byte;
	struct ring ring;

	ring_init(&ring, data, sizeof(data));
	ring.written = ring.read = 0xfffffffe; /* the positions wrap on the way */
	CHECK(!ring_pop(&ring, &byte));
	for (u32 round = 0; round < 3; round++) {
		for (u8 i = 0; i < 4; i++)
			CHECK(ring_push(&ring, i));
		CHECK(!ring_push(&ring, 4) && ring_used(&ring) == 4 && ring_room(&ring) == 0);
		for (u8 i = 0; i < 4; i++)
			CHECK(ring_pop(&ring, &byte) && byte == i);
		CHECK(!ring_pop(&ring, &byte) && ring_used(&ring) == 0 && ring_room(&ring) == 4);
	}
}

/* Random spans against plain counters: byte n of the stream is (u8)n. */
static void ring_spans(void)
{
	u8 data[64] = { 0 };
	struct ring ring;
	u32 written = 0, read = 0, length;

	ring_init(&ring, data, sizeof(data));
	for (u32 round = 0; round < 10000; round++) {
		length = unit_random_below(ring_room(&ring) + 1);
		for (u32 i = 0; i < length; i++)
			CHECK(ring_push(&ring, (u8)written++));

		const u8 *from = ring_read_span(&ring, &length);

		CHECK(length <= ring_used(&ring) && (length > 0) == (ring_used(&ring) > 0));
		length = unit_random_below(length + 1);
		for (u32 i = 0; i < length; i++)
			CHECK_EQUAL(from[i], (u8)read++);
		ring_consume(&ring, length);
		CHECK_EQUAL(ring_used(&ring), written - read);
	}
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "lists keep their order", order },
		{ "loops over lists, removing or not", loops },
		{ "appending a whole list", appending },
		{ "rings, byte by byte, with positions that wrap", ring_bytes },
		{ "rings, by random spans", ring_spans },
	};

	return UNIT_RUN(cases);
}
