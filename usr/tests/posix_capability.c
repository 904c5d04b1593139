/* Capabilities, and what else changes with the user id. */
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/abi/capability.h"
#include "usr/tests/posixtest.h"

#define USER  1000
#define OTHER 1001
#define GROUP 2000
#define KEEP  (-1)

static void read_sets(uint64_t *effective, uint64_t *permitted)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data data[CAPABILITY_WORDS];

	GIVES(0, capget, &header, data);
	*effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
}

static void capability_sets(void)
{
	struct capability_header header = { .version = CAPABILITY_VERSION_3 };
	struct capability_data data[CAPABILITY_WORDS] = { { 0, 1u << CAP_KILL, 0 } };
	struct capability_header wrong = { .version = 1 };
	uint64_t effective, permitted;

	read_sets(&effective, &permitted);
	CHECK(effective == permitted && permitted == (1ul << (CAP_LAST + 1)) - 1);
	GIVES(-EINVAL, capset, &wrong, data);
	CHECK_EQUAL(wrong.version, CAPABILITY_VERSION_3);
	header.pid = 1;
	GIVES(-EPERM, capset, &header, data);
	header.pid = 0;
	GIVES(-EFAULT, capset, &header, BAD_POINTER);
	GIVES(0, capset, &header, data);
	read_sets(&effective, &permitted);
	CHECK(effective == 0 && permitted == 1ul << CAP_KILL);
	GIVES(-EPERM, sethostname, "x", 1); /* root without rights */
	data[0].effective = 1u << CAP_KILL;
	GIVES(0, capset, &header, data);
	data[0].permitted = ~0u;
	GIVES(-EPERM, capset, &header, data);
}

static void capabilities_and_user(void)
{
	uint64_t effective, permitted;

	GIVES(0, setresuid, USER, USER, 0);
	read_sets(&effective, &permitted);
	CHECK(effective == 0 && permitted != 0);
	GIVES(0, setresuid, KEEP, 0, KEEP);
	read_sets(&effective, &permitted);
	CHECK(effective == permitted);
	GIVES(0, prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
	GIVES(1, prctl, PR_GET_KEEPCAPS, 0, 0, 0, 0);
	GIVES(0, setresuid, USER, USER, USER);
	read_sets(&effective, &permitted);
	CHECK(effective == 0 && permitted != 0);
}

/* The rights to files that setfsuid() takes away, only setfsuid() gives back. */
static void capabilities_for_files(void)
{
	uint64_t effective, permitted, without;

	GIVES(0, setfsuid, USER);
	read_sets(&without, &permitted);
	CHECK(without != permitted && !(without & 1ul << CAP_CHOWN));
	GIVES(0, setresuid, KEEP, KEEP, KEEP); /* nothing changes */
	GIVES(USER, setfsuid, KEEP);
	GIVES(0, setresuid, 0, 0, 0);
	GIVES(0, setfsuid, KEEP);
	read_sets(&effective, &permitted);
	CHECK_EQUAL(effective, without);
	GIVES(0, setfsuid, USER);
	GIVES(USER, setfsuid, 0);
	read_sets(&effective, &permitted);
	CHECK_EQUAL(effective, permitted);
	GIVES(0, setfsuid, USER);
	GIVES(0, setreuid, KEEP, 0);
	GIVES(0, setfsuid, KEEP);
	read_sets(&effective, &permitted);
	CHECK_EQUAL(effective, without);
	GIVES(0, setfsuid, USER);
	GIVES(0, setuid, 0);
	GIVES(0, setfsuid, KEEP);
	read_sets(&effective, &permitted);
	CHECK_EQUAL(effective, without);
	GIVES(0, setresuid, KEEP, USER, KEEP);
	GIVES(0, setresuid, KEEP, 0, KEEP);
	read_sets(&effective, &permitted);
	CHECK_EQUAL(effective, permitted);
	GIVES(0, setfsgid, GROUP);
	GIVES(0, setresgid, KEEP, KEEP, KEEP);
	GIVES(GROUP, setfsgid, KEEP);
}

static void expect_death_signal(int expected)
{
	int signal = -1;

	GIVES(0, prctl, PR_GET_PDEATHSIG, &signal, 0, 0, 0);
	CHECK_EQUAL(signal, expected);
	GIVES(0, prctl, PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
}

/* A process that changes its user or group gets no signal any more when its parent ends. */
static void death_signal_and_user(void)
{
	GIVES(0, prctl, PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
	GIVES(0, prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
	expect_death_signal(SIGUSR1);
	GIVES(0, setgroups, 0, NULL);
	GIVES(0, setresuid, KEEP, KEEP, OTHER);
	GIVES(0, setresgid, OTHER, KEEP, OTHER);
	GIVES(0, prctl, PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0);
	expect_death_signal(SIGUSR1);
	GIVES(0, setfsgid, GROUP);
	expect_death_signal(0);
	GIVES(0, setresgid, KEEP, GROUP, KEEP);
	expect_death_signal(0);
	GIVES(0, setfsuid, USER);
	expect_death_signal(0);
	GIVES(0, setresuid, USER, USER, USER); /* with KEEPCAPS */
	expect_death_signal(0);
}

static void capability_bounds(void)
{
	int child;

	GIVES(1, prctl, PR_CAPBSET_READ, CAP_KILL, 0, 0, 0);
	GIVES(0, prctl, PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0);
	GIVES(0, prctl, PR_CAPBSET_READ, CAP_KILL, 0, 0, 0);
	GIVES(-EINVAL, prctl, PR_CAPBSET_READ, 64, 0, 0, 0);
	GIVES(-EINVAL, prctl, PR_SET_KEEPCAPS, 2, 0, 0, 0);
	GIVES(0, setresuid, USER, USER, USER);
	GIVES(-EPERM, prctl, PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0);
	GIVES(0, prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	GIVES(0, prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	GIVES(1, prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	GIVES(-EINVAL, prctl, PR_SET_DUMPABLE, 2, 0, 0, 0);
	GIVES(0, prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	child = tap_fork();
	if (child == 0) {
		GIVES(0, prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
		_exit(0);
	}
	tap_join(child);
}

static const struct tap_case cases[] = {
	{ "capability-sets", capability_sets, 0 },
	{ "capabilities-and-user", capabilities_and_user, 0 },
	{ "capabilities-for-files", capabilities_for_files, 0 },
	{ "death-signal-and-user", death_signal_and_user, 0 },
	{ "capability-bounds", capability_bounds, 0 },
};

const struct tap_group posix_capability_group = TAP_GROUP(cases);
