/* SPDX-License-Identifier: Apache-2.0 */
/* hit-class -- was it a person, or a machine that presses every link?
 *
 * Mail scanners fetch links within seconds of delivery, mail programs fetch
 * images through proxies, browsers fetch ahead. The first rule that holds
 * decides, and its name stands with the hit:
 *
 *     method    anything but GET
 *     prefetch  the request says that nobody has pressed anything yet
 *     trap      a minute before or after the mail's hidden link was followed
 *     range     from a network of machine-ranges.tsv ("range:google")
 *     agent     a user agent of machine-agents.tsv ("agent:Barracuda"), or none
 *     burst     among three links of one mail within 10 s
 *     all-links all links of the mail (two, or more) within 10 s
 *     crowd     among mails to five people of two domains that were asked for
 *               from one network within a minute
 *     headers   a click without Accept-Language and Sec-Fetch-Mode
 *     early     within 10 s of the delivery; until 60 s "suspect", or a
 *               machine where the recipient's provider scans links
 *
 * Circumstances are not proof: what only all-links, crowd, headers or the
 * second to sixtieth second say is a person's after all ("later") when the
 * person answered, pressed a button, or followed a link hours later.
 *
 * A suspect counts as a person. Whether an open or a click through a proxy
 * counts: an open does, a click does not. */
#ifndef TRACKING_HIT_CLASS_H
#define TRACKING_HIT_CLASS_H

#include "nurture/http.h"

#include <stdbool.h>
#include <stdint.h>

/* Of the code below; the tables have a digest of their own (hit-rules.h). */
#define HIT_RULES_CODE 1

typedef enum { HIT_HUMAN, HIT_SUSPECT, HIT_PROXY, HIT_MACHINE } HitKind;

typedef struct {
    HitKind kind;
    char rule[48]; /* why, a plain word: "agent:Barracuda"; "" = no rule */
} HitClass;

/* Of the request, in a bit set that is stored; never renumber. */
enum {
    HIT_FACT_METHOD = 1 << 0,
    HIT_FACT_PREFETCH = 1 << 1,
    HIT_FACT_BARE = 1 << 2,  /* no Accept-Language, no Sec-Fetch-Mode */
    HIT_FACT_CROWD = 1 << 3, /* its network's crowd, which is forgotten */
};

typedef struct {
    bool click;
    unsigned facts;
    HitClass agent; /* by the tables: HIT_HUMAN where they say nothing */
    HitClass range;
    int64_t delay_ms; /* since the delivery; negative = not known */
    bool scans;       /* the recipient's provider follows links */
    bool trap, burst, all_links;
    bool later; /* the person is known to have acted afterwards */
} HitEvidence;

HitClass hit_classify(const HitEvidence *evidence);
/* Rests on circumstances, so that `later` would change it. */
bool hit_class_is_weak(const HitClass *class);
bool hit_class_is_machine(const HitClass *class);

/* HIT_FACT_* of a request. */
unsigned hit_facts_of_request(const HttpRequest *request);
void hit_class_set(HitClass *class, HitKind kind, const char *rule);
const char *hit_kind_word(HitKind kind);
/* False: no such word. */
bool hit_kind_parse(const char *word, HitKind *out);

#endif
