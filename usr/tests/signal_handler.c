/* Handlers: what they are told, what they leave alone, on which stack they run. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/memory.h"
#include "usr/tests/signaltest.h"
#include "usr/tests/thread.h"

#define FAULTS 5000
#define ROUNDS 300
#define SPINS  512

static siginfo_t last_info;
static unsigned long last_mask;

static void record_info(int signal, siginfo_t *info, void *context)
{
	ucontext_t *where = context;

	record(signal);
	last_info = *info;
	last_mask = where->uc_sigmask.bits;
}

static void handle_info(int signal, unsigned long flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = record_info;
	action.sa_flags = SA_SIGINFO | flags;
	CHECK(sigaction(signal, &action, NULL) == 0);
}

static void handler_is_told(void)
{
	handle_info(SIGUSR1, 0);
	unsigned long before = set_mask(SIG_BLOCK, BIT_OF(SIGUSR2));

	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK_EQUAL(handled_count, 1);
	CHECK_EQUAL(handled[0], SIGUSR1);
	CHECK_EQUAL(last_info.si_signo, SIGUSR1);
	CHECK_EQUAL(last_info.si_code, SI_USER);
	CHECK_EQUAL(last_info.si_pid, getpid());
	CHECK_EQUAL(last_mask, before | BIT_OF(SIGUSR2));
	CHECK_EQUAL(set_mask(SIG_SETMASK, before), before | BIT_OF(SIGUSR2));
}

static void queued_value(void)
{
	union sigval value = { .sival_int = 0 };

	handle_info(SIGRTMIN + 3, 0);
	for (int i = 1; i <= 100; i++) {
		value.sival_int = i * 1000;
		CHECK(sigqueue(getpid(), SIGRTMIN + 3, value) == 0);
		CHECK_EQUAL(handled_count, i);
		CHECK_EQUAL(last_info.si_code, SI_QUEUE);
		CHECK_EQUAL(last_info.si_value.sival_int, i * 1000);
	}
}

/* While blocked, an ordinary signal is pending once, a realtime one as often as it was sent. */
static void pending_signals(void)
{
	unsigned long both = BIT_OF(SIGUSR1) | BIT_OF(SIGRTMIN);
	sigset_t pending;

	handle(SIGUSR1, record, 0, 0);
	handle(SIGRTMIN, record, 0, 0);
	set_mask(SIG_BLOCK, both);
	for (int i = 0; i < 3; i++) {
		CHECK(kill(getpid(), SIGUSR1) == 0);
		CHECK(kill(getpid(), SIGRTMIN) == 0);
	}
	CHECK_EQUAL(handled_count, 0);
	CHECK(sigpending(&pending) == 0);
	CHECK_EQUAL(pending.bits, both);
	set_mask(SIG_UNBLOCK, both);
	CHECK_EQUAL(handled_count, 4);
	CHECK(sigpending(&pending) == 0);
	CHECK_EQUAL(pending.bits, 0);
}

static void ignoring_forgets(void)
{
	handle(SIGUSR1, record, 0, 0);
	set_mask(SIG_BLOCK, BIT_OF(SIGUSR1));
	CHECK(kill(getpid(), SIGUSR1) == 0);
	handle(SIGUSR1, SIG_IGN, 0, 0);
	handle(SIGUSR1, record, 0, 0);
	set_mask(SIG_UNBLOCK, BIT_OF(SIGUSR1));
	CHECK_EQUAL(handled_count, 0);
}

static volatile int depth, deepest;

static void recurse(int signal)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (depth < 5)
		kill(getpid(), signal);
	depth--;
	record(signal);
}

/* With SA_NODEFER a signal can be delivered while its own handler runs. */
static void handlers_nest(void)
{
	handle(SIGUSR1, recurse, SA_NODEFER, 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK_EQUAL(deepest, 5);
	CHECK_EQUAL(handled_count, 5);
	CHECK_EQUAL(depth, 0);
}

static void raise_other(int signal)
{
	record(signal);
	kill(getpid(), SIGUSR2);
	record(signal);
}

static void mask_of_action(void)
{
	const int open[] = { SIGUSR1, SIGUSR2, SIGUSR1 }, closed[] = { SIGUSR1, SIGUSR1, SIGUSR2 };

	handle(SIGUSR2, record, 0, 0);
	handle(SIGUSR1, raise_other, 0, 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK_EQUAL(handled_count, 3);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(handled[i], open[i]);

	handled_count = 0;
	handle(SIGUSR1, raise_other, 0, BIT_OF(SIGUSR2));
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK_EQUAL(handled_count, 3);
	for (int i = 0; i < 3; i++)
		CHECK_EQUAL(handled[i], closed[i]);
}

static void kill_twice(void *unused)
{
	(void)unused;
	handle(SIGUSR1, record, SA_RESETHAND, 0);
	kill(getpid(), SIGUSR1);
	CHECK_EQUAL(handled_count, 1);
	kill(getpid(), SIGUSR1);
}

static void reset_handler(void)
{
	int status = tap_in_child(kill_twice, NULL);

	CHECK(WIFSIGNALED(status));
	CHECK_EQUAL(WTERMSIG(status), SIGUSR1);
}

static unsigned int calls, round_number, raised;

static void count_call(int signal)
{
	(void)signal;
	__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
}

static int raise_each_round(void *unused)
{
	(void)unused;
	for (unsigned int round = 1; round <= ROUNDS; round++) {
		while (atomic_load_flag(&round_number) < round)
			kernel_call(SYS_sched_yield);
		kernel_call(SYS_tkill, kernel_call(SYS_gettid), (long)SIGWINCH);
		__atomic_add_fetch(&raised, 1, __ATOMIC_RELEASE);
	}
	return 0;
}

/* Two threads get the signal at once; the handler runs for only one of them. */
static void reset_handler_runs_once(void)
{
	for (int i = 0; i < 2; i++)
		CHECK(clone(raise_each_round,
			      memory_map_pages(THREAD_STACK_PAGES) +
				      THREAD_STACK_PAGES * PAGE_BYTES,
			      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
			      NULL) > 0);
	for (unsigned int round = 1; round <= ROUNDS; round++) {
		handle(SIGWINCH, count_call, SA_RESETHAND, 0);
		atomic_store_flag(&round_number, round);
		while (atomic_load_flag(&raised) < 2 * round)
			kernel_call(SYS_sched_yield);
		CHECK_EQUAL(calls, round);
	}
}

static void spoil_registers(int signal)
{
	volatile double noise = 3.25;

	for (int i = 0; i < 8; i++)
		noise *= noise + i;
	__asm__ volatile("li s2, -1\n li s3, -1\n li s11, -1\n li t3, -1\n li t6, -1\n"
			 "fcvt.d.w fs0, t3\n fcvt.d.w fs11, t3\n fcvt.d.w ft3, t3\n fsflags t3\n" ::
				 : "s2", "s3", "s11", "t3", "t6", "fs0", "fs11", "ft3");
	record(signal);
}

/* A handler runs between two instructions, and they must not notice. */
static void registers_survive(void)
{
	unsigned long saved, temporary, flags;
	double floating;

	handle(SIGUSR1, spoil_registers, 0, 0);
	__asm__ volatile("li s3, 1234\n li t3, 5678\n li t4, 9\n fcvt.d.w ft3, t4\n fsflags zero\n"
			 "mv a0, %4\n li a1, 10\n li a7, 129\n ecall\n"
			 "mv %0, s3\n mv %1, t3\n fmv.d %2, ft3\n frflags %3\n"
			 : "=&r"(saved), "=&r"(temporary), "=&f"(floating), "=&r"(flags)
			 : "r"((long)getpid())
			 : "a0", "a1", "a7", "s3", "t3", "t4", "ft3", "memory");
	CHECK_EQUAL(handled_count, 1);
	CHECK_EQUAL(saved, 1234);
	CHECK_EQUAL(temporary, 5678);
	CHECK_EQUAL(flags, 0);
	CHECK(floating == 9.0);
}

static char *volatile handler_stack;
static volatile int stack_flags, stack_error;

static void look_at_stack(int signal)
{
	char here;
	stack_t stack, other = { .ss_flags = SS_DISABLE };

	handler_stack = &here;
	sigaltstack(NULL, &stack);
	stack_flags = stack.ss_flags;
	stack_error = sigaltstack(&other, NULL) < 0 ? errno : 0;
	record(signal);
}

static void alternative_stack(void)
{
	char *memory = (char *)memory_map_pages(4);
	stack_t stack = { .ss_sp = memory, .ss_size = 4 * PAGE_BYTES }, seen;

	CHECK(sigaltstack(&stack, NULL) == 0);
	handle(SIGUSR1, look_at_stack, 0, 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(handler_stack < memory || handler_stack >= memory + 4 * PAGE_BYTES);
	CHECK_EQUAL(stack_flags, 0);
	CHECK(sigaltstack(&stack, NULL) == 0);

	handle(SIGUSR1, look_at_stack, SA_ONSTACK, 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(handler_stack >= memory && handler_stack < memory + 4 * PAGE_BYTES);
	CHECK_EQUAL(stack_flags, SS_ONSTACK);
	CHECK_EQUAL(stack_error, EPERM);
	CHECK(sigaltstack(NULL, &seen) == 0);
	CHECK_EQUAL(seen.ss_flags, 0);
	CHECK(seen.ss_sp == memory);
	stack.ss_size = 100;
	CHECK_ERROR(sigaltstack(&stack, NULL), ENOMEM);
}

/* Skips the instruction that faulted. */
static void skip_fault(int signal, siginfo_t *info, void *context)
{
	ucontext_t *where = context;

	record(signal);
	last_info = *info;
	where->uc_mcontext.regs.pc += 4;
}

static void skip_faults(int signal)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = skip_fault;
	action.sa_flags = SA_SIGINFO;
	CHECK(sigaction(signal, &action, NULL) == 0);
}

static void fault_is_caught(void)
{
	char *page = (char *)memory_map_pages(1);

	skip_faults(SIGSEGV);
	CHECK(mprotect(page, PAGE_BYTES, PROT_READ) == 0);
	__asm__ volatile(".option push\n.option norvc\n sb zero, 5(%0)\n.option pop" ::"r"(page)
			 : "memory");
	CHECK_EQUAL(handled_count, 1);
	CHECK(last_info.si_addr == page + 5);
	CHECK_EQUAL(last_info.si_code, SEGV_ACCERR);
	CHECK(munmap(page, PAGE_BYTES) == 0);
	__asm__ volatile(".option push\n.option norvc\n sb zero, 7(%0)\n.option pop" ::"r"(page)
			 : "memory");
	CHECK_EQUAL(handled_count, 2);
	CHECK(last_info.si_addr == page + 7);
	CHECK_EQUAL(last_info.si_code, SEGV_MAPERR);
}

/* Performs one instruction of four bytes on %1, which may fault, and learns where it is. */
#define AT_PLACE(instruction, place, address)                                        \
	__asm__ volatile(".option push\n.option norvc\n lla %0, 1f\n1: " instruction \
			 "\n.option pop"                                             \
			 : "=&r"(place)                                              \
			 : "r"(address)                                              \
			 : "t0", "memory")

static void check_fault(int number, int signal, int code, const void *address)
{
	CHECK_EQUAL(handled_count, number);
	CHECK_EQUAL(handled[number - 1], signal);
	CHECK_EQUAL(last_info.si_code, code);
	CHECK(last_info.si_addr == address);
}

/* As on Linux, the address is the instruction's; and an atomic one is never done in parts. */
static void misaligned_atomics(void)
{
	unsigned char *page = memory_map_pages(1);
	const void *place;

	memory_tag(page, 1, ~0ul);
	skip_faults(SIGBUS);
	AT_PLACE("amoadd.w t0, zero, (%1)", place, page + 2);
	check_fault(1, SIGBUS, BUS_ADRALN, place);
	AT_PLACE("amoswap.d t0, zero, (%1)", place, page + 4);
	check_fault(2, SIGBUS, BUS_ADRALN, place);
	AT_PLACE("lr.w t0, (%1)", place, page + 1);
	check_fault(3, SIGBUS, BUS_ADRALN, place);
	memory_check_tag(page, 1, ~0ul);
}

static int reserved_word;

/* Stores to the word, and then reserves it, as a compare-and-exchange that fails does. */
static void store_and_reserve(int signal)
{
	int seen;

	record(signal);
	reserved_word = 1;
	__asm__ volatile("lr.w %0, (%1)" : "=r"(seen) : "r"(&reserved_word) : "memory");
	CHECK_EQUAL(seen, 1);
}

/* A handler runs between lr and sc: the sc must fail, or the handler's store would be lost. */
static void reservation_is_lost(void)
{
	register long a0 __asm__("a0") = getpid();
	register long a1 __asm__("a1") = SIGUSR1;
	register long a7 __asm__("a7") = SYS_kill;
	long failed;

	handle(SIGUSR1, store_and_reserve, 0, 0);
	__asm__ volatile("lr.w %0, (%2)\n ecall\n sc.w %0, zero, (%2)"
			 : "=&r"(failed), "+r"(a0)
			 : "r"(&reserved_word), "r"(a1), "r"(a7)
			 : "memory");
	CHECK_EQUAL(a0, 0);
	CHECK_EQUAL(handled_count, 1);
	CHECK(failed != 0);
	CHECK_EQUAL(reserved_word, 1);
}

/* Done by the hart or by the firmware. */
static void misaligned_accesses(void)
{
	unsigned char *page = memory_map_pages(1);
	unsigned long value = 0x0123456789abcdeful;

	for (unsigned int i = 1; i < sizeof(value); i++) {
		unsigned long seen;
		__asm__ volatile("sd %1, 0(%2)\n ld %0, 0(%2)"
				 : "=&r"(seen)
				 : "r"(value), "r"(page + i)
				 : "memory");
		CHECK_EQUAL(seen, value);
		CHECK(memcmp(page + i, &value, sizeof(value)) == 0);
		value = value << 8 | value >> 56;
	}
}

static void illegal_instruction(void)
{
	const void *place;

	skip_faults(SIGILL);
	AT_PLACE("unimp", place, 0l);
	check_fault(1, SIGILL, ILL_ILLOPC, place);
}

static int interrupted;
static unsigned int ignored;
static volatile bool done;

static void ignore(int signal)
{
	(void)signal;
	atomic_store_flag(&ignored, ignored + 1);
}

/* Sends one only after the last was handled: or the target would never reach its next fault. */
static void send_usr1(void *target)
{
	for (unsigned int sent = 0; !done;) {
		if (atomic_load_flag(&ignored) != sent)
			continue;
		for (volatile unsigned int spins = sent++ % SPINS; spins > 0; spins--)
			continue;
		kernel_call(SYS_tgkill, *(int *)target, *(int *)target, (long)SIGUSR1);
	}
}

/* Skips the instruction, unless the fault seems to have happened in the other handler. */
static void skip_or_count(int signal, siginfo_t *info, void *context)
{
	ucontext_t *where = context;

	(void)signal;
	(void)info;
	if (where->uc_mcontext.regs.pc == (unsigned long)ignore)
		interrupted++;
	else
		where->uc_mcontext.regs.pc += 4;
}

/* A fault's handler is told where the fault happened, whatever other signals come at that moment. */
static void faults_come_first(void)
{
	struct sigaction action = { .sa_sigaction = skip_or_count, .sa_flags = SA_SIGINFO };
	struct thread sender;
	int self = getpid();

	CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
	handle(SIGUSR1, ignore, SA_RESTART, 0);
	thread_start(&sender, send_usr1, &self);
	for (int i = 0; i < FAULTS; i++)
		__asm__ volatile(".option push\n.option norvc\n lb zero, 16(zero)\n.option pop" ::
					 : "memory");
	done = true;
	thread_join(&sender);
	CHECK_EQUAL(interrupted, 0);
}

static void fault_while_blocked(void *unused)
{
	(void)unused;
	handle(SIGSEGV, record, 0, 0);
	set_mask(SIG_BLOCK, BIT_OF(SIGSEGV));
	*(volatile int *)16 = 1;
}

static void fault_blocked_kills(void)
{
	int status = tap_in_child(fault_while_blocked, NULL);

	CHECK(WIFSIGNALED(status));
	CHECK_EQUAL(WTERMSIG(status), SIGSEGV);
}

static void handler_without_stack(void *unused)
{
	(void)unused;
	handle(SIGUSR1, record, 0, 0);
	__asm__ volatile("mv a0, %0\n li a1, 10\n li a7, 129\n li sp, 4096\n ecall\n" ::"r"(
		(long)getpid())
			 : "a0", "a1", "a7", "memory");
	_exit(0);
}

static void bad_stack_kills(void)
{
	int status = tap_in_child(handler_without_stack, NULL);

	CHECK(WIFSIGNALED(status));
	CHECK_EQUAL(WTERMSIG(status), SIGSEGV);
}

static void leave_well(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *where = context;

	CHECK_EQUAL(signal, SIGSEGV);
	CHECK(info->si_code > 0 && info->si_addr == NULL);
	CHECK_EQUAL(where->uc_sigmask.bits, 0);
	_exit(0);
}

/* Installs a handler for the fault, which runs on a stack of its own. */
static void catch_fault_elsewhere(void)
{
	const stack_t stack = { .ss_sp = memory_map_pages(4), .ss_size = 4 * PAGE_BYTES };
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };

	action.sa_sigaction = leave_well;
	CHECK(sigaltstack(&stack, NULL) == 0);
	CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
}

static void overflow_and_catch(void *unused)
{
	catch_fault_elsewhere();
	handler_without_stack(unused);
}

static void return_to_nothing(void *unused)
{
	(void)unused;
	__asm__ volatile("li a7, 139\n li sp, 4096\n ecall\n" ::: "a0", "a7", "memory");
	_exit(1);
}

static void return_and_catch(void *unused)
{
	catch_fault_elsewhere();
	return_to_nothing(unused);
}

static void return_while_blocked(void *unused)
{
	catch_fault_elsewhere();
	set_mask(SIG_BLOCK, BIT_OF(SIGSEGV));
	return_to_nothing(unused);
}

/* If a frame cannot be written to the stack, or read from it, that is a fault like any other. */
static void bad_stack_is_caught(void)
{
	CHECK_EQUAL(tap_in_child(overflow_and_catch, NULL), 0);
	CHECK_EQUAL(tap_in_child(return_and_catch, NULL), 0);
	CHECK_EQUAL(tap_in_child(return_to_nothing, NULL), SIGSEGV);
	CHECK_EQUAL(tap_in_child(return_while_blocked, NULL), SIGSEGV);
}

static void kill_often(int signal)
{
	if (++depth < 100)
		kill(getpid(), signal);
	_exit(0);
}

static void nest_deeply(void *stack)
{
	CHECK(sigaltstack(stack, NULL) == 0);
	handle(SIGUSR1, kill_often, SA_ONSTACK | SA_NODEFER, 0);
	kill(getpid(), SIGUSR1);
}

/* When an alternative stack is full, nothing below it is written. */
static void stack_overflow_kills(void)
{
	unsigned long *below = (unsigned long *)mmap(NULL, 4 * PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	stack_t stack = { .ss_sp = (char *)below + 2 * PAGE_BYTES, .ss_size = 2 * PAGE_BYTES };
	int status = tap_in_child(nest_deeply, &stack);

	CHECK(WIFSIGNALED(status));
	CHECK_EQUAL(WTERMSIG(status), SIGSEGV);
	for (size_t i = 0; i < PAGE_BYTES / sizeof(*below); i++)
		CHECK_EQUAL(below[i], 0);
}

static void bad_arguments(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = record;
	CHECK_ERROR(sigaction(SIGKILL, &action, NULL), EINVAL);
	CHECK_ERROR(sigaction(SIGSTOP, &action, NULL), EINVAL);
	CHECK_ERROR(sigaction(0, &action, NULL), EINVAL);
	CHECK_ERROR(sigaction(65, &action, NULL), EINVAL);
	CHECK(sigaction(SIGKILL, NULL, &action) == 0);
	CHECK_EQUAL(kernel_call(SYS_rt_sigaction, (long)SIGUSR1, 0l, 0l, 4l), -EINVAL);
	CHECK_EQUAL(kernel_call(SYS_rt_sigprocmask, 9l, &action, 0l, 8l), -EINVAL);
	set_mask(SIG_SETMASK, ~0ul);
	CHECK_EQUAL(set_mask(SIG_SETMASK, 0), ~(BIT_OF(SIGKILL) | BIT_OF(SIGSTOP)));
}

static const struct tap_case cases[] = {
	{ "handler-is-told", handler_is_told, 0 },
	{ "queued-value", queued_value, 0 },
	{ "pending-signals", pending_signals, 0 },
	{ "ignoring-forgets", ignoring_forgets, 0 },
	{ "handlers-nest", handlers_nest, 0 },
	{ "mask-of-action", mask_of_action, 0 },
	{ "reset-handler", reset_handler, 0 },
	{ "reset-handler-runs-once", reset_handler_runs_once, 0 },
	{ "registers-survive", registers_survive, 0 },
	{ "alternative-stack", alternative_stack, 0 },
	{ "fault-is-caught", fault_is_caught, 0 },
	{ "misaligned-atomics", misaligned_atomics, 0 },
	{ "reservation-is-lost", reservation_is_lost, 0 },
	{ "misaligned-accesses", misaligned_accesses, 0 },
	{ "illegal-instruction", illegal_instruction, 0 },
	{ "faults-come-first", faults_come_first, 0 },
	{ "fault-blocked-kills", fault_blocked_kills, 0 },
	{ "bad-stack-kills", bad_stack_kills, 0 },
	{ "bad-stack-is-caught", bad_stack_is_caught, 0 },
	{ "stack-overflow-kills", stack_overflow_kills, 0 },
	{ "bad-arguments", bad_arguments, 0 },
};

const struct tap_group signal_handler_group = TAP_GROUP(cases);
