/*
 * Who a task is: user, groups and capabilities, and what that lets it do with files.
 *
 * Credentials are counted, and immutable once a task has them: tasks share them across fork, and a
 * task that changes its own gets a copy (proc/credentials.c). Those of another task are read, or a
 * reference to them taken, under its process's lock.
 *
 *	accounts.lock	the list of accounts
 */
#pragma once

#include <stdatomic.h>

#include "lib/abi/capability.h"
#include "lib/list.h"
#include "lib/types.h"

struct inode;

/* "Leave it as it is", where a user or a group is set; no user or group has this number. */
#define ID_KEEP UINT32_MAX

/* The user ids, or the group ids, of a task. */
struct identity {
	u32 real, effective, saved;
	u32 file; /* for access to files: follows the effective one */
};

/* Supplementary groups, in ascending order. Immutable. */
#define GROUPS_MAX 65536
struct group_set {
	_Atomic u32 count;
	u32 length;
	u32 ids[];
};

/* What a user has in the whole system. The user's credentials hold references to it. */
struct account {
	_Atomic u32 count;
	u32 user;
	_Atomic u32 tasks; /* threads, and processes that nobody has waited for */
	struct list_node node;
};

#define CAPABILITY_BIT(capability) (1UL << (capability))
#define CAPABILITIES_ALL           (CAPABILITY_BIT(CAP_LAST + 1) - 1)

struct credentials {
	_Atomic u32 count;
	struct identity user, group;
	struct group_set *groups;                        /* counted; NULL: none */
	struct account *account;                         /* of user.real, counted */
	u64 effective, permitted, inheritable, bounding; /* sets of capabilities */
	bool keep_capabilities; /* even when none of the user ids is 0 any more; until exec */
	bool no_new_privileges; /* exec grants none */
};

/* Root's, which allow everything: for the kernel itself and process 1. */
extern struct credentials credentials_root;

/* The caller's own. Implemented by proc/credentials.c. */
const struct credentials *credentials_of_caller(void);

/* A copy of the model, count 1, with the account that belongs to its user. NULL: no memory. */
struct credentials *credentials_create(const struct credentials *model);

static inline struct credentials *credentials_get(struct credentials *credentials)
{
	atomic_fetch_add_explicit(&credentials->count, 1, memory_order_relaxed);
	return credentials;
}

void credentials_put(struct credentials *credentials);

/* A set with room for `length` groups, count 1. NULL: no memory. */
struct group_set *group_set_create(u32 length);
void group_set_put(struct group_set *groups);

/* Sorts the ids of a new set. */
void group_set_sort(struct group_set *groups);

/* Whether the group is one of those that count for access to files. */
bool credentials_in_group(const struct credentials *credentials, u32 group);

/* Whether the caller has the capability (CAP_*). */
bool capable(u32 capability);

/* Whether a file's mode grants the caller what is wanted (R_OK | W_OK | X_OK): 0 or -EACCES. */
int permission(const struct inode *inode, u32 wanted) MUST_CHECK;

/* Whether the caller may do what is reserved for the file's owner. */
bool owns_inode(const struct inode *inode);
