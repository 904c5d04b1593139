/*
 * Credentials: making and freeing them, and the one place where a file's mode is checked against a
 * caller's rights. Locks: see fs/credentials.h.
 */
#include "fs/credentials.h"

#include "arch/riscv/lock.h"
#include "fs/inode.h"
#include "lib/abi/fcntl.h"
#include "lib/error.h"
#include "mm/slab.h"

/* How far the bits for owner and group lie above those for others. */
#define OWNER_SHIFT 6
#define GROUP_SHIFT 3

static struct account root_account = { .count = 1 };

struct credentials credentials_root = {
	.count = 1,
	.account = &root_account,
	.effective = CAPABILITIES_ALL,
	.permitted = CAPABILITIES_ALL,
	.bounding = CAPABILITIES_ALL,
};

/* All accounts but root's, which is never freed. */
static struct {
	struct spinlock lock;
	struct list list;
} accounts = { .list = LIST_INITIAL(accounts.list) };

static struct account *find_account(u32 user) REQUIRES(accounts.lock)
{
	struct account *account;

	list_for_each_entry(account, &accounts.list, node)
		if (account->user == user)
			return account;
	return NULL;
}

static struct account *account_get(struct account *account)
{
	atomic_fetch_add_explicit(&account->count, 1, memory_order_relaxed);
	return account;
}

/* The account of a user, counted. NULL: no memory. */
static struct account *account_of(u32 user)
{
	struct account *fresh, *account;

	if (user == root_account.user)
		return account_get(&root_account);
	fresh = kmalloc_zeroed(sizeof(*fresh));
	spin_lock(&accounts.lock);
	account = find_account(user);
	if (account) {
		account_get(account);
	} else if (fresh) {
		account = fresh;
		account->user = user;
		atomic_init(&account->count, 1);
		list_push_back(&accounts.list, &account->node);
		fresh = NULL;
	}
	spin_unlock(&accounts.lock);
	kfree(fresh);
	return account;
}

/* The last reference is dropped under the lock, so that nobody finds the account any more. */
static void account_put(struct account *account)
{
	u32 count = atomic_load_explicit(&account->count, memory_order_relaxed);

	while (count > 1)
		if (atomic_compare_exchange_weak(&account->count, &count, count - 1))
			return;
	spin_lock(&accounts.lock);
	if (atomic_fetch_sub(&account->count, 1) == 1)
		list_remove(&account->node);
	else
		account = NULL;
	spin_unlock(&accounts.lock);
	kfree(account);
}

struct group_set *group_set_create(u32 length)
{
	struct group_set *groups = kmalloc(sizeof(*groups) + length * sizeof(groups->ids[0]));

	if (!groups)
		return NULL;
	atomic_init(&groups->count, 1);
	groups->length = length;
	return groups;
}

void group_set_put(struct group_set *groups)
{
	if (groups && atomic_fetch_sub_explicit(&groups->count, 1, memory_order_acq_rel) == 1)
		kfree(groups);
}

/* Sinks the id at `root` to its place in the heap of `length` ids, largest at the top. */
static void sink(u32 *ids, u32 root, u32 length)
{
	for (u32 child; (child = 2 * root + 1) < length; root = child) {
		if (child + 1 < length && ids[child + 1] > ids[child])
			child++;
		if (ids[root] >= ids[child])
			return;
		swap(ids[root], ids[child]);
	}
}

void group_set_sort(struct group_set *groups)
{
	u32 *ids = groups->ids;

	for (u32 i = groups->length / 2; i-- > 0;)
		sink(ids, i, groups->length);
	for (u32 i = groups->length; i-- > 1;) {
		swap(ids[0], ids[i]);
		sink(ids, 0, i);
	}
}

struct credentials *credentials_create(const struct credentials *model)
{
	struct credentials *copy = kmalloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *model;
	atomic_init(&copy->count, 1);
	copy->account = account_of(model->user.real);
	if (!copy->account) {
		kfree(copy);
		return NULL;
	}
	if (copy->groups)
		atomic_fetch_add_explicit(&copy->groups->count, 1, memory_order_relaxed);
	return copy;
}

void credentials_put(struct credentials *credentials)
{
	if (!credentials ||
		atomic_fetch_sub_explicit(&credentials->count, 1, memory_order_acq_rel) != 1)
		return;
	group_set_put(credentials->groups);
	account_put(credentials->account);
	kfree(credentials);
}

bool credentials_in_group(const struct credentials *credentials, u32 group)
{
	const struct group_set *groups = credentials->groups;
	u32 low = 0, high = groups ? groups->length : 0;

	if (group == credentials->group.file)
		return true;
	while (low < high) {
		u32 middle = (low + high) / 2;

		if (groups->ids[middle] == group)
			return true;
		if (groups->ids[middle] < group)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool has(const struct credentials *credentials, u32 capability)
{
	return credentials->effective & CAPABILITY_BIT(capability);
}

bool capable(u32 capability)
{
	return has(credentials_of_caller(), capability);
}

/* Whether a capability overrides the mode; but nobody may run a file without any execute bit. */
static bool overrides(const struct credentials *caller, const struct inode *inode, u32 wanted)
{
	bool directory = S_ISDIR(inode->type);

	if (has(caller, CAP_DAC_OVERRIDE) &&
		(directory || !(wanted & X_OK) || (inode_permissions(inode) & EXECUTE_BITS)))
		return true;
	return has(caller, CAP_DAC_READ_SEARCH) && (directory ? !(wanted & W_OK) : wanted == R_OK);
}

int permission(const struct inode *inode, u32 wanted)
{
	const struct credentials *caller = credentials_of_caller();
	u32 allowed = inode_permissions(inode);

	if (caller->user.file == inode_uid(inode))
		allowed >>= OWNER_SHIFT;
	else if (credentials_in_group(caller, inode_gid(inode)))
		allowed >>= GROUP_SHIFT;
	if (!(wanted & ~allowed))
		return 0;
	return overrides(caller, inode, wanted) ? 0 : -EACCES;
}

bool owns_inode(const struct inode *inode)
{
	const struct credentials *caller = credentials_of_caller();

	return caller->user.file == inode_uid(inode) || has(caller, CAP_FOWNER);
}
