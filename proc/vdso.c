/*
 * The vDSO: one page of code, shared by all address spaces through a page cache of its own.
 */
#include "proc/vdso.h"

#include "arch/riscv/smp.h"
#include "lib/abi/errno.h"
#include "lib/abi/syscall.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/cache.h"
#include "mm/region.h"
#include "mm/space.h"

static struct page_cache cache;

/* li a7, number: addi a7, zero, number; then ecall. */
#define INSTRUCTION_LOAD_NUMBER(number) ((u32)(number) << 20 | 17 << 7 | 0x13)
#define INSTRUCTION_ECALL               0x73

/* A handler returns to the first of them. */
static const u32 signal_return[] = {
	INSTRUCTION_LOAD_NUMBER(SYS_rt_sigreturn),
	INSTRUCTION_ECALL,
};

static struct page *vdso_page(struct region *region, u64 index, bool write)
{
	(void)region;
	(void)write;
	return cache_find(&cache, index);
}

static void vdso_reference(struct region *region)
{
	(void)region; /* it is there for ever */
}

static void vdso_name(struct region *region, char *buffer, size_t size)
{
	(void)region;
	strlcpy(buffer, "[vdso]", size);
}

static u64 vdso_inode(struct region *region)
{
	(void)region;
	return 0;
}

static struct page_cache *vdso_cache(struct region *region)
{
	(void)region;
	return &cache;
}

static const struct region_operations vdso_operations = {
	.page = vdso_page,
	.get = vdso_reference,
	.put = vdso_reference,
	.name = vdso_name,
	.inode = vdso_inode,
	.cache = vdso_cache,
};

void vdso_init(void)
{
	struct page *page;

	cache_init(&cache);
	page = cache_find_or_create(&cache, 0);
	if (!page)
		panic("no memory for the vDSO");
	memcpy(page_address(page), signal_return, sizeof(signal_return));
	page_put(page);
	instructions_flush();
}

int vdso_map(struct space *space)
{
	const struct region model = {
		.start = VDSO_ADDRESS,
		.end = VDSO_ADDRESS + PAGE_SIZE,
		.flags = REGION_READ | REGION_EXECUTE,
		.operations = &vdso_operations,
	};
	s64 result = space_map(space, &model, MAP_EXACT);

	return result < 0 ? (int)result : 0;
}
