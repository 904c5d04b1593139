#ifndef COWSLIP_LIBC_UNISTD_H
#define COWSLIP_LIBC_UNISTD_H

#include <sys/types.h>

#include "lib/abi/fcntl.h"

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

extern char **environ;

/* Files by descriptor. */
int close(int fd);
ssize_t read(int fd, void *buffer, size_t length);
ssize_t write(int fd, const void *buffer, size_t length);
ssize_t pread(int fd, void *buffer, size_t length, off_t offset);
ssize_t pwrite(int fd, const void *buffer, size_t length, off_t offset);
off_t lseek(int fd, off_t offset, int origin);
int dup(int fd);
int dup2(int fd, int new_fd);
int dup3(int fd, int new_fd, int flags);
int pipe(int fds[2]);
int pipe2(int fds[2], int flags);
int ftruncate(int fd, off_t length);
int fsync(int fd);
int fdatasync(int fd);
int isatty(int fd);

/* Files by name. */
int access(const char *path, int mode);
int faccessat(int directory, const char *path, int mode, int flags);
int link(const char *path, const char *new_path);
int linkat(int directory, const char *path, int new_directory, const char *new_path, int flags);
int symlink(const char *target, const char *path);
int symlinkat(const char *target, int directory, const char *path);
ssize_t readlink(const char *restrict path, char *restrict buffer, size_t length);
ssize_t readlinkat(int directory, const char *restrict path, char *restrict buffer, size_t length);
int unlink(const char *path);
int unlinkat(int directory, const char *path, int flags);
int rmdir(const char *path);
int truncate(const char *path, off_t length);
int chown(const char *path, uid_t owner, gid_t group);
int fchown(int fd, uid_t owner, gid_t group);
int chdir(const char *path);
int fchdir(int fd);
int chroot(const char *path);
char *getcwd(char *buffer, size_t size);
void sync(void);

/* Processes. */
pid_t fork(void);
pid_t vfork(void);
int execve(const char *path, char *const argv[], char *const environment[]);
int execv(const char *path, char *const argv[]);
int execvp(const char *file, char *const argv[]);
int execl(const char *path, const char *argument, ...);
int execlp(const char *file, const char *argument, ...);
_Noreturn void _exit(int status);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
pid_t getpgrp(void);
pid_t getpgid(pid_t pid);
int setpgid(pid_t pid, pid_t group);
pid_t getsid(pid_t pid);
pid_t setsid(void);
pid_t tcgetpgrp(int fd);
int tcsetpgrp(int fd, pid_t group);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int setuid(uid_t user);
int setgid(gid_t group);
int pause(void);
unsigned int alarm(unsigned int seconds);
unsigned int sleep(unsigned int seconds);
int usleep(useconds_t microseconds);

/* Memory: move the end of the heap. */
int brk(void *end);
void *sbrk(intptr_t change);

int gethostname(char *buffer, size_t size);
int sethostname(const char *name, size_t length);

#define _SC_CLK_TCK          2
#define _SC_OPEN_MAX         4
#define _SC_PAGESIZE         30
#define _SC_PAGE_SIZE        _SC_PAGESIZE
#define _SC_NPROCESSORS_ONLN 84
long sysconf(int name);
int getpagesize(void);

/* Any system call, with up to six arguments. */
long syscall(long number, ...);

/* getopt: the state is global, as POSIX has it. */
extern char *optarg;
extern int optind;
int getopt(int argc, char *const argv[], const char *options);

#endif
