/*
 * Names of sockets between struct sockaddr_un in user memory and the kernel's form (trap/sys_socket.c).
 */
#ifndef COWSLIP_TRAP_USER_SOCKET_H
#define COWSLIP_TRAP_USER_SOCKET_H

#include "fs/socket.h"
#include "lib/types.h"

/* Length 0: no name, or the family AF_UNSPEC. 0 or an errno. */
int socket_address_from_user(u64 address, u64 size, struct socket_address *to);

/* Writes as much as fits `room`. *size: of all of it. 0 or an errno. */
int socket_address_to_user(const struct socket_address *from, u64 address, u32 room, u32 *size);

#endif
