/*
 * ln [-s] [-f] TARGET NAME: gives a file one more name; with -s makes a symbolic link; with -f
 * takes the name from whatever has it.
 */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

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
	if (force)
		unlink(name);
	if ((symbolic ? symlink(target, name) : link(target, name)) < 0)
		err(EXIT_FAILURE, "%s", name);
	return 0;
}
