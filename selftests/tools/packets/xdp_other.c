// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaches a program at XDP that does the same with every packet, as other users of a device do.
 *
 *   xdp_other DEVICE [pass|drop|tx|redirect DEVICE]
 *                       prints "ready"; the program is attached until this ends
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/if_link.h>

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static const char *const actions[] = {
	[XDP_DROP] = "drop", [XDP_PASS] = "pass", [XDP_TX] = "tx", [XDP_REDIRECT] = "redirect",
};

/* Return: the action of this name, or -1. */
static int action_of(const char *name)
{
	int i;

	for (i = XDP_DROP; i <= XDP_REDIRECT; i++)
		if (!strcmp(actions[i], name))
			return i;
	return -1;
}

static int attach(const char *dev, int action, const char *target)
{
	const struct bpf_insn program[] = {
		/* the function's arguments, for XDP_REDIRECT */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1,
		  .imm = target ? (int)if_nametoindex(target) : 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 0 },
		action == XDP_REDIRECT ?
		(struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect } :
		(struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
				   .imm = action },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (unsigned long)program,
		.insn_cnt = sizeof(program) / sizeof(*program),
		.license = (unsigned long)"GPL",
		.prog_name = "other",
	};
	union bpf_attr link = { .link_create = {
		.attach_type = BPF_XDP, .flags = XDP_FLAGS_DRV_MODE,
		.target_ifindex = if_nametoindex(dev),
	} };
	int fd = bpf(BPF_PROG_LOAD, &load);

	link.link_create.prog_fd = (unsigned int)fd;
	return link.link_create.target_ifindex && fd >= 0 ? bpf(BPF_LINK_CREATE, &link) : -1;
}

int main(int argc, char **argv)
{
	int action = action_of(argc > 2 ? argv[2] : "pass");

	if (argc < 2 || action < 0 || argc != (action == XDP_REDIRECT ? 4 : argc > 2 ? 3 : 2)) {
		fprintf(stderr, "Usage: xdp_other DEVICE [pass|drop|tx|redirect DEVICE]\n");
		return 1;
	}
	if (attach(argv[1], action, argc > 3 ? argv[3] : NULL) < 0) {
		fprintf(stderr, "xdp_other: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
