/*
 * cat [FILE…]: copies files, or standard input ("-", or no argument), to standard output.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int copy(int fd, const char *name)
{
	static char buffer[16384];
	ssize_t length;

	while ((length = read(fd, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0, n; done < length; done += n)
			if ((n = write(STDOUT_FILENO, buffer + done, length - done)) < 0)
				err(EXIT_FAILURE, "write");
	if (length < 0)
		warn("%s", name);
	return length < 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (getopt(argc, argv, "") != -1)
		return EXIT_FAILURE;
	if (optind == argc)
		return copy(STDIN_FILENO, "-");
	for (; optind < argc; optind++) {
		const char *name = argv[optind];
		int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY);

		if (fd < 0) {
			warn("%s", name);
			status = 1;
			continue;
		}
		status |= copy(fd, name);
		if (fd != STDIN_FILENO)
			close(fd);
	}
	return status;
}
