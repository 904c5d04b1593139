/*
 * The lock checker (arch/riscv/lock_check.h). Each hart has its own list of the locks that it
 * holds, changed with interrupts off; a handler's locks lie above those of the code that it
 * interrupted. All harts share the classes and the order between them, under a lock that is not
 * checked itself.
 */
#include "arch/riscv/lock_check.h"

#include <stdatomic.h>

#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/symbols.h"
#include "lib/bitmap.h"
#include "lib/log.h"

#define CLASSES_MAX 256
#define EDGES_MAX   1024
#define HELD_MAX    16
#define STACK_MAX   8

/* Where something was done. */
struct stack {
	u64 caller[STACK_MAX];
};

struct held {
	const void *lock;
	u32 class;
	struct stack stack;
};

static struct hart_locks {
	u32 number;
	u32 handlers; /* of interrupts that run now, one inside the other */
	u32 groups;   /* begun: locks that are taken now do not count as held */
	struct held held[HELD_MAX];
} hart_locks[HARTS_MAX];

static struct lock_class {
	const void *key; /* the name, or a lock that is a class of its own */
	const char *name;
	bool in_handlers, with_interrupts;
	struct stack stack;                   /* where it was first taken in either context */
	u64 inner[BITMAP_WORDS(CLASSES_MAX)]; /* classes taken inside this one */
} classes[CLASSES_MAX];

/* The first time that one class was taken inside another. */
static struct edge {
	u32 outer, inner;
	struct stack stack;
} edges[EDGES_MAX];
static u32 edge_count;

static _Atomic bool graph_lock, off;

static bool interrupts_on(void)
{
	return csr_read(sstatus) & SSTATUS_SIE;
}

static u64 begin(void)
{
	u64 flags = interrupts_save();

	while (atomic_exchange_explicit(&graph_lock, true, memory_order_acquire))
		cpu_relax();
	return flags;
}

static void end(u64 flags)
{
	atomic_store_explicit(&graph_lock, false, memory_order_release);
	interrupts_restore(flags);
}

static struct hart_locks *own(void)
{
	return &hart_locks[hart_index()];
}

static void take_stack(struct stack *stack)
{
	u32 number = backtrace_take((u64)__builtin_frame_address(0), stack->caller, STACK_MAX);

	if (number < STACK_MAX)
		stack->caller[number] = 0;
}

/* From here on nothing is checked: the machine ends with the panic that follows. */
static void show(const char *what, const struct stack *stack)
{
	atomic_store(&off, true);
	log_raw("%s:\n", what);
	for (u32 i = 0; i < STACK_MAX && stack->caller[i]; i++)
		backtrace_show(stack->caller[i]);
}

static NORETURN void no_room(const char *what)
{
	atomic_store(&off, true);
	panic("lock check: more %s than there is room for", what);
}

static u32 class_of(const void *lock, const char *name)
{
	const void *key = name ? name : lock;
	u32 index = ((u64)key >> 3) % CLASSES_MAX;

	for (u32 tries = 0; tries < CLASSES_MAX; tries++, index = (index + 1) % CLASSES_MAX) {
		if (classes[index].key == key)
			return index;
		if (!classes[index].key) {
			classes[index].key = key;
			classes[index].name = name ? name : "a static lock";
			return index;
		}
	}
	no_room("classes of locks");
}

/* Whether a class is taken inside another, directly or through others. */
static bool is_inside(u32 inner, u32 outer)
{
	static u64 seen[BITMAP_WORDS(CLASSES_MAX)];
	static u32 next[CLASSES_MAX];
	u32 number = 1;

	for (u32 i = 0; i < ARRAY_SIZE(seen); i++)
		seen[i] = 0;
	next[0] = outer;
	while (number) {
		u32 class = next[--number];

		if (bitmap_test(classes[class].inner, inner))
			return true;
		for (u32 i = 0; i < CLASSES_MAX; i++) {
			if (!bitmap_test(classes[class].inner, i) || bitmap_test(seen, i))
				continue;
			bitmap_set(seen, i);
			next[number++] = i;
		}
	}
	return false;
}

/* Shows the last step of the way by which `inner` is reached from `outer`. */
static void show_way(u32 outer, u32 inner)
{
	for (u32 i = 0; i < edge_count; i++)
		if (edges[i].inner == inner &&
			(edges[i].outer == outer || is_inside(edges[i].outer, outer))) {
			show("the other order came from here", &edges[i].stack);
			return;
		}
}

static void check_order(const struct held *outer, const void *lock, u32 class)
{
	if (outer->class == class) {
		if (outer->lock < lock || own()->groups)
			return;
		show("the first one was taken here", &outer->stack);
		panic("lock check: order: two of %s, not by rising addresses", classes[class].name);
	}
	if (bitmap_test(classes[outer->class].inner, class))
		return;
	if (is_inside(outer->class, class)) {
		show_way(class, outer->class);
		panic("lock check: order: %s inside %s", classes[class].name,
			classes[outer->class].name);
	}
	if (edge_count == EDGES_MAX)
		no_room("orders of two classes");
	bitmap_set(classes[outer->class].inner, class);
	edges[edge_count] = (struct edge){ .outer = outer->class, .inner = class };
	take_stack(&edges[edge_count++].stack);
}

/* A lock that handlers take must be taken with interrupts off everywhere else. */
static void check_context(struct lock_class *class, bool interrupts)
{
	bool *flag = own()->handlers ? &class->in_handlers : &class->with_interrupts;

	if (*flag || (!own()->handlers && !interrupts))
		return;
	*flag = true;
	if (class->in_handlers && class->with_interrupts) {
		show("it was taken here in another context", &class->stack);
		panic("lock check: context: %s, in interrupt handlers and with interrupts on",
			class->name);
	}
	take_stack(&class->stack);
}

void lock_check_wait(const void *lock, const char *name)
{
	bool interrupts = interrupts_on();

	if (atomic_load_explicit(&off, memory_order_relaxed))
		return;
	u64 flags = begin();
	struct hart_locks *hart = own();
	u32 class = class_of(lock, name);

	for (u32 i = 0; i < hart->number; i++) {
		if (hart->held[i].lock == lock) {
			show("it was taken here", &hart->held[i].stack);
			panic("lock check: recursion: %s", classes[class].name);
		}
		check_order(&hart->held[i], lock, class);
	}
	check_context(&classes[class], interrupts);
	end(flags);
	lock_check_got(lock, name);
}

void lock_check_got(const void *lock, const char *name)
{
	if (atomic_load_explicit(&off, memory_order_relaxed))
		return;
	u64 flags = begin();
	struct hart_locks *hart = own();

	if (!hart->groups) {
		if (hart->number == HELD_MAX)
			no_room("locks held at once");
		struct held *held = &hart->held[hart->number++];

		*held = (struct held){ .lock = lock, .class = class_of(lock, name) };
		take_stack(&held->stack);
	}
	end(flags);
}

void lock_check_release(const void *lock)
{
	if (atomic_load_explicit(&off, memory_order_relaxed))
		return;
	u64 flags = interrupts_save();
	struct hart_locks *hart = own();
	u32 at = hart->number;

	while (at && hart->held[at - 1].lock != lock)
		at--;
	if (!at && hart->groups) {
		interrupts_restore(flags);
		return;
	}
	if (!at) {
		atomic_store(&off, true);
		panic("lock check: release: the lock at 0x%lx is not held", (u64)lock);
	}
	for (hart->number--; at <= hart->number; at++)
		hart->held[at - 1] = hart->held[at];
	interrupts_restore(flags);
}

void lock_check_group(bool begins)
{
	own()->groups += begins ? 1 : -1U;
}

void lock_check_schedule(void)
{
	u64 flags = interrupts_save();
	const struct hart_locks *hart = own();

	if (!atomic_load_explicit(&off, memory_order_relaxed) && (hart->number || hart->handlers)) {
		if (hart->number)
			show("the lock was taken here", &hart->held[hart->number - 1].stack);
		panic("lock check: sleep: with %s",
			hart->number ? classes[hart->held[hart->number - 1].class].name
				     : "an interrupt to handle");
	}
	interrupts_restore(flags);
}

void lock_check_sleep(void)
{
	lock_check_schedule();
	if (!atomic_load_explicit(&off, memory_order_relaxed) && !interrupts_on())
		panic("lock check: sleep: with interrupts off");
}

void lock_check_interrupt(bool begins)
{
	own()->handlers += begins ? 1 : -1U;
}
