/* SPDX-License-Identifier: Apache-2.0 */
/* peer-limit -- how many requests one address may make.
 *
 * A token bucket for each IPv4 address and each IPv6 /64 (a household has at
 * least that many addresses). The table has a fixed size: an address that
 * finds its place full takes that of whoever was quiet longest, so a flood
 * from many addresses costs no memory and wins nothing but full buckets. Where
 * an address has its place is secret. One thread. */
#ifndef NURTURE_PEER_LIMIT_H
#define NURTURE_PEER_LIMIT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct PeerLimit PeerLimit;

/* `burst` at once, then `per_second`; both from 1. */
PeerLimit *peer_limit_new(int burst, int per_second);
void peer_limit_free(PeerLimit *limit);

/* Take one token at `now` (milliseconds of a clock that does not go back).
 * False when there is none. Whatever is no address shares one bucket. */
bool peer_limit_take(PeerLimit *limit, const char *address, int64_t now);

/* Whom to count: `peer`, or when that is on loopback, a reverse proxy of our
 * own, the last address in its X-Forwarded-For. NULL: loopback and no such
 * header, somebody on this machine, not limited. Owned by the caller. */
char *peer_limit_address(const char *peer, const char *forwarded_for);

/* 127.0.0.0/8, ::1, and the former written as IPv6. */
bool address_is_loopback(const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PeerLimit, peer_limit_free)

#endif
