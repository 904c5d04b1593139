/*
 * ln [-s] [-f] TARGET NAME: gives a file one more name; with -s makes a symbolic link; with -f
 * first removes what has the name.
 */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A hard link replaces an existing NAME only if the target exists and is another file. */
static bool replaceable(const char *target, const char *name)
{
	struct stat info, old;

	if (lstat(target, &info) < 0)
		err(EXIT_FAILURE, "%s", target);
	return lstat(name, &old) == 0 && (info.st_dev != old.st_dev || info.st_ino != old.st_ino);
}

int main(int argc, char **argv)
{
	bool symbolic = false, force = false;
	const char *target, *name;
	int option;

	while ((option = getopt(argc, argv, "sf")) != -1) {
		if (option == '?')
			return EXIT_FAILURE;
		symbolic |= option == 's';
		force |= option == 'f';
	}
	if (argc - optind != 2)
		errx(EXIT_FAILURE, "usage: ln [-s] [-f] TARGET NAME");
	target = argv[optind];
	name = argv[optind + 1];
	if (force && (symbolic || replaceable(target, name)))
		unlink(name);
	if ((symbolic ? symlink(target, name) : link(target, name)) < 0)
		err(EXIT_FAILURE, "%s", name);
	return 0;
}
