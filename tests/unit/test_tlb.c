/*
 * Flushing and address-space numbers (arch/riscv/tlb.c, asid.c), on simulated harts that remember
 * every translation as long as they may: under the number with which they found it, until a fence
 * covers it. QEMU's harts forget everything at each switch, so that only this test can tell whether
 * a number protects what is not flushed.
 *
 * A space is a few pages, each of which holds a value. At random, harts switch between spaces,
 * load, and change values: after the flush that follows a change, no hart that runs in the space
 * may see the old value, and no other hart when it comes back. Another hart may change something,
 * or switch, in the middle of a switch or of a flush. The same holds for instructions, which a hart
 * remembers by where they are.
 */
#include "arch/riscv/asid.h"
#include "arch/riscv/errata.h"
#include "arch/riscv/hart.h"
#include "arch/riscv/kmap.h"
#include "arch/riscv/lock.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/tlb.h"
#include "lib/string.h"
#include "tests/unit/unit.h"

#define SPACES  12
#define PAGES   48 /* more than are flushed one by one */
#define NUMBERS 8  /* in the simulated hardware, 0 included */

struct hart harts[HARTS_MAX] = { { 1 }, { 2 }, { 5 }, { 100 } };
u32 machine_hart;

static struct space_model {
	bool lives;
	struct tlb_context context;
	u64 value[PAGES];
	u64 code;
} spaces[SPACES];

/* What a hart runs in, and what it remembers: 0 is nothing. */
static struct machine_hart {
	u64 satp;
	struct space_model *space;   /* the one that the kernel has switched to */
	struct space_model *reached; /* the one that the hardware uses */
	u64 remembered[NUMBERS][PAGES];
	u64 fetched[SPACES];
} machine_harts[HARTS_MAX];

static bool meddles; /* another hart is at work in the middle of a switch */

static struct machine_hart *self(void)
{
	return &machine_harts[machine_hart];
}

u64 machine_read_satp(void)
{
	return self()->satp;
}

void machine_write_satp(u64 value)
{
	self()->satp = value & ((u64)(NUMBERS - 1) << SATP_ASID_SHIFT | ~SATP_ASID_MASK);
}

static u64 number_of(const struct machine_hart *hart)
{
	return (hart->satp & SATP_ASID_MASK) >> SATP_ASID_SHIFT;
}

static void forget(struct machine_hart *hart, u64 number, u64 start, u64 size)
{
	for (u64 page = 0; page < PAGES; page++)
		if (page * PAGE_SIZE >= start && page * PAGE_SIZE - start < size)
			hart->remembered[number][page] = 0;
}

static void forget_under_all(struct machine_hart *hart, u64 start, u64 size)
{
	for (u64 number = 0; number < NUMBERS; number++)
		forget(hart, number, start, size);
}

void fence_translations(void)
{
	forget_under_all(self(), 0, UINT64_MAX);
}

void fence_translations_of_number(u64 number)
{
	forget(self(), number, 0, UINT64_MAX);
}

void fence_translations_of_page(u64 address)
{
	forget_under_all(self(), address, PAGE_SIZE);
}

void fence_instructions(void)
{
	memset(self()->fetched, 0, sizeof(self()->fetched));
}

/* The firmware */

static struct machine_hart *hart_in_mask(u32 index, u64 mask, u64 base)
{
	u64 distance = harts[index].id - base;

	return distance < 64 && (mask & BIT(distance)) ? &machine_harts[index] : NULL;
}

void sbi_remote_sfence_vma(u64 mask, u64 base, u64 start, u64 size)
{
	for (u32 i = 0; i < HARTS_MAX; i++)
		if (hart_in_mask(i, mask, base))
			forget_under_all(&machine_harts[i], start, size);
}

void sbi_remote_sfence_vma_asid(u64 mask, u64 base, u64 start, u64 size, u16 asid)
{
	for (u32 i = 0; i < HARTS_MAX; i++)
		if (hart_in_mask(i, mask, base))
			forget(&machine_harts[i], asid, start, size);
}

void sbi_remote_fence_i(u64 mask, u64 base)
{
	for (u32 i = 0; i < HARTS_MAX; i++)
		if (hart_in_mask(i, mask, base))
			memset(machine_harts[i].fetched, 0, sizeof(machine_harts[i].fetched));
}

bool core_has_cip_1200(void)
{
	return false;
}

/* One thread: nobody ever waits for a lock. */
void machine_relax(void)
{
	CHECK(!"a lock is free");
}

/* What programs do */

/* The hardware walks the tables, unless it remembers what it found there. */
static u64 translate(struct machine_hart *hart, u64 page)
{
	u64 *remembered = &hart->remembered[number_of(hart)][page];

	if (!*remembered)
		*remembered = hart->reached->value[page];
	return *remembered;
}

static u64 fetch(struct machine_hart *hart)
{
	u64 *fetched = &hart->fetched[hart->reached - spaces];

	if (!*fetched)
		*fetched = hart->reached->code;
	return *fetched;
}

/* A program loads. */
static void load(u64 page)
{
	if (!self()->reached)
		return;
	CHECK_EQUAL(translate(self(), page), self()->reached->value[page]);
	CHECK_EQUAL(fetch(self()), self()->reached->code);
}

/* A program writes instructions. */
static void write_code(struct space_model *space)
{
	space->code = unit_random() | 1;
	tlb_flush_instructions(&space->context);
	for (u32 i = 0; i < HARTS_MAX; i++)
		if (machine_harts[i].reached == space)
			CHECK_EQUAL(fetch(&machine_harts[i]), space->code);
}

/* The kernel changes pages of a space; after the flush, no hart in it remembers the old values. */
static void change(struct space_model *space)
{
	u64 first = unit_random_below(PAGES), end = first + 1 + unit_random_below(PAGES - first);
	u64 before[PAGES];

	for (u64 page = first; page < end; page++) {
		before[page] = space->value[page];
		space->value[page] = unit_random() | 1;
	}
	if (unit_random_below(4))
		tlb_flush_range(&space->context, UADDR(first * PAGE_SIZE), UADDR(end * PAGE_SIZE));
	else
		tlb_flush_context(&space->context);
	for (u32 i = 0; i < HARTS_MAX; i++)
		if (machine_harts[i].reached == space)
			for (u64 page = first; page < end; page++)
				CHECK(translate(&machine_harts[i], page) != before[page]);
}

static struct space_model *random_space(void)
{
	struct space_model *space = &spaces[unit_random_below(SPACES)];

	return space->lives ? space : NULL;
}

static void meddle(void);

static void reach(struct space_model *space, u64 number)
{
	meddle();
	machine_write_satp(number << SATP_ASID_SHIFT);
	self()->reached = space;
	meddle();
}

void root_table_switch(paddr_t table, u16 number)
{
	reach(&spaces[table.value], number);
}

void root_table_switch_kernel(void)
{
	reach(NULL, ASID_NONE);
}

static void switch_to(struct space_model *space)
{
	struct space_model *from = self()->space;

	if (from == space)
		return;
	tlb_switch(from ? &from->context : NULL, space ? &space->context : NULL,
		PADDR((u64)(space ? space - spaces : 0)));
	self()->space = space;
}

/* A hart may walk the tables, and fetch, ahead of what it does. */
static void look_ahead(void)
{
	if (!self()->reached)
		return;
	translate(self(), unit_random_below(PAGES));
	fetch(self());
}

/* In the middle of what one hart does, another one does something, too. */
static void meddle(void)
{
	u32 hart = machine_hart;
	struct space_model *space = random_space();

	if (meddles || !space)
		return;
	meddles = true;
	look_ahead();
	machine_hart = (hart + 1) % HARTS_MAX;
	switch_to(unit_random_below(2) ? space : self()->space);
	look_ahead();
	switch_to(unit_random_below(2) ? NULL : self()->space);
	if (unit_random_below(2)) {
		change(space);
		write_code(space);
	}
	machine_hart = hart;
	meddles = false;
}

void machine_step(void)
{
	if (unit_random_below(4) == 0)
		meddle();
}

static void begin(struct space_model *space)
{
	tlb_context_init(&space->context);
	for (u64 page = 0; page < PAGES; page++)
		space->value[page] = unit_random() | 1;
	space->code = unit_random() | 1;
	space->lives = true;
}

static void end(struct space_model *space)
{
	space->lives = false;
	for (machine_hart = 0; machine_hart < HARTS_MAX; machine_hart++)
		if (self()->space == space)
			switch_to(NULL);
	machine_hart = 0;
	tlb_context_release(&space->context);
}

static void one_operation(void)
{
	struct space_model *space = &spaces[unit_random_below(SPACES)];

	machine_hart = unit_random_below(HARTS_MAX);
	switch (unit_random_below(16)) {
	case 0:
		if (space->lives)
			end(space);
		else
			begin(space);
		break;
	case 1:
	case 2:
	case 3:
	case 4:
		switch_to(space->lives ? space : NULL);
		break;
	case 5:
		if (space->lives)
			change(space);
		break;
	case 6:
		if (space->lives)
			write_code(space);
		break;
	default:
		load(unit_random_below(PAGES));
	}
}

static void run(void)
{
	for (u32 i = 0; i < 200000; i++)
		one_operation();
	for (u32 i = 0; i < SPACES; i++)
		if (spaces[i].lives)
			end(&spaces[i]);
}

static void with_numbers(void)
{
	asid_probe();
	CHECK_EQUAL(asid_limit(), NUMBERS - 1);
	run();
}

static void without_numbers(void)
{
	asid_disable();
	CHECK_EQUAL(asid_limit(), 0);
	run();
}

static void numbers_are_used_up(void)
{
	u16 number[NUMBERS];
	u64 seen = 0;

	for (u32 i = 0; i < NUMBERS; i++) {
		number[i] = asid_take();
		CHECK(number[i] == ASID_NONE || !(seen & BIT(number[i])));
		seen |= BIT(number[i]);
	}
	CHECK_EQUAL(seen, BIT(NUMBERS) - 1);
	CHECK_EQUAL(number[NUMBERS - 1], ASID_NONE);
	for (u32 i = 0; i < NUMBERS; i++)
		asid_give_back(number[i]);
}

int main(void)
{
	static const struct unit_case cases[] = {
		{ "fewer numbers than spaces", with_numbers },
		{ "each number is given once", numbers_are_used_up },
		{ "no numbers", without_numbers },
	};

	return UNIT_RUN(cases);
}
