#ifndef COWSLIP_LIBC_TERMIOS_H
#define COWSLIP_LIBC_TERMIOS_H

#include <sys/types.h>

#include "lib/abi/termios.h"

int tcgetattr(int fd, struct termios *settings);
int tcsetattr(int fd, int when, const struct termios *settings);
int tcflush(int fd, int queue);
void cfmakeraw(struct termios *settings);

#endif
