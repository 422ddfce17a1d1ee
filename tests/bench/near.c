/*
 * What rsync takes for its remote shell (-e): no network, no cipher, and the
 * cost of one execve.
 *
 *   near [GATE OPTION...] -- HOST COMMAND...
 *
 * Without GATE the command itself runs; with it the gate runs, and is asked
 * for the command as by sshd.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

int
main(int argc, char **argv)
{
	static char room[65536];
	struct buf command;
	int cut = 1;

	while (cut < argc && strcmp(argv[cut], "--") != 0)
		cut++;
	if (cut + 2 >= argc)
		return 2;
	if (cut == 1) {
		execvp(argv[cut + 2], argv + cut + 2);
		perror(argv[cut + 2]);
		return 1;
	}
	buf_init(&command, room, sizeof(room) - 1);
	for (int i = cut + 2; i < argc; i++) {
		buf_add_text(&command, i == cut + 2 ? "" : " ");
		buf_add_text(&command, argv[i]);
	}
	argv[cut] = NULL;
	if (command.full ||
	    setenv("SSH_ORIGINAL_COMMAND", buf_text(&command), 1) != 0)
		return 2;
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
