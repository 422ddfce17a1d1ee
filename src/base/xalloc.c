/* The one place that decides what running out of memory means. */
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"

static _Noreturn void
out_of_memory(void)
{
	static const char text[] = "filesonly: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)ignored;
	_exit(1);
}

void *
xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *
xrealloc(void *memory, size_t count, size_t size)
{
	size_t bytes;

	if (!num_mul(count, size, &bytes))
		out_of_memory();
	memory = realloc(memory, bytes == 0 ? 1 : bytes);
	if (memory == NULL)
		out_of_memory();
	return memory;
}

char *
xmemdup(const void *bytes, size_t len)
{
	size_t room;
	char *copy;

	if (!num_add(len, 1, &room))
		out_of_memory();
	copy = xcalloc(room, 1);
	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *
xstrdup(const char *text)
{
	return xmemdup(text, strlen(text));
}
