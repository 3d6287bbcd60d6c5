// SPDX-License-Identifier: GPL-2.0-only
/* A target as libFuzzer wants it; FUZZ_TARGET says which. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/**
 * LLVMFuzzerTestOneInput() - what libFuzzer calls
 * @data: input
 * @size: its length
 *
 * Return: 0; a failure ends the program, so that the input is kept.
 */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	fuzz_run(&FUZZ_TARGET, data, size);
	if (unit_failing())
		abort();
	return 0;
}
