/* SPDX-License-Identifier: Apache-2.0 */
/* peer_limit.c - token buckets in a table of fixed size
 *
 * Sets of four places each; an address belongs to one set, by a keyed hash. */
#include "nurture/peer-limit.h"

#include <arpa/inet.h>
#include <string.h>

#define SETS 4096
#define WAYS 4

typedef struct {
    uint64_t network; /* 0 = free */
    int64_t at;       /* when `tokens` was right */
    double tokens;
} Bucket;

struct PeerLimit {
    double burst, per_ms;
    uint64_t secret;
    Bucket buckets[SETS][WAYS];
};

PeerLimit *
peer_limit_new(int burst, int per_second)
{
    PeerLimit *limit = g_new0(PeerLimit, 1);

    limit->burst = burst;
    limit->per_ms = per_second / 1000.0;
    limit->secret = (uint64_t)g_random_int() << 32 | g_random_int();
    return limit;
}

void
peer_limit_free(PeerLimit *limit)
{
    g_free(limit);
}

static bool
is_mapped(const struct in6_addr *a)
{
    return IN6_IS_ADDR_V4MAPPED(a);
}

static uint64_t
read_bytes(const uint8_t *bytes, int count)
{
    uint64_t value = 0;

    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* An IPv4 address under a prefix that is no IPv6 network, or an IPv6 /64. */
static uint64_t
network_of(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    uint64_t mark = UINT64_C(1) << 32;

    if (inet_pton(AF_INET, address, &v4) == 1)
        return mark | ntohl(v4.s_addr);
    if (inet_pton(AF_INET6, address, &v6) != 1)
        return mark; /* 0.0.0.0, which nobody has */
    if (is_mapped(&v6))
        return mark | read_bytes(v6.s6_addr + 12, 4);
    uint64_t network = read_bytes(v6.s6_addr, 8);
    return network ? network : mark;
}

/* splitmix64's finish over the network and the secret. */
static unsigned
set_of(const PeerLimit *limit, uint64_t network)
{
    uint64_t x = network ^ limit->secret;

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((x ^ x >> 31) % SETS);
}

static Bucket *
find_bucket(PeerLimit *limit, uint64_t network, int64_t now)
{
    Bucket *set = limit->buckets[set_of(limit, network)];
    Bucket *oldest = set;

    for (int i = 0; i < WAYS; i++) {
        if (set[i].network == network)
            return &set[i];
        if (oldest->network && (!set[i].network || set[i].at < oldest->at))
            oldest = &set[i];
    }
    *oldest = (Bucket){network, now, limit->burst};
    return oldest;
}

bool
peer_limit_take(PeerLimit *limit, const char *address, int64_t now)
{
    Bucket *bucket = find_bucket(limit, network_of(address), now);

    if (now > bucket->at) {
        double more = (double)(now - bucket->at) * limit->per_ms;
        bucket->tokens = MIN(limit->burst, bucket->tokens + more);
        bucket->at = now;
    }
    if (bucket->tokens < 1)
        return false;
    bucket->tokens -= 1;
    return true;
}

bool
address_is_loopback(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, address, &v6) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&v6) ||
           (is_mapped(&v6) && v6.s6_addr[12] == 127);
}

char *
peer_limit_address(const char *peer, const char *forwarded_for)
{
    if (!address_is_loopback(peer))
        return g_strdup(peer);
    if (!forwarded_for)
        return NULL;
    const char *comma = strrchr(forwarded_for, ',');
    return g_strstrip(g_strdup(comma ? comma + 1 : forwarded_for));
}
