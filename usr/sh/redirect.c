/*
 * Redirections: < > >> and copies of descriptors (2>&1). For a command that the shell runs
 * itself, the old descriptors are kept above those that users name, and restored afterwards.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "usr/sh/sh.h"

static int open_target(const struct redirection *redirection, const char *target)
{
	switch (redirection->kind) {
	case REDIRECT_INPUT:
		return open(target, O_RDONLY | O_CLOEXEC);
	case REDIRECT_OUTPUT:
		return open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	case REDIRECT_APPEND:
		return open(target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	default:
		if (!isdigit(target[0]) || target[1]) {
			errno = EBADF;
			return -1;
		}
		return fcntl(target[0] - '0', F_DUPFD_CLOEXEC, FIRST_HIDDEN_FD);
	}
}

static int save(struct saved_fds *saved, int fd)
{
	if (saved->count == (int)(sizeof(saved->entries) / sizeof(saved->entries[0]))) {
		warnx("too many redirections");
		return -1;
	}
	saved->entries[saved->count].fd = fd;
	saved->entries[saved->count++].copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_HIDDEN_FD);
	return 0;
}

int redirect(const struct redirection *redirection, struct saved_fds *saved)
{
	for (; redirection; redirection = redirection->next) {
		const char *target = expand_word(redirection->target);
		bool closes = redirection->kind == REDIRECT_DUPLICATE && strcmp(target, "-") == 0;
		int fd = closes ? -1 : open_target(redirection, target);

		if (fd < 0 && !closes) {
			warn("%s", target);
			return -1;
		}
		if (saved && save(saved, redirection->fd) < 0)
			return -1;
		if (closes) {
			close(redirection->fd);
			continue;
		}
		if (fd == redirection->fd) {
			fcntl(fd, F_SETFD, 0);
			continue;
		}
		dup2(fd, redirection->fd);
		close(fd);
	}
	return 0;
}

void restore_fds(struct saved_fds *saved)
{
	while (saved->count--) {
		int fd = saved->entries[saved->count].fd, copy = saved->entries[saved->count].copy;

		if (copy < 0) {
			close(fd);
		} else {
			dup2(copy, fd);
			close(copy);
		}
	}
}
