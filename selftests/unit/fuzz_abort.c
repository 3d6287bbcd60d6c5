// SPDX-License-Identifier: GPL-2.0-only
/* Has the sanitizers end a program by SIGABRT, where it can still tell which input it was. */

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/**
 * __asan_default_options() - how the address sanitizer ends the program
 */
const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

/**
 * __ubsan_default_options() - how the sanitizer of undefined behaviour does
 */
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1";
}
