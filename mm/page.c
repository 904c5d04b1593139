/*
 * The page allocator (mm/page.h): a buddy system, and in front of it a cache of single pages for
 * each hart, so that most allocations touch nothing that other harts use.
 *
 * A block of order n is 2^n frames, aligned to its size; its buddy is the block that differs
 * in bit n of the frame number. Two free buddies are always merged. One mark in the buddy's
 * page->order tells whether it is in a free list. It is set and cleared with the lock held; all
 * else about that page may be changed by its owner at the same moment.
 *
 *	buddy.lock	the free lists
 *	stock->lock	one hart's cache; others only drain or count it. Taken before buddy.lock
 */
#include "mm/page.h"

#include "arch/riscv/hart.h"
#include "arch/riscv/lock.h"
#include "arch/riscv/pagecopy.h"
#include "lib/log.h"
#include "lib/sanitize.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/inject.h"
#include "mm/slab.h"
#include "mm/stack.h"

#define CACHE_SIZE  64
#define BATCH_ORDER 4
#define CACHE_BATCH \
	(1 << BATCH_ORDER) /* pages that move between cache and common lists at a time */

struct page_stack {
	u32 number;
	struct page *page[CACHE_SIZE];
};

struct page_stock {
	struct spinlock lock;
	struct page_stack any;    /* contents undefined */
	struct page_stack zeroed; /* nothing but zeroes */
};

static struct {
	struct spinlock lock;
	struct list free[PAGE_ORDER_MAX + 1];
	u64 free_pages;
} buddy;

static struct page_stock stocks[HARTS_MAX];

_Atomic u32 inject_armed;
bool (*inject_hook)(void);

static struct page *buddy_of(struct page *page, unsigned int order)
{
	return page_of_frame(page_frame_number(page) ^ (1UL << order));
}

/* Relaxed, but atomic: others read it under the lock while the page's owner writes without it. */
static void order_set(struct page *page, unsigned int order)
{
	__atomic_store_n(&page->order, (u8)order, __ATOMIC_RELAXED);
}

static bool block_is_listed(struct page *page, unsigned int order)
{
	return __atomic_load_n(&page->order, __ATOMIC_RELAXED) == (PAGE_ORDER_LISTED | order);
}

static void block_insert(struct page *page, unsigned int order) REQUIRES(buddy.lock)
{
	order_set(page, PAGE_ORDER_LISTED | order);
	list_push_front(&buddy.free[order], &page->node);
}

static void block_remove(struct page *page) REQUIRES(buddy.lock)
{
	order_set(page, PAGE_ORDER_NONE);
	list_remove(&page->node);
}

/* The smallest order, from this one up, that has a free block; above PAGE_ORDER_MAX: none has. */
static unsigned int order_there_is(unsigned int order) REQUIRES(buddy.lock)
{
	while (order <= PAGE_ORDER_MAX && list_empty(&buddy.free[order]))
		order++;
	return order;
}

/* A block of at least this order, cut down to it. */
static struct page *block_take(unsigned int order) REQUIRES(buddy.lock)
{
	unsigned int at = order_there_is(order);

	if (at > PAGE_ORDER_MAX)
		return NULL;
	struct page *page = list_first_entry(&buddy.free[at], struct page, node);

	block_remove(page);
	while (at > order) {
		at--;
		block_insert(page + (1UL << at), at);
	}
	buddy.free_pages -= 1UL << order;
	return page;
}

static void block_give(struct page *page, unsigned int order) REQUIRES(buddy.lock)
{
	buddy.free_pages += 1UL << order;
	while (order < PAGE_ORDER_MAX) {
		struct page *other = buddy_of(page, order);

		if (!block_is_listed(other, order))
			break;
		block_remove(other);
		page = min(page, other);
		order++;
	}
	block_insert(page, order);
}

void buddy_init(void)
{
	for (unsigned int order = 0; order <= PAGE_ORDER_MAX; order++)
		list_init(&buddy.free[order]);
}

RARE void buddy_add(u64 first, u64 end)
{
	spin_lock(&buddy.lock);
	while (first < end) {
		unsigned int order = PAGE_ORDER_MAX;

		while (!is_aligned(first, 1UL << order) || first + (1UL << order) > end)
			order--;
		for (u64 i = 0; i < 1UL << order; i++) {
			struct page *page = page_of_frame(first + i);

			page_set_kind(page, PAGE_FREE);
			sanitize_poison(page_address(page), PAGE_SIZE, POISON_PAGE_FREE);
			order_set(page, PAGE_ORDER_NONE);
			atomic_store_explicit(&page->count, 0, memory_order_relaxed);
		}
		block_give(page_of_frame(first), order);
		first += 1UL << order;
	}
	spin_unlock(&buddy.lock);
}

/*
 * Small blocks first, so that large ones stay whole. The pages of a block come out of the cache in
 * ascending order: neighbours in a program's memory are then mostly neighbours in physical memory,
 * and can be freed together.
 */
static RARE bool stack_refill(struct page_stack *stack)
{
	spin_lock(&buddy.lock);
	while (stack->number < CACHE_BATCH) {
		unsigned int order = min(order_there_is(0), (unsigned int)BATCH_ORDER);
		struct page *block = block_take(order);

		if (!block)
			break;
		for (u32 i = 1U << order; i--;)
			stack->page[stack->number++] = block + i;
	}
	spin_unlock(&buddy.lock);
	return stack->number;
}

/* Leaves `keep` pages in the cache. */
static RARE void stack_drain(struct page_stack *stack, u32 keep)
{
	spin_lock(&buddy.lock);
	while (stack->number > keep)
		block_give(stack->page[--stack->number], 0);
	spin_unlock(&buddy.lock);
}

/* Moves the pages of all harts' caches back to the common lists. */
static void drain_all(void)
{
	for (u32 i = 0; i < hart_count(); i++) {
		spin_lock(&stocks[i].lock);
		stack_drain(&stocks[i].any, 0);
		stack_drain(&stocks[i].zeroed, 0);
		spin_unlock(&stocks[i].lock);
	}
}

void memory_reclaim(void)
{
	stack_shrink();
	slab_shrink();
	drain_all();
}

/* A single page from the hart's cache. *zeroed: zeroes are wanted; on return: it holds zeroes. */
static struct page *take_single(bool *zeroed)
{
	struct page_stock *stock = &stocks[hart_index()];
	struct page *page = NULL;

	spin_lock(&stock->lock);
	*zeroed = stock->zeroed.number && (*zeroed || !stock->any.number);
	if (*zeroed)
		page = stock->zeroed.page[--stock->zeroed.number];
	else if (likely(stock->any.number) || stack_refill(&stock->any))
		page = stock->any.page[--stock->any.number];
	spin_unlock(&stock->lock);
	return page;
}

static void page_begin(struct page *page, enum page_kind kind)
{
	DEBUG_ASSERT(page->kind == PAGE_FREE);
	page_set_kind(page, kind);
	page->live = 0;
	sanitize_unpoison(page_address(page), PAGE_SIZE);
	atomic_store_explicit(&page->count, 1, memory_order_relaxed);
}

static struct page *single_alloc(enum page_kind kind, bool *zeroed)
{
	bool wanted = *zeroed;

	if (inject_failure())
		return NULL;
	struct page *page = take_single(zeroed);

	if (unlikely(!page)) {
		memory_reclaim();
		*zeroed = wanted;
		page = take_single(zeroed);
		if (!page)
			return NULL;
	}
	page_begin(page, kind);
	order_set(page, 0);
	return page;
}

struct page *page_alloc(enum page_kind kind)
{
	bool zeroed = false;
	struct page *page = single_alloc(kind, &zeroed);

	if (SHOWS_UNWRITTEN && page)
		memset(page_address(page), UNWRITTEN_BYTE, PAGE_SIZE);
	return page;
}

struct page *page_alloc_zeroed(enum page_kind kind)
{
	bool zeroed = true;
	struct page *page = single_alloc(kind, &zeroed);

	if (page && !zeroed)
		page_zero(page_address(page));
	return page;
}

static struct page *take_block(unsigned int order)
{
	spin_lock(&buddy.lock);
	struct page *page = block_take(order);

	spin_unlock(&buddy.lock);
	return page;
}

struct page *page_alloc_order(enum page_kind kind, unsigned int order)
{
	if (order == 0)
		return page_alloc(kind);
	if (inject_failure())
		return NULL;
	struct page *page = take_block(order);

	if (unlikely(!page)) {
		memory_reclaim();
		page = take_block(order);
		if (!page)
			return NULL;
	}
	for (u64 i = 0; i < 1UL << order; i++)
		page_begin(page + i, kind);
	if (SHOWS_UNWRITTEN)
		memset(page_address(page), UNWRITTEN_BYTE, PAGE_SIZE << order);
	order_set(page, order);
	return page;
}

static void page_end(struct page *page)
{
	DEBUG_ASSERT(page->kind != PAGE_FREE);
	page_set_kind(page, PAGE_FREE);
	sanitize_poison(page_address(page), PAGE_SIZE, POISON_PAGE_FREE);
	order_set(page, PAGE_ORDER_NONE);
	atomic_store_explicit(&page->count, 0, memory_order_relaxed);
}

static void stack_push(struct page_stack *stack, struct page *page)
{
	if (unlikely(stack->number == CACHE_SIZE))
		stack_drain(stack, CACHE_SIZE - CACHE_BATCH);
	stack->page[stack->number++] = page;
}

static void free_single(struct page *page)
{
	struct page_stock *stock = &stocks[hart_index()];

	page_end(page);
	spin_lock(&stock->lock);
	stack_push(&stock->any, page);
	spin_unlock(&stock->lock);
}

static UNUSED bool holds_zeroes(const struct page *page)
{
	const u64 *words = page_address(page);

	for (u32 i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		if (words[i])
			return false;
	return true;
}

void page_free_zeroed(struct page *page)
{
	struct page_stock *stock = &stocks[hart_index()];

	DEBUG_ASSERT(holds_zeroes(page));
	page_end(page);
	spin_lock(&stock->lock);
	stack_push(&stock->zeroed, page);
	spin_unlock(&stock->lock);
}

void page_free_order(struct page *page, unsigned int order)
{
	if (order == 0) {
		free_single(page);
		return;
	}
	spin_lock(&buddy.lock);
	for (u64 i = 0; i < 1UL << order; i++)
		page_end(page + i);
	block_give(page, order);
	spin_unlock(&buddy.lock);
}

void page_free_range(struct page *first, struct page *end)
{
	if (end - first >= CACHE_BATCH) {
		buddy_add(page_frame_number(first), page_frame_number(end));
		return;
	}
	while (end != first)
		free_single(--end);
}

void page_put(struct page *page)
{
	if (page_drop(page))
		free_single(page);
}

u64 page_free_total(void)
{
	u64 pages;

	spin_lock(&buddy.lock);
	pages = buddy.free_pages;
	spin_unlock(&buddy.lock);
	for (u32 i = 0; i < hart_count(); i++) {
		spin_lock(&stocks[i].lock);
		pages += stocks[i].any.number + stocks[i].zeroed.number;
		spin_unlock(&stocks[i].lock);
	}
	return pages;
}
