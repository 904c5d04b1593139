/*
 * The vDSO (proc/vdso.h): its two pages are in a page cache of their own, which all address spaces
 * share: the data, then the image. No locks: what changes is atomic.
 */
#include "proc/vdso.h"

#include "arch/riscv/timer.h"
#include "arch/riscv/tlb.h"
#include "arch/riscv/vdso_data.h"
#include "drivers/clock.h"
#include "lib/abi/elf.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/cache.h"
#include "mm/region.h"
#include "mm/space.h"

/* The build puts it into the kernel. */
extern const char vdso_image_start[], vdso_image_end[];

enum { PAGE_DATA, PAGE_IMAGE, PAGES };

static struct page_cache cache;
static struct vdso_data *data;

u64 vdso_signal_return;

static struct page *vdso_page(struct region *region UNUSED, u64 index, bool write UNUSED)
{
	return cache_find(&cache, index);
}

/* The vDSO is there for ever. */
static void vdso_reference(struct region *region UNUSED)
{
}

static void vdso_name(struct region *region, char *buffer, size_t size)
{
	strlcpy(buffer, region->flags & REGION_EXECUTE ? "[vdso]" : "[vvar]", size);
}

static struct page_cache *vdso_cache(struct region *region UNUSED)
{
	return &cache;
}

static const struct region_operations vdso_operations = {
	.page = vdso_page,
	.get = vdso_reference,
	.put = vdso_reference,
	.name = vdso_name,
	.cache = vdso_cache,
};

void vdso_set_realtime(void)
{
	atomic_store(&data->realtime_offset, atomic_load(&clock_realtime_offset));
}

void vdso_init(void)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)vdso_image_start;
	struct page *pages[PAGES];

	cache_init(&cache, NULL);
	for (u32 i = 0; i < PAGES; i++) {
		pages[i] = cache_find_or_create(&cache, i);
		if (!pages[i])
			panic("no memory for the vDSO");
	}
	memcpy(page_address(pages[PAGE_IMAGE]), vdso_image_start,
		(size_t)(vdso_image_end - vdso_image_start));
	data = page_address(pages[PAGE_DATA]);
	data->nanoseconds_per_tick = timer_factor_for_users();
	vdso_set_realtime();
	vdso_signal_return = header->e_entry;
	for (u32 i = 0; i < PAGES; i++)
		page_put(pages[i]);
	tlb_flush_all_instructions();
}

static int map_page(struct space *space, u64 address, u64 index, u32 flags)
{
	const struct region model = {
		.start = address,
		.end = address + PAGE_SIZE,
		.flags = flags,
		.offset = index,
		.operations = &vdso_operations,
	};

	return space_map_exactly(space, &model);
}

int vdso_map(struct space *space)
{
	u64 address = space->layout.vdso;
	int error = map_page(space, address - PAGE_SIZE, PAGE_DATA, REGION_READ);

	return error ? error : map_page(space, address, PAGE_IMAGE, REGION_READ | REGION_EXECUTE);
}
