/*
 * Fuzz targets: each takes any bytes, feeds them to one parser, and checks
 * with must() what holds whatever they are.  The entry has the name that
 * libFuzzer and AFL++ link against; replay.c runs it over a small corpus.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define must(cond)                                                             \
    do {                                                                       \
        if (!(cond)) {                                                         \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);         \
            abort();                                                           \
        }                                                                      \
    } while (0)

/* A file with these bytes and no name; *path lives as long as fd is open. */
static inline int fuzz_file(const void *p, size_t n, char path[32])
{
    int fd = memfd_create("fuzz", 0);
    must(fd >= 0 && write(fd, p, n) == (ssize_t)n);
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

#endif
