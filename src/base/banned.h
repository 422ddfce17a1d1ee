/*
 * Functions that nobody here may call, because each has a form that can't
 * overrun, truncate silently or start a shell, and a name that C libraries
 * don't mean alike. Forced into every file by the Makefile; the names tell what
 * to use in their place.
 */
#ifndef FILESONLY_BASE_BANNED_H
#define FILESONLY_BASE_BANNED_H

/* The headers that declare them come first, or their prototypes break. */
#include <alloca.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(name) use_of_banned_function_##name

#undef strcpy
#define strcpy(to, from) BANNED(strcpy)
#undef strcat
#define strcat(to, from) BANNED(strcat)
#undef strncpy
#define strncpy(to, from, n) BANNED(strncpy)
#undef strncat
#define strncat(to, from, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(s, d) BANNED(strtok)
#undef atoi
#define atoi(s) BANNED(atoi_use_num_parse)
#undef atol
#define atol(s) BANNED(atol_use_num_parse)
#undef alloca
#define alloca(n) BANNED(alloca)
#undef system
#define system(s) BANNED(system)
#undef popen
#define popen(s, m) BANNED(popen)
#undef tmpnam
#define tmpnam(s) BANNED(tmpnam)
#undef asctime
#define asctime(t) BANNED(asctime)
#undef O_ACCMODE
#define O_ACCMODE BANNED(O_ACCMODE_use_FD_ACCESS)

#endif
