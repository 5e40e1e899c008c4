/* SPDX-License-Identifier: Apache-2.0 */
/* workspace -- a git folder of campaigns, and the settings in nurture.yaml.
 *
 * Read once, then read-only. `nurture.yaml` and every front matter are checked
 * against one table of settings (settings.h); an unknown key names the nearest
 * one. Secrets are never in it. The database and the keys live outside the
 * folder: $XDG_STATE_HOME/nurture/<name>-<8 hex of id>/ (or `database:`). */
#ifndef NURTURE_WORKSPACE_H
#define NURTURE_WORKSPACE_H

#include "nurture/diagnostic.h"
#include "nurture/field.h"
#include "nurture/window.h"

typedef enum { TLS_REQUIRED, TLS_OPPORTUNISTIC, TLS_OFF } TlsMode;
typedef enum {
    TRACK_OFF,
    TRACK_AGGREGATE,
    TRACK_CONSENTED,
    TRACK_DELIVERABILITY
} TrackMode;
typedef enum { BASIS_CONSENT, BASIS_LEGITIMATE_INTEREST } LawfulBasis;

typedef struct {
    int count;      /* 0 = no limit */
    int64_t per_ms; /* 2 per 14d -> 2, 14 days */
} Rate;

typedef struct {
    char *id; /* file stem: "anna-schmidt" */
    char *name;
    char *email; /* normalised */
    char *title, *phone;
    char *signature;        /* Markdown: the file's body */
    GHashTable *signatures; /* language -> Markdown, of NAME.de.md; NULL */
    char *role; /* recruiter | marketing | lead, for the web pages */
} Sender;

/* A webhook that is taken, and a receiver of ours. */
typedef struct {
    char *name, *adapter, *src, *secret_from;
    char *fetch; /* NULL = none */
} AtsHook;
typedef struct {
    char *name, *url, *secret_from;
    char **events; /* NULL = all */
    bool scores;
} AtsReceiver;

typedef struct {
    char *root;      /* absolute path of the folder */
    char *id;        /* hex; NULL in a hand-made workspace */
    char *database;  /* path of the SQLite file */
    char *state_dir; /* its directory: keys, spool, locks */

    char *company;
    char *time_zone; /* known to tzdata */
    GTimeZone *zone;
    char **languages; /* first = default */

    struct {
        char *domain, *fallback_sender, *bounces, *replies;
        Rate rate;
        SendWindow window;
        SendWindow waking; /* outside quiet_hours; days 0 = there are none */
        Rate cap;
        int confirm_over;
        int per_sender_day; /* mails of one sender; 0 = no limit */
        int64_t warm_up;    /* first day of the domain's ramp; 0 = none */
        bool mx_providers;  /* who runs a domain's mail: ask its MX records */
    } sending;
    struct {
        char *authserv_id; /* of our own mail server; NULL: believe none */
    } receiving;
    struct {
        char *host;
        int port;
        TlsMode tls;
        char *user, *password_from, *ehlo;
        bool xoauth2;            /* password_from gives a bearer token */
        char *certificate, *key; /* PEM files; NULL = none, the same */
        int connections;         /* at once */
        int window;              /* messages on the way by BDAT; 0 = DATA */
    } smtp;
    struct {
        bool sign_here; /* false: the relay signs */
        char *selector, *key_file;
    } dkim;
    struct {
        char *postal_address, *privacy_url;
        LawfulBasis basis;
        bool notice_in_mail; /* Article 14: {{ notice }} of a first mail */
        Span retention;      /* count 0 = none */
    } legal;
    struct {
        bool automatic;         /* a part of 'run' */
        Span renewal, reminder; /* before the end of legal.retention */
    } retention;
    struct {
        Span after; /* count 0 = nobody is asked */
        int mails;
        Span answer;
    } sunset;
    struct {
        char *base_url; /* NULL = no tracking server */
        TrackMode clicks, opens;
        bool trap; /* a hidden link in every campaign mail */
    } tracking;
    struct {
        char *font, *text, *accent;
        int width;
    } theme;
    char *images_base_url; /* NULL = images travel in the mail (cid) */
    struct {
        double open, click, interest, reply, positive_reply;
        int64_t half_life_ms;
    } scores;
    struct { /* weights, see ranking.h */
        double interest, words, seniority, location, language, reached, recency,
            score;
    } ranking;
    int64_t attribution_ms; /* of reports, from touch to application */
    struct {
        char *listen; /* "127.0.0.1:8080": the public pages */
        char *recruiter_listen;
        char *recruiter_url; /* NULL: where it listens */
    } serve;
    struct {
        bool form;
        char **fields;
        char *consent; /* NULL: our own words */
        char *version;
    } join; /* the form of the talent community */

    struct {
        int64_t max_age_ms;  /* mails wait when ATS news are older */
        bool quiet_weekends; /* that do not make them older */
        int64_t cool_off_ms, erase_after_ms;
        bool resume_after_rejection;
        char *drop;       /* absolute; NULL = no watched folder */
        char *fetch;      /* a command; NULL = none */
        GPtrArray *hooks; /* AtsHook */
        GPtrArray *out;   /* AtsReceiver */
    } ats;

    struct HolidaySet *holidays; /* of holidays/; NULL in a test = none */
    FieldSet *fields;
    GPtrArray *senders; /* Sender, sorted by id */
} Workspace;

/* Open the folder at or above `dir` that has a nurture.yaml. Problems of
 * nurture.yaml, fields.yaml and senders/ go to `problems`. NULL with
 * ERROR_CONFIG when there is none, or it has errors. */
Workspace *workspace_open(const char *dir, Diagnostics *problems,
                          GError **error);
/* The folder at or above `dir` with a nurture.yaml; ERROR_CONFIG if none. */
char *workspace_root(const char *dir, GError **error);
void workspace_free(Workspace *workspace);

const Sender *workspace_sender(const Workspace *workspace, const char *id);
/* May answers be theirs? Marketing is shown no person. */
bool sender_reads_answers(const Sender *sender);
/* The signature in a language (NULL: any), else the sender's own. Borrowed. */
const char *sender_signature(const Sender *sender, const char *language);
/* The file names (without directory) in root/dir that end in `suffix`, sorted;
 * NULL-ended, owned by the caller. Empty when there is no such directory. */
char **workspace_list(const Workspace *workspace, const char *dir,
                      const char *suffix);
/* Is this the computer itself? Only there a login may travel in the clear. */
bool host_is_loopback(const char *host);
/* The SMTP password: runs or reads what password_from says. NULL without
 * error when none is set; NULL with ERROR_CONFIG when it cannot be had. */
char *workspace_password(const Workspace *workspace, GError **error);
/* All that a setting of the form "command ..", "file .." or "env .." gives;
 * `setting` stands in messages. NULL with ERROR_CONFIG. Never logged. */
char *workspace_secret(const Workspace *workspace, const char *setting,
                       const char *from, GError **error);
/* Does news come from an ATS here by itself, so that silence means something?
 */
bool workspace_has_ats(const Workspace *workspace);
/* When news of `synced` (UTC ms) become too old to mail by: ats.max_age later,
 * not counting Saturdays and Sundays here if ats.quiet says so. */
int64_t workspace_ats_expires(const Workspace *workspace, int64_t synced);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Workspace, workspace_free)

#endif
