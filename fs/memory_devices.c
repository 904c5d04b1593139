/*
 * /dev/null, /dev/zero, /dev/full, /dev/random and /dev/urandom: devices without a device. No
 * state, no locks.
 */
#include "fs/device.h"
#include "fs/random.h"
#include "fs/wait.h"
#include "lib/error.h"
#include "mm/region.h"

#define MEMORY_MAJOR  1
#define NULL_MINOR    3
#define ZERO_MINOR    5
#define FULL_MINOR    7
#define RANDOM_MINOR  8
#define URANDOM_MINOR 9

#define READ_WRITE_BY_ALL 0666

/* How many random bytes are made at a time. */
#define RANDOM_PIECE 256

static ssize_t read_nothing(struct file *file UNUSED, struct io *io UNUSED, u64 *offset UNUSED)
{
	return 0;
}

static ssize_t read_zeroes(struct file *file UNUSED, struct io *io, u64 *offset UNUSED)
{
	size_t wanted = io->left;

	while (io->left && !io->error && wait_give_way())
		io_write_zeroes(io, PAGE_SIZE);
	return io_result(io, wanted - io->left);
}

static ssize_t read_random(struct file *file UNUSED, struct io *io, u64 *offset UNUSED)
{
	size_t wanted = io->left;
	u8 part[RANDOM_PIECE];

	while (io->left && !io->error && wait_give_way()) {
		size_t size = min(io->left, sizeof(part));

		random_bytes(part, size);
		io_write(io, part, size);
	}
	return io_result(io, wanted - io->left);
}

/* Mixes what is written into the generator's key. */
static ssize_t write_random(struct file *file UNUSED, struct io *io, u64 *offset UNUSED)
{
	size_t wanted = io->left;
	u8 part[RANDOM_PIECE];

	while (io->left && !io->error && wait_give_way())
		random_seed(part, io_read(io, part, sizeof(part)));
	return io_result(io, wanted - io->left);
}

static ssize_t write_away(struct file *file UNUSED, struct io *io, u64 *offset UNUSED)
{
	return (ssize_t)io->left;
}

static ssize_t write_full(struct file *file UNUSED, struct io *io, u64 *offset UNUSED)
{
	return io->left ? -ENOSPC : 0;
}

/* A private mapping is anonymous memory: its operations stay NULL. */
static int map_zeroes(struct file *file UNUSED, struct region *model)
{
	return model->flags & REGION_SHARED ? shared_memory_create(model) : 0;
}

static const struct file_operations null_operations = {
	.seekable = true,
	.read = read_nothing,
	.write = write_away,
};

static const struct file_operations zero_operations = {
	.seekable = true,
	.read = read_zeroes,
	.write = write_away,
	.map = map_zeroes,
};

static const struct file_operations full_operations = {
	.seekable = true,
	.read = read_zeroes,
	.write = write_full,
};

static const struct file_operations random_operations = {
	.seekable = true,
	.read = read_random,
	.write = write_random,
};

#define DEVICE(minor) (MEMORY_MAJOR << 8 | (minor))

static struct character_device memory_devices[] = {
	{ DEVICE(NULL_MINOR), "null", READ_WRITE_BY_ALL, .operations = &null_operations },
	{ DEVICE(ZERO_MINOR), "zero", READ_WRITE_BY_ALL, .operations = &zero_operations },
	{ DEVICE(FULL_MINOR), "full", READ_WRITE_BY_ALL, .operations = &full_operations },
	{ DEVICE(RANDOM_MINOR), "random", READ_WRITE_BY_ALL, .operations = &random_operations },
	{ DEVICE(URANDOM_MINOR), "urandom", READ_WRITE_BY_ALL, .operations = &random_operations },
};

void memory_devices_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(memory_devices); i++)
		device_register(&memory_devices[i]);
}
