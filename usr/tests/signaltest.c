/*
 * signaltest: signals and threads, as Linux has them. It prints the same on Linux.
 */
#include "usr/tests/signaltest.h"

#include <errno.h>
#include <string.h>

#include "usr/tests/tap.h"

volatile int handled_count;
volatile int handled[HANDLED_MAX];

void record(int signal)
{
	if (handled_count < HANDLED_MAX)
		handled[handled_count] = signal;
	handled_count++;
}

void handle(int signal, void (*handler)(int), unsigned long flags, unsigned long mask)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = flags;
	action.sa_mask.bits = mask;
	CHECK(sigaction(signal, &action, NULL) == 0);
}

unsigned long set_mask(int how, unsigned long mask)
{
	sigset_t set = { mask }, old;

	CHECK(sigprocmask(how, &set, &old) == 0);
	return old.bits;
}

int main(int argc, char **argv)
{
	const struct tap_group groups[] = {
		signal_handler_group,
		signal_wait_group,
		signal_stop_group,
		signal_thread_group,
		signal_futex_group,
		signal_affinity_group,
		signal_crowd_group,
	};
	const struct tap_suite suite = {
		.name = "signaltest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL SIGNAL TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
