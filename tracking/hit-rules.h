/* SPDX-License-Identifier: Apache-2.0 */
/* hit-rules -- the tables by which user agents and networks are known.
 *
 * tracking/data/machine-agents.tsv and machine-ranges.tsv are built in; a file
 * of the same name in the workspace's folder data/ stands in for each. */
#ifndef TRACKING_HIT_RULES_H
#define TRACKING_HIT_RULES_H

#include "hit-class.h"

#define HIT_NETWORK_TEXT 48 /* "2001:db8:1234::/48" */
#define HIT_RANGE_TEXT   32

typedef struct HitRules HitRules;

/* `root`: the workspace's folder, or NULL. NULL with ERROR_INPUT, the file and
 * the line. */
HitRules *hit_rules_load(const char *root, GError **error);
void hit_rules_free(HitRules *rules);
/* Of the code's version and both tables: what a class was made by. */
const char *hit_rules_digest(const HitRules *rules);

/* By its user agent, NULL or "" where none was named. */
HitClass hit_rules_agent(const HitRules *rules, const char *user_agent);

/* The name of the narrowest range that holds a textual IP address; "" if there
 * is none. */
const char *hit_rules_range(const HitRules *rules, const char *address);
/* The same for a network as it is kept ("203.0.113.0/24"), wholly inside. */
const char *hit_rules_network(const HitRules *rules, const char *network);
/* What a range of that name says of a click or an open. */
HitClass hit_rules_range_class(const HitRules *rules, const char *range,
                               bool click);

/* What is kept of an address: its /24 or /48; "" if it is none. */
void hit_network_of(const char *address, char out[HIT_NETWORK_TEXT]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HitRules, hit_rules_free)

#endif
