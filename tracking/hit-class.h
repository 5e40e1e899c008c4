/* SPDX-License-Identifier: Apache-2.0 */
/* hit-class -- was it a person, or a machine that presses every link?
 *
 * Mail scanners fetch links within seconds of delivery, mail programs fetch
 * images through proxies, browsers fetch ahead. What they are known by is in
 * tracking/data/machine-agents.tsv, and below:
 *
 *     method   anything but GET
 *     prefetch the request says that nobody has pressed anything yet
 *     agent    listed, or absent
 *     headers  a click without Accept-Language and Sec-Fetch-Mode
 *     early    within 10 s of the delivery; until 60 s it is "suspect"
 *     burst    the third link of one mail within 10 s */
#ifndef TRACKING_HIT_CLASS_H
#define TRACKING_HIT_CLASS_H

#include "nurture/http.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum { HIT_HUMAN, HIT_SUSPECT, HIT_PROXY, HIT_MACHINE } HitKind;

typedef struct {
    HitKind kind;
    char rule[48]; /* why, a plain word: "agent:Barracuda"; "" = no rule */
} HitClass;

typedef struct HitAgents HitAgents;

HitAgents *hit_agents_load(GError **error);
void hit_agents_free(HitAgents *agents);

/* What the request alone tells. */
HitClass hit_class_of_request(const HitAgents *agents,
                              const HttpRequest *request, bool click);
/* The same from its parts, NULL where a header is absent. */
HitClass hit_class_of_agent(const HitAgents *agents, const char *user_agent);
/* What the delivery's time adds; sent_at 0 = not known. */
void hit_class_add_delay(HitClass *class, int64_t sent_at, int64_t now);
void hit_class_set(HitClass *class, HitKind kind, const char *rule);
const char *hit_kind_word(HitKind kind);

#endif
