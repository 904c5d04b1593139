/*
 * The heap: one list of free blocks, sorted by address, so that neighbours are found and joined.
 * A block is cut from the first free one that is large enough. A block of MAPPED_MIN bytes or
 * more is a mapping of its own and goes back to the kernel when it is freed.
 * There is no lock: threads made with clone() must not allocate at the same time.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALIGNMENT  16UL
#define PAGE       4096UL
#define GROWTH_MIN (16 * PAGE)
#define MAPPED_MIN (32 * PAGE)

/* In front of every block, used or free. Sizes include it. */
struct header {
	size_t size;
	struct header *next; /* while it is free */
};

_Static_assert(sizeof(struct header) == ALIGNMENT, "blocks stay aligned behind their headers");

static struct header *free_blocks;

static size_t round_up(size_t size, size_t unit)
{
	return (size + unit - 1) & -unit;
}

static char *block_end(struct header *block)
{
	return (char *)block + block->size;
}

/* Puts a block among the free ones, and joins it with the neighbours that touch it. */
static void insert_free(struct header *block)
{
	struct header *before = NULL, *after = free_blocks;

	while (after && after < block) {
		before = after;
		after = after->next;
	}

	block->next = after;
	if (after && block_end(block) == (char *)after) {
		block->size += after->size;
		block->next = after->next;
	}
	if (!before) {
		free_blocks = block;
	} else if (block_end(before) == (char *)block) {
		before->size += block->size;
		before->next = block->next;
	} else {
		before->next = block;
	}
}

/* Cuts a block to size; the rest becomes free. */
static void trim(struct header *block, size_t size)
{
	struct header *rest = (struct header *)((char *)block + size);

	if (block->size == size)
		return;
	rest->size = block->size - size;
	block->size = size;
	insert_free(rest);
}

static struct header *take_free(size_t size)
{
	for (struct header **link = &free_blocks; *link; link = &(*link)->next) {
		struct header *block = *link;

		if (block->size >= size) {
			*link = block->next;
			trim(block, size);
			return block;
		}
	}
	return NULL;
}

static int grow_heap(size_t size)
{
	size_t length = round_up(size > GROWTH_MIN ? size : GROWTH_MIN, PAGE);
	struct header *block = sbrk((intptr_t)length);

	if (block == (void *)-1)
		return -1;
	block->size = length;
	insert_free(block);
	return 0;
}

static struct header *map_block(size_t size)
{
	size_t length = round_up(size, PAGE);
	struct header *block =
		mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return NULL;
	block->size = length;
	return block;
}

void *malloc(size_t size)
{
	struct header *block;

	if (size > PTRDIFF_MAX - PAGE) {
		errno = ENOMEM;
		return NULL;
	}
	size = round_up(size + sizeof(*block), ALIGNMENT);
	if (size >= MAPPED_MIN) {
		block = map_block(size);
	} else {
		block = take_free(size);
		if (!block && grow_heap(size) == 0)
			block = take_free(size);
	}
	return block ? block + 1 : NULL;
}

void free(void *memory)
{
	struct header *block = (struct header *)memory - 1;

	if (!memory)
		return;
	if (block->size >= MAPPED_MIN)
		munmap(block, block->size);
	else
		insert_free(block);
}

void *calloc(size_t count, size_t size)
{
	size_t total;
	void *memory;

	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	memory = malloc(total);
	return memory ? memset(memory, 0, total) : NULL;
}

void *realloc(void *memory, size_t size)
{
	struct header *block = (struct header *)memory - 1;
	size_t old_size;
	void *moved;

	if (!memory)
		return malloc(size);
	old_size = block->size - sizeof(*block);
	if (size <= old_size)
		return memory;
	moved = malloc(size);
	if (!moved)
		return NULL;
	memcpy(moved, memory, old_size);
	free(memory);
	return moved;
}
