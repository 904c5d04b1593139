/*
 * The cpio reader (lib/cpio.h) over archives that cpio wrote (make_input.py), whole, cut off and
 * corrupted.
 *
 * usage: test_cpio archives.cpio
 */
#include "lib/abi/stat.h"
#include "lib/cpio.h"
#include "lib/error.h"
#include "lib/string.h"
#include "tests/unit/unit.h"

#define HEADER_SIZE  110
#define NAME_SIZE_AT 94
#define SIZE_AT      54

static u8 *archives;
static size_t archives_size;
static struct cpio cpio;
static struct cpio_entry entry;

static bool content_is(const char *text)
{
	return entry.size == strlen(text) && memcmp(entry.data, text, entry.size) == 0;
}

/* Reads to the end and returns how many entries there were, or the error. */
static int read_all(const u8 *data, size_t size)
{
	int count = 0, result;

	cpio_open(&cpio, data, size);
	while ((result = cpio_next(&cpio, &entry)) == 1)
		count++;
	return result < 0 ? result : count;
}

static void whole(void)
{
	u32 inode;

	cpio_open(&cpio, archives, archives_size);
	CHECK_EQUAL(cpio_next(&cpio, &entry), 1);
	CHECK_STRING(entry.name, "");
	CHECK(S_ISDIR(entry.mode));
	CHECK_EQUAL(cpio_next(&cpio, &entry), 1);
	CHECK_STRING(entry.name, "bin");
	CHECK_EQUAL(entry.mode, S_IFDIR | 0755);

	CHECK_EQUAL(cpio_next(&cpio, &entry), 1);
	CHECK_STRING(entry.name, "bin/one");
	CHECK_EQUAL(entry.mode, S_IFREG | 0750);
	CHECK(entry.links == 2 && entry.size == 0 && entry.archive == 0);
	inode = entry.inode;
	CHECK_EQUAL(cpio_next(&cpio, &entry), 1);
	CHECK_STRING(entry.name, "bin/two");
	CHECK(entry.links == 2 && entry.inode == inode && content_is("first content\n"));

	CHECK_EQUAL(cpio_next(&cpio, &entry), 1);
	CHECK_STRING(entry.name, "bin/empty");
	CHECK_EQUAL(cpio_next(&cpio, &entry), 1);
	CHECK_STRING(entry.name, "link");
	CHECK(S_ISLNK(entry.mode) && content_is("bin/one"));

	CHECK_EQUAL(cpio_next(&cpio, &entry), 1);
	CHECK_STRING(entry.name, "later");
	CHECK(entry.archive == 1 && content_is("second archive"));
	CHECK_EQUAL(cpio_next(&cpio, &entry), 0);
	CHECK_EQUAL(cpio_next(&cpio, &entry), 0);
}

static void nothing(void)
{
	u8 zeros[64] = { 0 };

	CHECK_EQUAL(read_all(zeros, 0), 0);
	CHECK_EQUAL(read_all(zeros, sizeof(zeros)), 0);
}

/* The bytes may end only between archives. */
static void cut_off(void)
{
	size_t first_end = 0, ends = 0;

	for (size_t size = 1; size < archives_size; size++) {
		u8 *copy = unit_copy(archives, size);
		int result = read_all(copy, size);

		CHECK(result == -EINVAL || result == 6 || result == 7);
		CHECK(cpio.offset <= size);
		if (result == 6 && !first_end)
			first_end = size;
		ends += result >= 0;
		free(copy);
	}
	CHECK(first_end > 0);
	/* The zero bytes, and the padding behind the two trailers. */
	CHECK(ends >= 2 * 512 && ends < 2 * 512 + 16);
}

static void corrupted(void)
{
	for (u32 round = 0; round < 20000; round++) {
		u8 *copy = unit_copy(archives, archives_size);
		u64 sum = 0;
		int result;

		for (u64 changes = 1 + unit_random_below(4); changes > 0; changes--)
			copy[unit_random_below(archives_size)] = unit_random_below(2)
				? "0189afF/."[unit_random_below(9)]
				: (u8)unit_random();
		cpio_open(&cpio, copy, archives_size);
		while ((result = cpio_next(&cpio, &entry)) == 1) {
			CHECK(entry.name[0] != '/');
			for (size_t i = 0; i < entry.size; i++)
				sum += entry.data[i];
			sum += strlen(entry.name);
		}
		CHECK(result == 0 || result == -EINVAL);
		CHECK(sum < 100 * archives_size);
		free(copy);
	}
}

/* An archive with one file of this name (`name_size` bytes with its NUL) and content. */
static size_t make_archive(u8 *to, const char *magic, const char *name, size_t name_size,
	const char *content, u32 checksum)
{
	u8 *start = to;
	int length = __builtin_sprintf((char *)to,
		"%s%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08X", magic, 7,
		S_IFREG | 0644, 0, 0, 1, 0x5eed, strlen(content), 8, 1, 0, 0, name_size, checksum);

	CHECK_EQUAL(length, HEADER_SIZE);
	to += length;
	memcpy(to, name, name_size);
	to += name_size;
	while ((to - start) % 4)
		*to++ = 0;
	memcpy(to, content, strlen(content));
	to += strlen(content);
	while ((to - start) % 4)
		*to++ = 0;
	to += __builtin_sprintf((char *)to, "070701%088d%08x%08x", 0, 11, 0);
	memcpy(to, "TRAILER!!!\0\0\0", 14);
	return to + 14 - start;
}

static int read_name(const char *name, size_t name_size)
{
	static u8 data[16384];

	return read_all(data, make_archive(data, "070701", name, name_size, "text", 0));
}

static void names(void)
{
	char longest[5000];

	CHECK_EQUAL(read_name("a", 2), 1);
	CHECK(entry.mtime == 0x5eed && entry.links == 1);
	CHECK_EQUAL(read_name(".../..a/a../.a", 15), 1);
	CHECK_EQUAL(read_name("/etc/./x", 9), 1);
	CHECK_EQUAL(read_name("", 1), -EINVAL);
	CHECK_EQUAL(read_name("a", 1), -EINVAL);
	CHECK_EQUAL(read_name("ab\0c", 5), -EINVAL);
	CHECK_EQUAL(read_name("..", 3), -EINVAL);
	CHECK_EQUAL(read_name("a/../b", 7), -EINVAL);
	CHECK_EQUAL(read_name("a/..", 5), -EINVAL);
	CHECK_EQUAL(read_name("../a", 5), -EINVAL);
	CHECK_EQUAL(cpio.offset, 0);

	memset(longest, 'x', sizeof(longest));
	longest[4095] = '\0';
	CHECK_EQUAL(read_name(longest, 4096), 1);
	longest[4095] = 'x';
	longest[4096] = '\0';
	CHECK_EQUAL(read_name(longest, 4097), -EINVAL);
}

static void checksums(void)
{
	u8 data[1024];
	size_t size = make_archive(data, "070702", "a", 2, "\1\2\3", 6);

	CHECK_EQUAL(read_all(data, size), 1);
	size = make_archive(data, "070702", "a", 2, "\1\2\3", 7);
	CHECK_EQUAL(read_all(data, size), -EINVAL);
	size = make_archive(data, "070707", "a", 2, "\1\2\3", 6);
	CHECK_EQUAL(read_all(data, size), -EINVAL);
}

static void huge_fields(void)
{
	static const size_t fields[] = { NAME_SIZE_AT, SIZE_AT };
	static const char *const values[] = { "ffffffff", "fffffffe", "80000000", "00000400",
		"0000000g", "+0000001" };
	u8 data[1024];

	for (u32 field = 0; field < ARRAY_SIZE(fields); field++) {
		for (u32 value = 0; value < ARRAY_SIZE(values); value++) {
			size_t size = make_archive(data, "070701", "a", 2, "text", 0);

			memcpy(data + fields[field], values[value], 8);
			CHECK_EQUAL(read_all(data, size), -EINVAL);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		{ "two archives, hard and symbolic links", whole },
		{ "nothing but zeros", nothing },
		{ "cut off at every length", cut_off },
		{ "corrupted at random", corrupted },
		{ "names", names },
		{ "checksums", checksums },
		{ "fields that are too large or no numbers", huge_fields },
	};

	if (argc != 2) {
		printf("Bail out! usage: test_cpio archives.cpio\n");
		return 1;
	}
	archives = unit_read_file(argv[1], &archives_size);
	return UNIT_RUN(cases);
}
