/*
 * Byte rings, for pipes and terminals. The positions count all bytes ever written and read, so
 * that full and empty differ; the capacity is a power of two. The caller locks.
 *
 * To copy without a bounce buffer, take a span, copy, then say how much of it was used.
 */
#pragma once

#include "lib/types.h"

struct ring {
	u8 *data;
	u32 capacity;
	u32 written, read;
};

static inline void ring_init(struct ring *ring, void *data, u32 capacity)
{
	*ring = (struct ring){ .data = data, .capacity = capacity };
}

/* Bytes to be read. */
static inline u32 ring_used(const struct ring *ring)
{
	return ring->written - ring->read;
}

/* Bytes that can be written. */
static inline u32 ring_room(const struct ring *ring)
{
	return ring->capacity - ring_used(ring);
}

/* The bytes that can be read in one piece (0 when empty); ring_consume() takes them out then. */
static inline const u8 *ring_read_span(const struct ring *ring, u32 *length)
{
	u32 offset = ring->read & (ring->capacity - 1);

	*length = min(ring_used(ring), ring->capacity - offset);
	return ring->data + offset;
}

static inline void ring_consume(struct ring *ring, u32 length)
{
	ring->read += length;
}

/* One byte; false when full or empty. */
static inline bool ring_push(struct ring *ring, u8 byte)
{
	if (ring_room(ring) == 0)
		return false;
	ring->data[ring->written++ & (ring->capacity - 1)] = byte;
	return true;
}

static inline bool ring_pop(struct ring *ring, u8 *byte)
{
	if (ring_used(ring) == 0)
		return false;
	*byte = ring->data[ring->read++ & (ring->capacity - 1)];
	return true;
}
