/*
 * poweroff: switches the machine off.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	sync();
	reboot(RB_POWER_OFF);
	err(EXIT_FAILURE, "reboot");
}
