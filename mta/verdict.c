/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c - statuses of a transaction, read in the one order that is right */
#include "verdict.h"

static bool
is_refusal(const SmtpReply *reply)
{
    return reply->code >= 400 && reply->code <= 599;
}

static bool
is_success(const SmtpReply *reply)
{
    return reply->code >= 200 && reply->code <= 299;
}

/* Not ours to send at all: authentication, or a policy against the sender.
 * A wrong password must not burn a list. */
static bool
is_about_us(const SmtpReply *reply)
{
    switch (reply->code) {
    case 530:
    case 534:
    case 535:
    case 538:
        return true;
    default:
        return reply->code >= 500 && reply->enhanced[0] == 5 &&
               reply->enhanced[1] == 7;
    }
}

/* The address is wrong for good: unknown user or domain (RFC 3463). */
static bool
is_hard(const SmtpReply *reply)
{
    const int *e = reply->enhanced;

    if (e[0] == 0)
        return reply->code == 550 || reply->code == 551 || reply->code == 553;
    return (e[1] == 1 && e[2] != 7 && e[2] != 8) || (e[1] == 2 && e[2] == 1) ||
           (e[1] == 4 && e[2] == 4);
}

static VerdictKind
permanent_kind(const SmtpReply *reply)
{
    if (is_about_us(reply))
        return VERDICT_DEAD;
    /* 5.3 system, 5.5 protocol, 5.6 content: not the candidate's fault */
    if (reply->enhanced[0] == 5 && reply->enhanced[1] != 0 &&
        reply->enhanced[1] != 1 && reply->enhanced[1] != 2 &&
        reply->enhanced[1] != 4)
        return VERDICT_DEAD;
    return reply->code == 552 && reply->enhanced[0] == 0 ? VERDICT_DEAD
                                                         : VERDICT_BOUNCED;
}

static Verdict
refused(const SmtpReply *reply, VerdictKind permanent)
{
    Verdict verdict = {VERDICT_DEFERRED, *reply, false};

    if (reply->code >= 500)
        verdict.kind = permanent;
    return verdict;
}

/* A refusal of MAIL is about the relay and us, not about the candidate. */
static Verdict
sender_refused(const SmtpReply *reply)
{
    Verdict verdict = refused(reply, VERDICT_DEAD);

    if (reply->code == 421)
        verdict.kind = VERDICT_RETRY; /* the server is closing */
    else if (is_about_us(reply))
        verdict.kind = VERDICT_RELAY;
    return verdict;
}

Verdict
verdict_decide(const SmtpEvidence *evidence)
{
    const SmtpReply *recipient = &evidence->recipient;
    const SmtpReply *message = &evidence->message;
    Verdict verdict = {VERDICT_RETRY, {0}, false};

    if (is_refusal(recipient)) {
        verdict = refused(recipient, permanent_kind(recipient));
        verdict.is_hard = verdict.kind == VERDICT_BOUNCED && is_hard(recipient);
        return verdict;
    }
    if (is_refusal(&evidence->sender))
        return sender_refused(&evidence->sender);
    if (evidence->marked && evidence->complete && evidence->counts_agree &&
        is_success(message) && is_success(recipient)) {
        verdict.kind = VERDICT_SENT;
        verdict.reply = *message;
        return verdict;
    }
    if (is_refusal(message))
        return refused(message, permanent_kind(message));
    if (evidence->marked)
        verdict.kind = VERDICT_IN_DOUBT;
    return verdict;
}

bool
verdict_is_answer(const Verdict *verdict)
{
    return verdict->kind != VERDICT_RETRY && verdict->kind != VERDICT_IN_DOUBT;
}

const char *
reply_enhanced(const SmtpReply *reply, char out[16])
{
    if (reply->enhanced[0] == 0)
        return NULL;
    g_snprintf(out, 16, "%d.%d.%d", reply->enhanced[0], reply->enhanced[1],
               reply->enhanced[2]);
    return out;
}
