/* SPDX-License-Identifier: Apache-2.0 */
/* eligibility -- may this candidate be mailed now, and if not, why not?
 *
 * The one truth table: plan, enrolment, the gate before the dot, `why` and the
 * tests all ask this function; no path to SMTP goes round it. It reads the
 * store and nothing else. Order is meaning: the first reason that holds is the
 * one that is shown. */
#ifndef NURTURE_ELIGIBILITY_H
#define NURTURE_ELIGIBILITY_H

#include "nurture/slot.h"
#include "nurture/store.h"
#include "nurture/workspace.h"

typedef enum {
    ELIGIBLE = 0,
    NOT_SUPPRESSED, /* opted out, bounced or complained */
    NOT_ERASED,
    NOT_CONSENTED,  /* no valid consent, or past retention */
    NOT_NOTIFIED,   /* sourced, and no Article 14 notice yet */
    NOT_IN_PROCESS, /* in an ATS process, or hired */
    NOT_FRESH,      /* ATS data stale */
    NOT_ARCHIVED,   /* did not react, nor say that they stay */
    NOT_HELD,       /* out of office, not now, cool-off */
    NOT_FREE,       /* in another active sequence */
    NOT_STOPPED,    /* the campaign's stop rule */
    NOT_EXCLUDED,
    NOT_CONTROL,     /* control group */
    NOT_FILLED,      /* missing or strange data */
    NOT_DELIVERABLE, /* non-ASCII local part */
    NOT_CAPPED,      /* frequency cap */
    NOT_IN_WINDOW,   /* window, holiday, quiet hours */
    NOT_IN_VOLUME,   /* volume of the day */
    NOT_LAUNCHED,    /* not launched, paused or stopped */
    ELIGIBILITY_REASONS,
} Eligibility;

/* What only the caller knows. Zeroes mean "does not apply". */
typedef struct {
    const Workspace *workspace;
    int64_t candidate;
    const char *campaign; /* NULL: mail in general */
    int cycle;
    const char *message_id; /* being claimed: not counted against itself */
    bool is_sequence;       /* only one active sequence per person */
    bool stop_rule, excluded, control, bad_data; /* the campaign's answers */
    const SendWindow *window;                    /* NULL = not asked */
    bool ignore_holidays;                        /* with `window` */
    /* The campaign's, where it has not been launched yet; NULL: what its last
     * launch said. A topic that the person left stops it as if it were all
     * mail; the purpose is that of the consent it needs, else "mail". */
    const char *topic, *purpose;
    bool count_waiting;  /* for the caps, mail in the outbox counts as sent */
    const Rate *cap;     /* of this campaign's mails alone; NULL = none */
    bool check_launched; /* the campaign must be running */
} EligibilityQuestion;

typedef struct {
    Eligibility reason;
    int64_t retry_at; /* for reasons that pass by themselves (held, capped,
                         window), and inside the window that was asked for;
                         0 = not known */
    char detail[96];  /* "until 2026-04-02"; never an address */
} EligibilityAnswer;

/* An answer and what it is about, as why_all() lists them. */
typedef struct {
    char *campaign; /* NULL: mail in general, with the workspace's settings */
    char *standing; /* "hello is next", "left: replied"; NULL in general */
    int64_t due_at; /* of what is next, or in the outbox; 0 = nothing is */
    EligibilityAnswer answer;
} EligibilityWhy;

bool eligibility_ask(Store *store, const EligibilityQuestion *question,
                     int64_t now, EligibilityAnswer *out, GError **error);

/* *out: in a hiring process or hired, as far as the ATS tells; also when it has
 * told nothing for too long. Who is gets no letter about retention, and is not
 * anonymised. */
bool eligibility_in_process(Store *store, const Workspace *workspace,
                            int64_t candidate, int64_t now, bool *out,
                            GError **error);

/* Eligible, or not now for a reason that passes by itself: stale ATS data,
 * hold, cap, window. It keeps nobody out of a campaign: the step waits. */
bool eligibility_passes(Eligibility reason);

/* "unsubscribed, bounced or complained"; a stable word "suppressed". */
const char *eligibility_sentence(Eligibility reason);
const char *eligibility_word(Eligibility reason);

#endif
