/*
 * uname(2).
 */
#pragma once

/* What uname() returns. Programs expect the system whose calls they make, and refuse an old one. */
#define UTSNAME_SYSTEM  "Linux"
#define UTSNAME_RELEASE "6.12.0-cowslip"
#define UTSNAME_VERSION "Cowslip " COWSLIP_VERSION

#define UTSNAME_LENGTH 65 /* with the ending zero */

struct utsname {
	char sysname[UTSNAME_LENGTH];
	char nodename[UTSNAME_LENGTH];
	char release[UTSNAME_LENGTH];
	char version[UTSNAME_LENGTH];
	char machine[UTSNAME_LENGTH];
	char domainname[UTSNAME_LENGTH];
};
