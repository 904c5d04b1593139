/*
 * touch FILE…: makes files that do not exist, and sets the times of those that do to now.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status = 0;

	if (getopt(argc, argv, "") != -1)
		return EXIT_FAILURE;
	for (; optind < argc; optind++) {
		int fd;

		if (utimensat(AT_FDCWD, argv[optind], NULL, 0) == 0)
			continue;
		fd = errno == ENOENT ? open(argv[optind], O_WRONLY | O_CREAT, 0666) : -1;
		if (fd < 0) {
			warn("%s", argv[optind]);
			status = 1;
		} else {
			close(fd);
		}
	}
	return status;
}
