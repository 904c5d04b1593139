/*
 * Address spaces on a simulated machine (machine.h): random mapping, unmapping, protecting, moving,
 * forking, loading and storing in several spaces on several harts, against a model that keeps the
 * words of each page apart. Shared memory is mapped privately as well, and loses pages to
 * cache_withdraw() as a file does that is truncated. Allocations fail on purpose. The ledger is audited all along.
 */
#include "tests/unit/test_space.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/cache.h"
#include "mm/fault.h"
#include "mm/ledger.h"
#include "mm/page.h"
#include "mm/shared.h"
#include "mm/uaccess.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

#define SPACES       6
#define OBJECTS      8 /* pieces of shared memory */
#define OBJECT_PAGES 160
#define WINDOW_PAGES 160
#define WINDOWS      3
#define HARTS        3
#define WORDS        2 /* of each page: the first and the last */

/* They lie over the borders of what an entry of each level covers. */
static const u64 windows[WINDOWS] = { MIB(2) * 100 - 80 * PAGE_SIZE, GIB(7) - 80 * PAGE_SIZE,
	0x3ffffff000 - WINDOW_PAGES *PAGE_SIZE };

/* Shared memory, and what its pages should hold. */
static struct object {
	struct region handle; /* the model's own reference, while there are mappings */
	u32 mappings;         /* pages of the model that refer to it */
	u64 word[OBJECT_PAGES][WORDS];
} objects[OBJECTS];

/* What a page of a space should be. */
struct page_model {
	bool mapped;
	u32 protection;
	struct object *object; /* NULL: private memory */
	u32 index;             /* in the object */
	bool private;          /* a private mapping of the object */
	bool copied;           /* and a store has made it a page of its own */
	u64 word[WORDS];       /* of a page of its own */
};

struct space_model {
	struct space *space;
	u32 harts; /* that run in it */
	struct page_model page[WINDOWS][WINDOW_PAGES];
};

static struct space_model models[SPACES];
static struct space_model *running[HARTS];

/* A range of pages in one window. */
struct range {
	u32 window, first, count;
};

static u64 address_in(u32 window, u32 page)
{
	return windows[window] + page * PAGE_SIZE;
}

/* Mostly one of a few at the border, so that harts and spaces meet. */
static u32 random_page(void)
{
	return unit_random_below(4) ? WINDOW_PAGES / 2 - 4 + unit_random_below(8)
				    : unit_random_below(WINDOW_PAGES);
}

static struct range random_range(u32 count_limit)
{
	struct range range;

	range.window = unit_random_below(WINDOWS);
	range.first = random_page();
	range.count = 1 + unit_random_below(min(count_limit, WINDOW_PAGES - range.first));
	return range;
}

static u64 range_start(struct range range)
{
	return address_in(range.window, range.first);
}

static u64 *model_word(struct page_model *page, u32 word)
{
	return page->object && !page->copied ? &page->object->word[page->index][word]
					     : &page->word[word];
}

static void model_store(struct page_model *page, u32 word, u64 value)
{
	if (page->private && !page->copied) {
		memcpy(page->word, page->object->word[page->index], sizeof(page->word));
		page->copied = true;
	}
	*model_word(page, word) = value;
}

static u64 word_address(u32 window, u32 page, u32 word)
{
	return address_in(window, page) + (word ? PAGE_SIZE - sizeof(u64) : 0);
}

static struct space_model *random_space(void)
{
	struct space_model *model;

	do
		model = &models[unit_random_below(SPACES)];
	while (!model->space);
	return model;
}

static struct space_model *free_model(void)
{
	for (u32 i = 0; i < SPACES; i++)
		if (!models[i].space)
			return &models[i];
	return NULL;
}

static void forget(struct page_model *page)
{
	if (page->object && --page->object->mappings == 0)
		shared_memory_done(&page->object->handle);
	*page = (struct page_model){ 0 };
}

static bool may(const struct page_model *page, enum access access)
{
	return page->mapped && (page->protection & access);
}

/* The operations. Each tells the model only when the kernel says that it was done. */

static bool failed_for_memory(s64 result)
{
	if (result != -ENOMEM)
		return false;
	CHECK(machine_allocation_failed());
	return true;
}

static u32 random_protection(void)
{
	static const u32 protections[] = { REGION_READ | REGION_WRITE, REGION_READ | REGION_WRITE,
		REGION_READ | REGION_WRITE, REGION_READ, REGION_READ | REGION_EXECUTE, 0 };

	return protections[unit_random_below(ARRAY_SIZE(protections))];
}

static void map_private(struct space_model *model)
{
	struct range range = random_range(40);
	struct region region = {
		.start = range_start(range),
		.end = range_start(range) + range.count * PAGE_SIZE,
		.flags = random_protection(),
	};
	s64 result = space_map(model->space, &region, MAP_REPLACE);

	if (failed_for_memory(result))
		return;
	CHECK_EQUAL(result, region.start);
	for (u32 i = 0; i < range.count; i++) {
		struct page_model *page = &model->page[range.window][range.first + i];

		forget(page);
		page->mapped = true;
		page->protection = region.flags;
	}
}

/* Memory that is mapped already, or new one; NULL: there is none. */
static struct object *random_object(void)
{
	struct object *object = &objects[unit_random_below(OBJECTS)];

	if (object->mappings)
		return object;
	*object = (struct object){ 0 };
	return shared_memory_create(&object->handle) == 0 ? object : NULL;
}

static void map_object(struct space_model *model)
{
	struct range range = random_range(20);
	struct object *object = random_object();

	if (!object)
		return;

	u32 first = unit_random_below(OBJECT_PAGES - range.count);
	struct region region = object->handle;

	region.start = range_start(range);
	region.end = region.start + range.count * PAGE_SIZE;
	region.offset = first;
	region.flags = random_protection() | (unit_random_below(2) ? REGION_SHARED : 0);

	s64 result = space_map(model->space, &region, MAP_REPLACE);

	/* What is replaced may be the last of it that is mapped. */
	object->mappings++;
	for (u32 i = 0; i < range.count && result >= 0; i++) {
		struct page_model *page = &model->page[range.window][range.first + i];

		CHECK_EQUAL(result, region.start);
		forget(page);
		*page = (struct page_model){
			.mapped = true,
			.protection = region.flags & REGION_PROTECTION,
			.object = object,
			.index = first + i,
			.private = !(region.flags & REGION_SHARED),
		};
		object->mappings++;
	}
	if (--object->mappings == 0)
		shared_memory_done(&object->handle);
	CHECK(result >= 0 || failed_for_memory(result));
}

/* As if it were a file that is made shorter, or gets a hole. */
static void withdraw(void)
{
	struct object *object = &objects[unit_random_below(OBJECTS)];
	u32 first = unit_random_below(OBJECT_PAGES);
	u32 end = first + 1 + unit_random_below(OBJECT_PAGES - first);
	bool copies = unit_random_below(2);

	if (!object->mappings)
		return;
	cache_withdraw(object->handle.object, first, end, copies);
	memset(object->word[first], 0, (end - first) * sizeof(object->word[0]));
	for (u32 i = 0; i < SPACES * WINDOWS * WINDOW_PAGES && copies; i++) {
		struct space_model *model = &models[i / WINDOW_PAGES / WINDOWS];
		struct page_model *page =
			&model->page[i / WINDOW_PAGES % WINDOWS][i % WINDOW_PAGES];

		if (page->object == object && page->index >= first && page->index < end)
			page->copied = false;
	}
}

static void unmap(struct space_model *model)
{
	struct range range = random_range(60);
	int error = space_unmap(model->space, range_start(range), range.count * PAGE_SIZE);

	if (failed_for_memory(error))
		return;
	CHECK_EQUAL(error, 0);
	for (u32 i = 0; i < range.count; i++)
		forget(&model->page[range.window][range.first + i]);
}

static bool is_all_mapped(const struct space_model *model, struct range range)
{
	for (u32 i = 0; i < range.count; i++)
		if (!model->page[range.window][range.first + i].mapped)
			return false;
	return true;
}

static void protect(struct space_model *model)
{
	struct range range = random_range(30);
	u32 protection = random_protection();
	int error = space_protect(model->space, range_start(range), range.count * PAGE_SIZE,
		protection);

	if (!is_all_mapped(model, range)) {
		CHECK_EQUAL(error, -ENOMEM);
		return;
	}
	if (failed_for_memory(error))
		return;
	CHECK_EQUAL(error, 0);
	for (u32 i = 0; i < range.count; i++)
		model->page[range.window][range.first + i].protection = protection;
}

static void discard(struct space_model *model)
{
	struct range range = random_range(30);
	bool hole = !is_all_mapped(model, range);

	/* Both give -ENOMEM, but with a hole it is done. */
	if (hole)
		machine_fail_allocation(0);

	int error = space_discard(model->space, range_start(range), range.count * PAGE_SIZE, false);

	if (hole)
		CHECK_EQUAL(error, -ENOMEM);
	else if (failed_for_memory(error))
		return;
	else
		CHECK_EQUAL(error, 0);
	for (u32 i = 0; i < range.count; i++) {
		struct page_model *page = &model->page[range.window][range.first + i];

		page->copied = false;
		page->word[0] = page->word[1] = 0;
	}
}

/* Whether mremap() would find one region there: what the model can say for sure. */
static bool is_uniform(const struct space_model *model, struct range range)
{
	const struct page_model *first = &model->page[range.window][range.first];

	for (u32 i = 0; i < range.count; i++) {
		const struct page_model *page = first + i;

		if (!page->mapped || page->protection != first->protection || page->object)
			return false;
	}
	return true;
}

static bool is_empty(const struct space_model *model, struct range range)
{
	for (u32 i = 0; i < range.count; i++)
		if (model->page[range.window][range.first + i].mapped)
			return false;
	return true;
}

static void move(struct space_model *model)
{
	struct range from = random_range(20), to = random_range(20);

	from.count = min(from.count, to.count);
	to.count = from.count;
	if (!is_uniform(model, from) || !is_empty(model, to))
		return;

	s64 result = space_remap(model->space, range_start(from), from.count * PAGE_SIZE,
		from.count * PAGE_SIZE, range_start(to), REMAP_MAY_MOVE | REMAP_FIXED);

	if (failed_for_memory(result))
		return;
	CHECK_EQUAL(result, range_start(to));
	for (u32 i = 0; i < from.count; i++) {
		struct page_model *source = &model->page[from.window][from.first + i];
		struct page_model *target = &model->page[to.window][to.first + i];

		forget(target);
		*target = *source;
		*source = (struct page_model){ 0 };
	}
}

static void fork_space(struct space_model *parent)
{
	struct space_model *child = free_model();

	if (!child)
		return;

	struct space *space = space_fork(parent->space);

	if (!space) {
		CHECK(machine_allocation_failed());
		return;
	}
	*child = *parent;
	child->space = space;
	child->harts = 0;
	for (u32 window = 0; window < WINDOWS; window++)
		for (u32 i = 0; i < WINDOW_PAGES; i++)
			if (child->page[window][i].object)
				child->page[window][i].object->mappings++;
}

static void run_in(u32 hart, struct space_model *model)
{
	struct space_model *before = running[hart];

	machine_hart = hart;
	space_switch(before ? before->space : NULL, model ? model->space : NULL);
	if (before)
		before->harts--;
	if (model)
		model->harts++;
	running[hart] = model;
}

static void end(struct space_model *model)
{
	for (u32 hart = 0; hart < HARTS; hart++)
		if (running[hart] == model)
			run_in(hart, NULL);
	for (u32 window = 0; window < WINDOWS; window++)
		for (u32 i = 0; i < WINDOW_PAGES; i++)
			forget(&model->page[window][i]);
	space_put(model->space);
	model->space = NULL;
}

static u32 count_spaces(void)
{
	u32 count = 0;

	for (u32 i = 0; i < SPACES; i++)
		count += models[i].space != NULL;
	return count;
}

/* By a hart that runs in the space. */
static void load_or_store(void)
{
	u32 hart = unit_random_below(HARTS);
	struct range range = random_range(1);
	u32 word = unit_random_below(WORDS);
	enum access access = unit_random_below(2) ? ACCESS_WRITE : ACCESS_READ;
	u64 value = unit_random();

	machine_hart = hart;
	if (!running[hart])
		return;

	struct page_model *page = &running[hart]->page[range.window][range.first];
	int error = machine_access(running[hart]->space,
		word_address(range.window, range.first, word), access, &value);

	if (!may(page, access)) {
		CHECK_EQUAL(error, -EFAULT);
		return;
	}
	if (failed_for_memory(error))
		return;
	CHECK_EQUAL(error, 0);
	if (access == ACCESS_WRITE)
		model_store(page, word, value);
	else
		CHECK_EQUAL(value, *model_word(page, word));
}

/* By the kernel, over the border of two pages: the last word of one and the first of the next. */
static void copy(struct space_model *model)
{
	u32 window = unit_random_below(WINDOWS), first = min(random_page(), WINDOW_PAGES - 2U);
	struct page_model *pages = &model->page[window][first];
	uaddr_t address = UADDR(word_address(window, first, 1));
	enum access access = unit_random_below(2) ? ACCESS_WRITE : ACCESS_READ;
	u64 words[2] = { unit_random(), unit_random() };
	int error = access == ACCESS_WRITE
		? copy_to_user(model->space, address, words, sizeof(words))
		: copy_from_user(model->space, words, address, sizeof(words));
	bool allowed = may(&pages[0], access) && may(&pages[1], access);

	if (error == -ENOMEM)
		CHECK(machine_allocation_failed());
	else
		CHECK_EQUAL(error, allowed ? 0 : -EFAULT);
	/* After an error the first word may have been copied or not: look. */
	if (access == ACCESS_WRITE && error && may(&pages[0], ACCESS_READ)) {
		u64 now;

		machine_fail_allocation(0);
		CHECK_EQUAL(copy_from_user(model->space, &now, address, sizeof(now)), 0);
		CHECK(now == words[0] || now == *model_word(&pages[0], 1));
		if (now != *model_word(&pages[0], 1))
			model_store(&pages[0], 1, now);
	} else if (access == ACCESS_WRITE && error && may(&pages[0], ACCESS_WRITE)) {
		CHECK(!"write-only pages are not made here");
	}
	if (error)
		return;
	for (u32 i = 0; i < 2; i++) {
		if (access == ACCESS_WRITE)
			model_store(&pages[i], 1 - i, words[i]);
		else
			CHECK_EQUAL(words[i], *model_word(&pages[i], 1 - i));
	}
}

/* Every word of every readable page, and that the ledger is right before and after. */
static void look_at_everything(void)
{
	machine_fail_allocation(0);
	CHECK_EQUAL(ledger_audit(), 0);
	for (u32 i = 0; i < SPACES; i++) {
		for (u32 window = 0; models[i].space && window < WINDOWS; window++) {
			for (u32 page = 0; page < WINDOW_PAGES * WORDS; page++) {
				struct page_model *model = &models[i].page[window][page / WORDS];
				u64 address = word_address(window, page / WORDS, page % WORDS);
				u64 value;
				int error = copy_from_user(models[i].space, &value, UADDR(address),
					sizeof(value));

				CHECK_EQUAL(error, may(model, ACCESS_READ) ? 0 : -EFAULT);
				if (error == 0)
					CHECK_EQUAL(value, *model_word(model, page % WORDS));
			}
		}
	}
	CHECK_EQUAL(ledger_audit(), 0);
}

static void one_operation(void)
{
	struct space_model *model = random_space();

	machine_hart = unit_random_below(HARTS);
	switch (unit_random_below(40)) {
	case 0:
	case 1:
		map_private(model);
		break;
	case 2:
		map_object(model);
		break;
	case 3:
		unmap(model);
		break;
	case 4:
		protect(model);
		break;
	case 5:
		discard(model);
		break;
	case 6:
		move(model);
		break;
	case 7:
	case 8:
		fork_space(model);
		break;
	case 9:
		if (count_spaces() > 1)
			end(model);
		break;
	case 10:
	case 11:
		run_in(machine_hart, model);
		break;
	case 12:
		withdraw();
		break;
	case 13:
	case 14:
	case 15:
		copy(model);
		break;
	default:
		load_or_store();
	}
}

void test_space_run(u32 operations, bool with_failures)
{
	memory_reclaim();
	u64 before = page_free_total();

	models[0].space = space_create();
	CHECK(models[0].space);
	for (u32 i = 0; i < operations && !unit_random_is_used_up(); i++) {
		machine_fail_allocation(
			with_failures && unit_random_below(3) == 0 ? 1 + unit_random_below(6) : 0);
		one_operation();
		if (i % 2000 == 1999)
			look_at_everything();
	}
	look_at_everything();
	for (u32 i = 0; i < SPACES; i++)
		if (models[i].space)
			end(&models[i]);
	CHECK_EQUAL(ledger_audit(), 0);
	CHECK_EQUAL(page_free_total(), before);
}

static void with_memory(void)
{
	test_space_run(100000, false);
}

static void with_failures(void)
{
	test_space_run(100000, true);
}

static void accessed_by_software(void)
{
	machine_sets_accessed = false;
	test_space_run(50000, true);
	machine_sets_accessed = true;
}

/*
 * A page that a store has replaced is let go after the flush: until then another hart may read the
 * old one, and whoever has it as well must not take it for his alone.
 */
static struct space *parent, *child;
static u32 flushes;

static u64 word_at(struct space *space, u32 hart, enum access access, u64 value)
{
	u32 before = machine_hart;

	machine_hart = hart;
	CHECK_EQUAL(machine_access(space, windows[0], access, &value), 0);
	machine_hart = before;
	return value;
}

static void store_by_child(void)
{
	machine_before_flush = NULL;
	flushes++;
	word_at(child, 2, ACCESS_WRITE, 3);
	CHECK_EQUAL(word_at(parent, 1, ACCESS_READ, 0), 1);
}

static void kept_until_flushed(void)
{
	const struct region region = {
		.start = windows[0],
		.end = windows[0] + PAGE_SIZE,
		.flags = REGION_READ | REGION_WRITE,
	};

	parent = space_create();
	CHECK_EQUAL(space_map(parent, &region, MAP_EXACT), region.start);
	for (machine_hart = 0; machine_hart < 2; machine_hart++)
		space_switch(NULL, parent);
	machine_hart = 0;
	word_at(parent, 0, ACCESS_WRITE, 1);
	child = space_fork(parent);
	machine_hart = 2;
	space_switch(NULL, child);
	CHECK_EQUAL(word_at(child, 2, ACCESS_READ, 0), 1);
	CHECK_EQUAL(word_at(parent, 1, ACCESS_READ, 0), 1);
	machine_before_flush = store_by_child;
	word_at(parent, 0, ACCESS_WRITE, 2);
	CHECK_EQUAL(flushes, 1);
	CHECK_EQUAL(word_at(parent, 1, ACCESS_READ, 0), 2);
	CHECK_EQUAL(word_at(child, 2, ACCESS_READ, 0), 3);
	space_switch(child, NULL);
	for (machine_hart = 0; machine_hart < 2; machine_hart++)
		space_switch(parent, NULL);
	machine_hart = 0;
	space_put(parent);
	space_put(child);
	CHECK_EQUAL(ledger_audit(), 0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "everything at random", with_memory },
		{ "the same, and allocations fail", with_failures },
		{ "the same, with A and D left to software", accessed_by_software },
		{ "an old page is kept until it is flushed", kept_until_flushed },
	};

	machine_start();
	return UNIT_RUN(cases);
}
