// SPDX-License-Identifier: GPL-2.0-only
/* Programs at XDP: load one that calls a module, attach it to a device, detach it. */
#include "xdp.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/slb_xdp.h>

#define UNSUPPORTED 524	/* ENOTSUPP of the kernel: it has no JIT, or the JIT is off */

/* The program calls this function of a module. Its own name tells it from others. */
struct target {
	const char *module;
	const char *function;
	const char *program;
};

static const struct target targets[CTL_FAMILIES] = {
	{ "slb", SLB_XDP_FUNCTION, "slb_xdp" },
	{ "relay", SLB_RELAY_XDP_FUNCTION, "slb_relay_xdp" },
};

/* What the kernel has said, without the word before it. */
static char kernel_text[200];

static int keep_text(enum libbpf_print_level level, const char *format, va_list args)
{
	static const char before[] = "Kernel error message: ";
	char line[sizeof(kernel_text) + sizeof(before)];
	const char *text;

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	text = strstr(line, before);
	if (text)
		snprintf(kernel_text, sizeof(kernel_text), "%s", text + strlen(before));
	kernel_text[strcspn(kernel_text, "\n")] = '\0';
	return 0;
}

static const struct target *target_of(const struct ctl_family *family)
{
	return &targets[family->index];
}

/* Is it the BTF of a module? Return: its file descriptor, or a negative error. */
static int btf_of(uint32_t id, const char *module, bool *found)
{
	struct bpf_btf_info info = {};
	uint32_t len = sizeof(info);
	int fd = bpf_btf_get_fd_by_id(id);
	char name[64] = "";

	info.name = (uintptr_t)name;
	info.name_len = sizeof(name);
	*found = fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && info.kernel_btf &&
		 !strcmp(name, module);
	return fd < 0 ? -errno : fd;
}

/* Find the BTF of a module. Return: its file descriptor, or a negative error. */
static int find_btf(const char *module, uint32_t *id)
{
	bool found;
	int fd;

	for (*id = 0; !bpf_btf_get_next_id(*id, id);) {
		fd = btf_of(*id, module, &found);
		/* one that has just gone is none */
		if (found || (fd < 0 && fd != -ENOENT))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -errno;
}

/* The number of a function in the BTF of a module, or a negative error. */
static int function_id(uint32_t btf_id, const char *function)
{
	struct btf *base = btf__load_vmlinux_btf(), *btf;
	int id = -errno;

	if (!base)
		return id;
	btf = btf__load_from_kernel_by_id_split(btf_id, base);
	id = btf ? btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) : -errno;
	btf__free(btf);
	btf__free(base);
	return id;
}

/* Call the function; what it returns is an action, or a device and SLB_XDP_REDIRECT. */
static int load(const struct target *target, int id, int btf_fd)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .off = 1,
		  .imm = id },
		{ .code = BPF_JMP32 | BPF_JSGE | BPF_K, .dst_reg = BPF_REG_0, .off = 1,
		  .imm = SLB_XDP_REDIRECT },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_0 },
		{ .code = BPF_ALU | BPF_SUB | BPF_K, .dst_reg = BPF_REG_1,
		  .imm = SLB_XDP_REDIRECT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	/* the first one stands for the kernel itself */
	int fds[] = { 0, btf_fd };
	/* the function passes packets in several pieces: so devices may have a large MTU */
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .fd_array = fds,
		    .prog_flags = BPF_F_XDP_HAS_FRAGS);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, target->program, "GPL", program,
			     sizeof(program) / sizeof(*program), &opts);
}

static int load_fault(struct ctl_fault *fault, const struct target *target, int error)
{
	switch (error) {
	case EPERM:
		return ctl_fault_set(fault, "xdp needs the privileges CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN of the host, not only of a container");
	case UNSUPPORTED:
		return ctl_fault_set(fault, "xdp needs the kernel's JIT for BPF: set the sysctl net.core.bpf_jit_enable to 1");
	case ENOENT:
	case ESRCH:
		return ctl_fault_set(fault, "xdp needs BTF of the kernel and of module %s: the module was built without the kernel's (vmlinux beside its headers), or is too old",
				     target->module);
	default:
		return ctl_fault_set(fault, "xdp: the kernel does not load the program: %s",
				     strerror(error));
	}
}

/* Return: the program, or -1 with the reason in @fault. */
static int load_program(const struct target *target, struct ctl_fault *fault)
{
	uint32_t btf_id;
	int btf, fd;

	libbpf_set_print(keep_text);
	btf = find_btf(target->module, &btf_id);
	if (btf < 0)
		return load_fault(fault, target, -btf);
	fd = function_id(btf_id, target->function);
	if (fd >= 0)
		fd = load(target, fd, btf);
	close(btf);
	return fd < 0 ? load_fault(fault, target, -fd) : fd;
}

/* The name of a program, or "" when it may not be asked for. */
static void program_name(uint32_t id, char *name, size_t len)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	name[0] = '\0';
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size))
		snprintf(name, len, "%s", info.name);
	close(fd);
}

/**
 * xdp_find() - Find what is attached to a device.
 * @family: The module whose program is "ours".
 * @ifindex: The device.
 *
 * Return: What it is. A program in generic mode is always another one.
 */
enum xdp_found xdp_find(const struct ctl_family *family, unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	char name[BPF_OBJ_NAME_LEN];

	if (bpf_xdp_query((int)ifindex, 0, &opts) || opts.attach_mode == XDP_ATTACHED_NONE)
		return XDP_NOTHING;
	program_name(opts.drv_prog_id, name, sizeof(name));
	return opts.attach_mode == XDP_ATTACHED_DRV && !strcmp(name, target_of(family)->program) ?
	       XDP_OURS : XDP_OTHER;
}

static int attach_fault(struct ctl_fault *fault, int error)
{
	switch (error) {
	case EBUSY:
	case EEXIST:
		return ctl_fault_set(fault, "another XDP program is attached to the device");
	case EOPNOTSUPP:
		return ctl_fault_set(fault, "the device has no native XDP%s%s",
				     kernel_text[0] ? ": " : "", kernel_text);
	default:
		return ctl_fault_set(fault, "the device takes no XDP program: %s",
				     kernel_text[0] ? kernel_text : strerror(error));
	}
}

/**
 * xdp_attach() - Attach the program that calls a module to a device.
 * @family: The module.
 * @ifindex: The device; has no program.
 * @fault: Where to put the reason when it fails.
 *
 * It stays when slbctl ends. Only the driver's own mode is used: the generic one saves little, and
 * would leave checksums wrong that a device has to complete.
 *
 * Return: 0, or -1 with the reason in @fault.
 */
int xdp_attach(const struct ctl_family *family, unsigned int ifindex, struct ctl_fault *fault)
{
	int fd = load_program(target_of(family), fault), err;

	if (fd < 0)
		return -1;
	kernel_text[0] = '\0';
	err = bpf_xdp_attach((int)ifindex, fd, XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST,
			     NULL);
	close(fd);
	return err ? attach_fault(fault, -err) : 0;
}

/**
 * xdp_detach() - Detach the program of a device.
 * @ifindex: The device, which has a program of ours.
 * @fault: Where to put the reason when it fails.
 *
 * Return: 0, or -1 with the reason in @fault.
 */
int xdp_detach(unsigned int ifindex, struct ctl_fault *fault)
{
	int err = bpf_xdp_detach((int)ifindex, XDP_FLAGS_DRV_MODE, NULL);

	return err ? ctl_fault_set(fault, "cannot detach the XDP program: %s", strerror(-err)) : 0;
}

/**
 * xdp_any() - May programs be loaded that call a module?
 * @family: The module.
 *
 * A loaded program uses the module: so this asks how often it is used.
 *
 * Return: false when there is surely none, in any namespace.
 */
bool xdp_any(const struct ctl_family *family)
{
	unsigned int uses = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", target_of(family)->module);
	file = fopen(path, "re");
	if (!file)
		return errno != ENOENT;
	if (fscanf(file, "%u", &uses) != 1)
		uses = 1;
	fclose(file);
	return uses;
}
