/* SPDX-License-Identifier: GPL-2.0-only */
/* A second implementation of one end of a BFD session, by the words of RFC 5880: plain bytes. */
#ifndef _NAIVE_BFD_H
#define _NAIVE_BFD_H

#include "kshim.h"

/**
 * struct naive_bfd - the state variables of RFC 5880, 6.8.1, as far as they are in use
 * @session: bfd.SessionState: 0 AdminDown, 1 Down, 2 Init, 3 Up
 * @remote: bfd.RemoteSessionState
 * @diag: bfd.LocalDiag
 * @remote_diag: the other end's
 * @local_disc: bfd.LocalDiscr
 * @remote_disc: bfd.RemoteDiscr
 * @desired_tx: bfd.DesiredMinTxInterval while up, microseconds
 * @required_rx: bfd.RequiredMinRxInterval
 * @remote_rx: bfd.RemoteMinRxInterval
 * @remote_tx: the other end's Desired Min TX Interval
 * @mult: bfd.DetectMult
 * @remote_mult: the other end's Detect Mult
 * @polling: a poll sequence is on
 */
struct naive_bfd {
	unsigned int session;
	unsigned int remote;
	unsigned int diag;
	unsigned int remote_diag;
	unsigned int local_disc;
	unsigned int remote_disc;
	unsigned long long desired_tx;
	unsigned long long required_rx;
	unsigned long long remote_rx;
	unsigned long long remote_tx;
	unsigned int mult;
	unsigned int remote_mult;
	bool polling;
};

/* What is to be done after a packet. */
struct naive_bfd_todo {
	bool taken;
	bool changed;
	bool answer;
	bool polled;
};

struct naive_bfd_todo naive_bfd_take(struct naive_bfd *b, const u8 *bytes, unsigned int len);
void naive_bfd_give(const struct naive_bfd *b, u8 *bytes, bool final);
bool naive_bfd_silence(struct naive_bfd *b);
unsigned long long naive_bfd_interval(const struct naive_bfd *b);
unsigned long long naive_bfd_detection(const struct naive_bfd *b);

#endif /* _NAIVE_BFD_H */
