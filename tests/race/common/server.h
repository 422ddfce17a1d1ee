/* A server that is spoken to by raw SFTP packets. Errors end the program. */
#ifndef FILESONLY_TESTS_RACE_COMMON_SERVER_H
#define FILESONLY_TESTS_RACE_COMMON_SERVER_H

#include <stdint.h>
#include <sys/types.h>

enum { PACKET_SIZE = 1 << 18 };

enum reply { STATUS = 101, HANDLE = 102, DATA = 103 };

struct server {
	int fd; /* both ways */
	pid_t pid;
	unsigned char *packet; /* the last one that came, without its length */
};

uint32_t u32_at(const unsigned char *at);

/* Runs a program without arguments and waits for its greeting. */
void server_start(struct server *server, const char *program);

/* Says goodbye; the server must end well. */
void server_end(struct server *server);

/* Waits for the packet that comes next and returns its length, 5 or more. */
uint32_t server_receive(struct server *server);

#endif
