/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs at XDP, on the devices of links. */
#ifndef SLBCTL_XDP_H
#define SLBCTL_XDP_H

#include "ctl.h"

/**
 * enum xdp_found - What is attached to a device.
 * @XDP_NOTHING: No program.
 * @XDP_OURS: The program that calls the module.
 * @XDP_OTHER: Another program.
 */
enum xdp_found {
	XDP_NOTHING,
	XDP_OURS,
	XDP_OTHER,
};

enum xdp_found xdp_find(const struct ctl_family *family, unsigned int ifindex);
int xdp_attach(const struct ctl_family *family, unsigned int ifindex, struct ctl_fault *fault);
int xdp_detach(unsigned int ifindex, struct ctl_fault *fault);
bool xdp_any(const struct ctl_family *family);

#endif
