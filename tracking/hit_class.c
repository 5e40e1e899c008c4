/* SPDX-License-Identifier: Apache-2.0 */
/* hit_class.c - was it a person, or a machine that presses every link? */
#include "hit-class.h"

#include "nurture/clock.h"

#include <string.h>

#define EARLY_MS   (10 * SECOND_MS)
#define SUSPECT_MS (60 * SECOND_MS)

void
hit_class_set(HitClass *class, HitKind kind, const char *rule)
{
    class->kind = kind;
    g_strlcpy(class->rule, rule, sizeof class->rule);
}

const char *
hit_kind_word(HitKind kind)
{
    static const char *const words[] = {"human", "suspect", "proxy", "machine"};

    return words[kind];
}

bool
hit_kind_parse(const char *word, HitKind *out)
{
    for (int kind = HIT_HUMAN; kind <= HIT_MACHINE; kind++)
        if (strcmp(word, hit_kind_word((HitKind)kind)) == 0) {
            *out = (HitKind)kind;
            return true;
        }
    return false;
}

bool
hit_class_is_machine(const HitClass *class)
{
    return class->kind == HIT_MACHINE;
}

bool
hit_class_is_weak(const HitClass *class)
{
    static const char *const weak[] = {"all-links", "crowd", "headers",
                                       "early-scanned", NULL};

    return class->kind == HIT_SUSPECT ||
           (class->kind == HIT_MACHINE && g_strv_contains(weak, class->rule));
}

static HitClass
class_of(HitKind kind, const char *rule)
{
    HitClass class;

    hit_class_set(&class, kind, rule);
    return class;
}

static HitClass
class_of_delay(const HitEvidence *e)
{
    if (e->delay_ms < 0 || e->delay_ms >= SUSPECT_MS)
        return class_of(HIT_HUMAN, "");
    if (e->delay_ms < EARLY_MS)
        return class_of(HIT_MACHINE, "early");
    return e->scans ? class_of(HIT_MACHINE, "early-scanned")
                    : class_of(HIT_SUSPECT, "early");
}

static HitClass
classify(const HitEvidence *e)
{
    if (e->facts & HIT_FACT_METHOD)
        return class_of(HIT_MACHINE, "method");
    if (e->facts & HIT_FACT_PREFETCH)
        return class_of(HIT_MACHINE, "prefetch");
    if (e->trap)
        return class_of(HIT_MACHINE, "trap");
    if (e->range.kind != HIT_HUMAN)
        return e->range;
    if (e->agent.kind != HIT_HUMAN)
        return e->agent;
    if (e->burst)
        return class_of(HIT_MACHINE, "burst");
    if (e->all_links)
        return class_of(HIT_MACHINE, "all-links");
    if (e->facts & HIT_FACT_CROWD)
        return class_of(HIT_MACHINE, "crowd");
    if (e->click && (e->facts & HIT_FACT_BARE))
        return class_of(HIT_MACHINE, "headers");
    return class_of_delay(e);
}

HitClass
hit_classify(const HitEvidence *evidence)
{
    HitClass class = classify(evidence);

    if (class.kind == HIT_PROXY && evidence->click)
        class.kind = HIT_MACHINE; /* people do not click through one */
    if (evidence->later && hit_class_is_weak(&class))
        hit_class_set(&class, HIT_HUMAN, "later");
    return class;
}

static bool
is_prefetch(const HttpRequest *request)
{
    static const char *const names[] = {"Sec-Purpose", "Purpose", "X-Moz",
                                        "X-Purpose"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = http_header(request, names[i]);
        if (value &&
            (strcasestr(value, "prefetch") || strcasestr(value, "preview")))
            return true;
    }
    return false;
}

unsigned
hit_facts_of_request(const HttpRequest *request)
{
    unsigned facts = 0;

    if (strcmp(request->method, "GET") != 0)
        facts |= HIT_FACT_METHOD;
    if (is_prefetch(request))
        facts |= HIT_FACT_PREFETCH;
    if (!http_header(request, "Accept-Language") &&
        !http_header(request, "Sec-Fetch-Mode"))
        facts |= HIT_FACT_BARE;
    return facts;
}
