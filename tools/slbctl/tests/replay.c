// SPDX-License-Identifier: GPL-2.0-only
/* Gives a fuzzer's target the files of a folder, without libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX	65536

static const char *current;

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/**
 * __asan_default_options() - How the address sanitizer ends the program.
 *
 * Return: Its options.
 */
const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

/**
 * __ubsan_default_options() - How the sanitizer of undefined behaviour ends the program.
 *
 * Return: Its options.
 */
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1";
}

static void aborted(int sig)
{
	dprintf(STDERR_FILENO, "# with the input %s\n", current);
	signal(sig, SIG_DFL);
	raise(sig);
}

static int visible(const struct dirent *entry)
{
	return *entry->d_name != '.';
}

static void replay(const char *dir, const char *name)
{
	static char path[4096];
	uint8_t *data = malloc(INPUT_MAX);
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	current = path;
	file = fopen(path, "r");
	if (!file || !data)
		abort();
	len = fread(data, 1, INPUT_MAX, file);
	fclose(file);
	/* Of just this length: the sanitizer knows its end. */
	data = realloc(data, len ? len : 1);
	if (!data)
		abort();
	LLVMFuzzerTestOneInput(data, len);
	free(data);
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int i, n = argc == 2 ? scandir(argv[1], &entries, visible, alphasort) : -1;

	if (n <= 0) {
		fprintf(stderr, "Usage: replay DIRECTORY-WITH-INPUTS\n");
		return 1;
	}
	signal(SIGABRT, aborted);
	/* What is said about bad words is said of many; the sanitizers do not use this. */
	stderr = fopen("/dev/null", "w");
	if (!stderr)
		return 1;
	for (i = 0; i < n; i++) {
		replay(argv[1], entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	printf("%d inputs\n", n);
	return 0;
}
