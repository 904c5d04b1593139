/* What address spaces should hold (space_model.h). */
#include "tests/unit/space_model.h"

#include "lib/abi/resource.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/page.h"
#include "tests/unit/machine.h"
#include "tests/unit/unit.h"

/* They lie across the borders of what an entry of each level covers. */
static const u64 windows[WINDOWS] = { MIB(2) * 100 - 80 * PAGE_SIZE, GIB(7) - 80 * PAGE_SIZE,
	0x3ffffff000 - WINDOW_PAGES *PAGE_SIZE };

struct space_model models[SPACES];

u64 address_in(u32 window, u32 page)
{
	return windows[window] + page * PAGE_SIZE;
}

/* Mostly one of a few pages at the border, so that harts and spaces meet. */
u32 random_page(void)
{
	return unit_random_below(4) ? WINDOW_PAGES / 2 - 4 + unit_random_below(8)
				    : unit_random_below(WINDOW_PAGES);
}

struct range random_range(u32 count_limit)
{
	struct range range;

	range.window = unit_random_below(WINDOWS);
	range.first = random_page();
	range.count = 1 + unit_random_below(min(count_limit, WINDOW_PAGES - range.first));
	return range;
}

/* Limits */

/* The model cannot follow a stack that grows from one window into the one below. */
#define STACK_LIMIT_MAX 60

void model_lift_limits(void)
{
	machine_limits[RLIMIT_AS] = machine_limits[RLIMIT_DATA] = RLIM_INFINITY;
	machine_limits[RLIMIT_STACK] = STACK_LIMIT_MAX * PAGE_SIZE;
}

void model_change_limits(void)
{
	model_lift_limits();
	machine_limits[RLIMIT_STACK] = (1 + unit_random_below(STACK_LIMIT_MAX)) * PAGE_SIZE;
	if (unit_random_below(2))
		machine_limits[RLIMIT_AS] = unit_random_below(WINDOW_PAGES * 2) * PAGE_SIZE;
	else if (unit_random_below(2))
		machine_limits[RLIMIT_DATA] = unit_random_below(WINDOW_PAGES) * PAGE_SIZE;
}

static bool is_data(u32 flags)
{
	return (flags & REGION_WRITE) && !(flags & (REGION_SHARED | REGION_GROWS_DOWN));
}

bool model_exceeds(const struct space_model *model, u64 pages, u32 flags, struct range replaced)
{
	u64 all = pages, data = is_data(flags) ? pages : 0;

	for (u32 window = 0; window < WINDOWS; window++) {
		for (u32 i = 0; i < WINDOW_PAGES; i++) {
			const struct page_model *page = &model->page[window][i];

			if (window == replaced.window && i - replaced.first < replaced.count)
				continue;
			all += page->mapped;
			data += page->mapped && is_data(page->flags);
		}
	}
	return all * PAGE_SIZE > machine_limits[RLIMIT_AS] ||
		(is_data(flags) && data * PAGE_SIZE > machine_limits[RLIMIT_DATA]);
}

bool model_exceeds_writable(const struct space_model *model, struct range range)
{
	u64 data = 0, added = 0;

	for (u32 window = 0; window < WINDOWS; window++) {
		for (u32 i = 0; i < WINDOW_PAGES; i++) {
			const struct page_model *page = &model->page[window][i];
			bool inside = window == range.window && i - range.first < range.count;

			data += page->mapped && is_data(page->flags);
			added += page->mapped && inside && !is_data(page->flags) &&
				is_data(page->flags | REGION_WRITE);
		}
	}
	return added && (data + added) * PAGE_SIZE > machine_limits[RLIMIT_DATA];
}

/* Contents */

static bool is_private(const struct page_model *page)
{
	return page->object && !(page->flags & REGION_SHARED);
}

int model_access(const struct page_model *page, enum access access)
{
	/* What can be written can be read. */
	u32 enough = access == ACCESS_READ ? REGION_READ | REGION_WRITE : access;

	if (!page->mapped || !(page->flags & enough))
		return -EFAULT;
	if (page->object && page->object->file && !page->copied &&
		page->index >= page->object->size)
		return -ENXIO;
	return 0;
}

u64 *model_word(struct page_model *page, u32 word)
{
	return page->object && !page->copied ? &page->object->word[page->index][word]
					     : &page->word[word];
}

void model_copy(struct page_model *page)
{
	if (!is_private(page) || page->copied)
		return;
	memcpy(page->word, page->object->word[page->index], sizeof(page->word));
	page->copied = true;
}

void model_store(struct page_model *page, u32 word, u64 value)
{
	model_copy(page);
	*model_word(page, word) = value;
}

void model_note_read(struct page_model *page)
{
	struct page *present;

	if (!is_private(page) || !page->object->file)
		return;
	present = cache_find(&page->object->cache, page->index);
	if (present)
		page_put(present);
	else
		model_copy(page);
}

void model_forget(struct page_model *page)
{
	struct object *object = page->object;

	if (object && --object->mappings == 0)
		object->handle.operations->put(&object->handle);
	*page = (struct page_model){ 0 };
}

/* Stacks */

/* The first mapped page of the window from this one up. */
static u32 mapped_above(const struct page_model *pages, u32 first)
{
	while (first < WINDOW_PAGES && !pages[first].mapped)
		first++;
	return first;
}

/* Whether a mapping below is near enough to be in the way of a stack. */
static bool has_obstacle(const struct page_model *pages, u32 first)
{
	for (u32 i = 0; i < first; i++)
		if (pages[i].mapped && (pages[i].flags & REGION_PROTECTION) &&
			!(pages[i].flags & REGION_GROWS_DOWN))
			return true;
	return false;
}

/* How high the stack reaches at most: where two meet, they may be one region or two. */
static u32 stack_end(const struct page_model *pages, u32 start)
{
	u32 end = start;

	while (end < WINDOW_PAGES && pages[end].mapped && pages[end].flags == pages[start].flags)
		end++;
	return end;
}

void model_grow_stack(struct space_model *model, u32 window, u32 first, bool touched)
{
	struct page_model *pages = model->page[window];
	u32 stack = mapped_above(pages, first);
	u64 limit = machine_limits[RLIMIT_STACK] / PAGE_SIZE;
	bool has = !space_check_mapped(model->space, address_in(window, first), PAGE_SIZE, 0);

	if (stack == first || stack == WINDOW_PAGES) {
		CHECK_EQUAL(has, stack == first);
		return;
	}

	bool can = (pages[stack].flags & REGION_GROWS_DOWN) && !has_obstacle(pages, first);
	bool over = model_exceeds(model, stack - first, pages[stack].flags, (struct range){ 0 });

	if (has) {
		CHECK(can && !over && stack + 1 - first <= limit);
		for (u32 i = first; i < stack; i++)
			pages[i] =
				(struct page_model){ .mapped = true, .flags = pages[stack].flags };
		return;
	}
	can = can && stack_end(pages, stack) - first <= limit;
	CHECK(!can || over || !touched || machine_allocation_failed());
}
