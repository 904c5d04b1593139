/*
 * Attacks on stacks (Stack Clash, CVE-2017-1000364 and its relatives; CVE-2010-2240), on the frames that
 * signals put there, and through what registers hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/attacktest.h"
#include "usr/tests/memory.h"

#define STACK_GAP  MIB
#define PIECES     3000 /* of a mapping, so that copying the list of regions takes a while */
#define GROWTHS    60
#define LINE_BYTES 256
#define HOSTILE    0xffffffc080000000ul /* an address of the kernel */
#define REGISTERS  27
#define FLOATS     32
#define PATTERN    0x9e3779b97f4a7c15ul

/* The stack, and the end of the accessible mapping next below it. */
struct surroundings {
	unsigned long below, start, end;
};

static struct surroundings look_around(void)
{
	struct surroundings around = { 0 };
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[LINE_BYTES];

	CHECK(maps != NULL);
	while (fgets(line, sizeof(line), maps) != NULL && around.start == 0) {
		char *end;
		unsigned long first = strtoul(line, &end, 16), last = strtoul(end + 1, &end, 16);

		if (strstr(line, "[stack]") != NULL) {
			around.start = first;
			around.end = last;
		} else if (strncmp(end, " ---", 4) != 0) {
			around.below = last;
		}
	}
	fclose(maps);
	CHECK(around.start != 0);
	return around;
}

static void check_gap(void)
{
	struct surroundings around = look_around();

	if (around.start - around.below < STACK_GAP)
		FAIL("a mapping ends at %#lx, the stack begins at %#lx", around.below,
			around.start);
}

/* The kernel maps nothing near the stack, even if asked to. */
static void maps_keep_off(void)
{
	struct surroundings around = look_around();

	for (unsigned long distance = PAGE_BYTES; distance <= STACK_GAP;
		distance += 16 * PAGE_BYTES) {
		void *map = mmap((void *)(around.start - distance - PAGE_BYTES), PAGE_BYTES,
			PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(map != MAP_FAILED);
		check_gap();
	}
}

struct racer {
	unsigned long next, end;
	int stop;
};

static void map_near(void *argument)
{
	struct racer *racer = argument;

	while (!atomic_load_flag(&racer->stop)) {
		unsigned long near = atomic_load_flag(&racer->next);

		for (unsigned long distance = STACK_GAP / 2; distance < 3 * STACK_GAP;
			distance += STACK_GAP / 4)
			kernel_call(SYS_mmap, near - distance, PAGE_BYTES, PROT_READ,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
}

/* A stack grows while another thread maps memory below it, as near as the kernel lets it. */
static void maps_against_growth(void)
{
	static struct thread thread;
	static struct racer racer;
	unsigned long bottom = look_around().start - 6 * MIB;

	racer.next = look_around().start;
	guard_faults();
	thread_start(&thread, map_near, &racer);
	for (unsigned long at = racer.next; at > bottom; at -= PAGE_BYTES) {
		guarded_store((void *)at, 1);
		atomic_store_flag(&racer.next, at);
	}
	atomic_store_flag(&racer.stop, 1);
	thread_join(&thread);
	check_gap();
}

/* Nor does the stack grow too near to a mapping when it is the kernel that stores there. */
static void kernel_keeps_gap(void)
{
	struct surroundings around = look_around();
	unsigned long below = around.start - 3 * MIB;
	int zero = open("/dev/zero", O_RDONLY);
	struct timespec *time = (struct timespec *)(below + PAGE_BYTES);

	CHECK(mmap((void *)below, PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == (void *)below);
	CHECK_EQUAL(kernel_call(SYS_read, zero, time, 16), -EFAULT);
	CHECK_EQUAL(kernel_call(SYS_clock_gettime, 1, time), -EFAULT);
	CHECK_EQUAL(kernel_call(SYS_read, zero, below + STACK_GAP, 16), -EFAULT);
	CHECK_EQUAL(kernel_call(SYS_read, zero, below + PAGE_BYTES + STACK_GAP, 16), 16);
	CHECK_EQUAL(look_around().start, below + PAGE_BYTES + STACK_GAP);
}

/* A stack without limit has room to grow, and the gap stays. */
static int check_unlimited(void)
{
	struct surroundings around = look_around();

	for (unsigned long depth = MIB; depth < 48 * MIB; depth += MIB)
		*(volatile char *)(around.end - depth) = 1;
	check_gap();
	return 0;
}

static void unlimited_stack(void)
{
	const struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	int child = tap_fork();

	if (child == 0) {
		CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
		execl(tap_program(), tap_program(), "-unlimited", NULL);
		_exit(errno);
	}
	tap_join(child);
}

/* Signals */

/* Sends itself a signal, with this stack pointer. */
static void signal_at(unsigned long stack_pointer)
{
	register long a0 __asm__("a0") = getpid();
	register long a1 __asm__("a1") = SIGUSR1;
	register long a7 __asm__("a7") = SYS_kill;

	__asm__ volatile("mv sp, %1\n"
			 "ecall\n"
			 "li a7, 93\n" /* exit */
			 "ecall\n"
			 : "+r"(a0)
			 : "r"(stack_pointer), "r"(a1), "r"(a7)
			 : "memory");
}

static void ignore_it(int number)
{
	(void)number;
}

static void store_at(void *address)
{
	*(volatile char *)address = 1;
}

/*
 * A child's stack grows, for which the list of regions must first be copied, as the parent shares it.
 * Meanwhile the parent keeps lowering and raising the child's limit: the child may die of it, but no more.
 */
static void limit_moves_while_growing(void)
{
	unsigned char *map = memory_map_pages(PIECES);
	void *wanted = (void *)(look_around().start - 4 * MIB);
	struct rlimit high, low;

	CHECK(getrlimit(RLIMIT_STACK, &high) == 0);
	low = high;
	low.rlim_cur = MIB;
	for (int i = 0; i < PIECES; i += 2)
		CHECK(mprotect(map + i * PAGE_BYTES, PAGE_BYTES, PROT_READ) == 0);
	for (int i = 0; i < GROWTHS; i++) {
		int pid = tap_fork(), status = 0;

		if (pid == 0) {
			store_at(wanted);
			_exit(0);
		}
		while (waitpid(pid, &status, WNOHANG) == 0) {
			kernel_call(SYS_prlimit64, pid, RLIMIT_STACK, &low, NULL);
			kernel_call(SYS_prlimit64, pid, RLIMIT_STACK, &high, NULL);
		}
		CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV));
	}
}

static void take_signal_at(void *argument)
{
	struct sigaction action = { .sa_handler = ignore_it };

	sigaction(SIGUSR1, &action, NULL);
	signal_at((unsigned long)argument);
}

/* A frame is put only where the program itself could store; otherwise the program is killed. */
static void frames_in_wrong_places(void)
{
	const unsigned char *read_only =
		mmap(NULL, 2 * PAGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const unsigned long places[] = {
		0,
		8,
		512,
		HOSTILE,
		HOSTILE + 4096,
		~0ul,
		1ul << 63,
		1ul << 38,
		(1ul << 38) + 512,
		(unsigned long)read_only + 2 * PAGE_BYTES,
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int status = tap_in_child(take_signal_at, (void *)places[i]);

		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	}
}

static unsigned long forged_pc, forged_sp;

static void forge(int number, siginfo_t *information, void *context)
{
	ucontext_t *frame = context;

	(void)number;
	(void)information;
	memset(&frame->uc_mcontext.regs, 0xff, sizeof(frame->uc_mcontext.regs));
	memset(&frame->uc_mcontext.fpregs.d, 0xff, sizeof(frame->uc_mcontext.fpregs.d));
	frame->uc_stack.ss_flags = -1;
	frame->uc_mcontext.regs.pc = forged_pc;
	frame->uc_mcontext.regs.x[1] = forged_sp;
}

static void return_by_forged_frame(void *argument)
{
	struct sigaction action = { .sa_sigaction = forge, .sa_flags = SA_SIGINFO };

	forged_pc = (unsigned long)argument;
	forged_sp = ~0ul;
	sigaction(SIGUSR1, &action, NULL);
	kill(getpid(), SIGUSR1);
}

/* What a handler stores in its frame sets the program's own registers, and nothing else. */
static void frames_forged(void)
{
	const unsigned long places[] = { 0, 1, HOSTILE, ~0ul, 1ul << 38, 1ul << 63 };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int status = tap_in_child(return_by_forged_frame, (void *)places[i]);

		CHECK(WIFSIGNALED(status));
		CHECK(WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
	}
}

/* Registers */

/*
 * long call_and_look(number, argument, unsigned long registers[]): fills every register but sp from the
 * array, makes the call with the argument, and stores what the registers then hold in the array.
 */
__asm__(".text\n"
	".globl call_and_look\n"
	".type call_and_look, @function\n"
	"call_and_look:\n"
	"	addi	sp, sp, -128\n"
	"	sd	ra, 0(sp)\n"
	"	sd	gp, 8(sp)\n"
	"	sd	tp, 16(sp)\n"
	"	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
	"	sd	s\\n, 24+8*\\n(sp)\n"
	"	.endr\n"
	"	sd	a2, 120(sp)\n"
	"	mv	a7, a0\n"
	"	mv	a0, a1\n"
	"	mv	s0, a2\n"
	"	ld	ra, 0(s0)\n"
	"	ld	gp, 8(s0)\n"
	"	ld	tp, 16(s0)\n"
	"	ld	t0, 24(s0)\n"
	"	ld	t1, 32(s0)\n"
	"	ld	t2, 40(s0)\n"
	"	ld	s1, 48(s0)\n"
	"	ld	a1, 56(s0)\n"
	"	ld	a2, 64(s0)\n"
	"	ld	a3, 72(s0)\n"
	"	ld	a4, 80(s0)\n"
	"	ld	a5, 88(s0)\n"
	"	ld	a6, 96(s0)\n"
	"	.irp	n, 2,3,4,5,6,7,8,9,10,11\n"
	"	ld	s\\n, 104+8*(\\n-2)(s0)\n"
	"	.endr\n"
	"	ld	t3, 184(s0)\n"
	"	ld	t4, 192(s0)\n"
	"	ld	t5, 200(s0)\n"
	"	ld	t6, 208(s0)\n"
	"	ld	s0, 24(s0)\n"
	"	ecall\n"
	"	ld	s0, 120(sp)\n"
	"	sd	ra, 0(s0)\n"
	"	sd	gp, 8(s0)\n"
	"	sd	tp, 16(s0)\n"
	"	sd	t0, 24(s0)\n"
	"	sd	t1, 32(s0)\n"
	"	sd	t2, 40(s0)\n"
	"	sd	s1, 48(s0)\n"
	"	sd	a1, 56(s0)\n"
	"	sd	a2, 64(s0)\n"
	"	sd	a3, 72(s0)\n"
	"	sd	a4, 80(s0)\n"
	"	sd	a5, 88(s0)\n"
	"	sd	a6, 96(s0)\n"
	"	.irp	n, 2,3,4,5,6,7,8,9,10,11\n"
	"	sd	s\\n, 104+8*(\\n-2)(s0)\n"
	"	.endr\n"
	"	sd	t3, 184(s0)\n"
	"	sd	t4, 192(s0)\n"
	"	sd	t5, 200(s0)\n"
	"	sd	t6, 208(s0)\n"
	"	ld	ra, 0(sp)\n"
	"	ld	gp, 8(sp)\n"
	"	ld	tp, 16(sp)\n"
	"	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
	"	ld	s\\n, 24+8*\\n(sp)\n"
	"	.endr\n"
	"	addi	sp, sp, 128\n"
	"	ret\n");

long call_and_look(long number, long argument, unsigned long registers[REGISTERS]);

/* After a call all registers but the result's are unchanged: none shows what the kernel had in it. */
static void registers_after_calls(void)
{
	static const long numbers[] = { SYS_getpid, SYS_sched_yield, SYS_close, SYS_brk, SYS_uname,
		9999, SYS_clone, SYS_munmap, SYS_exit_group + 400 };
	unsigned long registers[REGISTERS];

	for (size_t call = 0; call < sizeof(numbers) / sizeof(numbers[0]); call++) {
		long argument = numbers[call] == SYS_clone ? SIGCHLD : -1;

		for (unsigned long i = 0; i < REGISTERS; i++)
			registers[i] = PATTERN * (i + 1);
		if (numbers[call] == SYS_clone)
			registers[7] = registers[8] = registers[9] = registers[10] = 0;
		unsigned long before[REGISTERS];

		memcpy(before, registers, sizeof(before));
		long result = call_and_look(numbers[call], argument, registers);

		for (int i = 0; i < REGISTERS; i++) {
			if (registers[i] != before[i])
				FAIL("call %ld changes register %d of the list", numbers[call], i);
		}
		if (numbers[call] == SYS_clone && result == 0)
			_exit(0);
		if (numbers[call] == SYS_clone)
			tap_join((int)result);
	}
}

/* Floating-point registers of the program that ran before (LazyFP, CVE-2018-3665). */

static void fill_floats(void)
{
	const unsigned long pattern = PATTERN;

	__asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,"
			 "25,26,27,28,29,30,31\n"
			 "fmv.d.x f\\n, %0\n"
			 ".endr\n"
			 :
			 : "r"(pattern));
}

static int count_filled_floats(void)
{
	unsigned long floats[FLOATS];
	int count = 0;

	__asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,"
			 "25,26,27,28,29,30,31\n"
			 "fsd f\\n, 8*\\n(%0)\n"
			 ".endr\n"
			 :
			 : "r"(floats)
			 : "memory");
	for (int i = 0; i < FLOATS; i++)
		count += floats[i] == PATTERN;
	return count;
}

static void keep_filling(void)
{
	while (true) {
		fill_floats();
		kernel_call(SYS_sched_yield);
	}
}

/* A new program on a hart where another process, or its own process before exec, has just computed. */
static void floats_hidden(void)
{
	cpu_set_t one;
	int other;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
	other = tap_fork();
	if (other == 0)
		keep_filling();
	for (int round = 0; round < 10; round++) {
		int child = tap_fork();

		if (child == 0) {
			for (int i = 0; i < 10; i++)
				kernel_call(SYS_sched_yield);
			if (round % 2 != 0)
				fill_floats();
			execl(tap_program(), tap_program(), "-floats", NULL);
			_exit(1);
		}
		tap_join(child);
	}
	kill(other, SIGKILL);
	tap_join_killed(other, SIGKILL);
}

int attack_stack_program(const char *argument)
{
	if (strcmp(argument, "-unlimited") == 0)
		return check_unlimited();
	if (strcmp(argument, "-floats") == 0)
		return count_filled_floats();
	return -1;
}

static const struct tap_case cases[] = {
	{ "maps-keep-off", maps_keep_off, 0 },
	{ "maps-against-growth", maps_against_growth, 0 },
	{ "kernel-keeps-gap", kernel_keeps_gap, 0 },
	{ "unlimited-stack", unlimited_stack, 0 },
	{ "limit-moves-while-growing", limit_moves_while_growing, 0 },
	{ "frames-in-wrong-places", frames_in_wrong_places, 0 },
	{ "frames-forged", frames_forged, 0 },
	{ "registers-after-calls", registers_after_calls, 0 },
	{ "floats-hidden", floats_hidden, 0 },
};

const struct tap_group attack_stack_group = TAP_GROUP(cases);
