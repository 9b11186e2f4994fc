// Preloaded into a server under test: makes calls on files below $FAULTS_DIR fail, or do nothing,
// as the lines of the file $FAULTS_RULES say at that moment: CALL PATTERN ERRNO PERMILLE.
//   CALL     sync (fsync, fdatasync), write (write, pwrite, writev, pwritev, ftruncate), open (for writing)
//   PATTERN  "*" every file, "/" folders, else how the path ends
//   ERRNO    what it fails with; 0: it succeeds and nothing was done
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static __thread unsigned seed;

static int chance(int permille) {
  if (seed == 0) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    seed = (unsigned)(now.tv_nsec ^ (syscall(SYS_gettid) << 12)) | 1;
  }
  return (int)(rand_r(&seed) % 1000) < permille;
}

static int matches(const char *pattern, const char *path) {
  struct stat is;
  size_t all = strlen(path), end = strlen(pattern);
  if (strcmp(pattern, "*") == 0) return 1;
  if (strcmp(pattern, "/") == 0) return stat(path, &is) == 0 && S_ISDIR(is.st_mode);
  return all >= end && strcmp(path + all - end, pattern) == 0;
}

// -1: go on; else the error, 0 for a success that is none.
static int verdict(const char *call, const char *path) {
  const char *folder = getenv("FAULTS_DIR"), *file = getenv("FAULTS_RULES");
  if (!folder || !file || strncmp(path, folder, strlen(folder)) != 0) return -1;
  int rules = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
  if (rules < 0) return -1;
  char text[512];
  long size = syscall(SYS_read, rules, text, sizeof text - 1);
  syscall(SYS_close, rules);
  if (size <= 0) return -1;
  text[size] = 0;
  char *rest = text, *line, name[16], pattern[128];
  int error, permille;
  while ((line = strsep(&rest, "\n")))
    if (sscanf(line, "%15s %127s %d %d", name, pattern, &error, &permille) == 4 &&
        strcmp(name, call) == 0 && matches(pattern, path) && chance(permille))
      return error;
  return -1;
}

static int verdict_of(const char *call, int fd) {
  char link[32], path[1024];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long size = readlink(link, path, sizeof path - 1);
  if (size <= 0 || path[0] != '/') return -1;
  path[size] = 0;
  int saved = errno, found = verdict(call, path);
  errno = saved;
  return found;
}

#define REAL(type, name, ...)                              \
  static type (*real)(__VA_ARGS__);                        \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define JUDGE(call, fd, done)                              \
  switch (error = verdict_of(call, fd)) {                  \
    case -1: break;                                        \
    case 0: return done;                                   \
    default: errno = error; return -1;                     \
  }

int fsync(int fd) {
  REAL(int, "fsync", int);
  int error;
  JUDGE("sync", fd, 0)
  return real(fd);
}

int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  int error;
  JUDGE("sync", fd, 0)
  return real(fd);
}

ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(ssize_t, "write", int, const void *, size_t);
  int error;
  JUDGE("write", fd, (ssize_t)size)
  return real(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  int error;
  JUDGE("write", fd, (ssize_t)size)
  return real(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  return pwrite64(fd, bytes, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  int error;
  JUDGE("write", fd, -1)
  return real(fd, parts, count);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  REAL(ssize_t, "pwritev64", int, const struct iovec *, int, off64_t);
  int error;
  JUDGE("write", fd, -1)
  return real(fd, parts, count, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  return pwritev64(fd, parts, count, at);
}

int ftruncate64(int fd, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  int error;
  JUDGE("write", fd, 0)
  return real(fd, size);
}

static int opening(const char *path, int flags) {
  if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) == 0 || path[0] != '/') return -1;
  int saved = errno, found = verdict("open", path);
  errno = saved;
  return found;
}

int open64(const char *path, int flags, ...) {
  REAL(int, "open64", const char *, int, ...);
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  int error = opening(path, flags);
  if (error > 0) {
    errno = error;
    return -1;
  }
  return real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return open64(path, flags, mode);
}
