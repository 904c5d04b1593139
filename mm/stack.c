/*
 * Kernel stacks (mm/stack.h). The window is divided into slots of twice the stack's size: the guard
 * in the lower half, the stack in the upper one.
 *
 *	stacks.lock	everything here
 *
 * A stack that goes back to the cache keeps its memory and its mapping. When one is unmapped, its
 * slot can be reused, but every hart has to forget the old mapping first.
 */
#include "mm/stack.h"

#include "arch/riscv/kmap.h"
#include "arch/riscv/lock.h"
#include "arch/riscv/tlb.h"
#include "lib/bitmap.h"
#include "mm/inject.h"
#include "mm/page.h"
#include "mm/shadow.h"

_Static_assert(PAGE_SIZE << 2 == STACK_SIZE, "STACK_ORDER");

#define SLOT_SIZE   (2UL * STACK_SIZE)
#define SLOTS       (STACKS_SIZE / SLOT_SIZE)
#define STACK_ORDER 2
#define CACHE_MAX   64
#define BATCH_MAX   64 /* stacks that are mapped with one flush */

static struct {
	struct spinlock lock;
	u64 used[BITMAP_WORDS(SLOTS)];
	u64 hint; /* no free slot below */
	struct free_stack {
		struct free_stack *next;
	} * cache; /* chained through their topmost words */
	u32 cached;
	u32 mapped;    /* slots in use, those in the cache included */
	bool unmapped; /* some slot has been, since the tables were last trimmed */
} stacks;

static void *slot_top(u64 slot)
{
	return (void *)(STACKS_BASE + (slot + 1) * SLOT_SIZE);
}

static u64 slot_of(void *top)
{
	return ((u64)top - STACKS_BASE) / SLOT_SIZE - 1;
}

static struct free_stack *link_of(void *top)
{
	return (struct free_stack *)top - 1;
}

static void push_cached(void *top) REQUIRES(stacks.lock)
{
	link_of(top)->next = stacks.cache;
	stacks.cache = link_of(top);
	stacks.cached++;
}

static void *take_cached(void) REQUIRES(stacks.lock)
{
	struct free_stack *stack = stacks.cache;

	if (!stack)
		return NULL;
	stacks.cache = stack->next;
	stacks.cached--;
	return stack + 1;
}

static void *map_slot(struct page *memory) REQUIRES(stacks.lock)
{
	u64 slot = bitmap_next_zero(stacks.used, SLOTS, stacks.hint);

	if (slot == SLOTS)
		return NULL;
	void *top = slot_top(slot);

	if (!shadow_map_stack(top))
		return NULL;
	if (kernel_map((u64)top - STACK_SIZE, page_physical(memory), STACK_SIZE,
		    KERNEL_READ_WRITE) < 0) {
		shadow_unmap_stack(top);
		return NULL;
	}
	bitmap_set(stacks.used, slot);
	stacks.mapped++;
	stacks.hint = slot + 1;
	return top;
}

/* Maps as many stacks as it can, and adds them to the cache; returns how many. */
static u32 map_batch(struct page **memory, u32 number) REQUIRES(stacks.lock)
{
	void *top[BATCH_MAX];
	u32 mapped = 0;

	while (mapped < number && (top[mapped] = map_slot(memory[mapped])))
		mapped++;
	/*
	 * A hart may remember that there was nothing here (privileged specification, 4.2.1), and
	 * the kernel can't resolve a fault on its own stack.
	 */
	tlb_flush_kernel();
	for (u32 i = 0; i < mapped; i++)
		push_cached(top[i]);
	return mapped;
}

/* No flush: it is done when the slot is mapped again, and until then nobody uses its addresses. */
static void unmap_slot(void *top) REQUIRES(stacks.lock)
{
	struct page *memory = page_of_physical(kernel_lookup((u64)top - STACK_SIZE));
	u64 slot = slot_of(top);

	kernel_unmap((u64)top - STACK_SIZE, STACK_SIZE);
	shadow_unmap_stack(top);
	page_free_order(memory, STACK_ORDER);
	bitmap_clear(stacks.used, slot);
	stacks.hint = min(stacks.hint, slot);
	stacks.mapped--;
	stacks.unmapped = true;
}

/* Allocates memory for some stacks, more when there are many already; returns for how many. */
static u32 allocate_batch(struct page **memory)
{
	u32 wanted = min(1 + stacks.mapped / 4, (u32)BATCH_MAX);
	u32 number = 0;

	while (number < wanted && (memory[number] = page_alloc_order(PAGE_KERNEL, STACK_ORDER)))
		number++;
	return number;
}

/* Flushing all harts costs more than mapping a stack: several are made at once. */
static RARE void *make_stacks(void)
{
	struct page *memory[BATCH_MAX];
	/* Not under the lock: when memory is short, the allocator calls stack_shrink(). */
	u32 number = allocate_batch(memory);

	if (!number)
		return NULL;
	spin_lock(&stacks.lock);
	u32 mapped = map_batch(memory, number);
	void *top = take_cached();

	spin_unlock(&stacks.lock);
	while (number > mapped)
		page_free_order(memory[--number], STACK_ORDER);
	return top;
}

void *stack_alloc(void)
{
	if (inject_failure())
		return NULL;
	spin_lock(&stacks.lock);
	void *top = take_cached();

	spin_unlock(&stacks.lock);
	return likely(top) ? top : make_stacks();
}

void stack_free(void *top)
{
	shadow_clear_stack(top);
	spin_lock(&stacks.lock);
	if (likely(stacks.cached < CACHE_MAX))
		push_cached(top);
	else
		unmap_slot(top);
	spin_unlock(&stacks.lock);
}

void stack_shrink(void)
{
	/* The holder may be our caller: map_slot(), out of memory for page tables. */
	if (!spin_try_lock(&stacks.lock))
		return;
	for (void *top = take_cached(); top; top = take_cached())
		unmap_slot(top);
	/* If nothing has been unmapped since the last time, no table has become empty. */
	if (stacks.unmapped) {
		kernel_trim(STACKS_BASE, STACKS_SIZE);
		shadow_trim();
	}
	stacks.unmapped = false;
	spin_unlock(&stacks.lock);
}
