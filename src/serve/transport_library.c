/*
 * The library as a whole: which it must be, and its random numbers. A library
 * that was used before a fork goes on in each child from one state: OpenSSL and
 * libgcrypt notice the fork, mbedtls does not.
 */
#include "serve/transport_state.h"

int
transport_prepare(void)
{
	if (ssh_version(SSH_VERSION_INT(0, 10, 6)) == NULL)
		return -1;
	return ssh_init() == SSH_OK ? 0 : -1;
}

/* For strong bytes each of them asks the kernel first, and says if it can't. */
int
transport_seed(void)
{
	unsigned char bytes[32];

	return ssh_get_random(bytes, sizeof(bytes), 1) == 1 ? 0 : -1;
}
