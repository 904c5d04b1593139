/*
 * reboot: restarts the machine.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	err(EXIT_FAILURE, "reboot");
}
