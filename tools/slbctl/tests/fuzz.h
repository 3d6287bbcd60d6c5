/* SPDX-License-Identifier: GPL-2.0-only */
/* What libFuzzer or replay.c calls. */
#ifndef SLBCTL_TESTS_FUZZ_H
#define SLBCTL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
