/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the relay's copy of common/, so that both modules fit into one kernel. */
#ifndef _RLY_COMMON_NAMES_H
#define _RLY_COMMON_NAMES_H

#define slb_bfd_detect rly_bfd_detect
#define slb_bfd_expire rly_bfd_expire
#define slb_bfd_fill rly_bfd_fill
#define slb_bfd_init rly_bfd_init
#define slb_bfd_interval rly_bfd_interval
#define slb_bfd_min_tx rly_bfd_min_tx
#define slb_bfd_receive rly_bfd_receive
#define slb_bfd_sound rly_bfd_sound
#define slb_drop rly_drop
#define slb_drop_count rly_drop_count
#define slb_drop_freed rly_drop_freed
#define slb_drop_name rly_drop_name
#define slb_drop_sent rly_drop_sent
#define slb_drop_skb_name rly_drop_skb_name
#define slb_drop_text rly_drop_text
#define slb_module_hook rly_module_hook
#define slb_module_probes rly_module_probes
#define slb_module_unhook rly_module_unhook
#define slb_probe_addr4_event rly_probe_addr4_event
#define slb_probe_addr6_event rly_probe_addr6_event
#define slb_nl_walk_resume rly_nl_walk_resume
#define slb_probe_arm rly_probe_arm
#define slb_probe_attach rly_probe_attach
#define slb_probe_create rly_probe_create
#define slb_probe_detach rly_probe_detach
#define slb_probe_device rly_probe_device
#define slb_probe_device_end rly_probe_device_end
#define slb_probe_dispatch rly_probe_dispatch
#define slb_probe_fill rly_probe_fill
#define slb_probe_fill_range rly_probe_fill_range
#define slb_probe_hook rly_probe_hook
#define slb_probe_hooks_off rly_probe_hooks_off
#define slb_probe_follow rly_probe_follow
#define slb_probe_judge rly_probe_judge
#define slb_probe_key_at rly_probe_key_at
#define slb_probe_key_digest rly_probe_key_digest
#define slb_probe_key_hear rly_probe_key_hear
#define slb_probe_key_set rly_probe_key_set
#define slb_probe_look rly_probe_look
#define slb_probe_neigh_event rly_probe_neigh_event
#define slb_probe_neigh_is rly_probe_neigh_is
#define slb_probe_net_init rly_probe_net_init
#define slb_probe_next rly_probe_next
#define slb_probe_nl_parse rly_probe_nl_parse
#define slb_probe_nl_put rly_probe_nl_put
#define slb_probe_notifier_exit rly_probe_notifier_exit
#define slb_probe_notifier_init rly_probe_notifier_init
#define slb_probe_parse rly_probe_parse
#define slb_probe_pause rly_probe_pause
#define slb_probe_put_out rly_probe_put_out
#define slb_probe_read rly_probe_read
#define slb_probe_reflect rly_probe_reflect
#define slb_probe_sends4 rly_probe_sends4
#define slb_probe_sends6 rly_probe_sends6
#define slb_probe_set_pass rly_probe_set_pass
#define slb_probe_source4 rly_probe_source4
#define slb_probe_source6 rly_probe_source6
#define slb_probe_tick rly_probe_tick
#define slb_probe_untold rly_probe_untold
#define slb_probe_untrack rly_probe_untrack
#define slb_probe_withdraw rly_probe_withdraw
#define slb_sbfd_detect rly_sbfd_detect
#define slb_sbfd_fill rly_sbfd_fill
#define slb_sbfd_receive rly_sbfd_receive
#define slb_sbfd_reflect rly_sbfd_reflect
#define slb_wire_gso rly_wire_gso

#endif /* _RLY_COMMON_NAMES_H */
