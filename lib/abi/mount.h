/*
 * mount(2), umount2(2).
 */
#pragma once

#define MS_RDONLY   0x0001
#define MS_NOSUID   0x0002
#define MS_NODEV    0x0004
#define MS_NOEXEC   0x0008
#define MS_REMOUNT  0x0020
#define MS_NOATIME  0x0400
#define MS_BIND     0x1000
#define MS_MOVE     0x2000
#define MS_REC      0x4000
#define MS_SILENT   0x8000
#define MS_PRIVATE  0x40000
#define MS_RELATIME 0x200000

/* Ignored in the upper half of the flags: Linux once wanted it there. */
#define MS_MGC_MSK 0xffff0000
#define MS_MGC_VAL 0xc0ed0000

#define MNT_FORCE       1
#define MNT_DETACH      2
#define UMOUNT_NOFOLLOW 8
