/*
 * Random bytes (proc/random.h). The generator is ChaCha20 (RFC 8439, section 2.3) as a stream: each
 * block's first half replaces the key, the second half is handed out.
 */
#include "proc/random.h"

#include "arch/riscv/lock.h"
#include "arch/riscv/timer.h"
#include "lib/string.h"

#define KEY_WORDS 8
#define BLOCK_WORDS 16
#define ROUNDS 20

static struct spinlock lock;
static u32 key[KEY_WORDS] GUARDED_BY(lock);

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

/* The block for the key, with the time as nonce. */
static void make_block(u32 block[BLOCK_WORDS]) REQUIRES(lock)
{
	u64 now = time_now();
	u32 start[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memcpy(&start[4], key, sizeof(key));
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
		make_block(block);
		memcpy(key, block, sizeof(key));
	}
	spin_unlock(&lock);
}

void random_bytes(void *to, size_t size)
{
	u32 block[BLOCK_WORDS];
	u8 *bytes = to;

	while (size) {
		size_t part = min(size, sizeof(block) - sizeof(key));

		spin_lock(&lock);
		make_block(block);
		memcpy(key, block, sizeof(key));
		spin_unlock(&lock);
		memcpy(bytes, &block[KEY_WORDS], part);
		bytes += part;
		size -= part;
	}
	memset(block, 0, sizeof(block));
}
