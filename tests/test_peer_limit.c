/* SPDX-License-Identifier: Apache-2.0 */
/* test_peer_limit.c - token buckets by address */
#include "nurture/peer-limit.h"

static int
take_all(PeerLimit *limit, const char *address, int64_t now)
{
    int count = 0;

    while (peer_limit_take(limit, address, now))
        g_assert_cmpint(++count, <, 1000);
    return count;
}

static void
test_bucket(void)
{
    g_autoptr(PeerLimit) limit = peer_limit_new(5, 2);

    g_assert_cmpint(take_all(limit, "192.0.2.1", 1000), ==, 5);
    g_assert_cmpint(take_all(limit, "192.0.2.1", 1499), ==, 0);
    g_assert_cmpint(take_all(limit, "192.0.2.1", 1500), ==, 1);
    g_assert_cmpint(take_all(limit, "192.0.2.1", 4000), ==, 5);
    g_assert_cmpint(take_all(limit, "192.0.2.1", 900000), ==, 5);
    /* A clock that goes back gives nothing. */
    g_assert_cmpint(take_all(limit, "192.0.2.1", 5000), ==, 0);
}

/* Each pair: do they share a bucket? */
static void
test_networks(void)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"2001:db8::1", "192.0.2.1", false},
        {"::1", "unknown", true},
        {"unknown", "", true},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(PeerLimit) limit = peer_limit_new(3, 1);
        g_test_message("%s %s", cases[i].a, cases[i].b);
        g_assert_cmpint(take_all(limit, cases[i].a, 0), ==, 3);
        g_assert_cmpint(take_all(limit, cases[i].b, 0), ==,
                        cases[i].same ? 0 : 3);
    }
}

/* Of as many as the table has places for, nearly all are remembered, however
 * many others came before; and the table does not grow. */
static void
test_flood(void)
{
    g_autoptr(PeerLimit) limit = peer_limit_new(1, 1);
    int remembered = 0;

    for (int i = 0; i < 200000; i++) {
        g_autofree char *a =
            g_strdup_printf("2001:db8:%x:%x::1", i >> 16, i & 0xffff);
        g_assert_true(peer_limit_take(limit, a, 1));
    }
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 4000; i++) {
            g_autofree char *a =
                g_strdup_printf("10.0.%d.%d", i >> 8, i & 0xff);
            remembered += !peer_limit_take(limit, a, 2);
        }
    g_assert_cmpint(remembered, >, 3900);
}

static void
test_address(void)
{
    static const struct {
        const char *peer, *forwarded, *expected;
    } cases[] = {
        {"192.0.2.1", NULL, "192.0.2.1"},
        {"192.0.2.1", "198.51.100.7", "192.0.2.1"}, /* anybody can say so */
        {"127.0.0.1", NULL, NULL},
        {"127.0.0.1", "198.51.100.7", "198.51.100.7"},
        {"::1", "203.0.113.9, 198.51.100.7", "198.51.100.7"},
        {"::ffff:127.0.0.1", "x,  2001:db8::1 ", "2001:db8::1"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *address =
            peer_limit_address(cases[i].peer, cases[i].forwarded);
        g_assert_cmpstr(address, ==, cases[i].expected);
    }
    g_assert_true(address_is_loopback("127.8.8.8"));
    g_assert_false(address_is_loopback("128.0.0.1"));
    g_assert_false(address_is_loopback("::2"));
    g_assert_false(address_is_loopback("localhost"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer-limit/bucket", test_bucket);
    g_test_add_func("/peer-limit/networks", test_networks);
    g_test_add_func("/peer-limit/flood", test_flood);
    g_test_add_func("/peer-limit/address", test_address);
    return g_test_run();
}
