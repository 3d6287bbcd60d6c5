/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The functions that BPF programs on the devices of links call: XDP.
 *
 * A program calls the function of a module with its context. The function returns an XDP action, or
 * SLB_XDP_REDIRECT plus the index of the device to which the program shall redirect the packet.
 */
#ifndef _UAPI_LINUX_SLB_XDP_H
#define _UAPI_LINUX_SLB_XDP_H

#define SLB_XDP_FUNCTION	"slb_xdp_packet"
#define SLB_RELAY_XDP_FUNCTION	"slb_relay_xdp_packet"

#define SLB_XDP_REDIRECT	16

#endif /* _UAPI_LINUX_SLB_XDP_H */
