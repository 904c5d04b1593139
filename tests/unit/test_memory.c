/*
 * mm/memory.c over a device tree with memory from address 0 on, above 64 GiB and too high, none of
 * which a machine of QEMU has. The kernel's tables and the page allocator are stand-ins that note
 * what they are given.
 *
 * usage: test_memory TREE.dtb KIB      KIB: what is kept at the start of memory, for the firmware
 */
#include <sys/mman.h>

#include "arch/riscv/kmap.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/memory.h"
#include "mm/page.h"
#include "tests/unit/unit.h"

/* As in the device tree: two banks can be used. */
#define LOW_SIZE    GIB(8)
#define HIGH_BASE   GIB(64)
#define HIGH_SIZE   GIB(1)
#define IMAGE_BASE  MIB(4)
#define IMAGE_SIZE  MIB(1)
#define TREE_BASE   (GIB(8) - MIB(4) + 8) /* aligned to 8 only */
#define INITRD_BASE (HIGH_BASE + 0x123)
#define INITRD_SIZE 0x5000

#define TOP_SIZE MIB(257) /* reserved, with all above up to the last 64-bit address */

#define RANGES_MAX 64

u8 *const machine_memory = (u8 *)0x200000000000;
struct page *const machine_pages = (struct page *)0x300000000000;

/* In place of the symbols that the linker script defines. */
__asm__(".bss\n.globl image_start, image_end\nimage_start: .skip 0x100000\nimage_end:\n");

struct noted {
	u32 number;
	struct fdt_range range[RANGES_MAX];
};

static struct fdt fdt;
static bool started;
static struct noted freed, mapped_memory;
static u64 mapped_pages_size; /* of the array of struct page */

static void note(struct noted *noted, u64 base, u64 size)
{
	CHECK(noted->number < RANGES_MAX);
	noted->range[noted->number++] = (struct fdt_range){ base, size };
}

paddr_t image_physical(const void *address)
{
	return PADDR(IMAGE_BASE + (u64)((const char *)address - image_start));
}

void kernel_map_init(const struct table_memory *memory)
{
	CHECK(started || memory->allocate().value != 0);
}

int kernel_map(u64 address, paddr_t physical, u64 size, enum kernel_protection protection UNUSED)
{
	if (address >= (u64)machine_pages)
		mapped_pages_size += size;
	else
		note(&mapped_memory, physical.value, size);
	return 0;
}

int kernel_map_reserve(u64 address UNUSED, u64 size UNUSED)
{
	return 0;
}

void kernel_map_finish(void)
{
}

void buddy_init(void)
{
}

void buddy_add(u64 first, u64 end)
{
	note(&freed, first << PAGE_SHIFT, (end - first) << PAGE_SHIFT);
}

struct page *page_alloc_zeroed(enum page_kind kind UNUSED)
{
	return NULL;
}

void page_free_order(struct page *page UNUSED, unsigned int order UNUSED)
{
}

static bool touches(const struct noted *noted, u64 base, u64 size)
{
	for (u32 i = 0; i < noted->number; i++)
		if (base < noted->range[i].base + noted->range[i].size &&
			noted->range[i].base < base + size)
			return true;
	return false;
}

static u64 total(const struct noted *noted)
{
	u64 sum = 0;

	for (u32 i = 0; i < noted->number; i++)
		sum += noted->range[i].size;
	return sum;
}

static u64 tree_size, firmware_size;

static void firmware_is_left_alone(void)
{
	CHECK(!touches(&freed, 0, firmware_size));
	CHECK(!touches(&mapped_memory, 0, firmware_size));
	CHECK(touches(&freed, firmware_size, PAGE_SIZE));
	CHECK(touches(&freed, IMAGE_BASE - PAGE_SIZE, PAGE_SIZE));
}

static void nothing_reserved_is_free(void)
{
	CHECK(!touches(&freed, IMAGE_BASE, IMAGE_SIZE));
	CHECK(!touches(&freed, GIB(1), 0x1234));
	CHECK(!touches(&freed, HIGH_BASE + 0x10000000, 0x1000000));
	CHECK(!touches(&freed, HIGH_BASE + 0x2e000000, 0x1000));
	CHECK(!touches(&freed, HIGH_BASE + HIGH_SIZE - TOP_SIZE, TOP_SIZE));
	CHECK(!touches(&freed, TREE_BASE, tree_size));
	CHECK(!touches(&freed, INITRD_BASE, INITRD_SIZE));
	CHECK(!touches(&freed, LOW_SIZE, HIGH_BASE - LOW_SIZE)); /* the hole */
	CHECK(!touches(&freed, HIGH_BASE + HIGH_SIZE, UINT64_MAX - HIGH_BASE - HIGH_SIZE));
}

static void nearly_all_else_is_free(void)
{
	/* Up to 3 MiB for firmware and image, 16 for the camera, the rest for page structures. */
	CHECK(total(&freed) >= LOW_SIZE + HIGH_SIZE - TOP_SIZE - mapped_pages_size - MIB(20));
	CHECK(total(&freed) < LOW_SIZE + HIGH_SIZE - TOP_SIZE - mapped_pages_size);
}

static void holes_have_no_pages(void)
{
	u64 frames = (LOW_SIZE + HIGH_SIZE) >> PAGE_SHIFT;

	CHECK(mapped_pages_size >= frames * sizeof(struct page));
	CHECK(mapped_pages_size < (frames + (4 << PAGE_ORDER_MAX)) * sizeof(struct page));
}

static void what_is_read_is_mapped(void)
{
	CHECK(touches(&mapped_memory, TREE_BASE, 1));
	CHECK(touches(&mapped_memory, INITRD_BASE + INITRD_SIZE - 1, 1));
	CHECK(!touches(&mapped_memory, IMAGE_BASE, IMAGE_SIZE));
	CHECK(!touches(&mapped_memory, LOW_SIZE, HIGH_BASE - LOW_SIZE));
}

static void ranges_are_found(void)
{
	CHECK(memory_contains((struct fdt_range){ 0, LOW_SIZE }));
	CHECK(memory_contains((struct fdt_range){ INITRD_BASE, INITRD_SIZE }));
	CHECK(!memory_contains((struct fdt_range){ LOW_SIZE - 1, 2 }));
	CHECK(!memory_contains((struct fdt_range){ LOW_SIZE, 1 }));
	CHECK(!memory_contains((struct fdt_range){ HIGH_BASE, UINT64_MAX }));
}

static bool takes_initrd(u64 base, u64 size)
{
	struct fdt_range initrd = { base, size };

	freed.number = mapped_memory.number = 0;
	memory_init(&fdt, (struct fdt_range){ TREE_BASE, tree_size }, &initrd);
	CHECK(initrd.size == 0 || initrd.size == size);
	CHECK(!initrd.size || !touches(&freed, base, size));
	CHECK(freed.number > 0);
	return initrd.size;
}

static void initrd_is_alone(void)
{
	const u64 image_end = IMAGE_BASE + IMAGE_SIZE;

	CHECK(takes_initrd(INITRD_BASE, INITRD_SIZE));
	CHECK(takes_initrd(image_end, 1));
	CHECK(takes_initrd(IMAGE_BASE - 1, 1));
	CHECK(takes_initrd(TREE_BASE - 1, 1));
	CHECK(takes_initrd(TREE_BASE + tree_size, 1));
	CHECK(takes_initrd(GIB(1), 0x1234)); /* the boot loader reserves its place */
	CHECK(!takes_initrd(INITRD_BASE, 0));
	CHECK(!takes_initrd(LOW_SIZE, 1));
	CHECK(!takes_initrd(image_end - 1, PAGE_SIZE));
	CHECK(!takes_initrd(TREE_BASE - 1, 2));
	CHECK(!takes_initrd(TREE_BASE + tree_size - 1, PAGE_SIZE));
	CHECK(!takes_initrd(HIGH_BASE + 0x10fff000, 0x1000));
	CHECK(!takes_initrd(HIGH_BASE + HIGH_SIZE - PAGE_SIZE, PAGE_SIZE));
	CHECK(!takes_initrd(0, LOW_SIZE));
	CHECK(!takes_initrd(0, UINT64_MAX));
}

static void banks_are_told(void)
{
	u64 first, end;

	CHECK(memory_bank(0, &first, &end));
	CHECK_EQUAL(first, 0);
	CHECK_EQUAL(end, LOW_SIZE >> PAGE_SHIFT);
	CHECK(memory_bank(1, &first, &end));
	CHECK_EQUAL(first, HIGH_BASE >> PAGE_SHIFT);
	CHECK_EQUAL(end, (HIGH_BASE + HIGH_SIZE) >> PAGE_SHIFT);
	CHECK(!memory_bank(2, &first, &end));
}

/* Reserves address space; only what is touched gets memory. */
static void reserve_addresses(void *address, u64 size)
{
	if (mmap(address, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != address) {
		printf("1..0 # SKIP no room for the simulated memory\n");
		exit(0);
	}
}

int main(int argc UNUSED, char **argv)
{
	static const struct unit_case cases[] = {
		{ "firmware is left alone, and no more than that", firmware_is_left_alone },
		{ "nothing that is reserved is free", nothing_reserved_is_free },
		{ "nearly all else is free", nearly_all_else_is_free },
		{ "holes have no struct page", holes_have_no_pages },
		{ "what is read is mapped, the image is not", what_is_read_is_mapped },
		{ "ranges are found in banks", ranges_are_found },
		{ "banks are told", banks_are_told },
		{ "an initrd is taken where nothing else is", initrd_is_alone },
	};
	u64 frames_end = (HIGH_BASE + HIGH_SIZE) >> PAGE_SHIFT;
	size_t size;
	u8 *blob = unit_read_file(argv[1], &size);
	struct fdt_range initrd = { INITRD_BASE, INITRD_SIZE };
	int result;

	reserve_addresses(machine_memory, HIGH_BASE + HIGH_SIZE);
	reserve_addresses(machine_pages, frames_end * sizeof(struct page) + MIB(1));
	if (fdt_open(&fdt, blob, size) != 0)
		return 1;
	tree_size = size;
	firmware_size = strtoul(argv[2], NULL, 10) << 10;
	memory_init(&fdt, (struct fdt_range){ TREE_BASE, size }, &initrd);
	started = true;
	result = UNIT_RUN(cases);
	free(blob);
	return result;
}
