/*
 * Random bytes (fs/random.h). The generator is ChaCha20 (RFC 8439, section 2.3): a few blocks are
 * made at a time; their first bytes replace the key, and the rest is handed out and erased.
 */
#include "fs/random.h"

#include "arch/riscv/lock.h"
#include "arch/riscv/timer.h"
#include "lib/string.h"

#define KEY_WORDS   8
#define BLOCK_WORDS 16
#define ROUNDS      20
#define POOL_BLOCKS 4

static struct spinlock lock;
static u32 key[KEY_WORDS] GUARDED_BY(lock);
static u32 pool[POOL_BLOCKS * BLOCK_WORDS] GUARDED_BY(lock);
static size_t pool_used GUARDED_BY(lock) = sizeof(pool); /* bytes handed out, and erased */

static u32 rotate_left(u32 value, u32 bits)
{
	return value << bits | value >> (32 - bits);
}

static void quarter_round(u32 *a, u32 *b, u32 *c, u32 *d)
{
	*a += *b;
	*d = rotate_left(*d ^ *a, 16);
	*c += *d;
	*b = rotate_left(*b ^ *c, 12);
	*a += *b;
	*d = rotate_left(*d ^ *a, 8);
	*c += *d;
	*b = rotate_left(*b ^ *c, 7);
}

/* Makes the block with this number from the key, with the time as nonce. */
static void make_block(u32 number, u32 block[BLOCK_WORDS]) REQUIRES(lock)
{
	u64 now = time_now();
	u32 start[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memcpy(&start[4], key, sizeof(key));
	start[12] = number;
	start[14] = (u32)now;
	start[15] = (u32)(now >> 32);
	memcpy(block, start, sizeof(start));
	for (u32 round = 0; round < ROUNDS; round += 2) {
		for (u32 i = 0; i < 4; i++)
			quarter_round(&block[i], &block[4 + i], &block[8 + i], &block[12 + i]);
		for (u32 i = 0; i < 4; i++)
			quarter_round(&block[i], &block[4 + (i + 1) % 4], &block[8 + (i + 2) % 4],
				&block[12 + (i + 3) % 4]);
	}
	for (u32 i = 0; i < BLOCK_WORDS; i++)
		block[i] += start[i];
}

void random_seed(const void *seed, size_t size)
{
	const u8 *bytes = seed;
	u32 block[BLOCK_WORDS];

	spin_lock(&lock);
	for (size_t done = 0; done == 0 || done < size; done += sizeof(key)) {
		u8 *to = (u8 *)key;

		for (size_t i = 0; i < sizeof(key) && done + i < size; i++)
			to[i] ^= bytes[done + i];
		make_block(0, block);
		memcpy(key, block, sizeof(key));
	}
	pool_used = sizeof(pool);
	spin_unlock(&lock);
}

/* Makes new blocks: their first bytes become the next key, the others are handed out. */
static void refill(void) REQUIRES(lock)
{
	for (u32 i = 0; i < POOL_BLOCKS; i++)
		make_block(i, &pool[i * BLOCK_WORDS]);
	memcpy(key, pool, sizeof(key));
	memset(pool, 0, sizeof(key));
	pool_used = sizeof(key);
}

void random_bytes(void *to, size_t size)
{
	u8 *bytes = to;

	while (size) {
		size_t part;

		spin_lock(&lock);
		if (pool_used == sizeof(pool))
			refill();
		part = min(size, sizeof(pool) - pool_used);
		memcpy(bytes, (u8 *)pool + pool_used, part);
		memset((u8 *)pool + pool_used, 0, part);
		pool_used += part;
		spin_unlock(&lock);
		bytes += part;
		size -= part;
	}
}
