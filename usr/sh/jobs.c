/*
 * Processes. In an interactive shell each pipeline is a job: a process group of its own, which
 * gets the terminal while it runs in the foreground, so that Ctrl-C reaches it and not the shell.
 * One stopped job (Ctrl-Z) is remembered, for fg and bg.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "usr/sh/sh.h"

static const int job_signals[] = { SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };
static struct job stopped_job;
static struct termios terminal_settings;

static void handle_job_signals(void (*how)(int))
{
	struct sigaction action = { .sa_handler = how };

	for (size_t i = 0; i < sizeof(job_signals) / sizeof(job_signals[0]); i++)
		sigaction(job_signals[i], &action, NULL);
}

/* Ctrl-C while the shell itself is busy: in a loop, or waiting. */
static void interrupt(int signal)
{
	(void)signal;
	shell.interrupted = true;
	write(STDERR_FILENO, "\n", 1);
}

/* The shell takes the terminal for a group of its own, and survives the terminal's signals. */
void jobs_start(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	handle_job_signals(SIG_IGN);
	sigaction(SIGINT, &action, NULL);
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpgrp());
	tcgetattr(STDIN_FILENO, &terminal_settings);
}

static void enter_job(const struct job *job)
{
	if (shell.interactive) {
		setpgid(0, job->group);
		if (!job->background)
			tcsetpgrp(STDIN_FILENO, getpgrp());
		handle_job_signals(SIG_DFL);
		shell.interactive = false;
	} else if (job->background) {
		struct sigaction action = { .sa_handler = SIG_IGN };
		int null = open("/dev/null", O_RDONLY);

		sigaction(SIGINT, &action, NULL);
		sigaction(SIGQUIT, &action, NULL);
		if (null > STDIN_FILENO) {
			dup2(null, STDIN_FILENO);
			close(null);
		}
	}
}

pid_t job_fork(struct job *job)
{
	pid_t child;

	if (job->count == JOB_PROCESSES_MAX) {
		warnx("a pipeline may have %d commands", JOB_PROCESSES_MAX);
		return -1;
	}
	child = fork();
	if (child < 0) {
		warn("cannot start a process");
		return child;
	}
	if (child == 0) {
		enter_job(job);
		return 0;
	}
	if (!job->group)
		job->group = child;
	if (shell.interactive)
		setpgid(child, job->group); /* as in the child: either may come first */
	job->processes[job->count++] = child;
	return child;
}

int status_of(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + (WIFSTOPPED(wait_status) ? WSTOPSIG(wait_status) : WTERMSIG(wait_status));
}

/* Says what signal killed a job, unless the user knows. */
static void report_death(int wait_status)
{
	if (!WIFSIGNALED(wait_status) || WTERMSIG(wait_status) == SIGPIPE)
		return;
	if (WTERMSIG(wait_status) == SIGINT)
		shell.interrupted = shell.interactive;
	else
		fprintf(stderr, "%s\n", strsignal(WTERMSIG(wait_status)));
	if (shell.interactive && WTERMSIG(wait_status) == SIGINT)
		fputs("\n", stderr);
}

int job_wait(struct job *job)
{
	int wait_status = 0;

	if (!job->count) /* none could be started */
		return 1;
	for (int i = 0; i < job->count; i++) {
		pid_t pid;

		do
			pid = waitpid(job->processes[i], &wait_status,
				shell.interactive ? WUNTRACED : 0);
		while (pid < 0 && errno == EINTR);
		if (pid > 0 && WIFSTOPPED(wait_status)) {
			stopped_job = *job;
			fprintf(stderr, "\n[%d] stopped; fg or bg continues it\n", job->group);
			break;
		}
	}
	if (shell.interactive) {
		tcsetpgrp(STDIN_FILENO, getpgrp());
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal_settings);
	}
	report_death(wait_status);
	return status_of(wait_status);
}

int job_continue(bool background)
{
	struct job job = stopped_job;

	if (!background && job.group)
		tcsetpgrp(STDIN_FILENO, job.group);
	if (!job.group || kill(-job.group, SIGCONT) < 0) {
		tcsetpgrp(STDIN_FILENO, getpgrp());
		warnx("there is no stopped job");
		return 1;
	}
	if (background)
		return 0;
	stopped_job.group = 0;
	return job_wait(&job);
}

void jobs_report_finished(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		fprintf(stderr, "[%d] ended with status %d\n", pid, status_of(status));
}
