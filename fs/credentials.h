/*
 * Who one is: user, groups and capabilities, and what that allows with files.
 *
 * Credentials are counted, and immutable once a task has them: tasks share them across fork, and
 * who changes his own gets a copy (proc/credentials.c). Those of another task are read, or
 * counted, under its process's lock.
 *
 *	accounts.lock	the list of accounts
 */
#pragma once

#include <stdatomic.h>

#include "lib/abi/capability.h"
#include "lib/list.h"
#include "lib/types.h"

struct inode;

/* "Leave it as it is", where a user or a group is set; no user has this number. */
#define ID_KEEP UINT32_MAX

/* The numbers of a user, or of a group, that a task goes by. */
struct identity {
	u32 real, effective, saved;
	u32 file; /* what files are asked with: follows the effective one */
};

/* Supplementary groups, in ascending order. Immutable. */
#define GROUPS_MAX 65536
struct group_set {
	_Atomic u32 count;
	u32 length;
	u32 ids[];
};

/* What a user has in the whole system, counted by the credentials that are his. */
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
	bool keep_capabilities; /* when the last of the user's numbers is no longer 0, until exec */
	bool no_new_privileges; /* exec gives none */
};

/* Root, who may do everything: of the kernel itself and of process 1. */
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

/* Room for so many groups, count 1. NULL: no memory. */
struct group_set *group_set_create(u32 length);
void group_set_put(struct group_set *groups);

/* Brings new ones into order. */
void group_set_sort(struct group_set *groups);

/* Whether the group is one of those that files are asked with. */
bool credentials_in_group(const struct credentials *credentials, u32 group);

/* Whether the caller has the capability (CAP_*). */
bool capable(u32 capability);

/* Whether the caller may R_OK | W_OK | X_OK with a file, by its mode: 0 or -EACCES. */
int permission(const struct inode *inode, u32 wanted) MUST_CHECK;

/* Whether the caller may do what only a file's owner may. */
bool owns_inode(const struct inode *inode);
