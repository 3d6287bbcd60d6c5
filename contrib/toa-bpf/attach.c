// SPDX-License-Identifier: GPL-2.0-only
/* Loads, attaches and pins the BPF programs, and detaches them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "slb-toa.h"

#define TRUSTED_PIN TOA_PINS "/trusted"
/* bpffs refuses names with dots */
#define TRUSTED_NEW TOA_PINS "/trusted-new"

const char *const toa_hooks[TOA_HOOKS_END] = {
	"toa_getpeername4", "toa_getpeername6", "toa_sockops"
};

static void pin_path(char path[PATH_MAX], const char *name)
{
	snprintf(path, PATH_MAX, TOA_PINS "/%s", name);
}

/**
 * toa_link_cgroup() - find out where a program is attached
 * @hook: name of the program
 * @id: number of the cgroup, or 0 if that has been removed
 *
 * Return: 0, or -1 if it is not attached
 */
int toa_link_cgroup(const char *hook, __u64 *id)
{
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);
	char path[PATH_MAX];
	int fd, status;

	pin_path(path, hook);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -1;
	status = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	*id = info.cgroup.cgroup_id;
	return status ? -1 : 0;
}

/**
 * toa_map_open() - open a pinned map
 * @name: of the map
 *
 * Return: file descriptor, or negative
 */
int toa_map_open(const char *name)
{
	char path[PATH_MAX];

	pin_path(path, name);
	return bpf_obj_get(path);
}

/* One at a time changes the pins. Return: file descriptor, held until the end, or -1. */
static int lock_pins(bool create)
{
	struct statfs fs;
	int fd;

	if (statfs(TOA_BPFFS, &fs) || fs.f_type != BPF_FS_MAGIC)
		return toa_fault(TOA_BPFFS " is no BPF file system (mount -t bpf none " TOA_BPFFS ")");
	if (create && mkdir(TOA_PINS, 0700) && errno != EEXIST)
		return toa_fault("cannot create " TOA_PINS ": %s", strerror(errno));
	fd = open(TOA_PINS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return toa_fault("not running: nothing is attached");
	if (fd < 0 || flock(fd, LOCK_EX))
		return toa_fault("cannot open " TOA_PINS ": %s", strerror(errno));
	return fd;
}

/* The last reference to a link detaches its program: the one that stores addresses goes first. */
static int remove_pins(void)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int i;

	for (i = TOA_HOOKS_END - 1; i >= 0; i--) {
		pin_path(path, toa_hooks[i]);
		if (unlink(path) && errno != ENOENT)
			return toa_fault("cannot remove %s: %s", path, strerror(errno));
	}
	dir = opendir(TOA_PINS);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	if (rmdir(TOA_PINS))
		return toa_fault("cannot remove " TOA_PINS ": %s", strerror(errno));
	return 0;
}

/* Sets @running: is a program attached? Fails if one is attached elsewhere than to @id. */
static int check_links(__u64 id, bool *running)
{
	char path[PATH_MAX];
	__u64 other;
	int i;

	*running = false;
	for (i = 0; i < TOA_HOOKS_END; i++) {
		if (toa_link_cgroup(toa_hooks[i], &other) || !other)
			continue;
		*running = true;
		if (other == id)
			continue;
		toa_cgroup_path(path, sizeof(path), other);
		return toa_fault("already attached to cgroup %s: slb-toa stop detaches", path);
	}
	return 0;
}

/* A new program goes on with the maps of the old one, except the trusted prefixes. */
static int share_maps(struct bpf_object *object)
{
	static const char *const shared[] = { "peers", "counters" };
	struct bpf_map *map;
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		map = bpf_object__find_map_by_name(object, shared[i]);
		pin_path(path, shared[i]);
		if (!map || bpf_map__set_pin_path(map, path))
			return toa_fault("cannot share map %s", shared[i]);
	}
	return 0;
}

static int fill_trusted(struct bpf_object *object, const struct toa_request *request)
{
	int map = bpf_object__find_map_fd_by_name(object, "trusted");
	char text[TOA_PREFIX_TEXT];
	unsigned int i;
	__u8 value = 1;

	for (i = 0; i < request->count; i++) {
		if (!bpf_map_update_elem(map, &request->prefixes[i], &value, BPF_ANY))
			continue;
		toa_prefix_text(text, &request->prefixes[i]);
		return toa_fault("cannot store prefix %s: %s", text, strerror(errno));
	}
	return 0;
}

/* Puts the program in place of the one that is attached. Return: 0, -1, or 1 if there is none. */
static int replace_program(struct bpf_program *program, const char *path)
{
	struct bpf_link *link = bpf_link__open(path);
	int status;

	if (!link && errno == ENOENT)
		return 1;
	if (!link)
		return toa_fault("cannot open %s: %s", path, strerror(errno));
	status = bpf_link__update_program(link, program);
	bpf_link__destroy(link);
	/* its cgroup has been removed */
	if (status == -ENOLINK && !unlink(path))
		return 1;
	return status ? toa_fault("cannot replace %s: %s", path, strerror(-status)) : 0;
}

static int attach_program(struct bpf_object *object, const char *name, int cgroup)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);
	struct bpf_link *link;
	char path[PATH_MAX];
	int status;

	pin_path(path, name);
	status = replace_program(program, path);
	if (status <= 0)
		return status;
	link = bpf_program__attach_cgroup(program, cgroup);
	if (!link)
		return toa_fault("cannot attach %s: %s", name, strerror(errno));
	status = bpf_link__pin(link, path);
	/* the pin keeps it attached */
	bpf_link__destroy(link);
	return status ? toa_fault("cannot pin %s: %s", path, strerror(-status)) : 0;
}

/* For "slb-toa show". */
static int pin_trusted(struct bpf_object *object)
{
	int map = bpf_object__find_map_fd_by_name(object, "trusted");

	unlink(TRUSTED_NEW);
	if (bpf_obj_pin(map, TRUSTED_NEW) || rename(TRUSTED_NEW, TRUSTED_PIN))
		return toa_fault("cannot pin " TRUSTED_PIN ": %s", strerror(errno));
	return 0;
}

static int load_and_attach(struct bpf_object *object, const struct toa_request *request, int cgroup)
{
	int status, i;

	if (share_maps(object))
		return -1;
	status = bpf_object__load(object);
	if (status)
		return toa_fault("cannot load the BPF programs: %s (-v shows why)",
				 strerror(-status));
	if (fill_trusted(object, request))
		return -1;
	for (i = 0; i < TOA_HOOKS_END; i++)
		if (attach_program(object, toa_hooks[i], cgroup))
			return -1;
	return pin_trusted(object);
}

static int start_locked(const struct toa_request *request, int cgroup, __u64 id)
{
	struct bpf_object *object;
	bool running;
	int status;

	if (check_links(id, &running))
		return -1;
	object = bpf_object__open_mem(toa_object, toa_object_end - toa_object, NULL);
	status = object ? load_and_attach(object, request, cgroup) :
			  toa_fault("cannot read the BPF programs: %s", strerror(errno));
	bpf_object__close(object);
	if (status && !running)
		remove_pins();
	return status;
}

/**
 * toa_start() - attach the programs, or replace those that are attached
 * @request: what the user asked for
 *
 * Connections keep their addresses. Programs and prefixes change at once for new ones.
 *
 * Return: 0, or -1 after an error message
 */
int toa_start(const struct toa_request *request)
{
	int cgroup, pins, status = -1;
	__u64 id;

	cgroup = toa_cgroup_open(request->cgroup, &id);
	if (cgroup < 0)
		return -1;
	pins = lock_pins(true);
	if (pins >= 0) {
		status = start_locked(request, cgroup, id);
		close(pins);
	}
	close(cgroup);
	return status;
}

/**
 * toa_stop() - detach the programs and forget all addresses
 *
 * Return: 0, or -1 after an error message
 */
int toa_stop(void)
{
	int status, pins = lock_pins(false);

	if (pins < 0)
		return -1;
	status = remove_pins();
	close(pins);
	return status;
}
