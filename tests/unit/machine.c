/* The simulated machine (machine.h). */
#include "tests/unit/machine.h"

#include <pthread.h>
#include <sched.h>

#include "arch/riscv/kmap.h"
#include "arch/riscv/lock.h"
#include "arch/riscv/tlb.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/cache.h"
#include "mm/fault.h"
#include "mm/inject.h"
#include "mm/limit.h"
#include "mm/memory.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/stack.h"
#include "mm/wait.h"
#include "tests/unit/unit.h"

/* Remembered translations: one for each hash of a page number, or of a table's at each level. */
#define TRANSLATIONS       4096
#define TABLE_TRANSLATIONS 64

/* In a row, at one access: several are in order while other threads fork the space. */
#define FAULTS_MAX 1000

struct translation {
	bool valid;
	u64 number; /* the address without the bits that the level's entry covers */
	pte_t pte;
};

/* Words that were fetched: one for each hash of their physical address. */
#define INSTRUCTIONS 64

static struct machine_hart {
	/* Held while the hart translates and accesses: a flush by another hart waits for that. */
	pthread_mutex_t busy;
	paddr_t root; /* 0: the kernel's own */
	struct translation leaf[TRANSLATIONS];
	struct translation table[TABLE_ROOT_LEVEL][TABLE_TRANSLATIONS];
	struct instruction {
		paddr_t at; /* 0: none */
		u64 word;
	} instruction[INSTRUCTIONS];
} machine_harts[HARTS_MAX] = {
	[0 ... HARTS_MAX - 1] = { .busy = PTHREAD_MUTEX_INITIALIZER },
};

_Thread_local u32 machine_hart;
bool machine_sets_accessed = true, machine_keeps_instructions;

/* Aligned to the largest block, since each block's bytes are aligned to its size. */
static u8 memory[MACHINE_FRAMES * PAGE_SIZE] ALIGNED(PAGE_SIZE << PAGE_ORDER_MAX);
static struct page pages[MACHINE_FRAMES];
u8 *const machine_memory = memory;
struct page *const machine_pages = pages;

void (*machine_before_allocation)(void);
static _Thread_local u32 fail_countdown;
static _Thread_local bool allocation_failed;

u64 machine_limits[MACHINE_LIMITS] = { [0 ... MACHINE_LIMITS - 1] = UINT64_MAX };

u64 limit_of_caller(u32 resource)
{
	return machine_limits[resource];
}

bool wait_give_way(void)
{
	return true;
}

static void before_allocation(void)
{
	void (*meanwhile)(void) = machine_before_allocation;
	u32 countdown = fail_countdown;

	if (!meanwhile || machine_locks_held)
		return;
	machine_before_allocation = NULL;
	fail_countdown = 0;
	meanwhile();
	fail_countdown = countdown;
}

static bool fail_now(void)
{
	before_allocation();
	if (fail_countdown == 0 || --fail_countdown > 0)
		return false;
	allocation_failed = true;
	return true;
}

void machine_fail_allocation(u32 nth)
{
	fail_countdown = nth;
	allocation_failed = false;
}

bool machine_allocation_failed(void)
{
	return allocation_failed;
}

static void *run_on_next_hart(void *function)
{
	machine_hart = 1;
	((void (*)(void))function)();
	return NULL;
}

void machine_run_both(void (*one)(void), void (*other)(void))
{
	pthread_t thread;

	CHECK_EQUAL(pthread_create(&thread, NULL, run_on_next_hart, (void *)other), 0);
	one();
	pthread_join(thread, NULL);
}

void machine_start(void)
{
	/* Until they are freed, frames are the kernel's, as the boot code leaves them. */
	for (u32 frame = 0; frame < MACHINE_FRAMES; frame++)
		pages[frame].kind = PAGE_KERNEL;
	buddy_init();
	buddy_add(MACHINE_FIRST_FRAME, MACHINE_FRAMES);
	slab_init();
	fault_init();
	inject_hook = fail_now;
	atomic_store(&inject_armed, 1);
}

/* What mm calls in other parts of the kernel. */

bool memory_bank(u32 index, u64 *first, u64 *end)
{
	*first = MACHINE_FIRST_FRAME;
	*end = MACHINE_FRAMES;
	return index == 0;
}

void stack_shrink(void)
{
}

/* A real hart outside the space would fetch anew when it came to it: here all do so at once. */
void tlb_flush_instructions(struct tlb_context *context UNUSED)
{
	tlb_flush_all_instructions();
}

void tlb_flush_all_instructions(void)
{
	for (u32 i = 0; i < HARTS_MAX; i++) {
		struct machine_hart *hart = &machine_harts[i];

		pthread_mutex_lock(&hart->busy);
		memset(hart->instruction, 0, sizeof(hart->instruction));
		pthread_mutex_unlock(&hart->busy);
	}
}

void machine_relax(void)
{
	sched_yield();
}

/* Translations. */

static struct translation *leaf_slot(struct machine_hart *hart, u64 number)
{
	return &hart->leaf[(number ^ number >> 12) % TRANSLATIONS];
}

static struct translation *table_slot(struct machine_hart *hart, unsigned int level, u64 number)
{
	return &hart->table[level][number % TABLE_TRANSLATIONS];
}

/* What the slot remembers for the number; NULL: nothing. */
static struct translation *remembered(struct translation *slot, u64 number)
{
	return slot->valid && slot->number == number ? slot : NULL;
}

static void remember(struct translation *slot, u64 number, pte_t pte)
{
	*slot = (struct translation){ true, number, pte };
}

static struct translation *find_leaf(struct machine_hart *hart, u64 address)
{
	return remembered(leaf_slot(hart, address >> PAGE_SHIFT), address >> PAGE_SHIFT);
}

static bool is_in_use(paddr_t address)
{
	return page_of_physical(address)->kind != PAGE_FREE;
}

/* A hart may use what it remembers until this very moment: it must not have been freed before. */
static void forget(struct translation *translation)
{
	if (translation->valid)
		CHECK(is_in_use(pte_physical(translation->pte)));
	translation->valid = false;
}

static void forget_page(struct machine_hart *hart, u64 address)
{
	struct translation *found = find_leaf(hart, address);

	if (found)
		forget(found);
}

static void forget_all(struct machine_hart *hart)
{
	for (u32 i = 0; i < TRANSLATIONS; i++)
		forget(&hart->leaf[i]);
	for (u32 level = 0; level < TABLE_ROOT_LEVEL; level++)
		for (u32 i = 0; i < TABLE_TRANSLATIONS; i++)
			forget(&hart->table[level][i]);
}

void tlb_flush_local_page(uaddr_t address)
{
	struct machine_hart *hart = &machine_harts[machine_hart];

	pthread_mutex_lock(&hart->busy);
	forget_page(hart, address.value);
	pthread_mutex_unlock(&hart->busy);
}

void tlb_flush_local(void)
{
	struct machine_hart *hart = &machine_harts[machine_hart];

	pthread_mutex_lock(&hart->busy);
	forget_all(hart);
	pthread_mutex_unlock(&hart->busy);
}

static void forget_range(struct machine_hart *hart, u64 start, u64 end)
{
	for (u32 i = 0; i < TRANSLATIONS; i++) {
		u64 address = hart->leaf[i].number << PAGE_SHIFT;

		if (address >= start && address < end)
			forget(&hart->leaf[i]);
	}
}

void (*machine_before_flush)(void);

static void before_flush(void)
{
	if (machine_before_flush)
		machine_before_flush();
}

void tlb_flush_range(struct tlb_context *context, uaddr_t start, uaddr_t end)
{
	u64 harts = atomic_load(&context->running);

	before_flush();
	for (u32 i = 0; i < HARTS_MAX; i++) {
		if (!(harts & BIT(i)))
			continue;
		pthread_mutex_lock(&machine_harts[i].busy);
		forget_range(&machine_harts[i], start.value, end.value);
		pthread_mutex_unlock(&machine_harts[i].busy);
	}
}

void tlb_flush_context(struct tlb_context *context)
{
	u64 harts = atomic_load(&context->running);

	for (u32 i = 0; i < HARTS_MAX; i++) {
		if (!(harts & BIT(i)))
			continue;
		pthread_mutex_lock(&machine_harts[i].busy);
		forget_all(&machine_harts[i]);
		pthread_mutex_unlock(&machine_harts[i].busy);
	}
}

void root_table_init(pte_t *root)
{
	memset(root, 0, PAGE_SIZE);
}

void root_table_clear(pte_t *root UNUSED)
{
}

void tlb_context_init(struct tlb_context *context)
{
	atomic_init(&context->running, 0);
}

void tlb_context_release(struct tlb_context *context UNUSED)
{
}

void tlb_switch(struct tlb_context *from, struct tlb_context *to, paddr_t root)
{
	u64 bit = BIT(machine_hart);

	if (to)
		atomic_fetch_or(&to->running, bit);
	machine_harts[machine_hart].root = root;
	tlb_flush_local();
	if (from)
		atomic_fetch_and(&from->running, ~bit);
}

/* What the hardware does. */

/* Finds the entry for an address by a walk that begins as far down as the hart remembers tables. */
static pte_t *walk(struct machine_hart *hart, u64 address)
{
	paddr_t table = hart->root;
	unsigned int level = TABLE_ROOT_LEVEL;

	for (unsigned int known = 0; known < TABLE_ROOT_LEVEL; known++) {
		u64 number = address >> table_shift(known + 1);
		struct translation *found = remembered(table_slot(hart, known, number), number);

		if (found) {
			table = pte_physical(found->pte);
			level = known;
			break;
		}
	}
	for (;; level--) {
		CHECK(is_in_use(table));
		pte_t *entry = (pte_t *)direct_map(table) + table_index(address, level);
		pte_t pte = pte_load(entry);

		if (level == 0 || !pte_is_table(pte))
			return entry;
		u64 number = address >> table_shift(level);

		remember(table_slot(hart, level - 1, number), number, pte);
		table = pte_physical(pte);
	}
}

/* Whether an entry permits the access: with A and D set, unless the hardware sets them. */
static bool permits(pte_t pte, enum access access)
{
	u64 wanted = PTE_ACCESSED | (access == ACCESS_WRITE ? PTE_DIRTY : 0);

	return pte_is_leaf(pte) && pte_permits(pte, access) &&
		(machine_sets_accessed || (pte.value & wanted) == wanted);
}

/* The leaf that the hart uses, remembered or found by a walk; an empty one is a fault. */
static pte_t translate(struct machine_hart *hart, u64 address, enum access access)
{
	struct translation *found = find_leaf(hart, address);
	u64 mark = PTE_ACCESSED | (access == ACCESS_WRITE ? PTE_DIRTY : 0);

	/* A store through a clean translation walks the tables, to set D there. */
	if (found && permits(found->pte, access) && (found->pte.value & mark) == mark)
		return found->pte;

	pte_t *entry = walk(hart, address);

	if (!permits(pte_load(entry), access))
		return PTE_EMPTY;
	pte_set_bits(entry, mark);
	remember(leaf_slot(hart, address >> PAGE_SHIFT), address >> PAGE_SHIFT, pte_load(entry));
	return pte_load(entry);
}

static u64 fetch(struct machine_hart *hart, paddr_t at, u64 word)
{
	struct instruction *kept = &hart->instruction[at.value / sizeof(u64) % INSTRUCTIONS];

	if (kept->at.value != at.value)
		*kept = (struct instruction){ at, word };
	return machine_keeps_instructions ? kept->word : word;
}

/* One attempt at a load, store or fetch; false: it faults. */
static bool try_access(struct machine_hart *hart, u64 address, enum access access, u64 *value)
{
	pthread_mutex_lock(&hart->busy);
	pte_t pte = translate(hart, address, access);
	bool done = !pte_is_empty(pte);

	if (done) {
		paddr_t at = paddr_add(pte_physical(pte), address & (PAGE_SIZE - 1));
		u64 *word = direct_map(at);

		CHECK(is_in_use(at));
		if (access == ACCESS_WRITE)
			__atomic_store_n(word, *value, __ATOMIC_RELAXED);
		else
			*value = __atomic_load_n(word, __ATOMIC_RELAXED);
		if (access == ACCESS_EXECUTE)
			*value = fetch(hart, at, *value);
	}
	pthread_mutex_unlock(&hart->busy);
	return done;
}

int machine_access(struct space *space, u64 address, enum access access, u64 *value)
{
	struct machine_hart *hart = &machine_harts[machine_hart];

	ASSERT(hart->root.value == page_physical(space->root).value);
	for (u32 faults = 0; faults < FAULTS_MAX; faults++) {
		if (try_access(hart, address, access, value))
			return 0;

		int error = fault_resolve(space, UADDR(address), access);

		if (error)
			return error;
	}
	CHECK(!"the fault is resolved, and comes again");
	return -EFAULT;
}
