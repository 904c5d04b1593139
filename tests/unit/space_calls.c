/* The calls that change what is mapped, with random arguments (space_model.h). */
#include "lib/error.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/region.h"
#include "tests/unit/machine.h"
#include "tests/unit/space_model.h"
#include "tests/unit/unit.h"

static struct object objects[OBJECTS];

static u64 range_start(struct range range)
{
	return address_in(range.window, range.first);
}

static u64 range_size(struct range range)
{
	return range.count * PAGE_SIZE;
}

static struct page_model *pages_of(struct space_model *model, struct range range)
{
	return &model->page[range.window][range.first];
}

static bool failed_for_memory(s64 result)
{
	if (result != -ENOMEM)
		return false;
	CHECK(machine_allocation_failed());
	return true;
}

/* Whether a call was done, which a limit may forbid (exceeds); else there was no memory. */
static bool was_done(s64 result, bool exceeds)
{
	if (result == -ENOMEM)
		CHECK(exceeds || machine_allocation_failed());
	else
		CHECK(!exceeds);
	return result != -ENOMEM;
}

/* The same for a call that maps so many more pages. */
static bool has_grown(s64 result, const struct space_model *model, u64 pages, u32 flags,
	struct range replaced)
{
	return was_done(result, pages && model_exceeds(model, pages, flags, replaced));
}

static u32 random_protection(void)
{
	static const u32 protections[] = { REGION_READ | REGION_WRITE, REGION_READ | REGION_WRITE,
		REGION_READ | REGION_WRITE, REGION_WRITE, REGION_READ, REGION_READ | REGION_EXECUTE,
		0 };

	return protections[unit_random_below(ARRAY_SIZE(protections))];
}

static bool is_empty(struct space_model *model, struct range range)
{
	for (u32 i = 0; i < range.count; i++)
		if (pages_of(model, range)[i].mapped)
			return false;
	return true;
}

static bool is_all_mapped(struct space_model *model, struct range range)
{
	for (u32 i = 0; i < range.count; i++)
		if (!pages_of(model, range)[i].mapped)
			return false;
	return true;
}

/*
 * Whether mremap() would find one region there, as far as the model can tell. Of stacks it cannot:
 * one that has grown down to another is not merged with it.
 */
static bool is_uniform(struct space_model *model, struct range range)
{
	const struct page_model *first = pages_of(model, range);

	for (u32 i = 0; i < range.count; i++) {
		const struct page_model *page = first + i;

		if (!page->mapped || page->flags != first->flags || page->object != first->object ||
			(page->object && page->index != first->index + i))
			return false;
	}
	return !(first->flags & REGION_GROWS_DOWN);
}

void call_map(struct space_model *model)
{
	struct range range = random_range(40);
	struct region region = {
		.start = range_start(range),
		.end = range_start(range) + range_size(range),
		.flags = random_protection() | (unit_random_below(4) ? 0 : REGION_GROWS_DOWN),
	};
	bool exact = unit_random_below(4) == 0, empty = is_empty(model, range);
	s64 result = space_map(model->space, &region, exact ? MAP_EXACT : MAP_REPLACE);

	if (exact && !empty) {
		CHECK_EQUAL(result, -EEXIST);
		return;
	}
	if (!has_grown(result, model, range.count, region.flags, range))
		return;
	CHECK_EQUAL(result, region.start);
	for (u32 i = 0; i < range.count; i++) {
		struct page_model *page = &pages_of(model, range)[i];

		model_forget(page);
		*page = (struct page_model){ .mapped = true, .flags = region.flags };
	}
}

/* Files, like those of fs/ramfs.c: a page that only private mappings have read stays a hole. */

static struct object *object_of(struct region *region)
{
	return region->object;
}

static struct page *file_page(struct region *region, u64 index, bool write)
{
	struct object *object = object_of(region);
	struct page *page;

	if (index >= object->size)
		return error_pointer(-ENXIO);
	if (!write)
		return cache_find(&object->cache, index);
	page = cache_find_or_create(&object->cache, index);
	return page ? page : error_pointer(-ENOMEM);
}

static void file_get(struct region *region)
{
	cache_mapped(&object_of(region)->cache);
}

static void file_put(struct region *region)
{
	if (cache_unmapped(&object_of(region)->cache))
		cache_destroy(&object_of(region)->cache);
}

static struct page_cache *file_cache(struct region *region)
{
	return &object_of(region)->cache;
}

static const struct region_operations file_operations = {
	.page = file_page,
	.get = file_get,
	.put = file_put,
	.cache = file_cache,
};

static void create_file(struct object *object)
{
	object->file = true;
	object->size = unit_random_below(OBJECT_PAGES);
	object->handle.operations = &file_operations;
	object->handle.object = object;
	cache_init(&object->cache, NULL);
	cache_mapped(&object->cache);
}

/* An object that is mapped already, or a new one; NULL: there is no memory. */
static struct object *random_object(void)
{
	struct object *object = &objects[unit_random_below(OBJECTS)];

	if (object->mappings)
		return object;
	*object = (struct object){ 0 };
	if (unit_random_below(2))
		create_file(object);
	else if (shared_memory_create(&object->handle))
		return NULL;
	return object;
}

/* Tells the model of a mapping of the object there, in place of what was there. */
static void note_object(struct page_model *page, struct object *object, u32 index, u32 flags)
{
	object->mappings++;
	model_forget(page);
	*page = (struct page_model){ .mapped = true,
		.flags = flags,
		.object = object,
		.index = index };
}

void call_map_object(struct space_model *model)
{
	struct range range = random_range(20);
	struct object *object = random_object();

	if (!object)
		return;

	u32 first = unit_random_below(OBJECT_PAGES - range.count);
	struct region region = object->handle;

	region.start = range_start(range);
	region.end = region.start + range_size(range);
	region.offset = first;
	region.flags = random_protection() | (unit_random_below(2) ? REGION_SHARED : 0);

	s64 result = space_map(model->space, &region, MAP_REPLACE);

	/* What is replaced may be the last mapping of the object. */
	object->mappings++;
	if (has_grown(result, model, range.count, region.flags, range)) {
		CHECK_EQUAL(result, region.start);
		for (u32 i = 0; i < range.count; i++)
			note_object(&pages_of(model, range)[i], object, first + i, region.flags);
	}
	if (--object->mappings == 0)
		object->handle.operations->put(&object->handle);
}

/* The contents of these pages of the object are gone; copies: private copies as well. */
static void note_withdrawn(struct object *object, u32 first, u32 end, bool copies)
{
	memset(object->word[first], 0, (end - first) * sizeof(object->word[0]));
	for (u32 i = 0; i < SPACES * WINDOWS * WINDOW_PAGES && copies; i++) {
		struct space_model *model = &models[i / WINDOW_PAGES / WINDOWS];
		struct page_model *page =
			&model->page[i / WINDOW_PAGES % WINDOWS][i % WINDOW_PAGES];

		if (page->object == object && page->index >= first && page->index < end)
			page->copied = false;
	}
}

/* As ftruncate(2): the size comes first. */
static void resize_file(struct object *object)
{
	u32 before = object->size;

	object->size = unit_random_below(OBJECT_PAGES);
	if (object->size >= before)
		return;
	cache_withdraw(&object->cache, object->size, UINT64_MAX, true);
	note_withdrawn(object, object->size, OBJECT_PAGES, true);
}

void call_withdraw(void)
{
	struct object *object = &objects[unit_random_below(OBJECTS)];
	u32 first = unit_random_below(OBJECT_PAGES);
	u32 end = first + 1 + unit_random_below(OBJECT_PAGES - first);
	bool copies = unit_random_below(2);

	if (!object->mappings)
		return;
	if (object->file && unit_random_below(2)) {
		resize_file(object);
		return;
	}
	cache_withdraw(object->handle.operations->cache(&object->handle), first, end, copies);
	note_withdrawn(object, first, end, copies);
}

void call_unmap(struct space_model *model)
{
	struct range range = random_range(60);
	int error = space_unmap(model->space, range_start(range), range_size(range));

	if (failed_for_memory(error))
		return;
	CHECK_EQUAL(error, 0);
	for (u32 i = 0; i < range.count; i++)
		model_forget(&pages_of(model, range)[i]);
}

void call_protect(struct space_model *model)
{
	struct range range = random_range(30);
	u32 protection = random_protection();
	int error = space_protect(model->space, range_start(range), range_size(range), protection);

	if (!is_all_mapped(model, range)) {
		CHECK_EQUAL(error, -ENOMEM);
		return;
	}
	if (!was_done(error, (protection & REGION_WRITE) && model_exceeds_writable(model, range)))
		return;
	CHECK_EQUAL(error, 0);
	for (u32 i = 0; i < range.count; i++) {
		struct page_model *page = &pages_of(model, range)[i];

		page->flags = (page->flags & ~(u32)REGION_PROTECTION) | protection;
	}
}

static void note_new(struct page_model *page)
{
	page->copied = false;
	page->word[0] = page->word[1] = 0;
}

void call_discard(struct space_model *model)
{
	struct range range = random_range(30);
	bool hole = !is_all_mapped(model, range);

	/* A hole and a lack of memory both give -ENOMEM, but with a hole the call is done. */
	if (hole)
		machine_fail_allocation(0);

	int error = space_discard(model->space, range_start(range), range_size(range), false);

	if (hole)
		CHECK_EQUAL(error, -ENOMEM);
	else if (failed_for_memory(error))
		return;
	else
		CHECK_EQUAL(error, 0);
	for (u32 i = 0; i < range.count; i++)
		note_new(&pages_of(model, range)[i]);
}

/* What a mark returns when no allocation fails. */
static int mark_result(struct space_model *model, struct range range, u32 set)
{
	for (u32 i = 0; i < range.count && (set & REGION_WIPE_ON_FORK); i++)
		if (pages_of(model, range)[i].object)
			return -EINVAL;
	return is_all_mapped(model, range) ? 0 : -ENOMEM;
}

void call_mark(struct space_model *model)
{
	static const u32 marks[] = { 0, REGION_DONT_FORK, REGION_WIPE_ON_FORK };
	struct range range = random_range(30);
	u32 set = marks[unit_random_below(ARRAY_SIZE(marks))];
	int error = space_mark(model->space, range_start(range), range_size(range), set,
		REGION_FOR_CHILDREN);
	int expected = mark_result(model, range, set);

	if (error != expected) {
		CHECK(failed_for_memory(error));
		return;
	}
	for (u32 i = 0; i < range.count && !error; i++) {
		struct page_model *page = &pages_of(model, range)[i];

		page->flags = (page->flags & ~(u32)REGION_FOR_CHILDREN) | set;
	}
}

/* Whether the model of the object, if there is one, has room for so many pages. */
static bool has_room(const struct page_model *first, u32 count)
{
	return !first->object || first->index + count <= OBJECT_PAGES;
}

/* A page extends the mapping that begins with `first`. */
static void note_further(struct page_model *page, const struct page_model *first, u32 distance)
{
	if (first->object) {
		note_object(page, first->object, first->index + distance, first->flags);
		return;
	}
	model_forget(page);
	*page = (struct page_model){ .mapped = true, .flags = first->flags };
}

/* The page has been moved, or was left behind. */
static void note_moved(struct page_model *to, struct page_model *from, bool keep)
{
	if (from->object)
		from->object->mappings++;
	model_forget(to);
	*to = *from;
	if (keep)
		note_new(from);
	else
		model_forget(from);
}

static void note_move(struct space_model *model, struct range from, struct range to, bool keep)
{
	struct page_model *source = pages_of(model, from), *target = pages_of(model, to);
	struct page_model first = *source;

	if (first.object)
		first.object->mappings++;
	for (u32 i = 0; i < to.count; i++) {
		if (i < from.count)
			note_moved(&target[i], &source[i], keep);
		else
			note_further(&target[i], &first, i);
	}
	for (u32 i = to.count; i < from.count; i++)
		model_forget(&source[i]);
	model_forget(&first);
}

static bool overlap(struct range a, struct range b)
{
	return a.window == b.window && a.first < b.first + b.count && b.first < a.first + a.count;
}

void call_move(struct space_model *model)
{
	struct range from = random_range(20), to = random_range(20);
	bool keep = unit_random_below(4) == 0;
	u32 flags = REMAP_MAY_MOVE | REMAP_FIXED | (keep ? REMAP_KEEP : 0);

	if (keep || unit_random_below(2))
		from.count = to.count = min(from.count, to.count);
	if (!is_uniform(model, from) || !has_room(pages_of(model, from), to.count))
		return;

	s64 result = space_remap(model->space, range_start(from), range_size(from), range_size(to),
		range_start(to), flags);
	u32 more = to.count - (keep ? 0 : min(from.count, to.count));

	if (overlap(from, to)) {
		CHECK_EQUAL(result, -EINVAL);
		return;
	}
	if (!has_grown(result, model, more, pages_of(model, from)->flags, to))
		return;
	CHECK_EQUAL(result, range_start(to));
	note_move(model, from, to, keep);
}

/* Resizes a mapping where it is. */
void call_resize(struct space_model *model)
{
	struct range range = random_range(20);
	u32 count = 1 + unit_random_below(min(20U, WINDOW_PAGES - range.first));
	struct page_model *pages = pages_of(model, range);
	struct range more = { range.window, range.first + range.count,
		count > range.count ? count - range.count : 0 };

	if (!is_uniform(model, range) || !has_room(pages, count))
		return;

	s64 result = space_remap(model->space, range_start(range), range_size(range),
		count * PAGE_SIZE, 0, 0);

	if (!is_empty(model, more)) {
		CHECK_EQUAL(result, -ENOMEM);
		return;
	}
	if (!has_grown(result, model, more.count, pages->flags, more))
		return;
	CHECK_EQUAL(result, range_start(range));
	for (u32 i = range.count; i < count; i++)
		note_further(&pages[i], pages, i);
	for (u32 i = count; i < range.count; i++)
		model_forget(&pages[i]);
}

/* Which access brings a page into memory; 0: none does. */
static enum access populating_access(const struct page_model *page, bool write)
{
	if (write && (page->flags & REGION_WRITE))
		return ACCESS_WRITE;
	return page->flags & REGION_READ ? ACCESS_READ : page->flags & REGION_EXECUTE;
}

static int populate_page(struct page_model *page, bool write)
{
	enum access access = populating_access(page, write);
	int error = page->mapped ? model_access(page, access) : -ENOMEM;

	if (!error && access == ACCESS_WRITE)
		model_copy(page);
	else if (!error)
		model_note_read(page);
	return error;
}

void call_populate(struct space_model *model)
{
	struct range range = random_range(20);
	bool write = unit_random_below(2);
	u64 start = range_start(range);
	int error = space_populate(model->space, start, range_size(range), write), expected = 0;

	/* Without memory it ends somewhere in the range: then it is repeated. */
	if (error == -ENOMEM && machine_allocation_failed()) {
		machine_fail_allocation(0);
		error = space_populate(model->space, start, range_size(range), write);
	}
	for (u32 i = 0; i < range.count && !expected; i++)
		expected = populate_page(&pages_of(model, range)[i], write);
	CHECK_EQUAL(error, expected);
}

void call_resident(struct space_model *model)
{
	struct range range = random_range(WINDOW_PAGES);
	u8 resident[WINDOW_PAGES];
	int error = space_resident(model->space, range_start(range), resident, range.count);

	CHECK_EQUAL(error, is_all_mapped(model, range) ? 0 : -ENOMEM);
	for (u32 i = 0; i < range.count && !error; i++) {
		struct page_model *page = &pages_of(model, range)[i];

		if (*model_word(page, 0) || *model_word(page, 1))
			CHECK(resident[i]);
	}
}
