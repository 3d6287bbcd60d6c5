/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test shares: KTAP output, expectations, random numbers that can be had again. */
#ifndef _UNIT_H
#define _UNIT_H

#include "kshim.h"

/**
 * struct unit_case - one line of output
 * @name: what is tested
 * @run: tests it, with EXPECT()
 */
struct unit_case {
	const char *name;
	void (*run)(void);
};

int unit_main(int argc, char **argv, const struct unit_case *cases, unsigned int n);
void unit_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool unit_failing(void);
unsigned int unit_times(unsigned int times);

/* Fails the case, and tells where and why; the case goes on. */
#define EXPECT_F(condition, ...) do {				\
	if (!(condition))					\
		unit_fail(__FILE__, __LINE__, __VA_ARGS__);	\
} while (0)
#define EXPECT(condition) EXPECT_F(condition, "not so: %s", #condition)
#define EXPECT_EQ(got, want) do {								\
	long long __got = (got), __want = (want);						\
												\
	EXPECT_F(__got == __want, "%s is %lld (0x%llx), not %lld (0x%llx)", #got,		\
		 __got, __got, __want, __want);							\
} while (0)

u64 rnd(void);
void rnd_seed(u64 seed);
u32 rnd_below(u32 below);
bool rnd_one_in(u32 n);
void rnd_bytes(void *to, size_t len);
siphash_key_t rnd_key(void);

#endif /* _UNIT_H */
