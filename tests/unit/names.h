/*
 * What a process can ask of a tree of names. Three trees get the same calls and must give the same
 * answers: ours (test_path.c), the model's (names_model.c) and Linux's (host_names.c). A call
 * returns 0 or a negative errno.
 */
#pragma once

#include "lib/types.h"

enum name_call {
	CALL_MAKE_FILE,
	CALL_CREATE,     /* open() with O_CREAT */
	CALL_CREATE_NEW, /* and O_EXCL */
	CALL_MKDIR,
	CALL_SYMLINK, /* at `first`, with `second` as its text */
	CALL_LINK,
	CALL_LINK_FOLLOW,
	CALL_UNLINK,
	CALL_RMDIR,
	CALL_RENAME,
	CALL_RENAME_NOREPLACE,
	CALL_RENAME_EXCHANGE,
	CALL_MOUNT,   /* a new file system over the directory */
	CALL_UNMOUNT, /* takes it away, unless it is in use */
	CALL_CHDIR,
	CALL_CHROOT, /* the working directory stays */
	CALL_RETURN, /* makes the root of all the root and working directory again */
	CALL_KINDS,
};

struct name_status {
	u32 type; /* S_IFMT */
	u32 links;
	u64 number; /* of the inode */
};
