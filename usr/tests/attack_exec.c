/*
 * Attacks on programs that run with other rights than their caller's, on running programs, and on
 * files through /proc.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/abi/futex.h"
#include "lib/abi/personality.h"
#include "usr/tests/attacktest.h"
#include "usr/tests/memory.h"

#define TEXT_BYTES   256
#define STACK_LIMIT  (8 * MIB)
#define LEFT_PLACE   ((void *)0x10000000ul) /* free in every program */
#define LEFT_VALUE   7u
#define ROBUST_ENTRY 16 /* words from the start of the page */
#define ROBUST_WORD  18

/* What the copies of this program do */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The name by which it was executed is that of the program that runs. */
static int check_own_name(void)
{
	char path[TEXT_BYTES] = { 0 };

	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		return 1;
	return strcmp(last_part(path), last_part((const char *)getauxval(AT_EXECFN))) != 0;
}

/* If strings become shorter during exec, Linux passes more of them. */
static int check_strings(int argc, char **argv)
{
	if (!memory_has_ledger())
		return argc != 3;
	return argc != 3 || strcmp(argv[2], "end") != 0 ||
		strspn(argv[1], "l") != strlen(argv[1]) ||
		strspn(environ[0], "l") != strlen(environ[0]) || strcmp(environ[1], "END=1") != 0 ||
		environ[2] != NULL;
}

static int tell_inherited(void)
{
	struct rlimit limit;
	stack_t stack;
	int death = 0;

	getrlimit(RLIMIT_STACK, &limit);
	sigaltstack(NULL, &stack);
	prctl(PR_GET_PDEATHSIG, &death);
	printf("persona %lx stack %lx death %d alternate %d",
		kernel_call(SYS_personality, PERSONALITY_ASK), limit.rlim_cur, death,
		stack.ss_flags);
	fflush(stdout);
	return 0;
}

static int tell_user(void)
{
	return (int)geteuid() == 0 ? 1 : 0;
}

static int copy_input(void)
{
	char bytes[TEXT_BYTES];
	ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));

	return size > 0 && write(STDOUT_FILENO, bytes, (size_t)size) < 0;
}

/* Tells that it runs, and goes on running. */
static int stay(void)
{
	(void)!write(STDOUT_FILENO, "x", 1);
	pause();
	return 0;
}

/* Whether another process has changed this privileged program's directory to the root. */
static int was_moved(void)
{
	char path[TEXT_BYTES];

	sleep_milliseconds(ATTACK_MOVE_PAUSE * 2);
	return geteuid() == 0 && strcmp(getcwd(path, sizeof(path)), "/") == 0;
}

static void outlive(void *argument)
{
	(void)argument;
	kernel_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	kernel_call(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

/*
 * Exits with memory mapped at an address that the previous program has given to the kernel. Another thread
 * still has the memory: otherwise the kernel would not write there at all.
 */
static int end_mapped(void)
{
	static struct thread thread;
	int file = open("left", O_RDWR);
	unsigned long *words = mmap(LEFT_PLACE, PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_FIXED, file, 0);

	words[0] = LEFT_VALUE;
	words[1] =
		(unsigned long)(words + ROBUST_ENTRY); /* a list of one lock, held by the caller */
	words[2] = (ROBUST_WORD - ROBUST_ENTRY) * sizeof(long);
	words[3] = 0;
	words[ROBUST_ENTRY] = (unsigned long)(words + 1);
	words[ROBUST_WORD] = (unsigned long)kernel_call(SYS_gettid);
	thread_start(&thread, outlive, NULL);
	return 0;
}

int attack_run_as_program(int argc, char **argv)
{
	const char *argument = argc > 1 ? argv[1] : "";

	if (argc == 0)
		return 1;
	if (strcmp(argv[0], "-argument") == 0 || argv[0][0] == '\0')
		return 0;
	if (strcmp(argv[0], "-strings") == 0)
		return check_strings(argc, argv);
	if (strcmp(argument, "-executed") == 0)
		return check_own_name();
	if (strcmp(argument, "-inherited") == 0)
		return tell_inherited();
	if (strcmp(argument, "-user") == 0)
		return tell_user();
	if (strcmp(argument, "-copy") == 0)
		return copy_input();
	if (strcmp(argument, "-stay") == 0)
		return stay();
	if (strcmp(argument, "-moved") == 0)
		return was_moved();
	if (strcmp(argument, "-end-mapped") == 0)
		return end_mapped();
	return attack_stack_program(argument);
}

/* Runs the program in a process that first calls `before`; reads what it prints into `text`. */
static void run_and_read(const char *name, const char *argument, void (*before)(void), char *text)
{
	ssize_t size;
	int ends[2], child;

	memset(text, 0, TEXT_BYTES);
	CHECK(pipe(ends) == 0);
	child = tap_fork();
	if (child == 0) {
		before();
		dup2(ends[1], STDOUT_FILENO);
		execl(name, name, argument, NULL);
		_exit(errno);
	}
	close(ends[1]);
	for (size_t at = 0; (size = read(ends[0], text + at, TEXT_BYTES - 1 - at)) > 0;)
		at += (size_t)size;
	close(ends[0]);
	tap_join(child);
}

/* What is inherited */

static void prepare_inheritance(void)
{
	const struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	const stack_t stack = { .ss_sp = memory_map_pages(4), .ss_size = 4 * PAGE_BYTES };

	CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
	CHECK(sigaltstack(&stack, NULL) == 0);
	CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	CHECK(kernel_call(SYS_personality, ADDR_NO_RANDOMIZE) >= 0);
}

/*
 * A program with other rights runs at random addresses, on a stack of the usual size, and is not killed
 * when its parent ends (CVE-2009-1895, CVE-2017-1000365, CVE-2007-3848).
 */
static void set_user_inherits_little(void)
{
	char text[TEXT_BYTES], expected[TEXT_BYTES];

	attack_open_place();
	tap_copy_program("set-root", 04755, 0, 0);
	tap_copy_program("plain", 0755, 0, 0);
	attack_become_user();
	run_and_read("./set-root", "-inherited", prepare_inheritance, text);
	snprintf(expected, sizeof(expected), "persona 0 stack %lx death 0 alternate %d",
		STACK_LIMIT, SS_DISABLE);
	if (strcmp(text, expected) != 0)
		FAIL("a set-user-id program has: %s", text);
	run_and_read("./plain", "-inherited", prepare_inheritance, text);
	snprintf(expected, sizeof(expected), "persona %x stack %lx death %d alternate %d",
		ADDR_NO_RANDOMIZE, ~0ul, SIGKILL, SS_DISABLE);
	if (strcmp(text, expected) != 0)
		FAIL("another program has: %s", text);
}

/* Addresses that one program gave to the kernel mean nothing in the next program (CVE-2009-2848). */
static void addresses_forgotten(void)
{
	unsigned int *words;
	int file = open("left", O_RDWR | O_CREAT, 0600), child;

	CHECK(ftruncate(file, PAGE_BYTES) == 0);
	words = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	child = tap_fork();
	if (child == 0) {
		kernel_call(SYS_set_tid_address, LEFT_PLACE);
		CHECK_EQUAL(kernel_call(SYS_set_robust_list, (long *)LEFT_PLACE + 1, 24), 0);
		execl(tap_program(), tap_program(), "-end-mapped", NULL);
		_exit(errno);
	}
	tap_join(child);
	CHECK_EQUAL(words[0], LEFT_VALUE);
	CHECK_EQUAL(words[ROBUST_WORD * 2], child);
}

static volatile int received;

static void receive(int number)
{
	received = number;
}

/* Once a child has called exec its end is told by SIGCHLD, whatever signal its maker chose. */
static void end_is_told_by_sigchld(void)
{
	struct sigaction action = { .sa_handler = receive };
	int child, status;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGCHLD, &action, NULL) == 0);
	child = (int)kernel_call(SYS_clone, SIGUSR1, 0, 0, 0, 0);
	if (child == 0) {
		execl(tap_program(), "-argument", NULL);
		_exit(1);
	}
	while (wait4(child, &status, WALL, NULL) < 0)
		continue;
	CHECK_EQUAL(status, 0);
	CHECK_EQUAL(received, SIGCHLD);
}

/* What /proc shows */

static const char *const inner_files[] = { "maps", "smaps", "environ", "pagemap" };
#define INNER_FILES (sizeof(inner_files) / sizeof(inner_files[0]))

static int open_inner(int process, const char *name, int flags)
{
	char path[TEXT_BYTES];

	snprintf(path, sizeof(path), "/proc/%d/%s", process, name);
	return open(path, flags);
}

/* Makes a process that executes set-root when the gate opens, and then sends a byte. */
static int start_set_root(struct gate *gate, int *said)
{
	int ends[2], child;

	gate_init(gate);
	CHECK(pipe(ends) == 0);
	child = tap_fork();
	if (child == 0) {
		gate_wait(gate);
		dup2(ends[1], STDOUT_FILENO);
		execl("./set-root", "set-root", "-stay", NULL);
		_exit(errno);
	}
	close(ends[1]);
	*said = ends[0];
	return child;
}

/*
 * A process's /proc files that were opened while it was still the attacker's show nothing of the program
 * with other rights that it then executes (CVE-2011-1020), whoever reads them.
 */
static void proc_files_over_exec(void)
{
	int files[INNER_FILES], directory, said, process;
	char bytes[TEXT_BYTES];
	struct gate gate;

	attack_open_place();
	tap_copy_program("set-root", 04755, 0, 0);
	attack_become_user();
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	process = start_set_root(&gate, &said);
	for (size_t i = 0; i < INNER_FILES; i++)
		files[i] = open_inner(process, inner_files[i], O_RDONLY);
	directory = open_inner(process, "fd", O_RDONLY | O_DIRECTORY);
	CHECK(files[0] >= 0 && directory >= 0);
	CHECK(read(files[0], bytes, sizeof(bytes)) > 0 && lseek(files[0], 0, SEEK_SET) == 0);
	CHECK(readlinkat(directory, "0", bytes, sizeof(bytes)) > 0);
	gate_open(&gate);
	CHECK_EQUAL(read(said, bytes, 1), 1);
	for (size_t i = 0; i < INNER_FILES; i++) {
		tap_place(inner_files[i]);
		CHECK(files[i] < 0 || read(files[i], bytes, sizeof(bytes)) <= 0);
		CHECK(open_inner(process, inner_files[i], O_RDONLY) < 0);
	}
	CHECK(open_inner(process, "fd", O_RDONLY) < 0);
	CHECK(open_inner(process, "exe", O_RDONLY) < 0);
	CHECK(openat(directory, "1", O_WRONLY) < 0);
	CHECK(readlinkat(directory, "1", bytes, sizeof(bytes)) < 0);
	kill(process, SIGKILL);
	tap_join_killed(process, SIGKILL);
}

#define READERS     3
#define READ_ROUNDS 8

static int read_file;
static char read_text[READERS][16 * TEXT_BYTES];

/* Reads until that fails: nothing that it reads may be about the forbidden program. */
static void read_to_the_end(void *argument)
{
	char *text = argument;
	long size;

	while ((size = kernel_call(SYS_pread64, read_file, text, sizeof(read_text[0]) - 1, 0)) >=
		0) {
		text[size] = '\0';
		CHECK(strstr(text, "set-root") == NULL);
	}
}

/* Nor does such a file when several threads, which wait for each other, are just reading it. */
static void proc_file_in_exec(void)
{
	struct thread readers[READERS];
	struct gate gate;
	int said, process;
	char byte;

	attack_open_place();
	tap_copy_program("set-root", 04755, 0, 0);
	attack_become_user();
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	for (int i = 0; i < READ_ROUNDS; i++) {
		process = start_set_root(&gate, &said);
		read_file = open_inner(process, "maps", O_RDONLY);
		CHECK(read_file >= 0);
		for (int n = 0; n < READERS; n++)
			thread_start(&readers[n], read_to_the_end, read_text[n]);
		gate_open(&gate);
		CHECK_EQUAL(read(said, &byte, 1), 1);
		for (int n = 0; n < READERS; n++)
			thread_join(&readers[n]);
		kill(process, SIGKILL);
		tap_join_killed(process, SIGKILL);
		gate_close(&gate);
		CHECK(close(said) == 0 && close(read_file) == 0);
	}
}

static void give_own_map(void)
{
	dup2(open("/proc/self/maps", O_RDONLY), STDIN_FILENO);
}

/* Nor can the program itself read such a file that it is given as its input. */
static void proc_files_as_input(void)
{
	char text[TEXT_BYTES];

	attack_open_place();
	tap_copy_program("set-root", 04755, 0, 0);
	tap_copy_program("plain", 0755, 0, 0);
	attack_become_user();
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	run_and_read("./set-root", "-copy", give_own_map, text);
	CHECK_EQUAL(strlen(text), 0);
}

static void give_own_control(void)
{
	int ends[2];

	CHECK(pipe(ends) == 0 && write(ends[1], "1\n", 2) == 2);
	dup2(ends[0], STDIN_FILENO);
	dup2(open("/proc/self/fail-nth", O_WRONLY), STDOUT_FILENO);
}

/* Nor can it write to one given as its output, to which its caller could not have written. */
static void proc_files_as_output(void)
{
	int child, status;

	attack_open_place();
	tap_copy_program("set-root", 04755, 0, 0);
	attack_become_user();
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	child = tap_fork();
	if (child == 0) {
		give_own_control();
		execl("./set-root", "set-root", "-copy", NULL);
		_exit(errno);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status));
	CHECK_EQUAL(WEXITSTATUS(status), 1);
}

/* Only the super-user sees frame numbers (rowhammer, 2015). */
static void frames_hidden(void)
{
	unsigned char *page = memory_map_pages(1);
	unsigned long record = 0;
	int file;

	page[0] = 1;
	attack_become_user();
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	file = open("/proc/self/pagemap", O_RDONLY);
	CHECK(file >= 0);
	CHECK_EQUAL(pread(file, &record, sizeof(record),
			    (off_t)((unsigned long)page / PAGE_BYTES * sizeof(record))),
		sizeof(record));
	CHECK(record >> 63 == 1);
	CHECK_EQUAL(record & ((1ul << 55) - 1), 0);
}

/* Running programs */

/* Tries to execute the program in a child; returns the errno if that fails. */
static int try_to_run(const char *name)
{
	int child = tap_fork();

	if (child == 0) {
		execl(name, "-argument", NULL);
		_exit(errno);
	}
	return WEXITSTATUS(tap_wait(child));
}

/* A program with a writable mapping does not run, and a running program cannot be written to. */
static void program_mapped(void)
{
	char *map;
	int file;

	tap_copy_program("program", 0755, 0, 0);
	file = open("program", O_RDWR);
	map = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	CHECK(file >= 0 && map != MAP_FAILED);
	close(file);
	CHECK_EQUAL(try_to_run("program"), ETXTBSY);
	CHECK(mprotect(map, PAGE_BYTES, PROT_READ) == 0);
	CHECK_EQUAL(try_to_run("program"), ETXTBSY);
	CHECK(munmap(map, PAGE_BYTES) == 0);
	CHECK_EQUAL(try_to_run("program"), 0);
}

/* runc's CVE-2019-5736: /proc/<pid>/exe gives access to the running program's file. */
static void program_by_proc(void)
{
	char byte, path[TEXT_BYTES];
	int ends[2], child, held;

	tap_copy_program("program", 0755, 0, 0);
	CHECK(pipe(ends) == 0);
	child = tap_fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl("program", "program", "-stay", NULL);
		_exit(errno);
	}
	CHECK_EQUAL(read(ends[0], &byte, 1), 1);
	held = open_inner(child, "exe", O_RDONLY);
	CHECK(held >= 0);
	CHECK(open_inner(child, "exe", O_WRONLY) < 0 && errno == ETXTBSY);
	CHECK(open_inner(child, "exe", O_RDONLY | O_TRUNC) < 0 && errno == ETXTBSY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
	CHECK_ERROR(open(path, O_RDWR), ETXTBSY);
	CHECK_ERROR(truncate("program", 0), ETXTBSY);
	kill(child, SIGKILL);
	tap_join_killed(child, SIGKILL);
	/* Later it is a file like any other, open to those that may write to it. */
	CHECK(chmod("program", 0755) == 0);
	attack_become_user();
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	CHECK_ERROR(open(path, O_RDWR), EACCES);
}

/* Through /proc a read-only or O_PATH descriptor gives no more access than it has itself. */
static void descriptor_by_proc(void)
{
	char path[TEXT_BYTES];
	int file;

	attack_open_place();
	close(open("roots", O_CREAT | O_RDWR, 0644));
	attack_become_user();
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	for (int i = 0; i < 2; i++) {
		file = open("roots", i == 0 ? O_RDONLY : O_PATH);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
		CHECK_ERROR(open(path, O_RDWR), EACCES);
		CHECK_ERROR(open(path, O_RDONLY | O_TRUNC), EACCES);
		CHECK_ERROR(truncate(path, 0), EACCES);
		CHECK_ERROR(chmod(path, 0666), EPERM);
	}
	CHECK_ERROR(mmap(NULL, PAGE_BYTES, PROT_READ, MAP_PRIVATE, file, 0), EBADF);
	CHECK_EQUAL(kernel_call(SYS_fchmod, file, 0666), -EBADF);
}

static const struct tap_case cases[] = {
	{ "set-user-inherits-little", set_user_inherits_little, 0 },
	{ "addresses-forgotten", addresses_forgotten, 0 },
	{ "end-is-told-by-sigchld", end_is_told_by_sigchld, 0 },
	{ "proc-files-over-exec", proc_files_over_exec, 0 },
	{ "proc-file-in-exec", proc_file_in_exec, TAP_COWSLIP },
	{ "proc-files-as-input", proc_files_as_input, 0 },
	{ "proc-files-as-output", proc_files_as_output, TAP_COWSLIP },
	{ "frames-hidden", frames_hidden, 0 },
	{ "program-mapped", program_mapped, 0 },
	{ "program-by-proc", program_by_proc, 0 },
	{ "descriptor-by-proc", descriptor_by_proc, 0 },
};

const struct tap_group attack_exec_group = TAP_GROUP(cases);
