/*
 * The kernel's own page tables (arch/riscv/kmap.h).
 */
#include "arch/riscv/kmap.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/tlb.h"
#include "lib/abi/errno.h"
#include "lib/log.h"

static paddr_t image_base;
static const struct table_memory *table_memory;
static pte_t *root;
static u16 used_entry[TABLE_ENTRIES - TABLE_USER_ENTRIES];
static u32 used_entries;

/* A and D are set from the start: hardware that does not set them itself would fault instead. */
#define KERNEL_BITS (PTE_VALID | PTE_GLOBAL | PTE_ACCESSED | PTE_READ)

static const u64 protection_bits[] = {
	[KERNEL_READ_ONLY] = KERNEL_BITS,
	[KERNEL_READ_WRITE] = KERNEL_BITS | PTE_WRITE | PTE_DIRTY,
	[KERNEL_EXECUTE] = KERNEL_BITS | PTE_EXECUTE,
};

void image_set_physical(paddr_t image)
{
	image_base = image;
}

void kernel_map_init(const struct table_memory *memory)
{
	table_memory = memory;
	paddr_t table = memory->allocate();

	ASSERT(table.value);
	root = direct_map(table);
}

paddr_t image_physical(const void *address)
{
	return paddr_add(image_base, (u64)address - KERNEL_BASE);
}

/* The entry for an address at a level; makes the tables above it. NULL: no memory. */
static pte_t *entry_for(u64 address, unsigned int level)
{
	pte_t *table = root;

	for (unsigned int at = TABLE_ROOT_LEVEL; at > level; at--) {
		pte_t *entry = &table[table_index(address, at)];

		if (pte_is_empty(*entry)) {
			paddr_t lower = table_memory->allocate();

			if (!lower.value)
				return NULL;
			pte_store(entry, pte_make_table(lower));
		}
		ASSERT(pte_is_table(*entry));
		table = direct_map(pte_physical(*entry));
	}
	return &table[table_index(address, level)];
}

/* The highest level whose pages fit both the alignment and the size. */
static unsigned int level_that_fits(u64 address, paddr_t physical, u64 size)
{
	unsigned int level = TABLE_ROOT_LEVEL;

	while (level &&
		(!is_aligned(address | physical.value, 1UL << table_shift(level)) ||
			size < 1UL << table_shift(level)))
		level--;
	return level;
}

int kernel_map(u64 address, paddr_t physical, u64 size, enum kernel_protection protection)
{
	while (size) {
		unsigned int level = level_that_fits(address, physical, size);
		u64 step = 1UL << table_shift(level);
		pte_t *entry = entry_for(address, level);

		if (!entry)
			return -ENOMEM;
		pte_store(entry, pte_make(physical, protection_bits[protection]));
		address += step;
		physical = paddr_add(physical, step);
		size -= step;
	}
	return 0;
}

static bool table_is_empty(const pte_t *table)
{
	for (u32 i = 0; i < TABLE_ENTRIES; i++)
		if (!pte_is_empty(table[i]))
			return false;
	return true;
}

void kernel_unmap(u64 address, u64 size)
{
	pte_t *entries = direct_map(pte_physical(*entry_for(address, 1)));

	for (u64 at = address; at < address + size; at += PAGE_SIZE)
		pte_store(&entries[table_index(at, 0)], PTE_EMPTY);
}

void kernel_trim(u64 address, u64 size)
{
	/* Chained through their first entries: a page's address is even, so not a valid entry. */
	pte_t *chain = NULL;

	for (u64 at = address; at < address + size; at += 1UL << table_shift(1)) {
		pte_t *entry = entry_for(at, 1);
		pte_t *table = direct_map(pte_physical(*entry));

		if (!pte_is_table(*entry) || !table_is_empty(table))
			continue;
		pte_store(entry, PTE_EMPTY);
		table->value = (u64)chain;
		chain = table;
	}
	if (chain)
		tlb_flush_kernel();
	while (chain) {
		pte_t *table = chain;

		chain = (pte_t *)table->value;
		table_memory->free(direct_map_physical(table));
	}
}

paddr_t kernel_lookup(u64 address)
{
	return pte_physical(*entry_for(address, 0));
}

int kernel_map_reserve(u64 address, u64 size)
{
	u64 step = 1UL << table_shift(TABLE_ROOT_LEVEL);

	for (u64 at = align_down(address, step); at < address + size; at += step)
		if (!entry_for(at, TABLE_ROOT_LEVEL - 1))
			return -ENOMEM;
	return 0;
}

static void map_image_part(const char *start, const char *end, enum kernel_protection protection)
{
	if (kernel_map((u64)start, image_physical(start), (u64)(end - start), protection) < 0)
		panic("no memory for the kernel's page tables");
}

/* Notes the indices of the few used entries in the kernel's half; these never change. */
static void note_used_entries(void)
{
	for (u32 i = TABLE_USER_ENTRIES; i < TABLE_ENTRIES; i++)
		if (!pte_is_empty(root[i]))
			used_entry[used_entries++] = (u16)i;
}

void kernel_map_finish(void)
{
	map_image_part(image_start, text_end, KERNEL_EXECUTE);
	map_image_part(text_end, rodata_end, KERNEL_READ_ONLY);
	map_image_part(rodata_end, image_end, KERNEL_READ_WRITE);
	if (SANITIZE_ADDRESS &&
		kernel_map(IMAGE_SHADOW, image_physical(image_shadow), IMAGE_SHADOW_SIZE,
			KERNEL_READ_WRITE) < 0)
		panic("no memory for the kernel's page tables");
	note_used_entries();
	csr_write(satp, kernel_satp());
	/* The early tables mapped more, with more permissions. */
	tlb_flush_local_kernel();
}

u64 kernel_satp(void)
{
	return SATP_MODE_SV39 | paddr_frame(direct_map_physical(root));
}

void root_table_init(pte_t *table)
{
	for (u32 i = 0; i < used_entries; i++)
		table[used_entry[i]] = root[used_entry[i]];
}

void root_table_clear(pte_t *table)
{
	for (u32 i = 0; i < used_entries; i++)
		table[used_entry[i]] = PTE_EMPTY;
}

void root_table_switch(paddr_t table, u16 number)
{
	csr_write(satp, SATP_MODE_SV39 | (u64)number << SATP_ASID_SHIFT | paddr_frame(table));
}

void root_table_switch_kernel(void)
{
	csr_write(satp, kernel_satp());
}
