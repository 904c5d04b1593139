/*
 * Process 1: which program it runs, and with which arguments.
 */
#include "proc/init.h"

#include "fs/init.h"
#include "fs/random.h"
#include "lib/abi/errno.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "mm/slab.h"
#include "proc/exec.h"
#include "proc/fork.h"
#include "proc/futex.h"
#include "proc/report.h"
#include "proc/task.h"
#include "proc/vdso.h"

#define INIT_WORDS_MAX CMDLINE_WORDS_MAX

/* Words of the command line that are for the kernel, and not passed on. */
static const char *const known_words[] = {
	"console",
	"earlycon",
	"init",
	"initrd",
	"loglevel",
	"maxcpus",
	"noasid",
	"norandmaps",
	"panic",
	"quiet",
	"rdinit",
	"ro",
	"root",
	"rootfstype",
	"rw",
	NULL,
};

struct init_request {
	struct cmdline command_line;
	const char *argument[INIT_WORDS_MAX + 2];
	const char *environment[INIT_WORDS_MAX + 3];
};

void process_init(const void *random_seed_bytes, size_t seed_size)
{
	futex_init();
	vdso_init();
	report_init();
	random_seed(random_seed_bytes, seed_size);
}

static bool try(struct init_request *request, const char *path)
{
	const struct string_list arguments = { .kernel = request->argument };
	const struct string_list environment = { .kernel = request->environment };
	int error;

	if (!path)
		return false;
	request->argument[0] = path;
	error = process_exec(exec_lookup(path), path, false, &arguments, &environment);
	if (!error)
		log_info("running %s as init", path);
	else if (error != -ENOENT)
		log_error("%s cannot be run as init: error %d", path, error);
	return !error;
}

/* In Linux's order: rdinit= or else /init, then init= or else the usual ones. */
static bool try_all(struct init_request *request)
{
	static const char *const usual[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	const char *early = cmdline_value(&request->command_line, "rdinit");
	const char *init = cmdline_value(&request->command_line, "init");

	if (try(request, early ? early : "/init"))
		return true;
	if (init) {
		if (try(request, init))
			return true;
		panic("init=%s cannot be run", init);
	}
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (try(request, usual[i]))
			return true;
	return false;
}

/* The first process, before it has a program. */
static void start_init(void *argument)
{
	struct init_request *request = argument;
	struct process *process = current->process;
	int error;

	error = fs_open_console(process->fs, process->files);
	if (error)
		log_warn("no console for init: error %d", error);
	if (!try_all(request))
		panic("no init: /init, /sbin/init, /etc/init, /bin/init, /bin/sh were tried");
	kfree(request);
}

void process_start_init(const char *command_line)
{
	struct init_request *request = kmalloc_zeroed(sizeof(*request));
	struct cmdline *words;

	if (!request)
		panic("no memory for init");
	words = &request->command_line;
	if (cmdline_parse(words, command_line))
		log_warn("init gets only the beginning of the command line");
	cmdline_init_arguments(words, known_words, &request->argument[1], INIT_WORDS_MAX);
	request->environment[0] = "HOME=/";
	request->environment[1] = "TERM=linux";
	cmdline_init_environment(words, known_words, &request->environment[2], INIT_WORDS_MAX);

	if (process_create_first(start_init, request))
		panic("no memory for init");
}
