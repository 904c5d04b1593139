/*
 * Address spaces on a simulated machine (machine.h): random mapping, unmapping, protecting, moving,
 * marking, forking, loading and storing in several spaces on several harts, against a model that
 * keeps the words of each page separately (space_model.h). Files and shared memory are mapped, also
 * privately, and lose pages; stacks grow; limits change. Allocations fail on purpose. The ledger is
 * audited all along.
 */
#include "tests/unit/test_space.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/cache.h"
#include "mm/fault.h"
#include "mm/ledger.h"
#include "mm/page.h"
#include "mm/region.h"
#include "mm/uaccess.h"
#include "tests/unit/machine.h"
#include "tests/unit/space_model.h"
#include "tests/unit/unit.h"

#define HARTS 3

static struct space_model *running[HARTS];

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

/* A page of the parent becomes what the child gets of it. */
static void inherit(struct page_model *page)
{
	if (page->flags & REGION_DONT_FORK)
		*page = (struct page_model){ 0 };
	else if (page->flags & REGION_WIPE_ON_FORK)
		page->word[0] = page->word[1] = 0;
	if (page->object)
		page->object->mappings++;
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
			inherit(&child->page[window][i]);
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
			model_forget(&model->page[window][i]);
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

/* Whether the access failed for lack of memory. */
static bool failed_for_memory(int error)
{
	if (error == -ENOMEM)
		CHECK(machine_allocation_failed());
	return error == -ENOMEM;
}

/* The page of the next access: another hart may access it in between. */
static struct space_model *accessed;
static u32 accessed_window, accessed_page;
static enum access accessed_for;

/*
 * While a thread that resolves a fault allocates memory, another one accesses the same page or one
 * near it, if that is permitted: so either may find that the other one has been faster.
 */
static void step_in(void)
{
	u32 before = machine_hart;
	u32 index = min(accessed_page + (u32)unit_random_below(3), WINDOW_PAGES - 1U);
	enum access access = unit_random_below(2) ? ACCESS_WRITE : ACCESS_READ;
	struct page_model *page = &accessed->page[accessed_window][index];
	u64 value = unit_random();

	/* Nobody can change what is mapped meanwhile. */
	CHECK(atomic_load(&accessed->space->lock.readers) > 0);
	if (model_access(page, access))
		return;
	machine_hart = HARTS;
	space_switch(NULL, accessed->space);
	CHECK_EQUAL(machine_access(accessed->space, word_address(accessed_window, index, 0), access,
			    &value),
		0);
	if (access == ACCESS_WRITE)
		model_store(page, 0, value);
	model_note_read(page);
	CHECK_EQUAL(value, *model_word(page, 0));
	space_switch(accessed->space, NULL);
	machine_hart = before;
}

/* As soon as a fault is resolved, another thread forks, and the entry is not valid any more. */
static void fork_after_fault(void)
{
	struct page_model *page = &accessed->page[accessed_window][accessed_page];

	if (machine_allocation_failed())
		return;
	/* The child gets what the fault has done, but not the access. */
	if (!model_access(page, accessed_for) && accessed_for == ACCESS_WRITE)
		model_copy(page);
	else if (!model_access(page, accessed_for))
		model_note_read(page);
	fork_space(accessed);
}

static void meet_nobody(void)
{
	machine_before_allocation = machine_after_reading = NULL;
}

/* forks: by a fork, too; not if that could split an access that is one step for the model. */
static void may_be_met(struct space_model *model, u32 window, u32 page, enum access access,
	bool forks)
{
	u32 choice = unit_random_below(8);

	accessed = model;
	accessed_window = window;
	accessed_page = page;
	accessed_for = access;
	machine_before_allocation = choice < 2 ? step_in : NULL;
	machine_after_reading = choice == 2 && forks ? fork_after_fault : NULL;
}

/* An access by a hart that runs in the space. */
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

	may_be_met(running[hart], range.window, range.first, access, true);

	int error = machine_access(running[hart]->space,
		word_address(range.window, range.first, word), access, &value);

	meet_nobody();
	model_grow_stack(running[hart], range.window, range.first, true);
	if (failed_for_memory(error))
		return;
	CHECK_EQUAL(error, model_access(page, access));
	if (error)
		return;
	if (access == ACCESS_WRITE) {
		model_store(page, word, value);
		return;
	}
	model_note_read(page);
	CHECK_EQUAL(value, *model_word(page, word));
}

/* After a copy that failed at this page, or after it: was the word written? */
static void find_out(struct space_model *model, struct page_model *page, uaddr_t address, u64 value)
{
	u64 now;

	if (model_access(page, ACCESS_READ))
		return;
	machine_fail_allocation(0);
	CHECK_EQUAL(copy_from_user(model->space, &now, address, sizeof(now)), 0);
	if (now == value)
		model_store(page, 1, now);
	model_note_read(page);
	CHECK_EQUAL(now, *model_word(page, 1));
}

/* An access by the kernel: to the last word of a page, and mostly the first of the next. */
static void copy(struct space_model *model)
{
	u32 window = unit_random_below(WINDOWS), first = min(random_page(), WINDOW_PAGES - 2U);
	struct page_model *pages = &model->page[window][first];
	uaddr_t address = UADDR(word_address(window, first, 1));
	enum access access = unit_random_below(2) ? ACCESS_WRITE : ACCESS_READ;
	u32 count = unit_random_below(3) ? 2 : 1;
	u64 words[2] = { unit_random(), unit_random() };

	may_be_met(model, window, first, access, count == 1);

	int error = access == ACCESS_WRITE
		? copy_to_user(model->space, address, words, count * sizeof(u64))
		: copy_from_user(model->space, words, address, count * sizeof(u64));

	meet_nobody();
	model_grow_stack(model, window, first, true);

	bool went_on = error != -ENOMEM && !model_access(&pages[0], access);

	if (count == 2)
		model_grow_stack(model, window, first + 1, went_on);
	if (!failed_for_memory(error)) {
		bool allowed = went_on && (count == 1 || !model_access(&pages[1], access));

		CHECK_EQUAL(error, allowed ? 0 : -EFAULT);
	}
	if (error && access == ACCESS_WRITE)
		find_out(model, &pages[0], address, words[0]);
	else if (error && !model_access(&pages[0], ACCESS_READ))
		find_out(model, &pages[0], address, *model_word(&pages[0], 1));
	if (error)
		return;
	for (u32 i = 0; i < count; i++) {
		if (access == ACCESS_WRITE) {
			model_store(&pages[i], 1 - i, words[i]);
			continue;
		}
		model_note_read(&pages[i]);
		CHECK_EQUAL(words[i], *model_word(&pages[i], 1 - i));
	}
}

/* Compares one word, if it can be read; unmapped pages are not touched, or a stack would grow. */
static void look_at(struct space_model *model, u32 window, u32 index, u32 word)
{
	struct page_model *page = &model->page[window][index];
	u64 address = word_address(window, index, word), value;

	if (!page->mapped) {
		CHECK_EQUAL(space_check_mapped(model->space, address_in(window, index), 1, 0),
			-ENOMEM);
		return;
	}

	int error = copy_from_user(model->space, &value, UADDR(address), sizeof(value));

	CHECK_EQUAL(error, model_access(page, ACCESS_READ) ? -EFAULT : 0);
	if (error)
		return;
	model_note_read(page);
	CHECK_EQUAL(value, *model_word(page, word));
}

/* Compares every word of every readable page, and audits the ledger before and after. */
static void look_at_everything(void)
{
	machine_fail_allocation(0);
	CHECK_EQUAL(ledger_audit(), 0);
	for (u32 i = 0; i < SPACES; i++)
		for (u32 window = 0; models[i].space && window < WINDOWS; window++)
			for (u32 word = 0; word < WINDOW_PAGES * WORDS; word++)
				look_at(&models[i], window, word / WORDS, word % WORDS);
	CHECK_EQUAL(ledger_audit(), 0);
}

static void call(struct space_model *model)
{
	static void (*const calls[])(struct space_model * model) = { call_map, call_map, call_map,
		call_map_object, call_map_object, call_unmap, call_protect, call_discard, call_mark,
		call_move, call_resize, call_populate, call_resident };

	calls[unit_random_below(ARRAY_SIZE(calls))](model);
}

static void one_operation(void)
{
	struct space_model *model = random_space();

	machine_hart = unit_random_below(HARTS);
	switch (unit_random_below(40)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
	case 5:
	case 6:
	case 7:
		call(model);
		break;
	case 8:
	case 9:
		fork_space(model);
		break;
	case 10:
		if (count_spaces() > 1)
			end(model);
		break;
	case 11:
	case 12:
		run_in(machine_hart, model);
		break;
	case 13:
		if (unit_random_below(4))
			call_withdraw();
		else
			model_change_limits();
		break;
	case 14:
	case 15:
	case 16:
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

	model_lift_limits();
	models[0].space = space_create();
	CHECK(models[0].space);
	for (u32 i = 0; i < operations && !unit_random_is_used_up() && !unit_has_failed(); i++) {
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
 * A page that a store has replaced is dropped only after the flush: until then another hart may
 * read the old one, and another holder must not take itself for the sole owner.
 */
static struct space *parent, *child;
static u32 flushes;

static u64 word_at(struct space *space, u32 hart, enum access access, u64 value)
{
	u32 before = machine_hart;

	machine_hart = hart;
	CHECK_EQUAL(machine_access(space, address_in(0, 0), access, &value), 0);
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
		.start = address_in(0, 0),
		.end = address_in(0, 0) + PAGE_SIZE,
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

/* All harts fetch what was stored in a page before it became executable. */
static void instructions_are_fetched(void)
{
	const struct region region = {
		.start = address_in(0, 0),
		.end = address_in(0, 0) + PAGE_SIZE,
		.flags = REGION_READ | REGION_WRITE,
	};

	machine_keeps_instructions = true;
	parent = space_create();
	CHECK_EQUAL(space_map(parent, &region, MAP_EXACT), region.start);
	for (machine_hart = 0; machine_hart < 2; machine_hart++)
		space_switch(NULL, parent);
	machine_hart = 0;
	for (u64 word = 1; word < 4; word++) {
		CHECK_EQUAL(space_protect(parent, region.start, PAGE_SIZE, region.flags), 0);
		word_at(parent, 0, ACCESS_WRITE, word);
		CHECK_EQUAL(space_protect(parent, region.start, PAGE_SIZE,
				    REGION_READ | REGION_EXECUTE),
			0);
		CHECK_EQUAL(word_at(parent, 1, ACCESS_EXECUTE, 0), word);
	}
	for (machine_hart = 0; machine_hart < 2; machine_hart++)
		space_switch(parent, NULL);
	machine_hart = 0;
	space_put(parent);
	machine_keeps_instructions = false;
}

static u32 regions_of(struct space *space)
{
	read_lock(&space->lock);
	u32 number = space->regions->number;

	read_unlock(&space->lock);
	return number;
}

/*
 * mlockall() without memory does not change the set of regions that a child shares, though two of
 * them could be merged: one stack has grown down to another.
 */
static void locked_without_memory(void)
{
	struct region region = { .flags = REGION_READ | REGION_WRITE | REGION_GROWS_DOWN };
	u64 value;

	parent = space_create();
	space_switch(NULL, parent);
	for (u32 page = 0; page < 3; page += 2) {
		region.start = address_in(0, page);
		region.end = region.start + PAGE_SIZE;
		CHECK_EQUAL(space_map(parent, &region, MAP_EXACT), region.start);
	}
	CHECK_EQUAL(machine_access(parent, address_in(0, 1), ACCESS_READ, &value), 0);
	child = space_fork(parent);
	machine_fail_allocation(1);
	CHECK_EQUAL(space_lock_all(parent, REGION_LOCKED, 0), -ENOMEM);
	machine_fail_allocation(0);
	CHECK_EQUAL(regions_of(child), 2);
	space_switch(parent, NULL);
	space_put(parent);
	space_put(child);
}

/* Two threads create the same page of a file: both get the same one. */
static struct page_cache file;
static struct page *page_of_other;

static void create_by_other(void)
{
	page_of_other = cache_find_or_create(&file, 3);
}

static void created_by_two(void)
{
	u64 before = page_free_total();

	cache_init(&file, NULL);
	machine_before_allocation = create_by_other;

	struct page *page = cache_find_or_create(&file, 3);

	CHECK(page && page == page_of_other);
	page_put(page);
	page_put(page_of_other);
	CHECK_EQUAL(ledger_audit(), 0);
	cache_destroy(&file);
	memory_reclaim();
	CHECK_EQUAL(page_free_total(), before);
}

/* A file that nobody maps is shortened, and meanwhile another thread maps and reads it. */
static struct region of_file;

static void map_by_other(void)
{
	CHECK_EQUAL(space_map(parent, &of_file, MAP_EXACT), of_file.start);
	CHECK_EQUAL(word_at(parent, 0, ACCESS_READ, 0), 1);
}

static void mapped_while_shortened(void)
{
	u64 before = page_free_total();

	parent = space_create();
	space_switch(NULL, parent);
	of_file = (struct region){
		.start = address_in(0, 0),
		.end = address_in(0, 0) + PAGE_SIZE,
		.flags = REGION_READ | REGION_SHARED,
	};
	CHECK_EQUAL(shared_memory_create(&of_file), 0);

	struct page *page = cache_find_or_create(of_file.object, 0);

	*(u64 *)direct_map(page_physical(page)) = 1;
	page_put(page);
	CHECK(cache_unmapped(of_file.object));
	machine_before_locking = map_by_other;
	cache_withdraw(of_file.object, 0, 1, true);
	CHECK_EQUAL(word_at(parent, 0, ACCESS_READ, 0), 0);
	space_switch(parent, NULL);
	space_put(parent);
	memory_reclaim();
	CHECK_EQUAL(page_free_total(), before);
}

/* As between two steps of munmap(): the last region is gone, but not yet its page. */
static void anonymous_without_file(void)
{
	struct space *space = space_create();
	struct region region = { .flags = REGION_READ | REGION_WRITE | REGION_SHARED };

	CHECK_EQUAL(shared_memory_create(&region), 0);
	region.start = address_in(0, 0);
	region.end = region.start + PAGE_SIZE;
	CHECK_EQUAL(space_map(space, &region, MAP_EXACT), region.start);
	CHECK_EQUAL(space_populate(space, region.start, PAGE_SIZE, true), 0);
	CHECK_EQUAL(ledger_audit(), 0);
	cache_remove(region.object, 0, 1);
	CHECK_EQUAL(ledger_audit(), 0);
	region_model_done(&region);
	space_put(space);
	CHECK_EQUAL(ledger_audit(), 0);
}

/* The audit finds what is wrong: all other cases rely on that. */
static void audit_finds(void)
{
	struct page *page = page_alloc(PAGE_ANONYMOUS);

	CHECK_EQUAL(ledger_audit(), 1); /* nothing refers to it */
	page->kind = PAGE_CACHE;
	CHECK_EQUAL(ledger_audit(), 2); /* nor is it in a cache */
	page->kind = PAGE_FREE;
	CHECK_EQUAL(ledger_audit(), 2); /* nor in the allocator */
	page->kind = PAGE_ANONYMOUS;
	page_put(page);
	CHECK_EQUAL(ledger_audit(), 0);

	struct space *space = space_create();

	page_get(space->root);
	CHECK_EQUAL(ledger_audit(), 1);
	CHECK(!page_drop(space->root));
	space_put(space);
	CHECK_EQUAL(ledger_audit(), 0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "everything at random", with_memory },
		{ "the same, and allocations fail", with_failures },
		{ "the same, with A and D left to software", accessed_by_software },
		{ "an old page is kept until it is flushed", kept_until_flushed },
		{ "all is to be locked, without memory", locked_without_memory },
		{ "instructions are fetched as they were stored", instructions_are_fetched },
		{ "the audit finds what is wrong", audit_finds },
		{ "a page that two bring into a file", created_by_two },
		{ "a file that is mapped while it gets shorter", mapped_while_shortened },
		{ "a page that a file has let go", anonymous_without_file },
	};

	machine_start();
	return UNIT_RUN(cases);
}
