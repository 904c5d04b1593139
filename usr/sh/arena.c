/*
 * Memory for trees and expanded words: taken piece by piece, given back all at once. Chunks are
 * on a stack; releasing a mark frees those that were pushed after it.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "usr/sh/sh.h"

#define CHUNK_SIZE 4000UL
#define ALIGNMENT  8UL

struct chunk {
	struct chunk *below;
	size_t used;
	size_t size;
	char memory[];
};

static struct chunk *top;

static void push_chunk(size_t size)
{
	struct chunk *chunk = malloc(sizeof(*chunk) + size);

	if (!chunk)
		err(2, "out of memory");
	chunk->below = top;
	chunk->used = 0;
	chunk->size = size;
	top = chunk;
}

void *arena_take(size_t size)
{
	char *memory;

	size = (size + ALIGNMENT - 1) & -ALIGNMENT;
	if (!top || size > top->size - top->used)
		push_chunk(size > CHUNK_SIZE ? size : CHUNK_SIZE);
	memory = top->memory + top->used;
	top->used += size;
	return memset(memory, 0, size);
}

char *arena_copy(const char *text, size_t length)
{
	char *copy = arena_take(length + 1);

	memcpy(copy, text, length);
	return copy;
}

struct arena_mark arena_mark(void)
{
	return (struct arena_mark){ top, top ? top->used : 0 };
}

void arena_release(struct arena_mark mark)
{
	while (top != mark.chunk) {
		struct chunk *chunk = top;

		top = chunk->below;
		free(chunk);
	}
	if (top)
		top->used = mark.used;
}

void text_add(struct text *text, char character)
{
	if (text->length + 2 > text->size) {
		char *larger = arena_take(2 * text->size + 32);

		if (text->length)
			memcpy(larger, text->bytes, text->length);
		text->bytes = larger;
		text->size = 2 * text->size + 32;
	}
	text->bytes[text->length++] = character;
	text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string)
{
	while (*string)
		text_add(text, *string++);
}
