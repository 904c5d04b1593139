/*
 * Which physical memory there is (mm/memory.h). Runs at boot, before other harts do.
 *
 *	banks		what the device tree calls memory: each frame gets a struct page
 *	usable		banks less everything reserved: goes to the page allocator
 *
 * Before there is an allocator, pages come from the ends of the last usable ranges.
 */
#include "mm/memory.h"

#include "arch/riscv/kmap.h"
#include "lib/log.h"
#include "lib/sanitize.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/page.h"
#include "mm/shadow.h"

#define RANGES_MAX    64
#define FIRMWARE_SIZE MIB(2) /* at most: the image is loaded behind it */

struct range_list {
	u32 number;
	struct fdt_range range[RANGES_MAX];
};

static struct range_list banks, usable, mapped;
static bool allocator_ready;

static void ranges_insert(struct range_list *list, u32 at, u64 base, u64 end)
{
	if (base >= end)
		return;
	if (list->number == RANGES_MAX) {
		log_warn("memory: too many ranges, 0x%lx-0x%lx is not used", base, end);
		return;
	}
	memmove(&list->range[at + 1], &list->range[at],
		(list->number - at) * sizeof(list->range[0]));
	list->range[at] = (struct fdt_range){ base, end - base };
	list->number++;
}

static void ranges_remove_at(struct range_list *list, u32 at)
{
	list->number--;
	memmove(&list->range[at], &list->range[at + 1],
		(list->number - at) * sizeof(list->range[0]));
}

/* Takes [base, end) out of all ranges. */
static void ranges_cut(struct range_list *list, u64 base, u64 end)
{
	/* Backwards, as what is left of a range is inserted at its place or after it. */
	for (u32 i = list->number; i-- > 0;) {
		u64 range_base = list->range[i].base;
		u64 range_end = range_base + list->range[i].size;

		if (end <= range_base || range_end <= base)
			continue;
		ranges_remove_at(list, i);
		ranges_insert(list, i, end, range_end);
		ranges_insert(list, i, range_base, base);
	}
}

/* The end of a range, cut off at the end of the direct map: in the device tree it may even wrap. */
static u64 end_of(struct fdt_range range)
{
	u64 base = min(range.base, (u64)DIRECT_MAP_SIZE);

	return base + min(range.size, DIRECT_MAP_SIZE - base);
}

/* Adds a range in order, whole pages only; what is there already is not added again. */
static void ranges_add(struct range_list *list, u64 base, u64 end)
{
	u32 at = 0;

	base = align_up(base, PAGE_SIZE);
	end = align_down(end, PAGE_SIZE);
	ranges_cut(list, base, end);
	while (at < list->number && list->range[at].base < base)
		at++;
	ranges_insert(list, at, base, end);
}

/* What was read or runs must lie in memory: if the device tree omits that, it becomes a bank. */
static void add_known(struct fdt_range range, const char *what)
{
	if (memory_contains(range))
		return;
	log_warn("memory: %s at 0x%lx is not in memory that the device tree tells of", what,
		range.base);
	ranges_add(&banks, align_down(range.base, PAGE_SIZE), align_up(end_of(range), PAGE_SIZE));
}

static void reserve(struct fdt_range range)
{
	ranges_cut(&usable, align_down(range.base, PAGE_SIZE), align_up(end_of(range), PAGE_SIZE));
}

static struct fdt_range image_range(void)
{
	return (struct fdt_range){ image_physical(image_start).value,
		(u64)(image_end - image_start) };
}

static void read_device_tree(const struct fdt *fdt, struct fdt_range device_tree)
{
	struct fdt_range range;
	struct fdt_reserved reserved;

	for (u32 i = 0; fdt_memory(fdt, i, &range); i++) {
		if (end_of(range) != range.base + range.size)
			log_warn("memory: what of 0x%lx-0x%lx is above 0x%lx is not used",
				range.base, range.base + range.size, (u64)DIRECT_MAP_SIZE);
		ranges_add(&banks, min(range.base, (u64)DIRECT_MAP_SIZE), end_of(range));
	}
	if (!banks.number)
		panic("the device tree describes no memory");
	add_known(image_range(), "the image");
	add_known(device_tree, "the device tree");
	usable = banks;
	for (u32 i = 0; fdt_reserved(fdt, i, &reserved); i++)
		reserve(reserved.range);
}

static bool is_usable(u64 address)
{
	for (u32 i = 0; i < usable.number; i++)
		if (address - usable.range[i].base < usable.range[i].size)
			return true;
	return false;
}

/*
 * Firmware lies at the start of the image's bank, and touching it may trap. If the start is not
 * reserved, the firmware has not told its size, and FIRMWARE_SIZE is assumed.
 */
static void reserve_firmware(u64 image)
{
	for (u32 i = 0; i < banks.number; i++) {
		u64 bank = banks.range[i].base;

		if (bank < image && image - bank < banks.range[i].size && is_usable(bank))
			reserve((struct fdt_range){ bank, min(FIRMWARE_SIZE, image - bank) });
	}
}

static bool overlap(struct fdt_range one, struct fdt_range other)
{
	return one.base < end_of(other) && other.base < end_of(one);
}

/* Why the initrd cannot be intact where the boot loader says it is; NULL if it can. */
static const char *initrd_fault(const struct fdt *fdt, struct fdt_range device_tree,
	struct fdt_range initrd)
{
	struct fdt_reserved reserved;

	if (!memory_contains(initrd))
		return "is not in memory";
	if (overlap(initrd, image_range()))
		return "overlaps the image";
	if (overlap(initrd, device_tree))
		return "overlaps the device tree";
	for (u32 i = 0; fdt_reserved(fdt, i, &reserved); i++)
		if (!reserved.by_loader && overlap(initrd, reserved.range))
			return "overlaps reserved memory";
	return NULL;
}

static void check_initrd(const struct fdt *fdt, struct fdt_range device_tree,
	struct fdt_range *initrd)
{
	const char *fault = initrd->size ? initrd_fault(fdt, device_tree, *initrd) : NULL;

	if (!fault)
		return;
	log_warn("the initrd at 0x%lx %s: going on without", initrd->base, fault);
	initrd->size = 0;
}

/* Contiguous zeroed pages, from the end of the last usable range that is large enough. */
static paddr_t take_early(u64 size)
{
	for (u32 i = usable.number; i-- > 0;) {
		struct fdt_range *range = &usable.range[i];

		if (range->size < size)
			continue;
		range->size -= size;
		paddr_t address = PADDR(range->base + range->size);

		memset(direct_map(address), 0, size);
		return address;
	}
	panic("not enough memory to describe the memory");
}

static paddr_t kernel_table_alloc(void)
{
	struct page *page;

	if (!allocator_ready)
		return take_early(PAGE_SIZE);
	page = page_alloc_zeroed(PAGE_KERNEL);
	return page ? page_physical(page) : PADDR(0);
}

static void kernel_table_free(paddr_t table)
{
	page_free_order(page_of_physical(table), 0);
}

static const struct table_memory kernel_tables = {
	.allocate = kernel_table_alloc,
	.free = kernel_table_free,
};

static void map_or_panic(u64 address, paddr_t physical, u64 size)
{
	if (kernel_map(address, physical, size, KERNEL_READ_WRITE) < 0)
		panic("no memory for the kernel's page tables");
}

/* The buddy of any frame in a bank has a struct page, though perhaps no memory. */
static u64 bank_map_first(u32 index)
{
	return align_down(banks.range[index].base >> PAGE_SHIFT, 1UL << PAGE_ORDER_MAX);
}

static u64 bank_map_end(u32 index)
{
	u64 end = (banks.range[index].base + banks.range[index].size) >> PAGE_SHIFT;

	return align_up(end, 1UL << PAGE_ORDER_MAX);
}

/* Maps an array at `base`, indexed by frame number: so many bytes for each frame of the banks. */
static void map_for_frames(u64 base, u64 bytes)
{
	u64 done = 0;

	for (u32 i = 0; i < banks.number; i++) {
		u64 first = max(bank_map_first(i), done);
		u64 end = bank_map_end(i);
		u64 size = (end - first) * bytes;

		if (first < end)
			map_or_panic(base + first * bytes, take_early(size), size);
		done = end;
	}
}

/*
 * The direct map covers what the kernel may touch: usable memory, and the reserved pieces that it
 * still reads. The image's own frames are left out, since writes to them here would bypass the
 * permissions that they have in the image. Called before the first page is taken from `usable`.
 */
static void choose_mapped(struct fdt_range device_tree, struct fdt_range initrd)
{
	mapped = usable;
	ranges_add(&mapped, align_down(device_tree.base, PAGE_SIZE),
		align_up(device_tree.base + device_tree.size, PAGE_SIZE));
	if (initrd.size)
		ranges_add(&mapped, align_down(initrd.base, PAGE_SIZE),
			align_up(initrd.base + initrd.size, PAGE_SIZE));
}

static void map_direct(void)
{
	for (u32 i = 0; i < mapped.number; i++)
		map_or_panic((u64)direct_map(PADDR(mapped.range[i].base)),
			PADDR(mapped.range[i].base), mapped.range[i].size);
}

static void init_page_structures(void)
{
	for (u32 i = 0; i < banks.number; i++)
		for (u64 frame = bank_map_first(i); frame < bank_map_end(i); frame++) {
			struct page *page = page_of_frame(frame);

			page_set_kind(page, PAGE_KERNEL);
			page->order = PAGE_ORDER_NONE;
			atomic_init(&page->count, 1);
		}
}

void memory_init(const struct fdt *fdt, struct fdt_range device_tree, struct fdt_range *initrd)
{
	read_device_tree(fdt, device_tree);
	check_initrd(fdt, device_tree, initrd);
	reserve(image_range());
	reserve_firmware(image_range().base);
	reserve(device_tree);
	reserve(*initrd);

	choose_mapped(device_tree, *initrd);

	kernel_map_init(&kernel_tables);
	map_direct();
	map_for_frames((u64)memory_map, sizeof(struct page));
	if (SANITIZE_ADDRESS)
		map_for_frames(SHADOW_BASE, PAGE_SIZE >> SHADOW_SHIFT);
	if (kernel_map_reserve(STACKS_BASE, STACKS_SIZE) < 0 ||
		kernel_map_reserve(DEVICES_BASE, DEVICES_SIZE) < 0)
		panic("no memory for the kernel's page tables");
	shadow_reserve();
	kernel_map_finish();
	sanitize_start();

	init_page_structures();
	buddy_init();
	for (u32 i = 0; i < usable.number; i++)
		buddy_add(usable.range[i].base >> PAGE_SHIFT,
			(usable.range[i].base + usable.range[i].size) >> PAGE_SHIFT);
	allocator_ready = true;
}

/*
 * What was reserved may not be in the direct map yet (the image's frames are not). Mapping a frame
 * there again changes nothing.
 */
void memory_release(const void *start, const void *end)
{
	paddr_t first =
		(u64)start >= KERNEL_BASE ? image_physical(start) : direct_map_physical(start);
	u64 size = align_down((u64)end, PAGE_SIZE) - align_up((u64)start, PAGE_SIZE);

	first = PADDR(align_up(first.value, PAGE_SIZE));
	if ((u64)end <= (u64)start || (s64)size <= 0)
		return;
	for (u64 at = 0; (u64)start >= KERNEL_BASE && at < size; at += PAGE_SIZE)
		map_or_panic((u64)direct_map(paddr_add(first, at)), paddr_add(first, at),
			PAGE_SIZE);
	buddy_add(paddr_frame(first), paddr_frame(paddr_add(first, size)));
}

bool memory_bank(u32 index, u64 *first, u64 *end)
{
	if (index >= banks.number)
		return false;
	*first = banks.range[index].base >> PAGE_SHIFT;
	*end = *first + (banks.range[index].size >> PAGE_SHIFT);
	return true;
}

bool memory_contains(struct fdt_range range)
{
	/* Banks are in order, so a range that continues in the next bank is found there. */
	for (u32 i = 0; i < banks.number; i++) {
		u64 offset = range.base - banks.range[i].base;

		if (range.base >= banks.range[i].base && offset < banks.range[i].size) {
			u64 here = min(range.size, banks.range[i].size - offset);

			range.base += here;
			range.size -= here;
		}
	}
	return range.size == 0;
}
