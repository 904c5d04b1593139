/*
 * init: the first process. It prepares the console, /dev, /proc and /tmp, then keeps a shell
 * running there, and waits for the orphans that the kernel hands to it.
 *
 * init COMMAND [ARGUMENT…], from what follows "--" on the kernel's command line, runs that command
 * instead, reports how it ended, and switches the machine off.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *type;
	const char *path;
} file_systems[] = {
	{ "devtmpfs", "/dev" },
	{ "proc", "/proc" },
	{ "tmpfs", "/tmp" },
};

/* The kernel opens the console for its first process; this is for when it did not. */
static void open_console(void)
{
	if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
		return;

	int fd = open("/dev/console", O_RDWR);

	for (int i = 0; fd >= 0 && i <= STDERR_FILENO; i++)
		dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* It is no error if the kernel has mounted one already, or cannot. */
static void mount_file_systems(void)
{
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++) {
		const char *type = file_systems[i].type, *path = file_systems[i].path;

		mkdir(path, 0755);
		if (mount(type, path, type, 0, NULL) < 0 && errno != EBUSY && errno != ENOSYS &&
			errno != ENODEV)
			warn("cannot mount %s on %s", type, path);
	}
	chmod("/tmp", 01777);
}

static void set_defaults(void)
{
	setenv("HOME", "/", 0);
	setenv("PATH", "/bin:/sbin", 0);
	setenv("TERM", "vt100", 0);
}

/* Starts a command in its own session, with the console as its terminal, for Ctrl-C to reach it. */
static pid_t start(char **argv)
{
	pid_t child = fork();

	if (child < 0)
		warn("fork");
	if (child == 0) {
		setsid();
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
		execvp(argv[0], argv);
		warn("%s", argv[0]);
		_exit(127);
	}
	return child;
}

/* Waits for that child, and for all others that end meanwhile. */
static int reap_until(pid_t child)
{
	int status = 0;
	pid_t pid;

	do
		pid = wait(&status);
	while (pid != child && (pid >= 0 || errno == EINTR));
	return status;
}

static _Noreturn void switch_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	err(EXIT_FAILURE, "cannot switch the machine off");
}

static _Noreturn void run_command(char **argv)
{
	pid_t child = start(argv);
	int status = child < 0 ? EXIT_FAILURE << 8 : reap_until(child);

	if (WIFSIGNALED(status))
		printf("init: %s was killed by signal %d: %s\n", argv[0], WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		printf("init: %s exited with status %d\n", argv[0], WEXITSTATUS(status));
	fflush(stdout);
	switch_off();
}

static void greet(void)
{
	long harts = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname name;
	struct sysinfo info;

	if (uname(&name) == 0)
		printf("\n%s %s on %s, %ld hart%s", name.sysname, name.release, name.machine, harts,
			harts == 1 ? "" : "s");
	if (sysinfo(&info) == 0)
		printf(", %lu MiB", info.totalram * info.mem_unit >> 20);
	puts("\nls /bin shows what there is; poweroff ends it.\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static char *shell[] = { "sh", NULL };

	open_console();
	mount_file_systems();
	set_defaults();
	if (argc > 1)
		run_command(argv + 1);

	greet();
	for (;;) {
		pid_t child = start(shell);

		if (child > 0)
			reap_until(child);
		sleep(1); /* so that a shell that cannot start does not keep the machine busy */
	}
}
