/*
 * Linked into filesonly where it is built with sanitizers: in a jail the leak
 * checker can't start the thread that it needs, and would end every session
 * with an error of its own. The unit tests, which have no jail, look for
 * leaks.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
