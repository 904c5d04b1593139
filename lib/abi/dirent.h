/*
 * Directory entries as getdents64 writes them, one after another, each d_reclen bytes long.
 */
#pragma once

#include <stdint.h>

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;     /* where lseek finds the entry after this one */
	uint16_t d_reclen; /* bytes, a multiple of 8 */
	uint8_t d_type;
	char d_name[]; /* ends with a zero byte */
};

/* d_type is the file's S_IFMT bits, shifted down by 12. */
#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12
