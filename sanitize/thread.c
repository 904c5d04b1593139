/*
 * Data races (-Dsanitize=thread): two harts access the same bytes at the same time, at least one
 * writes, and at least one does not do so atomically. C gives such a program no meaning.
 *
 * The compiler calls one of the functions below at each plain access. Now and then such a function
 * watches its access: it notes it in a table, waits a moment, and looks whether another hart has
 * met the note at an access of its own, or the value has changed. Either is a race, caught in the
 * act; in the first case both harts' callers are known. Each place in the code is watched when it
 * first runs, then ever more rarely: else only the few places that run most would be watched.
 *
 * Atomic accesses are not checked, as they are meant to meet others: an access that is racy on
 * purpose is written as one (memory_order_relaxed). Nor are volatile ones (devices), nor those of
 * memcpy() and its kin.
 *
 * Interrupts are off while a hart watches. The names that begin with __tsan_ are the compiler's.
 */
#include <stdatomic.h>

#include "arch/riscv/csr.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/symbols.h"
#include "lib/sanitize.h"
#include "sanitize/report.h"

#define WATCHPOINTS 64
#define BLOCK       16    /* bytes that share a place in the table; the largest access */
#define SITES       8192  /* counters for the places in the code, which are hashed */
#define RAREST      8192u /* accesses of a site between two that are watched, at most */
#define WATCH_TICKS 2000  /* how long to watch, in ticks: 200 microseconds on QEMU's machine */
#define TEXT_SIZE   1600

struct access {
	u64 address;
	u32 size;
	u32 hart;
	bool write;
	u64 callers[SANITIZE_CALLERS];
};

enum meeting {
	MET_NOBODY,
	MEETING, /* `other` is being written */
	MET,
};

static struct watchpoint {
	_Atomic u64 note; /* a watched access, packed by note_of(); 0: none */
	_Atomic u32 meeting;
	struct access other;
} watchpoints[WATCHPOINTS];

/* For places in the code that share a hash; no lock, as a wrong count does no harm. */
static struct site {
	s32 until_next; /* accesses until one is watched; two harts may count below 0 */
	u32 interval;   /* between the last one that was watched and that one */
} sites[SITES];

/* The hart is looking for a race: the accesses that it makes for this are not checked. */
static bool busy[HARTS_MAX];

/* Packs an access into a word: kernel addresses have ones in the bits that this shifts out. */
static u64 note_of(u64 address, u64 size, bool write)
{
	return address << 8 | size << 1 | write;
}

static struct watchpoint *place_of(u64 address)
{
	return &watchpoints[address / BLOCK % WATCHPOINTS];
}

/* Whether the access overlaps the noted one, and at least one of them writes. */
static bool meets(u64 note, u64 address, u64 size, bool write)
{
	u64 noted = (u64)((s64)note >> 8);
	u64 noted_size = note >> 1 & 0x7f;

	return note && (write || note & 1) && address < noted + noted_size &&
		noted < address + size;
}

/* Tells the watching hart about this hart's access. */
static void tell(struct watchpoint *point, u64 note, const struct access *own)
{
	u32 nobody = MET_NOBODY;

	if (!atomic_compare_exchange_strong(&point->meeting, &nobody, MEETING))
		return;
	/* It may have stopped watching just now. */
	bool watched = atomic_load(&point->note) == note;

	if (watched)
		point->other = *own;
	atomic_store(&point->meeting, watched ? MET : MET_NOBODY);
}

static u64 value_at(u64 address, u64 size)
{
	switch (size) {
	case 1:
		return *(volatile u8 *)address;
	case 2:
		return *(volatile u16 *)address;
	case 4:
		return *(volatile u32 *)address;
	default:
		return *(volatile u64 *)address;
	}
}

static size_t show_access(char *text, size_t used, const struct access *access)
{
	used = sanitize_append(text, used, TEXT_SIZE,
		"\nhart %u %s %u bytes at 0x%lx:", access->hart, access->write ? "writes" : "reads",
		access->size, access->address);
	return sanitize_append_callers(text, used, TEXT_SIZE, access->callers);
}

static void report(const struct access *own, const struct access *other, u64 before, u64 after)
{
	static char text[TEXT_SIZE];
	size_t used = show_access(text, 0, own);

	if (other)
		show_access(text, used, other);
	else
		sanitize_append(text, used, TEXT_SIZE,
			"\nand in the meantime the value went from 0x%lx to 0x%lx", before, after);
	sanitize_report("data race%s", text);
}

static void watch(const struct access *own)
{
	struct watchpoint *point = place_of(own->address);
	u64 none = 0, note = note_of(own->address, own->size, own->write);

	/* There is nobody to wait for if this hart is alone; and the place may be taken. */
	if (!(harts_online() & ~BIT(hart_index())) ||
		!atomic_compare_exchange_strong(&point->note, &none, note))
		return;
	u64 before = value_at(own->address, own->size);

	for (u64 start = csr_read(time); csr_read(time) - start < WATCH_TICKS;)
		cpu_relax();
	u64 after = value_at(own->address, own->size);

	atomic_store(&point->note, 0);
	while (atomic_load(&point->meeting) == MEETING)
		cpu_relax();
	if (atomic_load(&point->meeting) == MET)
		report(own, &point->other, before, after);
	else if (before != after)
		report(own, NULL, before, after);
	atomic_store(&point->meeting, MET_NOBODY);
}

/* The rare case: another hart watches here, as the note says, or (note 0) it is time to watch. */
static RARE void look(u64 address, u32 size, bool write, u64 note, u64 frame)
{
	u64 flags = interrupts_save();
	u32 hart = hart_index();

	if (!busy[hart] && !sanitize_reporting()) {
		busy[hart] = true;
		struct access own = {
			.address = address,
			.size = size,
			.hart = hart,
			.write = write,
		};

		backtrace_take(frame, own.callers, SANITIZE_CALLERS);
		if (note)
			tell(place_of(address), note, &own);
		else
			watch(&own);
		busy[hart] = false;
	}
	interrupts_restore(flags);
}

static inline void access(u64 address, u32 size, bool write, u64 frame, u64 pc)
{
	struct watchpoint *point = place_of(address);
	struct site *site = &sites[pc / 2 % SITES];
	u64 note = atomic_load_explicit(&point->note, memory_order_relaxed);

	if (unlikely(meets(note, address, size, write))) {
		look(address, size, write, note, frame);
	} else if (unlikely(--site->until_next < 0)) {
		site->interval = min(2 * site->interval + 1, RAREST);
		/* At unequal distances, or a loop would always be watched in the same iteration. */
		site->until_next = (s32)(site->interval / 2 + csr_read(time) % site->interval);
		look(address, size, write, 0, frame);
	}
}

/* Only compiled code calls them: no header declares them. */
#define ENTRY(name, ...)                 \
	void __tsan_##name(__VA_ARGS__); \
	void __tsan_##name(__VA_ARGS__)

#define FRAME  ((u64)__builtin_frame_address(0))
#define CALLER ((u64)__builtin_return_address(0))

#define ACCESSES(size)                                       \
	ENTRY(read##size, u64 address)                       \
	{                                                    \
		access(address, size, false, FRAME, CALLER); \
	}                                                    \
	ENTRY(write##size, u64 address)                      \
	{                                                    \
		access(address, size, true, FRAME, CALLER);  \
	}                                                    \
	ENTRY(volatile_read##size, u64 address UNUSED)       \
	{                                                    \
	}                                                    \
	ENTRY(volatile_write##size, u64 address UNUSED)      \
	{                                                    \
	}

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

ENTRY(unaligned_read8, u64 address)
{
	access(address, 8, false, FRAME, CALLER);
}

ENTRY(init, void)
{
}
